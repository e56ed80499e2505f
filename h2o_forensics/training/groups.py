"""Leaderboards: models of one response, training frame and test frames, judged together.

They share one split, so their p-values depend on each other: one finding per leaderboard, about
the leader, with the share of models that stay flagged after Benjamini-Hochberg.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.training.compare import HIGHER_IS_BETTER, METRICS, compare
from h2o_forensics.training.distributions import normal_quantile
from h2o_forensics.training.intervals import interval
from h2o_forensics.training.join import metrics_of, training_frame
from h2o_forensics.training.many import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.training import Comparison, Metrics
    from h2o_forensics.training.join import Joined

FALSE_DISCOVERIES = 0.05
_SURE = 0.01
"""With several test frames the worst is looked at: its p times their number must be below."""
_WIDTH = 2 * normal_quantile(0.975)


class Trial(Struct, frozen=True):
    """A model with its comparisons on every test frame."""

    joined: Joined
    results: tuple[tuple[Comparison, ...], ...]
    """One per entry of `joined.tests`."""
    wild: bool = False
    """Its numbers could not be computed with."""

    def worst(self) -> int | None:
        """The test that decides: one that differs first, then the largest score."""
        if not self.results:
            return None
        return max(range(len(self.results)), key=lambda at: (*_badness(self.results[at]), -at))


class Board(Struct, frozen=True):
    """One leaderboard."""

    members: tuple[int, ...]
    """Indices of its models, the leader first."""
    flagged: int
    lead_se: float | None


def try_tests(joined: Joined) -> Trial:
    """Compare a model with each of its tests."""
    try:
        results = [compare(joined.model, metrics) for _origin, metrics in joined.tests]
    except ArithmeticError:  # a damaged document's numbers, too large to square
        return Trial(joined, tuple(() for _test in joined.tests), wild=True)
    if len(results) > 1:
        results = [tuple(_of_many(one, len(results)) for one in found) for found in results]
    return Trial(joined, tuple(results))


def boards(trials: Sequence[Trial]) -> tuple[Board, ...]:
    """The leaderboards, in order of their first model."""
    groups: dict[object, list[int]] = {}
    for index, trial in enumerate(trials):
        groups.setdefault(_key(trial), []).append(index)
    return tuple(_board(trials, members) for members in groups.values())


def _key(trial: Trial) -> object:
    model = trial.joined.model
    name, checksums = training_frame(model)
    if model.response is None and name is None:
        return model.id
    tests = frozenset((one.frame, one.frame_checksum) for _origin, one in trial.joined.tests)
    return model.response, name, tuple(sorted(checksums)), tests, model.category


def _board(trials: Sequence[Trial], members: Sequence[int]) -> Board:
    category = trials[members[0]].joined.model.category
    metric = METRICS.get(category or "", ("",))[0]
    sign = -1 if metric in HIGHER_IS_BETTER else 1

    def place(index: int) -> tuple[bool, float, str]:
        value = _cv_value(trials[index], metric)
        model = trials[index].joined.model.id
        return value is None, sign * (value or 0.0), model

    ordered = sorted(members, key=place)
    leader = trials[ordered[0]]
    at = leader.worst()
    compared = [] if at is None else [_deciding(trials[i].results[at]) for i in ordered]
    falls = benjamini_hochberg([None if c is None else c.p for c in compared], FALSE_DISCOVERIES)
    pairs = zip(compared, falls, strict=True)
    flagged = sum(c is not None and fell and c.gap >= c.floor for c, fell in pairs)
    second = _cv_value(trials[ordered[1]], metric) if len(ordered) > 1 else None
    return Board(tuple(ordered), flagged, _lead(leader, metric, second))


def _lead(leader: Trial, metric: str, second: float | None) -> float | None:
    """The leader's lead over the second, in standard errors of its own value."""
    cv = metrics_of(leader.joined.model, "cross_validation")
    if cv is None or second is None or metric not in cv.values:
        return None
    try:
        found = interval(cv, metric, leader.joined.model.folds)
    except ArithmeticError:
        return None
    if found.low is None or found.high is None or found.high <= found.low:
        return None
    return abs(found.value - second) * _WIDTH / (found.high - found.low)


def _cv_value(trial: Trial, metric: str) -> float | None:
    cv: Metrics | None = metrics_of(trial.joined.model, "cross_validation")
    return None if cv is None else cv.values.get(metric)


def _deciding(found: Sequence[Comparison]) -> Comparison | None:
    return next((one for one in found if one.decides), None)


def _badness(found: Sequence[Comparison]) -> tuple[bool, float]:
    one = _deciding(found)
    if one is None:
        return False, -math.inf
    return one.differs, -math.inf if one.score is None else one.score


def _of_many(one: Comparison, tests: int) -> Comparison:
    """Of several test frames the worst counts, so each must be surer (Bonferroni)."""
    if not one.differs or one.p is None or one.p * tests <= _SURE:
        return one
    return replace(one, differs=False, note=f"{one.note} The worst of {tests} tests.".strip())
