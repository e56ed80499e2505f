"""What a JVM's figures mean for somebody who runs it: sentences with numbers, and what to change.

Pure functions of one run.  Limits (in the modules of the sentences) are meant for servers that work
for minutes and hours; a busy machine alone (pauses of a second, a large first collection) is
nothing to act on, and a run of some seconds is not judged by shares of its time.
"""

from h2o_forensics.model.jvm import Jvm
from h2o_forensics.report import gc_full, gc_room, gc_stops
from h2o_forensics.report.gc_remark import (
    Judge,
    Remark,
    count_of,
    covered_ms,
    is_long_enough,
)
from h2o_forensics.report.gc_unknown import is_complete_without_pauses, unknowns
from h2o_forensics.report.view import brief, duration, share

_ORDER = ("high", "medium", "low")


def remarks(jvm: Jvm) -> tuple[Remark, ...]:
    """The verdict on one run, the gravest first; what cannot be told stands last."""
    found = [one for judge in _JUDGES for one in judge(jvm)]
    found.sort(key=lambda one: _ORDER.index(one.severity))
    lacking = unknowns(jvm)
    if not any(one.severity in {"high", "medium"} for one in found):
        found[:0] = _no_trouble(jvm)
    return (*found, *(Remark("unknown", *one) for one in lacking))


def _no_trouble(jvm: Jvm) -> list[Remark]:
    """Nothing to act on: because all is well, or because too little was seen to say so."""
    if is_complete_without_pauses(jvm):
        words = "No trouble found: the log is complete, and no collection was needed."
        return [Remark("ok", "verdict", words)]
    if not jvm.pauses and not jvm.cycles:
        return []
    covered = covered_ms(jvm)
    if covered <= 0:
        words = f"Cannot be judged: the log holds no times. {_seen(jvm).capitalize()}."
        return [Remark("unknown", "verdict", words)]
    if not is_long_enough(jvm):
        words = f"Too short to judge: the log covers {duration(covered)}, {_seen(jvm)}."
        return [Remark("short", "too short", words)]
    # Where only cycles are told, pauses are not known to be short.
    return [Remark("ok", "verdict", f"No trouble found: {_seen(jvm)}.")] if jvm.pauses else []


def _seen(jvm: Jvm) -> str:
    if not jvm.pauses:
        return count_of(sum(one.count for one in jvm.cycles), "concurrent cycle")
    count = sum(one.count for one in jvm.pauses)
    words = f"{count_of(count, 'pause')}, the longest took "
    words += brief(max(one.max_ms for one in jvm.pauses))
    if jvm.loss.pause_share is not None:
        words += f", {share(jvm.loss.pause_share)} of the time"
    if jvm.loss.stall_share:
        words += f", threads stalled for {share(jvm.loss.stall_share)}"
    return words


_JUDGES: tuple[Judge, ...] = (
    gc_stops.starved,
    gc_full.metaspace,
    gc_full.thrash,
    gc_full.explicit,
    gc_stops.pause_share,
    gc_stops.long_pauses,
    gc_room.stalls,
    gc_full.small_heap,
    gc_stops.safepoints,
    gc_room.no_room,
    gc_room.degenerated,
    gc_full.leak,
    gc_room.humongous,
    gc_stops.other_stops,
    gc_room.allocation,
)
