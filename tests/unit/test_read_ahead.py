"""Blocks read by a thread of its own: in order, a few at a time, faults where they belong."""

from collections.abc import Iterator

import pytest

from h2o_forensics.model.scan import Block
from h2o_forensics.read_ahead import READ_AHEAD, read_ahead


def block(number: int) -> Block:
    return Block(b"%d\n" % number, number, 2)


@pytest.mark.parametrize("count", (0, 1, 2, 3, 40))
def test_all_blocks_come_in_order(count: int) -> None:
    given = [block(number) for number in range(count)]
    assert list(read_ahead(given)) == given


def test_no_more_than_a_few_are_read_before_they_are_asked_for() -> None:
    read = 0

    def source() -> Iterator[Block]:
        nonlocal read
        for number in range(40):
            read += 1
            yield block(number)

    for taken, _ in enumerate(read_ahead(source()), 1):
        assert read <= taken + READ_AHEAD + 1
    assert read == 40


def test_a_fault_is_raised_after_what_was_read_before_it() -> None:
    def source() -> Iterator[Block]:
        yield from (block(number) for number in range(5))
        raise OSError("gone")

    blocks = read_ahead(source())
    assert [next(blocks).offset for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(OSError, match="gone"):
        next(blocks)
