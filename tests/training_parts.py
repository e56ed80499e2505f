"""Models and metrics for tests of the statistics: what matters is given, the rest is empty."""

import math
from collections.abc import Mapping, Sequence
from statistics import mean, stdev

from h2o_forensics.model.training import FoldMetric, Metrics, Model, Scalar, Scores


def metrics(
    of: str = "test",
    category: str = "Binomial",
    *,
    counts: Sequence[float] = (),
    scores: Scores | None = None,
    nobs: float | None = None,
    frame_checksum: int | None = None,
    **values: float,
) -> Metrics:
    """Counts: rows per class, in domain order (negatives first)."""
    names = {str(i): float(count) for i, count in enumerate(counts)}
    rows = nobs if nobs is not None else (sum(counts) or None)
    return Metrics(
        of, "m", 1, of, frame_checksum, category, rows, values, class_rows=names, scores=scores
    )


def fold_metric(metric: str, values: Sequence[float | None]) -> FoldMetric:
    known = [v for v in values if v is not None and math.isfinite(v)]
    return FoldMetric(metric, mean(known), stdev(known) if len(known) > 1 else None, tuple(values))


def model(
    *parts: Metrics,
    folds: Mapping[str, Sequence[float | None]] | None = None,
    algo: str = "gbm",
    **params: Scalar,
) -> Model:
    return Model(
        id="m",
        algo=algo,
        algo_name=None,
        category=parts[0].category if parts else None,
        h2o_version=None,
        response="y",
        columns=(),
        column_types={},
        cardinality={},
        params=params,
        given={},
        checksum=1,
        metrics=parts,
        folds=tuple(fold_metric(name, values) for name, values in (folds or {}).items()),
    )
