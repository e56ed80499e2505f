"""A decoded JSON document about training, whatever H2O's REST, a MOJO or a client wrote it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.model.training import Saved
from h2o_forensics.training.automl_json import read_automl
from h2o_forensics.training.cells import mapping, mappings, schema
from h2o_forensics.training.frame_json import is_frame, read_chunks, read_frame
from h2o_forensics.training.grid_json import read_grid
from h2o_forensics.training.leaderboard_json import read_leaderboard
from h2o_forensics.training.metrics_json import read_metrics
from h2o_forensics.training.model_json import read_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from h2o_forensics.model.training import Metrics

    _Reader = Callable[[Mapping[str, object], str], Saved]
    _Found = Mapping[str, object]

MODELS = 1_000
"""Of one document."""
METRICS = 5_000
FRAMES = 5_000
GRIDS = 200
LEADERBOARDS = 200


def read_document(document: object) -> tuple[str, Saved] | None:
    """What a document holds of training; it is not kept.

    Args:
        document: as decoded; of any shape.

    Returns:
        Its kind (model, model_metrics, grid, automl, leaderboard, frame, frame_chunks) and what
        it holds, pointers relative to it; None where it is not about training.
    """
    if isinstance(document, list):
        return _read_list(document)
    return _read_object(mapping(document), "")


def _read_list(documents: list[object]) -> tuple[str, Saved] | None:
    """Several documents that a client wrote as one; the kind is the first one's."""
    read = [
        found
        for index, document in mappings(documents, MODELS)
        if (found := _read_object(document, f"/{index}")) is not None
    ]
    parts = [saved for _kind, saved in read]
    joined = {
        name: tuple(islice((one for saved in parts for one in getattr(saved, name)), METRICS))
        for name in Saved.__struct_fields__
    }
    return (read[0][0], msgspec.structs.replace(Saved(), **joined)) if read else None


def _read_object(found: _Found, pointer: str) -> tuple[str, Saved] | None:
    for kind, is_it, read in _KINDS:
        if is_it(found):
            return kind, read(found, pointer)
    return None


def _is_list_of(name: str, entry: Callable[[_Found], bool]) -> Callable[[_Found], bool]:
    def is_it(found: _Found) -> bool:
        return any(entry(one) for _index, one in mappings(found.get(name), 3))

    return is_it


def _is_model(found: _Found) -> bool:
    """A list of all models (`/3/Models`) has synopses, which say no more than a name."""
    return "model_id" in found and bool({"output", "parameters"} & set(found))


def _is_metrics(found: _Found) -> bool:
    if schema(found).startswith("ModelMetrics") and "model_category" in found:
        return True
    return {"model", "frame", "model_category", "nobs"} <= set(found)


def _is_chunks(found: _Found) -> bool:
    return "frame_id" in found and any(
        "row_count" in chunk for _index, chunk in mappings(found.get("chunks"), 1)
    )


def _read_models(found: _Found, pointer: str) -> Saved:
    return Saved(
        models=tuple(
            read_model(model, f"{pointer}/models/{index}")
            for index, model in mappings(found.get("models"), MODELS)
        )
    )


def _read_model(found: _Found, pointer: str) -> Saved:
    return Saved(models=(read_model(found, pointer),))


def _read_metrics_list(found: _Found, pointer: str) -> Saved:
    read = (
        read_metrics(metrics, "test", f"{pointer}/model_metrics/{index}")
        for index, metrics in mappings(found.get("model_metrics"), METRICS)
    )
    return Saved(metrics=_known(read))


def _read_one_metrics(found: _Found, pointer: str) -> Saved:
    return Saved(metrics=_known([read_metrics(found, "test", pointer)]))


def _known(read: Iterable[Metrics | None]) -> tuple[Metrics, ...]:
    return tuple(one for one in read if one is not None)


def _read_frames(found: _Found, pointer: str) -> Saved:
    return Saved(
        frames=tuple(
            read_frame(frame, f"{pointer}/frames/{index}")
            for index, frame in mappings(found.get("frames"), FRAMES)
        )
    )


def _is_grid(found: _Found) -> bool:
    return "grid_id" in found and bool({"model_ids", "hyper_names", "summary_table"} & set(found))


def _is_automl(found: _Found) -> bool:
    if "automl_id" in found:
        return bool(
            {"event_log", "event_log_table", "leaderboard", "leaderboard_table"} & set(found)
        )
    return "build_control" in found and "input_spec" in found


def _is_leaderboard(found: _Found) -> bool:
    if not schema(found).startswith("LeaderboardV") and "sort_metrics" not in found:
        return False
    return bool({"table", "models"} & set(found))


def _read_grids(found: _Found, pointer: str) -> Saved:
    read = [
        read_grid(grid, f"{pointer}/grids/{index}")
        for index, grid in mappings(found.get("grids"), GRIDS)
    ]
    models = [model for _grid, models in read for model in models]
    return Saved(grids=tuple(grid for grid, _models in read), models=tuple(models[:MODELS]))


def _read_grid(found: _Found, pointer: str) -> Saved:
    grid, models = read_grid(found, pointer)
    return Saved(grids=(grid,), models=models)


def _read_automl(found: _Found, pointer: str) -> Saved:
    run, board = read_automl(found, pointer)
    return Saved(automl=(run,), leaderboards=() if board is None else (board,))


def _read_leaderboards(found: _Found, pointer: str) -> Saved:
    return Saved(
        leaderboards=tuple(
            read_leaderboard(board, f"{pointer}/leaderboards/{index}")
            for index, board in mappings(found.get("leaderboards"), LEADERBOARDS)
        )
    )


def _read_leaderboard(found: _Found, pointer: str) -> Saved:
    return Saved(leaderboards=(read_leaderboard(found, pointer),))


_KINDS: tuple[tuple[str, Callable[[_Found], bool], _Reader], ...] = (
    ("model", _is_list_of("models", _is_model), _read_models),
    ("model", _is_model, _read_model),
    ("model_metrics", _is_list_of("model_metrics", _is_metrics), _read_metrics_list),
    ("model_metrics", _is_metrics, _read_one_metrics),
    ("grid", _is_list_of("grids", _is_grid), _read_grids),
    ("grid", _is_grid, _read_grid),
    ("automl", _is_automl, _read_automl),
    ("leaderboard", _is_list_of("leaderboards", _is_leaderboard), _read_leaderboards),
    ("leaderboard", _is_leaderboard, _read_leaderboard),
    ("frame", _is_list_of("frames", is_frame), _read_frames),
    ("frame_chunks", _is_chunks, lambda found, at: Saved(frames=(read_chunks(found, at),))),
    ("frame", is_frame, lambda found, at: Saved(frames=(read_frame(found, at),))),
)
