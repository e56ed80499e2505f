"""Grids and AutoML runs as the report has them, with what their numbers say."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.training import AutoML, Grid, GridModel
from h2o_forensics.report import training_words as words
from h2o_forensics.report import view
from h2o_forensics.report.training_found import findings_about, place_of, rows_by
from h2o_forensics.report.training_shape import (
    AutoMLItem,
    FailureItem,
    GridItem,
    GridModelItem,
    StepItem,
)

_MOST_MODELS = 10
_MOST_FAILURES = 20
_MOST_LISTED = 50
_DAY, _FEW = 24.0, 10
_ENDS = {"DONE": "has ended", "CANCELLED": "was cancelled", "FAILED": "failed"}
_NUMBER = re.compile(r"\d[\d.]*")
_Row = Mapping[str, Any]


def grid_items(analysis: Analysis) -> tuple[GridItem, ...]:
    """All grids; those that findings name first."""
    rows = rows_by(analysis, "grids", "grid")
    items = [_grid(analysis, one, _last(rows, one.id)) for one in analysis.training.saved.grids]
    return tuple(sorted(items, key=lambda one: not one.findings))


def automl_items(analysis: Analysis) -> tuple[AutoMLItem, ...]:
    """All AutoML runs; those that findings name first."""
    rows = rows_by(analysis, "automl", "automl")
    items = [_automl(analysis, one, _last(rows, one.id)) for one in analysis.training.saved.automl]
    return tuple(sorted(items, key=lambda one: not one.findings))


def _last(rows: Mapping[str, Any], name: str) -> _Row:
    return rows[name][-1] if name in rows else {}


def _grid(analysis: Analysis, grid: Grid, row: _Row) -> GridItem:
    failures = [one for one in grid.failures if not one.cancelled]
    built = _known(row, "built", grid.built)
    item = GridItem(
        grid=grid.id,
        algo=grid.algo,
        place=place_of(grid.source),
        hyper_parameters=dict(sorted(grid.hyper_values.items())),
        size=_known(row, "size", grid.size),
        size_from=grid.size_from or None,
        strategy=grid.strategy,
        bounded=row.get("bounded"),
        max_models=grid.max_models,
        max_runtime_secs=grid.max_runtime_secs,
        parallelism=grid.parallelism,
        nfolds=grid.nfolds,
        built=built if built is not None else len(grid.models) or None,
        failed=_known(row, "failed", len(failures)) or 0,
        cancelled=_known(row, "cancelled", len(grid.failures) - len(failures)) or 0,
        missing=row.get("missing"),
        failures=_failures(grid, row),
        status=grid.status,
        progress=grid.progress,
        model_seconds=_known(row, "model_seconds", grid.model_seconds),
        models_per_hour=row.get("models_per_hour"),
        left_hours=row.get("left_hours"),
        full_hours=row.get("full_hours"),
        full_bytes=row.get("full_bytes"),
        advised_models=row.get("advised_models"),
        advised_seconds=row.get("advised_seconds"),
        sort_by=grid.sort_by,
        best=_best(grid),
        warnings=grid.warnings[:_MOST_LISTED],
        says=(),
        findings=findings_about(analysis, "grid", grid.id, grid.source),
    )
    return replace(item, says=tuple(_grid_says(item)))


def _known(row: _Row, name: str, otherwise: Any) -> Any:  # noqa: ANN401 - a number of either kind
    value = row.get(name)
    return otherwise if value is None else value


def _failures(grid: Grid, row: _Row) -> tuple[FailureItem, ...]:
    """By reason, whatever numbers it names; the most frequent first, what a cancel cut off last."""
    groups: dict[tuple[bool, str], list[str]] = {}
    for one in grid.failures:
        groups.setdefault((one.cancelled, _NUMBER.sub("#", one.reason)), []).append(one.reason)
    ordered = sorted(groups.items(), key=lambda one: (one[0][0], -len(one[1]), one[0][1]))
    known = _NUMBER.sub("#", str(row.get("reason") or "")) or None
    return tuple(
        FailureItem(
            reason=reasons[0],
            count=len(reasons),
            cancelled=cancelled,
            shared=row.get("shared") if known is not None and known in shape else None,
        )
        for (cancelled, shape), reasons in ordered[:_MOST_FAILURES]
    )


def _best(grid: Grid) -> tuple[GridModelItem, ...]:
    """The first of its summary, which H2O sorts by the metric of its choice, best first."""

    def item(one: GridModel) -> GridModelItem:
        return GridModelItem(model=one.model, score=one.score, params=one.params)

    return tuple(map(item, grid.models[:_MOST_MODELS]))


def _grid_says(item: GridItem) -> Iterator[str]:
    """Size, progress, cost and advice, a sentence each."""
    built = f"{item.built:,} built" if item.built is not None else "none known to be built"
    if item.size is not None:
        least = "At least " if item.size_from == "summary" else ""
        yield f"{least}{item.size:,} combinations: {built}, {item.failed:,} failed."
    else:
        yield f"The number of combinations is not known: {built}, {item.failed:,} failed."
    if item.cancelled:
        was = "was" if item.cancelled == 1 else "were"
        yield f"{item.cancelled:,} {was} cut off by a cancel: that is no failure."
    yield _bound(item)
    if item.model_seconds is not None:
        many = item.models_per_hour
        rate = f", {many:,.{0 if many >= _FEW else 1}f} models an hour" if many else ""
        yield f"{words.seconds(item.model_seconds)} a model{rate}."
    if item.left_hours and item.status not in {"DONE", "CANCELLED", "FAILED"}:
        yield f"{words.hours(item.left_hours)} to go at this rate."
    elif item.full_hours and item.full_hours >= _DAY:
        yield f"All combinations would take {words.hours(item.full_hours)} at this rate."
    if item.full_bytes is not None and item.full_hours and item.full_hours >= _DAY:
        yield f"All models together would take {view.size(item.full_bytes)} of memory."
    if item.advised_models and item.size and item.advised_models < item.size:
        draws = f"{item.advised_models:,} random draws"
        yield f"{draws} reach the best 5 % with a chance of 95 %{_budget(item)}."


def _bound(item: GridItem) -> str:
    limits = []
    if item.max_models:
        limits.append(f"max_models = {item.max_models:,}")
    if item.max_runtime_secs:
        limits.append(f"max_runtime_secs = {item.max_runtime_secs:,.0f}")
    kind = item.strategy or "A search of unknown strategy"
    if limits:
        return f"{kind}, bounded by {' and '.join(limits)}."
    if item.bounded:
        return f"{kind}, bounded by stopping_rounds: it ends when it gets no better."
    if item.bounded is None and item.strategy is None:
        return "Its bounds are not told."
    end = _ENDS.get(item.status or "")
    if end is None:
        return f"{kind}, bounded by nothing: it runs until every combination is built."
    many = f" after {item.built:,} model{'s' * (item.built != 1)}" if item.built is not None else ""
    return f"{kind}, no limit set; it {end}{many if item.status != 'DONE' else ''}."


def _budget(item: GridItem) -> str:
    """`: 4 min 17 s at this rate, allow 9 min`."""
    if not item.advised_seconds:
        return ""
    allow = f"allow {words.seconds(item.advised_seconds)}"
    if not item.model_seconds or not item.advised_models:
        return f": {allow}"
    return f": {words.seconds(item.advised_models * item.model_seconds)} at this rate, {allow}"


def _automl(analysis: Analysis, run: AutoML, row: _Row) -> AutoMLItem:
    steps = sorted(run.steps.items(), key=lambda one: (-one[1], one[0]))
    item = AutoMLItem(
        automl=run.id,
        project=run.project,
        place=place_of(run.source),
        max_models=_known(row, "max_models", run.max_models),
        max_runtime_secs=_known(row, "max_runtime_secs", run.max_runtime_secs),
        nfolds=run.nfolds,
        sort_metric=run.sort_metric,
        leaderboard_frame=run.leaderboard_frame,
        bounded=row.get("bounded"),
        built=_known(row, "built", run.built),
        seconds=_known(row, "seconds", run.seconds),
        seconds_per_model=row.get("seconds_per_model"),
        advised_seconds=row.get("advised_seconds"),
        status=run.status,
        steps=tuple(StepItem(step=name, seconds=took) for name, took in steps[:_MOST_LISTED]),
        skipped_for_time=_skipped(row) or run.skipped_for_time,
        skipped_for_models=run.skipped_for_models,
        models=run.models[:_MOST_LISTED],
        events=len(run.events),
        says=(),
        findings=findings_about(analysis, "AutoML run", run.id, run.source),
    )
    return replace(item, says=tuple(_automl_says(item)))


def _skipped(row: _Row) -> tuple[str, ...]:
    """As the table counts them: what was skipped, not what was begun and cut short."""
    return (
        tuple(str(row.get("skipped_steps") or "").split(", "))
        if row.get("skipped_for_time")
        else ()
    )


def _automl_says(item: AutoMLItem) -> Iterator[str]:
    plural = "s" * (item.built != 1)
    built = "An unknown number of models" if item.built is None else f"{item.built:,} model{plural}"
    took = f" in {words.seconds(item.seconds)}" if item.seconds is not None else ""
    ensembles = sum(one.startswith("StackedEnsemble") for one in item.models)
    apart = ensembles and item.built is not None and item.built + ensembles == len(item.models)
    more = f", and {ensembles} stacked ensemble{'s' * (ensembles != 1)}" if apart else ""
    yield f"{built} built{took}{more}."
    if item.seconds_per_model is not None:
        yield f"{words.seconds(item.seconds_per_model)} a model."
    limits = []
    if item.max_models:
        limits.append(f"max_models = {item.max_models:,}")
    if item.max_runtime_secs:
        limits.append(f"max_runtime_secs = {item.max_runtime_secs:,.0f}")
    if limits:
        yield f"Bounded by {' and '.join(limits)}."
    elif item.bounded is False:
        yield "Bounded by nothing."
    if item.skipped_for_time:
        many = len(item.skipped_for_time)
        yield f"{many:,} step{'s' * (many != 1)} skipped: the time was over."
        if item.advised_seconds is not None:
            needed = words.seconds(item.advised_seconds)
            yield f"An estimate at the measured rate: {needed} for all steps."
        elif item.seconds_per_model is None:
            yield "No model was finished, so no rate is known; try max_models = 1 first."
    if item.skipped_for_models:
        many = len(item.skipped_for_models)
        yield f"{many:,} step{'s' * (many != 1)} skipped at max_models: a healthy end."
