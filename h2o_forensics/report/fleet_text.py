"""The fleet report for a terminal: the same tables, ten rows each."""

import textwrap
from collections.abc import Iterator, Sequence

from h2o_forensics.model.fleet import Fleet
from h2o_forensics.report import fleet_short as short
from h2o_forensics.report import fleet_words as words
from h2o_forensics.report.fleet_findings import findings, opening
from h2o_forensics.report.safe_text import one_line

_LEAST_WIDTH, _MOST_WIDTH = 60, 120
_COLORS = {"incident": "31", "at_risk": "33", "healthy": "32", "insufficient_evidence": "34"}
_NUMERIC = frozenset(
    {"runs", "new or changed", "all", "incidents", "share", "usual", "rarity", "with the cause"}
    | {"explained", "q", "there", "elsewhere"}
)
_GAP, _LEAST_CELL, _RUNS = 2, 8, 10


def fleet_to_text(fleet: Fleet, width: int = 80, *, color: bool = False) -> str:
    """The answer, tables of ten rows, and the commands that show the newest incidents.

    Args:
        fleet: what to print.
        width: of the terminal, in characters; 60 to 120 are used.  Commands may be longer.
        color: whether to colour the answer with terminal escapes.
    """
    width = min(max(width, _LEAST_WIDTH), _MOST_WIDTH)
    return "\n".join(_lines(fleet, width, color=color)) + "\n"


def _lines(fleet: Fleet, width: int, *, color: bool) -> Iterator[str]:
    code = _COLORS.get(words.tone(fleet), "0")
    head = words.headline(fleet).upper()
    yield f"\x1b[1;{code}m{head}\x1b[0m" if color else head
    yield from _wrap(opening(fleet), width)
    yield from _wrap(f"{short.totals(fleet)}.", width)
    yield from _findings(fleet, width)
    if fleet.regressions:
        yield from _heading("Regressions")
        for one in fleet.regressions[: short.MOST]:
            yield from _wrap(f"- {one.says} ({words.likely(one.q, 'q')})", width, 2)
        yield from _more(len(fleet.regressions))
    for table in short.tables(fleet):
        yield from _heading(table.title)
        yield from _table(table, width)
        yield from _more(table.many)
    worse = short.worse(fleet)
    if worse:
        yield from _heading("Gets worse")
        for says in worse[: short.MOST]:
            yield from _wrap(f"- {says}", width, 2)
        yield from _more(len(worse))
    yield from _newest(fleet, width)


def _findings(fleet: Fleet, width: int) -> Iterator[str]:
    found = findings(fleet)
    if found:
        yield from _heading("Strongest")
    for one in found:
        yield from _wrap(f"- {one.kind}: {one.says}", width, 2)
    if words.tells_q(fleet):
        yield from _wrap(words.ABOUT_Q, width)


def _newest(fleet: Fleet, width: int) -> Iterator[str]:
    chosen = [run for run in fleet.runs if run.verdict == "incident"]
    if not chosen:
        return
    yield from _heading("Newest incidents")
    for run in chosen[:_RUNS]:
        yield _cut(f"{words.minute(run.at)}  {run.name}: {words.run_title(run)}", width)
        yield f"  {one_line(run.command, 2000)}"
    yield from _more(len(chosen))


def _heading(title: str) -> list[str]:
    return ["", title]


def _table(table: short.Table, width: int) -> Iterator[str]:
    rows = [tuple(one_line(cell, 400) for cell in row) for row in (table.heads, *table.rows)]
    widths = _widths(rows, width)
    for row in rows:
        cells = [
            (f"{_cut(cell, room):>{room}}" if head in _NUMERIC else f"{_cut(cell, room):<{room}}")
            for head, cell, room in zip(table.heads, row, widths, strict=True)
        ]
        yield (" " * _GAP).join(("", *cells)).rstrip()


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """As wide as needed; where that is too much, the widest give."""
    rooms = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    while sum(rooms) + _GAP * len(rooms) > width and max(rooms) > _LEAST_CELL:
        widest = rooms.index(max(rooms))
        second = max([room for at, room in enumerate(rooms) if at != widest] or [0])
        excess = sum(rooms) + _GAP * len(rooms) - width
        rooms[widest] = max(rooms[widest] - excess, min(second, rooms[widest] - 1), _LEAST_CELL)
    return rooms


def _more(many: int) -> Iterator[str]:
    if many > short.MOST:
        yield f"  ... and {many - short.MOST:,} more, see the HTML or JSON report"


def _wrap(text: str, width: int, indent: int = 0) -> list[str]:
    return textwrap.wrap(
        one_line(text, 2000),
        width,
        subsequent_indent=" " * indent,
        max_lines=8,
        placeholder=" …",
    )


def _cut(text: str, room: int) -> str:
    line = one_line(text)
    return line if len(line) <= room else line[: max(room - 1, 0)] + "…"
