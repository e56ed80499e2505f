"""Durations in bins of equal ratio: percentiles within 1 % from a bounded number of counters.

A bin is [10^(i/120), 10^((i+1)/120)) ns; its harmonic middle is within 0.96 % of every value in
it (the bound of DDSketch: Masson, Rim and Lee, VLDB 2019).  Twelve bins make one of the ten a
decade that charts show.
"""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PER_DECADE = 120
PER_CHART_BIN = 12
_ZERO = -1
"""The bin of everything below 1 ns."""


def bin_of(value: int) -> int:
    """The bin of a duration in ns (or of a size in bytes)."""
    return int(log10(value) * PER_DECADE) if value >= 1 else _ZERO


def middle(index: int) -> float:
    """What stands for all values of a bin."""
    if index < 0:
        return 0.0
    low, high = 10 ** (index / PER_DECADE), 10 ** ((index + 1) / PER_DECADE)
    return 2 * low * high / (low + high)


def percentile(bins: Mapping[int, int], share: float, highest: int) -> float:
    """The value at the nearest rank, e.g. share 0.95; `highest` is the exact maximum."""
    count = sum(bins.values())
    rank = max(1, ceil(share * count))
    if rank == count:
        return float(highest)
    for index in sorted(bins):
        rank -= bins[index]
        if rank <= 0:
            return min(middle(index), float(highest))
    return float(highest)


def add_bins(into: dict[int, int], other: Mapping[int, int]) -> None:
    """Count those of another histogram."""
    for index, count in other.items():
        into[index] = into.get(index, 0) + count


def chart_bins(bins: Mapping[int, int]) -> dict[int, int]:
    """Ten bins a decade; -1 holds what is below 1 ns."""
    wide: dict[int, int] = {}
    for index, count in bins.items():
        at = index // PER_CHART_BIN
        wide[at] = wide.get(at, 0) + count
    return wide


def chart_edges_ms(index: int) -> tuple[float, float]:
    """From and to of a chart's bin, in ms."""
    if index < 0:
        return 0.0, 1e-6
    per_decade = PER_DECADE // PER_CHART_BIN
    return (
        float(f"{10 ** (index / per_decade - 6):.4g}"),
        float(f"{10 ** ((index + 1) / per_decade - 6):.4g}"),
    )
