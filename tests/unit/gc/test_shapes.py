from h2o_forensics.gc.origin import Origin
from h2o_forensics.gc.shapes import MAX_SHAPES, Shapes, shape_of


def test_numbers_and_addresses_are_taken_out() -> None:
    one = shape_of(b"GC(12)   Foo took 3.4ms at 0x00007f3a")
    assert one == shape_of(b"GC(7) Foo took 123.456ms at 0x00000001\r")
    assert one == "GC(#) Foo took #.#ms at #"


def test_counts_are_exact_and_what_is_kept_is_bounded() -> None:
    shapes = Shapes(Origin())
    for i in range(5000):
        shapes.add(b"x" * (i % 190 + 1) + b" \xff " + b"y" * (i // 190), i + 1)
    assert shapes.lines == 5000
    assert sum(count for count, *_ in shapes.of.values()) == 5000
    assert len(shapes.of) <= MAX_SHAPES + 1
    assert all(len(text) <= 200 for _, text, *_ in shapes.of.values())


def test_example_is_the_first_one() -> None:
    first, second = Shapes(Origin()), Shapes(Origin())
    first.add(b"a 1", 5)
    second.add(b"a 2", 6)
    first.include(second)
    count, text, line, _ = first.of["a #"]
    assert (count, text, line, first.lines) == (2, b"a 1", 5, 2)
