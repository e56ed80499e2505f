"""Rows that stand in the table more than once, and whether chance alone explains it.

In a table of few coarse columns rows repeat by chance, and do so in any test, too: no leak.
Copies differ from that in one way: there are hardly any rows that agree in all columns but one.  If
columns were independent, rows that differ in column j alone are to full copies as the chance that
two values of j differ is to the chance that they agree; copies far beyond that, whichever column is
taken for j, were made by somebody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from h2o_forensics.audit.figures import number
from h2o_forensics.audit.folds import FOLD, Folds
from h2o_forensics.audit.sheet import MOST_HASHED, ROW, Sheet, hash_of, hashes, part_of_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_COMPARED = 60_000
_MOST_COLUMNS = 200
_BEYOND = 20.0
"""How many times the repeats that chance explains are copies; independent columns give 1, columns
that go together strongly up to about 10."""
_LEAST_COPIES = 40
_LEAST_CONTRARY = 5.0
"""So many rows with another label chance has to make among those alike, to say that none are."""
_CONTRARY = 0.1
"""A copy has the label of its row: if more than this share have another one, it is chance."""


class Duplicates(Struct, frozen=True):
    """What repeats; shares are of all rows."""

    rows: int
    share: float
    crossing: float | None
    contrary: int
    """Rows whose predictors another row has, too, with another label."""
    twins: float
    """Share of rows whose predictors another row has."""
    copies: bool
    """Beyond what chance explains."""
    looked_at: float
    """Share of the rows that this rests on."""


def row_hashes(
    sheet: Sheet,
    predictors: Sequence[str],
    label: str | None,
    folds: Folds,
    scale: int | None = None,
) -> tuple[pl.DataFrame, int]:
    """`x` (of the predictors), `y` (of the label), fold and row; and one in how many it is.

    Args:
        sheet: the file.
        predictors: columns.
        label: column of the response, if there is one.
        folds: where rows are.
        scale: one row in so many is wanted; None: as the size asks.
    """
    step = scale or -(-sheet.rows // MOST_HASHED)
    own = [] if folds.column is None else [folds.column.alias(FOLD)]
    lazy = sheet.typed().select(
        ROW, hashes(predictors).alias("x"), hashes([label] if label else []).alias("y"), *own
    )
    if step > 1:
        lazy = lazy.filter(pl.col("x").hash(5) % step == 0)
    return lazy.collect(engine="streaming"), step


def duplicates(
    sheet: Sheet, predictors: Sequence[str], label: str | None, folds: Folds
) -> Duplicates | None:
    """What repeats in a file; None where there is nothing to compare."""
    if not predictors or sheet.rows < 2:  # noqa: PLR2004
        return None
    found, step = row_hashes(sheet, predictors, label, folds)
    n = found.height
    if not n:
        return None
    own = [] if folds.column is None else [pl.col(FOLD).n_unique().alias("folds")]
    same = found.group_by("x", "y").agg(pl.len().alias("n"), *own).filter(pl.col("n") > 1)
    repeated = int(same["n"].sum())
    alike = (
        found.group_by("x")
        .agg(pl.len().alias("n"), pl.col("y").n_unique().alias("labels"))
        .filter(pl.col("n") > 1)
    )
    contrary = int(alike.filter(pl.col("labels") > 1)["n"].sum())
    twins = int(alike["n"].sum())
    return Duplicates(
        rows=repeated * step,
        share=repeated / n,
        crossing=_crossing(same, folds, n),
        contrary=contrary * step,
        twins=twins / n,
        copies=repeated * step >= _LEAST_COPIES
        and contrary <= _CONTRARY * twins
        and (label is None or _expected_contrary(found, twins) >= _LEAST_CONTRARY)
        and _beyond_chance(sheet, predictors, label),
        looked_at=1 / step,
    )


def _crossing(same: pl.DataFrame, folds: Folds, n: int) -> float | None:
    if folds.how is None:
        return None
    if folds.known:
        return float(same.filter(pl.col("folds") > 1)["n"].sum()) / n
    return number(same.select((pl.col("n") * folds.crossing("n")).sum()).item()) / n


def _expected_contrary(found: pl.DataFrame, twins: int) -> float:
    """How many of the rows alike would have another label, were labels dealt out by chance."""
    agree = _pairs(found["y"]) / (found.height * (found.height - 1) / 2)
    return twins * (1 - agree)


def _beyond_chance(sheet: Sheet, predictors: Sequence[str], label: str | None) -> bool:
    columns = [*predictors, *([label] if label else [])]
    rows = part_of_rows(sheet, _MOST_COMPARED).select(
        hashes(columns).alias("all"), *(hash_of(name).alias(name) for name in columns)
    )
    full = _pairs(rows["all"])
    if full == 0:
        return False  # in so small a part: nothing is claimed
    for name in columns[-_MOST_COLUMNS:]:
        near = _pairs(rows["all"] - rows[name]) - full
        if near <= 0:
            continue
        agree = _pairs(rows[name]) / (rows.height * (rows.height - 1) / 2)
        if agree >= 1 or full < _BEYOND * near * agree / (1 - agree):
            return False
    return True


def _pairs(values: pl.Series) -> float:
    """Pairs of rows with an equal value."""
    counts = values.value_counts()["count"].cast(pl.Float64)
    return float((counts * (counts - 1)).sum()) / 2
