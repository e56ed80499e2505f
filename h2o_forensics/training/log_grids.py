"""Grid searches as the log tells of them: the request, the size of the space, model after model."""

from __future__ import annotations

import json
import re
import statistics
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.model.training import Grid, GridFailure, GridModel
from h2o_forensics.training.cells import listing, mapping, number, scalar, text, whole
from h2o_forensics.training.grid_json import read_reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from h2o_forensics.model.training import Scalar, Source
    from h2o_forensics.training.log_lines import LogLine

ATTEMPTS = 20_000
_GRID_MODEL = re.compile(r"(?P<grid>.+)_model_\d{1,9}$")
_OF_AUTOML = "_AutoML_"
_PLAIN = {
    "grid_id": re.compile(r"[{ ]grid_id=(?P<value>[^,}\n]{1,300})"),
    "nfolds": re.compile(r"[{ ]nfolds=(?P<value>\d{1,6})[,}]"),
    "parallelism": re.compile(r"[{ ]parallelism=(?P<value>\d{1,6})[,}]"),
}
_EXCEPTION = re.compile(r"^[\w.$]{1,300}(?:Exception|Error): ")


class _Attempt(Struct):
    """A combination that was begun."""

    model: str | None
    params: dict[str, Scalar]
    at: int | None
    weight: int
    failed: str | None = None
    """The reason."""


class _Draft(Struct):
    """A grid as its lines come."""

    started: LogLine
    grid: str | None = None
    algo: str | None = None
    request: LogLine | None = None
    criteria: Mapping[str, object] | None = None
    """None: no request was seen, or it is cut."""
    values: Mapping[str, object] = {}
    size: int | None = None
    nfolds: int | None = None
    parallelism: int | None = None
    attempts: list[_Attempt] = []
    more_failures: int = 0
    built: LogLine | None = None
    failure: LogLine | None = None
    kept: LogLine | None = None
    expired: float | None = None
    last: int | None = None


class GridLog:
    """The grids of one node; it is shown the lines of its log in their order."""

    def __init__(self, node: str | None) -> None:
        self._node = node
        self._asked: dict[str, LogLine] = {}
        self._drafts: list[_Draft] = []
        self._open: list[_Draft] = []

    @property
    def has_folds(self) -> bool:
        """A search with cross-validation goes on."""
        return any((draft.nfolds or 0) > 1 for draft in self._open)

    def note(self, line: LogLine, *, within_automl: bool) -> None:
        """Take a line about a grid; a search that an AutoML run began is its own affair."""
        if line.name == "grid_request":
            self._asked[line.thread] = line
        elif line.name == "grid_size":
            request = self._asked.pop(line.thread, None)
            if request is not None or not within_automl:
                self._begin(line, request)
        elif line.name == "grid_failure":
            self._fail(line)
        else:
            self._end(line)

    def model(self, line: LogLine, model: str | None, params: dict[str, Scalar]) -> None:
        """Take the parameters of a main model that is begun."""
        found = _GRID_MODEL.match(model or "")
        name = found["grid"] if found else None
        draft = self._of(name) if name else self._alone()
        if draft is None or (model is not None and name is None):
            return
        draft.grid = draft.grid or name
        draft.last = line.at if line.at is not None else draft.last
        if len(draft.attempts) < ATTEMPTS:
            draft.attempts.append(_Attempt(model, params, line.at, line.weight))

    def grids(self) -> list[Grid]:
        """All that have a name, in the order in which they began."""
        asked = [_draft(line, line) for line in self._asked.values()]
        return [
            _grid(draft, self._node)
            for draft in (*self._drafts, *asked)
            if draft.grid is not None and _OF_AUTOML not in draft.grid
        ]

    def _begin(self, line: LogLine, request: LogLine | None) -> None:
        draft = _draft(line, request)
        size = whole(line.captures.get("size"))
        draft.size = size if size is not None and size > 0 else None
        self._drafts.append(draft)
        self._open.append(draft)

    def _of(self, name: str) -> _Draft | None:
        for draft in reversed(self._drafts):
            if draft.grid == name:
                return draft
        unnamed = [draft for draft in self._open if draft.grid is None]
        return unnamed[-1] if unnamed and _OF_AUTOML not in name else None

    def _alone(self) -> _Draft | None:
        return self._open[0] if len(self._open) == 1 else None

    def _fail(self, line: LogLine) -> None:
        reason = line.captures.get("reason") or ""
        named = re.search(r" model: (?P<model>\S+?_model_\d{1,9})\.?\s", reason)
        found = _GRID_MODEL.match(named["model"]) if named else None
        draft = self._of(found["grid"]) if found else self._alone()
        if draft is None:
            return
        draft.failure = draft.failure or line
        draft.last = line.at if line.at is not None else draft.last
        told = read_reason(_EXCEPTION.sub("", reason.strip()), draft.grid or "")
        begun = [one for one in draft.attempts if one.failed is None]
        mine = [one for one in begun if named and one.model == named["model"]] or begun[-1:]
        if mine:
            mine[-1].failed = told
            draft.more_failures += line.weight - 1
        else:
            draft.attempts.append(_Attempt(None, {}, line.at, line.weight, told))

    def _end(self, line: LogLine) -> None:
        name = line.captures.get("grid")
        draft = self._of(name) if name else self._alone()
        if draft is None:
            return
        draft.last = line.at if line.at is not None else draft.last
        if line.name == "grid_expired":
            draft.expired = number(line.captures.get("seconds"))
            return
        draft.grid = draft.grid or name
        if line.name == "grid_done":
            draft.built = line
        else:
            draft.kept = line
        if draft in self._open:
            self._open.remove(draft)


def _draft(line: LogLine, request: LogLine | None) -> _Draft:
    draft = _Draft(line, attempts=[], last=line.at)
    if request is None:
        return draft
    parms = request.captures.get("parms") or ""
    plain = {name: found["value"] for name, one in _PLAIN.items() if (found := one.search(parms))}
    draft.request = request
    draft.algo = (request.captures.get("algo") or "").lower() or None
    draft.grid = plain.get("grid_id")
    draft.nfolds, draft.parallelism = whole(plain.get("nfolds")), whole(plain.get("parallelism"))
    draft.values = mapping(_json_after(parms, "hyper_parameters="))
    criteria = _json_after(parms, "search_criteria=")
    whole_line = parms.rstrip().endswith("}")
    absent = "search_criteria=" not in parms and whole_line
    draft.criteria = mapping(criteria) if isinstance(criteria, dict) else {} if absent else None
    return draft


def _json_after(parms: str, key: str) -> object:
    at = parms.find(key)
    if at < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(parms, at + len(key))[0]
    except (ValueError, RecursionError):
        return None


def _grid(draft: _Draft, node: str | None) -> Grid:
    criteria = draft.criteria
    counts, asked = _space(draft.values)
    size, size_from = (draft.size, "log") if draft.size else (asked, "request" if asked else "")
    failed = [one for one in draft.attempts if one.failed is not None]
    done = _done(draft)
    return Grid(
        id=draft.grid or "",
        algo=draft.algo,
        hyper_values=counts,
        size=size,
        size_from=size_from,
        strategy=None if criteria is None else text(criteria.get("strategy")) or "Cartesian",
        max_models=None if criteria is None else whole(criteria.get("max_models")),
        max_runtime_secs=draft.expired if criteria is None else
        number(criteria.get("max_runtime_secs")) or draft.expired,
        stopping_rounds=None if criteria is None else whole(criteria.get("stopping_rounds")),
        parallelism=draft.parallelism,
        nfolds=draft.nfolds,
        models=tuple(
            GridModel(one.model, _hyper(one, counts), None) for one in done if one.model
        ),
        failures=tuple(GridFailure(_hyper(one, counts), one.failed or "") for one in failed),
        built=_built(draft, done),
        started=draft.started.at,
        last_seen=draft.last,
        status="CANCELLED" if draft.kept else "DONE" if draft.built else None,
        model_seconds=_seconds(draft),
        node=node,
        places=_places(draft),
        source=draft.started.source,
    )  # fmt: skip


def _places(draft: _Draft) -> dict[str, Source]:
    lines = {
        "size": draft.started if draft.size else draft.request or draft.started,
        "request": draft.request,
        "built": draft.built or draft.kept,
        "failed": draft.failure,
    }
    return {name: line.source for name, line in lines.items() if line is not None}


def _space(values: Mapping[str, object]) -> tuple[dict[str, int], int | None]:
    """Values per hyper-parameter, and combinations; with `subspaces` their sum."""
    counts = {name: _count(found) for name, found in values.items() if name != "subspaces"}
    base = prod(counts.values()) if counts else 1
    subspaces = [mapping(one) for one in listing(values.get("subspaces"))]
    if not subspaces:
        return counts, base if counts else None
    total = sum(base * prod(map(_count, one.values())) for one in subspaces)
    for one in subspaces:
        for name, found in one.items():
            counts[name] = max(counts.get(name, 0), _count(found))
    return counts, total


def _count(found: object) -> int:
    return max(1, len(found)) if isinstance(found, list) else 1


def _hyper(attempt: _Attempt, counts: Mapping[str, int]) -> dict[str, Scalar]:
    return {name: scalar(attempt.params[name]) for name in counts if name in attempt.params}


def _done(draft: _Draft) -> list[_Attempt]:
    """Those that did not fail; of a search that goes on or was stopped, the last is not built."""
    built = [one for one in draft.attempts if one.failed is None]
    return built if draft.built is not None else built[:-1]


def _built(draft: _Draft, done: list[_Attempt]) -> int | None:
    if draft.built is not None:
        return whole(draft.built.captures.get("built"))
    if not draft.attempts:
        return None
    return max(0, sum(one.weight for one in done) - draft.more_failures)


def _seconds(draft: _Draft) -> float | None:
    """Median from one model to the next, without those that failed at once."""
    times = [(one.at, one.failed is None, one.weight) for one in draft.attempts]
    if draft.built is not None:
        times.append((draft.built.at, True, 1))
    gaps = []
    for (at, fine, weight), (following, _, _) in pairwise(times):
        if fine and at is not None and following is not None and following >= at:
            gaps += [(following - at) / 1000 / weight] * weight
    return statistics.median(gaps) if gaps else None
