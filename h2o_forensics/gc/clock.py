"""The two clocks of a log, uptime and the wall clock, and how far apart they are."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, TypeVar

from h2o_forensics.gc.bounds import MAX_EPOCH_MS, MAX_MS, plausible

if TYPE_CHECKING:
    from h2o_forensics.gc.events import When

N = TypeVar("N", int, float)

UPTIME = "uptime"
EPOCH = "epoch"
OFFSETS = 101
"""Pairs of stamps that say when the JVM started; the median holds against a clock that is set."""


class Clock:
    """First and last stamps of a run; its axis is uptime where events state it, else dates."""

    def __init__(self) -> None:
        self.axis: str | None = None
        self.first_uptime: float | None = None
        self.last_uptime: float | None = None
        self.first_epoch: int | None = None
        self.last_epoch: int | None = None
        self.offsets: list[float] = []
        self.back_ms = 0.0
        """How far events lie behind earlier stamps on the axis, at most: the clock was set."""
        self._plain = False
        """Uptime goes on, and when the JVM started is known as well as it will be."""

    def see(self, when: When, *, event: bool = False) -> None:
        """A line has this stamp.

        Only those of an `event` say when the JVM started, but for the first line: which others are
        told of depends on where the stream was cut.
        """
        uptime, epoch = plausible(when)
        if uptime is not None:
            if self.last_uptime is None or self.first_uptime is None:
                self.first_uptime = self.last_uptime = uptime
            elif uptime > self.last_uptime:
                self.last_uptime = uptime
            elif uptime < self.first_uptime:
                self.first_uptime = uptime
        if epoch is not None:
            if self.last_epoch is None or self.first_epoch is None:
                self.first_epoch = self.last_epoch = epoch
            elif epoch > self.last_epoch:
                self.last_epoch = epoch
            elif epoch < self.first_epoch:
                self.first_epoch = epoch
            if uptime is not None and len(self.offsets) < (OFFSETS if event else 1):
                self.offsets.append(epoch - uptime)
        self._plain = self.axis == UPTIME and (
            self.last_epoch is None or len(self.offsets) == OFFSETS
        )

    def at(self, when: When) -> float | None:
        """The moment of an event on the run's axis; None: it has none that fits."""
        uptime, epoch = when
        if self._plain and uptime is not None and MAX_MS > uptime >= (self.last_uptime or 0.0):
            if epoch is None:
                self.last_uptime = uptime
                return uptime
            if self.last_epoch is not None and MAX_EPOCH_MS > epoch >= self.last_epoch:
                self.last_uptime, self.last_epoch = uptime, epoch
                return uptime
        return self._at(when)

    def _at(self, when: When) -> float | None:
        when = plausible(when)
        self.see(when, event=True)
        uptime, epoch = when
        if self.axis is None:
            if uptime is not None:
                self.axis = UPTIME
            elif epoch is not None:
                self.axis = EPOCH
        own, other = (uptime, epoch) if self.axis == UPTIME else (epoch, uptime)
        latest = self.last_uptime if self.axis == UPTIME else self.last_epoch
        if own is not None and latest is not None and latest - own > self.back_ms:
            self.back_ms = latest - own
        if own is not None or other is None or not self.offsets:
            return own
        start = median(self.offsets)
        return other - start if self.axis == UPTIME else other + start

    def started(self) -> float | None:
        """Epoch ms of the JVM's start, from lines that state both times."""
        return median(self.offsets) if self.offsets else None

    def shift(self, other: Clock) -> float:
        """What to add to the other's axis to get to this one's."""
        if self.axis is None or other.axis is None or self.axis == other.axis:
            return 0.0
        start = self.started()
        start = other.started() if start is None else start
        if start is None:
            return 0.0
        return -start if self.axis == UPTIME else start

    def include(self, other: Clock) -> None:
        """The stamps of another one, which comes later."""
        self.axis = self.axis or other.axis
        self.first_uptime = _least(self.first_uptime, other.first_uptime)
        self.first_epoch = _least(self.first_epoch, other.first_epoch)
        self.back_ms = max(self.back_ms, other.back_ms)
        self.last_uptime = _most(self.last_uptime, other.last_uptime)
        self.last_epoch = _most(self.last_epoch, other.last_epoch)
        self.offsets = [*self.offsets, *other.offsets][:OFFSETS]


def _least(one: N | None, other: N | None) -> N | None:
    known = [value for value in (one, other) if value is not None]
    return min(known, default=None)


def _most(one: N | None, other: N | None) -> N | None:
    known = [value for value in (one, other) if value is not None]
    return max(known, default=None)
