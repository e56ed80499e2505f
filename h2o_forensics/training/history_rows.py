"""Rows of the table scoring_history: histories thinned evenly, so that many models fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from h2o_forensics.training.skill import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from h2o_forensics.model.training import History, Model, Scalar

Row = dict[str, object]
MAX_STEPS = 200
"""Of one history; the first and the last are always among those kept."""
MAX_ROWS = 100_000
"""Of a case: half for main models, half for folds."""
_LEAST_STEPS = 5
"""With fewer a curve says nothing; then the history is left out."""
_TEXTS = frozenset({"timestamp", "duration", *STEPS})


def history_rows(models: Sequence[Model]) -> list[Row]:
    """One row per model, fold, step and metric; `step` is the entry's number, from 0."""
    main = _steps(models, of_folds=False)
    folds = _steps(models, of_folds=True)
    return [
        row
        for model in models
        for history in model.history
        for row in _rows(model, history, main if history.fold is None else folds)
    ]


def _steps(models: Iterable[Model], *, of_folds: bool) -> int:
    """How many steps of each history fit into the table."""
    columns = sum(
        len(_metrics(history))
        for model in models
        for history in model.history
        if (history.fold is not None) == of_folds
    )
    steps = min(MAX_STEPS, MAX_ROWS // 2 // max(1, columns))
    return steps if steps >= _LEAST_STEPS else 0


def _metrics(history: History) -> list[str]:
    return [name for name in history.columns if name not in _TEXTS]


def _rows(model: Model, history: History, steps: int) -> Iterator[Row]:
    place: Row = {
        "artifact": history.source.artifact or model.source.artifact,
        "pointer": history.source.pointer or None,
        "model": model.id,
        "fold": history.fold,
    }
    counted: Sequence[Scalar] = next(
        (history.columns[name] for name in STEPS if name in history.columns), ()
    )
    for metric in _metrics(history):
        column = history.columns[metric]
        for step in _kept(len(column), steps):
            value = _number(column[step])
            if value is not None:
                yield place | {
                    "step": step, "metric": metric, "value": value,
                    "trees": _number(counted[step]) if step < len(counted) else None,
                }  # fmt: skip


def _kept(length: int, steps: int) -> Iterable[int]:
    if length <= steps or steps <= 0:
        return range(length if steps > 0 else 0)
    return sorted({round(i * (length - 1) / (steps - 1)) for i in range(steps)})


def _number(value: Scalar) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
