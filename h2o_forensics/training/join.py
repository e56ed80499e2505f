"""Which metrics test which model: joined by the model's name and checksum, never guessed.

A `ModelMetrics` document is a test of the model it names, unless both state a checksum and these
differ: then it is of another training with the same name.  Metrics of the validation frame count
as a test where that frame steered nothing.  With folds, GBM, DRF, XGBoost and Deep Learning train
their main model without early stopping and without going back to the best state: H2O sets
`_stopping_rounds` to 0 before it (h2o-3: `cv_computeAndSetOptimalParameters` of SharedTree,
XGBoost, DeepLearning), grids and leaderboards are sorted by cross-validation, and AutoML calls a
validation frame next to folds "purely informative" (AutoML.java).  Without folds there is no
cross-validation to compare with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from h2o_forensics.model.training import Frame, Metrics, Model, Saved

_LEVEL_ONE = "levelone_training_"
"""What StackedEnsemble names the frame of its base models' predictions."""
_FOLD_MODEL = re.compile(r"_cv_[1-9][0-9]*$")
_STOPPED_BY_FOLDS = frozenset({"gbm", "drf", "xgboost", "deeplearning"})
_NO_CHECKSUM = frozenset({None, 0, -1})
"""0 and -1 stand for none: metrics of imported models have them."""


class Joined(Struct, frozen=True):
    """A model with the rows it was tested on."""

    model: Model
    tests: tuple[tuple[str, Metrics], ...] = ()
    """(metrics | validation, the metrics), one per test frame, in order of the frame's name."""
    of_training: Metrics | None = None
    """Offered as a test, but computed on the training frame; only where there is no other test."""
    refused: tuple[Metrics, ...] = ()
    """Of another training with this model's name."""
    steered: bool = False
    """There are validation metrics, and their frame had a part in the training."""


class Known(Struct, frozen=True):
    """What joining needs of a case, looked up often."""

    tests: Mapping[str, tuple[Metrics, ...]]
    selecting: frozenset[str]
    """Frames that leaderboards were sorted by."""


def known(saved: Saved) -> Known:
    """Put together what joining needs."""
    tests: dict[str, list[Metrics]] = {}
    for metrics in saved.metrics:
        if metrics.model:
            tests.setdefault(metrics.model, []).append(metrics)
    frames = [run.leaderboard_frame for run in saved.automl]
    frames += [board.frame for board in saved.leaderboards]
    return Known(
        {name: tuple(found) for name, found in tests.items()},
        frozenset(name for name in frames if name),
    )


def models_to_judge(saved: Saved) -> tuple[Model, ...]:
    """Each model once, its fullest document; without the models of folds.

    Two documents of one name are one model, unless both state a checksum and these differ.
    """
    chosen: dict[str, list[Model]] = {}
    for model in saved.models:
        if not model.id or _FOLD_MODEL.search(model.id) or _is_metalearner(model):
            continue
        same = chosen.setdefault(model.id, [])
        at = next((i for i, one in enumerate(same) if _agree(one.checksum, model.checksum)), None)
        if at is None:
            same.append(model)
        elif _fullness(model) > _fullness(same[at]):
            same[at] = model
    kept = {id(model) for models in chosen.values() for model in models}
    return tuple(model for model in saved.models if id(model) in kept)


def _is_metalearner(model: Model) -> bool:
    """Part of a stacked ensemble: its rows are predictions, its tests those of the ensemble."""
    return (training_frame(model)[0] or "").startswith(_LEVEL_ONE)


def join(case: Known, model: Model) -> Joined:
    """Find the tests of a model.

    Args:
        case: from `known`.
        model: one of `models_to_judge`.
    """
    tests: dict[object, tuple[str, Metrics]] = {}
    refused, of_training = [], []
    validation = metrics_of(model, "validation")
    steered = validation is not None and _steers(model, validation, case)
    if validation is not None and not steered and not is_training(model, validation):
        tests[_rows_of(validation)] = ("validation", validation)
    for metrics in sorted(case.tests.get(model.id, ()), key=_age):
        if not _agree(metrics.model_checksum, model.checksum):
            refused.append(metrics)
        elif is_training(model, metrics):
            if not _is_own(model, metrics):
                of_training.append(metrics)
        elif validation is None or not steered or not _same_rows(metrics, validation):
            origin = "metrics" if not _is_own(model, metrics) else "validation"
            tests[_rows_of(metrics)] = (origin, metrics)
    ordered = sorted(tests.values(), key=lambda one: (one[1].frame or "", one[1].source.pointer))
    return Joined(
        model=model,
        tests=tuple(ordered),
        of_training=of_training[-1] if of_training and not ordered else None,
        refused=tuple(refused),
        steered=steered,
    )


def metrics_of(model: Model, of: str) -> Metrics | None:
    """The model's own training, validation or cross_validation metrics."""
    return next((metrics for metrics in model.metrics if metrics.of == of), None)


def has_folds(model: Model) -> bool:
    """Whether it was cross-validated, by its parameters or by what it holds."""
    folds = model.params.get("nfolds")
    if isinstance(folds, int | float) and folds > 1:
        return True
    return (
        bool(model.params.get("fold_column")) or metrics_of(model, "cross_validation") is not None
    )


def training_frame(model: Model) -> tuple[str | None, frozenset[int]]:
    """The training frame's name, and the checksums that are known of it."""
    name = model.params.get("training_frame")
    stated = [one for one in model.frames if one.role == "training_frame"]
    own = [metrics_of(model, of) for of in ("training", "cross_validation")]
    names = [name if isinstance(name, str) else None, *(one.name for one in stated)]
    names += [one.frame for one in own if one is not None]
    checksums = {one.checksum for one in stated} | {one.frame_checksum for one in own if one}
    return (
        next((one for one in names if one), None),
        frozenset(one for one in checksums if one is not None and one not in _NO_CHECKSUM),
    )


def is_training(model: Model, metrics: Metrics) -> bool:
    """Whether the metrics are of the frame that the model was trained with."""
    name, checksums = training_frame(model)
    if checksums and metrics.frame_checksum not in _NO_CHECKSUM:
        return metrics.frame_checksum in checksums
    return name is not None and metrics.frame == name


def find_frame(
    frames: Iterable[Frame], name: str | None, checksums: Iterable[int | None]
) -> Frame | None:
    """A frame's summary: by its checksum, else by its name; only one that lists columns.

    One of the name whose checksum is another counts where none has the right one: the frame has
    changed since, and its columns are still the nearest that is known.
    """
    listed = [frame for frame in frames if frame.columns]
    wanted = {checksum for checksum in checksums if checksum not in _NO_CHECKSUM}
    by_sum = next((frame for frame in listed if frame.checksum in wanted), None)
    if by_sum is not None:
        return by_sum
    # One whose checksum is another is another frame, or an older one, of the same name.
    open_ones = [frame for frame in listed if not wanted or frame.checksum in _NO_CHECKSUM]
    return next((frame for frame in open_ones if name is not None and frame.id == name), None)


def _agree(one: int | None, other: int | None) -> bool:
    return one == other or one in _NO_CHECKSUM or other in _NO_CHECKSUM


def _fullness(model: Model) -> tuple[int, ...]:
    scores = sum(metrics.scores is not None for metrics in model.metrics)
    parts = (model.folds, model.importances, model.history, model.params)
    return (model.whole, len(model.metrics), scores, sum(map(bool, parts)), model.kind == "json")


def _steers(model: Model, validation: Metrics, case: Known) -> bool:
    """Whether the validation frame had a part in what the model became."""
    if validation.frame in case.selecting:
        return True
    folds = has_folds(model)
    if folds and model.algo in _STOPPED_BY_FOLDS:
        return False
    if model.algo == "deeplearning" and model.params.get("overwrite_with_best_model") is not False:
        return True
    if model.params.get("lambda_search") is True and not folds:
        return True
    rounds = [params.get("stopping_rounds") for params in (model.params, model.given)]
    return any(isinstance(n, int | float) and n > 0 for n in rounds)


def _is_own(model: Model, metrics: Metrics) -> bool:
    """Metrics that the training itself computed, listed once more (`GET /3/ModelMetrics`)."""
    mine = [one for one in model.metrics if _same_rows(one, metrics)]
    if metrics.scored_at is None:
        return any(one.values == metrics.values for one in mine)
    if model.ended is not None and metrics.scored_at <= model.ended:
        return True
    return any(one.scored_at == metrics.scored_at for one in mine)


def _rows_of(metrics: Metrics) -> object:
    if metrics.frame_checksum not in _NO_CHECKSUM:
        return metrics.frame_checksum
    return metrics.frame


def _same_rows(one: Metrics, other: Metrics) -> bool:
    return _rows_of(one) == _rows_of(other) or (
        one.frame == other.frame and _agree(one.frame_checksum, other.frame_checksum)
    )


def _age(metrics: Metrics) -> tuple[int, str, str]:
    return (metrics.scored_at or 0, metrics.source.path, metrics.source.pointer)
