"""The verdict on full collections: a full heap, no room for classes, or somebody asks for them."""

import re
from collections.abc import Iterator

from h2o_forensics.model.jvm import FullStreak, Jvm
from h2o_forensics.report import gc_flags
from h2o_forensics.report.gc_remark import (
    ASKED,
    CLASSES,
    HEAP,
    HOUR,
    SECOND,
    SECOND_ATTEMPTS,
    Remark,
    count_of,
    covered_ms,
    is_long_enough,
    pauses_for,
    wanted,
    when,
)
from h2o_forensics.report.view import duration, number, share, size

THRASH_IN_VAIN = 3
"""Full collections in a row that freed under 3 % of a heap 80 % full: one may be bad luck."""
THRASH_IN_A_ROW, THRASH_FREED, THRASH_MS = 5, 0.10, 10_000
"""Or this many that freed less than this share and took this long together."""
NEARLY_FULL = 0.80
"""Of the maximum, still in use after them; below, the heap is not what lacks."""
THRASH_SEVERE_MS, THRASH_MANY = 5_000, 20
"""A shorter one is a heap that was full for a moment."""
FULL_HEAP = 0.85
"""Of the maximum, in use after a full collection: too little is left for young objects."""
LEAK_HORIZON_S = 7 * 86_400
LEAK_FILLED = 0.5
LEAK_LEAST_MS = 600_000
"""A live set that grows is worth acting on when it fills the heap in a week and half of it now.

A program younger than this still loads what it works with.
"""
EXPLICIT_LEAST, EXPLICIT_MS = 3, 1_000
EXPLICIT_LONG_MS, EXPLICIT_SEVERE_MS = 2_000, 10_000
MUCH, MOST = 0.10, 0.50
"""Of wall time."""
METASPACE_LEAST = 3
"""The first ones while classes are loaded are normal: the threshold starts at about 20 MB."""
METASPACE_FULL = 0.90
"""Of the stated limit: classes need whole chunks, the rest is of little use."""
_LIMIT = re.compile(r"-XX:Max(?:Metaspace|Perm)Size=(\d{1,18})([kmgt]?)", re.IGNORECASE)
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def is_thrash(jvm: Jvm, one: FullStreak) -> bool:
    """Whether the streak was made for heap, and found next to none."""
    if wanted(one.cause) != HEAP:
        return False
    if one.in_vain >= THRASH_IN_VAIN:  # which says that the heap was full
        return True
    freed_little = one.freed_share is not None and one.freed_share < THRASH_FREED
    long = one.count >= THRASH_IN_A_ROW and one.paused_ms >= THRASH_MS
    limit, after = jvm.heap_max_bytes, one.after_bytes
    roomy = limit is not None and after is not None and after < NEARLY_FULL * limit
    return long and freed_little and not roomy


def thrash(jvm: Jvm) -> Iterator[Remark]:
    """Full collections in a row that free next to nothing."""
    bad = [one for one in jvm.full_streaks if is_thrash(jvm, one)]
    if not bad:
        return
    worst = max(bad, key=lambda one: (one.paused_ms, one.count))
    whole = sum(one.paused_ms for one in bad)
    vain = f", {number(worst.in_vain)} of them in vain," if worst.in_vain else ""
    freed = f" and freed {share(worst.freed_share)}" if worst.freed_share is not None else ""
    kept = jvm.heap.max_after_full_bytes or worst.after_bytes
    left = f"; up to {size(kept)} stayed in use" if kept is not None else ""
    limit = f" of a heap of {size(jvm.heap_max_bytes)}" if left and jvm.heap_max_stated else ""
    more = ""
    if len(bad) > 1:
        more = f" ({number(len(bad))} such streaks, {duration(whole)} in all)"
    severe = whole >= THRASH_SEVERE_MS or sum(one.in_vain for one in bad) >= THRASH_MANY
    yield Remark(
        "high" if severe else "medium",
        "thrash",
        f"{count_of(worst.count, 'full collection')} in a row"
        f"{when(worst.epoch_ms, worst.uptime_ms)}{vain} took "
        f"{duration(worst.paused_ms)}{freed}{left}{limit}{more}. "
        "The program got next to nothing done meanwhile.",
        "Give the JVM a larger heap (-Xmx), or let it hold less: what it keeps alive does not fit. "
        "How much it would need cannot be read here, the limit cuts it; begin with twice as much.",
        worst.source,
        worst.line,
        worst.text,
    )


def small_heap(jvm: Jvm) -> Iterator[Remark]:
    """Little room is left after full collections."""
    limit, live = jvm.heap_max_bytes, jvm.heap.max_after_full_bytes
    if not limit or live is None or live < FULL_HEAP * limit or not jvm.heap_max_stated:
        return
    if any(is_thrash(jvm, one) for one in jvm.full_streaks):  # says the same, and more
        return
    yield Remark(
        "medium",
        "heap too small",
        f"Up to {size(live)} were still in use after a full collection, {share(live / limit)} of "
        f"the heap's {size(limit)}: too little is left for new objects.",
        f"Give it at least {size(live * 2)} (-Xmx), twice what stays alive, or hold less.",
    )


def leak(jvm: Jvm) -> Iterator[Remark]:
    """What stays alive grows."""
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
        "medium" if acute and covered_ms(jvm) >= HOUR * SECOND else "low",
        "growth",
        f"What stays alive grows by {size(slope * HOUR)} an hour (95 % interval: "
        f"{size(interval[0] * HOUR)} to {size(interval[1] * HOUR)}); at that rate the heap is "
        f"full in {duration(horizon * SECOND)}. A leak, or data still being loaded.",
        "Compare two class histograms (jcmd PID GC.class_histogram) some time apart.",
    )


def explicit(jvm: Jvm) -> Iterator[Remark]:
    """Somebody asks for collections."""
    own = [one for one in pauses_for(jvm, ASKED) if (one.cause or "").startswith("System")]
    kinds = {one.kind for one in own}
    # Parallel answers one request with a young and a full collection.
    count = max((sum(one.count for one in own if one.kind == kind) for kind in kinds), default=0)
    total = sum(one.total_ms for one in own)
    longest = max((one.max_ms for one in own), default=0.0)
    if count < EXPLICIT_LEAST and longest < EXPLICIT_MS:
        return
    yield Remark(
        _explicit_severity(jvm, total, longest),
        "System.gc()",
        f"The program itself asked for {count_of(count, 'collection')} "
        f"(System.gc()): {duration(total)} together, the longest {duration(longest)}.",
        _explicit_change(jvm),
    )


def _explicit_severity(jvm: Jvm, total: float, longest: float) -> str:
    if jvm.starved is not None and jvm.starved.count:  # the machine is what is slow
        return "low"
    lost = total / covered_ms(jvm) if is_long_enough(jvm) else 0.0
    loop = any(
        wanted(one.cause) == ASKED
        and one.count >= THRASH_IN_A_ROW
        and one.paused_ms >= EXPLICIT_SEVERE_MS
        for one in jvm.full_streaks
    )
    if longest >= EXPLICIT_SEVERE_MS or lost >= MOST or loop:
        return "high"
    return "medium" if longest >= EXPLICIT_LONG_MS or lost >= MUCH else "low"


def _explicit_change(jvm: Jvm) -> str:
    words = "Find the caller"
    if gc_flags.fits(gc_flags.BESIDE, jvm):
        words += f", or set {gc_flags.BESIDE.text}: requests then run beside the program"
    elif gc_flags.fits(gc_flags.USE_G1, jvm):
        words += f", or use G1 ({gc_flags.USE_G1.text} {gc_flags.BESIDE.text})"
    return (
        f"{words}. Do not just switch them off (-XX:+DisableExplicitGC) where direct buffers are "
        "used: such a request frees them."
    )


def metaspace(jvm: Jvm) -> Iterator[Remark]:
    """Room for classes: what is there, and whether it is exhausted."""
    own = pauses_for(jvm, CLASSES)
    used = jvm.metaspace.used_bytes if jvm.metaspace is not None else None
    told = jvm.metaspace.full_count if jvm.metaspace is not None else 0
    count = max(told, sum(one.count for one in own))
    again = sum(one.count for one in own if (one.cause or "").startswith(SECOND_ATTEMPTS))
    limit = _class_limit(jvm)
    if count < METASPACE_LEAST and not again:
        return
    full = limit is not None and used is not None and used >= METASPACE_FULL * limit
    total = sum(one.total_ms for one in own)
    lost = total / covered_ms(jvm) if is_long_enough(jvm) else 0.0
    severity = "medium" if again or full or lost >= MUCH else "low"
    if again >= METASPACE_LEAST or _class_streak(jvm):
        severity = "high"
    name = "permanent generation" if _is_old(jvm) else "metaspace"
    words = f"{count_of(count, 'collection was', 'collections were')} made for want of room for "
    words += f"classes ({name}): {duration(total)} together" if own else f"classes ({name})"
    words += f"; {number(again)} of them because the one before had found none" * bool(again)
    words += f". {size(used)} are in use" if used is not None else ""
    words += f" of {size(limit)} allowed" if limit is not None and used is not None else ""
    change = _class_start(jvm, used) if severity == "low" else _class_change(jvm, limit)
    yield Remark(severity, name, f"{words}.", change)


def _class_streak(jvm: Jvm) -> bool:
    return any(
        wanted(one.cause) == CLASSES and one.count >= THRASH_IN_A_ROW and one.paused_ms >= THRASH_MS
        for one in jvm.full_streaks
    )


def _is_old(jvm: Jvm) -> bool:
    causes = [one.cause for one in jvm.pauses if one.cause is not None]
    return gc_flags.holds_classes_in_heap(
        jvm.jdk, (*causes, *(one.text for one in jvm.pause_samples))
    )


def _class_limit(jvm: Jvm) -> int | None:
    """What the command line allows, as the log's header quotes it."""
    match = _LIMIT.search(jvm.facts.flags or "")
    return int(match[1]) * _UNITS[match[2].lower()] if match else None


def _class_change(jvm: Jvm, limit: int | None) -> str:
    option = (gc_flags.OLD_CLASS_LIMIT if _is_old(jvm) else gc_flags.CLASS_LIMIT).text
    stated = f" ({size(limit)} is set)" if limit is not None else ""
    raise_it = f"Raise {option}" if _is_old(jvm) else f"Raise or remove {option}"
    return (
        f"{raise_it}{stated}, and look for a leak of class loaders: classes that are loaded again "
        "and again and never unloaded. A larger heap (-Xmx) does not help."
    )


def _class_start(jvm: Jvm, used: int | None) -> str:
    option = (gc_flags.OLD_CLASS_START if _is_old(jvm) else gc_flags.CLASS_START).text
    value = f"{-(-used // 2**20) * 3 // 2}m" if used else "256m"
    return (
        f"Set {option}={value}; look for classes that are loaded again and again if it "
        "keeps growing."
    )
