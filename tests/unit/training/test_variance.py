import math
import random

import pytest

from h2o_forensics.model.training import Scores
from h2o_forensics.training.auc import hanley_mcneil, table_auc
from h2o_forensics.training.variance import (
    count_scale,
    fold_variance,
    own_variance,
    rows_of,
    spread_of,
    table_logloss,
)
from tests.training_parts import fold_metric, metrics

TABLE = Scores((0.9, 0.6, 0.3), (30.0, 15.0, 5.0), (5.0, 15.0, 30.0))


def test_logloss_of_the_table_is_that_of_its_rows() -> None:
    bins = zip(TABLE.thresholds, TABLE.positives, TABLE.negatives, strict=True)
    losses = []
    for t, p, n in bins:
        losses += [-math.log(t)] * int(p) + [-math.log(1 - t)] * int(n)
    mean = sum(losses) / 100
    spread = sum((v - mean) ** 2 for v in losses) / 99
    found = table_logloss(TABLE)
    assert found is not None
    assert found.logloss == pytest.approx(mean)
    assert found.variance == pytest.approx(spread / 100)


def test_a_table_that_does_not_give_the_reported_logloss_tells_no_variance() -> None:
    found = table_logloss(TABLE)
    assert found is not None
    near = metrics(scores=TABLE, logloss=found.logloss * 1.01)
    assert own_variance(near, "logloss") == pytest.approx(found.variance)
    assert own_variance(metrics(scores=TABLE, logloss=found.logloss * 1.03), "logloss") is None
    assert own_variance(metrics(counts=(50, 50), logloss=0.5), "logloss") is None


def test_scores_of_zero_and_one_have_a_loss() -> None:
    found = table_logloss(Scores((1.0, 0.0), (1.0, 1.0), (1.0, 1.0)))
    assert found is not None
    assert 15 < found.logloss < 20
    assert table_logloss(Scores((), (), ())) is None


def test_auc_takes_the_larger_and_without_a_table_hanley_mcneil() -> None:
    table = table_auc(TABLE)
    assert table is not None
    assert table.variance is not None
    known = hanley_mcneil(table.auc, 50, 50)
    assert own_variance(metrics(scores=TABLE, auc=table.auc), "auc") == max(known, table.variance)
    assert own_variance(metrics(counts=(50, 50), auc=table.auc), "auc") == known
    assert own_variance(metrics(auc=0.8), "auc") is None


def test_weights_make_no_rows() -> None:
    weighted = metrics(scores=TABLE, nobs=25, auc=0.8)
    assert count_scale(weighted) == 0.25
    assert own_variance(weighted, "auc") == pytest.approx(
        max(hanley_mcneil(0.8, 12.5, 12.5), _delong() * 4), rel=0.2
    )
    assert count_scale(metrics(scores=TABLE, nobs=1000)) == 1
    assert count_scale(metrics()) == 1


def _delong() -> float:
    found = table_auc(TABLE)
    assert found is not None
    return found.variance or 0.0


def test_rows() -> None:
    assert rows_of(metrics(nobs=7.0)) == 7
    assert rows_of(metrics(counts=(3, 4))) == 7
    assert rows_of(metrics()) is None


def test_error_rates() -> None:
    assert own_variance(metrics(counts=(60, 40), error=0.2), "error") == pytest.approx(0.0016)
    none_wrong = own_variance(metrics(counts=(60, 40), error=0.0), "error")
    assert none_wrong is not None
    assert 1.645 * math.sqrt(none_wrong) == pytest.approx(0.03)


def test_no_class_errors_give_the_mean_a_larger_variance() -> None:
    rows = (200.0, 50.0, 20.0)
    of = metrics(category="Multinomial", counts=rows, mean_per_class_error=0.3)
    bound = own_variance(of, "mean_per_class_error")
    assert bound is not None
    draw = random.Random(2)  # noqa: S311 - a test
    largest = 0.0
    for _ in range(20_000):
        first, second = draw.random(), draw.random()
        third = 0.9 - first - second
        if not 0 <= third <= 1:
            continue
        errors = (first, second, third)
        largest = max(largest, sum(e * (1 - e) / n for e, n in zip(errors, rows, strict=True)) / 9)
    assert largest <= bound * 1.0001
    assert largest >= bound * 0.98


def test_a_class_without_rows_has_no_mean_error() -> None:
    of = metrics(category="Multinomial", counts=(9, 0, 9), mean_per_class_error=0.3)
    assert own_variance(of, "mean_per_class_error") is None
    assert own_variance(metrics(counts=(9, 9)), "auc") is None
    assert own_variance(metrics("test", "Regression", mse=2.0), "mse") is None


def test_squares_come_from_roots() -> None:
    found = spread_of((fold_metric("rmse", (1.0, 2.0, 3.0)),), "mse")
    assert found is not None
    assert list(found.values) == [1, 4, 9]
    assert spread_of((fold_metric("err", (0.1, 0.2)),), "error") is not None


def test_folds_alike_to_the_last_digit_still_differ_by_it() -> None:
    found = spread_of((fold_metric("mse", (4.0, 4.0, 4.0)),), "mse")
    assert found is not None
    assert found.sd == pytest.approx(4e-6)
    assert fold_variance(found) == pytest.approx((4e-6) ** 2 * (1 / 3 + 1 / 2))
    assert fold_variance(None) is None
