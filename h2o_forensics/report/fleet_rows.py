"""The table of runs as the page's script reads it: compact, and safe inside a script element."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

import msgspec
from msgspec import Struct

from h2o_forensics.model.fleet import Fleet, FleetRun
from h2o_forensics.report.fleet_sets import RunSet
from h2o_forensics.report.fleet_words import VERDICTS, marks
from h2o_forensics.report.safe_text import json_visible, visible

LONGEST_CELL, LONGEST_COMMAND = 200, 2000
MOST_SUMMARIES = 2000
"""Runs, newest first, whose summary stands in the page; the report of each has it."""
_LENGTHS = (LONGEST_CELL, 20, 16, 12, 10, 8)
_WEB = ("https://", "http://", "file://")


class Script(Struct, frozen=True):
    """JSON for a `<script type="application/json">`."""

    json: str

    def __html__(self) -> str:
        """What Jinja writes: nothing in it ends the element or opens a comment."""
        return self.json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def cut(text: str, limit: int = LONGEST_CELL) -> str:
    """What a cell shows: nothing invisible, and not without end."""
    short = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return visible(short)


def report_href(run: FleetRun, base: str) -> str | None:
    """Where the report of a run lies, seen from the page; its name makes no other kind of link."""
    if run.report is None:
        return None
    path = quote(run.report.encode("utf-8", "surrogatepass"), safe="/")
    if base.startswith(_WEB):
        return f"{base.rstrip('/')}/{path.lstrip('/')}"
    start = quote(base.encode("utf-8", "surrogatepass"), safe="/")
    return f"{start.rstrip('/')}/{path}" if start else path.lstrip("/")


def data(fleet: Fleet, sets: dict[str, RunSet], base: str) -> Script:
    """Columns of the runs, and the sets that links lead to."""
    runs = fleet.runs
    columns: dict[str, object] = {
        name: _column([get(run) for run in runs]) for name, get in _PLAIN.items()
    }
    ids = [_id(run) for run in runs]
    columns["report"] = _column([report_href(run, base) for run in runs], ids)
    columns["command"] = _column([cut(run.command, LONGEST_COMMAND) for run in runs], ids)
    columns["location"] = _column([cut(run.location) for run in runs], [cut(r.name) for r in runs])
    columns["mark"] = _column(marks(fleet))
    columns["summary"] = _column([cut(run.summary, 400) for run in runs[:MOST_SUMMARIES]])
    packed = msgspec.json.encode(
        {
            "runs": len(runs),
            "verdicts": VERDICTS,
            "columns": columns,
            "sets": {name: [one.label, ranges(one.runs)] for name, one in sets.items()},
        }
    )
    return Script(json_visible(packed.decode()))


def ranges(runs: Sequence[int]) -> str:
    """Sorted indices as `0-3,7`."""
    parts: list[list[int]] = []
    for run in runs:
        if parts and parts[-1][1] + 1 == run:
            parts[-1][1] = run
        else:
            parts.append([run, run])
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in parts)


def _id(run: FleetRun) -> str:
    return cut(run.run, 40)


def _column(values: Sequence[str | int | None], within: Sequence[str] = ()) -> object:
    """The values, or where they repeat: the different ones and which each is.

    With `within`, a text that holds its run's id or name is kept as what stands around that.
    """
    around: list[object] = list(values)
    length = _shared(values, within)
    if within:
        around = [
            value.split(inner[:length]) if isinstance(value, str) and inner[:length] else value
            for value, inner in zip(values, within, strict=True)
        ]
    places: dict[str, int] = {}
    different: list[object] = []
    which = []
    for value in around:
        name = repr(value)
        if name not in places:
            places[name] = len(different)
            different.append(value)
        which.append(places[name])
    if len(different) * 2 > len(values) and not within:
        return list(values)
    return {"of": different, "is": which, "cut": length}


def _shared(values: Sequence[object], within: Sequence[str]) -> int:
    """How much of an id the values hold: commands name a run by the beginning of its id."""
    pairs = [(str(value), inner) for value, inner in zip(values, within, strict=False) if value]
    return next(
        (many for many in _LENGTHS if all(inner[:many] in value for value, inner in pairs)),
        _LENGTHS[0],
    )


def _optional(get: Callable[[FleetRun], str | None]) -> Callable[[FleetRun], str | None]:
    def shown(run: FleetRun) -> str | None:
        value = get(run)
        return cut(value) if value else None

    return shown


_PLAIN: dict[str, Callable[[FleetRun], str | int | None]] = {
    "run": _id,
    "name": lambda run: cut(run.name),
    "verdict": lambda run: cut(run.verdict),
    "condition": _optional(lambda run: run.condition),
    "title": _optional(lambda run: run.title),
    "at": lambda run: run.at[:19] if run.at else None,
    "cloud_name": _optional(lambda run: run.cloud_name),
    "h2o_version": _optional(lambda run: run.h2o_version),
    "java_version": _optional(lambda run: run.java_version),
    "host": _optional(lambda run: run.host),
    "user": _optional(lambda run: run.user),
    "nodes": lambda run: run.nodes,
    "copies": lambda run: run.copies,
}
