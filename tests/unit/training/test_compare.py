"""Each comparison: its route, its numbers, when it is not made."""

import math

import pytest
from msgspec.structs import replace

from h2o_forensics.model.training import Comparison, Metrics, Model
from h2o_forensics.training.auc import hanley_mcneil
from h2o_forensics.training.compare import compare
from h2o_forensics.training.distributions import normal_sf, t_sf
from tests.training_parts import metrics, model

FOLDS = {"auc": (0.80, 0.84, 0.82, 0.81, 0.83)}


def cv(auc: float = 0.82, rows: float = 500) -> Metrics:
    return metrics("cross_validation", counts=(rows, rows), auc=auc)


def deciding(of: Model, test: Metrics) -> Comparison:
    (found,) = (c for c in compare(of, test) if c.decides)
    return found


def test_auc_by_hand() -> None:
    found = deciding(model(cv(), folds=FOLDS), metrics(counts=(200, 200), auc=0.70))
    base = max(hanley_mcneil(0.82, 500, 500), 0.00025 * (1 / 5 + 1 / 4))
    se = math.sqrt(base + hanley_mcneil(0.70, 200, 200))
    assert found.metric == "auc"
    assert found.gap == pytest.approx(0.12)
    assert found.score == pytest.approx(0.12 / se)
    assert found.p == pytest.approx(normal_sf(0.12 / se))
    assert found.detectable == pytest.approx(2.576 * se)
    assert found.df is None
    assert found.differs
    assert "Nadeau-Bengio" in found.statistic


def test_significant_and_tiny_is_no_difference() -> None:
    huge = metrics("cross_validation", counts=(1e6, 1e6), auc=0.82)
    found = deciding(
        model(huge, folds={"auc": (0.8201, 0.8199, 0.82, 0.82, 0.82)}),
        metrics(counts=(1e6, 1e6), auc=0.81),
    )
    assert found.score is not None
    assert found.score > 10
    assert not found.differs
    assert found.detectable == found.floor == 0.02


def test_a_better_test_is_no_difference() -> None:
    found = deciding(model(cv(), folds=FOLDS), metrics(counts=(500, 500), auc=0.95))
    assert found.score is not None
    assert found.score < -4
    assert not found.differs
    assert found.p is not None
    assert found.p > 0.99


@pytest.mark.parametrize("few", ((4, 400), (400, 4), (400, 0)))
def test_below_five_of_a_class_nothing_is_judged(few: tuple[float, float]) -> None:
    found = deciding(model(cv(), folds=FOLDS), metrics(counts=few, auc=0.3))
    assert (found.score, found.p, found.differs) == (None, None, False)
    assert found.note


def test_too_small_tells_the_width() -> None:
    found = deciding(model(cv(), folds=FOLDS), metrics(counts=(400, 4), auc=0.3))
    assert found.note.startswith("Too small to judge: 4 rows of the rarest class, 5 needed")
    assert found.detectable is not None
    assert found.detectable == pytest.approx(0.289, abs=0.001)


def test_a_perfect_test_is_not_infinitely_certain() -> None:
    found = deciding(model(cv(1.0), folds={"auc": (1.0,) * 5}), metrics(counts=(50, 50), auc=1.0))
    assert found.score == 0
    assert found.detectable is not None
    assert found.detectable > 0.05


def test_without_fold_rows_hanley_mcneil_alone() -> None:
    found = deciding(model(cv()), metrics(counts=(200, 200), auc=0.70))
    assert found.differs
    assert "Nadeau" not in found.statistic
    assert "No fold values" in found.note


def test_two_folds_and_folds_without_number() -> None:
    two = deciding(model(cv(), folds={"auc": (0.7, 0.94)}), metrics(counts=(200, 200), auc=0.7))
    some = deciding(
        model(cv(), folds={"auc": (0.80, None, 0.84, float("nan"))}),
        metrics(counts=(200, 200), auc=0.70),
    )
    assert two.detectable is not None
    assert some.detectable is not None
    assert (two.differs, some.differs) == (False, True)
    assert two.detectable > 2 * some.detectable


def test_groups_in_a_fold_column_take_welch() -> None:
    spread = {"auc": (0.7, 0.9, 0.8, 0.88, 0.74)}
    test = metrics(counts=(5000, 5000), auc=0.65)
    plain = deciding(model(cv(), folds=spread), test)
    grouped = deciding(model(cv(), folds=spread, fold_column="site"), test)
    assert plain.score == grouped.score
    assert plain.df is None
    assert grouped.df == pytest.approx(4, rel=0.1)
    assert (plain.differs, grouped.differs) == (True, False)
    assert grouped.detectable is not None
    assert plain.detectable is not None
    assert grouped.detectable > plain.detectable
    assert grouped.statistic.startswith("Welch t")


def test_weighted_rows_are_counted_as_rows() -> None:
    test = metrics(counts=(200, 200), auc=0.74)
    plain = deciding(model(cv(rows=50_000)), test)
    weighted = deciding(model(replace(cv(rows=50_000), nobs=200.0)), test)
    assert plain.score is not None
    assert weighted.score is not None
    assert plain.score > 1.3 * weighted.score
    assert "weighted" in weighted.note


REGRESSION = metrics(
    "cross_validation", "Regression", nobs=1000, mse=4.0, rmse=2.0, mae=1.6, r2=0.5
)
SPREADS = {
    "mse": (4.0, 4.2, 3.8, 4.1, 3.9),
    "mae": (1.6, 1.64, 1.56, 1.62, 1.58),
    "r2": (0.5, 0.52, 0.48, 0.51, 0.49),
}


def test_regression_by_hand() -> None:
    test = metrics("test", "Regression", nobs=500, rmse=2.5, mse=6.25, mae=2.0, r2=0.2)
    found = deciding(model(REGRESSION, folds=SPREADS), test)
    se = math.sqrt(0.025) * math.sqrt(1 / 5 + 1 / 4 + 200 / 500)
    assert found.metric == "mse"
    assert (found.gap, found.df) == (2.25, 4)
    assert found.score == pytest.approx(2.25 / se)
    assert found.p == pytest.approx(t_sf(2.25 / se, 4))
    assert found.floor == pytest.approx(0.84)
    assert found.differs
    assert "RMSE 2 and 2.5." in found.note
    assert [c.metric for c in compare(model(REGRESSION, folds=SPREADS), test) if c.differs] == [
        "mse",
        "mae",
        "r2",
    ]


def test_squares_alone_do_not_differ() -> None:
    test = metrics("test", "Regression", nobs=500, mse=7.0, mae=1.62, r2=0.3)
    found = deciding(model(REGRESSION, folds=SPREADS), test)
    assert found.p is not None
    assert found.p < 0.01
    assert not found.differs
    assert "absolute errors are not worse" in found.note


def test_squares_without_absolute_errors_must_be_certain() -> None:
    folds = {"mse": SPREADS["mse"]}
    near, far = (metrics("test", "Regression", nobs=500, mse=mse) for mse in (4.95, 9.0))
    assert not deciding(model(REGRESSION, folds=folds), near).differs
    assert deciding(model(REGRESSION, folds=folds), far).differs


def test_roots_serve_where_squares_are_missing() -> None:
    base = metrics("cross_validation", "Regression", nobs=1000, rmse=2.0)
    found = deciding(
        model(base, folds={"rmse": (2.0, 2.05, 1.95, 2.02, 1.98)}),
        metrics("test", "Regression", nobs=500, rmse=3.0),
    )
    assert (found.metric, found.gap, found.differs) == ("mse", 5, True)


def test_three_folds_say_what_they_ask() -> None:
    found = deciding(
        model(REGRESSION, folds={"mse": (4.0, 4.2, 3.8)}),
        metrics("test", "Regression", nobs=500, mse=4.4),
    )
    assert found.df == 2
    assert "3 folds ask for t >= 6.96" in found.note


def test_regression_without_folds_is_not_judged() -> None:
    test = metrics("test", "Regression", nobs=500, mse=9.0)
    found = deciding(model(REGRESSION), test)
    assert (found.score, found.detectable, found.differs) == (None, None, False)
    assert found.note.startswith("Not judged: no fold values")


def test_multinomial_goes_by_the_mean_of_class_errors() -> None:
    rows = (300, 300, 300)
    base = metrics(
        "cross_validation", "Multinomial", counts=rows, mean_per_class_error=0.2, error=0.2
    )
    test = metrics(
        "test", "Multinomial", counts=(150, 150, 150), mean_per_class_error=0.4, error=0.4
    )
    found = compare(model(base, folds={"err": (0.2, 0.21, 0.19, 0.2)}), test)
    assert [(c.metric, c.decides, c.differs) for c in found] == [
        ("mean_per_class_error", True, True),
        ("error", False, True),
    ]


def test_multinomial_with_a_class_too_rare_goes_by_the_error() -> None:
    rows = (300, 300, 3)
    base, test = (
        metrics(of, "Multinomial", counts=rows, mean_per_class_error=0.2, error=0.2)
        for of in ("cross_validation", "test")
    )
    assert deciding(model(base), test).metric == "error"


def test_without_cross_validation_validation_is_held_against_the_test() -> None:
    held = metrics("validation", counts=(500, 500), auc=0.82, frame_checksum=1)
    found = deciding(model(held), metrics(counts=(200, 200), auc=0.70, frame_checksum=2))
    assert found.differs
    assert "validation metrics are held" in found.note


def test_validation_is_no_base_for_its_own_rows() -> None:
    held = metrics("validation", counts=(500, 500), auc=0.82, frame_checksum=1)
    trained = metrics("training", counts=(500, 500), auc=0.99)
    of = model(trained, held)
    for test in (held, metrics(counts=(500, 500), auc=0.7, frame_checksum=1)):
        found = deciding(of, test)
        assert found.cv.value == 0.99
        assert found.score is None


def test_in_sample_metrics_are_shown_and_not_judged() -> None:
    trained = metrics("training", counts=(500, 500), auc=0.99)
    found = deciding(model(trained), metrics(counts=(200, 200), auc=0.70))
    assert (found.score, found.differs, found.detectable, found.cv.low) == (None, False, None, None)
    assert "in-sample" in found.note


def test_out_of_bag_metrics_are_judged() -> None:
    trained = metrics("training", counts=(500, 500), auc=0.90)
    found = deciding(model(trained, algo="drf"), metrics(counts=(200, 200), auc=0.70))
    assert found.differs
    assert "out-of-bag" in found.note


def test_nothing_in_common() -> None:
    assert compare(model(), metrics(counts=(5, 5), auc=0.5)) == ()
    assert compare(model(cv()), metrics("test", "Clustering", tot_withinss=1.0)) == ()
    assert compare(model(cv()), metrics(counts=(9, 9), auc=float("nan"))) == ()


def test_one_decides_whatever_is_there() -> None:
    base, test = (
        metrics(
            of,
            counts=(500, 500),
            auc=0.8,
            pr_auc=0.7,
            logloss=0.5,
            error=0.2,
            mean_per_class_error=0.2,
        )
        for of in ("cross_validation", "test")
    )
    found = compare(model(base, folds=FOLDS), test)
    assert [c.metric for c in found] == [
        "auc",
        "pr_auc",
        "logloss",
        "error",
        "mean_per_class_error",
    ]
    assert [c.metric for c in found if c.decides] == ["auc"]
    assert not any(c.differs for c in found)
