"""The same exception in several runs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from h2o_forensics.fleet.alike import common, masked
from h2o_forensics.fleet.seen import ISO, Seen
from h2o_forensics.fleet.versions import version_key
from h2o_forensics.model.fleet import FleetException

_SEVERAL = 2
_Row = dict[str, Any]


def exceptions(seen: Seen) -> tuple[FleetException, ...]:
    """Those of most runs first, at the same number the unexplained ones.

    The same: one class, one operation, and one message but for addresses, paths, numbers and names
    with digits (a model's id).  Where messages are not kept, one fingerprint.
    """
    groups: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    kinds: dict[str, str] = {}
    for row in _rows(seen).iter_rows(named=True):
        said = row["said"]
        if said not in kinds:
            kinds[said] = masked(said)
        kind = kinds[said] or row["fingerprint"] or ""
        groups[row["root_class"], row["operation"] or "", kind].append(row)
    found = [
        _exception(seen, rows)
        for rows in groups.values()
        if len({row["i"] for row in rows}) >= _SEVERAL
    ]
    return tuple(sorted(found, key=lambda e: (-len(e.runs), e.explained, e.fingerprint, e.message)))


def _rows(seen: Seen) -> pl.DataFrame:
    return seen.rows(
        "exceptions", "fingerprint", "class", "message", "root_class", "root_message",
        "operation", "count", "first_seen", "last_seen", "explained",
    ).select(
        "i", "fingerprint", "operation", "explained",
        pl.coalesce("root_class", "class", pl.lit("")).alias("root_class"),
        pl.coalesce("root_message", "message", pl.lit("")).alias("said"),
        pl.col("count").fill_null(1),
        pl.col("first_seen").dt.strftime(ISO),
        pl.col("last_seen").dt.strftime(ISO),
    )  # fmt: skip


def _exception(seen: Seen, rows: Sequence[_Row]) -> FleetException:
    runs = sorted({row["i"] for row in rows})
    known = sorted({row["i"] for row in rows if row["explained"]})
    at = [when for i in runs if (when := seen.runs[i].at)]
    versions = {version for i in runs if (version := seen.runs[i].h2o_version)}
    return FleetException(
        fingerprint=_most_frequent(rows),
        root_class=rows[0]["root_class"],
        message=common(row["said"] for row in rows),
        operation=rows[0]["operation"],
        runs=tuple(runs),
        count=sum(row["count"] for row in rows),
        first_seen=min(_times(rows, "first_seen", at), default=None),
        last_seen=max(_times(rows, "last_seen", at), default=None),
        versions=tuple(sorted(versions, key=lambda one: (version_key(one) or (), one))),
        explained=known == runs,
        explained_runs=tuple(known),
    )


def _most_frequent(rows: Iterable[_Row]) -> str:
    runs = Counter(print_ for _, print_ in {(row["i"], row["fingerprint"] or "") for row in rows})
    return min(runs, key=lambda one: (-runs[one], one))


def _times(rows: Iterable[_Row], column: str, at: Sequence[str]) -> Sequence[str]:
    """Of the records; of the runs where none has one."""
    return [row[column] for row in rows if row[column]] or at
