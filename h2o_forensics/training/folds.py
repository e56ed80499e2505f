"""Folds: how far they spread, and whether by more than chance."""

import math
from statistics import mean, stdev

from msgspec import Struct

from h2o_forensics.model.training import FoldMetric, Metrics, Model
from h2o_forensics.training.auc import LEAST_OF_A_CLASS, class_counts, hanley_mcneil
from h2o_forensics.training.distributions import chi2_sf, normal_sf, t_sf, z_of_tail

ODD_P = 0.001
WIDE_SPREAD = 0.2
ODD_Z = 3.0
_CERTAIN_Z = 8.0
_LEAST_FOLDS = 2
_LEAST_FOR_T = 3
METRICS = ("auc", "mse", "rmse", "logloss", "mae", "mean_per_class_error", "err", "r2")


class FoldValues(Struct, frozen=True):
    """The folds of one metric that have a number."""

    values: tuple[float, ...]
    sd: float
    """Sample sd (n - 1)."""

    @property
    def count(self) -> int:
        """How many folds."""
        return len(self.values)


class FoldSpread(Struct, frozen=True):
    """Spread of a metric over folds."""

    metric: str
    folds: int
    mean: float
    sd: float
    low: float
    high: float
    spread: float | None
    """sd / |mean|; None: the mean is 0."""
    p: float | None
    """AUC: chance of so much spread, chi-square over Hanley-McNeil; else None."""
    outlier_z: float | None
    """The fold furthest from the rest, as a normal z after correction for having looked at all."""
    outlier_fold: int | None
    """From 1."""
    positives_per_fold: float | None
    """Of the rarer class; None: unknown."""
    too_few: bool
    """Fewer than five of a class in a fold: spread says little."""
    unstable: bool
    """p < 0.001 (AUC), s / mean > 0.2 or |outlier z| > 3 (other metrics), and not too few."""


def fold_values(folds: tuple[FoldMetric, ...], metric: str) -> FoldValues | None:
    """The finite values of a metric over folds with their sd; None below two.

    When H2O's row gives mean and sd but no folds, there is nothing: k would be unknown.
    """
    row = next((fold for fold in folds if fold.metric == metric), None)
    if row is None:
        return None
    values = tuple(v for v in row.values if v is not None and math.isfinite(v))
    return FoldValues(values, stdev(values)) if len(values) >= _LEAST_FOLDS else None


def fold_spread(model: Model, metric: str | None = None) -> FoldSpread | None:
    """Spread over folds of `metric` (None: AUC, else the first of `METRICS` the model has).

    AUC: X = (k - 1) s^2 / HM(mean AUC, P / k, N / k) against chi-square(k - 1): more than chance
    means that the folds are different populations.  Assumes folds of about one size and one
    prevalence, independent rows.
    """
    names = METRICS if metric is None else (metric,)
    found = ((name, fold_values(model.folds, name)) for name in names)
    name, folds = next(((n, f) for n, f in found if f is not None), ("", None))
    if folds is None:
        return None
    cv = next((m for m in model.metrics if m.of == "cross_validation"), None)
    rarest = _rarest(cv)
    per_fold = None if rarest is None else rarest / folds.count
    variance = _auc_variance(cv, folds) if name == "auc" else None
    p = None
    if variance:
        p = chi2_sf((folds.count - 1) * folds.sd**2 / variance, folds.count - 1)
    z, at = outlying_fold(folds, variance)
    middle = mean(folds.values)
    spread = folds.sd / abs(middle) if middle else None
    too_few = per_fold is not None and per_fold < LEAST_OF_A_CLASS
    wide = name != "auc" and (
        (spread is not None and spread > WIDE_SPREAD) or (z is not None and abs(z) > ODD_Z)
    )
    return FoldSpread(
        metric=name,
        folds=folds.count,
        mean=middle,
        sd=folds.sd,
        low=min(folds.values),
        high=max(folds.values),
        spread=spread,
        p=p,
        outlier_z=z,
        outlier_fold=at,
        positives_per_fold=per_fold,
        too_few=too_few,
        unstable=not too_few and (wide or (p is not None and p < ODD_P)),
    )


def outlying_fold(
    folds: FoldValues, variance: float | None = None
) -> tuple[float | None, int | None]:
    """The fold furthest from the mean of the others: signed z and its number, from 1.

    With `variance` (of one fold's value, known) it is a normal z; without, the spread of the other
    folds gives a t with k - 2 degrees of freedom.  The tail is multiplied by the number of folds
    (Bonferroni) and turned back into a normal z.  (None, None) where it cannot be computed: below
    three folds, or others that do not differ.
    """
    k = folds.count
    if k < _LEAST_FOR_T:
        return None, None
    best: tuple[float | None, int | None] = (None, None)
    for at, value in enumerate(folds.values):
        others = folds.values[:at] + folds.values[at + 1 :]
        scale = math.sqrt(variance) if variance else stdev(others)
        if not scale:
            continue
        score = (value - mean(others)) / (scale * math.sqrt(1 + 1 / (k - 1)))
        tail = 2 * (normal_sf(abs(score)) if variance else t_sf(abs(score), k - 2))
        z = _z_of_two_tails(min(1.0, tail * k), abs(score))
        if best[0] is None or z > abs(best[0]):
            best = (math.copysign(z, score), at + 1)
    return best


def _z_of_two_tails(tail: float, score: float) -> float:
    if tail >= 1:
        return 0.0
    return z_of_tail(tail / 2) if tail > 0 else max(score, _CERTAIN_Z)


def _rarest(cv: Metrics | None) -> float | None:
    if cv is None:
        return None
    counts = class_counts(cv) or tuple(cv.class_rows.values())
    return min(counts) if counts else None


def _auc_variance(cv: Metrics | None, folds: FoldValues) -> float | None:
    counts = None if cv is None else class_counts(cv)
    if counts is None:
        return None
    p, n = (count / folds.count for count in counts)
    return hanley_mcneil(mean(folds.values), p, n) or None
