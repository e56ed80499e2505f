"""The live set's trend and, above all, how often it cries wolf."""

import random
from itertools import accumulate

import pytest

from h2o_forensics.gc.slope import slope

MB = 1 << 20
Points = list[tuple[float, int]]


def rounded(values: list[float], step_ms: float = 10_000) -> Points:
    return [(i * step_ms, round(value) * MB) for i, value in enumerate(values)]


def rises(points: Points) -> bool:
    found = slope(points)
    return found is not None and found.low > 0


def correlated(dice: random.Random, count: int, memory: float) -> list[float]:
    """Around 500 MB, each value much like the last one; 20 MB of spread."""
    value, values = dice.gauss(0, 20 / (1 - memory**2) ** 0.5), []
    for _ in range(count):
        value = memory * value + dice.gauss(0, 20)
        values.append(500 + value)
    return values


def test_straight_line_is_found_with_an_interval_around_it() -> None:
    found = slope([(i * 1000.0, 100 * MB + i * MB) for i in range(60)])
    assert found is not None
    assert found.per_s == pytest.approx(MB)
    assert found.low < MB < found.high
    assert found.high - found.low < 0.1 * MB


def test_flat_heap_has_no_slope_but_for_rounding() -> None:
    found = slope([(i * 60_000.0, 100 * MB) for i in range(10)])
    assert found is not None
    assert found.per_s == 0
    assert found.low < 0 < found.high


@pytest.mark.parametrize(
    "points",
    (
        [],
        [(0.0, 1), (100_000.0, 2), (200_000.0, 3)],
        [(i * 1000.0, i) for i in range(20)],
        [(0.0, 5)] * 8,
    ),
    ids=["none", "too few", "too short", "one moment"],
)
def test_too_little_to_tell(points: Points) -> None:
    assert slope(points) is None


@pytest.mark.parametrize(
    ("count", "memory"),
    ((5, 0.0), (12, 0.0), (40, 0.0), (12, 0.5), (40, 0.5), (40, 0.8), (200, 0.8)),
)
def test_false_alarms_where_nothing_grows(count: int, memory: float) -> None:
    """2.5 % of intervals may lie above 0; what is more than 3.5 % of 600 is no accident."""
    dice = random.Random(20)  # noqa: S311  (no secret)
    series = [rounded(correlated(dice, count, memory)) for _ in range(600)]
    assert sum(rises(points) for points in series) <= 0.035 * 600


@pytest.mark.parametrize("count", (20, 60))
def test_false_alarms_where_the_heap_wanders(count: int) -> None:
    dice = random.Random(22)  # noqa: S311  (no secret)
    series = [
        rounded(list(accumulate((dice.gauss(0, 20) for _ in range(count)), initial=500)))
        for _ in range(600)
    ]
    assert sum(rises(points) for points in series) <= 0.055 * 600


def test_leak_in_noise_is_seen() -> None:
    dice = random.Random(21)  # noqa: S311  (no secret)
    series = [
        rounded([v + 4 * i for i, v in enumerate(correlated(dice, 40, 0.3))]) for _ in range(200)
    ]
    assert sum(rises(points) for points in series) >= 180
