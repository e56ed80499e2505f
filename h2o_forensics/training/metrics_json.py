"""Metrics objects: a model on one set of rows; inside a model, a grid, or on their own."""

from __future__ import annotations

from array import array
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from h2o_forensics.model.training import FoldMetric, Metrics, Scores, Source
from h2o_forensics.training.cells import listing, mapping, named, number, text, whole
from h2o_forensics.training.two_dim import column_names, columns_of, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

METRIC_NAMES = 200
CLASSES = 1_000
BINS = 5_000
"""H2O writes at most 400 thresholds."""
SUMMARY_ROWS = 200
FOLDS = 1_000

_NO_METRICS = frozenset({
    "nobs", "model_checksum", "frame_checksum", "scoring_time", "custom_metric_value",
    "schema_version", "default_threshold",
})  # fmt: skip
_TODAY = {"aucpr": "pr_auc"}
"""3.30's names of metrics, and today's."""
_LEFT_OVER = 1e-9


def read_metrics(value: object, of: str, pointer: str) -> Metrics | None:
    """One metrics object; None where it is none.

    Args:
        value: the decoded object.
        of: training | validation | cross_validation | test.
        pointer: where it stands in the document.
    """
    found = mapping(value)
    if not found:
        return None
    values = _values(found)
    table = mapping(found.get("cm")).get("table", found.get("cm"))
    class_rows, error = read_confusion(table)
    if error is not None:
        values.setdefault("error", error)
    scores = read_scores(found.get("thresholds_and_metric_scores"))
    return Metrics(
        of=of,
        model=named(found.get("model")),
        model_checksum=whole(found.get("model_checksum")),
        frame=named(found.get("frame")),
        frame_checksum=whole(found.get("frame_checksum")),
        category=text(found.get("model_category")),
        nobs=number(found.get("nobs")) or None,  # 0: of algorithms that do not count
        values=values,
        class_rows=class_rows or _binomial_rows(found, scores),
        scores=scores,
        scored_at=whole(found.get("scoring_time")),
        source=Source(pointer=pointer),
    )


def today(metric: str) -> str:
    """A metric's name as today's versions spell it."""
    return _TODAY.get(metric, metric)


def _values(found: Mapping[str, object]) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, value in islice(found.items(), METRIC_NAMES):
        if name in _NO_METRICS:
            continue
        measured = number(value)
        if measured is not None:
            values[today(name.lower())] = measured
    custom = text(found.get("custom_metric_name"))
    measured = number(found.get("custom_metric_value"))
    if custom is not None and measured is not None:
        values.setdefault(custom, measured)
    return values


def read_confusion(table: object) -> tuple[dict[str, float], float | None]:
    """Actual rows per class, and the share of wrong rows.

    A column per predicted class, then `Error` and `Rate`; a row per actual class, then the totals.
    """
    columns = columns_of(table, CLASSES + 4)
    columns.pop("", None)
    errors = columns.get("Error")
    names = list(columns)
    if errors is None or not 0 < names.index("Error") <= CLASSES:
        return {}, None
    names = names[: names.index("Error")]
    predicted = [numbers(columns[name], len(names)) for name in names]
    if any(len(cells) < len(names) or None in cells for cells in predicted):
        return {}, None
    rows = {name: sum(cells[row] or 0.0 for cells in predicted) for row, name in enumerate(names)}
    return rows, number(errors[len(names)]) if len(errors) == len(names) + 1 else None


def read_scores(table: object) -> Scores | None:
    """The histogram of scores: differences of neighbouring rows of the cumulative counts."""
    columns = columns_of(table)
    wanted = [columns.get(name, ()) for name in ("threshold", "tps", "fps")]
    count = len(wanted[0])
    stated = whole(mapping(table).get("rowcount"))
    if not 0 < count <= BINS or stated not in {None, count}:
        return None  # cut: its last row would not be the total
    if any(len(cells) != count for cells in wanted):
        return None
    thresholds, tps, fps = (_complete(cells, count) for cells in wanted)
    if thresholds is None or tps is None or fps is None:
        return None
    if any(later > earlier for earlier, later in pairwise(thresholds)):
        return None
    positives, negatives = _differences(tps), _differences(fps)
    if positives is None or negatives is None:
        return None
    return Scores(array("d", thresholds), array("d", positives), array("d", negatives))


def read_folds(table: object) -> tuple[FoldMetric, ...]:
    """The cross-validation summary: a row per metric; columns mean, sd, then one per fold."""
    columns = columns_of(table, FOLDS + 3)
    names = columns.get("", ())
    folds = [columns.get(name, ()) for name in column_names(table, FOLDS + 3) if _is_fold(name)]
    found = []
    for row, name in enumerate(islice(names, SUMMARY_ROWS)):
        metric = text(name)
        if metric is not None:
            found.append(
                FoldMetric(
                    metric=today(metric),
                    mean=_at(columns.get("mean", ()), row),
                    sd=_at(columns.get("sd", ()), row),
                    values=tuple(_at(cells, row) for cells in folds),
                )
            )
    return tuple(found)


def _is_fold(column: str) -> bool:
    return column.startswith("cv_") and column.endswith("_valid")


def _at(cells: Sequence[object], row: int) -> float | None:
    return number(cells[row]) if row < len(cells) else None


def _complete(cells: Sequence[object], count: int) -> tuple[float, ...] | None:
    found = numbers(cells, count)
    return None if None in found else tuple(value for value in found if value is not None)


def _differences(cumulative: tuple[float, ...]) -> tuple[float, ...] | None:
    """What each row adds; None where the counts fall, so were no cumulative counts."""
    steps = [cumulative[0], *(later - earlier for earlier, later in pairwise(cumulative))]
    slack = _LEFT_OVER * max(1.0, abs(cumulative[-1]))  # weighted counts are sums of fractions
    if min(steps) < -slack:
        return None
    return tuple(max(step, 0.0) for step in steps)


def _binomial_rows(found: Mapping[str, object], scores: Scores | None) -> dict[str, float]:
    """Rows per class by the histogram, where there is no confusion matrix."""
    domain = [text(level) for level in listing(found.get("domain"))[:3]]
    if scores is None or len(domain) != 2 or None in domain:  # noqa: PLR2004 - binomial
        return {}
    negative, positive = domain
    return {str(negative): sum(scores.negatives), str(positive): sum(scores.positives)}
