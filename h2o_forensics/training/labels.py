"""Did the share of the classes change between two sets of rows?"""

import math

from msgspec import Struct

from h2o_forensics.model.training import Metrics
from h2o_forensics.training.auc import class_counts
from h2o_forensics.training.variance import count_scale

ODD_Z = 4.0
ODD_RATIO = (0.8, 1.25)


class LabelShift(Struct, frozen=True):
    """Shares of a class, compared: two proportions."""

    label: str | None
    """The class whose share moved most; None: the positive class of a binomial model."""
    train_share: float
    test_share: float
    z: float
    """Test against training; positive: more of it in the test."""
    ratio: float | None
    """Test share over training share; None: the class has no rows in training."""
    shifted: bool
    """|z| >= 4 and a ratio outside 0.8 to 1.25."""


def label_shift(train: Metrics, test: Metrics) -> LabelShift | None:
    """Two-proportion z of the positive class's share (multinomial: the class that moved most).

    `train`: training or cross-validation metrics, whichever counts the rows as they are (with
    `balance_classes`: cross-validation).  None where one of them holds no class counts.
    Assumes independent rows: the ratio keeps a large frame from making a trifle significant.
    """
    pairs = _pairs(train, test)
    shifts = [_shift(label, *counts) for label, counts in pairs]
    known = [shift for shift in shifts if shift is not None]
    return max(known, key=lambda shift: abs(shift.z), default=None)


_Counts = tuple[float, float, float, float]


def _rows(counts: tuple[float, float], metrics: Metrics) -> tuple[float, float]:
    """Counts are sums of weights where there are weights; chance goes by rows."""
    scale = count_scale(metrics)
    return counts[0] * scale, counts[1] * scale


def _pairs(train: Metrics, test: Metrics) -> list[tuple[str | None, _Counts]]:
    """Per class: rows of it and of all in training, the same in test."""
    mine, theirs = class_counts(train), class_counts(test)
    if mine is not None and theirs is not None:
        mine, theirs = _rows(mine, train), _rows(theirs, test)
        return [(None, (mine[0], sum(mine), theirs[0], sum(theirs)))]
    n, m = sum(train.class_rows.values()), sum(test.class_rows.values())
    if not train.class_rows or not test.class_rows:
        return []
    names = sorted({*train.class_rows, *test.class_rows})
    rows = [(train.class_rows.get(c, 0.0), n, test.class_rows.get(c, 0.0), m) for c in names]
    return list(zip(names, rows, strict=True))


def _shift(label: str | None, a: float, n: float, b: float, m: float) -> LabelShift | None:
    if n <= 0 or m <= 0:
        return None
    pooled = (a + b) / (n + m)
    variance = pooled * (1 - pooled) * (1 / n + 1 / m)
    z = (b / m - a / n) / math.sqrt(variance) if variance > 0 else 0.0
    ratio = (b / m) / (a / n) if a > 0 else None
    moved = ratio is None or not ODD_RATIO[0] <= ratio <= ODD_RATIO[1]
    return LabelShift(label, a / n, b / m, z, ratio, moved and abs(z) >= ODD_Z)
