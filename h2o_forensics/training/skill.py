"""Did the model learn anything, and did it go on for too long?"""

import math
from statistics import median

from msgspec import Struct

from h2o_forensics.model.training import History, Metrics, Model, Scalar
from h2o_forensics.training.auc import class_counts

LOSSES = (
    "validation_logloss",
    "validation_deviance",
    "validation_mean_residual_deviance",
    "validation_rmse",
    "validation_mae",
)
STEPS = ("number_of_trees", "iterations", "iteration", "epochs")
_LEAST_STEPS = 3


class HistoryRise(Struct, frozen=True):
    """How far the validation loss rose after its least."""

    rise: float
    """Median over folds of (last - least) / least."""
    best_step: float
    """Median step of the least: trees, iterations or epochs; else the number of the entry."""
    last_step: float
    metric: str
    folds: int
    """0: the main model's own validation frame."""


def entropy(metrics: Metrics) -> float | None:
    """Logloss of a model that only knows the class shares (nats); None where they are unknown."""
    counts = class_counts(metrics) or tuple(metrics.class_rows.values())
    rows = sum(counts)
    if rows <= 0:
        return None
    return -sum(c / rows * math.log(c / rows) for c in counts if c > 0)


def skill(metrics: Metrics) -> float | None:
    """1 - logloss / entropy of the class shares; regression: R2.  Below 0: worse than a constant.

    Of cross-validation it tells overfitting from mere optimism: deep trees always have a gap
    between training and cross-validation.
    """
    chance, loss = entropy(metrics), metrics.values.get("logloss")
    if loss is not None and chance is not None:
        return 1 - loss / chance if chance > 0 else None
    return metrics.values.get("r2") if metrics.category == "Regression" else None


def history_rise(model: Model) -> HistoryRise | None:
    """Rise of the validation loss over the folds' histories, else over the main model's.

    None without a validation loss of at least three steps (H2O 3.30 keeps no fold histories).
    """
    of_folds = [h for h in model.history if h.fold is not None]
    histories = [r for h in of_folds if (r := _rise(h)) is not None]
    folds = len(histories)
    if not histories:
        histories = [r for h in model.history if h.fold is None and (r := _rise(h)) is not None]
    if not histories:
        return None
    return HistoryRise(
        rise=median(h.rise for h in histories),
        best_step=median(h.best_step for h in histories),
        last_step=median(h.last_step for h in histories),
        metric=histories[0].metric,
        folds=folds,
    )


def _rise(history: History) -> HistoryRise | None:
    for metric in LOSSES:
        column = history.columns.get(metric, ())
        points = [(i, n) for i, v in enumerate(column) if (n := _number(v)) is not None]
        if len(points) < _LEAST_STEPS:
            continue
        at, least = min(points, key=lambda point: point[1])
        end, last = points[-1]
        if least <= 0:
            continue
        return HistoryRise(
            rise=(last - least) / least,
            best_step=_step(history, at),
            last_step=_step(history, end),
            metric=metric,
            folds=0,
        )
    return None


def _step(history: History, at: int) -> float:
    for name in STEPS:
        column = history.columns.get(name, ())
        if at < len(column) and (step := _number(column[at])) is not None:
            return step
    return float(at)


def _number(value: Scalar) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
