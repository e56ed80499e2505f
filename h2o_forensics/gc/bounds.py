"""What a log may claim: a damaged or hostile line must not make numbers that no report can hold."""

from __future__ import annotations

from typing import TypeVar

from h2o_forensics.gc.events import Cycle, Pause, When

MAX_MS = 1e12
"""31 years: no pause, cycle or wait is longer, no JVM older."""
MAX_EPOCH_MS = 10**14
MAX_BYTES = 1 << 47
"""128 TB, what a process can address; the largest heap that any JVM accepts is 16 TB."""
MAX_REGIONS = 1 << 40

E = TypeVar("E", Pause, Cycle)


def believable(event: Pause | Cycle) -> bool:
    """Whether an event's numbers can be true."""
    sizes = (event.before or 0) | (event.after or 0) | (event.capacity or 0)
    return (event.took_ms or 0.0) <= MAX_MS and sizes < MAX_BYTES


def within_reason(event: E) -> E:
    """The event without sizes that cannot be true, and no longer than anything can be."""
    return event._replace(
        took_ms=event.took_ms and min(event.took_ms, MAX_MS),
        before=_size(event.before),
        after=_size(event.after),
        capacity=_size(event.capacity),
    )


def _size(value: int | None) -> int | None:
    return value if value is not None and value < MAX_BYTES else None


def plausible(when: When) -> When:
    """The stamp without what no clock shows."""
    uptime, epoch = when
    if uptime is not None and not 0 <= uptime < MAX_MS:
        uptime = None
    if epoch is not None and not 0 <= epoch < MAX_EPOCH_MS:
        epoch = None
    return when if (uptime, epoch) == when else When(uptime, epoch)
