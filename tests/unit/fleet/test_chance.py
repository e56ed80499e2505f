"""Exact tests against textbook figures and against counting everything out."""

import math
from itertools import combinations

import pytest

from h2o_forensics.fleet.chance import best_of_splits, few_before, q_values, so_many, spread


def test_fishers_tea() -> None:
    # Fisher (1935): eight cups, four of each kind.
    assert few_before(8, 4, 4, 0) == pytest.approx(1 / 70)
    assert few_before(8, 4, 4, 1) == pytest.approx(17 / 70)
    assert few_before(8, 4, 4, 4) == pytest.approx(1)


def test_fisher_of_thousands() -> None:
    # None of 20 hits among the first 5,000 of 10,000: 0.5^20, a little less without replacement.
    assert few_before(10_000, 20, 5_000, 0) == pytest.approx(0.5**20, rel=0.03)
    assert few_before(10_000, 20, 9_990, 9) == 0.0  # ten at least must be before


def test_binomial() -> None:
    assert so_many(10, 8, 0.5) == pytest.approx(56 / 1024)
    assert so_many(10, 10, 0.1) == pytest.approx(1e-10)
    assert so_many(10, 5, 0.5) == 1.0  # no more than is expected
    assert so_many(10, 10, 1.0) == 1.0
    assert so_many(3, 1, 0.0) == 0.0


def counted(total: int, hits: int, splits: tuple[int, ...], p: float) -> float:
    """Over all places the hits can have."""
    orders = list(combinations(range(total), hits))
    found = sum(
        any(few_before(total, hits, n, sum(i < n for i in order)) <= p * 1.000001 for n in splits)
        for order in orders
    )
    return found / len(orders)


@pytest.mark.parametrize(
    ("total", "hits", "splits"),
    ((12, 3, (3, 6, 9)), (14, 4, (7, 8, 9, 10)), (16, 5, tuple(range(1, 16))), (10, 3, (5,))),
)
def test_best_split_is_exact(total: int, hits: int, splits: tuple[int, ...]) -> None:
    for split in splits:
        p = few_before(total, hits, split, 0)
        if p < 0.05:
            exact = counted(total, hits, splits, p)
            assert best_of_splits(total, hits, splits, p) == pytest.approx(exact)


def test_best_split_lies_between_the_bounds() -> None:
    splits = range(10, 1000, 10)
    p = few_before(1000, 8, 600, 0)
    corrected = best_of_splits(1000, 8, splits, p)
    assert p < corrected < p * len(splits)
    assert best_of_splits(1000, 8, splits, 1e-12) == pytest.approx(99e-12)


def test_q_values() -> None:
    # Benjamini & Hochberg (1995), the example of 15 tests: four fall at 5 %.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
         0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    q = q_values(p)
    assert [value is not None and value < 0.05 for value in q].count(True) == 4
    assert q[0] == pytest.approx(0.0015)
    assert q_values([None, 0.04, None, 0.01]) == [None, 0.04, None, 0.02]
    assert q_values([]) == []


def test_spread() -> None:
    assert spread(0.001, 1.0) == 0.001
    assert spread(0.7, 5.0) == 0.7
    # z of 2.5 % is 1.96; a fourfold variance halves it.
    assert spread(0.025, 4.0) == pytest.approx(0.5 * math.erfc(0.97998 / math.sqrt(2)), rel=1e-4)
    assert 0 < spread(0.0, 2.0) < 1e-100
