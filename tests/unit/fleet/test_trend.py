"""Slopes and tests of short series, against figures worked out by hand."""

import math
import random

import pytest

from h2o_forensics.fleet.trend import _score, _variance, trend


def line(*values: float) -> list[tuple[float, float]]:
    return [(float(day), value) for day, value in enumerate(values)]


def test_a_straight_line() -> None:
    found = trend(line(*(2 * day + 1 for day in range(10))))
    assert (found.per_day, found.start, found.end) == (2, 1, 19)
    # S = 45, variance = 10 * 9 * 25 / 18 = 125, z = 44 / sqrt(125).
    assert found.p == pytest.approx(math.erfc(44 / math.sqrt(125) / math.sqrt(2)))


def test_one_wild_point_does_not_turn_the_slope() -> None:
    values = [float(day) for day in range(11)]
    values[5] = 1e6
    assert trend(line(*values)).per_day == pytest.approx(1)


def test_too_few_points_tell_less() -> None:
    assert trend(line(1, 2)).per_day is None
    few = trend(line(1, 2, 3, 4, 5, 6, 7))
    assert (few.per_day, few.p) == (1, None)
    assert trend([(1.0, 1.0)] * 9).per_day is None  # all at one time


def test_ties() -> None:
    assert trend(line(*[5.0] * 12)).p == 1.0
    # Values 0 0 0 0 1 1 1 1: (8*7*21 - 2 * 4*3*13) / 18 = 48, and S = 16.
    steps = line(0, 0, 0, 0, 1, 1, 1, 1)
    assert _variance(8, [day for day, _ in steps], [value for _, value in steps]) == 48
    assert _score(steps) == 16
    p = trend(steps).p
    assert p is not None
    assert math.erfc(15 / math.sqrt(48) / math.sqrt(2)) <= p < 0.5


def test_a_bend_is_not_taken_for_likeness() -> None:
    draw = random.Random(4)  # noqa: S311 - repeatable
    p = trend(line(*(max(0, day - 30) / 20 + draw.gauss(0, 0.2) for day in range(60)))).p
    assert p is not None
    assert p < 1e-4


def test_neighbours_that_are_alike_are_fewer_witnesses() -> None:
    wave = [math.sin(day / 6) for day in range(24)]  # rises, falls: no noise at all
    mixed = sorted(wave, key=lambda value: (value * 7919) % 1)
    sure, unsure = trend(line(*(v + i / 20 for i, v in enumerate(mixed)))), trend(line(*wave))
    assert sure.p is not None
    assert unsure.p is not None
    assert sure.p < 0.05 < unsure.p


def test_many_points_are_thinned_for_the_slope() -> None:
    found = trend([(day / 10, 3 * day / 10 + (day % 2)) for day in range(5000)])
    assert found.per_day == pytest.approx(3, abs=0.01)
    assert found.p == pytest.approx(0, abs=1e-12)
