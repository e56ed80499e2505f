"""Records that begin behind a progress bar: what draws the bar does not end its line."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BARS = (b"progress: |", b"[Stage ")
"""What h2o-py's and Spark's progress bars begin with."""
_BAR_BYTES = 4000
_NEWLINE = 10
_RECORD = re.compile(
    rb"\d\d(?:-\d\d \d\d:\d\d:\d\d\.\d{3} [^\s|]{3,64} *#?\d+ +\S"
    rb"|/\d\d/\d\d \d\d:\d\d:\d\d (?:FATAL|ERROR|WARN|INFO|DEBUG|TRACE) "
    rb"|\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3} (?:FATAL|ERROR|WARN|INFO|DEBUG|TRACE) )"
)
"""The beginning of a record that need not begin a line."""


def has_bars(text: bytes) -> bool:
    """Whether a progress bar is in it: without one no record is glued to one."""
    return any(bar in text for bar in _BARS)


def glued_records(block: bytes) -> Iterator[int]:
    """Where in a block of lines a record begins behind a progress bar, in order."""
    done = 0
    for match in _RECORD.finditer(block):
        at = match.start()
        if not at or block[at - 1] == _NEWLINE:
            continue
        begin = block.rfind(b"\n", 0, at) + 1
        if has_bars(block[max(begin, done, at - _BAR_BYTES) : at]):
            yield at
            done = at


def split_line(line: bytes) -> list[bytes]:
    """A line of a text in pieces: each record glued behind a progress bar is one of its own.

    All but the last piece get a line end; the last one keeps what the line has.
    """
    if not has_bars(line):
        return [line]
    ends = [0, *glued_records(line), len(line)]
    pieces = [line[begin:end] for begin, end in pairwise(ends)]
    return [*(piece + b"\n" for piece in pieces[:-1]), pieces[-1]]
