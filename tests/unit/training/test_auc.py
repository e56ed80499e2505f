import random

import pytest

from h2o_forensics.model.training import Scores
from h2o_forensics.training.auc import class_counts, hanley_mcneil, nadeau_bengio, table_auc
from tests.training_parts import metrics

# Thresholds descending; the third bin is a tie of both classes.
TABLE = Scores((0.9, 0.7, 0.5, 0.2), (2.0, 1.0, 2.0, 0.0), (0.0, 1.0, 2.0, 3.0))


def rows_of(table: Scores) -> tuple[list[float], list[float]]:
    bins = list(zip(table.thresholds, table.positives, table.negatives, strict=True))
    positives = [t for t, p, _ in bins for _ in range(int(p))]
    return positives, [t for t, _, n in bins for _ in range(int(n))]


def beats(x: float, y: float) -> float:
    return float(x > y) + float(x == y) / 2


def delong(positives: list[float], negatives: list[float]) -> tuple[float, float]:
    """Straight from the paper: placements of each row among the other class."""
    p, n = len(positives), len(negatives)
    v10 = [sum(beats(x, y) for y in negatives) / n for x in positives]
    v01 = [sum(beats(x, y) for x in positives) / p for y in negatives]
    auc = sum(v10) / p
    of_p = sum((v - auc) ** 2 for v in v10) / ((p - 1) * p)
    return auc, of_p + sum((v - auc) ** 2 for v in v01) / ((n - 1) * n)


def test_the_table_gives_what_the_rows_give() -> None:
    found = table_auc(TABLE)
    assert found is not None
    assert (found.auc, found.variance) == pytest.approx(delong(*rows_of(TABLE)))


def test_the_table_gives_what_the_rows_give_for_any_table() -> None:
    draw = random.Random(3)  # noqa: S311 - a test
    for _ in range(50):
        bins = draw.randrange(2, 30)
        thresholds = tuple(sorted((draw.random() for _ in range(bins)), reverse=True))
        counts = [tuple(float(draw.randrange(4)) for _ in range(bins)) for _ in range(2)]
        table = Scores(thresholds, (2.0, *counts[0][1:]), (*counts[1][:-1], 2.0))
        found = table_auc(table)
        assert found is not None
        assert (found.auc, found.variance) == pytest.approx(delong(*rows_of(table)))


def test_a_table_of_one_class_has_no_auc() -> None:
    assert table_auc(Scores((0.5,), (3.0,), (0.0,))) is None
    one_each = table_auc(Scores((0.9, 0.1), (1.0, 0.0), (0.0, 1.0)))
    assert one_each is not None
    assert (one_each.auc, one_each.variance) == (1, None)


def test_hanley_mcneil_of_their_paper() -> None:
    # Table II: AUC 0.893, 51 abnormal and 58 normal images, SE 0.032.
    assert hanley_mcneil(0.893, 51, 58) ** 0.5 == pytest.approx(0.032, abs=0.0008)


def test_hanley_mcneil_is_symmetric() -> None:
    assert hanley_mcneil(0.8, 30, 70) == pytest.approx(hanley_mcneil(0.2, 70, 30))


def test_a_perfect_auc_has_the_width_of_the_rule_of_three() -> None:
    assert 1.645 * hanley_mcneil(1.0, 100, 500) ** 0.5 == pytest.approx(0.03)
    assert hanley_mcneil(1.0, 100, 500) == hanley_mcneil(0.0, 500, 100)


def test_nadeau_bengio() -> None:
    assert nadeau_bengio(0.1, 5) == pytest.approx(0.01 * (1 / 5 + 1 / 4))
    assert nadeau_bengio(0.1, 2) == pytest.approx(0.015)


def test_class_counts_come_from_the_table_else_from_the_matrix() -> None:
    assert class_counts(metrics(counts=(6, 5), scores=TABLE)) == (5, 6)
    assert class_counts(metrics(counts=(60, 40))) == (40, 60)
    assert class_counts(metrics()) is None
    assert class_counts(metrics(counts=(1, 2, 3))) is None
