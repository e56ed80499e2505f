"""From the lines of an unwrapped text back to the lines of the file they were taken from."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.readers.layouts.part import Lines


class LineMap:
    """Runs of lines that follow each other in both texts: 16 bytes a run, none where all do."""

    def __init__(self) -> None:
        self._mine = array("Q")
        self._theirs = array("Q")
        self._next = 1
        self._follows = 0
        """The source line that would lengthen the last run."""

    def add(self, lines: int, at: int) -> None:
        """The next `lines` lines of the text are the source's from line `at` on."""
        if lines <= 0:
            return
        if at != self._follows:
            self._mine.append(self._next)
            self._theirs.append(at)
        self._next += lines
        self._follows = at + lines

    def again(self) -> None:
        """The next line of the text stands in the same source line as the one before it."""
        self.add(1, self._follows - 1)

    def find(self, wanted: Iterable[int]) -> dict[int, int]:
        """Source lines of lines of the text; those it does not know stay as they are."""
        found: dict[int, int] = {}
        run, last = -1, len(self._mine) - 1
        for line in sorted(set(wanted)):
            while run < last and self._mine[run + 1] <= line:
                run += 1
            found[line] = line if run < 0 else self._theirs[run] + line - self._mine[run]
        return found


class InsertedLines:
    """The map of a text in which some lines were cut in two."""

    def __init__(self) -> None:
        self.inserted: list[int] = []
        """Lines of the text after which a line end was put, in order."""

    def find(self, wanted: Iterable[int]) -> dict[int, int]:
        """Source lines of lines of the text."""
        return {line: line - bisect_left(self.inserted, line) for line in wanted}


def source_lines(maps: Iterable[Lines], wanted: Iterable[int]) -> dict[int, int]:
    """Lines of the file for lines of a part, by its maps; complete once the part was read."""
    found = {line: line for line in wanted}
    for step in maps:
        source = step.find(found.values())
        found = {line: source[at] for line, at in found.items()}
    return found
