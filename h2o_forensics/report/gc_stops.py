"""The verdict on time: pauses and other stops, and the CPU time they got."""

from collections.abc import Iterator

from h2o_forensics.model.jvm import Jvm, PauseFigures, PauseSample
from h2o_forensics.report import gc_flags
from h2o_forensics.report.gc_remark import (
    ASKED,
    CLASSES,
    SECOND,
    Remark,
    count_of,
    covered_ms,
    dearest_want,
    is_long_enough,
    wanted,
    when,
)
from h2o_forensics.report.gc_room import earlier_cycles
from h2o_forensics.report.view import duration, number, share

LONG_MS, LONG_SEVERE_MS = 2_000, 10_000
"""A pause people notice; one at which clients and peers time out (30 s is usual, 60 s is H2O's)."""
WINDOW_S = 30.0
"""Stopped for so long, with breaths between: peers give up (Akka, ZooKeeper, load balancers)."""
PAUSE_SHARE, PAUSE_SHARE_SEVERE = 0.10, 0.50
"""Of wall time.  Parallel aims at 1 %, G1 at 8 % (GCTimeRatio 99 and 12): above it is missed."""
LEAST_PAUSES = 5
STARVED_RATIO, STARVED_MS = 5.0, 2_000.0
"""Real over User+Sys of all collections together: one busy thread alone makes 1, more make less."""
PASSING = 0.01
SYNC_MS, SYNC_SEVERE_MS = 1_000, 10_000
"""Reaching a safepoint takes less than 1 ms on a healthy machine."""
OTHER_STOPS_SHARE, OTHER_STOP_MS = 0.05, 2_000
_COLLECTS = ("G1", "Parallel", "GenCollect", "Serial", "CMS", "Z", "X", "Shenandoah", "CGC", "GC")
_SEE_CPU = "See the CPU time: the collector got no processor, or was swapped out."
_SEE = {
    CLASSES: "See the room for classes: a larger heap changes nothing.",
    ASKED: "See System.gc(): a larger heap changes nothing.",
}


def is_starved(jvm: Jvm) -> bool:
    """Whether collections got far less CPU time than wall time: the machine is what lacks."""
    return _single(jvm) or _together(jvm)


def _single(jvm: Jvm) -> bool:
    return jvm.starved is not None and jvm.starved.count > 0


def _together(jvm: Jvm) -> bool:
    own = jvm.starved
    if own is None or own.all_real_ms < STARVED_MS:
        return False
    return own.all_real_ms >= STARVED_RATIO * own.all_cpu_ms


def starved(jvm: Jvm) -> Iterator[Remark]:
    """CPU time that the collections did not get."""
    own = jvm.starved
    if own is None or not is_starved(jvm):
        return
    if _together(jvm):
        words = (
            f"All collections together took {duration(own.all_real_ms)} of wall time for "
            f"{duration(own.all_cpu_ms)} of CPU time"
        )
    else:
        words = (
            f"{count_of(own.count, 'pause')} took {duration(own.real_ms)} of wall "
            f"time for {duration(own.cpu_ms)} of CPU time"
        )
    # Of a run of hours, some seconds are a passing shortage.
    passing = is_long_enough(jvm) and own.all_real_ms < PASSING * covered_ms(jvm)
    yield Remark(
        "low" if passing and not _single(jvm) else "medium",
        "CPU time",
        f"{words} (Real far above User+Sys): the machine was short of CPU, or it swapped.",
        "Look at swap, CPU quota (cgroup cpu.stat: throttled), steal time and neighbours, before "
        "the heap.",
        own.source,
        own.line,
        own.text,
    )


def pause_share(jvm: Jvm) -> Iterator[Remark]:
    """Much of the time was spent in pauses."""
    lost = jvm.loss.pause_share
    if lost is None or lost < PAUSE_SHARE or not is_long_enough(jvm):
        return
    if sum(one.count for one in jvm.pauses) < LEAST_PAUSES:  # told by how long they took
        return
    dearest = max(jvm.pauses, key=lambda one: one.total_ms)
    want = dearest_want(jvm)
    change = "Give the collector more room (-Xmx), or allocate less."
    if _together(jvm):
        change = _SEE_CPU
    yield Remark(
        "high" if lost >= PAUSE_SHARE_SEVERE else "medium",
        "pause share",
        f"The program stood still for {share(lost)} of the time, most of it in {dearest.phase}"
        f"{f' ({dearest.cause})' if dearest.cause else ''}: {count_of(dearest.count, 'pause')}, "
        f"{duration(dearest.total_ms)} together.",
        _SEE.get(want, change),
    )


def long_pauses(jvm: Jvm) -> Iterator[Remark]:
    """Single pauses, and stretches next to without program."""
    if not jvm.pauses:
        return
    worst = max(jvm.pauses, key=lambda one: one.max_ms)
    window = jvm.loss.worst_window
    stopped = window.seconds if window is not None else 0.0
    if worst.max_ms < LONG_MS and stopped < WINDOW_S:
        return
    sample = max(jvm.pause_samples, key=lambda one: one.took_ms, default=None)
    words = f"{_longest(worst, sample)}{_how_many(jvm)}."
    if window is not None and stopped * SECOND > worst.max_ms * 1.1:
        words += (
            f" From{when(window.epoch_ms, window.uptime_ms).removeprefix(' at') or ' then on'} "
            f"the JVM was stopped for {share(window.stopped_share)} of {duration(stopped * 1e3)}."
        )
    severe = worst.max_ms >= LONG_SEVERE_MS or stopped >= WINDOW_S
    yield Remark(
        "high" if severe else "medium",
        "long pauses",
        words,
        _long_change(jvm, worst),
        sample.source if sample else 0,
        sample.line if sample else None,
        sample.text if sample else "",
    )


def _longest(worst: PauseFigures, sample: PauseSample | None) -> str:
    ended = when(sample.epoch_ms, sample.uptime_ms) if sample else ""
    return (
        f"The longest pause took {duration(worst.max_ms)}: {worst.phase}"
        f"{f' ({worst.cause})' if worst.cause else ''}, it ended{ended or ' at a time not logged'}"
    )


def _how_many(jvm: Jvm) -> str:
    """How many were long: exact where all are kept, else by the histogram."""
    if len(jvm.pause_samples) == sum(one.count for one in jvm.pauses):
        about, count = "", sum(one.took_ms >= LONG_MS for one in jvm.pause_samples)
    else:
        about = "about "
        count = sum(one.count for one in jvm.histogram if one.from_ms >= LONG_MS * 0.99)
    return f"; {about}{number(count)} pauses took {duration(LONG_MS)} or more" * (count > 1)


def _long_change(jvm: Jvm, worst: PauseFigures) -> str:
    if is_starved(jvm):
        return _SEE_CPU
    return _SEE.get(wanted(worst.cause)) or _shorter(jvm, worst)


def _shorter(jvm: Jvm, worst: PauseFigures) -> str:
    if worst.kind == "full" and jvm.collector == "CMS" and jvm.to_space_exhausted:
        return f"Start concurrent collections earlier ({gc_flags.EARLIER_CMS.text}); more heap."
    if worst.kind == "full":
        return "Avoid full collections: a larger heap; see their causes in the table."
    if worst.kind == "degenerated":
        return earlier_cycles(jvm)
    if jvm.collector in {"Serial", "Parallel", "CMS"}:
        return _other_collector(jvm)
    look = "Check the machine (swap, CPU quota, disk of the log)"
    if gc_flags.fits(gc_flags.PAUSE_GOAL, jvm):
        option = gc_flags.PAUSE_GOAL.text.split("=")[0]
        return f"{look} and {option}."
    return f"{look}: pauses of this collector do not grow with the heap."


def _other_collector(jvm: Jvm) -> str:
    if gc_flags.fits(gc_flags.USE_Z, jvm):
        return (
            f"Use G1 ({gc_flags.USE_G1.text}), or ZGC where pauses must stay short "
            f"({gc_flags.USE_Z.text})."
        )
    if gc_flags.fits(gc_flags.USE_G1, jvm):
        return f"Use G1 ({gc_flags.USE_G1.text}); later versions of Java have ZGC, too."
    if gc_flags.versions(jvm)[1] < gc_flags.USE_G1.first:
        return "Use a later version of Java, with G1 or ZGC."
    return f"Use G1 ({gc_flags.USE_G1.text}, from JDK {gc_flags.USE_G1.first} on)."


def safepoints(jvm: Jvm) -> Iterator[Remark]:
    """Time until all threads stood still."""
    own = jvm.safepoints
    if own is None or own.max_sync_ms is None or own.max_sync_ms < SYNC_MS:
        return
    worst = max(jvm.safepoint_samples, key=lambda one: one.sync_ms or 0.0, default=None)
    whole = f", {duration(own.sync_ms)} in all" if own.sync_ms is not None else ""
    yield Remark(
        "high" if own.max_sync_ms >= SYNC_SEVERE_MS else "medium",
        "time to safepoint",
        f"Reaching a safepoint took up to {duration(own.max_sync_ms)}{whole}: one thread "
        "did not stop while all others waited.",
        _safepoint_change(jvm),
        worst.source if worst else 0,
        worst.line if worst else None,
        worst.text if worst else "",
    )


def _safepoint_change(jvm: Jvm) -> str:
    words = "Look for swap and slow disks under mapped files first; then for long counted loops"
    if not gc_flags.fits(gc_flags.NAME_THE_LATE, jvm):
        return f"{words}."
    return (
        f"{words} ({gc_flags.STOP_IN_LOOPS.text}). {gc_flags.NAME_THE_LATE.text} names the thread."
    )


def other_stops(jvm: Jvm) -> Iterator[Remark]:
    """Stops that are no collections, without the time to reach them, which is told apart."""
    own = jvm.safepoints
    covered = covered_ms(jvm)
    if own is None or not is_long_enough(jvm):
        return
    collecting = sum(one.total_ms for one in jvm.pauses)
    rest = own.total_ms - collecting - (own.sync_ms or 0.0)
    if rest < OTHER_STOPS_SHARE * covered or rest < OTHER_STOP_MS:
        return
    names = dict.fromkeys(one.operation for one in jvm.safepoint_samples if one.operation)
    other = [name for name in names if not name.startswith(_COLLECTS)][:4]
    named = f" ({', '.join(other)})" if other else ""
    yield Remark(
        "medium" if rest >= PAUSE_SHARE * covered else "low",
        "other stops",
        f"The JVM stood still for {duration(rest)} outside of collections{named}.",
        "Look for thread dumps and heap inspections taken by monitoring, and for deoptimization.",
    )
