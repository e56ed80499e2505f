"""The folds of one metric, as numbers."""

import math
from collections.abc import Sequence
from statistics import fmean

from msgspec import Struct

from h2o_forensics.model.training import FoldMetric

_LEAST_FOLDS = 2


class FoldValues(Struct, frozen=True):
    """The folds of one metric that have a number."""

    values: tuple[float, ...]
    sd: float
    """Sample sd (n - 1)."""

    @property
    def count(self) -> int:
        """How many folds."""
        return len(self.values)


def fold_values(folds: tuple[FoldMetric, ...], metric: str) -> FoldValues | None:
    """The finite values of a metric over folds with their sd; None below two.

    When H2O's row gives mean and sd but no folds, there is nothing: k would be unknown.
    """
    row = next((fold for fold in folds if fold.metric == metric), None)
    if row is None:
        return None
    values = tuple(v for v in row.values if v is not None and math.isfinite(v))
    return FoldValues(values, sample_sd(values)) if len(values) >= _LEAST_FOLDS else None


def sample_sd(values: Sequence[float]) -> float:
    """The standard deviation with n-1, of two values or more.

    `statistics.stdev` reckons in fractions: exact, and most of the time that a model takes.
    """
    middle = fmean(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))
