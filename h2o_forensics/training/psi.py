"""Did the scores move: population stability index of cross-validation scores against test."""

import bisect
import itertools
import math

from msgspec import Struct

from h2o_forensics.model.training import Metrics, Scores

USUAL_CUT = 0.25
BINS = 10
ENOUGH_OF_A_CLASS = 100
"""With fewer rows of the rarer class the fold models are calibrated unlike the main model: the
null grows by the root of what is missing (measured)."""
NULL_99 = ((100, 0.35), (250, 0.27), (500, 0.22), (1000, 0.19), (5000, 0.18))
"""Test rows -> 99 % point of the PSI between clean parts (docs/model-checks.md)."""


class ScoreDrift(Struct, frozen=True):
    """PSI with what chance alone gives."""

    psi: float
    null: float
    """Its 99 % point for samples of this size without drift."""
    drifted: bool
    """PSI >= max(0.25, 1.5 null): support for drift, never its only ground."""


def score_drift(cv: Metrics, test: Metrics) -> ScoreDrift | None:
    """PSI over deciles of the cross-validation scores, from both tables; None without both."""
    if cv.scores is None or test.scores is None:
        return None
    n, m = _rows(cv.scores), _rows(test.scores)
    value = psi(cv.scores, test.scores)
    if value is None:
        return None
    rarest = min(sum(cv.scores.positives), sum(cv.scores.negatives))
    null = null_99(min(n / 2, m)) * max(1.0, math.sqrt(ENOUGH_OF_A_CLASS / max(rarest, 1.0)))
    return ScoreDrift(value, null, value >= max(USUAL_CUT, 1.5 * null))


def psi(expected: Scores, actual: Scores) -> float | None:
    """Sum of (a - e) ln(a / e) over deciles of `expected`; an empty bin counts half a row.

    Scores that are alike share a bin, so a discrete model has fewer than ten.  None without rows.
    """
    n, m = _rows(expected), _rows(actual)
    if n <= 0 or m <= 0:
        return None
    cuts = _deciles(expected, n)
    e, a = _shares(expected, cuts), _shares(actual, cuts)
    least = 0.5 / min(n, m)
    total = 0.0
    for one, other in zip(e, a, strict=True):
        x, y = max(one / n, least), max(other / m, least)
        total += (y - x) * math.log(y / x)
    return total


def null_99(rows: float) -> float:
    """The 99 % point of the PSI without drift, between the sizes of `NULL_99` by log rows."""
    sizes = [size for size, _ in NULL_99]
    if rows <= sizes[0]:
        return NULL_99[0][1] * sizes[0] / max(rows, 1.0)
    if rows >= sizes[-1]:
        return NULL_99[-1][1]
    at = bisect.bisect_right(sizes, rows)
    (low, below), (high, above) = NULL_99[at - 1], NULL_99[at]
    part = math.log(rows / low) / math.log(high / low)
    return below + part * (above - below)


def _rows(scores: Scores) -> float:
    return sum(scores.positives) + sum(scores.negatives)


def _counts(scores: Scores) -> list[float]:
    return [p + n for p, n in zip(scores.positives, scores.negatives, strict=True)]


def _deciles(scores: Scores, rows: float) -> list[float]:
    """Thresholds, ascending, that cut the scores into at most ten parts of one size."""
    cuts: list[float] = []
    cumulative = list(itertools.accumulate(_counts(scores)))
    for part in range(1, BINS):
        at = bisect.bisect_left(cumulative, rows * part / BINS - 1e-9)
        if at < len(scores.thresholds):
            cuts.append(scores.thresholds[at])
    return sorted(set(cuts))


def _shares(scores: Scores, cuts: list[float]) -> list[float]:
    bins = [0.0] * (len(cuts) + 1)
    for threshold, count in zip(scores.thresholds, _counts(scores), strict=True):
        bins[bisect.bisect_right(cuts, threshold)] += count
    return bins
