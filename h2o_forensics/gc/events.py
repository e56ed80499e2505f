"""What parsers tell a digest of.

Stamps are those of the event's *end*: unified logging writes a line when a pause is over.
"""

from typing import NamedTuple


class When(NamedTuple):
    """A moment; each None where the line does not state it."""

    uptime_ms: float | None
    epoch_ms: int | None


class Place(NamedTuple):
    """The line that says so."""

    line: int
    """1-based, in the stream."""
    text: bytes
    """Without the line end; what is kept of it is capped later."""


class Pause(NamedTuple):
    """The program stood still."""

    phase: str
    cause: str | None
    kind: str
    """As in `model.jvm.PauseFigures.kind`."""
    generation: str | None
    took_ms: float
    before: int | None
    """Bytes."""
    after: int | None
    capacity: int | None
    when: When
    """Its end."""
    gc_id: int | None
    place: Place
    old_before: int | None = None
    """Bytes in the old generation, where stated; a young collection promotes the difference."""
    old_after: int | None = None


TimedPause = tuple[Pause, int, float | None, bool, bool]
"""A pause, its length in ns, its end on the axis of its run's clock (None: not known), whether the
log begins with the JVM's start, and whether the collector frees memory between pauses.  Plain, as
there is one for each pause."""


class Cycle(NamedTuple):
    """A concurrent cycle that ended."""

    kind: str
    cause: str | None
    took_ms: float | None
    """None: its begin is not logged."""
    before: int | None
    after: int | None
    capacity: int | None
    when: When
    gc_id: int | None
    place: Place


class Stall(NamedTuple):
    """A thread that waited for memory."""

    what: str
    """allocation | relocation"""
    thread: str | None
    took_ms: float
    when: When
    place: Place


class Safepoint(NamedTuple):
    """Any stop; `total_ms` includes `sync_ms`."""

    operation: str | None
    total_ms: float
    sync_ms: float | None
    when: When
    place: Place


class CpuTimes(NamedTuple):
    """`User= Sys= Real=` of a collection: of the last pause with this id (None: the last)."""

    gc_id: int | None
    user_ms: float
    sys_ms: float
    real_ms: float
    place: Place
