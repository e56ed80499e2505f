"""Rows of the tables about searches: grids, grid_models, automl, automl_events, leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.model.training import Source
from h2o_forensics.training.automl import AutoMLFigures, automl_figures
from h2o_forensics.training.grids import GridFigures, grid_figures, is_cancelled, reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.training import (
        AutoML,
        Grid,
        Leaderboard,
        Model,
        Saved,
        Scalar,
    )

Row = dict[str, object]
_MODEL_COLUMN = "model_id"
_DIGITS = 4


def search_rows(saved: Saved) -> dict[str, list[Row]]:
    """Rows by table, in order of the nouns; every row has its place (artifact, pointer or line)."""
    return {
        "grids": [_grid_row(grid, saved.models) for grid in saved.grids],
        "grid_models": [row for grid in saved.grids for row in _grid_model_rows(grid)],
        "automl": [_automl_row(run) for run in saved.automl],
        "automl_events": [row for run in saved.automl for row in _event_rows(run)],
        "leaderboard": [row for board in saved.leaderboards for row in _leaderboard_rows(board)],
    }


def place_of(source: Source, node: str | None, at: int | None = None) -> Row:
    """The columns that say where a row was read."""
    return {
        "node": node, "ts": source.at if source.at is not None else at,
        "artifact": source.artifact, "line": source.line,
        "pointer": None if source.line is not None else source.pointer or "/",
        "text": source.text or None,
    }  # fmt: skip


def places_text(places: Mapping[str, tuple[Source, str]]) -> str:
    """JSON for the column `places`: where each column was read, with the words to quote."""
    return msgspec.json.encode({
        column: (source.artifact, source.line, source.text or words,
                 None if source.line is not None else source.pointer or "/")
        for column, (source, words) in sorted(places.items())
    }).decode()  # fmt: skip


def _grid_row(grid: Grid, models: Sequence[Model]) -> Row:
    figures = grid_figures(grid, models)
    seconds = figures.model_seconds
    return place_of(grid.source, grid.node, grid.started) | {
        "grid": grid.id, "algo": grid.algo, "hyper_parameters": len(grid.hyper_values) or None,
        "size": figures.size, "size_from": figures.size_from or None, "strategy": grid.strategy,
        "max_models": grid.max_models, "max_runtime_secs": grid.max_runtime_secs,
        "bounded": figures.bounded, "built": figures.built, "failed": figures.failed,
        "cancelled": figures.cancelled, "missing": figures.missing,
        "reason": figures.reason, "reason_count": figures.reason_count,
        "reasons": figures.reasons, "shared": figures.shared,
        "shared_count": figures.reason_count if figures.shared else None,
        "status": grid.status, "progress": grid.progress, "parallelism": grid.parallelism,
        "nfolds": grid.nfolds, "model_seconds": _rounded(seconds),
        "models_per_hour": _rounded(3600 / seconds) if seconds else None,
        "left_hours": _rounded(figures.left_hours), "full_hours": _rounded(figures.full_hours),
        "full_bytes": figures.full_bytes, "advised_models": figures.advised_models,
        "advised_seconds": figures.advised_s, "last_seen": grid.last_seen,
        "places": places_text(_grid_places(grid, figures)),
    }  # fmt: skip


def _grid_places(grid: Grid, figures: GridFigures) -> dict[str, tuple[Source, str]]:
    found: dict[str, tuple[Source, str]] = {}
    size = _place(grid.source, grid.places, "size", "/summary_table")
    if figures.size is not None:
        found["size"] = (size, f"size of the search space: {figures.size} ({figures.size_from})")
    if figures.bounded is not None:
        request = grid.places.get("request") or grid.places.get("status") or size
        found["bounded"] = (request, f"bounded: {str(figures.bounded).lower()}")
    if grid.failures:
        failed = _place(grid.source, grid.places, "failed", "/failure_details")
        told = f"{len(grid.failures)} failures, {figures.cancelled} of them cancelled"
        found["failed"] = (failed, f"{told}; {figures.reason}" if figures.reason else told)
    if grid.models or grid.built is not None:
        built = _place(grid.source, grid.places, "built", "/model_ids")
        found["built"] = (built, f"{figures.built} models built")
    if grid.status is not None and "status" in grid.places:
        words = f"status={grid.status}, progress={grid.progress}"
        found["status"] = (grid.places["status"], words)
    return found


def _place(source: Source, places: Mapping[str, Source], name: str, below: str) -> Source:
    if name in places:
        return places[name]
    if source.line is not None:
        return source
    return msgspec.structs.replace(source, pointer=source.pointer.rstrip("/") + below, text="")


def _grid_model_rows(grid: Grid) -> list[Row]:
    base = place_of(grid.source, grid.node, grid.started)
    built: list[Row] = [
        base | {
            "grid": grid.id, "model": model.model, "params": _json(model.params),
            "score": model.score, "failed": False, "reason": None,
        } for model in grid.models
    ]  # fmt: skip
    failed: list[Row] = [
        base | {
            "grid": grid.id, "model": None, "params": _json(failure.params), "score": None,
            "failed": not is_cancelled(failure), "reason": reason_of(failure) or None,
        } for failure in grid.failures
    ]  # fmt: skip
    return built + failed


def _automl_row(run: AutoML) -> Row:
    figures = automl_figures(run)
    longest = max(figures.steps, key=lambda step: (figures.steps[step], step), default=None)
    skipped = (*figures.skipped_for_time, *figures.skipped_for_models)
    return place_of(run.source, run.node, run.started) | {
        "automl": run.id, "project": run.project, "max_models": run.max_models,
        "max_runtime_secs": figures.budget_s, "built": figures.built,
        "skipped_for_time": len(figures.skipped_for_time),
        "skipped_for_models": len(figures.skipped_for_models),
        "skipped_steps": ", ".join(_short(step) for step in skipped) or None,
        "seconds": _rounded(figures.seconds),
        "seconds_per_model": _rounded(figures.seconds_per_model),
        "advised_seconds": figures.advised_s, "bounded": figures.bounded,
        "status": figures.status, "longest_step": longest,
        "longest_step_seconds": _rounded(figures.steps[longest]) if longest else None,
        "last_seen": run.ended, "models_asked": figures.models_asked,
        "cut_short": len(figures.cut_short), "places": places_text(_automl_places(run, figures)),
    }  # fmt: skip


def _automl_places(run: AutoML, figures: AutoMLFigures) -> dict[str, tuple[Source, str]]:
    log = "/event_log"
    found: dict[str, tuple[Source, str]] = {}
    if figures.bounded is not None:
        told = "neither max_models nor max_runtime_secs was set"
        words = "bounded by models or time" if figures.bounded else told
        found["bounded"] = (_place(run.source, run.places, "unbounded", log), words)
    if figures.skipped_for_time:
        words = f"{len(figures.skipped_for_time)} steps skipped: out of time"
        found["skipped_for_time"] = (_place(run.source, run.places, "skipped", log), words)
    if figures.built is not None:
        words = f"built {figures.built} models" + (f"; {words}" if figures.skipped_for_time else "")
        found["built"] = (_place(run.source, run.places, "built", log), words)
    return found


def _short(step: str) -> str:
    """`StackedEnsemble all_xglm (built with ...)` without what it was built with."""
    return step.split(" (", 1)[0]


def _event_rows(run: AutoML) -> list[Row]:
    base = place_of(run.source, run.node)
    return [
        base | {
            "ts": event.at, "automl": run.id, "level": event.level, "stage": event.stage,
            "message": event.message, "name": event.name, "value": event.value,
        } for event in run.events
    ]  # fmt: skip


def _leaderboard_rows(board: Leaderboard) -> list[Row]:
    """One row per model and metric; the model stands in `model_id`, else in the first column."""
    names = list(board.columns)
    at = names.index(_MODEL_COLUMN) if _MODEL_COLUMN in names else 0
    of = "cross_validation" if board.frame is None else "test"
    rows: list[Row] = []
    for rank, cells in enumerate(board.rows, start=1):
        for name, value in zip(names, cells, strict=False):
            if not isinstance(value, int | float) or isinstance(value, bool):
                continue
            model = cells[at] if at < len(cells) else None
            rows.append(place_of(board.source, None) | {
                "leaderboard": board.id, "rank": rank,
                "model": None if model is None else str(model),
                "metric": name, "value": float(value), "of": of,
            })  # fmt: skip
    return rows


def _json(params: Mapping[str, Scalar]) -> str:
    return msgspec.json.encode(dict(sorted(params.items()))).decode()


def _rounded(value: float | None) -> float | None:
    """To four significant digits: rates are measured no better."""
    return None if value is None else float(f"{value:.{_DIGITS}g}")
