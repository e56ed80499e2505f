"""A grid's JSON, `GET /99/Grids/<id>`: what was built, what failed, and why.

It holds the names of the hyper-parameters, not the values they were given: those seen in what was
built and failed are a lower bound.
"""

from __future__ import annotations

import re
from itertools import islice
from math import prod
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.model.training import (
    Grid,
    GridFailure,
    GridModel,
    Metrics,
    Model,
    Scalar,
    Source,
)
from h2o_forensics.training.cells import (
    guessed,
    listing,
    mapping,
    named,
    number,
    scalar,
    schema,
    text,
    whole,
)
from h2o_forensics.training.metrics_json import read_folds, read_metrics
from h2o_forensics.training.two_dim import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MODELS = 1_000
"""Of which the metrics are read; each can have three tables of thresholds."""
ROWS = 20_000
HYPER = 100
WARNINGS = 100
_OF = ("training", "validation", "cross_validation")
_MODEL_ID = re.compile(r"( model: )\S{1,300}?\.?\s{1,4}Details: ")
_PARAMETERS = re.compile(r"([A-Za-z0-9]{1,40})ParametersV\d+")


def read_grid(found: Mapping[str, object], pointer: str) -> tuple[Grid, tuple[Model, ...]]:
    """The grid, and its models as far as it tells of them."""
    names = [text(name, 200) or "" for name in listing(found.get("hyper_names"))[:HYPER]]
    built = _built(found, names)
    failures = _failures(found, names)
    seen = _seen(names, [model.params for model in built], [fail.params for fail in failures])
    least = max(prod(seen.values()), len(built) + sum(not fail.cancelled for fail in failures))
    keys = listing(found.get("model_ids"))
    algo = _algo(found)
    grid = Grid(
        id=named(found.get("grid_id")) or "",
        algo=algo,
        hyper_values=seen,
        size=least if seen else None,
        size_from="summary" if seen else "",
        nfolds=_nfolds(found),
        sort_by=text(found.get("sort_by"), 100),
        models=built,
        failures=failures,
        warnings=tuple(_texts(found.get("warning_details"))),
        built=len(keys) if isinstance(found.get("model_ids"), list) else None,
        source=Source(pointer=pointer),
    )
    return grid, _models(found, built, algo, pointer)


def read_reason(detail: str, grid: str) -> str:
    """The first line of a failure's detail, without the model's id, so that like ones are alike."""
    line = detail.strip().partition("\n")[0][:2000]
    line = _MODEL_ID.sub(r"\1", line)
    return re.sub(rf"{re.escape(grid)}_model_\d+", "the model", line).strip() if grid else line


def _built(found: Mapping[str, object], names: list[str]) -> tuple[GridModel, ...]:
    columns = columns_of(found.get("summary_table"))
    ids = columns.get("model_ids", ())
    scores = [values for name, values in columns.items() if name not in {*names, "model_ids", ""}]
    built = []
    for row, model in enumerate(islice(ids, ROWS)):
        params = {
            name: _value(columns[name][row])
            for name in names
            if name in columns and row < len(columns[name])
        }
        score = number(scores[-1][row]) if scores and row < len(scores[-1]) else None
        built.append(GridModel(text(model) or "", params, score))
    if built:
        return tuple(built)
    keys = islice(listing(found.get("model_ids")), ROWS)
    return tuple(GridModel(named(key) or "", {}, None) for key in keys)


def _failures(found: Mapping[str, object], names: list[str]) -> tuple[GridFailure, ...]:
    details = listing(found.get("failure_details"))
    typed, raw = listing(found.get("failed_params")), listing(found.get("failed_raw_params"))
    grid = named(found.get("grid_id")) or ""
    failures = []
    for row, detail in enumerate(islice(details, ROWS)):
        used = mapping(typed[row]) if row < len(typed) else {}
        given = listing(raw[row]) if row < len(raw) else ()
        params = {
            name: _value(used[name] if name in used else None if at >= len(given) else given[at])
            for at, name in enumerate(names)
            if name in used or at < len(given)
        }
        reason = read_reason(detail, grid) if isinstance(detail, str) else ""
        stopped = "Job Canceled" in reason or "JobCancelledException" in reason
        failures.append(GridFailure(params, reason, stopped))
    return tuple(failures)


def _value(value: object) -> Scalar:
    """A hyper-parameter's value: numbers as numbers, however the version wrote them."""
    if isinstance(value, str):
        return guessed(value)
    if isinstance(value, list):
        return str(scalar(value)).replace(" ", "")
    return scalar(value)


def _seen(names: list[str], *groups: Iterable[dict[str, Scalar]]) -> dict[str, int]:
    values: dict[str, set[str]] = {name: set() for name in names if name}
    for group in groups:
        for params in group:
            for name, value in params.items():
                if name in values:
                    values[name].add(_same(value))
    return {name: len(seen) for name, seen in values.items() if seen}


def _same(value: Scalar) -> str:
    """2 and 2.0 are one value."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace(" ", "")


def _algo(found: Mapping[str, object]) -> str | None:
    """By the schema of the failed parameters, `GBMParametersV3`."""
    for params in listing(found.get("failed_params"))[:HYPER]:
        match = _PARAMETERS.fullmatch(schema(mapping(params)))
        if match:
            return match[1].lower()
    return None


def _nfolds(found: Mapping[str, object]) -> int | None:
    for params in listing(found.get("failed_params"))[:HYPER]:
        stated = whole(mapping(params).get("nfolds"))
        if stated is not None:
            return stated
    return None


def _texts(value: object) -> Iterable[str]:
    for stated in listing(value)[:WARNINGS]:
        shown = text(stated)
        if shown is not None:
            yield shown


def _models(
    found: Mapping[str, object], built: tuple[GridModel, ...], algo: str | None, pointer: str
) -> tuple[Model, ...]:
    """The models as the grid tells of them: their parameters searched and their metrics."""
    params = {model.model: model.params for model in built}
    models = []
    for row, key in enumerate(islice(listing(found.get("model_ids")), MODELS)):
        name = named(key) or ""
        metrics = tuple(_metrics(found, row, pointer))
        if not name or not metrics:
            continue
        summaries = listing(found.get("cross_validation_metrics_summary"))
        folds = read_folds(summaries[row]) if row < len(summaries) else ()
        training = next((one.frame for one in metrics if one.of == "training"), None)
        searched = params.get(name, {})
        used: dict[str, Scalar] = {**searched, "training_frame": training} if training else searched
        checksum = next((one.model_checksum for one in metrics if one.model_checksum), None)
        models.append(
            _bare(
                name,
                algo=algo,
                category=metrics[0].category,
                params=used,
                given=searched,
                checksum=checksum,
                metrics=metrics,
                folds=folds,
                source=Source(pointer=f"{pointer}/model_ids/{row}"),
            )
        )
    return tuple(models)


def _metrics(found: Mapping[str, object], row: int, pointer: str) -> Iterable[Metrics]:
    for of in _OF:
        listed = listing(found.get(f"{of}_metrics"))
        if row < len(listed):
            read = read_metrics(listed[row], of, f"{pointer}/{of}_metrics/{row}")
            if read is not None:
                yield read


def _bare(name: str, **known: object) -> Model:
    """A model of which little is known."""
    unknown = Model(
        id=name, algo=None, algo_name=None, category=None, h2o_version=None, response=None,
        columns=(), column_types={}, cardinality={}, params={}, given={}, checksum=None, metrics=(),
    )  # fmt: skip
    return msgspec.structs.replace(unknown, **known)
