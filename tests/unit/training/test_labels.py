import pytest

from h2o_forensics.training.labels import label_shift
from tests.training_parts import metrics


def test_two_proportions() -> None:
    found = label_shift(metrics(counts=(500, 500)), metrics(counts=(425, 75)))
    assert found is not None
    # By hand: pooled 575/1500, z = -0.35 / sqrt(0.23639 * (1/1000 + 1/500)).
    assert found.z == pytest.approx(-0.35 / (0.2363889 * 0.003) ** 0.5, rel=1e-6)
    assert (found.train_share, found.test_share) == (0.5, 0.15)
    assert found.ratio == pytest.approx(0.3)
    assert found.shifted


def test_a_large_frame_makes_no_shift_of_a_trifle() -> None:
    found = label_shift(metrics(counts=(500_000, 500_000)), metrics(counts=(490_000, 510_000)))
    assert found is not None
    assert found.z > 4
    assert not found.shifted


def test_of_many_classes_the_one_that_moved_most() -> None:
    found = label_shift(
        metrics(category="Multinomial", counts=(100, 100, 100)),
        metrics(category="Multinomial", counts=(160, 80, 60)),
    )
    assert found is not None
    assert found.label == "0"
    assert found.z > 4


def test_a_class_that_training_never_saw() -> None:
    found = label_shift(metrics(counts=(300, 0)), metrics(counts=(200, 100)))
    assert found is not None
    assert found.ratio is None
    assert found.shifted


def test_nothing_known() -> None:
    assert label_shift(metrics(), metrics(counts=(1, 1))) is None
    assert label_shift(metrics(counts=(0, 0)), metrics(counts=(1, 1))) is None
