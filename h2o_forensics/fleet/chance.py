"""What chance gives: exact tests in plain Python, for counts of runs."""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

_NORMAL = NormalDist()
_NEGLIGIBLE = 1e-13
_TINIEST = 1e-300
_HALF = 0.5
_CLEAR = 1e-5
_OPEN = 0.05
_SAME = 1 + 1e-9
"""Two p-values this close are the same one, computed on two ways."""


def q_values(p: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg: the false discovery rate at which each p falls; None stays None.

    JRSS-B 57 (1995); valid under positive dependence (Benjamini & Yekutieli 2001).
    """
    known = sorted((value, i) for i, value in enumerate(p) if value is not None)
    found: list[float | None] = [None] * len(p)
    lowest = 1.0
    for rank in range(len(known), 0, -1):
        value, i = known[rank - 1]
        lowest = min(lowest, value * len(known) / rank)
        found[i] = lowest
    return found


def few_before(total: int, hits: int, before: int, before_hits: int) -> float:
    """Fisher's exact test, one-sided: the chance that so few of the hits are among the first.

    Args:
        total: runs.
        hits: of them, those with the condition.
        before: runs before the split.
        before_hits: hits among those.
    """
    least = max(0, before + hits - total)
    if before_hits < least:
        return 0.0
    term = math.exp(
        _log_choose(hits, before_hits)
        + _log_choose(total - hits, before - before_hits)
        - _log_choose(total, before)
    )
    tail = 0.0
    for x in range(before_hits, least - 1, -1):
        tail += term
        if term < tail * _NEGLIGIBLE:
            break
        term *= x * (total - hits - before + x) / ((hits - x + 1) * (before - x + 1))
    return min(1.0, tail)


def so_many(runs: int, hits: int, share: float) -> float:
    """The chance of that many hits or more where each run has one with this chance."""
    if hits <= runs * share or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    log = _log_choose(runs, hits) + hits * math.log(share) + (runs - hits) * math.log1p(-share)
    term, tail, odds = math.exp(log), 0.0, share / (1 - share)
    for x in range(hits, runs + 1):
        tail += term
        if term < tail * _NEGLIGIBLE:
            break
        term *= (runs - x) / (x + 1) * odds
    return min(1.0, tail)


def spread(p: float, effect: float) -> float:
    """A p-value where the count varies `effect` times as much as that of independent runs.

    The design effect of surveys (Kish 1965; Rao & Scott 1992): its z is divided by the root.
    """
    if effect <= 1 or p >= _HALF:
        return p
    z = -_NORMAL.inv_cdf(max(p, _TINIEST)) / math.sqrt(effect)
    return 0.5 * math.erfc(z / math.sqrt(2))


def best_of_splits(total: int, hits: int, splits: Sequence[int], p: float) -> float:
    """The chance that any of the splits gives a p-value as small as the best one did.

    The exact distribution over all orders of the runs, so nothing is drawn and nothing is lost
    to the dependence of neighbouring splits (as with Bonferroni): the number of hits among the
    first runs is followed run by run, and what comes to a split with as few hits as would give
    such a p leaves.  Where the bounds `p` and `p * splits` decide already, the bound is given.

    Args:
        total: runs.
        hits: of them.
        splits: how many runs are before each split, ascending.
        p: the smallest of the splits' `few_before`.
    """
    bound = min(1.0, p * len(splits))
    if len(splits) == 1 or p >= _OPEN or bound <= _CLEAR:
        return bound
    limits = _limits(total, hits, splits, p)
    low, alive, gone = 0, [1.0], 0.0  # alive[k]: the chance of low + k hits so far, still in
    for done in range(total):
        left = total - done
        rest = [(hits - low - k) / left for k in range(len(alive))]
        stay = [a * (1 - r) for a, r in zip(alive, rest, strict=True)]
        rise = [a * r for a, r in zip(alive, rest, strict=True)]
        alive = [a + b for a, b in zip([*stay, 0.0], [0.0, *rise], strict=True)]
        limit = limits.get(done + 1)
        if limit is not None and limit >= low:
            gone += sum(alive[: limit - low + 1])
            alive, low = alive[limit - low + 1 :], limit + 1
        while alive and alive[-1] < _NEGLIGIBLE:
            alive.pop()
        while alive and alive[0] < _NEGLIGIBLE:
            alive.pop(0)
            low += 1
        if not alive:
            break
    return min(bound, max(p, gone))


def _limits(total: int, hits: int, splits: Sequence[int], p: float) -> dict[int, int]:
    """For each split, the most hits before it that still give such a p; left out: none do."""
    limits, most = {}, 0
    for split in splits:  # more runs before: never fewer hits allowed
        while most <= hits and few_before(total, hits, split, most) <= p * _SAME:
            most += 1
        if most:
            limits[split] = most - 1
    return limits


@lru_cache(maxsize=1 << 16)
def _log_factorial(n: int) -> float:
    return math.lgamma(n + 1)


def _log_choose(n: int, k: int) -> float:
    if not 0 <= k <= n:
        return -math.inf
    return _log_factorial(n) - _log_factorial(k) - _log_factorial(n - k)
