"""What the program allocated, as the heap tells that fills up from one collection to the next.

Of a collector that frees what is old while the program runs (CMS), only the young generation tells;
where that is not stated, nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.gc.events import TimedPause
    from h2o_forensics.gc.series import Series, Slot


class _First(NamedTuple):
    """What stood in what fills up when the first pause began: an earlier part knows from where."""

    before: int
    moment: float | None
    of_all: bool
    """It is the whole heap."""


_Last = tuple[int, int, float | None]


class Allocation:
    """Bytes allocated, put together from pauses in order of time."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.unseen = False
        """Heap is freed between pauses and nobody knows how much."""
        self.shrank = False
        """Less was there before a pause than after the one before it."""
        self.first: _First | None = None
        self.last: _Last | None = None
        """Before, after and begin of the last pause, of the whole heap."""
        self.left = 0
        """After it, of what fills up."""

    def pauses(self, pauses: Iterable[tuple[TimedPause, Slot | None]]) -> None:
        """Take in pauses that state the heap before them, each with the bucket of its end."""
        for (event, _, moment, from_start, sweeps), slot in pauses:
            before, after = event[5] or 0, event[6]
            if after is None:
                after = before
            fills, left, of_all = before, after, True
            if sweeps:
                if event.kind not in {"young", "full"}:
                    continue
                of_all = event.old_before is None or event.old_after is None
                fills = before - (event.old_before or 0)
                left = 0 if of_all else after - (event.old_after or 0)
                self.unseen = self.unseen or (of_all and event.kind == "young")
            begin = None if moment is None else moment - event[4]
            last = self.last
            self.last = (before, after, begin)
            if last is not None:
                if not _inside(last, self.last):
                    self._add(fills - (last[1] if of_all else self.left), slot)
            elif from_start:
                self._add(fills, slot)
            else:
                self.first = _First(fills, moment, of_all)
            self.left = left

    def _add(self, size: int, slot: Slot | None) -> None:
        if size < 0:
            size = 0
            self.shrank = True
        self.total = (self.total or 0) + size
        if slot is not None:
            slot.allocated = (slot.allocated or 0) + size

    def include(self, other: Allocation, series: Series, shift: float) -> None:
        """All of a later one; `series` gets what was allocated between the two."""
        first = other.first
        if self.last is not None and first is not None:
            slot = None if first.moment is None else series.at(first.moment + shift)
            self._add(first.before - (self.last[1] if first.of_all else self.left), slot)
        elif self.last is None:
            self.first = first
        if other.total is not None:
            self.total = (self.total or 0) + other.total
        self.unseen = self.unseen or other.unseen
        self.shrank = self.shrank or other.shrank
        if other.last is not None:
            before, after, begin = other.last
            self.last = (before, after, None if begin is None else begin + shift)
            self.left = other.left


def _inside(had: _Last, now: _Last) -> bool:
    """Whether the pause before lay inside this one: its garbage is not allocated anew."""
    begin, had_begin = now[2], had[2]
    if begin is None or had_begin is None:
        return now[:2] == had[:2]
    return begin < had_begin and now[0] <= had[0]
