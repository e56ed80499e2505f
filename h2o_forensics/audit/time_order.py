"""Rows in order of time: a column that tells it, and whether labels near in time agree.

Random folds then hold rows whose neighbours of the next hour are in training.  That does harm only
where a model can make use of it: a time, or something that changes slowly, is among the predictors.
What the other predictors explain of the label, and what groups do, is taken away first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from h2o_forensics.audit.answers import Answers, Y
from h2o_forensics.audit.figures import autocorrelations, ljung_box, number, residuals
from h2o_forensics.audit.folds import FOLD, Folds
from h2o_forensics.audit.sheet import ROW, Sheet, hashes, part_of_rows
from h2o_forensics.training.columns import is_time_like

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.audit.setup import Setup

LEAST_ROWS = 200
_MOST_ROWS = 200_000
_LAGS = 10
_LEAST_VALUES = 50
_MONOTONE = 0.999
_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$"
_DATES = 0.99
SURE = 0.001
"""Chance of such autocorrelation without any."""
LEAST_AGREEMENT = 0.1
"""Mean autocorrelation over the lags: below it, neighbours tell next to nothing."""
_SLOW = 0.9
_MOST_LOOKED_AT = 40
_SORTED = 4
"""A label that changes less often than this, times its classes, was sorted by."""
_MIXED = 0.5


class TimeOrder(Struct, frozen=True):
    """What the order of time tells."""

    column: str
    in_order: bool
    """Rows stand in the file in its order."""
    agreement: float | None
    """Mean autocorrelation of the label over ten steps."""
    p: float | None
    usable: bool
    """A predictor tells the time, or changes slowly with it."""
    mixed: bool | None
    """Folds mix time; None: there are none."""


def time_order(
    sheet: Sheet, setup: Setup, answers: Answers | None, folds: Folds, group: str | None
) -> TimeOrder | None:
    """None: no column tells the time."""
    predictors = sheet.columns(setup.predictors)
    found = _time_column(sheet, setup, predictors)
    if found is None:
        return None
    column, in_order = found
    rows = _in_time(sheet, column)
    usable = column in predictors or _slow_one(sheet, rows, predictors)
    agreement, p = None, None
    if answers is not None:
        agreement, p = _agreement(sheet, rows, answers, (column, *predictors), group)
    return TimeOrder(column, in_order, agreement, p, usable, _mixed(rows, folds))


def time_columns(sheet: Sheet) -> frozenset[str]:
    """Columns that hold times by type, name or look."""
    return frozenset(
        name
        for name in (f"c{at}" for at in range(len(sheet.names)))
        if is_time_like(sheet.name_of(name), "time" if _is_date(sheet, name) else None)
    )


def _time_column(sheet: Sheet, setup: Setup, predictors: Sequence[str]) -> tuple[str, bool] | None:
    """Dates first, then times by name, then predictors that rise with every row."""
    aside = {sheet.column(setup.response), sheet.column(setup.fold_column)}
    ranked: list[tuple[int, int, str, bool]] = []
    for at, name in enumerate(sheet.names):
        column = f"c{at}"
        if column in aside:
            continue
        date, called = _is_date(sheet, column), is_time_like(name, None)
        counts = column in predictors and column in sheet.numeric
        if not (date or (called and column in sheet.numeric) or counts):
            continue
        values = sheet.sample[column]
        if values.null_count() > values.len() * (1 - _DATES) or values.n_unique() < _LEAST_VALUES:
            continue
        rises = _rises(values)
        if date or called:
            ranked.append((0 if date else 1 if rises else 2, at, column, rises))
        elif rises and _is_counter(values):
            ranked.append((3, at, column, rises))
    return min(ranked)[2:] if ranked else None


def _is_date(sheet: Sheet, column: str) -> bool:
    if column in sheet.dated:
        return True
    if column in sheet.numeric:
        return False
    known = sheet.sample[column].drop_nulls().head(1_000)
    return known.len() > 0 and number(known.str.contains(_DATE).mean()) >= _DATES


def _rises(values: pl.Series) -> bool:
    """In the order of rows, or against it."""
    pairs = pl.DataFrame({"a": values, "b": values.shift(-1)}).drop_nulls()
    up = pairs.select(
        (pl.col("b") >= pl.col("a")).mean(), (pl.col("b") <= pl.col("a")).mean().alias("d")
    )
    return bool(max(up.row(0)) >= _MONOTONE) if pairs.height else False


def _is_counter(values: pl.Series) -> bool:
    whole = values.drop_nulls()
    return whole.n_unique() == whole.len() and bool((whole.floor() == whole).all())


def _in_time(sheet: Sheet, column: str) -> pl.DataFrame:
    rows = part_of_rows(sheet, _MOST_ROWS).filter(pl.col(column).is_not_null())
    return rows.sort(column, ROW)


def _slow_one(sheet: Sheet, rows: pl.DataFrame, predictors: Sequence[str]) -> bool:
    """Whether a predictor of neighbours in time is nearly the same."""
    numbers = [name for name in predictors if name in sheet.numeric][:_MOST_LOOKED_AT]
    for name in numbers:
        values = rows[name].drop_nulls()
        found = autocorrelations(values.to_list(), 1) if values.len() >= LEAST_ROWS else []
        if found and found[0] >= _SLOW:
            return True
    return False


def _agreement(
    sheet: Sheet,
    rows: pl.DataFrame,
    answers: Answers,
    aside_first: Sequence[str],
    group: str | None,
) -> tuple[float | None, float | None]:
    """Mean autocorrelation of the label and its chance, the weaker of plain and explained."""
    column, *predictors = aside_first
    once = rows.with_columns(hashes([*predictors, answers.column]).alias("all"))
    known = (
        once.unique("all", keep="first", maintain_order=True)
        .with_columns(answers.expr())
        .filter(pl.col(Y).is_not_null())
    )
    if known.height < LEAST_ROWS:
        return None, None
    changes = int((known[answers.column] != known[answers.column].shift(1)).sum() or 0)
    if changes <= _SORTED * max(1, answers.classes) or (not answers.classes and _rises(known[Y])):
        return None, None
    numbers = [name for name in predictors if name in sheet.numeric and name != column][
        :_MOST_LOOKED_AT
    ]
    rest = residuals([known[name].fill_null(known[name].mean()) for name in numbers], known[Y])
    if group is not None and group != column:
        rest = known.with_columns(rest.alias("rest")).select(
            pl.col("rest") - pl.col("rest").mean().over(group)
        )["rest"]
    told: list[tuple[float, float]] = []
    for series in (known[Y], rest):
        found = autocorrelations(series.to_list(), _LAGS)
        if not found:
            return None, None
        told.append((sum(found) / len(found), ljung_box(found, series.len())))
    return min(one[0] for one in told), max(one[1] for one in told)


def _mixed(rows: pl.DataFrame, folds: Folds) -> bool | None:
    """Whether neighbours in time are in other folds as often as chance puts them there."""
    if folds.how is None:
        return None
    if folds.column is None or folds.how == "modulo":
        return True
    fold = rows.select(folds.column.alias(FOLD))[FOLD]
    changes = number((fold != fold.shift(1)).mean())
    return changes > _MIXED * (1 - 1 / folds.count)
