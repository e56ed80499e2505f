"""Whether a value goes one way over time: Theil-Sen's slope, Mann-Kendall's test."""

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations, groupby, pairwise
from operator import itemgetter
from statistics import median

from msgspec import Struct

ENOUGH = 8
"""Points from which on the normal approximation holds (Kendall 1970)."""
_MOST = 80
"""Points among which all slopes are compared; of more, medians of neighbours."""
_FEWEST_SLOPES = 3
_ROUNDING = 1e-24
_GREAT = 4.5
"""Median distances from the median; three standard deviations of a normal."""
_ERRORS = 1.5
"""Standard errors that are added to the likeness of steps."""
_MOST_ALIKE = 0.95

Timed = tuple[float, float]
"""Days, value."""


class Trend(Struct, frozen=True):
    """`start` and `end` lie on the line, at the first and the last time."""

    per_day: float | None
    p: float | None
    start: float | None = None
    end: float | None = None


def trend(points: Sequence[Timed]) -> Trend:
    """Of points in order of time; a number that so few points cannot give is None."""
    slope = _theil_sen(_thinned(points)) if len(points) >= _FEWEST_SLOPES else None
    if slope is None:
        return Trend(None, None)
    level = median(value - slope * day for day, value in points)
    p = _mann_kendall(points, slope) if len(points) >= ENOUGH else None
    return Trend(slope, p, level + slope * points[0][0], level + slope * points[-1][0])


def _thinned(points: Sequence[Timed]) -> Sequence[Timed]:
    """At most so many: medians of runs of neighbours, so that no point is left out."""
    if len(points) <= _MOST:
        return points
    edges = [round(i * len(points) / _MOST) for i in range(_MOST + 1)]
    parts = [points[edges[i] : edges[i + 1]] for i in range(_MOST)]
    return [(median(d for d, _ in part), median(v for _, v in part)) for part in parts]


def _theil_sen(points: Sequence[Timed]) -> float | None:
    slopes = [(w - v) / (e - d) for (d, v), (e, w) in combinations(points, 2) if e != d]
    return median(slopes) if slopes else None


def _mann_kendall(points: Sequence[Timed], slope: float) -> float:
    """Two-sided p, ties in time and value allowed, with continuity correction.

    Neighbours that are alike beyond the trend widen the variance, as Yue & Wang (2004) have it:
    twenty runs of one bad afternoon are not twenty witnesses.
    """
    score = _score(points)
    variance = _variance(len(points), [d for d, _ in points], [v for _, v in points])
    if score == 0 or variance <= 0:
        return 1.0
    alike = _alike([value for _, value in points], [v - slope * d for d, v in points])
    variance *= (1 + alike) / (1 - alike)
    z = (abs(score) - 1) / math.sqrt(variance)
    return min(1.0, math.erfc(z / math.sqrt(2)))


def _score(points: Sequence[Timed]) -> int:
    """Pairs that rise less pairs that fall."""
    earlier: list[float] = []
    score = 0
    for _, group in groupby(points, key=itemgetter(0)):
        values = [value for _, value in group]
        for value in values:
            score += bisect_left(earlier, value) - (len(earlier) - bisect_right(earlier, value))
        for value in values:
            insort(earlier, value)
    return score


def _variance(n: int, days: Iterable[float], values: Iterable[float]) -> float:
    """Of the score, with ties on both sides (Kendall 1970, 4.14)."""
    t, u = list(Counter(days).values()), list(Counter(values).values())
    whole = n * (n - 1) * (2 * n + 5)
    tied = sum(x * (x - 1) * (2 * x + 5) for x in t) + sum(x * (x - 1) * (2 * x + 5) for x in u)
    pairs = sum(x * (x - 1) for x in t) * sum(x * (x - 1) for x in u)
    threes = sum(x * (x - 1) * (x - 2) for x in t) * sum(x * (x - 1) * (x - 2) for x in u)
    return (whole - tied) / 18 + pairs / (2 * n * (n - 1)) + threes / (9 * n * (n - 1) * (n - 2))


def _alike(values: Sequence[float], left: Sequence[float]) -> float:
    """How alike neighbours are (AR(1), 0 to 0.95), told in two ways; the lower one counts.

    Of what a straight line leaves, where a bend would look like likeness (less its bias in short
    series, Kendall 1954); of the steps from one to the next, where it would not: steps of
    independent values have the lag-1 autocorrelation -1/2, of AR(1) ones (r - 1) / 2.  Great
    steps are cut, so that one break does not decide.  Either is taken to be higher by what chance
    may have taken off: where it comes out too low, the trend comes out too sure.
    """
    n, least = len(values), _ROUNDING * sum(value * value for value in values)
    error = 1 / math.sqrt(n)
    straight = (n * _lag_one(left, least) + 1) / (n - 4)
    steps = [b - a for a, b in pairwise(values)]
    middle = median(steps)
    most = _GREAT * median(abs(step - middle) for step in steps)
    bent = 1 + 2 * _lag_one([max(-most, min(most, s - middle)) for s in steps], least)
    return min(_MOST_ALIKE, max(0.0, min(straight * (1 + error), max(0.0, bent) + _ERRORS * error)))


def _lag_one(values: Sequence[float], least: float) -> float:
    middle = sum(values) / len(values)
    off = [value - middle for value in values]
    power = sum(x * x for x in off)
    if power <= least:  # what arithmetic leaves of a perfect line
        return -1 / len(values)  # as independent values have on average
    return sum(a * b for a, b in pairwise(off)) / power
