"""One digest of several: what one would hold that had read all parts one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.digest import RunDigest

if TYPE_CHECKING:
    from collections.abc import Iterable

_FACTS = (
    "pid",
    "collector",
    "jdk",
    "heap_max_bytes",
    "region_bytes",
    "cpus",
    "memory_bytes",
    "flags",
)


def merge(parts: Iterable[RunDigest]) -> RunDigest:
    """A new digest of parts in order of time; the parts stay as they are."""
    whole: RunDigest | None = None
    for part in parts:
        if whole is None:
            whole = RunDigest(part.first_line)
            whole.has_header = part.has_header
        part.settle()
        _include(whole, part)
    return RunDigest(1) if whole is None else whole


def _include(whole: RunDigest, part: RunDigest) -> None:
    for name in _FACTS:
        if getattr(whole, name) is None:
            setattr(whole, name, getattr(part, name))
    if part.exit_place is not None:
        whole.exit_place, whole.exit_origin = part.exit_place, part.exit_origin
    whole.last_line = part.last_line
    whole.events += part.events
    whole.lines += part.lines
    whole.requests.include(
        part.requests, is_first=not whole.pauses.of, has_pauses=bool(part.pauses.of)
    )
    whole.pauses.include(part.pauses)
    whole.cycles.include(part.cycles)
    whole.stalls.include(part.stalls)
    whole.safepoints.include(part.safepoints)
    whole.cpu_sums.include(part.cpu_sums)
    whole.room.include(part.room)
    whole.shapes.include(part.shapes)
    whole.samples.include(part.samples)
    whole.safepoint_samples.include(part.safepoint_samples)
    whole.stall_samples.include(part.stall_samples)
    whole.vain.include(part.vain)
    for gc_id in (part.first_id, part.last_id):
        if gc_id is not None:
            whole.note_id(gc_id)
    _times(whole, part)


def _times(whole: RunDigest, part: RunDigest) -> None:
    shift = whole.clock.shift(part.clock)
    stopped = whole.stopped.total
    whole.series.include(part.series, shift)
    whole.sizes.include(part.sizes, whole.series, shift)
    both = whole.stopped.include(part.stopped, shift)
    window = part.window
    if part.stopped.pending:
        window = window.copy()
    for span in part.stopped.pending:
        window.add(span)
        whole.series.paused(span[0] + shift, span[1] + shift)
    whole.window.include(window, shift, both)
    whole.stalled.include(part.stalled, shift)
    for span in part.stalled.pending:
        whole.series.spread(span[0] + shift, span[1] + shift, "stall_ms")
    whole.streaks.include(part.streaks, shift, stopped - both)
    if whole.first_moment is None and part.first_moment is not None:
        whole.first_moment = part.first_moment + shift
    whole.clock.include(part.clock)


def safepoints_alone(digest: RunDigest, *, counted: bool) -> RunDigest:
    """What a second log of a run adds to the first one: its stops, where the first one has none."""
    rest = RunDigest(digest.first_line)
    rest.last_line = digest.last_line
    rest.has_header = digest.has_header
    rest.clock.include(digest.clock)
    if counted:
        rest.safepoints.include(digest.safepoints)
        rest.safepoint_samples.include(digest.safepoint_samples)
    for name in _FACTS:
        setattr(rest, name, getattr(digest, name))
    return rest
