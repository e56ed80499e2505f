"""Folds: how far they spread, and whether by more than chance."""

import math
from statistics import fmean

from msgspec import Struct

from h2o_forensics.model.training import Metrics, Model
from h2o_forensics.training.auc import LEAST_OF_A_CLASS, class_counts, hanley_mcneil
from h2o_forensics.training.distributions import chi2_sf, normal_sf, t_sf, z_of_tail
from h2o_forensics.training.fold_values import FoldValues, fold_values, sample_sd
from h2o_forensics.training.variance import count_scale, own_variance, rows_of

ODD_P = 0.001
WIDE_SPREAD = 0.2
LEAST_SD = 0.03
LEAST_SD_OF_GROUPS = 0.08
"""AUC: spread below this is no finding, however large the data; groups differ by their nature."""
ROW_SPREAD = {"mae": 1.2, "rmse": 1.2, "mse": 2.4, "logloss": 1.5}
"""Metric -> sd over mean of a row's part in it: that of noise with Student's t of 3 degrees of
freedom or so, since the metadata holds no losses of rows (normal noise: mae 0.76, mse 1.41)."""
METRICS = ("auc", "mean_per_class_error", "mae", "rmse", "mse", "logloss")
_CERTAIN_Z = 8.0
_LEAST_FOR_T = 3


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
    """Chance of so much spread, chi-square; None: the metric's own variance is unknown."""
    outlier_z: float | None
    """The fold furthest from the rest, as a normal z after correction for having looked at all."""
    outlier_fold: int | None
    """From 1."""
    positives_per_fold: float | None
    """Of the rarer class; None: unknown."""
    too_few: bool
    """Fewer than five of a class in a fold: spread says little."""
    unstable: bool
    """p < 0.001, not too few, and an effect: AUC sd >= 0.03 (folds that are groups: 0.08), other
    metrics sd / mean > 0.2."""


def fold_spread(model: Model, metric: str | None = None) -> FoldSpread | None:
    """Spread over folds of `metric` (None: AUC, else the first of `METRICS` the model has).

    X = (k - 1) s^2 / V against chi-square(k - 1): more than chance means that the folds are
    different populations.  V, the variance of one fold, is Hanley and McNeil's at the mean AUC with
    P / k and N / k; for mean per class error the worst binomial; for losses `ROW_SPREAD`.  Assumes
    folds of about one size and one prevalence, independent rows.
    """
    names = METRICS if metric is None else (metric,)
    found = ((name, fold_values(model.folds, name)) for name in names)
    name, folds = next(((n, f) for n, f in found if f is not None), ("", None))
    if folds is None:
        return None
    cv = next((m for m in model.metrics if m.of == "cross_validation"), None)
    rarest = _rarest(cv)
    per_fold = None if rarest is None else rarest / folds.count
    variance = None if cv is None else _variance(name, cv, folds)
    p = None
    if variance:
        p = chi2_sf((folds.count - 1) * folds.sd**2 / variance, folds.count - 1)
    z, at = outlying_fold(folds, variance if name == "auc" else None)
    middle = fmean(folds.values)
    spread = folds.sd / abs(middle) if middle else None
    too_few = per_fold is not None and per_fold < LEAST_OF_A_CLASS
    least = LEAST_SD_OF_GROUPS if model.params.get("fold_column") else LEAST_SD
    wide = folds.sd >= least if name == "auc" else spread is not None and spread > WIDE_SPREAD
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
        unstable=not too_few and wide and p is not None and p < ODD_P,
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
        scale = math.sqrt(variance) if variance else sample_sd(others)
        if not scale:
            continue
        score = (value - fmean(others)) / (scale * math.sqrt(1 + 1 / (k - 1)))
        tail = 2 * (normal_sf(abs(score)) if variance else t_sf(abs(score), k - 2))
        z = _z_of_two_tails(min(1.0, tail * k), abs(score))
        if best[0] is None or z > abs(best[0]):
            best = (math.copysign(z, score) if z else 0.0, at + 1)
    return best


def _z_of_two_tails(tail: float, score: float) -> float:
    if tail >= 1:
        return 0.0
    return z_of_tail(tail / 2) if tail > 0 else max(score, _CERTAIN_Z)


def _rarest(cv: Metrics | None) -> float | None:
    if cv is None:
        return None
    counts = class_counts(cv) or tuple(cv.class_rows.values())
    return min(counts) * count_scale(cv) if counts else None


def _variance(metric: str, cv: Metrics, folds: FoldValues) -> float | None:
    """Variance of one fold's value by chance; None: unknown."""
    if metric == "auc":
        counts = class_counts(cv)
        if counts is None:
            return None
        p, n = (count * count_scale(cv) / folds.count for count in counts)
        return hanley_mcneil(fmean(folds.values), p, n) or None
    rows = rows_of(cv)
    if metric in ROW_SPREAD and rows:
        return (ROW_SPREAD[metric] * fmean(folds.values)) ** 2 * folds.count / rows or None
    own = own_variance(cv, metric)
    return None if own is None else own * folds.count
