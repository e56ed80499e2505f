"""Of a program's output, the lines that may be a collector's: those with a word of its own.

What the program writes costs next to nothing that way, whatever it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.line_ends import STEP_BYTES
from h2o_forensics.literals import LiteralSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.line_ends import LineEnds
    from h2o_forensics.literals import Found

_STARTS = (b"GC(", b"Usi", b"afep")
"""`GC(1) `, `Using G1`, `Safepoint "Cleanup"`, `Entering safepoint region`: in lines with these, a
run of unified logging may begin."""
_OLD_STARTS = (b"[GC", b"[Full G", b"[CMS-c", b"[ASCMS-c", b"[Pau", b"were stopp", b"JRE (")
"""In lines with these, one of a JVM of JDK 8 or older."""
IDLE = _STARTS + _OLD_STARTS
"""What is sought until a run is known."""
_MORE = (b"\n[", b"[gc", b"Stal", b"To-sp", b"Promotion f", b"Concurrent mode f", b"Application ti")
"""Decorations begin with a bracket; with their tags they are known inside of other texts, too."""
_MORE_OLD = (b"[Eden", b"[Times", b"[Concu", b"Application ti", b"\nHeap", b"{Heap", b"Full thr")
ENGAGED = tuple(dict.fromkeys(IDLE + _MORE + _MORE_OLD))
"""What is sought from then on."""
_OLD = frozenset(ENGAGED.index(word) for word in _OLD_STARTS + _MORE_OLD)


class Lines(NamedTuple):
    """Some lines of a block."""

    texts: list[bytes]
    """With their ends."""
    numbers: list[int]
    """Of each line in the stream."""


@lru_cache(maxsize=2)
def _set_of(words: tuple[bytes, ...]) -> LiteralSet:
    return LiteralSet(words)


def words_in(data: bytes, size: int, words: tuple[bytes, ...]) -> Found:
    """Where `IDLE` or `ENGAGED` words stand in `data[:size]`: (end, index), in order."""
    return _set_of(words).find(data, size)


def starts_in(found: Found) -> Iterable[int]:
    """Where unified logging may begin."""
    return (end - 1 for end, index in found if index < len(_STARTS))


def has_old(found: Found) -> bool:
    """Whether lines of JDK 8 or older may stand there."""
    return any(index in _OLD for _, index in found)


def lines_with(data: bytes, size: int, found: Found, first_line: int, ends: LineEnds) -> Lines:
    """The lines of a block with words in them, and those that begin with a bracket.

    Args:
        data: the block is `data[:size]`.
        size: of the block.
        found: of the `ENGAGED` words.
        first_line: the block's, in the stream.
        ends: of its lines.
    """
    texts, numbers = list[bytes](), list[int]()
    number, done = first_line, 0
    count = data.count
    if data[:1] == b"[":  # no line end before it
        found = [(1, -1), *found]
    for end, _ in found:
        if end <= done:
            continue
        begin = data.rfind(b"\n", done, end) + 1 or done
        if begin - done > STEP_BYTES:
            number = first_line + ends.before(begin)
        else:
            number += count(b"\n", done, begin)
        done = data.find(b"\n", end, size) + 1 or size
        texts.append(data[begin:done])
        numbers.append(number)
        number += 1
    return Lines(texts, numbers)
