"""Running sums of a log: safepoints, CPU times, heap sizes, allocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.allocation import Allocation
from h2o_forensics.gc.samples import short
from h2o_forensics.gc.series import least, most

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.gc.events import CpuTimes, Cycle, Safepoint, TimedPause
    from h2o_forensics.gc.origin import Origin
    from h2o_forensics.gc.series import Series, Slot

STARVED_REAL_MS = 1000.0
STARVED_RATIO = 10.0


class SafepointSums:
    """Number, time and the longest; in ns."""

    def __init__(self) -> None:
        self.count = 0
        self.total_ns = 0
        self.max_ns = 0
        self.sync_ns: int | None = None
        self.max_sync_ns: int | None = None

    def add(self, event: Safepoint) -> None:
        """Count one."""
        total = int(event.total_ms * 1e6 + 0.5)
        self.count += 1
        self.total_ns += total
        self.max_ns = max(self.max_ns, total)
        if event.sync_ms is not None:
            sync = int(event.sync_ms * 1e6 + 0.5)
            self.sync_ns = (self.sync_ns or 0) + sync
            if self.max_sync_ns is None or sync > self.max_sync_ns:
                self.max_sync_ns = sync

    def include(self, other: SafepointSums) -> None:
        """Count all of another one."""
        self.count += other.count
        self.total_ns += other.total_ns
        self.max_ns = max(self.max_ns, other.max_ns)
        if other.sync_ns is not None:
            self.sync_ns = (self.sync_ns or 0) + other.sync_ns
        self.max_sync_ns = most(self.max_sync_ns, other.max_sync_ns)


class CpuSums:
    """`User= Sys= Real=` of all collections, and of those that got next to no CPU time."""

    def __init__(self) -> None:
        self.all_count = 0
        self.all_real_ms = 0.0
        self.all_cpu_ms = 0.0
        self.count = 0
        """Of the starved ones, as what follows."""
        self.real_ms = 0.0
        self.cpu_ms = 0.0
        self.worst: CpuTimes | None = None
        """The one that took longest."""
        self.worst_origin: Origin | None = None

    def add(self, event: CpuTimes, origin: Origin) -> None:
        """Count one."""
        cpu = event.user_ms + event.sys_ms
        self.again(event.real_ms, cpu, 1)
        if not starved(event):
            return
        self.count += 1
        self.real_ms += event.real_ms
        self.cpu_ms += cpu
        if self.worst is None or event.real_ms > self.worst.real_ms:
            self.worst = event._replace(place=short(event.place))
            self.worst_origin = origin

    def again(self, real_ms: float, cpu_ms: float, count: int) -> None:
        """Count some that are not starved."""
        self.all_count += count
        self.all_real_ms += real_ms * count
        self.all_cpu_ms += cpu_ms * count

    def include(self, other: CpuSums) -> None:
        """Count all of another one, which comes later."""
        self.all_count += other.all_count
        self.all_real_ms += other.all_real_ms
        self.all_cpu_ms += other.all_cpu_ms
        self.count += other.count
        self.real_ms += other.real_ms
        self.cpu_ms += other.cpu_ms
        if other.worst is not None and (
            self.worst is None or other.worst.real_ms > self.worst.real_ms
        ):
            self.worst, self.worst_origin = other.worst, other.worst_origin


def starved(event: CpuTimes) -> bool:
    """Whether a collection got next to no CPU time in a second and more."""
    cpu = event.user_ms + event.sys_ms
    return event.real_ms >= STARVED_REAL_MS and event.real_ms >= STARVED_RATIO * cpu


class Room:
    """Humongous regions, metaspace, evacuations that failed."""

    def __init__(self) -> None:
        self.humongous_regions: int | None = None
        self.metaspace: tuple[int, int | None, int | None] | None = None
        self.failures = 0

    def include(self, other: Room) -> None:
        """All of another one, which comes later."""
        self.humongous_regions = most(self.humongous_regions, other.humongous_regions)
        self.metaspace = other.metaspace or self.metaspace
        self.failures += other.failures


class Sizes:
    """Heap before and after collections, and what the program put in between."""

    def __init__(self) -> None:
        self.max_before: int | None = None
        self.max_after: int | None = None
        self.max_capacity: int | None = None
        self.after_full: int | None = None
        self.max_after_full: int | None = None
        self.promoted: int | None = None
        self.promoted_regions = 0
        """As many more, whose size an earlier file of the run states, or none."""
        self.allocation = Allocation()

    def pauses(self, pauses: Iterable[TimedPause], slots: Iterable[Slot | None]) -> None:
        """Take in pauses, each with the bucket of its end; those that state no sizes pass."""
        stated = [one for one in zip(pauses, slots, strict=True) if one[0][0][5] is not None]
        self.allocation.pauses(stated)
        for (event, _, moment, _, _), slot in stated:
            phase, _, kind, _, _, before, after, capacity, _, _, _, old_before, old_after = event
            if before is None:
                continue
            if after is None:
                after = before
            self._extremes(before, after, capacity, slot)
            if kind == "full":
                self._after_full(after, moment, slot)
            elif (
                (kind in _CLEANS_OLD or "(Mixed)" in phase)
                and slot is not None
                and moment is not None
            ):
                slot.low_old = least(slot.low_old, (after, moment))
            if kind == "young" and old_before is not None and old_after is not None:
                self.promoted = (self.promoted or 0) + max(0, old_after - old_before)

    def promoted_bytes(self, region_bytes: int | None) -> int | None:
        """What young collections left in the old generation; None: not known of all."""
        if not self.promoted_regions:
            return self.promoted
        if region_bytes is None:
            return None
        return (self.promoted or 0) + self.promoted_regions * region_bytes

    def _extremes(self, before: int, after: int, capacity: int | None, slot: Slot | None) -> None:
        if self.max_before is None or before > self.max_before:
            self.max_before = before
        if self.max_after is None or after > self.max_after:
            self.max_after = after
        if capacity is not None and (self.max_capacity is None or capacity > self.max_capacity):
            self.max_capacity = capacity
        if slot is None:
            return
        if slot.max_before is None or before > slot.max_before:
            slot.max_before = before
        if slot.max_after is None or after > slot.max_after:
            slot.max_after = after
        if slot.min_after is None or after < slot.min_after:
            slot.min_after = after

    def _after_full(self, after: int, moment: float | None, slot: Slot | None) -> None:
        self.after_full = after
        if self.max_after_full is None or after > self.max_after_full:
            self.max_after_full = after
        if slot is not None and moment is not None:
            slot.low_full = least(slot.low_full, (after, moment))

    def cycle(self, event: Cycle, moment: float | None, slot: Slot | None) -> None:
        """Take in a concurrent cycle that states sizes."""
        before, after = event.before, event.after
        before = after if before is None else before
        after = before if after is None else after
        if before is None or after is None:
            return
        self._extremes(before, after, event.capacity, slot)
        if slot is not None and moment is not None and event.kind not in _YOUNG:
            slot.low_old = least(slot.low_old, (after, moment))

    def include(self, other: Sizes, series: Series, shift: float) -> None:
        """All of a later one; `series` gets what was allocated between the two."""
        self.allocation.include(other.allocation, series, shift)
        if other.promoted is not None:
            self.promoted = (self.promoted or 0) + other.promoted
        self.promoted_regions += other.promoted_regions
        self.max_before = most(self.max_before, other.max_before)
        self.max_after = most(self.max_after, other.max_after)
        self.max_capacity = most(self.max_capacity, other.max_capacity)
        self.after_full = self.after_full if other.after_full is None else other.after_full
        self.max_after_full = most(self.max_after_full, other.max_after_full)


_YOUNG = frozenset({"minor", "young"})
"""Cycles that leave the old generation as it is."""
_CLEANS_OLD = frozenset({"cleanup", "remark", "degenerated"})
"""Pauses that clean the old generation in part, as G1's mixed ones do."""
