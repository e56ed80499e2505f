"""Columns that moved between the training frame and the test frame, from their two summaries.

Marks of docs/model-checks.md: a missing share 0.10 larger, a mean 0.25 sd away, a sd 1.5 times
as large or as small, each beyond chance (z > 5); constant; values far beyond; new levels.  They
tell what could explain a worse test; alone they are no fault.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.training.columns import (
    columns_by_name,
    is_id_like,
    is_listed_whole,
    lists_levels,
    rows_per_entity,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from h2o_forensics.model.training import ColumnSummary, Frame

MISSING_ADDED = 0.10
MEAN_MOVED = 0.25
SPREAD_RATIO = 1.5
LEVELS_NEW = 0.20
SURE_Z = 5.0
_LOG_SD_VARIANCE = 2.0
"""Variance of ln(sd), times rows, at a kurtosis of 9: tails heavy enough for most columns."""
_BEYOND_SD = 3.0


class Drift(Struct, frozen=True):
    """One column that moved."""

    column: str
    kind: str
    """missing | mean | spread | constant | range | levels"""
    size: float
    """missing: share added; mean: training sd; spread: ratio, at least 1; range: sd beyond;
    levels: share of the test's levels that training does not have; constant: 1."""
    importance: float | None
    """None: the model states no importances."""
    index: int | None
    """Of the column in the test frame's list; None: it is not there."""


class _Rows(Struct, frozen=True):
    """The rows of a frame, and how many of them stand for themselves."""

    all: int
    apart: float
    """Entities, where an identifier tells that each has several rows: what is constant for an
    entity moves as one."""

    @classmethod
    def of(cls, frame: Frame) -> _Rows:
        rows = frame.rows or 0
        return cls(rows, rows / rows_per_entity(frame))


def drifts(
    train: Frame | None,
    test: Frame | None,
    used: Collection[str],
    shares: Mapping[str, float],
    apart: Collection[str] = (),
) -> tuple[Drift, ...]:
    """Columns that moved, the most important first (then: the most moved).

    Args:
        train: the training frame's summary; None gives nothing.
        test: the test frame's.
        used: columns the model uses; others do not count.
        shares: importance by column; empty: unknown.
        apart: columns that move by nature (a time index, an identifier).
    """
    if train is None or test is None or not train.rows or not test.rows:
        return ()
    theirs = columns_by_name(test)
    places = {name: index for index, name in enumerate(theirs)}
    rows, test_rows = _Rows.of(train), _Rows.of(test)
    found = []
    for name, mine in columns_by_name(train).items():
        if name not in used or name in apart or is_id_like(mine, train.rows):
            continue
        other = theirs.get(name)
        if other is not None:
            moved = _moved(mine, rows, other, test_rows)
        else:
            moved = ("missing", 1.0) if _is_gone(mine, rows, test) else None
        if moved is not None:
            share = shares.get(name, 0.0) if shares else None
            found.append(Drift(name, moved[0], moved[1], share, places.get(name)))
    return tuple(sorted(found, key=lambda one: (-(one.importance or 0.0), -one.size, one.column)))


def is_constant(column: ColumnSummary, rows: int) -> bool:
    """All values missing, or all the same."""
    if column.missing is not None and column.missing >= rows:
        return True
    return rows > 1 and column.low is not None and column.low == column.high


def _is_gone(mine: ColumnSummary, rows: _Rows, test: Frame) -> bool:
    """A column with values that the test frame lacks: H2O scores with missing values instead."""
    return is_listed_whole(test) and _missing_share(mine, rows) < 1 - MISSING_ADDED


def _moved(
    mine: ColumnSummary, rows: _Rows, other: ColumnSummary, test_rows: _Rows
) -> tuple[str, float] | None:
    if is_constant(other, test_rows.all):
        return None if is_constant(mine, rows.all) else ("constant", 1.0)
    if is_constant(mine, rows.all):
        return None
    added = _missing_added(mine, rows, other, test_rows)
    if added is not None:
        return "missing", added
    if mine.type == "enum" or other.type == "enum":
        new = _new_levels(mine, other)
        return None if new is None else ("levels", new)
    return _numbers_moved(mine, rows, other, test_rows)


def _missing_share(column: ColumnSummary, rows: _Rows) -> float:
    return (column.missing or 0) / rows.all


def _missing_added(
    mine: ColumnSummary, rows: _Rows, other: ColumnSummary, test_rows: _Rows
) -> float | None:
    """The share of missing values that the test has more, where it is more than chance."""
    if mine.missing is None or other.missing is None:
        return None
    added = _missing_share(other, test_rows) - _missing_share(mine, rows)
    pooled = (mine.missing + other.missing) / (rows.all + test_rows.all)
    variance = pooled * (1 - pooled) * (1 / rows.apart + 1 / test_rows.apart)
    sure = variance > 0 and added / math.sqrt(variance) > SURE_Z
    return added if added >= MISSING_ADDED and sure else None


def _numbers_moved(
    mine: ColumnSummary, rows: _Rows, other: ColumnSummary, test_rows: _Rows
) -> tuple[str, float] | None:
    n = rows.apart * (1 - _missing_share(mine, rows))
    m = test_rows.apart * (1 - _missing_share(other, test_rows))
    if not mine.sigma or not other.sigma or min(n, m) <= 1:
        return None
    if mine.mean is not None and other.mean is not None:
        distance = abs(other.mean - mine.mean)
        error = math.sqrt(mine.sigma * mine.sigma / n + other.sigma * other.sigma / m)
        if distance / mine.sigma > MEAN_MOVED and distance / error > SURE_Z:
            return "mean", distance / mine.sigma
    ratio = max(other.sigma / mine.sigma, mine.sigma / other.sigma)
    error = math.sqrt(_LOG_SD_VARIANCE * (1 / n + 1 / m))
    if ratio > SPREAD_RATIO and math.log(ratio) / error > SURE_Z:
        return "spread", ratio
    return _range_left(mine, other)


def _range_left(mine: ColumnSummary, other: ColumnSummary) -> tuple[str, float] | None:
    """Values beyond training's by its whole range again: one tail value is no drift."""
    if None in {mine.low, mine.high, other.low, other.high} or not mine.sigma:
        return None
    low, high = mine.low or 0.0, mine.high or 0.0
    beyond = max(low - (other.low or 0.0), (other.high or 0.0) - high)
    if beyond >= max(high - low, _BEYOND_SD * mine.sigma) > 0:
        return "range", beyond / mine.sigma
    return None


def _new_levels(mine: ColumnSummary, other: ColumnSummary) -> float | None:
    """The share of the test's levels that training lacks, where both are listed in full."""
    if not lists_levels(mine) or not lists_levels(other):
        return None
    share = len(set(other.levels) - set(mine.levels)) / len(other.levels)
    return share if share >= LEVELS_NEW else None
