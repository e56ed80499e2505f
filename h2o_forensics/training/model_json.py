"""A model's JSON: an entry of `/3/Models`, or a MOJO's `experimental/modelDetails.json`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.model.training import (
    History,
    Importance,
    InputFrame,
    Metrics,
    Model,
    Scalar,
    Source,
    TrainingNode,
)
from h2o_forensics.training.cells import (
    cell,
    listing,
    mapping,
    named,
    number,
    text,
    whole,
)
from h2o_forensics.training.metrics_json import read_folds, read_metrics
from h2o_forensics.training.parameters import not_predictors, read_parameters
from h2o_forensics.training.two_dim import columns_of, first_cells, scalars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = 20_000
HISTORY_ROWS = 5_000
HISTORY_COLUMNS = 100
FOLD_HISTORIES = 100
NODES = 1_000
INPUT_FRAMES = 20
CHUNKS = 100_000
BASE_MODELS = 1_000
WARNINGS = 100
_METRICS = ("training", "validation", "cross_validation")
_NODE_NUMBERS = {
    "max_mem": "max_mem_bytes", "free_mem": "free_mem_bytes",
    "mem_value_size": "mem_value_bytes", "pojo_mem": "pojo_mem_bytes",
    "num_cpus": "num_cpus", "nthreads": "nthreads", "machine_physical_mem": "physical_bytes",
}  # fmt: skip


def read_model(found: Mapping[str, object], pointer: str) -> Model:
    """One model; what the object does not have is unknown."""
    output = mapping(found.get("output"))
    params, given = read_parameters(found.get("parameters"))
    response = named(found.get("response_column_name")) or _text(params.get("response_column"))
    category = text(output.get("model_category"))
    metrics = _metrics(output, f"{pointer}/output", category)
    columns, types, levels = _columns(output, not_predictors(params, response))
    summary = first_cells(output.get("model_summary"))
    tables = listing(output.get("reproducibility_information_table"))[:3]
    return Model(
        id=named(found.get("model_id")) or "",
        algo=text(found.get("algo")),
        algo_name=text(found.get("algo_full_name")),
        category=category,
        h2o_version=_version(tables),
        response=response,
        columns=columns,
        column_types=types,
        cardinality=levels,
        params=params,
        given=given,
        checksum=whole(found.get("checksum")) or _checksum(metrics),
        metrics=metrics,
        folds=read_folds(output.get("cross_validation_metrics_summary")),
        history=_histories(output, f"{pointer}/output"),
        importances=read_importances(output.get("variable_importances")),
        nodes=_nodes(tables),
        frames=_frames(tables, params, metrics),
        base_models=_base_models(found, output, params),
        metalearner=named(output.get("metalearner")),
        started=_positive(output.get("start_time")),
        ended=_positive(output.get("end_time")),
        run_ms=whole(output.get("run_time")),
        size_bytes=_positive(summary.get("model_size_in_bytes")),
        trees=_positive(summary.get("number_of_trees")),
        warnings=_warnings(found, output),
        source=Source(pointer=pointer),
    )


def read_importances(table: object) -> tuple[Importance, ...]:
    """The variable importances, as H2O orders and names them."""
    columns = columns_of(table)
    names = columns.get("variable", ())
    others = [
        columns.get(name, ()) for name in ("relative_importance", "scaled_importance", "percentage")
    ]
    found = []
    for row, name in enumerate(islice(names, COLUMNS)):
        values = [number(cells[row]) if row < len(cells) else None for cells in others]
        if isinstance(name, str):
            found.append(Importance(name[:1000], *values))
    return tuple(found)


def read_history(table: object, fold: int | None, pointer: str) -> History | None:
    """A scoring history: its columns that say anything, of a very long one the first rows."""
    columns = columns_of(table, HISTORY_COLUMNS)
    columns.pop("", None)
    rows = max((len(cells) for cells in columns.values()), default=0)
    if not rows:
        return None
    whole_ones = {name: cells for name, cells in columns.items() if len(cells) == rows}
    kept = {name: scalars(cells, HISTORY_ROWS) for name, cells in whole_ones.items()}
    told = {name: cells for name, cells in kept.items() if any(one is not None for one in cells)}
    return History(fold=fold, columns=told, source=Source(pointer=pointer))


def _metrics(
    output: Mapping[str, object], pointer: str, category: str | None
) -> tuple[Metrics, ...]:
    found = []
    for of in _METRICS:
        read = read_metrics(output.get(f"{of}_metrics"), of, f"{pointer}/{of}_metrics")
        if read is not None and read.category is None:
            read = msgspec.structs.replace(read, category=category)
        if read is not None:
            found.append(read)
    return tuple(found)


def _columns(
    output: Mapping[str, object], without: set[Scalar]
) -> tuple[tuple[str, ...], dict[str, str], dict[str, int]]:
    """Predictors; types by column; levels of the categorical ones."""
    names = [text(name) or "" for name in islice(listing(output.get("names")), COLUMNS)]
    types = zip(names, listing(output.get("column_types")), strict=False)
    domains = zip(names, listing(output.get("domains")), strict=False)
    return (
        tuple(name for name in names if name and name not in without),
        {name: kind[:40] for name, kind in types if isinstance(kind, str)},
        {name: len(domain) for name, domain in domains if isinstance(domain, list)},
    )


def _checksum(metrics: Sequence[Metrics]) -> int | None:
    return next((one.model_checksum for one in metrics if one.model_checksum), None)


def _histories(output: Mapping[str, object], pointer: str) -> tuple[History, ...]:
    folds = listing(output.get("cv_scoring_history"))[:FOLD_HISTORIES]
    read = [read_history(output.get("scoring_history"), None, f"{pointer}/scoring_history")]
    read += [
        read_history(table, index + 1, f"{pointer}/cv_scoring_history/{index}")
        for index, table in enumerate(folds)
    ]
    return tuple(history for history in read if history is not None)


def _version(tables: Sequence[object]) -> str | None:
    for table in tables[1:2]:
        return text(first_cells(table).get("h2o_cluster_version"), 100)
    return None


def _nodes(tables: Sequence[object]) -> tuple[TrainingNode, ...]:
    columns = columns_of(tables[0]) if tables else {}
    columns.pop("", None)
    count = min((len(cells) for cells in columns.values()), default=0)
    found = []
    for row in range(min(count, NODES)):
        cells = {name: values[row] for name, values in columns.items()}
        figures = {field: whole(cells.pop(name, None)) for name, field in _NODE_NUMBERS.items()}
        node = text(cells.pop("h2o", None), 200)
        facts = {name: fact for name, value in cells.items() if (fact := _fact(value)) is not None}
        found.append(msgspec.convert({"node": node, **figures, "facts": facts}, TrainingNode))
    return tuple(found)


def _fact(value: object) -> Scalar:
    """A cell that says something: H2O writes lists that it has no text for as one zero byte."""
    return None if value == "\0" else cell(value)


def _frames(
    tables: Sequence[object], params: Mapping[str, Scalar], metrics: Sequence[Metrics]
) -> tuple[InputFrame, ...]:
    columns = columns_of(tables[2]) if len(tables) > 2 else {}  # noqa: PLR2004 - the third
    checksums, offsets = columns.get("checksum", ()), columns.get("espc", ())
    used = {f"{one.of}_frame": one.frame for one in metrics}
    found = []
    for row, name in enumerate(islice(columns.get("input_frame", ()), INPUT_FRAMES)):
        checksum = whole(checksums[row]) if row < len(checksums) else None
        if not isinstance(name, str) or checksum == -1:  # -1: no such frame was given
            continue
        espc = _espc(offsets[row] if row < len(offsets) else None)
        found.append(InputFrame(name, _text(params.get(name)) or used.get(name), checksum, espc))
    roles = {frame.role for frame in found}
    found += [
        InputFrame(role, name, None)
        for role in ("training_frame", "validation_frame")
        if role not in roles and (name := _text(params.get(role)) or used.get(role)) is not None
    ]
    return tuple(found)


def _espc(value: object) -> tuple[int, ...]:
    """The offsets that H2O writes as text, `[0, 376, 751]`."""
    inside = value.strip("[] ") if isinstance(value, str) else ""
    parts = inside.split(",", CHUNKS + 1)
    offsets = [whole(part.strip()) for part in parts]
    if len(parts) > CHUNKS or None in offsets or offsets == [-1]:
        return ()
    return tuple(offset for offset in offsets if offset is not None)


def _base_models(
    found: Mapping[str, object], output: Mapping[str, object], params: Mapping[str, Scalar]
) -> tuple[str, ...]:
    for source in (output.get("base_models"), found.get("base_models")):
        names = [named(key) for key in islice(listing(source), BASE_MODELS)]
        if names:
            return tuple(name for name in names if name)
    stated = params.get("base_models")
    try:
        names = msgspec.json.decode(stated) if isinstance(stated, str) else []
    except msgspec.DecodeError:
        return ()
    return tuple(name for name in listing(names)[:BASE_MODELS] if isinstance(name, str))


def _warnings(found: Mapping[str, object], output: Mapping[str, object]) -> tuple[str, ...]:
    stated = [*listing(found.get("warnings")), *listing(output.get("warnings"))][:WARNINGS]
    stated += [
        mapping(message).get("message")
        for message in listing(found.get("messages"))[:WARNINGS]
        if mapping(message).get("message_type") in {"WARN", "ERRR"}
    ]
    return tuple(shown for warning in stated if (shown := text(warning)) is not None)


def _positive(value: object) -> int | None:
    stated = whole(value)
    return stated if stated is not None and stated > 0 else None


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) and value else None
