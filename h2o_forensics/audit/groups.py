"""Rows about the same thing: a column that names it, labels that agree, traits that give it away.

A column of groups is one whose rows agree in their label beyond chance, beyond what neighbouring
groups would tell, and whose groups a model can recognize: by the column itself, or by other
predictors that never change within a group.  A plain predictor with few levels is none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from h2o_forensics.audit.answers import Answers, Y
from h2o_forensics.audit.figures import number, slopes
from h2o_forensics.audit.folds import FOLD, Folds
from h2o_forensics.audit.sheet import MOST_HASHED, Sheet, hashes
from h2o_forensics.training.columns import ENTITY_NAMES, ID_PARTS, is_time_like, parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.audit.setup import Setup

LEAST_GROUPS = 30
_LEAST_SIZE = 2.0
_LEAST_POSITIVES = 20
_MOST_LOOKED_AT = 300
_MOST_JUDGED = 8
_MOST_ROWS = 200_000
_MOST_NEIGHBOURS = 600
_MOST_TRAITS = 20
_MOST_WITHIN = 0.85
_LEAST_BETWEEN = 0.15
"""Part of the label's variance that lies between groups and that no neighbour tells."""
_LEAST_OWN = 0.6
"""Of what lies between groups, the part that no neighbour tells."""
_SURE = 6.0
"""Standard errors that the agreement within groups is beyond chance."""
_CONSTANT = 0.99
_GROUPS_PER_TRAIT = 6
_PARTS = 5
_FINE = 0.8


class Group(Struct, frozen=True):
    """The column that says best which rows belong together."""

    column: str
    groups: int
    rows_per_group: float
    within: float
    """Variance of the label within groups over all of it."""
    traits: int
    """Predictors that never change within a group, and tell groups apart."""
    crossing: float | None
    """Share of the groups of several rows that are in several folds."""


class _Seen(Struct, frozen=True):
    column: str
    named: bool
    groups: int
    within: float


def find_group(sheet: Sheet, setup: Setup, answers: Answers, folds: Folds) -> Group | None:
    """The strongest one, or None."""
    predictors = sheet.columns(setup.predictors)
    rows = _rows(sheet, answers, predictors)
    if answers.classes and _few(rows[Y]):
        return None
    aside = {answers.column, *sheet.columns([*setup.other])}
    columns = [f"c{at}" for at in range(len(sheet.names)) if f"c{at}" not in aside]
    seen = [one for name in columns if (one := _look(sheet, rows, name)) is not None]
    seen.sort(key=lambda one: (not one.named, one.within, -one.groups, int(one.column[1:])))
    for one in seen[:_MOST_JUDGED]:
        still, traits = _traits(rows, one, predictors)
        own = one.named and one.column in predictors
        if not own and len(traits) < (1 if one.named else 2):
            continue
        told_by = [name for name in still if name in sheet.numeric]
        if not one.named and one.column in sheet.numeric:
            told_by.append(one.column)
        if _unexplained(rows, one, told_by):
            size, crossing = _crossing(sheet, one.column, folds)
            return Group(one.column, one.groups, size, one.within, len(traits), crossing)
    return None


def is_entity(name: str) -> bool:
    """Whether a name says that it names things: `patient_id`, `customer`."""
    parts = parts_of(name)
    if not ID_PARTS.isdisjoint(parts):
        return True
    return len(parts) == 1 and parts[0] in ENTITY_NAMES


def _few(y: pl.Series) -> bool:
    positives = float(y.sum())
    return min(positives, y.len() - positives) < _LEAST_POSITIVES


def _rows(sheet: Sheet, answers: Answers, predictors: Sequence[str]) -> pl.DataFrame:
    """Rows with a label, copies once: they are another leak.

    The sample is of rows, which thins groups; they agree as much in it, only chance is larger.
    """
    rows = sheet.sample.head(_MOST_ROWS).with_columns(answers.expr())
    keyed = rows.filter(pl.col(Y).is_not_null()).with_columns(
        hashes([*predictors, answers.column]).alias("all")
    )
    return keyed.unique("all", keep="first", maintain_order=True).drop("all")


def _look(sheet: Sheet, rows: pl.DataFrame, column: str) -> _Seen | None:
    """Whether labels agree within the values of a column beyond chance."""
    name = sheet.name_of(column)
    kind = "time" if column in sheet.dated else None
    if is_time_like(name, kind) or (int(column[1:]) >= _MOST_LOOKED_AT and not is_entity(name)):
        return None
    known = rows.select(column, Y).drop_nulls()
    sums = known.group_by(column).agg(
        pl.len().alias("n"), pl.col(Y).sum().alias("s"), (pl.col(Y) * pl.col(Y)).sum().alias("q")
    )
    n, d = known.height, sums.height
    if d < LEAST_GROUPS or n < _LEAST_SIZE * d:
        return None
    total = number(known[Y].var())
    inner = float((sums["q"] - sums["s"] * sums["s"] / sums["n"]).sum()) / (n - d)
    if total <= 0:
        return None
    within = inner / total
    outer = (total * (n - 1) - inner * (n - d)) / (d - 1)
    ratio = outer / inner if inner > 0 else math.inf  # Fisher's F: 1 by chance
    if within > _MOST_WITHIN or ratio - 1 < _SURE * math.sqrt(2 / (d - 1) + 2 / (n - d)):
        return None
    return _Seen(column, is_entity(name), d, within)


def _traits(
    rows: pl.DataFrame, one: _Seen, predictors: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Predictors that have one value per group; those of them that tell groups apart."""
    others = [name for name in predictors if name != one.column][:_MOST_LOOKED_AT]
    if not others:
        return [], []
    counts = (
        rows.filter(pl.col(one.column).is_not_null())
        .group_by(one.column)
        .agg(pl.len().alias("rows_in"), *(pl.col(name).n_unique() for name in others))
        .filter(pl.col("rows_in") > 1)
    )
    if not counts.height:
        return [], []
    still = counts.select((pl.col(name) == 1).mean() for name in others).row(0, named=True)
    kept = [name for name in others if (still[name] or 0) >= _CONSTANT]
    groups = rows[one.column].n_unique()
    fine = [name for name in kept if rows[name].n_unique() >= _FINE * groups]
    if fine or not one.named or not kept:
        return kept, fine
    together = rows.select(pl.struct(kept).n_unique()).item()
    return kept, kept if together >= _FINE * groups else []


def _unexplained(rows: pl.DataFrame, one: _Seen, traits: Sequence[str]) -> bool:
    """Whether groups differ in more than their traits tell of groups like them.

    Where a label follows age, patients of one age are alike, and a fold of other patients tells as
    much: no leak.  So what the mean of a group shares with that of its nearest neighbour, and with
    a line over the traits, is taken away.
    """
    means = (
        rows.filter(pl.col(one.column).is_not_null())
        .group_by(one.column, maintain_order=True)
        .agg(
            pl.len().alias("n"),
            pl.col(Y).mean(),
            *(pl.first(name).alias(f"of_{name}") for name in traits),
        )
        .head(_MOST_NEIGHBOURS)
        .fill_null(0.0)
    )
    total = number(rows[Y].var())
    told = 0.0
    if traits and means.height > len(traits) + 2:
        scaled = [_scaled(means[f"of_{name}"]) for name in traits[:_MOST_TRAITS]]
        y = [value - number(means[Y].mean()) for value in means[Y]]
        told = max(0.0, _of_neighbours(scaled, y), _of_line(scaled, y))
    between = 1 - one.within
    return between - told / total >= max(_LEAST_BETWEEN, _LEAST_OWN * between)


def _scaled(values: pl.Series) -> list[float]:
    spread = values.std()
    around = values - (values.mean() or 0.0)
    return (around / spread).to_list() if spread else [0.0] * values.len()


def _of_neighbours(traits: Sequence[Sequence[float]], y: Sequence[float]) -> float:
    """Covariance of groups with the one that is most like them."""
    points = list(zip(*traits, strict=True))
    total = 0.0
    for at, point in enumerate(points):
        others = (other for other in range(len(points)) if other != at)
        nearest = min(others, key=lambda other: math.dist(point, points[other]))
        total += y[at] * y[nearest]
    return total / len(points)


def _of_line(traits: Sequence[Sequence[float]], y: Sequence[float]) -> float:
    """Variance of groups that their traits tell, by a line that did not learn from these groups.

    It goes over the traits and over how far each is from the middle.
    """
    n = len(y)
    bent = [*traits, *([abs(value) for value in column] for column in traits)]
    sums = [sum(a * b for a, b in zip(column, y, strict=True)) for column in bent]
    strongest = sorted(range(len(bent)), key=lambda at: (-abs(sums[at]), at))
    used = [bent[at] for at in sorted(strongest[: max(1, n // _GROUPS_PER_TRAIT)])]
    told = [0.0] * n
    for part in range(_PARTS):
        known = [at for at in range(n) if at % _PARTS != part]
        mean = sum(y[at] for at in known) / len(known)
        means = [sum(column[at] for at in known) / len(known) for column in used]
        found = slopes([[column[at] for at in known] for column in used], [y[at] for at in known])
        for at in range(part, n, _PARTS):
            told[at] = mean + sum(
                slope * (column[at] - middle)
                for slope, column, middle in zip(found, used, means, strict=True)
            )
    both = pl.DataFrame({"y": y, "told": told})
    shared, spread = both.select(
        pl.cov("y", "told").alias("shared"), pl.col("told").var().alias("spread")
    ).row(0)
    return shared * shared / spread if shared > 0 and spread else 0.0


def _crossing(sheet: Sheet, column: str, folds: Folds) -> tuple[float, float | None]:
    """Rows per group, and the share of groups of several rows that are in several folds."""
    own = [] if folds.column is None else [folds.column.alias(FOLD)]
    step = -(-sheet.rows // MOST_HASHED)
    counts = (
        sheet.typed()
        .filter(pl.col(column).is_not_null(), pl.col(column).hash(6) % step == 0)
        .select(pl.col(column).alias("g"), *own)
        .group_by("g")
        .agg(pl.len().alias("n"), *([pl.col(FOLD).n_unique().alias("folds")] if own else []))
        .collect(engine="streaming")
    )
    size = number(counts["n"].mean())
    several = counts.filter(pl.col("n") > 1)
    if folds.how is None or not several.height:
        return size, None
    if folds.known:
        return size, number((several["folds"] > 1).mean())
    return size, float(several.select(folds.crossing("n").mean()).item())
