"""A grid search in figures: how large, how far, what bounded it, and what its failures share.

See h2o-core `hex/grid/GridSearch.java`: a failed combination is noted and the search goes on, so a
grid with failures ends as DONE; servers bound nothing unless they are asked to.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.training import Grid, GridFailure, Model, Scalar

DRAWS = 60
"""Random draws of which one is in the best 5 % with a chance of 95 %: 1 - 0.95^60."""
_ENDLESS = 1e-12
"""Below this the progress of a running search is that of one without bound: its work is set to the
largest long."""
_ROOM = 2
"""Of the time that the advised models take at the measured rate: large models take longer."""
_HOUR_S = 3600
_MOST_VALUES = 8
_PREFIX = re.compile(
    r"^Illegal argument\(s\) for .{1,200}? model: (?:.{1,300}?\.\s+Details: |(?=ERRR))"
)
_FIELD = re.compile(r"ERRR on field: _?(?P<field>\w+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_CANCELLED = re.compile(r"^Job Canceled|JobCancelledException|\bwas cancelled\b")
_MEMORY = "OutOfMemoryError"

_Pair = tuple[str, str]


class GridFigures(Struct, frozen=True):
    """What can be said of a search; None: the evidence does not tell."""

    size: int | None
    size_from: str
    bounded: bool | None
    built: int
    failed: int
    cancelled: int
    missing: int | None
    reason: str | None
    """The most frequent one, in the words of its first failure."""
    reason_count: int
    reasons: int
    shared: str | None
    model_seconds: float | None
    left_hours: float | None
    full_hours: float | None
    full_bytes: float | None
    advised_models: int | None
    advised_s: float | None


def grid_figures(grid: Grid, models: Sequence[Model]) -> GridFigures:
    """Figures of a search; `models`: the saved ones, of which its own tell size and time."""
    mine = _own(grid, models)
    size, size_from = _size(grid)
    built = max(grid.built or 0, len(grid.models))
    failures = [one for one in grid.failures if not is_cancelled(one)]
    groups = _groups(failures)
    first = groups[0] if groups else []
    seconds = _seconds(grid, built, mine)
    left = None if size is None else max(0, size - built - len(failures))
    bounded = _bounded(grid)
    advised = _advised(size, size_from)
    return GridFigures(
        size=size,
        size_from=size_from,
        bounded=bounded,
        built=built,
        failed=len(failures),
        cancelled=len(grid.failures) - len(failures),
        missing=left if bounded is False else None,
        reason=reason_of(first[0]) if first else None,
        reason_count=len(first),
        reasons=len(groups),
        shared=shared_values(grid, first),
        model_seconds=seconds,
        left_hours=_hours(left, seconds),
        full_hours=_hours(size, seconds),
        full_bytes=_bytes(size, mine),
        advised_models=advised,
        advised_s=_advised_s(advised, seconds),
    )


def is_cancelled(failure: GridFailure) -> bool:
    """The user stopped it: no fault of the combination."""
    return failure.cancelled or _CANCELLED.search(failure.reason) is not None


def reason_of(failure: GridFailure) -> str:
    """The reason without what names the model."""
    lines = _PREFIX.sub("", failure.reason.strip(), count=1).strip().splitlines()
    return lines[0][:500] if lines else ""


def shared_values(grid: Grid, failures: Sequence[GridFailure]) -> str | None:
    """`parameter=value` that each of these failures has and no built model: what to take out.

    One parameter that explains all of them goes first (the one that the reason names, else the one
    with the fewest values); else the fewest pairs that cover them.
    """
    if not failures:
        return None
    varied = _varied(grid)
    built = {pair for model in grid.models for pair in _pairs(model.params, varied)}
    rows = [set(_pairs(failure.params, varied)) - built for failure in failures]
    named = _FIELD.search(failures[0].reason)
    field = named["field"] if named else ""
    if not built and field not in varied:
        return None  # nothing was built: whatever they share, no model stands against it
    cover = _one_parameter(rows, field) or _fewest(rows)
    return _spelt(cover) if cover else None


def _one_parameter(rows: Sequence[set[_Pair]], field: str) -> list[_Pair]:
    common = set.intersection(*({name for name, _ in row} for row in rows))
    found = {name: sorted({pair for row in rows for pair in row if pair[0] == name}, key=_order)
             for name in common}  # fmt: skip
    ranked = sorted(found, key=lambda name: (name != field, len(found[name]), name))
    return found[ranked[0]] if ranked else []


def _fewest(rows: Sequence[set[_Pair]]) -> list[_Pair]:
    """Greedily: the pair that most of those left have."""
    left, cover = [row for row in rows if row], []
    if len(left) < len(rows):
        return []
    while left:
        counts = Counter(pair for row in left for pair in row)
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        cover.append(best)
        left = [row for row in left if best not in row]
    return sorted(cover, key=_order)


def _spelt(pairs: Sequence[_Pair]) -> str:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return " or ".join(
        f"{name}={mine[0]}" if len(mine) == 1 else f"{name} in {{{_listed(mine)}}}"
        for name, mine in values.items()
    )


def _listed(values: Sequence[str]) -> str:
    more = len(values) - _MOST_VALUES
    return ", ".join(values[:_MOST_VALUES]) + (f", and {more} more" if more > 0 else "")


def _order(pair: _Pair) -> tuple[str, float, str]:
    try:
        return pair[0], float(pair[1]), pair[1]
    except ValueError:
        return pair[0], math.inf, pair[1]


def _varied(grid: Grid) -> set[str]:
    """Parameters that have more than one value in this search."""
    seen: dict[str, set[str]] = {}
    params = [one.params for one in grid.models] + [one.params for one in grid.failures]
    for given in params:
        for name, value in given.items():
            seen.setdefault(name, set()).add(_value(value))
    several = {name for name, values in seen.items() if len(values) > 1}
    return several & grid.hyper_values.keys() if grid.hyper_values else several


def _pairs(params: dict[str, Scalar], varied: set[str]) -> list[_Pair]:
    return [(name, _value(value)) for name, value in params.items() if name in varied]


def _value(value: Scalar) -> str:
    """As a text: the summary has numbers where the failures have their texts."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    try:
        return f"{float(value):.12g}"
    except ValueError:
        return str(value)


def _groups(failures: Sequence[GridFailure]) -> list[list[GridFailure]]:
    """By reason, numbers apart; the most frequent first, those for want of memory last."""
    found: dict[str, list[GridFailure]] = {}
    for failure in failures:
        found.setdefault(_NUMBER.sub("#", reason_of(failure)), []).append(failure)
    return sorted(
        found.values(),
        key=lambda group: (_MEMORY in group[0].reason, -len(group), reason_of(group[0])),
    )


def _own(grid: Grid, models: Sequence[Model]) -> list[Model]:
    names = {model.model for model in grid.models}
    return [model for model in models if model.id in names]


def _size(grid: Grid) -> tuple[int | None, str]:
    if grid.size is not None:
        return grid.size, grid.size_from or "log"
    if grid.hyper_values and all(grid.hyper_values.values()):
        return math.prod(grid.hyper_values.values()), grid.size_from or "summary"
    return None, ""


def _bounded(grid: Grid) -> bool | None:
    early = (grid.stopping_rounds or 0) > 0 and grid.strategy != "Cartesian"
    if (grid.max_models or 0) > 0 or (grid.max_runtime_secs or 0) > 0 or early:
        return True
    if grid.progress is not None and 0 < grid.progress < _ENDLESS:
        return False
    return False if grid.strategy is not None or grid.size_from == "request" else None


def _seconds(grid: Grid, built: int, mine: Sequence[Model]) -> float | None:
    """Wall time from one model to the next."""
    if grid.model_seconds:
        return grid.model_seconds
    if grid.job_ms and built:
        return grid.job_ms / 1000 / built
    runs = [model.run_ms / 1000 for model in mine if model.run_ms]
    if runs:
        return statistics.median(runs) / max(1, grid.parallelism or 1)
    if grid.started and grid.last_seen and grid.last_seen > grid.started and built:
        return (grid.last_seen - grid.started) / 1000 / built
    return None


def _hours(models: int | None, seconds: float | None) -> float | None:
    return None if models is None or not seconds else models * seconds / _HOUR_S


def _bytes(size: int | None, mine: Sequence[Model]) -> float | None:
    stated = [model.size_bytes for model in mine if model.size_bytes]
    return size * statistics.fmean(stated) if size is not None and stated else None


def _advised(size: int | None, size_from: str) -> int | None:
    """A lower bound of the size bounds the advice only from above."""
    if size is None or (size_from == "summary" and size < DRAWS):
        return None
    return min(size, DRAWS)


def _advised_s(advised: int | None, seconds: float | None) -> float | None:
    if advised is None or not seconds:
        return None
    return float(math.ceil(_ROOM * advised * seconds / 60) * 60)
