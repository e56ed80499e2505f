"""What H2O's log tells of training: parameters of models, grid searches, AutoML runs.

Sources: h2o-core `hex/ModelBuilder.java` and `hex/grid/GridSearch.java`, h2o-automl `AutoML.java`.
The lines are found by a scan, see `LINES`; here their captures are put together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from h2o_forensics.model.training import AutoML, AutoMLEvent, ModelLog, Saved, Source
from h2o_forensics.training.automl_clock import event_times
from h2o_forensics.training.cells import mapping, scalar
from h2o_forensics.training.log_grids import GridLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from h2o_forensics.model.training import Scalar

MODELS = 2_000
"""Parameter dumps that are kept."""
EVENTS = 5_000
"""Of one AutoML run."""
_CV_MODEL = re.compile(r"_cv_\d+$")
_STAGED = "Workflow|ModelTraining|ModelSelection|Validation|DataImport|Feature[A-Z][a-z]+"


class Wanted(NamedTuple):
    """Lines to be found."""

    anchor: str
    """A literal that stands in them, and in few others."""
    pattern: str
    lines_after: int = 0
    """The pattern may reach into so many lines after the record."""


LINES: dict[str, Wanted] = {
    "model": Wanted(
        " model with these parameters:",
        r"\ABuilding H2O (?P<algo>[^\n]{1,60}?) model with these parameters:[^\n]*"
        r"(?:\n(?P<params>\{\"_[^\n]*))?"
        r"(?:(?:\n(?!Building H2O |\{\"_)[^\n]*){0,12}?"
        r"\nStarting model (?P<model>(?!Quantiles_model_)\S+))?",
        14,
    ),
    "grid_request": Wanted(
        "POST /99/Grid/",
        r"\APOST /99/Grid/(?P<algo>\w{1,40})(?:/resume)?, parms: (?P<parms>\{[^\n]*)",
    ),
    "grid_size": Wanted(
        "estimated size of search space = ",
        r"\AStarting gridsearch: estimated size of search space = (?P<size>-?\d{1,19})\s*$",
    ),
    "grid_failure": Wanted(
        "Grid search: ",
        r"\AGrid search: (?:model builder for|construction of model) parameters [^\n]*?failed! "
        r"Exception:[ \t]*(?:\n(?P<reason>[^\n]*))?",
        1,
    ),
    "grid_done": Wanted(
        "For grid: ", r"\AFor grid: (?P<grid>[^\n]+?) built: (?P<built>\d{1,9}) models\."
    ),
    "grid_kept": Wanted(
        "Keeping incomplete grid ",
        r"\AKeeping incomplete grid (?P<grid>[^\n]+?) after cancellation of job",
    ),
    "grid_expired": Wanted(
        "Grid max_runtime_secs of ",
        r"\AGrid max_runtime_secs of (?P<seconds>\d[\d.]{0,15}) secs has expired",
    ),
    **{
        f"automl_{stage.lower()}": Wanted(
            f"{stage}: ", rf"\A(?P<stage>{stage}): (?P<message>[^\n]+)"
        )
        for stage in ("Workflow", "ModelTraining", "Validation", "DataImport")
    },
    "automl_summary": Wanted(
        "AutoML run summary:",
        r"\AAutoML run summary:[^\n]*\n(?P<events>(?:[^\n]*\n){1,4000}?"
        r"\d\d:\d\d:\d\d\.\d{1,3} +INFO +Workflow +AutoML duration: [^\n]*)",
        4000,
    ),
}
"""By name; the literals are rare: one a model, a grid, or a step."""
_EVENT = re.compile(
    rf"^(?P<time>\d\d:\d\d:\d\d\.\d{{1,3}}) +(?P<level>DEBUG|INFO|WARN|ERROR|FATAL) +"
    rf"(?P<stage>{_STAGED}) +(?P<message>[^\n]*?)(?: (?P<name>(?:start|stop|creation)_\w{{1,99}}"
    r"|duration_secs) (?P<value>\d{1,13}))? *$",
    re.MULTILINE,
)
_PROJECT = "Project: "
_BEGINS = "AutoML build started: "
_ENDS = ("AutoML build done: ", "AutoML duration: ")


class LogLine(Struct, frozen=True):
    """A line of `LINES` that was found."""

    name: str
    captures: dict[str, str | None]
    thread: str
    node: str | None
    at: int | None
    """Epoch ms, UTC; None: its clock is not known."""
    source: Source
    weight: int = 1
    """Lines that it stands for, itself among them."""


def read_log(lines: Iterable[LogLine]) -> Saved:
    """What the lines tell; they are given in order of time, each once."""
    grids: dict[str | None, GridLog] = {}
    runs: dict[str | None, list[_Run]] = {}
    logs: list[ModelLog] = []
    for line in lines:
        mine = grids.setdefault(line.node, GridLog(line.node))
        automl = runs.setdefault(line.node, [])
        if line.name.startswith("automl_"):
            _automl_line(line, automl)
            continue
        if line.name == "model":
            params = _params(line.captures.get("params"))
            model = line.captures.get("model")
            if _CV_MODEL.search(model or "") or params.get("is_cv_model") is True:
                continue
            if model is None and not params and mine.has_folds:
                continue  # one of several that are built at a time: the next lines are of another
            if len(logs) < MODELS and (model is not None or params):
                logs.append(_model_log(line, model, params))
            mine.model(line, model, params)
        else:
            mine.note(line, within_automl=bool(automl) and not automl[-1].done)
    return Saved(
        grids=tuple(grid for log in grids.values() for grid in log.grids()),
        automl=tuple(_automl(run) for mine in runs.values() for run in mine),
        logs=tuple(logs),
    )


def _model_log(line: LogLine, model: str | None, params: dict[str, Scalar]) -> ModelLog:
    algo = (line.captures.get("algo") or "").lower()
    return ModelLog(model, algo, params, line.at, line.node, line.source)


def _params(text: str | None) -> dict[str, Scalar]:
    """Of a dump: `{"_ntrees":50,...}`; nothing, where it is cut."""
    if text is None:
        return {}
    try:
        found = mapping(msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError):
        return {}
    return {name.removeprefix("_"): scalar(value) for name, value in found.items()}


class _Run(Struct):
    """An AutoML run as its lines come."""

    project: str
    first: LogLine
    events: list[AutoMLEvent]
    told: list[AutoMLEvent] = []
    """All events, as repeated at the end."""
    ended: int | None = None
    done: bool = False


def _automl_line(line: LogLine, runs: list[_Run]) -> None:
    if line.name == "automl_summary":
        if runs:
            runs[-1].told = _told(line.captures.get("events") or "")
            runs[-1].done = True
        return
    message = (line.captures.get("message") or "").strip()
    if message.startswith(_PROJECT):
        runs.append(_Run(message.removeprefix(_PROJECT).strip(), line, [], told=[]))
    if not runs or len(runs[-1].events) >= EVENTS:
        return
    run = runs[-1]
    run.events.append(AutoMLEvent(line.at, None, line.captures.get("stage"), message))
    run.ended = line.at if line.at is not None else run.ended
    run.done = run.done or message.startswith(_ENDS)


def _told(text: str) -> list[AutoMLEvent]:
    """The events repeated at the end of a run: times of day, and epochs that date them."""
    found = list(_EVENT.finditer(text))[:EVENTS]
    epochs = [
        int(one["value"]) if one["value"] and one["name"] != "duration_secs" else None
        for one in found
    ]
    times = event_times([(one["time"], epoch) for one, epoch in zip(found, epochs, strict=True)])
    return [
        AutoMLEvent(when, one["level"], one["stage"], one["message"].strip(), one["name"],
                    one["value"])
        for one, when in zip(found, times, strict=True)
    ]  # fmt: skip


def _automl(run: _Run) -> AutoML:
    """The run; its figures are made of the events."""
    events: Sequence[AutoMLEvent] = run.told or run.events
    began = [one.at for one in run.events if one.message.startswith(_BEGINS)]
    return AutoML(
        id=run.project,
        project=run.project,
        events=tuple(events),
        started=began[0] if began and began[0] is not None else run.first.at,
        ended=run.ended if run.done else None,
        node=run.first.node,
        source=run.first.source,
    )
