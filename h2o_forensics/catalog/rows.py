"""A run's result as rows of the catalog's tables: exactly their columns, in a fixed order.

The report is read as plain JSON and whatever it lacks becomes null, so results that another version
wrote have rows, too.  So does what a column cannot hold.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
from msgspec import json

from h2o_forensics.catalog.model_rows import model_rows
from h2o_forensics.catalog.run_rows import jvm_rows, node_rows, run_row
from h2o_forensics.catalog.stored import Row, StoredReport, epoch_ms, items, read_report, texts
from h2o_forensics.model.catalog import Rows, RunResult
from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS

_SEPARATOR = ","
"""Between the names in a column that holds several."""
_IDS = ("run", "analysis")
_EMPTY = StoredReport()
_Fit = Callable[[Any], Any]


def rows_of(result: RunResult) -> Rows:
    """The rows of every table, times as epoch ms; a run that failed has one, in `runs`."""
    report = read_report(result.report) or _EMPTY
    hosts = items(result.beside.get("hosts"))
    made: dict[str, Iterable[Row]] = {
        "runs": (run_row(result, report, hosts),),
        "findings": _findings(report),
        "evidence": _evidence(report),
        "nodes": node_rows(report, hosts),
        "jvms": jvm_rows(report),
        "models": model_rows(report, items(result.beside.get("predictors"))),
        "exceptions": _exceptions(items(result.beside.get("exceptions"))),
        "unexplained": _unexplained(report),
        "gaps": items(report.gaps),
        "problems": items(report.problems),
    }
    ids = dict(zip(_IDS, (result.run, result.analysis), strict=True))
    return {name: _fitted(name, ids, rows) for name, rows in made.items()}


def _fitted(name: str, ids: Row, rows: Iterable[Row]) -> list[Row]:
    """Every column of the table, and a value it can hold or null."""
    columns = _FITS[name]
    return [
        ids | {column: None if (value := row.get(column)) is None else fit(value)
               for column, fit in columns}
        for row in rows
    ]  # fmt: skip


def _whole(bits: int) -> _Fit:
    most = 1 << (bits - 1)

    def fit(value: object) -> int | None:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        return value if -most <= value < most else None

    return fit


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.encode(value).decode()


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _fit(kind: object) -> _Fit:
    fits: dict[object, _Fit] = {
        pl.String: _text, pl.Boolean: _truth, pl.Float64: _number,
        pl.Int32: _whole(32), pl.Int64: _whole(64),
    }  # fmt: skip
    return epoch_ms if isinstance(kind, pl.Datetime) else fits[kind]


_FITS = {
    name: [(column, _fit(kind)) for column, kind in schema.items() if column not in _IDS]
    for name, schema in CATALOG_SCHEMAS.items()
}


def _findings(report: StoredReport) -> Iterable[Row]:
    ranks = {one.get("id"): rank for rank, one in enumerate(items(report.root_causes), 1)}
    for one in items(report.findings):
        nodes = texts(one.get("nodes"))
        remedies = items(one.get("remedies"))
        commands = [item["command"] for item in remedies if item.get("command")]
        yield one | {
            "finding": one.get("id"),
            "rank": ranks.get(one.get("id")),
            "node": nodes[0] if nodes else None,
            "nodes": _SEPARATOR.join(nodes),
            "facts": one.get("facts") or {},
            "caused_by": _SEPARATOR.join(
                str(link.get("finding")) for link in items(one.get("caused_by"))
            ),
            "remedy": remedies[0].get("do") if remedies else None,
            "command": commands[0] if commands else None,
        }


def _evidence(report: StoredReport) -> Iterable[Row]:
    for finding in items(report.findings):
        for number, one in enumerate(items(finding.get("evidence")), 1):
            yield one | {"finding": finding.get("id"), "number": number}


def _exceptions(rows: Iterable[Row]) -> Iterable[Row]:
    for one in rows:
        yield one | {"first_seen": one.get("first_ms"), "last_seen": one.get("last_ms")}


def _unexplained(report: StoredReport) -> Iterable[Row]:
    for one in items(report.unexplained):
        where = (items(one.get("evidence")) or [{}])[0]
        yield one | {"path": where.get("path"), "line": where.get("line")}
