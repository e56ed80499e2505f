"""Runs and findings of a catalog as lists, and one run out of many by what somebody calls it."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import polars as pl
from msgspec import Struct

from h2o_forensics.catalog.query import HasTables
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.nearest import nearest

_KEYS = ["run", "analysis"]
_SHORTEST = 4
"""Digits of a run's id that may stand for it."""
_NAMED = 5
"""Runs that a complaint lists."""


class Filters(Struct, frozen=True):
    """What of the catalog is wanted; globs (`oom.*`), several of a kind: any of them."""

    condition: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()
    """`failed`: runs that could not be analyzed."""
    cloud: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    """Of H2O."""
    match: tuple[str, ...] = ()
    """The run's name, or where it stands."""
    limit: int | None = None


def list_runs(catalog: HasTables, filters: Filters) -> pl.DataFrame:
    """Rows of `runs` with `at` (the cause, else the last record, else the newest file) in front.

    The latest come first, undated ones last.
    """
    frame = _wanted(_runs(catalog), filters)
    return _limited(_by(frame, "condition", filters.condition), filters)


def list_findings(catalog: HasTables, filters: Filters) -> pl.DataFrame:
    """Rows of `findings` with `at` in front and `name`, `cloud_name`, `h2o_version` of their runs.

    The latest runs come first, their findings as the report has them.
    """
    runs = _wanted(_runs(catalog), filters)
    about = runs.select(*_KEYS, "name", "cloud_name", "h2o_version", pl.col("at").alias("_run_at"))
    rows = _by(catalog.table("findings").collect(), "condition", filters.condition)
    number = pl.col("finding").str.extract(r"(\d+)").cast(pl.Int64, strict=False)
    at = pl.coalesce("since", "first_seen", "_run_at").alias("at")
    joined = rows.join(about, on=_KEYS, how="inner").with_columns(at, number.alias("_number"))
    ordered = joined.sort(
        "_run_at", "run", "analysis", "_number",
        descending=[True, False, False, False], nulls_last=True,
    )  # fmt: skip
    shown = ordered.drop("_run_at", "_number")
    return _limited(shown.select("at", pl.exclude("at")), filters)


def find_run(catalog: HasTables, wanted: str) -> tuple[str, str]:
    """(run, analysis) of the run with this id, prefix of an id, name or location.

    Raises:
        CatalogError: there is none, or there are several; says which.
    """
    rows = _runs(catalog)
    exact = rows.filter((pl.col("run") == wanted) | (pl.col("location") == wanted))
    found = exact if exact.height else rows.filter(pl.col("name") == wanted)
    if not found.height:
        found = rows.filter(pl.col("run").is_in(_at(catalog, wanted)))
    if not found.height and len(wanted) >= _SHORTEST:
        found = rows.filter(pl.col("run").str.starts_with(wanted.lower()))
    ids = found["run"].unique(maintain_order=True).to_list()
    if not ids:
        hint = nearest(wanted, rows["name"].to_list())
        raise CatalogError(
            f"no run {wanted!r} in this catalog{hint}; `h2o-forensics catalog runs` lists them, an "
            f"id may be cut to {_SHORTEST} digits"
        )
    if len(ids) > 1:
        raise CatalogError(f"{wanted!r} may be {len(ids)} runs: {_named(found)}; give the id")
    return str(found["run"][0]), str(found["analysis"][0])


def _at(catalog: HasTables, location: str) -> list[str]:
    """Runs that stand, or stood, at a location or under a name other than that of their row."""
    places = catalog.table("locations").collect()
    here = (pl.col("location") == location) | (pl.col("name") == location)
    return [run for run in places.filter(here)["run"].to_list() if run]


def _named(found: pl.DataFrame) -> str:
    unique = found.unique("run", maintain_order=True)
    some = [f"{run} ({name})" for run, name in unique.select("run", "name").head(_NAMED).rows()]
    more = unique.height - len(some)
    return ", ".join(some) + (f" and {more} more" if more else "")


def _runs(catalog: HasTables) -> pl.DataFrame:
    """All runs, the latest first, `at` in front."""
    at = pl.coalesce("cause_at", "last", "newest_file").alias("at")
    frame = catalog.table("runs").collect().with_columns(at)
    order = frame.sort(
        "at", "name", "run", "analysis", descending=[True, False, False, False], nulls_last=True
    )
    return order.select("at", pl.exclude("at"))


def _wanted(runs: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    shown = pl.when(pl.col("status") == "failed").then(pl.lit("failed")).otherwise("verdict")
    frame = runs.with_columns(shown.alias("_verdict"))
    for column, globs in (
        ("_verdict", filters.verdict), ("cloud_name", filters.cloud),
        ("h2o_version", filters.version),
    ):  # fmt: skip
        frame = _by(frame, column, globs)
    if filters.match:
        fits = pl.lit(value=False)
        for column in ("name", "location"):
            fits |= pl.col(column).is_in(_fitting(frame[column], filters.match))
        frame = frame.filter(fits)
    return frame.drop("_verdict")


def _by(frame: pl.DataFrame, column: str, globs: Sequence[str]) -> pl.DataFrame:
    return frame.filter(pl.col(column).is_in(_fitting(frame[column], globs))) if globs else frame


def _fitting(values: pl.Series, globs: Sequence[str]) -> list[str]:
    known = values.drop_nulls().unique().to_list()
    return [one for one in known if any(fnmatchcase(one, glob) for glob in globs)]


def _limited(frame: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    return frame if filters.limit is None else frame.head(filters.limit)
