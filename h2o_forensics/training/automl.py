"""An AutoML run in figures: what bounded it, what was skipped and why, what its steps cost.

The JSON states neither bound; both are told by the event log (h2o-automl: `AutoML.java`,
`ModelingStepsExecutor.java`, `ModelingStep.java`), where even timeouts are DEBUG.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.model.training import AutoML

_SKIPPED = re.compile(r"^AutoML:? (?P<why>out of time|hit the max_models limit|job cancelled); "
                      r"skipping (?P<step>.+)")  # fmt: skip
_UNBOUNDED = "User didn't set any runtime constraints"
_UNTIMED, _TIMED = "No time limitation for ", "Time assigned for "
_STEP = re.compile(r"^(?P<step>\S+ \[.+\]) (?P<what>started|complete|cancelled|failed)$")
_DISABLED = re.compile(r"^Disabling Algo: (?P<algo>\w+)")
_BUILT = re.compile(r"^AutoML build done: built (?P<built>\d{1,9}) models")
_DURATION = re.compile(r"^AutoML duration: +(?P<seconds>[\d.]{1,15}) sec")
_BUDGET = re.compile(r"within a max runtime constraint of (?P<seconds>\d{1,9}) seconds")
_WORK = re.compile(
    r"Work\{(?P<step>[\w ]{1,60}), (?P<algo>\w{1,40}), \w+, group=\d+, weight=(?P<weight>\d{1,6})\}"
)
_USUAL_WEIGHT = 10
"""H2O's weight of a step that trains one model; a grid has 30 to 90."""
_MINUTE_S = 60


class AutoMLFigures(Struct, frozen=True):
    """What can be said of a run; None: the evidence does not tell."""

    bounded: bool | None
    models_asked: bool | None
    budget_s: float | None
    built: int | None
    skipped_for_time: tuple[str, ...]
    skipped_for_models: tuple[str, ...]
    cut_short: tuple[str, ...]
    steps: dict[str, float]
    """Seconds per step that ran."""
    seconds: float | None
    seconds_per_model: float | None
    advised_s: float | None
    status: str | None


def automl_figures(run: AutoML) -> AutoMLFigures:
    """Figures of a run, from its fields and, where they are empty, from its events."""
    messages = [event.message for event in run.events]
    skipped = _skipped(run, messages)
    budget = run.max_runtime_secs or _number(_BUDGET, "seconds", messages)
    built = run.built if run.built is not None else _whole(_BUILT, "built", messages)
    seconds = run.seconds or _number(_DURATION, "seconds", messages) or _between(run)
    steps = run.steps or _steps(run)
    per_model = seconds / built if built and seconds else None
    asked = _models_asked(run, messages)
    return AutoMLFigures(
        bounded=_bounded(run, messages, asked=asked, budget=budget),
        models_asked=asked,
        budget_s=budget or None,
        built=built,
        skipped_for_time=skipped["out of time"],
        skipped_for_models=skipped["hit the max_models limit"],
        cut_short=skipped["cut"],
        steps=steps,
        seconds=seconds,
        seconds_per_model=per_model,
        advised_s=_advised(run, skipped["out of time"], budget, seconds, per_model),
        status=_status(run, messages, done=_whole(_BUILT, "built", messages) is not None),
    )


def _skipped(run: AutoML, messages: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Steps by why they were skipped, each once; `cut`: they ran when the time was over.

    Steps of algorithms that were switched off are skipped in any case, and H2O repeats the message
    while it waits for a running step to stop.
    """
    messages = list(messages)
    off = {match["algo"] for one in messages if (match := _DISABLED.match(one))}
    ran = {match["step"] for one in messages if (match := _STEP.match(one))} | set(run.steps)
    found: dict[str, dict[str, None]] = {}
    if not any(_SKIPPED.match(one) for one in messages):
        found["out of time"] = dict.fromkeys(run.skipped_for_time)
        found["hit the max_models limit"] = dict.fromkeys(run.skipped_for_models)
    for one in messages:
        match = _SKIPPED.match(one)
        if match is None or match["step"].split(" ", 1)[0] in off:
            continue
        why = match["why"]
        kind = "cut" if why == "out of time" and match["step"] in ran else why
        found.setdefault(kind, {})[match["step"]] = None
    kinds = ("out of time", "hit the max_models limit", "cut")
    return {kind: tuple(found.get(kind, ())) for kind in kinds}


def _models_asked(run: AutoML, messages: Iterable[str]) -> bool | None:
    """With max_models no single model is given a time; with a time alone each has its share."""
    if run.max_models is not None:
        return run.max_models > 0
    told = [one for one in messages if one.startswith((_UNTIMED, _TIMED))]
    return told[0].startswith(_UNTIMED) if told else None


def _bounded(
    run: AutoML, messages: Iterable[str], *, asked: bool | None, budget: float | None
) -> bool | None:
    if any(one.startswith(_UNBOUNDED) for one in messages):
        return False
    if asked or budget or any(one.startswith(_TIMED) for one in messages):
        return True
    return False if run.max_models == 0 and run.max_runtime_secs == 0 else None


def _status(run: AutoML, messages: Iterable[str], *, done: bool) -> str | None:
    """A cancelled run says `build done`, too; a job's snapshot may be older than the events."""
    reasons = (match["why"] for one in messages if (match := _SKIPPED.match(one)))
    if "job cancelled" in reasons:
        return "CANCELLED"
    if done and run.status in (None, "RUNNING", "CREATED"):
        return "DONE"
    return run.status


def _steps(run: AutoML) -> dict[str, float]:
    begun: dict[str, int] = {}
    took: dict[str, float] = {}
    for event in run.events:
        match = _STEP.match(event.message)
        if match is None or event.at is None:
            continue
        if match["what"] == "started":
            begun[match["step"]] = event.at
        elif match["step"] in begun:
            took[match["step"]] = (event.at - begun[match["step"]]) / 1000
    return took


def _advised(
    run: AutoML,
    skipped: tuple[str, ...],
    budget: float | None,
    seconds: float | None,
    per_model: float | None,
) -> float | None:
    """Seconds in which all steps, or as many models as were asked for, would have been done.

    None where not one model was done: that says only that a model costs more than all of it.
    """
    spent = seconds or budget
    if not skipped or not spent or per_model is None:
        return None
    weights = _weights(event.message for event in run.events)
    rest = sum(_weight(step, weights) for step in skipped) / _USUAL_WEIGHT * per_model
    return _minutes(max(spent + rest, (run.max_models or 0) * per_model))


def _weights(messages: Iterable[str]) -> dict[str, int]:
    told = next((one for one in messages if one.startswith("Actual work allocations")), "")
    return {f"{found['algo']} {found['step']}": int(found["weight"]) for found in
            _WORK.finditer(told)}  # fmt: skip


def _weight(step: str, weights: dict[str, int]) -> int:
    """By `ALGO step`, which begins its name; `completion resume_best_grids` is of no algorithm."""
    name = " ".join(step.split(" ")[:2]).replace("completion ", "virtual ", 1)
    return weights.get(name, _USUAL_WEIGHT)


def _minutes(seconds: float) -> float:
    return float(math.ceil(seconds / _MINUTE_S) * _MINUTE_S)


def _between(run: AutoML) -> float | None:
    if run.started is None or run.ended is None or run.ended <= run.started:
        return None
    return (run.ended - run.started) / 1000


def _number(pattern: re.Pattern[str], group: str, messages: Iterable[str]) -> float | None:
    for one in messages:
        match = pattern.search(one)
        if match is None:
            continue
        try:
            return float(match[group])
        except ValueError:  # `1.2.3`
            return None
    return None


def _whole(pattern: re.Pattern[str], group: str, messages: Iterable[str]) -> int | None:
    found = _number(pattern, group, messages)
    return None if found is None else int(found)
