"""What the program allocated, as the heap tells that fills up from one collection to the next.

Of a collector that frees what is old while the program runs (CMS), only the young generation tells;
where that is not stated, nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from h2o_forensics.gc.events import Pause
    from h2o_forensics.gc.series import Series, Slot


class _First(NamedTuple):
    """What stood in what fills up when the first pause began: an earlier part knows from where."""

    before: int
    moment: float | None
    of_all: bool
    """It is the whole heap."""


class Allocation:
    """Bytes allocated, put together from pauses in order of time."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.unseen = False
        """Heap is freed between pauses and nobody knows how much."""
        self.shrank = False
        """Less was there before a pause than after the one before it."""
        self.first: _First | None = None
        self.last: tuple[int, int, float | None] | None = None
        """Before, after and begin of the last pause, of the whole heap."""
        self.left = 0
        """After it, of what fills up."""

    def pause(
        self,
        event: Pause,
        moment: float | None,
        slot: Slot | None,
        *,
        from_start: bool,
        sweeps: bool,
    ) -> None:
        """Take in a pause that states the heap before it.

        Args:
            event: the pause.
            moment: its end.
            slot: that of its end.
            from_start: the log begins with the JVM's start.
            sweeps: the collector frees memory between pauses.
        """
        before, after = event.before or 0, event.after
        if after is None:
            after = before
        fills, left, of_all = before, after, True
        if sweeps:
            if event.kind not in {"young", "full"}:
                return
            of_all = event.old_before is None or event.old_after is None
            fills = before - (event.old_before or 0)
            left = 0 if of_all else after - (event.old_after or 0)
            self.unseen = self.unseen or (of_all and event.kind == "young")
        begin = None if moment is None else moment - event.took_ms
        if self.last is None:
            if from_start:
                self._add(fills, slot)
            else:
                self.first = _First(fills, moment, of_all)
        elif not self._inside(before, after, begin):
            self._add(fills - (self.last[1] if of_all else self.left), slot)
        self.last, self.left = (before, after, begin), left

    def _inside(self, before: int, after: int, begin: float | None) -> bool:
        """Whether the pause before lay inside this one: its garbage is not allocated anew."""
        had_before, had_after, had_begin = self.last or (0, 0, None)
        if begin is None or had_begin is None:
            return (before, after) == (had_before, had_after)
        return begin < had_begin and before <= had_before

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
