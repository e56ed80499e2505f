"""Test rows against training rows: those that are in both, and columns that look different."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from h2o_forensics.audit.answers import Answers, answered
from h2o_forensics.audit.figures import number
from h2o_forensics.audit.sheet import MOST_HASHED, ROW, Sheet, hash_of
from h2o_forensics.audit.targets import told_by

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from h2o_forensics.audit.targets import Target

_LEAST_ROWS = 50
_MISSING = 0.10
_LEVELS = 0.05
_PSI = 0.25
_SURE = 5.0
_MOST_LEVELS = 1_000
_MOST_COLUMNS = 2_000
_BINS = 10


class Drift(Struct, frozen=True):
    """The column that differs most.

    `size`: missing share added, share of rows with new levels, or population stability index.
    """

    column: str
    kind: str
    size: float


def in_training(train: Sheet, test: Sheet, predictors: Sequence[str]) -> float | None:
    """Share of the test rows whose predictors a training row has, too."""
    known = frozenset(test.names)
    shared = [name for name in predictors if train.name_of(name) in known]
    if not shared or len(shared) < len(predictors) / 2:
        return None
    step = -(-max(train.rows, test.rows) // MOST_HASHED)
    sums = [_keys(one, train, shared, step) for one in (train, test)]
    if not sums[1].len():
        return None
    return number(sums[1].is_in(sums[0].unique().implode()).mean())


def _keys(sheet: Sheet, train: Sheet, shared: Sequence[str], step: int) -> pl.Series:
    """One hash per row over the columns both have, read as the training rows are."""
    exprs = []
    owns = sheet.columns(train.name_of(name) for name in shared)
    for name, own in zip(shared, owns, strict=True):
        kind = pl.Float64 if name in train.numeric else pl.String
        exprs.append(pl.col(own).cast(kind, strict=False).alias(name))
    lazy = sheet.typed().select(exprs)
    lazy = lazy.select(pl.sum_horizontal(hash_of(name) for name in shared).alias("x"))
    if step > 1:
        lazy = lazy.filter(pl.col("x").hash(5) % step == 0)
    return lazy.collect(engine="streaming")["x"]


def unseen_groups(train: Sheet, test: Sheet, column: str) -> float | None:
    """Share of the test's groups that training does not have."""
    own = test.column(train.name_of(column))
    if own is None:
        return None
    kind = pl.Float64 if column in train.numeric else pl.String
    step = -(-max(train.rows, test.rows) // MOST_HASHED)
    values = [
        sheet.typed()
        .select(pl.col(name).cast(kind, strict=False).alias("g"))
        .filter(pl.col("g").is_not_null(), pl.col("g").hash(6) % step == 0)
        .unique()
        .collect(engine="streaming")["g"]
        for sheet, name in ((train, column), (test, own))
    ]
    if not values[1].len():
        return None
    return 1 - number(values[1].is_in(values[0].implode()).mean())


def test_score(train: Sheet, test: Sheet, answers: Answers, target: Target) -> float | None:
    """How well a column that tells the label in training tells it in the test; None: unknown."""
    label, column = (
        test.column(train.name_of(answers.column)),
        test.column(train.name_of(target.column)),
    )
    if label is None or column is None:
        return None
    known = Answers(label, answers.classes, answers.level)
    if (label in test.numeric) != (answers.column in train.numeric):
        return None
    rows = answered(test, known, 50_000).with_columns((pl.col(ROW).hash(9) % 2 == 0).alias("half"))
    if rows.height < 2 * _LEAST_ROWS:
        return None
    found = told_by(test, rows, known, column)
    if found is None and rows[column].n_unique() < 2:  # noqa: PLR2004 - constant: it tells nothing
        return 0.5 if target.metric == "auc" else 0.0
    return None if found is None else found.score


def drifted(
    train: Sheet,
    test: Sheet,
    predictors: Sequence[str],
    aside: Collection[str],
    entities: int | None,
) -> Drift | None:
    """The worst of the columns that differ, by how far beyond its bound it is.

    Args:
        train: training rows.
        test: test rows.
        predictors: columns to look at.
        aside: columns that have to differ: times, keys, groups.
        entities: things the rows are about, where rows belong together: fewer than rows.
    """
    found: list[tuple[float, int, Drift]] = []
    for name in predictors[:_MOST_COLUMNS]:
        own = test.column(train.name_of(name))
        if own is None or name in aside:
            continue
        kind = pl.Float64 if name in train.numeric else pl.String
        a = train.sample[name]
        b = test.sample[own].cast(kind, strict=False)
        if min(a.len(), b.len()) < _LEAST_ROWS:
            continue
        part = 1.0 if entities is None else min(1.0, entities / train.rows)
        for drift, beyond in _compare(a, b, name, part):
            found.append((-beyond, int(name[1:]), drift))
    return min(found, key=lambda one: one[:2])[2] if found else None


def _compare(a: pl.Series, b: pl.Series, name: str, part: float) -> list[tuple[Drift, float]]:
    n, m = a.len() * part, b.len() * part
    found = []
    before, after = a.null_count() / a.len(), b.null_count() / b.len()
    both = (a.null_count() + b.null_count()) / (a.len() + b.len())
    spread = math.sqrt(max(both * (1 - both), 1e-12) * (1 / n + 1 / m))
    added = after - before
    if added >= _MISSING and added >= _SURE * spread:
        found.append((Drift(name, "missing", added), added / _MISSING))
    a, b = a.drop_nulls(), b.drop_nulls()
    if min(a.len(), b.len()) < _LEAST_ROWS:
        return found
    if a.dtype == pl.String:
        counts = a.value_counts()
        if counts.height <= _MOST_LEVELS:
            new = 1 - number(b.is_in(a.unique().implode()).mean())
            # Good and Turing: so many would be new by chance, as there are levels met once.
            chance = counts.filter(pl.col("count") == 1).height / a.len()
            spread = math.sqrt(max(new, 1 / m) * (1 / n + 1 / m))
            if new - chance >= _LEVELS and new - chance >= _SURE * spread:
                found.append((Drift(name, "levels", new), new / _LEVELS))
        return found
    psi = _psi(a, b)
    bound = max(_PSI, 4 * _BINS * (1 / n + 1 / m))
    if psi >= bound:
        found.append((Drift(name, "distribution", psi), psi / bound))
    return found


def _psi(a: pl.Series, b: pl.Series) -> float:
    """Population stability over tenths of the training values."""
    edges = sorted({float(str(a.quantile(at / _BINS))) for at in range(1, _BINS)})
    parts = []
    for one in (a, b):
        below = [float((one <= edge).sum()) for edge in edges]
        cut = [
            below[0],
            *(y - x for x, y in pairwise(below)),
            one.len() - below[-1],
        ]
        parts.append([(count + 0.5) / (one.len() + 0.5 * len(cut)) for count in cut])
    return math.fsum((q - p) * math.log(q / p) for p, q in zip(*parts, strict=True))
