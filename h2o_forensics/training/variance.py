"""Sampling variance of one metric of one part, from what the saved metrics hold.

All assume independent rows.  References: auc.py; Boyd, Eng & Page, ECML PKDD 2013 (PR-AUC: the
variance of a proportion of the positives).
"""

import math
from statistics import fmean

from msgspec import Struct

from h2o_forensics.model.training import FoldMetric, Metrics, Scores
from h2o_forensics.training.auc import class_counts, hanley_mcneil, nadeau_bengio, table_auc
from h2o_forensics.training.fold_values import FoldValues, fold_values

REBUILT_WITHIN = 0.02
"""The table of scores stands for the rows while its logloss is this close to the reported one."""
_EXACT = 1e-6
FOLD_NAMES = {"error": ("err", "error"), "auc": ("auc",), "pr_auc": ("pr_auc", "aucpr")}


class TableLogloss(Struct, frozen=True):
    """Logloss rebuilt from a table of scores."""

    logloss: float
    variance: float
    """Of the mean."""


def count_scale(metrics: Metrics) -> float:
    """Rows per unit of the class counts: below 1 where counts are sums of weights.

    H2O's `nobs` counts rows, its tables sum weights.  Never above 1: small weights do not make
    more rows, and rows of weight 0 are none.
    """
    counts = class_counts(metrics) or tuple(metrics.class_rows.values())
    total = sum(counts)
    if not metrics.nobs or total <= 0:
        return 1.0
    return min(1.0, metrics.nobs / total)


def rows_of(metrics: Metrics) -> float | None:
    """Rows behind a metrics object; None: unknown."""
    if metrics.nobs:
        return metrics.nobs
    counts = class_counts(metrics) or tuple(metrics.class_rows.values())
    return sum(counts) or None


def own_variance(metrics: Metrics, metric: str) -> float | None:
    """Variance of `metric` from the part's own counts and table; None: they do not tell it."""
    value = metrics.values.get(metric)
    if value is None:
        return None
    if metric == "error":
        return _proportion(value, rows_of(metrics) or 0.0)
    if metric == "mean_per_class_error":
        return _mean_of_proportions(value, metrics)
    if metric == "logloss":
        return _of_table(value, metrics)
    return _ranking(value, metrics, metric) if metric in {"auc", "pr_auc"} else None


def _of_table(value: float, metrics: Metrics) -> float | None:
    table = None if metrics.scores is None else table_logloss(metrics.scores)
    if table is None or abs(table.logloss - value) > REBUILT_WITHIN * value:
        return None
    return table.variance / count_scale(metrics)


def _ranking(value: float, metrics: Metrics, metric: str) -> float | None:
    counts = class_counts(metrics)
    if counts is None:
        return None
    positives, negatives = (count * count_scale(metrics) for count in counts)
    if metric == "pr_auc":
        return _proportion(value, positives)
    return _auc(metrics, value, positives, negatives)


def _auc(metrics: Metrics, value: float, positives: float, negatives: float) -> float | None:
    if positives <= 0 or negatives <= 0:
        return None
    table = None if metrics.scores is None else table_auc(metrics.scores)
    known = hanley_mcneil(value, positives, negatives)
    if table is None or table.variance is None:
        return known
    return max(known, table.variance / count_scale(metrics))


def _proportion(value: float, rows: float) -> float | None:
    """Variance p (1 - p) / n; at 0 or 1 the rule of three: 3 / n is its 95 % limit, 1.645 sd."""
    if rows <= 0:
        return None
    least = (3 / max(rows, 3.0) / 1.645) ** 2 if value <= 0 or value >= 1 else 0.0
    return max(value * (1 - value) / rows, least)


def _mean_of_proportions(value: float, metrics: Metrics) -> float | None:
    """The largest variance a mean of class errors can have, whatever the single ones are.

    Sum of e (1 - e) / n over classes, divided by classes^2, is greatest under mean e = `value` at
    e = (1 - l n) / 2, cut to 0..1, for the l that gives the mean (Lagrange).
    """
    rows = [n * count_scale(metrics) for n in metrics.class_rows.values()]
    if not rows or min(rows) <= 0:
        return None
    low, high = -1 / min(rows), 1 / min(rows)
    for _ in range(100):
        middle = (low + high) / 2
        if fmean(_worst(middle, rows)) > value:
            low = middle
        else:
            high = middle
    total = sum(_proportion(e, n) or 0.0 for e, n in zip(_worst(high, rows), rows, strict=True))
    return total / len(rows) ** 2


def _worst(pull: float, rows: list[float]) -> list[float]:
    return [min(1.0, max(0.0, (1 - pull * n) / 2)) for n in rows]


def table_logloss(scores: Scores) -> TableLogloss | None:
    """Logloss and the variance of its mean, every row at its bin's threshold; None without rows."""
    rows = sum(scores.positives) + sum(scores.negatives)
    if rows <= 1:
        return None
    total = squares = 0.0
    for t, p, n in zip(scores.thresholds, scores.positives, scores.negatives, strict=True):
        score = min(max(t, 1e-15), 1 - 1e-15)
        hit, miss = -math.log(score), -math.log1p(-score)
        total += p * hit + n * miss
        squares += p * hit * hit + n * miss * miss
    loss = total / rows
    return TableLogloss(loss, max(0.0, squares / rows - loss * loss) / (rows - 1))


def spread_of(folds: tuple[FoldMetric, ...], metric: str) -> FoldValues | None:
    """Fold values of one of our metrics; mse from rmse where H2O gives only that."""
    names = FOLD_NAMES.get(metric, (metric,))
    found = next((f for name in names if (f := fold_values(folds, name)) is not None), None)
    if found is None and metric == "mse" and (roots := fold_values(folds, "rmse")) is not None:
        squares = FoldMetric("mse", None, None, tuple(v * v for v in roots.values))
        found = fold_values((squares,), "mse")
    if found is None:
        return None
    # H2O states seven digits: folds that agree to all of them still differ by as much.
    least = _EXACT * abs(fmean(found.values))
    return FoldValues(found.values, max(found.sd, least))


def fold_variance(folds: FoldValues | None) -> float | None:
    """Nadeau and Bengio's variance of the cross-validated metric."""
    return None if folds is None else nadeau_bengio(folds.sd, folds.count)
