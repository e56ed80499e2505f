"""The run over time: buckets of one width, which doubles while more than MOST hold something.

The width depends only on what is in them, never on the order: two halves of a log give what the
whole gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from h2o_forensics.gc.events import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.gc.events import TimedPause
    from h2o_forensics.gc.origin import Origin
    from h2o_forensics.gc.spans import Span

V = TypeVar("V", int, tuple[int, float])

BASE_MS = 1000
MOST = 1500
NO_PLACE = Place(0, b"")


class Slot:
    """One bucket."""

    __slots__ = (
        "allocated",
        "full",
        "full_ms",
        "low_full",
        "low_old",
        "max_after",
        "max_before",
        "max_ns",
        "min_after",
        "origin",
        "paused_ms",
        "pauses",
        "place",
        "stall_ms",
        "stalls",
    )

    def __init__(self) -> None:
        self.pauses = 0
        self.paused_ms = 0.0
        self.max_ns = -1
        self.full = 0
        self.full_ms = 0.0
        self.stalls = 0
        self.stall_ms = 0.0
        self.max_before: int | None = None
        self.min_after: int | None = None
        self.max_after: int | None = None
        self.allocated: int | None = None
        self.low_full: tuple[int, float] | None = None
        """Least heap after a full collection, and when."""
        self.low_old: tuple[int, float] | None = None
        """The same after one that cleans the old generation in part."""
        self.place = NO_PLACE
        self.origin: Origin | None = None

    def include(self, other: Slot) -> None:
        """Add what another one, which comes later, holds."""
        self.pauses += other.pauses
        self.paused_ms += other.paused_ms
        self.full += other.full
        self.full_ms += other.full_ms
        self.stalls += other.stalls
        self.stall_ms += other.stall_ms
        if other.max_ns > self.max_ns:
            self.max_ns, self.place, self.origin = other.max_ns, other.place, other.origin
        self.max_before = most(self.max_before, other.max_before)
        self.max_after = most(self.max_after, other.max_after)
        self.min_after = least(self.min_after, other.min_after)
        self.low_full = least(self.low_full, other.low_full)
        self.low_old = least(self.low_old, other.low_old)
        if other.allocated is not None:
            self.allocated = (self.allocated or 0) + other.allocated

    def moved(self, shift: float) -> Slot:
        """The same on another axis."""
        slot = Slot()
        slot.include(self)
        slot.low_full = (
            None if self.low_full is None else (self.low_full[0], self.low_full[1] + shift)
        )
        slot.low_old = None if self.low_old is None else (self.low_old[0], self.low_old[1] + shift)
        return slot


class Series:
    """Buckets by index; a bucket nobody put anything in does not exist."""

    def __init__(self) -> None:
        self.width = BASE_MS
        self.slots: dict[int, Slot] = {}

    def at(self, moment: float) -> Slot:
        """The bucket of a moment."""
        index = int(moment // self.width)
        slot = self.slots.get(index)
        if slot is None:
            slot = self.slots[index] = Slot()
            if len(self.slots) > MOST:
                self._widen()
                return self.at(moment)
        return slot

    def pauses(
        self, pauses: Iterable[TimedPause], finals: Iterable[Span | None], origin: Origin
    ) -> list[Slot | None]:
        """Count pauses that came one after the other.

        Args:
            pauses: in order.
            finals: for each one, the stretch that is known for good with it.
            origin: of all of them.

        Returns:
            For each one, the bucket of its end.
        """
        slots: list[Slot | None] = []
        for (event, took_ns, moment, _, _), final in zip(pauses, finals, strict=True):
            if final is not None:
                self.paused(final[0], final[1])
            if moment is None:
                slots.append(None)
                continue
            slot = self.at(moment)
            slot.pauses += 1
            if took_ns > slot.max_ns:
                slot.max_ns, slot.place, slot.origin = took_ns, event[10], origin
            if event[2] == "full":
                slot.full += 1
                self.spread(max(0.0, moment - took_ns / 1e6), moment, "full_ms")
                slot = self.at(moment)
            slots.append(slot)
        return slots

    def paused(self, begin: float, end: float) -> None:
        """Add a stretch in which the program stood still."""
        index = int(begin // self.width)
        slot = self.slots.get(index)
        if slot is not None and end <= (index + 1) * self.width:
            slot.paused_ms += end - begin
        else:
            self.spread(begin, end, "paused_ms")

    def spread(self, begin: float, end: float, column: str) -> None:
        """Add a stretch's time to the buckets it lies in."""
        while (end - begin) / self.width > MOST:
            self._widen()
        while begin < end:
            width = self.width
            until = min(end, (begin // width + 1) * width)
            slot = self.at(begin)
            if self.width != width:
                continue
            setattr(slot, column, getattr(slot, column) + until - begin)
            begin = until

    def _widen(self) -> None:
        old = self.slots
        self.width *= 2
        self.slots = {}
        for index in sorted(old):
            wide = self.slots.setdefault(index // 2, Slot())
            wide.include(old[index])

    def include(self, other: Series, shift: float) -> None:
        """Add all of another one, which comes later."""
        while self.width < other.width:
            self._widen()
        for index in sorted(other.slots):
            slot = other.slots[index]
            moved = slot.moved(shift) if shift else slot
            self.at(index * other.width + shift).include(moved)

    def in_order(self) -> list[tuple[int, Slot]]:
        """Begin in ms and bucket, by time."""
        return [(index * self.width, self.slots[index]) for index in sorted(self.slots)]


def most(one: int | None, other: int | None) -> int | None:
    """The larger one of those that are known."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def least(one: V | None, other: V | None) -> V | None:
    """The smaller one of those that are known."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
