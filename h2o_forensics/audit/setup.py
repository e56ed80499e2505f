"""How the models of a case were validated, as far as rows of a file can be held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.training import Model, TrainingEvidence

MOST_SETUPS = 3
_FIT = 0.5
"""Share of a model's columns a file has to have to be its data."""


class Setup(Struct, frozen=True):
    """What is known of the validation; without a model, nothing but the columns of the file."""

    model: str | None
    models: int
    """Models validated like this one."""
    response: str | None
    classes: bool | None
    """Whether the response is of classes; None: unknown."""
    predictors: tuple[str, ...]
    other: frozenset[str]
    """Columns with another part: weights, offset."""
    nfolds: int
    assignment: str | None
    fold_column: str | None
    train_rows: int | None


def setups_of(training: TrainingEvidence, names: Sequence[str]) -> tuple[Setup, ...]:
    """The ways in which models that fit the file's columns were validated, the first ones."""
    known = frozenset(names)
    groups: dict[tuple[object, ...], list[Model]] = {}
    for model in training.saved.models:
        if model.base_models or not _fits(model, known):
            continue
        groups.setdefault(_key(model, known), []).append(model)
    found = [_setup(models, names) for models in groups.values()]
    return tuple(found[:MOST_SETUPS]) or (_nothing_known(names),)


def _fits(model: Model, known: frozenset[str]) -> bool:
    if model.response is None or model.response not in known:
        return False
    return sum(name in known for name in model.columns) >= _FIT * len(model.columns)


def _key(model: Model, known: frozenset[str]) -> tuple[object, ...]:
    params = model.params
    used = frozenset(name for name in model.columns if name in known)
    folds = (_number(params.get("nfolds")), params.get("fold_assignment"))
    return (model.response, used, folds, params.get("fold_column"))


def _setup(models: Sequence[Model], names: Sequence[str]) -> Setup:
    first = models[0]
    params = first.params
    known = frozenset(names)
    others = (params.get(name) for name in ("weights_column", "offset_column"))
    column = params.get("fold_column")
    used = tuple(name for name in first.columns if name in known)
    response = first.response
    excepted = {response, column}
    return Setup(
        model=first.id,
        models=len(models),
        response=response,
        classes=None if first.category is None else first.category != "Regression",
        predictors=used or tuple(name for name in names if name not in excepted),
        other=frozenset(str(name) for name in others if name),
        nfolds=_number(params.get("nfolds")),
        assignment=str(params["fold_assignment"]) if params.get("fold_assignment") else None,
        fold_column=str(column) if column else None,
        train_rows=train_rows(first),
    )


def train_rows(model: Model) -> int | None:
    """Rows of the training frame; None: nothing tells."""
    for frame in model.frames:
        if frame.role == "training_frame" and frame.espc:
            return frame.espc[-1]
    for part in ("cross_validation", "training"):
        for metrics in model.metrics:
            if metrics.of == part and metrics.nobs:
                return int(metrics.nobs)
    return None


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _nothing_known(names: Sequence[str]) -> Setup:
    return Setup(
        model=None, models=0, response=None, classes=None, predictors=tuple(names),
        other=frozenset(), nfolds=0, assignment=None, fold_column=None, train_rows=None,
    )  # fmt: skip
