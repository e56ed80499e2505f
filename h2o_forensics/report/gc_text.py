"""GC logs alone, for a terminal: the verdict first, then the numbers."""

import textwrap
from collections.abc import Iterator, Sequence

from h2o_forensics.report import view
from h2o_forensics.report.gc_report import GcReport
from h2o_forensics.report.gc_words import (
    dearest_first,
    heading,
    heap_line,
    key_figures,
    label,
    period,
    total,
)
from h2o_forensics.report.jvms_shape import JvmItem, JvmRemark
from h2o_forensics.report.safe_text import one_line
from h2o_forensics.report.shape import map_texts

_LEAST_WIDTH = 60
_MOST_WIDTH = 100
_ROWS, _PROBLEMS, _SHAPES, _LONGEST, _RUNS = 14, 5, 3, 3, 50
_CELL, _WIDE = 9, 76
_COLUMNS = {
    "count": "count",
    "total": "total_ms",
    "longest": "max_ms",
    "p50": "p50_ms",
    "p95": "p95_ms",
    "p99": "p99_ms",
}
_FEWER_COLUMNS = {name: _COLUMNS[name] for name in ("count", "total", "longest", "p95")}
_COLORS = {"high": "31", "medium": "33", "ok": "32"}
_NAMES = {
    "high": "HIGH",
    "medium": "MEDIUM",
    "low": "LOW",
    "ok": "OK",
    "short": "TOO SHORT",
    "unknown": "NOT TOLD",
}


def gc_to_text(report: GcReport, width: int = 100, *, color: bool = False) -> str:
    """All runs, each on a screen or less.

    Args:
        report: what to print.
        width: of the terminal, in characters; 60 to 100 are used.
        color: whether to colour severities with terminal escapes.
    """
    width = min(max(width, _LEAST_WIDTH), _MOST_WIDTH)
    shown = map_texts(report, one_line)
    return "\n".join(_lines(shown, width, color=color)) + "\n"


def _lines(report: GcReport, width: int, *, color: bool) -> Iterator[str]:
    for sentence in report.partial:
        yield from _wrap(f"PARTIAL REPORT: {sentence}", width, 4)
    for number, jvm in enumerate(report.jvms[:_RUNS], 1):
        if number > 1:
            yield ""
        name = f"JVM {number} of {len(report.jvms)}: " if len(report.jvms) > 1 else ""
        yield from _run(jvm, name, width, color=color)
    if len(report.jvms) > _RUNS:
        yield f"... and {len(report.jvms) - _RUNS} more runs, see the HTML or JSON report"
    if report.problems:
        yield ""
        yield f"Problems with the input: {len(report.problems)}"
        for item in report.problems[:_PROBLEMS]:
            yield from _wrap(f"  - {item.artifact}: {item.message}", width, 4)
        if len(report.problems) > _PROBLEMS:
            yield f"  ... and {len(report.problems) - _PROBLEMS} more, see the JSON report"
    if report.without_gc:
        yield ""
        yield _cut(f"Read, with no line of a collector's: {', '.join(report.without_gc)}", width)


def _run(jvm: JvmItem, name: str, width: int, *, color: bool) -> Iterator[str]:
    head = f"{name}{heading(jvm)}"
    yield from (f"\x1b[1m{line}\x1b[0m" if color else line for line in _wrap(head, width, 2))
    yield from _wrap(f"  {', '.join(jvm.source)}", width, 2)
    yield from _wrap(f"  {period(jvm)}", width, 2)
    yield ""
    for remark in jvm.remarks:
        yield from _remark(remark, width, color=color)
    if jvm.pauses or jvm.cycles:
        yield ""
        yield from _pauses(jvm, width)
    for title, value in (("Heap", heap_line(jvm)), *key_figures(jvm)):
        yield from _wrap(f"  {title:<12}{value}", width, 14)
    yield from _longest(jvm, width)
    for shape in jvm.not_understood[:_SHAPES]:
        yield _cut(f"  Not understood: {shape.count} x {shape.shape}", width)


def _remark(remark: JvmRemark, width: int, *, color: bool) -> Iterator[str]:
    name = _NAMES.get(remark.severity, remark.severity)
    first, *rest = _wrap(f"  {name:<9} {remark.message}", width, 12, 6)
    if color and remark.severity in _COLORS:
        first = first.replace(name, f"\x1b[1;{_COLORS[remark.severity]}m{name}\x1b[0m", 1)
    yield from (first, *rest)
    if remark.place is not None:
        yield _cut(f"            at {remark.place.path}:{remark.place.line}", width)
    if remark.change:
        yield from _wrap(f"            -> {remark.change}", width, 15, 4)


def _pauses(jvm: JvmItem, width: int) -> Iterator[str]:
    heads = _COLUMNS if width >= _WIDE else _FEWER_COLUMNS
    room = width - 2 - _CELL * len(heads)
    name, shown = ("Pauses", list(heads)) if jvm.pauses else ("Cycles", ["count", "total"])
    yield from _row(name, shown, room)
    ordered = dearest_first(jvm)
    for one in ordered[:_ROWS]:
        times = (getattr(one, field) for field in list(heads.values())[1:])
        yield from _row(label(one), (f"{one.count:,}", *map(view.brief, times)), room)
    if len(ordered) > _ROWS:
        yield f"  ... and {len(ordered) - _ROWS} more kinds, see the JSON report"
    if len(ordered) > 1:
        name, count, together, longest = total(jvm)
        cells = (f"{count:,}", view.brief(together), view.brief(longest))
        yield from _row(name, cells, room)
    for cycle in jvm.cycles[:_ROWS]:
        cause = f" ({cycle.cause})" if cycle.cause else ""
        took = "" if cycle.total_ms is None else view.brief(cycle.total_ms)
        kind = "" if cycle.kind == "concurrent" else f"{cycle.kind} "
        yield from _row(f"{kind}concurrent cycles{cause}", (f"{cycle.count:,}", took), room)


def _row(name: str, cells: Sequence[str], room: int) -> Iterator[str]:
    """Name and cells; a long name takes more lines, with the cells on the last one."""
    *first, last = textwrap.wrap(name, room - 1, subsequent_indent="  ") or [""]
    yield from (f"  {line}" for line in first)
    yield f"  {last:<{room}}{''.join(f'{cell:>{_CELL}}' for cell in cells)}".rstrip()


def _longest(jvm: JvmItem, width: int) -> Iterator[str]:
    if not jvm.longest_pauses:
        return
    yield "  Longest pauses"
    for one in jvm.longest_pauses[:_LONGEST]:
        when = f"{one.time[11:23]}  " if one.time else ""
        yield _cut(f"    {view.brief(one.took_ms):>8}  {when}{one.path}:{one.line}", width)
        yield _cut(f"              {one.text.strip()}", width)


def _wrap(text: str, width: int, indent: int, lines: int = 4) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent=" " * indent, max_lines=lines, placeholder=" …"
    ) or [""]


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"
