import math

import pytest
from msgspec.structs import replace

from h2o_forensics.model.training import History, Model, Scalar
from h2o_forensics.training.skill import entropy, history_rise, skill
from tests.training_parts import metrics, model


def history(fold: int | None, *losses: Scalar, name: str = "validation_logloss") -> History:
    return History(fold, {"number_of_trees": tuple(range(0, 5 * len(losses), 5)), name: losses})


def learnt(*histories: History) -> Model:
    return replace(model(metrics("cross_validation")), history=histories)


def test_entropy_of_the_shares() -> None:
    assert entropy(metrics(counts=(50, 50))) == pytest.approx(math.log(2))
    assert entropy(metrics(category="Multinomial", counts=(1, 1, 2))) == pytest.approx(
        1.5 * math.log(2)
    )
    assert entropy(metrics()) is None


def test_skill() -> None:
    assert skill(metrics(counts=(50, 50), logloss=math.log(2) / 2)) == pytest.approx(0.5)
    assert skill(metrics(counts=(90, 10), logloss=1.0)) == pytest.approx(1 - 1 / 0.3250830)
    assert skill(metrics(category="Regression", r2=-0.3)) == -0.3
    assert skill(metrics(counts=(10, 0), logloss=0.1)) is None
    assert skill(metrics(r2=0.3)) is None


def test_the_median_over_folds_of_how_far_the_loss_rose() -> None:
    found = history_rise(
        learnt(
            history(None, 1.0, 5.0, 9.0),
            history(1, 0.7, 0.5, 0.6),
            history(2, 0.7, 0.4, 0.8),
            history(3, 0.7, 0.6, 0.5),
        )
    )
    assert found is not None
    assert found.rise == pytest.approx(0.2)
    assert (found.best_step, found.last_step, found.folds) == (5, 10, 3)


def test_without_fold_histories_the_validation_frame_tells() -> None:
    found = history_rise(learnt(history(None, None, 0.7, "NaN", 0.5, 1.0)))
    assert found is not None
    assert (found.rise, found.folds, found.best_step, found.last_step) == (1, 0, 15, 20)


def test_regression_goes_by_deviance() -> None:
    found = history_rise(learnt(history(1, 4.0, 2.0, 3.0, name="validation_deviance")))
    assert found is not None
    assert (found.metric, found.rise) == ("validation_deviance", 0.5)


def test_no_validation_loss_or_too_few_steps() -> None:
    assert history_rise(learnt(history(1, 0.5, 0.6, 0.7, name="training_logloss"))) is None
    assert history_rise(learnt(history(1, 0.5, 0.6))) is None
    assert history_rise(learnt(history(1, 0.0, 0.0, 0.0))) is None
