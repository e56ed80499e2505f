import random

import pytest

from h2o_forensics.training.auc import hanley_mcneil
from h2o_forensics.training.distributions import chi2_sf
from h2o_forensics.training.fold_values import FoldValues, fold_values
from h2o_forensics.training.folds import fold_spread, outlying_fold
from tests.training_parts import fold_metric, metrics, model

CV = metrics("cross_validation", counts=(500, 500), auc=0.8)


def test_values_without_number_are_no_folds() -> None:
    found = fold_values((fold_metric("auc", (0.8, None, 0.9)),), "auc")
    assert found is not None
    assert found.count == 2
    assert found.sd == pytest.approx(0.0707107)
    assert fold_values((fold_metric("auc", (0.8, float("nan"), None)),), "auc") is None
    assert fold_values((), "auc") is None


def test_chi_square_of_the_spread() -> None:
    values = (0.80, 0.82, 0.78, 0.81, 0.79)
    found = fold_spread(model(CV, folds={"auc": values}))
    assert found is not None
    chi = 4 * found.sd**2 / hanley_mcneil(0.8, 100, 100)
    assert found.p == pytest.approx(chi2_sf(chi, 4))
    assert (found.metric, found.folds, found.low, found.high) == ("auc", 5, 0.78, 0.82)
    assert found.positives_per_fold == 100
    assert not found.unstable


def test_folds_of_different_populations() -> None:
    found = fold_spread(model(CV, folds={"auc": (0.9, 0.3, 0.85, 0.8, 0.4)}))
    assert found is not None
    assert found.p is not None
    assert found.p < 1e-6
    assert found.unstable
    assert found.outlier_fold == 2


def test_too_few_positives_are_not_called_unstable() -> None:
    few = metrics("cross_validation", counts=(980, 20), auc=0.8)
    found = fold_spread(model(few, folds={"auc": (0.99, 0.3, 0.9, 0.8, 0.95)}))
    assert found is not None
    assert (found.too_few, found.unstable, found.positives_per_fold) == (True, False, 4)


def test_a_trifle_in_a_huge_frame_is_no_finding() -> None:
    huge = metrics("cross_validation", counts=(5e6, 5e6), auc=0.8)
    found = fold_spread(model(huge, folds={"auc": (0.80, 0.81, 0.79, 0.80, 0.805)}))
    assert found is not None
    assert found.p is not None
    assert found.p < 1e-9
    assert not found.unstable


def test_heavy_tails_are_not_unstable_and_a_fold_of_its_own_kind_is() -> None:
    cv = metrics("cross_validation", "Regression", nobs=1000, mse=4.0, mae=1.5)
    calm = fold_spread(model(cv, folds={"mae": (1.5, 1.6, 1.4, 1.7, 1.3)}))
    wild = fold_spread(model(cv, folds={"mae": (1.5, 1.6, 1.4, 6.0, 1.3)}))
    assert calm is not None
    assert wild is not None
    assert (calm.unstable, wild.unstable, wild.outlier_fold) == (False, True, 4)
    assert wild.outlier_z is not None
    assert wild.outlier_z > 3


def test_an_outlier_is_corrected_for_having_looked_at_all() -> None:
    # One fold 2.6 sd from the others by a known variance: 0.0093 two-sided, times 5 folds.
    z, at = outlying_fold(FoldValues((0.5, 0.5, 0.5, 0.5, 0.5 + 2.6 * 1.118034), 1.3), 1.0)
    assert at == 5
    assert z == pytest.approx(1.99, abs=0.02)


def test_outliers_are_rare_by_chance() -> None:
    draw = random.Random(1)  # noqa: S311 - a test
    odd = 0
    for _ in range(1000):
        values = tuple(draw.gauss(0, 1) for _ in range(5))
        z, _ = outlying_fold(FoldValues(values, 1.0))
        odd += z is not None and abs(z) > 3
    assert odd <= 8  # 0.27 % of 1000, and its 99.9 % point


def test_no_spread_or_two_folds_have_no_outlier() -> None:
    assert outlying_fold(FoldValues((0.5, 0.6), 0.07)) == (None, None)
    assert outlying_fold(FoldValues((0.5, 0.5, 0.5), 0.0)) == (None, None)
    assert fold_spread(model(CV)) is None
