"""Signs of two leaks that are built in: stacked ensembles and target encodings.

H2O warns when base models were validated differently: "Base models are inconsistent: they use
different fold_assignments. This can lead to data leakage." (StackedEnsemble.java; the same of
nfolds, fold_columns, and seeds of random folds).  A saved model does not always hold the warning,
so it is computed again where the base models are in the evidence.  A blending frame that is a base
model's training frame shows the metalearner predictions of rows the base models were fitted to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.training.columns import is_encoded_target
from h2o_forensics.training.join import training_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from h2o_forensics.model.training import Model, Scalar
    from h2o_forensics.training.signs_quote import Looked, Signs

_ENSEMBLE = "stackedensemble"
_ENCODER = "targetencoder"
_WARNED = "data leakage"
_NO_HANDLING = "None"


def stacked_signs(looked: Looked, signs: Signs, models: Mapping[str, Model]) -> None:
    """Whether base models saw the rows that the metalearner learned from."""
    model = looked.model
    if model.algo != _ENSEMBLE:
        return
    warned = next((text for text in model.warnings if _WARNED in text.lower()), None)
    if warned is not None:
        signs.put("stacked_leak", value=True, place=signs.in_model(warned, "output"))
        return
    base = [models[name] for name in model.base_models if name in models]
    reason = _blended_with_training(model, base) or _inconsistent(model, base)
    if reason is not None:
        signs.put("stacked_leak", value=True, place=signs.in_model(reason, "parameters"))
    elif base and len(base) == len(model.base_models):
        signs.put("stacked_leak", value=False)


def _blended_with_training(model: Model, base: Iterable[Model]) -> str | None:
    blending = model.params.get("blending_frame")
    if not blending:
        return None
    stated = {one.checksum for one in model.frames if one.role == "blending_frame"} - {None}
    for one in base:
        name, checksums = training_frame(one)
        if stated & checksums or (name == blending and not (stated and checksums)):
            return f"blending_frame {blending} is the training frame of {one.id}"
    return None


def _inconsistent(model: Model, base: Sequence[Model]) -> str | None:
    """What H2O's own check would say of the base models; None: they agree."""
    if model.params.get("blending_frame") or not base:
        return None
    first = base[0]
    for other in base[1:]:
        for name in ("fold_column", "nfolds", "fold_assignment"):
            mine, theirs = _of_folds(first, name), _of_folds(other, name)
            if mine is not None and theirs is not None and mine != theirs:
                return f"{name}: {mine} in {first.id}, {theirs} in {other.id}"
        if _of_folds(first, "fold_column") == _of_folds(other, "fold_column") == "":
            seeds = first.params.get("seed"), other.params.get("seed")
            random = _of_folds(first, "fold_assignment") == "Random"
            if random and None not in seeds and seeds[0] != seeds[1]:
                return f"random folds with seed {seeds[0]} in {first.id}, {seeds[1]} in {other.id}"
    return None


def _of_folds(model: Model, name: str) -> Scalar:
    """A parameter of the folds, as comparable text; None: unknown, or of no use with a column."""
    if name not in model.params:
        return None
    value = model.params[name]
    if name == "fold_column":
        return value or ""
    if model.params.get("fold_column"):
        return None
    return "Random" if value == "AUTO" else value


def encoding_signs(looked: Looked, signs: Signs, encoders: Sequence[Model]) -> None:
    """How the encoder of the model's encoded columns kept a row's own label out of its value."""
    names = [name for name in looked.model.columns if is_encoded_target(name)]
    mine = [one for one in encoders if one.response in {None, looked.model.response}]
    if not names or not mine:
        return
    encoded = {name[: -len("_te")] for name in names}
    of_them = [one for one in mine if not encoded.isdisjoint(_columns_of(one))] or mine
    stated = [
        (str(one.params.get("data_leakage_handling") or _NO_HANDLING), one) for one in of_them
    ]
    handling, one = min(stated, key=lambda pair: (pair[0] != _NO_HANDLING, pair[0], pair[1].id))
    text = f"{one.id}: data_leakage_handling = {handling}"
    signs.put("target_encoding", handling, signs.place(one.source, text, "parameters"))


def encoders_of(models: Iterable[Model]) -> tuple[Model, ...]:
    """The target encoders among models."""
    return tuple(one for one in models if one.algo == _ENCODER)


def _columns_of(encoder: Model) -> set[str]:
    return {*encoder.columns, *encoder.cardinality}
