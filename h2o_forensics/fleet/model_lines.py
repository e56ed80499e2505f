"""Models of a family over time: do they get worse?"""

from collections.abc import Iterable

import polars as pl

from h2o_forensics.fleet.seen import Seen
from h2o_forensics.fleet.series import Line, lines

_HIGHER_IS_BETTER = frozenset(
    {"auc", "pr_auc", "aucpr", "prauc", "r2", "gini", "f1", "f2", "f0point5", "accuracy", "mcc"}
    | {"recall", "precision", "specificity", "lift_top_group", "min_per_class_accuracy"}
)
_LOWER_IS_BETTER = frozenset(
    {"logloss", "rmse", "mse", "mae", "rmsle", "mean_residual_deviance", "residual_deviance"}
    | {"mean_per_class_error", "err", "error", "aic", "classification_error", "loglikelihood_error"}
    | {"custom_metric_error", "deviance", "anomaly_error", "reconstruction_error"}
)


def model_lines(seen: Seen) -> Iterable[Line]:
    """Per family and metric: the median of a run's models, of test rows, else cross-validated.

    Test and cross-validated figures are never mixed in one series: a family gets one of each.
    The median, because the best of many models is better the more there are.
    """
    rows = (
        seen.rows("models", "family", "metric", "test", "cross_validation")
        .filter(pl.col("family").is_not_null() & pl.col("metric").is_not_null())
        .unpivot(["test", "cross_validation"], index=["i", "family", "metric"], variable_name="of")
        .drop_nulls("value")
        .filter(pl.col("value").is_finite())
        .group_by("family", "metric", "of", "i")
        .agg(pl.col("value").median())
    )
    for (metric, of), part in sorted(rows.group_by("metric", "of"), key=lambda item: item[0]):
        told = "test" if of == "test" else "cross-validated"
        named = part.select(pl.format(f"{{}} ({told})", "family").alias("name"), "i", "value")
        unit = str(metric)
        yield from lines(seen, named, "model_metric", unit, worse_up=_worse_up(unit))


def _worse_up(metric: str) -> bool | None:
    name = metric.lower().replace(" ", "_")
    if name in _HIGHER_IS_BETTER:
        return False
    return True if name in _LOWER_IS_BETTER else None
