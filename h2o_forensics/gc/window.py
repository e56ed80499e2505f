"""The longest stretch of wall time in which the program was stopped for at least 90 % of it.

A stretch begins with a pause and ends with one.  With `level(t) = stopped before t - 0.9 t` it is the longest pair of a
pause's begin i and a pause's end j with `level(j) >= level(i)`; only begins that are lower than all before them can win,
and they are kept in order, so one bisection for each pause finds the best.  Where there are more than MOST of them,
neighbours are thinned so that a window comes out at most 2 % too short: a window from an old begin is at least as long as
the begin is old, so old ones may stand further apart.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from h2o_forensics.gc.spans import Span

SHARE = 0.9
MOST = 4096
TOLERANCE = 0.02
_EXACT = 1e-3
"""ms: what floats lose at 1.8e12 ms since 1970."""


class Worst(NamedTuple):
    """The best window so far."""

    begin: float
    stopped_ms: float
    span: Span
    """The last pause of it."""

    @property
    def length(self) -> float:
        """In ms."""
        return self.span.end - self.begin


class _Begin(NamedTuple):
    at: float
    stopped: float
    level: float


class _End(NamedTuple):
    span: Span
    stopped: float
    level: float


class WorstWindow:
    """Told of spans apart from each other, in order."""

    def __init__(self) -> None:
        self.stopped = 0.0
        self.worst: Worst | None = None
        self._begins: list[_Begin] = []
        self._heights: list[float] = []
        """Their levels, negated: rising."""
        self._ends: list[_End] = []
        """Ends higher than all after them: what an earlier part of the log can reach."""

    def add(self, span: Span) -> None:
        """The program stood still in this span."""
        begin, end = span.begin, span.end
        level = self.stopped - SHARE * begin
        if not self._heights or -level > self._heights[-1]:
            self._begin(_Begin(begin, self.stopped, level))
        self.stopped += end - begin
        level = self.stopped - SHARE * end
        self._end(_End(span, self.stopped, level))
        first = self._begins[bisect_left(self._heights, -level - _EXACT)]
        self._offer(first, span, self.stopped)

    def _offer(self, first: _Begin, span: Span, stopped: float) -> None:
        if self.worst is None or span.end - first.at > self.worst.length:
            self.worst = Worst(first.at, stopped - first.stopped, span)

    def _begin(self, begin: _Begin) -> None:
        self._begins.append(begin)
        self._heights.append(-begin.level)
        if len(self._begins) > MOST:
            newest = begin.at
            kept = [self._begins[0]]
            for one, following in zip(self._begins[1:], self._begins[2:], strict=False):
                if following.at - kept[-1].at > TOLERANCE * (newest - one.at):
                    kept.append(one)
            self._begins = [*kept, begin]
            self._heights = [-one.level for one in self._begins]

    def _end(self, end: _End) -> None:
        ends = self._ends
        while ends and ends[-1].level <= end.level:
            ends.pop()
        ends.append(end)
        if len(ends) > MOST:
            self._ends = _thin_ends(ends, self._begins[0].at)

    def copy(self) -> WorstWindow:
        """One that may be told more without changing this one."""
        same = WorstWindow()
        same.stopped, same.worst = self.stopped, self.worst
        same._begins, same._heights = [*self._begins], [*self._heights]
        same._ends = [*self._ends]
        return same

    def include(self, other: WorstWindow, shift: float, both: float) -> None:
        """All of another one, which comes later; `both` ms were in both."""
        base = self.stopped - both
        rise = base - SHARE * shift
        for one in other._ends:  # latest last: each reaches back at least as far as it stands
            first = bisect_left(self._heights, -(one.level + rise) - _EXACT)
            if first < len(self._begins):
                self._offer(self._begins[first], _moved(one.span, shift), one.stopped + base)
        if other.worst is not None:
            mine = other.worst
            moved = Worst(mine.begin + shift, mine.stopped_ms, _moved(mine.span, shift))
            if self.worst is None or moved.length > self.worst.length:
                self.worst = moved
        self._join(other, shift, base)

    def _join(self, other: WorstWindow, shift: float, base: float) -> None:
        rise = base - SHARE * shift
        lowest = self._heights[-1] if self._heights else float("-inf")
        for one in other._begins:
            if -(one.level + rise) > lowest:
                self._begin(_Begin(one.at + shift, one.stopped + base, one.level + rise))
        theirs = [
            _End(_moved(one.span, shift), one.stopped + base, one.level + rise)
            for one in other._ends
        ]
        if theirs:
            self._ends = [one for one in self._ends if one.level > theirs[0].level]
        self._ends = [*self._ends, *theirs]
        if len(self._ends) > MOST:
            self._ends = _thin_ends(self._ends, self._begins[0].at)
        self.stopped = base + other.stopped


def _thin_ends(ends: list[_End], zero: float) -> list[_End]:
    kept = [ends[0]]
    for one, following in zip(ends[1:], ends[2:], strict=False):
        if following.span.end - kept[-1].span.end > TOLERANCE * (one.span.end - zero):
            kept.append(one)
    return [*kept, ends[-1]]


def _moved(span: Span, shift: float) -> Span:
    return span if not shift else span._replace(begin=span.begin + shift, end=span.end + shift)
