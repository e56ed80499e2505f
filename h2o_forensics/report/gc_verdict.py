"""What a JVM's figures mean for somebody who runs it: sentences with numbers, and what to change.

Pure functions of one run.  The limits below are meant for servers that work for minutes and hours;
a busy machine alone (pauses of a second, a large first collection) is nothing to act on.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from h2o_forensics.model.jvm import FullStreak, Jvm
from h2o_forensics.report.gc_unknown import unknowns
from h2o_forensics.report.moments import iso
from h2o_forensics.report.view import brief, duration, moment, number, share, size

THRASH_IN_VAIN = 3
"""Full collections in a row that freed under 3 % of a heap 80 % full: one may be bad luck."""
THRASH_IN_A_ROW, THRASH_FREED, THRASH_MS = 5, 0.10, 10_000
"""Or this many that freed less than this share and took this long together."""
THRASH_SEVERE_MS, THRASH_MANY = 5_000, 20
"""A shorter one is a heap that was full for a moment."""
LONG_MS, LONG_SEVERE_MS = 2_000, 10_000
"""A pause people notice; one at which clients and peers time out (30 s is usual, 60 s is H2O's)."""
WINDOW_S = 30.0
"""Stopped for so long, with breaths between: peers give up (Akka, ZooKeeper, load balancers)."""
PAUSE_SHARE, PAUSE_SHARE_SEVERE = 0.10, 0.50
"""Of wall time.  Parallel aims at 1 %, G1 at 8 % (GCTimeRatio 99 and 12): above it is missed."""
LEAST_MS = 30_000
"""Shares of a run that is younger are those of its start."""
FULL_HEAP = 0.85
"""Of the maximum, in use after a full collection: too little is left for young objects."""
LEAK_HORIZON_S = 7 * 86_400
LEAK_FILLED = 0.5
LEAK_LEAST_MS = 600_000
"""A live set that grows is worth acting on when it fills the heap in a week and half of it now.

A program younger than this still loads what it works with.
"""
EXPLICIT_LEAST, EXPLICIT_MS = 3, 1_000
METASPACE_LEAST = 3
"""The first ones while classes are loaded are normal: the threshold starts at about 20 MB."""
HUMONGOUS_SHARE = 0.40
HUMONGOUS_COLLECTIONS = 10
STALL_MS, STALL_SEVERE_MS, STALL_SHARE = 1_000, 10_000, 0.10
SYNC_MS, SYNC_SEVERE_MS = 1_000, 10_000
"""Reaching a safepoint takes less than 1 ms on a healthy machine."""
OTHER_STOPS_SHARE, OTHER_STOP_MS = 0.05, 2_000
ALLOCATION = 2**30
"""Bytes a second; what one core allocates at full speed, hence worth a profile."""
_SECOND = 1000
_HOUR = 3600
_EXPLICIT = {"System.gc()"}


class Remark(Struct, frozen=True):
    """One sentence of the verdict.

    `severity`: high, medium (act on it), low (good to know), ok (nothing found) or unknown (the log
    cannot tell; `change` says what would).
    """

    severity: str
    topic: str
    message: str
    change: str | None = None
    source: int = 0
    line: int | None = None
    text: str = ""


def remarks(jvm: Jvm) -> tuple[Remark, ...]:
    """The verdict on one run, the gravest first; what cannot be told stands last."""
    found = [one for judge in _JUDGES for one in judge(jvm)]
    order = ("high", "medium", "low")
    found.sort(key=lambda one: order.index(one.severity))
    lacking = unknowns(jvm)
    if not any(one.severity in {"high", "medium"} for one in found) and jvm.pauses:
        found.insert(0, Remark("ok", "verdict", _all_well(jvm)))
    return (*found, *(Remark("unknown", *one) for one in lacking))


def _all_well(jvm: Jvm) -> str:
    count = sum(one.count for one in jvm.pauses)
    longest = max(one.max_ms for one in jvm.pauses)
    words = f"No trouble found: {number(count)} pause{'s' * (count != 1)}, the longest took "
    words += brief(longest)
    if jvm.loss.pause_share is not None:
        words += f", {share(jvm.loss.pause_share)} of the time"
    return f"{words}."


def covered_ms(jvm: Jvm) -> float:
    """The time the log covers, which may be much less than the JVM ran; 0 where it is not known."""
    if jvm.uptime_ms is not None and jvm.first_uptime_ms is not None:
        return jvm.uptime_ms - jvm.first_uptime_ms
    stamps = [one.epoch_ms for one in jvm.buckets if one.epoch_ms is not None]
    return float(max(stamps) - min(stamps)) if stamps else 0.0


def _when(epoch_ms: int | None, uptime_ms: float | None) -> str:
    """` at 2026-11-22 09:12:04 UTC`, ` 12 min after the start`, or nothing."""
    if epoch_ms is not None and (time := iso(epoch_ms)) is not None:
        return f" at {moment(time, ms=False)}"
    return f" {duration(uptime_ms)} after the start" if uptime_ms is not None else ""


def _is_thrash(one: FullStreak) -> bool:
    freed_little = one.freed_share is not None and one.freed_share < THRASH_FREED
    long = one.count >= THRASH_IN_A_ROW and one.paused_ms >= THRASH_MS
    return one.in_vain >= THRASH_IN_VAIN or (long and freed_little)


def _thrash(jvm: Jvm) -> Iterator[Remark]:
    bad = [one for one in jvm.full_streaks if _is_thrash(one)]
    if not bad:
        return
    worst = max(bad, key=lambda one: (one.paused_ms, one.count))
    vain = f", {number(worst.in_vain)} of them in vain" if worst.in_vain else ""
    freed = f" and freed {share(worst.freed_share)}" if worst.freed_share is not None else ""
    kept = jvm.heap.max_after_full_bytes or worst.after_bytes
    left = f"; up to {size(kept)} stayed in use" if kept is not None else ""
    limit = f" of a heap of {size(jvm.heap_max_bytes)}" if left and jvm.heap_max_bytes else ""
    more = f" ({len(bad)} such streaks in all)" if len(bad) > 1 else ""
    change = (
        "Give the JVM a larger heap (-Xmx), or let it hold less: what it keeps alive does not fit. "
        "How much it would need cannot be read here, the limit cuts it; begin with twice as much."
    )
    severe = worst.paused_ms >= THRASH_SEVERE_MS or sum(one.in_vain for one in bad) >= THRASH_MANY
    yield Remark(
        "high" if severe else "medium",
        "thrash",
        f"{number(worst.count)} full collections in a row{vain}"
        f"{_when(worst.epoch_ms, worst.uptime_ms)} took "
        f"{duration(worst.paused_ms)}{freed}{left}{limit}{more}. "
        "The program got next to nothing done meanwhile.",
        change,
        worst.source,
        worst.line,
        worst.text,
    )


def _share(jvm: Jvm) -> Iterator[Remark]:
    lost = jvm.loss.pause_share
    if lost is None or lost < PAUSE_SHARE:
        return
    young = covered_ms(jvm) < LEAST_MS
    dearest = max(jvm.pauses, key=lambda one: one.total_ms)
    yield Remark(
        "low" if young else "high" if lost >= PAUSE_SHARE_SEVERE else "medium",
        "pause share",
        f"The program stood still for {share(lost)} of the time, most of it in {dearest.phase}"
        f"{f' ({dearest.cause})' if dearest.cause else ''}: {number(dearest.count)} pauses, "
        f"{duration(dearest.total_ms)} together.",
        "Give the collector more room (-Xmx), or allocate less.",
    )


def _long_pauses(jvm: Jvm) -> Iterator[Remark]:
    if not jvm.pauses:
        return
    worst = max(jvm.pauses, key=lambda one: one.max_ms)
    window = jvm.loss.worst_window
    stopped = window.seconds if window is not None else 0.0
    if worst.max_ms < LONG_MS and stopped < WINDOW_S:
        return
    sample = max(jvm.pause_samples, key=lambda one: one.took_ms, default=None)
    when = _when(sample.epoch_ms, sample.uptime_ms) if sample else ""
    count = sum(one.took_ms >= LONG_MS for one in jvm.pause_samples)
    more = f"; {count} pauses took {duration(LONG_MS)} or more" if count > 1 else ""
    words = (
        f"The longest pause took {duration(worst.max_ms)}: {worst.phase}"
        f"{f' ({worst.cause})' if worst.cause else ''}, it ended{when or ' at a time not logged'}"
        f"{more}."
    )
    if window is not None and stopped * _SECOND > worst.max_ms * 1.1:
        words += (
            f" From{_when(window.epoch_ms, window.uptime_ms).removeprefix(' at') or ' then on'} "
            f"the JVM was stopped for {share(window.stopped_share)} of {duration(stopped * 1e3)}."
        )
    severe = worst.max_ms >= LONG_SEVERE_MS or stopped >= WINDOW_S
    yield Remark(
        "high" if severe else "medium",
        "long pauses",
        words,
        _long_change(jvm, worst.kind),
        sample.source if sample else 0,
        sample.line if sample else None,
        sample.text if sample else "",
    )


def _long_change(jvm: Jvm, kind: str) -> str:
    if jvm.starved is not None and jvm.starved.count:
        return "See the CPU time below: the collector got no processor, or was swapped out."
    if kind == "full":
        return "Avoid full collections: a larger heap; see their causes in the table."
    if jvm.collector in {"Serial", "Parallel", "CMS"}:
        return "Use G1, or ZGC (JDK 17 and later) where pauses must stay short: -XX:+UseZGC."
    return "Check the machine (swap, CPU quota, disk of the log) and -XX:MaxGCPauseMillis."


def _small_heap(jvm: Jvm) -> Iterator[Remark]:
    limit, live = jvm.heap_max_bytes, jvm.heap.max_after_full_bytes
    if not limit or live is None or live < FULL_HEAP * limit or not jvm.heap_max_stated:
        return
    if any(map(_is_thrash, jvm.full_streaks)):  # says the same, and more
        return
    yield Remark(
        "medium",
        "heap too small",
        f"Up to {size(live)} were still in use after a full collection, {share(live / limit)} of "
        f"the heap's {size(limit)}: too little is left for new objects.",
        f"Give it at least {size(live * 2)} (-Xmx), twice what stays alive, or hold less.",
    )


def _leak(jvm: Jvm) -> Iterator[Remark]:
    interval, slope = jvm.heap.live_slope_ci95, jvm.heap.live_slope_bytes_per_s
    if interval is None or slope is None or interval[0] <= 0 or not jvm.heap_max_bytes:
        return
    if covered_ms(jvm) < LEAK_LEAST_MS:
        return
    now = jvm.heap.after_full_bytes or jvm.heap.max_after_bytes or 0
    left = max(jvm.heap_max_bytes - now, 0)
    horizon = left / slope
    acute = horizon < LEAK_HORIZON_S and now >= LEAK_FILLED * jvm.heap_max_bytes
    yield Remark(
        "medium" if acute and covered_ms(jvm) >= _HOUR * _SECOND else "low",
        "growth",
        f"What stays alive grows by {size(slope * _HOUR)} an hour (95 % interval: "
        f"{size(interval[0] * _HOUR)} to {size(interval[1] * _HOUR)}); at that rate the heap is "
        f"full in {duration(horizon * _SECOND)}. A leak, or data still being loaded.",
        "Compare two class histograms (jcmd PID GC.class_histogram) some time apart.",
    )


def _explicit(jvm: Jvm) -> Iterator[Remark]:
    own = [one for one in jvm.pauses if one.cause in _EXPLICIT]
    count, total = sum(one.count for one in own), sum(one.total_ms for one in own)
    longest = max((one.max_ms for one in own), default=0.0)
    if count < EXPLICIT_LEAST and longest < EXPLICIT_MS:
        return
    slow_machine = jvm.starved is not None and jvm.starved.count > 0
    much = total >= PAUSE_SHARE * (covered_ms(jvm) or float("inf"))
    heavy = (longest >= LONG_MS or much) and not slow_machine
    yield Remark(
        "medium" if heavy else "low",
        "System.gc()",
        f"The program itself asked for {number(count)} collection{'s' * (count != 1)} "
        f"(System.gc()): {duration(total)} together, the longest {duration(longest)}.",
        "Find the caller, or set -XX:+ExplicitGCInvokesConcurrent (G1, CMS) or "
        "-XX:+DisableExplicitGC.",
    )


def _metaspace(jvm: Jvm) -> Iterator[Remark]:
    own = jvm.metaspace
    if own is None or own.full_count < METASPACE_LEAST:
        return
    used = f" {size(own.used_bytes)} are in use." if own.used_bytes is not None else ""
    value = f"{-(-own.used_bytes // 2**20) * 3 // 2}m" if own.used_bytes else "256m"
    yield Remark(
        "low",
        "metaspace",
        f"{number(own.full_count)} collections were made for want of room for classes "
        f"(metaspace).{used}",
        f"Set -XX:MetaspaceSize={value}; look for classes that are loaded again and again if it "
        "keeps growing.",
    )


def _humongous(jvm: Jvm) -> Iterator[Remark]:
    own = jvm.humongous
    if own is None:
        return
    peak = own.peak_share or 0.0
    if peak < HUMONGOUS_SHARE and own.collections < HUMONGOUS_COLLECTIONS:
        return
    region = size(own.region_bytes) if own.region_bytes is not None else "a size not logged"
    yield Remark(
        "medium" if peak >= HUMONGOUS_SHARE and jvm.to_space_exhausted else "low",
        "humongous objects",
        f"Objects of half a region and more (regions of {region}) took up to {share(peak)} of the "
        f"heap and started {number(own.collections)} collections.",
        "Set a larger -XX:G1HeapRegionSize (up to 32m) so that they count as ordinary ones.",
    )


def _no_room(jvm: Jvm) -> Iterator[Remark]:
    count = jvm.to_space_exhausted
    if not count:
        return
    times = f"{number(count)} time{'s' * (count != 1)}"
    what, change = _NO_ROOM.get(jvm.collector or "", _NO_ROOM[""])
    yield Remark(
        "medium" if count >= THRASH_IN_VAIN else "low", "no room", what.format(times), change
    )


def _stalls(jvm: Jvm) -> Iterator[Remark]:
    own = jvm.stalls
    if own is None or not own.count:
        return
    lost = jvm.loss.stall_share or 0.0
    severe = own.max_ms >= STALL_SEVERE_MS or lost >= STALL_SHARE
    worth = own.max_ms >= STALL_MS
    sample = max(jvm.stall_samples, key=lambda one: one.took_ms, default=None)
    yield Remark(
        "high" if severe else "medium" if worth else "low",
        "stalls",
        f"Threads waited for memory {number(own.count)} times, {duration(own.total_ms)} together, "
        f"the longest {duration(own.max_ms)}: the collector did not keep up.",
        "More heap (-Xmx), more of it free at the start of a cycle (-XX:SoftMaxHeapSize), or more "
        "collector threads (-XX:ConcGCThreads).",
        sample.source if sample else 0,
        sample.line if sample else None,
        sample.text if sample else "",
    )


def _degenerated(jvm: Jvm) -> Iterator[Remark]:
    own = [one for one in jvm.pauses if one.kind == "degenerated"]
    count = sum(one.count for one in own)
    every = sum(one.count for one in jvm.cycles) or count
    if not count:
        return
    yield Remark(
        "medium" if count >= THRASH_IN_VAIN and count >= every / 10 else "low",
        "degenerated cycles",
        f"{number(count)} concurrent cycles ran out of memory and ended at a standstill: "
        f"{duration(sum(one.total_ms for one in own))} together.",
        "More heap, or an earlier start of cycles (-XX:ShenandoahMinFreeThreshold=20).",
    )


def _starved(jvm: Jvm) -> Iterator[Remark]:
    own = jvm.starved
    if own is None or not own.count:
        return
    yield Remark(
        "medium",
        "CPU time",
        f"{number(own.count)} pause{'s' * (own.count != 1)} took {duration(own.real_ms)} of wall "
        f"time for {duration(own.cpu_ms)} of CPU time (Real far above User+Sys): the machine "
        "swapped, or the process got no CPU.",
        "Look at swap, CPU quota (cgroup cpu.stat: throttled), steal time and neighbours, not at "
        "the heap.",
        own.source,
        own.line,
        own.text,
    )


def _safepoints(jvm: Jvm) -> Iterator[Remark]:
    own = jvm.safepoints
    if own is None:
        return
    worst = max(jvm.safepoint_samples, key=lambda one: one.sync_ms or 0.0, default=None)
    if own.max_sync_ms is not None and own.max_sync_ms >= SYNC_MS:
        yield Remark(
            "high" if own.max_sync_ms >= SYNC_SEVERE_MS else "medium",
            "time to safepoint",
            f"Reaching a safepoint took up to {duration(own.max_sync_ms)}"
            f"{f', {duration(own.sync_ms)} in all' if own.sync_ms is not None else ''}: one thread "
            "did not stop while all others waited.",
            "Look for swap and slow disks under mapped files first; then for long counted loops "
            "(-XX:+UseCountedLoopSafepoints, -Xlog:safepoint*=debug).",
            worst.source if worst else 0,
            worst.line if worst else None,
            worst.text if worst else "",
        )


def _other_stops(jvm: Jvm) -> Iterator[Remark]:
    own = jvm.safepoints
    covered = covered_ms(jvm)
    if own is None or covered < LEAST_MS:
        return
    collecting = sum(one.total_ms for one in jvm.pauses)
    rest = own.total_ms - collecting
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


def _allocation(jvm: Jvm) -> Iterator[Remark]:
    rate = jvm.rates.allocation_bytes_per_s
    if rate is None or rate < ALLOCATION:
        return
    yield Remark(
        "low",
        "allocation rate",
        f"The program allocates {size(rate)} a second on average.",
        "A profile of allocations (JFR: jdk.ObjectAllocationSample) shows where.",
    )


_NO_ROOM = {
    "CMS": (
        (
            "The concurrent collection came too late or found no room {} (concurrent mode or "
            "promotion failure): the whole heap was collected at a standstill."
        ),
        (
            "Start it earlier (-XX:CMSInitiatingOccupancyFraction=60 "
            "-XX:+UseCMSInitiatingOccupancyOnly), more heap, or G1."
        ),
    ),
    "G1": (
        "A young collection found no room to copy survivors to {} (to-space exhausted).",
        (
            "More heap, or more reserve (-XX:G1ReservePercent=20), or start marking earlier "
            "(-XX:InitiatingHeapOccupancyPercent=35)."
        ),
    ),
    "": (
        "Survivors found no room in the old generation {} (promotion failed).",
        "More heap, or a smaller young generation (-Xmn).",
    ),
}
_COLLECTS = ("G1", "Parallel", "GenCollect", "Serial", "CMS", "Z", "X", "Shenandoah", "CGC", "GC")
_JUDGES: tuple[Callable[[Jvm], Iterator[Remark]], ...] = (
    _thrash,
    _share,
    _long_pauses,
    _stalls,
    _starved,
    _small_heap,
    _safepoints,
    _no_room,
    _degenerated,
    _leak,
    _explicit,
    _metaspace,
    _humongous,
    _other_stops,
    _allocation,
)
