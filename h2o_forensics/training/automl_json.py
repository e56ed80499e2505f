"""An AutoML run's JSON: `GET /99/AutoML/<id>`, with the event log and the leaderboard inside."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from h2o_forensics.model.training import AutoML, AutoMLEvent, Leaderboard, Source
from h2o_forensics.training.automl_clock import event_times
from h2o_forensics.training.cells import listing, mapping, named, number, text, whole
from h2o_forensics.training.leaderboard_json import (
    leaderboard_of_table,
    models_of,
    read_leaderboard,
)
from h2o_forensics.training.two_dim import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EVENTS = 20_000
MODELS = 5_000
_SKIPPED = re.compile(
    r"AutoML: (out of time|hit the max_models limit); skipping (.{1,500})", re.DOTALL
)
_BUILT = re.compile(r"AutoML build done: built (\d{1,9}) models")
_FOLDS = re.compile(r"(\d{1,4})-fold cross-validation will be used")
_START = "start_"
_RUN_EVENTS = ("start_epoch", "stop_epoch", "creation_epoch")


def read_automl(found: Mapping[str, object], pointer: str) -> tuple[AutoML, Leaderboard | None]:
    """The run and its leaderboard."""
    events = read_events(found)
    board = _leaderboard(found, pointer)
    control = mapping(found.get("build_control"))
    criteria = mapping(control.get("stopping_criteria"))
    models = models_of(board)[:MODELS] if board else ()
    started, ended = _when(events, "start_epoch"), _when(events, "stop_epoch")
    run = AutoML(
        id=named(found.get("automl_id")) or text(found.get("project_name")) or "",
        project=text(found.get("project_name")) or text(control.get("project_name")),
        max_models=whole(criteria.get("max_models")),
        max_runtime_secs=number(criteria.get("max_runtime_secs")),
        nfolds=whole(control.get("nfolds")) or _number_in(events, _FOLDS),
        sort_metric=text(found.get("sort_metric")) or (board.sort_metric if board else None),
        leaderboard_frame=named(found.get("leaderboard_frame")),
        events=events,
        models=models,
        built=_built(events, models),
        skipped_for_time=_skipped(events, "out of time"),
        skipped_for_models=_skipped(events, "hit the max_models limit"),
        steps=_steps(events, ended),
        seconds=_seconds(events, started, ended, found),
        started=started,
        ended=ended,
        source=Source(pointer=pointer),
    )
    return run, board


def read_events(found: Mapping[str, object]) -> tuple[AutoMLEvent, ...]:
    """The event log: from its entries, else from its table, whose times have no date."""
    entries = listing(mapping(found.get("event_log")).get("events"))
    if entries:
        return tuple(_event(mapping(entry)) for entry in islice(entries, EVENTS))
    for table in (found.get("event_log_table"), mapping(found.get("event_log")).get("table")):
        columns = columns_of(table)
        if columns.get("message"):
            return tuple(_tabled(columns))
    return ()


def _event(entry: Mapping[str, object], at: int | None = None) -> AutoMLEvent:
    value = entry.get("value")
    return AutoMLEvent(
        at=whole(entry.get("timestamp")) if at is None else at,
        level=text(entry.get("level"), 20),
        stage=text(entry.get("stage"), 100),
        message=text(entry.get("message")) or "",
        name=text(entry.get("name"), 300),
        value=text(value, 300) if isinstance(value, str) else _shown(value),
    )


def _tabled(columns: Mapping[str, Sequence[object]]) -> Iterable[AutoMLEvent]:
    count = min(len(columns["message"]), EVENTS)
    rows = [
        {name: cells[row] for name, cells in columns.items() if row < len(cells)}
        for row in range(count)
    ]
    times = event_times([(text(row.get("timestamp")), _epoch(row)) for row in rows])
    for row, at in zip(rows, times, strict=True):
        yield _event({**row, "timestamp": None}, at)


def _epoch(row: Mapping[str, object]) -> int | None:
    """Seconds since 1970 that the event's value states, rounded."""
    name = text(row.get("name")) or ""
    return whole(row.get("value")) if name.endswith("_epoch") or name.startswith(_START) else None


def _shown(value: object) -> str | None:
    stated = number(value)
    return None if stated is None else f"{stated:g}"


def _leaderboard(found: Mapping[str, object], pointer: str) -> Leaderboard | None:
    if isinstance(found.get("leaderboard"), dict):
        board = read_leaderboard(mapping(found["leaderboard"]), f"{pointer}/leaderboard")
        if board.rows:
            return board
    return leaderboard_of_table(found.get("leaderboard_table"), f"{pointer}/leaderboard_table")


def _when(events: Sequence[AutoMLEvent], name: str) -> int | None:
    return next((event.at for event in events if event.name == name), None)


def _number_in(events: Sequence[AutoMLEvent], pattern: re.Pattern[str]) -> int | None:
    for event in events:
        match = pattern.search(event.message)
        if match:
            return int(match[1])
    return None


def _built(events: Sequence[AutoMLEvent], models: Sequence[str]) -> int | None:
    stated = _number_in(events, _BUILT)
    return stated if stated is not None else len(models) or None


def _skipped(events: Sequence[AutoMLEvent], why: str) -> tuple[str, ...]:
    """Steps, once each: a step under way when time is out is named again at every look."""
    found = (_SKIPPED.match(event.message) for event in events)
    names = (match[2].strip() for match in found if match and match[1] == why)
    return tuple(dict.fromkeys(names))


def _steps(events: Sequence[AutoMLEvent], ended: int | None) -> dict[str, float]:
    """Seconds from a step's start to the next one's, or to the end of the run."""
    starts = [
        (event.name[len(_START) :], event.at)
        for event in events
        if event.name and event.name.startswith(_START) and event.name not in _RUN_EVENTS
    ]
    ends = [*(at for _name, at in starts[1:]), ended]
    steps: dict[str, float] = {}
    for (name, start), end in zip(starts, ends, strict=False):
        if start is not None and end is not None and end >= start:
            steps[name] = steps.get(name, 0.0) + (end - start) / 1000
    return steps


def _seconds(
    events: Sequence[AutoMLEvent],
    started: int | None,
    ended: int | None,
    found: Mapping[str, object],
) -> float | None:
    if started is not None and ended is not None:
        return (ended - started) / 1000
    stated = next((event.value for event in events if event.name == "duration_secs"), None)
    return number(stated) if stated is not None else number(found.get("duration_secs"))
