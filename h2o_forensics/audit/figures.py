"""Statistics of the audit over plain numbers: areas, Ljung-Box, least squares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from h2o_forensics.training.distributions import chi2_sf

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMALL = 1e-9
_NOTHING = 1e-300


def area(score: pl.Series, positive: pl.Series) -> float | None:
    """AUC of a score, whichever way round: at least 0.5; None without both classes."""
    ranks = score.rank("average")
    positives = int(positive.sum())
    negatives = positive.len() - positives
    if not positives or not negatives:
        return None
    above = float(ranks.filter(positive).sum() or 0.0) - positives * (positives + 1) / 2
    found = above / (positives * negatives)
    return max(found, 1 - found)


def autocorrelations(values: Sequence[float], lags: int) -> list[float]:
    """Of a series, at 1 to `lags` steps; empty where it does not vary."""
    n = len(values)
    mean = math.fsum(values) / n
    around = pl.Series([value - mean for value in values], dtype=pl.Float64)
    total = float((around * around).sum())
    if total <= _SMALL * n * max(1.0, mean * mean):
        return []
    return [
        float((around.slice(lag) * around.slice(0, n - lag)).sum()) / total
        for lag in range(1, lags + 1)
    ]


def ljung_box(found: Sequence[float], n: int) -> float:
    """The chance of such autocorrelations without any (Ljung, Box: Biometrika 65, 1978)."""
    statistic = n * (n + 2) * math.fsum(r * r / (n - lag) for lag, r in enumerate(found, 1))
    return chi2_sf(statistic, len(found))


def slopes(columns: Sequence[Sequence[float]], target: Sequence[float]) -> list[float]:
    """Of a line of least squares over the columns, which are taken as they are scaled.

    A ridge of a thousandth keeps columns that repeat each other from doing harm.
    """
    frame = pl.DataFrame({f"x{at}": column for at, column in enumerate(columns)} | {"y": target})
    names = frame.columns[:-1]
    centred = frame.select(pl.all() - pl.all().mean())
    pairs = [(a, b) for at, a in enumerate(names) for b in names[at:]]
    sums = centred.select(
        *((pl.col(a) * pl.col(b)).sum().alias(f"{a}.{b}") for a, b in pairs),
        *((pl.col(a) * pl.col("y")).sum().alias(f"{a}.y") for a in names),
    ).row(0, named=True)
    matrix = [[_pair(sums, a, b) for b in names] for a in names]
    for at in range(len(names)):
        matrix[at][at] += matrix[at][at] * 1e-3 + _SMALL * len(target)
    return _solve(matrix, [sums[f"{a}.y"] for a in names])


def residuals(columns: Sequence[pl.Series], target: pl.Series) -> pl.Series:
    """What a line over columns, and over how far these are from the middle, leaves of a target."""
    scaled = [bent for one in columns if one.std() for bent in _scaled(one)]
    around = target - number(target.mean())
    if not scaled:
        return around
    found = slopes([one.to_list() for one in scaled], around.to_list())
    for one, slope in zip(scaled, found, strict=True):
        around = around - one * slope
    return around


def _scaled(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """In standard deviations, and how far from the middle."""
    plain = (values - number(values.mean())) / number(values.std())
    bent = plain.abs()
    return plain, bent - number(bent.mean())


def number(value: object) -> float:
    """What Polars gives for a mean or a sum, as a number; nothing is 0."""
    return float(value) if isinstance(value, int | float) else 0.0


def _pair(sums: dict[str, float], a: str, b: str) -> float:
    known = sums.get(f"{a}.{b}")
    return sums[f"{b}.{a}"] if known is None else known


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Of a positive definite system, by elimination; a column without any weight gets none."""
    n = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for at in range(n):
        best = max(range(at, n), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        if abs(rows[at][at]) < _NOTHING:
            continue
        for other in range(at + 1, n):
            factor = rows[other][at] / rows[at][at]
            if factor:
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[at], strict=True)]
    found = [0.0] * n
    for at in reversed(range(n)):
        rest = math.fsum(rows[at][other] * found[other] for other in range(at + 1, n))
        found[at] = (rows[at][n] - rest) / rows[at][at] if abs(rows[at][at]) >= _NOTHING else 0.0
    return found
