"""The same exception in several runs."""

from typing import Any

import polars as pl

from h2o_forensics.fleet.seen import ISO, Seen
from h2o_forensics.fleet.versions import version_key
from h2o_forensics.model.fleet import FleetException

_SEVERAL = 2


def exceptions(seen: Seen) -> tuple[FleetException, ...]:
    """By fingerprint, those of most runs first, at the same number the unexplained ones."""
    rows = seen.rows(
        "exceptions", "fingerprint", "class", "message", "root_class", "root_message",
        "operation", "count", "first_seen", "last_seen", "explained",
    ).with_columns(
        root_class=pl.coalesce("root_class", "class", pl.lit("")),
        said=pl.coalesce("root_message", "message", pl.lit("")),
    )  # fmt: skip
    grouped = (
        rows.sort("i", "root_class", "said", "operation", nulls_last=True)
        .group_by("fingerprint", maintain_order=True)
        .agg(
            pl.col("root_class").first(),
            pl.col("said").first(),
            pl.col("operation").drop_nulls().first(),
            pl.col("i").unique().sort().alias("runs"),
            pl.col("count").sum(),
            pl.col("first_seen").min().dt.strftime(ISO),
            pl.col("last_seen").max().dt.strftime(ISO),
            pl.col("i")
            .filter(pl.col("explained").fill_null(value=False))
            .unique()
            .sort()
            .alias("known"),
        )
        .filter(pl.col("runs").list.len() >= _SEVERAL)
    )
    found = [_exception(seen, row) for row in grouped.iter_rows(named=True)]
    return tuple(sorted(found, key=lambda e: (-len(e.runs), e.explained, e.fingerprint)))


def _exception(seen: Seen, row: dict[str, Any]) -> FleetException:
    at = [when for i in row["runs"] if (when := seen.runs[i].at)]
    versions = {version for i in row["runs"] if (version := seen.runs[i].h2o_version)}
    return FleetException(
        fingerprint=row["fingerprint"],
        root_class=row["root_class"],
        message=row["said"],
        operation=row["operation"],
        runs=tuple(row["runs"]),
        count=row["count"],
        first_seen=row["first_seen"] or min(at, default=None),
        last_seen=row["last_seen"] or max(at, default=None),
        versions=tuple(sorted(versions, key=lambda one: (version_key(one) or (), one))),
        explained=len(row["known"]) == len(row["runs"]),
        explained_runs=tuple(row["known"]),
    )
