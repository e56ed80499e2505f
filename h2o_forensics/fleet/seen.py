"""The runs a fleet report is about, numbered, and the catalog's tables joined to those numbers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote

import polars as pl

from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS, INDEX_SCHEMA
from h2o_forensics.model.fleet import FleetRun

JUDGED = ("incident", "at_risk", "healthy")
"""Verdicts that say whether a condition was there; the others leave it open."""
CAUSED = ("incident", "at_risk")
_OLDEST_FILE = pl.datetime(2011, 1, 1, time_unit="ms", time_zone="UTC")
"""H2O is not older: a file time before is a default (1970, 1980), not a date."""
ISO = "%Y-%m-%dT%H:%M:%S%.3fZ"


@dataclass(frozen=True)
class Seen:
    """`runs[i]`, `frame` (the `runs` table with `i`, in that order), and all other tables."""

    runs: tuple[FleetRun, ...]
    frame: pl.DataFrame
    tables: Mapping[str, pl.LazyFrame]

    def rows(self, table: str, *columns: str) -> pl.DataFrame:
        """These columns of a table's rows, with `i`, the number of their run; in no order."""
        keys = self.frame.lazy().select("i", "run", "analysis")
        rows = lazy(self.tables, table).join(keys, on=["run", "analysis"])
        return rows.select("i", *columns).collect()

    def judged(self) -> list[int]:
        """Runs of which it is known whether something was wrong."""
        return [i for i, run in enumerate(self.runs) if run.verdict in JUDGED]


def see(
    tables: Mapping[str, pl.LazyFrame], fresh: Collection[str], reports: Collection[str], name: str
) -> Seen:
    """Runs, newest first, undated ones last; of a run that was judged twice, the latest look."""
    located = lazy(tables, "locations")
    looks = located.group_by("run", "analysis").agg(pl.col("seen_ms").max())
    newest = pl.col("newest_file")
    at = pl.coalesce("cause_at", "last", pl.when(newest >= _OLDEST_FILE).then(newest))
    frame = (
        lazy(tables, "runs")
        .join(looks, on=["run", "analysis"], how="left")
        .sort(
            ["seen_ms", "tool_version", "analysis", "location"],
            descending=[True, True, False, False],
            nulls_last=True,
        )
        .unique("run", keep="first", maintain_order=True)
        .join(_places(located), on="run", how="left")
        .with_columns(
            at=at,
            gone=pl.col("gone").fill_null(value=False),
            changed=pl.col("changed").fill_null(value=False) & pl.col("run").is_in(list(fresh)),
            copies=pl.col("copies").fill_null(1),
            verdict=pl.when(pl.col("status") == "failed").then(pl.lit("failed"))
            .otherwise(pl.col("verdict").fill_null("insufficient_evidence")),
        )
        .with_columns(
            condition=_if_caused("condition"), title=_if_caused("title"),
            severity=_if_caused("severity"), rule=_if_caused("rule"),
        )
        .sort(["at", "name", "run"], descending=[True, False, False], nulls_last=True)
        .with_row_index("i")
        .with_columns(pl.col("i").cast(pl.Int64))
        .collect()
    )  # fmt: skip
    return Seen(_fleet_runs(frame, set(fresh), set(reports), name), frame, tables)


def _places(located: pl.LazyFrame) -> pl.LazyFrame:
    """Per run: at how many places it stands, whether it took another's, whether it is gone."""
    here = pl.col("state").is_in(["present", "growing"])
    after = pl.col("before").fill_null("") != ""
    return (
        located.filter(pl.col("run") != "")
        .group_by("run")
        .agg(
            pl.col("location").filter(here).n_unique().replace(0, 1).alias("copies"),
            (after & here).any().alias("changed"),
            pl.col("state").is_in(["gone", "replaced"]).all().alias("gone"),
        )
    )


def lazy(tables: Mapping[str, pl.LazyFrame], name: str) -> pl.LazyFrame:
    """A table; an empty one where the catalog has none yet."""
    if name in tables:
        return tables[name]
    return pl.LazyFrame(schema=INDEX_SCHEMA if name == "locations" else CATALOG_SCHEMAS[name])


def days(seen: Seen) -> list[str | None]:
    """The day of every run, UTC."""
    return [run.at[:10] if run.at else None for run in seen.runs]


def first_last(seen: Seen, runs: Sequence[int]) -> tuple[str | None, str | None]:
    """Of these runs' times."""
    times = [at for i in runs if (at := seen.runs[i].at)]
    return (min(times), max(times)) if times else (None, None)


def _if_caused(column: str) -> pl.Expr:
    # A verdict of insufficient evidence may carry hypotheses: those are no causes to count.
    return pl.when(pl.col("verdict").is_in(list(CAUSED))).then(pl.col(column)).alias(column)


def _fleet_runs(
    frame: pl.DataFrame, fresh: set[str], reports: set[str], name: str
) -> tuple[FleetRun, ...]:
    rows = frame.with_columns(
        at=pl.col("at").dt.strftime(ISO),
        summary=pl.coalesce("summary", "problem_message", pl.lit("")),
        nodes=pl.col("nodes").fill_null(0),
    ).select(
        "run", "name", "location", "verdict", "condition", "title", "severity", "summary", "at",
        "cloud_name", "h2o_version", "java_version", "host",
        pl.col("user_name").alias("user"), "nodes", "copies", "changed", "gone",
    )  # fmt: skip
    return tuple(
        FleetRun(
            **row,
            fresh=row["run"] in fresh,
            report=f"reports/{row['run']}.html" if row["run"] in reports else None,
            command=f"h2o-forensics catalog show {row['run'][:8]} --catalog {quote(name)}",
        )
        for row in rows.iter_rows(named=True)
    )
