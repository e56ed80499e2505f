import pytest

from h2o_forensics.line_ends import STEP_BYTES, LineEnds

TEXT = b"a line\n" * 1500 + b"\n\n" + b"x" * (2 * STEP_BYTES) + b"\nlast, and what follows\n\n"


@pytest.mark.parametrize("size", (0, 1, 7, STEP_BYTES - 1, STEP_BYTES, STEP_BYTES + 1, len(TEXT)))
def test_as_counted_from_the_begin(size: int) -> None:
    ends = LineEnds(TEXT, size)
    assert ends.total == TEXT[:size].count(b"\n")
    places = {0, size, len(TEXT), *range(0, len(TEXT), 997)}
    assert all(ends.before(at) == TEXT[:at].count(b"\n") for at in places)
