"""A JVM's run in words, for all formats."""

from collections.abc import Iterable

from h2o_forensics.report import view
from h2o_forensics.report.gc_flags import holds_classes_in_heap
from h2o_forensics.report.gc_remark import count_of
from h2o_forensics.report.jvms_shape import JvmItem, JvmPauses

_TIED = {
    "pid": "its process id",
    "folder": "the folder it lies in",
    "start": "the time of its start",
    "heap": "the size of its heap",
    "port": "its port",
    "stdout": "the program's output it stands in",
}
_NAMES = {
    "Z": "ZGC",
    "ZGenerational": "Generational ZGC",
    "GenerationalShenandoah": "Generational Shenandoah",
}

_NESTED = 0.99


def heading(jvm: JvmItem, *, node: bool = True) -> str:
    """`G1, JDK 17.0.9, heap up to 4 GB, pid 4242`; without what names a node where that is told."""
    name = _NAMES.get(jvm.collector or "", jvm.collector)
    parts = [name or "Collector not known"]
    if jvm.jdk:
        parts.append(f"JDK {jvm.jdk}")
    if jvm.heap_max_bytes is not None:
        words = "heap up to" if jvm.heap_max_stated else "largest heap seen"
        parts.append(f"{words} {view.size(jvm.heap_max_bytes)}")
    if jvm.pid is not None and (node or jvm.node is None):
        parts.append(f"pid {jvm.pid}")
    if node and jvm.node is not None:
        parts.append(f"node {jvm.node}" + (f" run {jvm.run}" if (jvm.run or 1) > 1 else ""))
    return ", ".join(parts)


def tie(jvm: JvmItem) -> str:
    """How the node is known; empty where it is not."""
    if jvm.node is None or jvm.tied_by is None:
        return ""
    return f"tied to {jvm.node} by {_TIED.get(jvm.tied_by, jvm.tied_by)}"


def period(jvm: JvmItem) -> str:
    """From when to when, how long, and how many lines."""
    parts = []
    if jvm.started and jvm.last:
        span = view.duration(view.between(jvm.started, jvm.last))
        first, last = view.moment(jvm.started, ms=False), view.moment(jvm.last, ms=False)
        parts.append(f"{first} to {last} ({span})")
    elif jvm.last:
        parts.append(f"until {view.moment(jvm.last, ms=False)}")
    elif jvm.uptime_ms is not None:
        parts.append(f"uptime {view.duration(jvm.uptime_ms)}, no dates in the log")
    else:
        parts.append("no times in the log")
    if jvm.started and jvm.started_by == "banner":
        parts.append(f"start taken from {jvm.started_how or 'the start-up banner'}")
    if jvm.first_uptime_ms is not None and jvm.stated.head_lost:
        parts.append(f"the log begins {view.duration(jvm.first_uptime_ms)} after the start")
    parts.append(count_of(jvm.lines, "line"))
    if jvm.lines_not_understood:
        parts.append(f"{view.number(jvm.lines_not_understood)} not understood")
    if jvm.stated.ended_in_order:
        parts.append("left in order")
    return ", ".join(parts)


def label(one: JvmPauses) -> str:
    """`Pause Young (Normal): G1 Evacuation Pause`, with the generation where there are two."""
    generation = f"{one.generation} " if one.generation else ""
    return f"{generation}{one.phase}" + (f": {one.cause}" if one.cause else "")


def dearest_first(jvm: JvmItem) -> list[JvmPauses]:
    """The kinds of pauses, those that took most of the time first."""
    return sorted(
        jvm.pauses,
        key=lambda one: (-one.total_ms, one.phase, one.cause or "", one.generation or ""),
    )


def total(jvm: JvmItem) -> tuple[str, int, float, float]:
    """`All pauses`, how many, how long together, the longest.

    CMS and Serial log full collections inside of young ones: their time is counted once where
    every pause has its time.
    """
    count = sum(one.count for one in jvm.pauses)
    longest = max((one.max_ms for one in jvm.pauses), default=0.0)
    together, series = sum(one.total_ms for one in jvm.pauses), jvm.series
    if series is not None and sum(series.pauses) == count:
        once = sum(series.paused_ms)
        if longest <= once < _NESTED * together:
            return "All pauses, nested ones once", count, once, longest
    return "All pauses", count, together, longest


def in_short(jvm: JvmItem) -> str:
    """The run in a sentence: whose, which collector, pauses, heap."""
    who = f"{jvm.node}: " if jvm.node else f"{jvm.source[0]}: " if jvm.source else ""
    count = sum(one.count for one in jvm.pauses)
    words = f"{who}{heading(jvm, node=False)}; {count_of(count, 'pause')}"
    if jvm.pauses:
        words += f", the longest {view.brief(max(one.max_ms for one in jvm.pauses))}"
    if jvm.loss.pause_share is not None:
        words += f", {view.share(jvm.loss.pause_share)} of the time"
    return f"{words}; heap {heap_line(jvm)}."


def sickest_first(jvms: Iterable[JvmItem]) -> list[JvmItem]:
    """Those that stood still most, first."""
    return sorted(
        jvms, key=lambda jvm: (-(jvm.loss.pause_share or 0.0), jvm.node or "", jvm.run or 0)
    )


def heap_line(jvm: JvmItem) -> str:
    """Most before and after collections, and what stays."""
    heap = jvm.heap
    parts = [
        f"{view.size(value)} {words}"
        for value, words in (
            (heap.max_before_bytes, "at most before a collection"),
            (heap.max_after_bytes, "after"),
            (heap.after_full_bytes, "after the last full one"),
        )
        if value is not None
    ]
    return ", ".join(parts) or "not told by this log"


def key_figures(jvm: JvmItem) -> tuple[tuple[str, str], ...]:
    """Further figures in a line each; those the log cannot tell are left out."""
    rows = (
        ("Stopped", _stopped(jvm)),
        ("Worst", _worst_stretch(jvm)),
        ("Rates", _rates(jvm)),
        ("Safepoints", _safepoints(jvm)),
        ("Stalls", _stalls(jvm)),
        ("No room", _no_room(jvm)),
        ("Humongous", _humongous(jvm)),
        (_class_room(jvm), _metaspace(jvm)),
    )
    return tuple((title, words) for title, words in rows if words)


def _stopped(jvm: JvmItem) -> str:
    loss = jvm.loss
    if loss.pause_share is None:
        return ""
    stalls = f", with stalled threads {view.share(loss.stall_share)}" if loss.stall_share else ""
    return f"{view.share(loss.pause_share)} of the time in pauses{stalls}"


def _worst_stretch(jvm: JvmItem) -> str:
    window = jvm.loss.worst_window
    longest = max((one.max_ms for one in jvm.pauses), default=0.0)
    if window is None or window.seconds * 1000 <= longest * 1.1:  # then it is that pause
        return ""
    begun = f" from {view.moment(window.from_, ms=False)}" if window.from_ else ""
    span = view.duration(window.seconds * 1000)
    return f"stopped for {view.share(window.stopped_share)} of a stretch of {span}{begun}"


def _rates(jvm: JvmItem) -> str:
    allocated, promoted = jvm.rates.allocation_bytes_per_s, jvm.rates.promotion_bytes_per_s
    if allocated is None:
        return ""
    more = f", promotes {view.size(promoted)}/s" if promoted is not None else ""
    return f"allocates {view.size(allocated)}/s{more}"


def _safepoints(jvm: JvmItem) -> str:
    own = jvm.safepoints
    if own is None:
        return ""
    sync = f", {view.brief(own.sync_ms)} to reach them" if own.sync_ms is not None else ""
    return (
        f"{view.number(own.count)}, {view.brief(own.total_ms)} in all{sync}, "
        f"longest {view.brief(own.max_ms)}"
    )


def _stalls(jvm: JvmItem) -> str:
    own = jvm.stalls
    if own is None or not own.count:
        return ""
    return (
        f"{view.number(own.count)}, {view.brief(own.total_ms)} in all, "
        f"longest {view.brief(own.max_ms)}"
    )


def _no_room(jvm: JvmItem) -> str:
    count = jvm.to_space_exhausted
    if not count:
        return ""
    if jvm.collector == "CMS":
        return count_of(count, "concurrent mode or promotion failure")
    what = "young collection" if jvm.collector == "G1" else "collection"
    return f"{count_of(count, what)} found none for survivors"


def _humongous(jvm: JvmItem) -> str:
    own = jvm.humongous
    if own is None or not own.peak_regions:
        return ""
    part = f" ({view.share(own.peak_share)} of the heap)" if own.peak_share is not None else ""
    region = f" of {view.size(own.region_bytes)}" if own.region_bytes is not None else ""
    return f"at most {count_of(own.peak_regions, 'region')}{region}{part}"


def _class_room(jvm: JvmItem) -> str:
    lines = (one.text for one in jvm.longest_pauses)
    return "PermGen" if holds_classes_in_heap(jvm.jdk, lines) else "Metaspace"


def _metaspace(jvm: JvmItem) -> str:
    own = jvm.metaspace
    if own is None or own.used_bytes is None:
        return ""
    return f"{view.size(own.used_bytes)} used at the end"
