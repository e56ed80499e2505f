"""95 % intervals of metrics, for display."""

import math

from h2o_forensics.model.training import FoldMetric, Interval, Metrics
from h2o_forensics.training.distributions import normal_quantile, t_quantile
from h2o_forensics.training.variance import fold_variance, own_variance, rows_of, spread_of

UPPER = 0.975
SHARES = {"auc", "pr_auc", "error", "mean_per_class_error"}
LOSSES = {"logloss", "mse", "rmse", "mae", "rmsle", "mean_residual_deviance"}


def interval(
    metrics: Metrics,
    metric: str,
    folds: tuple[FoldMetric, ...] = (),
) -> Interval:
    """A metric with its 95 % interval; KeyError where `metrics` does not have it.

    From class counts or the table of scores (normal), and for cross-validation from the folds
    where they spread more; other metrics of cross-validation from the folds alone (Student's t).
    Without `low` and `high`: training metrics, which are in-sample, and metrics whose spread
    nothing tells: the folds' is not that of a test, which may be of other rows.  `folds` are those
    of the model's cross-validation summary.
    """
    if metric == "mse" and "mse" not in metrics.values:
        value = metrics.values["rmse"] ** 2
    else:
        value = metrics.values[metric]
    if metrics.of == "training":
        return Interval(value)
    if metric == "rmse":
        return _root(value, metrics, folds)
    width = _width(metrics, metric, folds)
    if width is None:
        return Interval(value)
    return bounded(metric, Interval(value, value - width, value + width))


def _width(metrics: Metrics, metric: str, folds: tuple[FoldMetric, ...]) -> float | None:
    """Half of the interval; None: nothing tells it."""
    spread = spread_of(folds, metric)
    fold = fold_variance(spread) if metrics.of == "cross_validation" else None
    own = own_variance(metrics, metric)
    if own is not None:
        return normal_quantile(UPPER) * math.sqrt(max(own, fold or 0.0))
    if spread is None or fold is None:
        return None
    return t_quantile(UPPER, spread.count - 1) * math.sqrt(fold)


def _root(value: float, metrics: Metrics, folds: tuple[FoldMetric, ...]) -> Interval:
    """RMSE: the roots of the interval of its square."""
    square = Metrics(
        of=metrics.of,
        model=None,
        model_checksum=None,
        frame=None,
        frame_checksum=None,
        category=metrics.category,
        nobs=rows_of(metrics),
        values={"mse": value * value},
    )
    found = interval(square, "mse", folds)
    if found.low is None or found.high is None:
        return Interval(value)
    return Interval(value, math.sqrt(found.low), math.sqrt(found.high))


def bounded(metric: str, found: Interval) -> Interval:
    """An interval cut to what the metric can be."""
    if found.low is None or found.high is None:
        return found
    if metric in SHARES:
        return Interval(found.value, max(0.0, found.low), min(1.0, found.high))
    if metric in LOSSES:
        return Interval(found.value, max(0.0, found.low), found.high)
    return Interval(found.value, found.low, min(1.0, found.high) if metric == "r2" else found.high)
