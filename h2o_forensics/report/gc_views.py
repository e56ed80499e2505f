"""What the templates need to show a JVM's run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from h2o_forensics.report import gc_words, view
from h2o_forensics.report.charts import charts
from h2o_forensics.report.gc_report import GcReport, worst
from h2o_forensics.report.jvms_shape import (
    JvmItem,
    JvmLongPause,
    JvmLongStall,
    JvmLongStop,
    JvmPlace,
    JvmUnknownLines,
)
from h2o_forensics.report.moments import Time

MOST_STEPS = 24
"""Rows of the table that stands for the charts."""
MOST_QUOTES = 10
_STATES = {
    "high": "in trouble",
    "medium": "needs care",
    "ok": "well",
    "short": "too short to judge",
    "unknown": "cannot tell",
}
_TONES = {
    "high": "incident",
    "medium": "at_risk",
    "ok": "healthy",
    "short": "insufficient_evidence",
    "unknown": "insufficient_evidence",
}
_LEVELS = {
    "high": "High",
    "medium": "Medium",
    "low": "Good to know",
    "ok": "Well",
    "short": "Not judged",
    "unknown": "Not told by this log",
}
_GRAVEST_FIRST = ("high", "medium", "short", "unknown", "ok")


class Quote(Struct, frozen=True):
    """A line of the log that says how long something took."""

    took: float
    what: str
    path: str
    line: int
    text: str
    time: Time | None
    uptime_ms: float | None


class Step(Struct, frozen=True):
    """A row of the table that stands for the charts."""

    time: Time | None
    uptime_ms: float | None
    width_ms: int
    pauses: int
    paused_ms: float
    max_pause_ms: float
    full: int
    before: int | None
    after: int | None
    allocated: int | None


def place(item: JvmPlace | JvmUnknownLines | Quote) -> str:
    """`path:line`."""
    return item.path if item.line is None else f"{item.path}:{item.line}"


def worst_of(report: GcReport) -> str:
    """The gravest state of all runs."""
    met = {worst(jvm) for jvm in report.jvms}
    return next((name for name in _GRAVEST_FIRST if name in met), "unknown")


def answer(report: GcReport) -> str:
    """The heading: what is the matter, of how many runs."""
    state, total = worst_of(report), len(report.jvms)
    if total == 1:
        return f"The JVM {_ANSWERS[state]}"
    many = sum(worst(jvm) == state for jvm in report.jvms)
    if many == total:
        return f"All {total} JVM runs: {_STATES[state]}"
    return f"{many} of {total} JVM runs: {_STATES[state]}"


_ANSWERS = {
    "high": "is in trouble",
    "medium": "needs care",
    "ok": "does well",
    "short": "was seen for too short a time to judge",
    "unknown": "cannot be judged from this log",
}


def quoted(
    items: Sequence[JvmLongPause | JvmLongStall | JvmLongStop],
) -> tuple[Quote, ...]:
    """The longest ones, with what each was."""
    return tuple(
        Quote(_took(one), _what(one), one.path, one.line, one.text, one.time, one.uptime_ms)
        for one in items[:MOST_QUOTES]
    )


def _took(one: JvmLongPause | JvmLongStall | JvmLongStop) -> float:
    return one.total_ms if isinstance(one, JvmLongStop) else one.took_ms


def _what(one: JvmLongPause | JvmLongStall | JvmLongStop) -> str:
    if isinstance(one, JvmLongStall):
        return f"{one.what}, {one.thread}" if one.thread else one.what
    if isinstance(one, JvmLongStop):
        reached = f", {view.brief(one.sync_ms)} to reach it" if one.sync_ms is not None else ""
        return f"{one.operation or 'stop'}{reached}"
    sizes = ""
    if one.before_bytes is not None and one.after_bytes is not None:
        sizes = f", {view.size(one.before_bytes)} to {view.size(one.after_bytes)}"
    times = ""
    if one.real_ms is not None and one.user_ms is not None:
        cpu = one.user_ms + (one.sys_ms or 0.0)
        times = f", {view.brief(cpu)} of CPU time"
    return f"{one.phase}{f' ({one.cause})' if one.cause else ''}{sizes}{times}"


def steps(jvm: JvmItem) -> tuple[Step, ...]:
    """The series in at most `MOST_STEPS` rows."""
    series = jvm.series
    if series is None:
        return ()
    many = -(-(series.offset_ms[-1] // series.width_ms + 1) // MOST_STEPS)
    width = many * series.width_ms
    groups: dict[int, list[int]] = {}
    for index, offset in enumerate(series.offset_ms):
        groups.setdefault(offset // width, []).append(index)
    return tuple(
        Step(
            time=view.later(series.from_, number * width),
            uptime_ms=None
            if series.from_uptime_ms is None
            else series.from_uptime_ms + number * width,
            width_ms=width,
            pauses=sum(series.pauses[at] for at in group),
            paused_ms=sum(series.paused_ms[at] for at in group),
            max_pause_ms=max(series.max_pause_ms[at] for at in group),
            full=sum(series.full[at] for at in group),
            before=_of(max, series.max_before_bytes, group),
            after=_of(min, series.min_after_bytes, group),
            allocated=_of(sum, series.allocated_bytes, group),
        )
        for number, group in groups.items()
    )


def _of(
    choose: Callable[[list[int]], int], column: Sequence[int | None], group: Sequence[int]
) -> int | None:
    known = [value for at in group if (value := column[at]) is not None]
    return choose(known) if known else None


FILTERS: Mapping[str, Callable[..., Any]] = {
    "brief": view.brief,
    "share": view.share,
    "at": place,
}
GLOBALS: Mapping[str, Any] = {
    "charts": charts,
    "gc_answer": answer,
    "dearest_first": gc_words.dearest_first,
    "heading": gc_words.heading,
    "heap_line": gc_words.heap_line,
    "key_figures": gc_words.key_figures,
    "levels": _LEVELS,
    "period": gc_words.period,
    "quoted": quoted,
    "states": _STATES,
    "steps": steps,
    "tie": gc_words.tie,
    "tones": _TONES,
    "total": gc_words.total,
    "worst": worst,
    "worst_of": worst_of,
}
