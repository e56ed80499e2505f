"""Rows as frames of the declared schema, and those as Parquet, there and back."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any, TypeVar

import polars as pl

from h2o_forensics.catalog.store import Store, VanishedError
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import IndexRow, Rows
from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS, INDEX_SCHEMA

LOCATIONS = "locations"
KEY = ("run", "analysis")
SCHEMAS: dict[str, dict[str, Any]] = {LOCATIONS: INDEX_SCHEMA, **CATALOG_SCHEMAS}
"""All tables, and where runs stand."""
Frames = dict[str, pl.DataFrame]
_Given = TypeVar("_Given")
_UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
_DEFAULTS = {"state": "present"}


def parquet_name(table: str, segment: str) -> str:
    """Give the name of the file with a segment's rows of one table."""
    return f"tables/{table}/{segment}.parquet"


def frames_of(rows: Rows) -> Frames:
    """Give rows as frames, those tables that have any; times are epoch ms."""
    return {table: _frame(table, rows[table]) for table in CATALOG_SCHEMAS if rows.get(table)}


def locations_frame(rows: Sequence[IndexRow]) -> pl.DataFrame:
    """Give what stands at locations as a frame."""
    return _frame(LOCATIONS, [{name: getattr(row, name) for name in INDEX_SCHEMA} for row in rows])


def index_rows(frame: pl.DataFrame) -> dict[str, IndexRow]:
    """Give what stands at each location; what an older version did not know is empty."""
    texts = [name for name, kind in INDEX_SCHEMA.items() if kind == pl.String]
    frame = frame.select(list(INDEX_SCHEMA)).with_columns(
        *(pl.col(name).fill_null(_DEFAULTS.get(name, "")) for name in texts),
        pl.col(pl.Int64).fill_null(0),
    )
    return {row[0]: IndexRow(*row) for row in frame.iter_rows()}


def packed(frame: pl.DataFrame) -> bytes:
    """Give a frame as Parquet."""
    into = BytesIO()
    frame.write_parquet(into, compression="zstd")
    return into.getvalue()


def scan(store: Store, table: str, segment: str) -> pl.LazyFrame:
    """Give a segment's rows of one table: columns of today, null where it has none of that name.

    Raises:
        VanishedError: there is no such file.
        CatalogError: it is damaged or cannot be read.
    """
    name = parquet_name(table, segment)
    source = store.parquet(name)

    def opened() -> pl.LazyFrame:
        lazy = pl.scan_parquet(source, glob=False)
        there = lazy.collect_schema()
        return lazy.select(_column(column, kind, there) for column, kind in SCHEMAS[table].items())

    return _guarded(opened, store, name)


def collected(lazy: Sequence[pl.LazyFrame], store: Store, name: str) -> list[pl.DataFrame]:
    """Read frames.

    Raises:
        VanishedError: a file is there no more.
        CatalogError: one is damaged or cannot be read; `name` is what is read.
    """
    return _guarded(lambda: pl.collect_all(lazy), store, name)


def _guarded(work: Callable[[], _Given], store: Store, name: str) -> _Given:
    shown = f"{store.shown}/{name}"
    try:
        return work()
    except FileNotFoundError as fault:
        raise VanishedError(shown) from fault
    except _UNREADABLE as fault:
        raise CatalogError(
            f"{shown}: is damaged or cannot be read. "
            "Run `h2o-forensics catalog verify --repair` on this catalog."
        ) from fault


def _column(name: str, kind: pl.DataType, there: Mapping[str, pl.DataType]) -> pl.Expr:
    if name not in there:
        return pl.lit(None, kind).alias(name)
    return pl.col(name) if there[name] == kind else pl.col(name).cast(kind, strict=False)


def _frame(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    schema = SCHEMAS[table]
    return pl.DataFrame(
        [_series(name, kind, [row.get(name) for row in rows]) for name, kind in schema.items()]
    )


def _series(name: str, kind: pl.DataType, values: list[Any]) -> pl.Series:
    """Give a column; a value it cannot hold is null, text that is no Unicode is escaped."""
    try:
        return pl.Series(name, values, kind, strict=False)
    except UnicodeEncodeError:
        tame = [storable(value) if isinstance(value, str) else value for value in values]
        return pl.Series(name, tame, kind, strict=False)


def storable(text: str) -> str:
    """Give text as tables can hold it: lone surrogates, out of odd file names, are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
