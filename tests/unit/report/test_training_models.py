"""Models, leaderboards, grids, AutoML runs and frames as the report has them."""

from typing import Any

import msgspec
import polars as pl
import pytest
from msgspec.structs import replace

from h2o_forensics.model.training import Judged, Saved
from h2o_forensics.report import build_report
from h2o_forensics.report import training_words as words
from h2o_forensics.report.training_boards import adjusted
from h2o_forensics.report.training_curves import importances, learning_curve
from tests import model_samples as samples


def test_a_model_that_a_finding_names_comes_first_with_all_it_has() -> None:
    first, second = build_report(samples.sick()).models
    assert (first.model, first.state, first.findings, first.full) == ("m1", "worse", ("F1",), True)
    assert (second.model, second.state, second.findings) == ("m2", "same", ())
    assert first.validated == (
        "Cross-validated with 5 folds, Random assignment. Tested on test.hex."
    )
    assert (first.train_rows, first.columns, first.trees) == (3000.0, 3, 80)
    assert [one.of for one in first.scores] == ["training", "cross_validation", "test"]
    assert first.test is not None
    assert (first.test.low, first.test.high) == (0.48 - 0.03, 0.48 + 0.03)


def test_secrets_in_parameters_are_masked() -> None:
    params = build_report(samples.sick()).models[0].params
    assert params == {"db_password": "[masked]", "ntrees": 80, "seed": 7}


def test_parameters_are_those_that_are_not_the_default() -> None:
    given = {
        "ntrees": 50, "max_depth": 5, "balance_classes": True, "standardize": True,
        "score_each_iteration": False, "distribution": "AUTO", "nfolds": 5, "seed": 1,
        "ignored_columns": "x" * 999, "monotone_constraints": "y" * 999, "offset_column": None,
    }  # fmt: skip
    analysis = samples.analysis(Saved(models=(samples.model(given=given),)))
    params = build_report(analysis).models[0].params
    assert list(params) == ["balance_classes", "max_depth", "monotone_constraints", "seed"]
    assert params["monotone_constraints"] == "y" * 300 + "…"


def test_rows_are_the_tables_where_the_model_tells_none() -> None:
    table = pl.DataFrame({"model": ["m1"], "train_rows": [77]})
    (item,) = build_report(replace(samples.healthy(), tables={"models": table})).models
    assert item.train_rows == 77.0


def test_what_a_comparison_says() -> None:
    def says(**changes: Any) -> str:
        one = samples.comparison("m", 0.81, 0.8, **changes)
        return words.compared(one)

    assert says() == (
        "No difference found: AUC 0.810 in cross-validation, 0.800 on the test. "
        "A drop of 0.06 or more would have been seen."
    )
    assert "too few rows to judge" in says(score=None, p=None)
    assert "less than the 0.02 that counts" in says(p=0.001)
    assert says(differs=True, p=1e-9).endswith("0.01 worse, more than chance gives (p < 0.0001).")
    assert "An easy test" in says(gap=-0.1, score=-5.0)
    assert "A rise of 0.06" in says(metric="logloss")


@pytest.mark.parametrize(
    ("number", "shown"),
    (
        (None, "-"), (0.0, "0"), (0.8134, "0.813"), (0.0205, "0.0205"), (0.00001234, "1.23e-05"),
        (25.256, "25.26"), (1234.5, "1,234"), (-0.5, "-0.500"), (2e6, "2e+06"),
    ),
)  # fmt: skip
def test_values_have_the_digits_that_count(number: float | None, shown: str) -> None:
    assert words.value(number) == shown


def test_the_learning_curve_is_of_the_folds_and_knows_its_best_step() -> None:
    curve = learning_curve(samples.model())
    assert curve is not None
    assert (curve.metric, curve.unit, curve.held_out) == ("logloss", "trees", "folds")
    assert curve.steps == (0.0, 10.0, 20.0, 30.0, 40.0)
    assert curve.held[:3] == (0.7, 0.65, 0.6)
    assert curve.held[3] == pytest.approx(0.635)
    assert curve.held[4] is None
    assert curve.best == 2


def test_a_long_history_is_thinned_and_keeps_its_best_step() -> None:
    steps = tuple(float(at) for at in range(1000))
    losses = tuple(abs(at - 333) / 1000 for at in range(1000))
    history = samples.model().history[0]
    long = replace(history, columns={"epochs": steps, "validation_rmse": losses})
    curve = learning_curve(samples.model(history=(long,)))
    assert curve is not None
    assert len(curve.steps) <= 61
    assert (curve.steps[0], curve.steps[-1], curve.held_out) == (0.0, 999.0, "validation")
    assert curve.best is not None
    assert curve.steps[curve.best] == 333.0


def test_no_curve_without_steps_or_numbers() -> None:
    assert learning_curve(samples.model(history=())) is None
    history = replace(samples.model().history[0], columns={"number_of_trees": (1.0, 2.0)})
    assert learning_curve(samples.model(history=(history,))) is None


def test_levels_of_a_column_are_added_up() -> None:
    color, age = importances(samples.model())
    assert (color.column, color.share, color.levels) == ("color", 0.65, 2)
    assert (age.column, age.share, age.levels) == ("age", 0.35, 1)
    rows = [{"variable": "age", "column": "color"}]
    assert importances(samples.model(), rows)[0].levels == 3


def test_adjusted_p_is_benjamini_hochbergs() -> None:
    assert adjusted([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.04, 0.04])
    assert adjusted([]) == []
    assert adjusted([0.9, 0.9]) == [0.9, 0.9]


def test_a_leaderboard_ranks_by_cross_validation_and_flags_after_correction() -> None:
    ours, theirs = build_report(samples.sick()).leaderboards
    assert (ours.from_, ours.models, ours.tested, ours.flagged) == ("models", 2, 2, 1)
    assert [(row.rank, row.model, row.flagged) for row in ours.rows] == [
        (1, "m1", True),
        (2, "m2", False),
    ]
    assert ours.rows[0].adjusted_p == pytest.approx(2e-9)
    assert ours.says == "2 of 2 models tested: one of them is worse than its cross-validation."
    assert (theirs.from_, theirs.models, theirs.tested) == ("h2o", 2, 0)


def test_of_many_models_thirty_have_everything() -> None:
    items = build_report(samples.many(40)).models
    assert sum(one.full for one in items) == 30
    assert all(one.says and one.comparisons for one in items)
    assert not items[-1].folds


def test_damage_is_of_the_file_that_has_it() -> None:
    items = build_report(samples.damaged()).models
    assert [(one.kind, one.state, one.findings) for one in items] == [
        ("mojo", "damaged", ("F1",)),
        ("json", "untested", ()),
    ]
    assert items[0].says == "1 of 5 trees is missing: trees/t00_002.bin"


def test_states_without_a_comparison() -> None:
    own = Judged("m1", signs={"test_is_training": True}, leader=True)
    (item,) = build_report(samples.analysis(Saved(models=(samples.model(),)), (own,))).models
    assert item.state == "test_is_training"
    assert "the training frame" in item.says
    bare = samples.model(metrics=(), params={}, folds=())
    (item,) = build_report(samples.analysis(Saved(models=(bare,)))).models
    assert (item.says, item.validated) == (
        "No metrics were found.",
        "Not cross-validated. No test metrics were found.",
    )


def test_a_grid_says_what_it_cost_and_why_some_failed() -> None:
    row = {
        "grid": "g1", "bounded": False, "models_per_hour": 40.0, "full_hours": 48.0,
        "advised_models": 6, "reason": "_min_rows: too small for 300.0 rows",
        "shared": "min_rows>=300",
    }  # fmt: skip
    (grid,) = build_report(replace(samples.sick(), tables={"grids": pl.DataFrame([row])})).grids
    assert (grid.size, grid.built, grid.failed, grid.cancelled) == (8, 4, 2, 1)
    assert [(one.count, one.shared, one.cancelled) for one in grid.failures] == [
        (2, "min_rows>=300", False),
        (1, None, True),
    ]
    said = " ".join(grid.says)
    assert "8 combinations: 4 built, 2 failed." in said
    assert "1 min 30 s a model, 40 models an hour." in said
    assert "bounded by nothing" in said
    assert "6 random draws" in said


def test_automl_says_what_the_time_went_to() -> None:
    (run,) = build_report(samples.sick()).automl
    assert [one.step for one in run.steps] == ["XRT_1", "GBM_1"]
    assert run.says[0] == "3 models built in 25 s."
    assert "2 steps skipped: the time was over." in run.says


def test_a_frame_of_its_own_json_has_shares() -> None:
    (frame,) = build_report(samples.sick()).frames
    assert (frame.frame, frame.rows, frame.from_) == ("skewed.hex", 900, "frame")
    assert [one.row_share for one in frame.nodes] == [1.0, 0.0]


def test_a_finding_without_a_subject_is_about_what_it_quotes() -> None:
    analysis = samples.analysis(
        Saved(models=(samples.model("m1"), samples.model("m2"))), (), (samples.finding(None),)
    )
    assert [one.findings for one in build_report(analysis).models] == [("F1",), ()]


def test_the_same_report_twice() -> None:
    first, second = (build_report(samples.sick()) for _ in range(2))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
