"""Sentences on a model whose numbers do not fit each other."""

from collections.abc import Iterator, Sequence

from h2o_forensics.model.training import Leaderboard, Model
from h2o_forensics.report import training_words as words
from h2o_forensics.report.training_shape import IntervalItem

_RANKING = frozenset({"auc", "pr_auc"})
_METRICS = {
    "auc": "auc",
    "logloss": "logloss",
    "aucpr": "pr_auc",
    "mean_per_class_error": "mean_per_class_error",
    "rmse": "rmse",
    "mse": "mse",
    "mae": "mae",
}
"""What H2O's leaderboards call a metric."""
_NOT_ALIKE = 0.001
"""Part of a metric by which two values of one model may differ for rounding."""


def listed(boards: Sequence[Leaderboard]) -> dict[str, list[tuple[str, str, float]]]:
    """By model: leaderboard, metric and value of every cross-validation that H2O ranked."""
    found: dict[str, list[tuple[str, str, float]]] = {}
    for board in boards:
        if board.frame is not None or "model_id" not in board.columns:
            continue
        at = board.columns.index("model_id")
        for row in board.rows:
            for name, cell in zip(board.columns, row, strict=False):
                if name in _METRICS and isinstance(cell, float) and at < len(row):
                    found.setdefault(str(row[at]), []).append((board.id, _METRICS[name], cell))
    return found


def unlike(model: Model, listed: Sequence[tuple[str, str, float]]) -> Iterator[str]:
    """Where H2O's leaderboard has another value for a model of this name."""
    own = next((one.values for one in model.metrics if one.of == "cross_validation"), {})
    for board, metric, cell in listed:
        value = own.get(metric)
        if value is not None and abs(value - cell) > _NOT_ALIKE * max(abs(value), abs(cell)):
            theirs = f"{words.metric_name(metric)} {words.value(cell)}"
            yield (
                f"H2O's leaderboard {board} has {theirs} for a model of this name, its own "
                f"document {words.value(value)}: another run, or another cross-validation."
            )
            return


def outside(model: Model, metric: str | None, cv: IntervalItem | None) -> Iterator[str]:
    """A sentence where the cross-validation lies beyond all of its own folds."""
    row = next((one for one in model.folds if one.metric == metric), None)
    values = [one for one in row.values if one is not None] if row else []
    if cv is None or len(values) < 2 or min(values) <= cv.value <= max(values):  # noqa: PLR2004
        return
    way = "below" if cv.value < min(values) else "above"
    lead = f"The cross-validation is pooled over all held-out rows. It lies {way} every fold"
    if metric in _RANKING and way == "below":
        yield (
            f"{lead} because the fold models' scores are not on one scale; ranking within a fold "
            "is better."
        )
    else:
        yield f"{lead}: the folds are not alike in their rows."
