"""A table of rows as it is audited: scanned lazily, with columns c0, c1, ... whatever their names.

Everything is read as H2O reads it: numbers where (nearly) all values are numbers, else texts.  Rows
of large files are sampled by their number, so that a sample is the same whenever it is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROW = "row"
"""Number of the row in its file, from 0."""
MOST_CELLS = 6_000_000
"""Of the sample: a table with no more cells is looked at whole."""
MOST_HASHED = 4_000_000
"""Rows whose hashes are held; of larger files a part, taken by the hash: copies stay together."""
LEAST_SAMPLE = 1_000
_TYPED_BY = 20_000
"""Rows whose values decide whether a column is of numbers."""
_NUMBERS = 0.995
"""Share of values that have to be numbers: a few typing errors make no column of texts."""
_SEED = 11
_OF_ROWS = 12


class Sheet(Struct, frozen=True):
    """One file of rows."""

    name: str
    path: str
    """Its path as given, for humans."""
    size_bytes: int
    lazy: pl.LazyFrame
    """All rows: `row` and the columns by place, as they stand (texts, for CSV)."""
    names: tuple[str, ...]
    rows: int
    sample: pl.DataFrame
    """As `lazy`, typed: Float64 or String."""
    numeric: frozenset[str]
    """Columns of numbers (c3)."""
    dated: frozenset[str] = frozenset()
    """Columns of a date type."""

    @property
    def whole(self) -> bool:
        """Whether the sample is all there is."""
        return self.sample.height == self.rows

    def column(self, name: str | None) -> str | None:
        """Place of a column by its name; None: it has none of that name."""
        return f"c{self.names.index(name)}" if name in self.names else None

    def columns(self, names: Iterable[str]) -> tuple[str, ...]:
        """Places of those of these columns that are there."""
        places = {name: f"c{at}" for at, name in reversed(list(enumerate(self.names)))}
        return tuple(places[name] for name in names if name in places)

    def name_of(self, column: str) -> str:
        """The name of a place."""
        return self.names[int(column[1:])]

    def typed(self) -> pl.LazyFrame:
        """All rows, typed as the sample is."""
        if self.whole:
            return self.sample.lazy()
        return self.lazy.select(ROW, *typed(range(len(self.names)), self.numeric))


def typed(places: Iterable[int], numeric: Iterable[str]) -> list[pl.Expr]:
    """Numbers as Float64 (what is none becomes null), all else as texts."""
    numbers = frozenset(numeric)
    return [
        pl.col(name).cast(pl.Float64, strict=False).fill_nan(None)
        if name in numbers
        else pl.col(name).cast(pl.String, strict=False)
        for name in (f"c{at}" for at in places)
    ]


def sheet_of(
    lazy: pl.LazyFrame,
    names: Sequence[str],
    dated: Iterable[str],
    *,
    name: str,
    path: str,
    size_bytes: int,
) -> Sheet:
    """Count the rows, take the sample, tell numbers from texts.

    Args:
        lazy: `row` and columns c0, c1, ...
        names: theirs, in order.
        dated: columns of a date type.
        name: what the report calls it.
        path: as given.
        size_bytes: of the file.

    Raises:
        polars.exceptions.PolarsError: it cannot be read.
    """
    rows = int(lazy.select(pl.len()).collect(engine="streaming").item())
    most = max(LEAST_SAMPLE, MOST_CELLS // max(1, len(names)))
    picked = lazy
    if rows > most:
        part = int(most / rows * 2**32)
        picked = lazy.filter(pl.col(ROW).hash(_SEED) % 2**32 < part)
    raw = picked.collect(engine="streaming").sort(ROW)
    dates = frozenset(dated)
    numeric = frozenset(_numbers(raw, dates))
    sample = raw.select(ROW, *typed(range(len(names)), numeric))
    return Sheet(name, path, size_bytes, lazy, tuple(names), rows, sample, numeric, dates)


def _numbers(raw: pl.DataFrame, dated: frozenset[str]) -> list[str]:
    step = max(1, raw.height // _TYPED_BY)
    some = raw.gather_every(step)
    found = []
    kinds = some.schema
    for name, series in zip(some.columns, some.get_columns(), strict=True):
        kind = kinds[name]
        if name == ROW:
            continue
        if kind.is_numeric():
            found.append(name)
        elif kind == pl.String and name not in dated:
            known = some.height - series.null_count()
            cast = series.cast(pl.Float64, strict=False)
            numbers = cast.len() - cast.null_count()
            if known and numbers >= _NUMBERS * known:
                found.append(name)
    return found


def hashes(columns: Sequence[str]) -> pl.Expr:
    """One number per row for all these columns together; it does not depend on their order.

    Each column has a seed of its own (its place), so that equal values of two columns differ; the
    sum wraps around.  Taking the hash of one column away gives that of all others.
    """
    if not columns:
        return pl.lit(0, dtype=pl.UInt64)
    return pl.sum_horizontal(hash_of(name) for name in columns)


def hash_of(column: str, alias: str | None = None) -> pl.Expr:
    """The part of one column in `hashes`."""
    return pl.col(alias or column).hash(1_000 + int(column[1:]))


def part_of_rows(sheet: Sheet, most: int) -> pl.DataFrame:
    """The sample, or a part of it with about `most` rows, chosen by their numbers."""
    if sheet.sample.height <= most:
        return sheet.sample
    part = int(most / sheet.sample.height * 2**32)
    return sheet.sample.filter(pl.col(ROW).hash(_OF_ROWS) % 2**32 < part)
