from h2o_forensics.training.many import benjamini_hochberg


def test_the_example_of_the_paper() -> None:
    # Benjamini & Hochberg 1995, section 4: 15 p-values, four fall at q = 0.05.
    fall = (0.0001, 0.0004, 0.0019, 0.0095)
    stand = (0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0)
    p = (*fall, *stand)
    assert benjamini_hochberg(p) == (True,) * 4 + (False,) * 11


def test_order_is_kept_and_the_unknown_never_fall() -> None:
    assert benjamini_hochberg((0.9, None, 0.001)) == (False, False, True)
    assert benjamini_hochberg(()) == ()
    assert benjamini_hochberg((None,)) == (False,)


def test_one_that_passes_takes_the_smaller_along() -> None:
    assert benjamini_hochberg((0.01, 0.02, 0.03, 0.04, 0.05)) == (True,) * 5
