"""What the catalog keeps beside a report: hosts, exceptions and families of models, masked as it.

Reports are made for one incident and leave this out; many runs, seen together, ask for it.  With
`--redact`, names are left out altogether: a token here could not be told from the report's own.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from h2o_forensics.model.evidence import Analysis
from h2o_forensics.report.redact import clean

MOST_EXCEPTIONS = 500
"""Different ones of a run, those that came most often."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_TEXTS = ("class", "message", "root_class", "root_message", "operation", "node", "path")
_EXCEPTION = (
    "fingerprint", "class", "message", "root_class", "root_message", "operation",
    "from_node", "node", "ts", "artifact", "line", "count",
)  # fmt: skip
_NAMING = ("message", "root_message", "node", "path")
"""Texts that may name somebody."""

Row = dict[str, Any]


def beside(analysis: Analysis) -> dict[str, list[Row]]:
    """Rows by kind, in an order that hangs on nothing but the evidence.

    `hosts`: node, run, host and user (the account H2O ran as), of lives that tell one of them.
    `exceptions`: one row for each fingerprint; times are epoch ms; `explained`: a rule's signal
    knows its records (null: not logged as a warning or graver).
    `predictors`: of models whose columns are known, a hash of their sorted names; `path` and
    `pointer` say which model is meant where several have its name.
    """
    return {
        "hosts": [] if analysis.settings.redact else _hosts(analysis),
        "exceptions": _exceptions(analysis),
        "predictors": _predictors(analysis),
    }


def _hosts(analysis: Analysis) -> list[Row]:
    rows = [
        {
            "node": clean(node.node),
            "run": node.run,
            "host": _clean(node.host),
            "user": _user(node.facts),
        }
        for node in sorted(analysis.case.nodes, key=lambda node: (node.node, node.run))
    ]
    return [row for row in rows if row["host"] or row["user"]]


def _user(facts: Mapping[str, Any]) -> str | None:
    user = facts.get("user")
    return clean(user) if isinstance(user, str) and user else None


def _clean(text: str | None) -> str | None:
    return clean(text) if text else None


def _exceptions(analysis: Analysis) -> list[Row]:
    """Grouped by fingerprint, the most frequent first."""
    explained = _explained(analysis)
    paths = {one.id: one.path for one in analysis.case.artifacts}
    found: dict[tuple[str, str, str], Row] = {}
    for row in _rows(analysis, "exceptions", _EXCEPTION):
        stem = "" if row["fingerprint"] else row["root_message"] or row["message"] or ""
        key = (row["fingerprint"] or "", "" if row["fingerprint"] else row["class"] or "", stem)
        stamp = None if row["ts"] is None else (row["ts"] - _EPOCH) // _MS
        known = explained.get((row["artifact"], row["line"]))
        own = found.get(key)
        if own is None:
            found[key] = _first(row, stamp, paths.get(row["artifact"]), known=known)
        else:
            _add(own, row, stamp, known=known)
    ordered = sorted(
        found.values(),
        key=lambda one: (-one["count"], one["fingerprint"] or "", one["class"] or ""),
    )
    change = _without_names if analysis.settings.redact else _masked
    return [change(row) for row in ordered[:MOST_EXCEPTIONS]]


def _first(row: Row, stamp: int | None, path: str | None, *, known: bool | None) -> Row:
    """A group as its first row begins it: tables are sorted by time."""
    return {
        "fingerprint": row["fingerprint"] or None,
        **{name: row[name] or None for name in ("class", "message", "root_class", "root_message")},
        "operation": row["operation"] or None,
        "node": row["from_node"] or row["node"],
        "count": row["count"] or 1,
        "first_ms": stamp,
        "last_ms": stamp,
        "path": path,
        "line": row["line"],
        "explained": known,
    }


def _add(own: Row, row: Row, stamp: int | None, *, known: bool | None) -> None:
    own["count"] += row["count"] or 1
    for name, choose in (("first_ms", min), ("last_ms", max)):
        own[name] = _chosen(choose, own[name], stamp)
    own["explained"] = _chosen(max, own["explained"], known)


def _chosen(choose: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:  # noqa: ANN401
    """What is known of two values, and the chosen one where both are."""
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


def _explained(analysis: Analysis) -> dict[tuple[str, int | None], bool]:
    """Whether a rule's signal knows the record in this line of this artifact."""
    return {
        (row["artifact"], row["line"]): bool(row["explained"])
        for row in _rows(analysis, "warnings", ("artifact", "line", "explained"))
        if row["explained"] is not None
    }


def _masked(row: Row) -> Row:
    return row | {name: _clean(row[name]) for name in _TEXTS}


def _without_names(row: Row) -> Row:
    return _masked(row) | dict.fromkeys(_NAMING)


def _predictors(analysis: Analysis) -> list[Row]:
    return [
        {
            "model": clean(model.id),
            "path": None if analysis.settings.redact else clean(model.source.path),
            "pointer": clean(model.source.pointer),
            "columns": len(model.columns),
            "hash": hashlib.sha256("\0".join(sorted(model.columns)).encode("utf-8", "replace"))
            .hexdigest()[:8],
        }
        for model in analysis.training.saved.models
        if model.columns
    ]  # fmt: skip


def _rows(analysis: Analysis, name: str, columns: Sequence[str]) -> list[Row]:
    table = analysis.tables.get(name)
    return [] if table is None else table.select(columns).to_dicts()
