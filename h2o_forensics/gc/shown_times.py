"""What depends on time: the run's clock, shares of wall time, rates, buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.bounds import plausible
from h2o_forensics.gc.clock import EPOCH, UPTIME
from h2o_forensics.gc.shown_sums import LOGS_STALLS
from h2o_forensics.model.jvm import Bucket, Loss, Rates, Window

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.gc.events import When

_CONCURRENT = ("Z", "ZGenerational", "Shenandoah", "GenerationalShenandoah")
"""Collectors whose pauses state no sizes, or only where something went wrong."""

LEAST_MS = 100.0
LEAST_EVENTS = 2
"""Shares and rates are of a time that lasts so long and holds so many pauses, cycles, stops and
stalls: a log may consist of one pause, which is all of its time."""

SET_BACK_MS = 60_000.0
SET_BACK_SHARE = 0.01
"""Of the time a log covers: a clock that went back by more leaves no telling how long that is.

Lines of other threads, and of a collection inside another one, come late by less than a minute.
"""


class Times:
    """The run's clock: what a moment is in uptime and on the wall."""

    def __init__(self, whole: RunDigest, started: int | None) -> None:
        clock = whole.clock
        own = clock.started()
        self._axis = clock.axis
        if own is None and clock.first_uptime is None and whole.has_header:
            own = clock.first_epoch
        self.started_by = "banner" if started is not None else None
        self.started = started
        if own is not None:
            self.started, self.started_by = round(own), "log"
        self.first_uptime = self._uptime(clock.first_uptime, clock.first_epoch)
        self.last_uptime = self._uptime(clock.last_uptime, clock.last_epoch)
        ends = (clock.last_epoch, self.epoch(clock.last_uptime, None))
        self.last_epoch = max((end for end in ends if end is not None), default=None)
        covered = self._covered(whole)
        self.covered_ms = covered if _is_enough(whole, covered or 0.0) else None

    def _uptime(self, uptime: float | None, epoch: int | None) -> float | None:
        if uptime is None and epoch is not None and self.started is not None:
            return float(epoch - self.started)
        return uptime

    def epoch(self, uptime: float | None, epoch: int | None) -> int | None:
        """Wall clock of a moment."""
        if epoch is None and uptime is not None and self.started is not None:
            return round(uptime + self.started)
        return epoch

    def of(self, when: When) -> tuple[float | None, int | None]:
        """Both times of an event."""
        uptime, epoch = plausible(when)
        return self._uptime(uptime, epoch), self.epoch(uptime, epoch)

    def of_moment(self, moment: float) -> tuple[float | None, int | None]:
        """Both times of a moment on the run's axis."""
        if self._axis == EPOCH:
            return self._uptime(None, round(moment)), round(moment)
        return round(moment, 6), self.epoch(moment, None)

    def _covered(self, whole: RunDigest) -> float | None:
        """Time in ms the log covers: from the JVM's start if it is there, else the first stamp."""
        clock = whole.clock
        first, last = clock.first_uptime, clock.last_uptime
        axis = UPTIME
        if first is None or last is None:
            axis = EPOCH
            first = None if clock.first_epoch is None else float(clock.first_epoch)
            last = None if clock.last_epoch is None else float(clock.last_epoch)
        if first is None or last is None:
            return None
        if axis == UPTIME and whole.has_header:
            first = min(0.0, first)
        elif whole.first_moment is not None and clock.axis == axis:
            first = min(first, whole.first_moment)
        back = whole.clock.back_ms if clock.axis == axis else 0.0
        if back > max(SET_BACK_MS, SET_BACK_SHARE * (last - first)):
            return None  # one wrong date would make years of a day
        return last - first if last > first else None


def _is_enough(whole: RunDigest, covered_ms: float) -> bool:
    events = sum(slot.pauses + slot.stalls for slot in whole.series.slots.values())
    events += sum(count for count, _ in whole.cycles.of.values()) + whole.safepoints.count
    return covered_ms >= LEAST_MS and events >= LEAST_EVENTS


def loss(whole: RunDigest, times: Times) -> Loss:
    """Shares of wall time taken from the program."""
    if whole.clock.axis is None:
        return Loss(pause_share=None, stall_share=None, worst_window=None)
    logs_stalls = whole.collector in LOGS_STALLS or whole.stalls.count > 0
    return Loss(
        pause_share=_share(whole.stopped.total, times) if whole.pauses.of else None,
        stall_share=_share(whole.stalled.total, times) if logs_stalls else None,
        worst_window=_window(whole, times),
    )


def _share(part_ms: float, times: Times) -> float | None:
    return None if times.covered_ms is None else min(1.0, part_ms / times.covered_ms)


def _window(whole: RunDigest, times: Times) -> Window | None:
    worst = whole.window.worst
    if worst is None or worst.length <= 0:
        return None
    uptime, epoch = times.of_moment(worst.begin)
    return Window(
        uptime_ms=uptime,
        epoch_ms=epoch,
        seconds=round(worst.length / 1000, 6),
        stopped_share=round(min(1.0, worst.stopped_ms / worst.length), 6),
        line=worst.span[2].line,
        source=worst.span[3].index,
        text=worst.span[2].text.decode("utf-8", "replace"),
    )


def _allocation_known(whole: RunDigest) -> bool:
    allocation = whole.sizes.allocation
    if whole.collector is None and allocation.shrank:  # one that frees memory between pauses
        return False
    return not allocation.unseen and whole.collector not in _CONCURRENT


def rates(whole: RunDigest, times: Times) -> Rates:
    """Bytes a second over the covered time."""
    covered = times.covered_ms
    allocated = whole.sizes.allocation.total if _allocation_known(whole) else None
    promoted = whole.sizes.promoted_bytes(whole.region_bytes)
    if covered is None or whole.clock.axis is None:
        return Rates(allocation_bytes_per_s=None, promotion_bytes_per_s=None)
    return Rates(
        allocation_bytes_per_s=None if allocated is None else round(allocated / covered * 1000, 3),
        promotion_bytes_per_s=None if promoted is None else round(promoted / covered * 1000, 3),
    )


def buckets(whole: RunDigest, times: Times) -> tuple[Bucket, ...]:
    """The run over time; a bucket in which nothing happened is left out."""
    width = whole.series.width
    allocates = _allocation_known(whole)
    out = []
    for begin, slot in whole.series.in_order():
        uptime, epoch = times.of_moment(begin)
        out.append(
            Bucket(
                uptime_ms=uptime,
                epoch_ms=epoch,
                width_ms=width,
                pauses=slot.pauses,
                paused_ms=round(min(slot.paused_ms, width), 6),
                max_pause_ms=max(0, slot.max_ns) / 1e6,
                full=slot.full,
                full_ms=round(min(slot.full_ms, width), 6),
                stalls=slot.stalls,
                stall_ms=round(min(slot.stall_ms, width), 6),
                max_before_bytes=slot.max_before,
                min_after_bytes=slot.min_after,
                max_after_bytes=slot.max_after,
                allocated_bytes=slot.allocated if allocates else None,
                source=0 if slot.origin is None else slot.origin.index,
                line=slot.place.line or None,
                text=slot.place.text.decode("utf-8", "replace"),
            )
        )
    return tuple(out)
