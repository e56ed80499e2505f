import math

import pytest

from h2o_forensics.training.auc import hanley_mcneil
from h2o_forensics.training.intervals import interval
from tests.training_parts import fold_metric, metrics

FOLDS = (fold_metric("mse", (4.0, 4.2, 3.8, 4.1, 3.9)), fold_metric("auc", (0.7, 0.9, 0.8)))


def test_auc_of_a_test() -> None:
    found = interval(metrics(counts=(100, 100), auc=0.8), "auc")
    half = 1.959964 * math.sqrt(hanley_mcneil(0.8, 100, 100))
    assert (found.low, found.high) == pytest.approx((0.8 - half, 0.8 + half))


def test_cross_validation_is_as_wide_as_its_folds() -> None:
    of = metrics("cross_validation", counts=(100_000, 100_000), auc=0.8)
    alone, with_folds = interval(of, "auc"), interval(of, "auc", FOLDS)
    assert alone.low is not None
    assert with_folds.low is not None
    assert 0.8 - with_folds.low == pytest.approx(1.959964 * math.sqrt(0.01 * (1 / 3 + 1 / 2)))
    assert alone.low > 0.79


def test_shares_stay_shares() -> None:
    found = interval(metrics(counts=(10, 10), auc=1.0), "auc")
    assert found.high == 1
    assert found.low is not None
    assert found.low < 0.8


def test_squares_and_roots() -> None:
    cv = metrics("cross_validation", "Regression", nobs=500, mse=4.0, rmse=2.0)
    square, root = interval(cv, "mse", FOLDS), interval(cv, "rmse", FOLDS)
    half = 2.77645 * math.sqrt(0.025 * (1 / 5 + 1 / 4))
    assert (square.low, square.high) == pytest.approx((4 - half, 4 + half), rel=1e-5)
    assert (root.low, root.high) == pytest.approx((math.sqrt(4 - half), math.sqrt(4 + half)))
    test = metrics("test", "Regression", nobs=50, rmse=2.0)
    assert interval(test, "mse", FOLDS).high is None


def test_what_nothing_tells_has_no_interval() -> None:
    assert interval(metrics("training", counts=(100, 100), auc=0.8), "auc").low is None
    test = metrics("test", "Regression", nobs=50, mse=4.0, rmse=2.0)
    assert interval(test, "mse").high is None
    assert interval(test, "mse", FOLDS).high is None
    assert interval(test, "rmse", FOLDS).high is None
    with pytest.raises(KeyError):
        interval(test, "auc")
