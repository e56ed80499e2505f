"""Columns that tell the label by themselves, and columns with another value in every row."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from h2o_forensics.audit.answers import Answers, Y, answered
from h2o_forensics.audit.figures import area, number
from h2o_forensics.audit.sheet import Sheet, hashes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

TELLS_ALL = 0.95
"""AUC, R2 or share of right answers of one column (Driverless AI's bound)."""
_LEAST_ROWS = 100
_LEAST_POSITIVES = 20
_MOST_ROWS = 50_000
_MOST_COLUMNS = 2_000
_BINS = 40
_HALF = "half"
_PLAIN = 0.8
"""With several classes: where one class has more rows than this, being right is no feat."""


class Target(Struct, frozen=True):
    """A column and how well it tells the label alone."""

    column: str
    score: float
    metric: str
    """auc | r2 | accuracy"""


def best_column(
    sheet: Sheet,
    answers: Answers,
    predictors: Sequence[str],
    group: str | None,
    aside: Collection[str],
) -> tuple[Target | None, int]:
    """The column that tells the label best, and how many tell all of it.

    Half of the rows learn the label per value (per fortieth, of numbers), the other half is told;
    groups are not split, nor are rows with the same predictors.

    Args:
        sheet: the rows.
        answers: the label.
        predictors: columns to look at.
        group: column of things that rows are about.
        aside: columns that are not looked at: times.
    """
    rows = answered(sheet, answers, _MOST_ROWS).with_columns(
        ((pl.col(group).hash(9) if group else hashes(predictors)) // 7 % 2 == 0).alias(_HALF)
    )
    if rows.height < _LEAST_ROWS or (answers.classes == 2 and _few(rows[Y])):  # noqa: PLR2004
        return None, 0
    found = [
        one
        for name in predictors[:_MOST_COLUMNS]
        if name not in aside and (one := told_by(sheet, rows, answers, name)) is not None
    ]
    found.sort(key=lambda one: (-one.score, int(one.column[1:])))
    return (found[0] if found else None), sum(one.score >= TELLS_ALL for one in found)


def told_by(sheet: Sheet, rows: pl.DataFrame, answers: Answers, column: str) -> Target | None:
    """How well a column tells the label of the half it did not learn from."""
    if rows[column].n_unique() < 2:  # noqa: PLR2004
        return None
    keyed = rows.select(_HALF, Y, answers.column, _key(sheet, rows, column).alias("key"))
    known, asked = keyed.filter(pl.col(_HALF)), keyed.filter(~pl.col(_HALF))
    if min(known.height, asked.height) < _LEAST_ROWS / 4:
        return None
    if answers.classes == 2 and _few(asked[Y], _LEAST_POSITIVES / 4):  # noqa: PLR2004
        return None
    if answers.classes > 2:  # noqa: PLR2004
        return _accuracy(known, asked, answers.column, column)
    mean = number(known[Y].mean())
    rates = known.group_by("key").agg((pl.col(Y).sum() + mean) / (pl.len() + 1))
    told = asked.join(rates, on="key", how="left", suffix="_told", nulls_equal=True).select(
        Y, pl.col(f"{Y}_told").fill_null(mean).alias("told")
    )
    if answers.classes:
        return _auc(sheet, rows, told, column)
    return _r2(sheet, rows, told, column)


def _auc(sheet: Sheet, rows: pl.DataFrame, told: pl.DataFrame, column: str) -> Target | None:
    """By what its values told, and by the numbers as they are: the better one."""
    scores = [area(told["told"], told[Y] > 0)]
    both = rows.select(column, Y).drop_nulls()
    if column in sheet.numeric and both.height > rows.height / 2:
        scores.append(area(both[column], both[Y] > 0))
    score = max((one for one in scores if one is not None), default=None)
    return None if score is None else Target(column, score, "auc")


def _r2(sheet: Sheet, rows: pl.DataFrame, told: pl.DataFrame, column: str) -> Target | None:
    total = number(told[Y].var())
    if total <= 0:
        return None
    score = 1 - number(((told[Y] - told["told"]) ** 2).mean()) / total
    return Target(column, max(0.0, score, _of_a_line(sheet, rows, column)), "r2")


def _of_a_line(sheet: Sheet, rows: pl.DataFrame, column: str) -> float:
    """R2 of a straight line, of columns that most rows have."""
    both = rows.select(column, Y).drop_nulls()
    if column not in sheet.numeric or both.height <= rows.height / 2:
        return 0.0
    found = number(both.select(pl.corr(column, Y)).item())
    return found * found if math.isfinite(found) else 0.0


def _key(sheet: Sheet, rows: pl.DataFrame, column: str) -> pl.Expr:
    """Values, or the fortieth a number lies in."""
    if column not in sheet.numeric or rows[column].n_unique() <= _BINS:
        return pl.col(column).cast(pl.String)
    ranks = pl.col(column).rank("average") / pl.col(column).count() * _BINS
    return ranks.floor().cast(pl.String)


def _accuracy(known: pl.DataFrame, asked: pl.DataFrame, label: str, column: str) -> Target | None:
    counts = known.group_by("key", label).len().sort(["len", label], descending=[True, False])
    best = counts.unique("key", keep="first", maintain_order=True).select(
        "key", pl.col(label).alias("told")
    )
    plain = float(str(asked[label].value_counts()["count"].max())) / asked.height
    right = asked.join(best, on="key", how="left", nulls_equal=True)
    score = number((right[label] == right["told"]).fill_null(value=False).mean())
    return Target(column, score, "accuracy") if plain <= _PLAIN else None


def _few(y: pl.Series, least: float = _LEAST_POSITIVES) -> bool:
    positives = float(y.sum())
    return min(positives, y.len() - positives) < least


def key_columns(sheet: Sheet, aside: Collection[str]) -> list[str]:
    """Texts and whole numbers that have another value in every row of the sample."""
    found = []
    for name in (f"c{at}" for at in range(min(len(sheet.names), _MOST_COLUMNS))):
        values = sheet.sample[name]
        if name in aside or values.len() < _LEAST_ROWS or values.n_unique() < values.len():
            continue
        if name not in sheet.numeric or bool((values.floor() == values).all()):
            found.append(name)
    return found
