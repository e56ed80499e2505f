"""The longest stretch of wall time in which the program was stopped for at least 90 % of it.

A stretch begins with a pause and ends with one.  With `level(t) = stopped before t - 0.9 t` it is
the longest pair of a pause's begin i and a pause's end j with `level(j) >= level(i)`; only begins
that are lower than all before them can win, and they are kept in order, so one bisection for each
pause finds the best.  Where there are more than MOST of them, neighbours are thinned so that a
window comes out at most 2 % too short: a window from an old begin is at least as long as the
begin is old, so old ones may stand further apart.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.gc.spans import Span, moved

if TYPE_CHECKING:
    from collections.abc import Iterable

SHARE = 0.9
MOST = 4096
TOLERANCE = 0.02
_EXACT = 1e-3
"""ms: what floats lose at 1.8e12 ms since 1970."""


_Begin = tuple[float, float, float]
"""When a pause began, how long the run had been stopped then, and its level."""
_End = tuple[Span, float, float]
"""A pause, how long the run had been stopped at its end, and the level then."""


class Worst(NamedTuple):
    """The best window so far."""

    begin: float
    end: float
    stopped_ms: float
    span: Span
    """The last pause of it."""

    @property
    def length(self) -> float:
        """In ms."""
        return self.end - self.begin


class WorstWindow:
    """Told of spans apart from each other, in order."""

    def __init__(self) -> None:
        self.stopped = 0.0
        self.worst: Worst | None = None
        self._length = -1.0
        """Of the worst."""
        self._begins: list[_Begin] = []
        self._heights: list[float] = []
        """Their levels, negated: rising."""
        self._ends: list[_End] = []
        """Ends higher than all after them: what an earlier part of the log can reach."""

    def add(self, span: Span) -> None:
        """The program stood still in this span."""
        self.add_all((span,))

    def add_all(self, spans: Iterable[Span]) -> None:
        """The program stood still in these spans."""
        begins, heights, ends, stopped = self._begins, self._heights, self._ends, self.stopped
        for span in spans:
            begin, end, _, _ = span
            height = SHARE * begin - stopped
            if not heights or height > heights[-1]:
                begins.append((begin, stopped, -height))
                heights.append(height)
                if len(heights) > MOST:
                    self._thin_begins()
                    begins, heights = self._begins, self._heights
            stopped = stopped + end - begin
            level = stopped - SHARE * end
            while ends and ends[-1][2] <= level:
                ends.pop()
            ends.append((span, stopped, level))
            if len(ends) > MOST:
                self._ends = ends = _thin_ends(ends, begins[0][0])
            # Only its own begin is low enough, most of the time: then nothing is to be searched.
            least = -level - _EXACT
            alone = len(heights) > 1 and heights[-2] < least
            first = begins[-1 if alone else bisect_left(heights, least)]
            if end - first[0] > self._length:
                self._offer(first, span, stopped)
        self.stopped = stopped

    def _offer(self, first: _Begin, span: Span, stopped: float) -> None:
        if span[1] - first[0] > self._length:
            self.worst = Worst(first[0], span[1], stopped - first[1], span)
            self._length = self.worst.length

    def _thin_begins(self) -> None:
        newest = self._begins[-1]
        kept = [self._begins[0]]
        for one, following in pairwise(self._begins[1:]):
            if following[0] - kept[-1][0] > TOLERANCE * (newest[0] - one[0]):
                kept.append(one)
        self._begins = [*kept, newest]
        self._heights = [-one[2] for one in self._begins]

    def copy(self) -> WorstWindow:
        """One that may be told more without changing this one."""
        same = WorstWindow()
        same.stopped, same.worst, same._length = self.stopped, self.worst, self._length
        same._begins, same._heights = [*self._begins], [*self._heights]
        same._ends = [*self._ends]
        return same

    def include(self, other: WorstWindow, shift: float, both: float) -> None:
        """All of another one, which comes later; `both` ms were in both."""
        base = self.stopped - both
        rise = base - SHARE * shift
        for span, stopped, level in other._ends:
            first = bisect_left(self._heights, -(level + rise) - _EXACT)
            if first < len(self._begins):
                self._offer(self._begins[first], moved(span, shift), stopped + base)
        worst = other.worst
        if worst is not None and worst.length > self._length:
            span = moved(worst.span, shift)
            self.worst = Worst(worst.begin + shift, worst.end + shift, worst.stopped_ms, span)
            self._length = worst.length
        self._join(other, shift, base)

    def _join(self, other: WorstWindow, shift: float, base: float) -> None:
        rise = base - SHARE * shift
        lowest = self._heights[-1] if self._heights else float("-inf")
        for at, stopped, level in other._begins:
            if -(level + rise) > lowest:
                self._begins.append((at + shift, stopped + base, level + rise))
                self._heights.append(-(level + rise))
        if len(self._begins) > MOST:
            self._thin_begins()
        theirs = [
            (moved(span, shift), stopped + base, level + rise)
            for span, stopped, level in other._ends
        ]
        if theirs:
            self._ends = [one for one in self._ends if one[2] > theirs[0][2]]
        self._ends = [*self._ends, *theirs]
        if len(self._ends) > MOST:
            self._ends = _thin_ends(self._ends, self._begins[0][0])
        self.stopped = base + other.stopped


def _thin_ends(ends: list[_End], zero: float) -> list[_End]:
    kept = [ends[0]]
    for one, following in pairwise(ends[1:]):
        if following[0][1] - kept[-1][0][1] > TOLERANCE * (one[0][1] - zero):
            kept.append(one)
    return [*kept, ends[-1]]
