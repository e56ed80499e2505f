"""Rows of the tables about models: models, model_metrics, folds, variable_importance, model_checks.

Histories are in `history_rows`.  Every document of a model has its row in `models`; numbers are
those of its fullest document (`join.models_to_judge`), so that nothing counts twice.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.training.columns import base_column, column_shares
from h2o_forensics.training.history_rows import history_rows
from h2o_forensics.training.join import models_to_judge, training_frame
from h2o_forensics.training.search_rows import place_of
from h2o_forensics.training.signs_quote import H2O_NAMES, shown
from h2o_forensics.training.signs_result import stopping_rounds, whole_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from h2o_forensics.model.training import (
        Interval,
        Judged,
        Metrics,
        Model,
        Saved,
        Scalar,
        Source,
        TrainingEvidence,
    )

Row = dict[str, object]
MAX_IMPORTANCES = 100
"""Of one model, the largest."""
MAX_FOLD_METRICS, MAX_FOLDS = 40, 50
MAX_METRICS = 60
_WARNINGS, _PARAMS = 4_000, 20_000
_UNSET = frozenset({"", "AUTO", "[]", "{}", "None"})
_FRAMES = frozenset({"training_frame", "validation_frame", "model_id", "response_column"})


def model_rows(evidence: TrainingEvidence) -> dict[str, list[Row]]:
    """Rows by table, in order of the models; bounded per model, histories per case as well."""
    saved = evidence.saved
    chosen = models_to_judge(saved)
    judged = _by_model(evidence.judged, chosen)
    grids = {model.model: grid.id for grid in saved.grids for model in grid.models}
    return {
        "models": [_model_row(one, grids.get(one.id)) for one in saved.models],
        "model_metrics": list(_metrics_rows(chosen, saved, judged)),
        "folds": [row for one in chosen for row in _fold_rows(one)],
        "scoring_history": history_rows(chosen),
        "variable_importance": [row for one in chosen for row in _importance_rows(one)],
        "model_checks": [
            _check_row(model, found)
            for model in chosen
            if (found := judged.get(id(model))) is not None and found.leader
        ],
    }


def _by_model(judged: Iterable[Judged], chosen: Iterable[Model]) -> dict[int, Judged]:
    """Judged by the identity of the model: names may stand for two trainings, in one order."""
    found: dict[int, Judged] = {}
    left = list(chosen)
    for one in judged:
        at = next((i for i, model in enumerate(left) if model.id == one.model), None)
        if at is not None:
            found[id(left[at])] = one
            del left[: at + 1]
    return found


def _model_row(model: Model, grid: str | None) -> Row:
    params, mojo = model.params, model.mojo
    return place_of(model.source, None, model.ended or model.started) | {
        "model": model.id, "algo": model.algo, "category": model.category,
        "h2o_version": model.h2o_version, "response": model.response,
        "columns": len(model.columns) or None, "nfolds": whole_parameter(params.get("nfolds")),
        "fold_assignment": _text(params.get("fold_assignment")),
        "fold_column": _text(params.get("fold_column")),
        "stopping_rounds": stopping_rounds(model),
        "stopping_metric": _text(params.get("stopping_metric")),
        "balance_classes": _flag(params.get("balance_classes")),
        "ntrees": model.trees or whole_parameter(params.get("ntrees")),
        "max_depth": whole_parameter(params.get("max_depth")),
        "training_frame": training_frame(model)[0],
        "validation_frame": _text(params.get("validation_frame")),
        "train_rows": _rows(model), "started": model.started, "run_ms": model.run_ms,
        "size_bytes": model.size_bytes, "kind": model.kind, "whole": model.whole,
        "damage": "; ".join(mojo.damage) or None if mojo else None,
        "damages": len(mojo.damage) if mojo else None,
        "mojo_version": mojo.mojo_version if mojo else None,
        "base_models": len(model.base_models) or None,
        "warnings": "\n".join(model.warnings)[:_WARNINGS] or None,
        "params": _params(params), "grid": grid, "path": model.source.path or None,
        "places": _model_places(model),
    }  # fmt: skip


def _model_places(model: Model) -> str:
    source, pointer = model.source, model.source.pointer
    places: dict[str, tuple[str, int | None, str, str | None]] = {}
    if model.mojo is not None and model.mojo.damage:
        text = "; ".join(model.mojo.damage)
        places["damage"] = places["damages"] = (source.artifact, source.line, text, "/")
    if not model.whole:
        places["whole"] = (source.artifact, source.line, "the document is cut", pointer or "/")
    if model.size_bytes is not None:
        text = f"model_summary.model_size_in_bytes = {model.size_bytes}"
        at = f"{pointer}/output/model_summary"
        places["size_bytes"] = (source.artifact, source.line, text, at)
    if model.warnings:
        text = model.warnings[0]
        places["warnings"] = (source.artifact, source.line, text, f"{pointer}/output")
    for name in ("nfolds", "fold_assignment", "fold_column", "balance_classes", "max_depth"):
        value = model.params.get(name)
        if value is not None:
            text = f"parameters.{name} = {shown(value)}"
            places[name] = (source.artifact, source.line, text, f"{pointer}/parameters")
    return msgspec.json.encode(dict(sorted(places.items()))).decode()


def _params(params: Mapping[str, Scalar]) -> str:
    """Parameters that say something; frames and the response have columns of their own."""
    kept = {
        name: value
        for name, value in sorted(params.items())
        if value is not None and value is not False and name not in _FRAMES and value not in _UNSET
    }
    return msgspec.json.encode(kept).decode()[:_PARAMS]


def _rows(model: Model) -> int | None:
    for frame in model.frames:
        if frame.role == "training_frame" and frame.espc:
            return frame.espc[-1]
    rows = next((one.nobs for one in model.metrics if one.of == "training"), None)
    return None if rows is None else round(rows)


def _metrics_rows(
    chosen: Iterable[Model], saved: Saved, judged: Mapping[int, Judged]
) -> Iterator[Row]:
    tested: dict[tuple[str, str], dict[tuple[str, str], Interval]] = {}
    for model in chosen:
        found = judged.get(id(model))
        intervals = {} if found is None else _intervals(model, found)
        for metrics in model.metrics:
            yield from _metric_rows(metrics, model.id, model.source, intervals)
        if found is not None and found.test is not None:
            source = found.test.source
            mine = {("test", one.metric): one.test for one in found.comparisons}
            tested.setdefault((source.artifact, source.pointer), {}).update(mine)
    for metrics in saved.metrics:
        place = metrics.source.artifact, metrics.source.pointer
        yield from _metric_rows(metrics, metrics.model, metrics.source, tested.get(place, {}))


def _intervals(model: Model, judged: Judged) -> dict[tuple[str, str], Interval]:
    """By part and metric, as the comparisons have them."""
    base = next(
        (part for part in ("cross_validation", "validation", "training")
         if any(one.of == part and one.values for one in model.metrics)), "",
    )  # fmt: skip
    found = {(base, one.metric): one.cv for one in judged.comparisons}
    if judged.test is not None and judged.test.of == "validation":
        found |= {("validation", one.metric): one.test for one in judged.comparisons}
    return found


def _metric_rows(
    metrics: Metrics,
    model: str | None,
    source: Source,
    intervals: Mapping[tuple[str, str], Interval],
) -> Iterator[Row]:
    artifact = metrics.source.artifact or source.artifact
    same: Row = {
        "artifact": artifact, "ts": metrics.scored_at, "model": model, "of": metrics.of,
        "frame": metrics.frame, "frame_checksum": metrics.frame_checksum,
        "model_checksum": metrics.model_checksum, "category": metrics.category,
        "rows": metrics.nobs,
    }  # fmt: skip
    for name, value in islice(metrics.values.items(), MAX_METRICS):
        found = intervals.get((metrics.of, name))
        pointer = f"{metrics.source.pointer}/{H2O_NAMES.get(name, name)}"
        row: Row = same | {"pointer": pointer, "metric": name, "value": value}
        if found is not None:
            row |= {"low": found.low, "high": found.high}
        yield row


def _fold_rows(model: Model) -> Iterator[Row]:
    at = f"{model.source.pointer}/output/cross_validation_metrics_summary"
    place: Row = {"artifact": model.source.artifact, "pointer": at, "model": model.id}
    for row in model.folds[:MAX_FOLD_METRICS]:
        same = place | {"metric": row.metric, "mean": row.mean, "sd": row.sd}
        for fold, value in enumerate(row.values[:MAX_FOLDS], 1):
            yield same | {"fold": fold, "value": value}


def _importance_rows(model: Model) -> Iterator[Row]:
    shares = column_shares(model)
    known = {*model.columns, *model.column_types, *model.cardinality}
    at = f"{model.source.pointer}/output/variable_importances"
    for rank, one in enumerate(model.importances[:MAX_IMPORTANCES], 1):
        column = base_column(one.variable, known)
        yield {
            "artifact": model.source.artifact, "pointer": at, "model": model.id,
            "variable": one.variable, "column": column, "share": one.share,
            "column_share": shares.get(column), "rank": rank,
        }  # fmt: skip


def _check_row(model: Model, judged: Judged) -> Row:
    """The signs as a row; its text is the sentence that sums them up."""
    place = place_of(model.source, None, model.ended or model.started)
    return place | dict(judged.signs) | {"text": _summary(judged)}


def _summary(judged: Judged) -> str:
    signs = judged.signs
    parts = [
        f"{label} {shown(signs[column])}"
        for label, column in (
            ("training", "train_value"), ("cross-validation", "cv_value"), ("test", "test_value"),
        )
        if column in signs
    ]  # fmt: skip
    return f"{judged.model}: {signs.get('metric', 'no metric')} {', '.join(parts)}".strip()


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: Scalar) -> bool | None:
    return value if isinstance(value, bool) else None
