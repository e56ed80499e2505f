"""Models, leaderboards, grids, AutoML runs and frames as the report has them."""

from typing import Any

import msgspec
import polars as pl
import pytest
from msgspec.structs import replace

from h2o_forensics.model.training import FoldMetric, Judged, Saved
from h2o_forensics.report import build_report
from h2o_forensics.report import training_words as words
from h2o_forensics.report.training_boards import adjusted
from h2o_forensics.report.training_compared import beside, compared, decided_by
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
        return compared(one)

    caught = "would have counted; a true one of that size is caught about half the time."
    assert says() == (
        "AUC 0.810 in cross-validation, 0.800 on the test: 0.01 worse, which chance may have given "
        "(p = 0.4; below 0.01 counts), and less than the 0.02 that counts. A measured drop of 0.06 "
        f"or more {caught}"
    )
    assert says(gap=-0.01, p=0.6).startswith(
        "AUC 0.810 in cross-validation, 0.800 on the test: 0.01 better. A measured drop"
    )
    assert ": no difference." in says(gap=0.0, p=0.5)
    assert "worse (p = 0.001), which was not counted" in says(gap=0.1, p=0.001)
    assert "too few rows to judge" in says(score=None, p=None)
    assert "less than the 0.02 that counts" in says(p=0.001)
    assert says(differs=True, p=1e-9).endswith("0.01 worse, more than chance gives (p < 0.0001).")
    assert "An easy test" in says(gap=-0.1, score=-5.0)
    assert "A measured rise of 0.06" in says(metric="logloss")


def test_squared_errors_are_told_as_roots() -> None:
    one = samples.comparison("m", 25.0, 36.0, metric="mse", gap=11.0, floor=5.25, detectable=5.25)
    told = compared(replace(one, differs=True, p=1e-4))
    assert told.startswith("RMSE 5.000 in cross-validation, 6.000 on the test: 1.000 worse")
    assert "rise of 0.500 or more" in compared(replace(one, gap=4.0, p=0.2))
    assert compared(samples.comparison("m", 0.8, 0.8, metric="mse", gap=-0.1)).count("RMSE") == 1


def test_what_else_is_worse_is_said() -> None:
    main = samples.comparison("m", 25.26, 29.23, metric="mse", p=0.018)
    other = samples.comparison(
        "m", 4.0, 4.3, metric="mae", gap=0.3, p=0.0042, decides=False, floor=0.4, note="A note."
    )
    told = beside((main, other))
    assert told.startswith(
        " MAE 4.000 in cross-validation, 4.300 on the test: 0.300 worse, more than"
    )
    assert told.endswith("but less than the 0.400 that counts. A note.")
    assert beside((main, replace(other, p=0.2))) == ""
    analysis = samples.healthy()
    (judged,) = analysis.training.judged
    both = (*judged.comparisons, other)
    training = replace(analysis.training, judged=(replace(judged, comparisons=both),))
    (item,) = build_report(replace(analysis, training=training)).models
    assert item.says.endswith(told)


def test_a_statistic_is_cut_at_a_hundred_and_counts_its_freedom() -> None:
    one = samples.judged("m1", 0.8, 0.5, differs=True)
    changed = replace(one, comparisons=(replace(one.comparisons[0], score=2081.0, df=1.0),))
    base = replace(samples.healthy().training, judged=(changed,))
    (item,) = build_report(replace(samples.healthy(), training=base)).models
    told = decided_by(item.comparisons[0])
    assert "t > 100 with 1 degree of freedom" in told
    assert told.endswith("smallest measured gap that counts: 0.06")


def test_intervals_of_the_signs_stand_in_where_there_is_no_test() -> None:
    own = Judged("m1", signs={"metric": "auc", "cv_low": 0.78, "cv_high": 0.84})
    (item,) = build_report(samples.analysis(Saved(models=(samples.model(),)), (own,))).models
    assert item.cv is not None
    assert (item.cv.low, item.cv.high) == (0.78, 0.84)
    squares = Judged("m1", signs={"metric": "mse", "cv_low": 4.0, "cv_high": 9.0})
    metrics = replace(samples.metrics("cross_validation", 0.8), values={"rmse": 2.5})
    model = samples.model(category="Regression", metrics=(metrics,))
    (item,) = build_report(samples.analysis(Saved(models=(model,)), (squares,))).models
    assert item.cv is not None
    assert (item.metric, item.cv.low, item.cv.high) == ("rmse", 2.0, 3.0)


def test_numbers_that_do_not_fit_are_explained() -> None:
    pooled = samples.model(cv=0.56, folds=(FoldMetric("auc", 0.7, 0.1, (0.72, 0.75)),))
    board = replace(samples.BOARD, rows=(("m1", 0.728),))
    (item,) = build_report(samples.analysis(Saved(models=(pooled,), leaderboards=(board,)))).models
    assert "It lies below every fold because the fold models' scores" in item.notes[0]
    assert "has AUC 0.728 for a model of this name, its own document 0.560" in item.notes[1]
    over = samples.model(cv=0.9, folds=(FoldMetric("auc", 0.7, 0.1, (0.72, 0.75)),))
    (item,) = build_report(samples.analysis(Saved(models=(over,)))).models
    assert "above every fold: the folds are not alike" in item.notes[0]


@pytest.mark.parametrize(
    ("number", "shown"),
    (
        (None, "-"), (0.0, "0"), (0.8134, "0.813"), (0.0205, "0.0205"), (0.00001234, "1.23e-05"),
        (0.99987, "0.9999"), (0.999999, "0.999999"), (1.0, "1.000"), (25.256, "25.26"),
        (1234.5, "1,234"), (-0.5, "-0.500"), (2e6, "2e+06"),
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
    assert ours.says.startswith("2 of 2 models of this leaderboard tested: one of them is worse")
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
    assert "6 random draws reach the best 5 % with a chance of 95 %" in said


@pytest.mark.parametrize(
    ("status", "end"),
    (
        ("CANCELLED", "Cartesian, no limit set; it was cancelled after 4 models."),
        ("DONE", "Cartesian, no limit set; it has ended."),
        ("RUNNING", "Cartesian, bounded by nothing: it runs until every combination is built."),
    ),
)
def test_a_grid_says_how_it_ended(status: str, end: str) -> None:
    row = {"grid": "g1", "bounded": False, "advised_models": 6, "advised_seconds": 1080.0}
    grid = replace(samples.GRID, status=status)
    analysis = replace(
        samples.analysis(Saved(grids=(grid,))), tables={"grids": pl.DataFrame([row])}
    )
    (item,) = build_report(analysis).grids
    assert end in item.says
    assert item.says[-1].endswith("95 %: 9 min at this rate, allow 18 min.")


@pytest.mark.parametrize(
    ("amount", "told"),
    (
        (None, "not known"), (0.15, "9 min"), (41.1, "1 d 17 h"), (48.0, "2 d"),
        (24.0 * 85, "85 days"), (24 * 365.25 * 1200, "1,200 years"),
    ),
)  # fmt: skip
def test_hours(amount: float | None, told: str) -> None:
    assert words.hours(amount) == told


def test_automl_says_what_the_time_went_to() -> None:
    (run,) = build_report(samples.sick()).automl
    assert [one.step for one in run.steps] == ["XRT_1", "GBM_1"]
    assert run.says[0] == "3 models built in 25 s."
    assert "2 steps skipped: the time was over." in run.says
    assert run.says[-1] == "No model was finished, so no rate is known; try max_models = 1 first."
    row = {"automl": "a1", "advised_seconds": 60.0, "seconds_per_model": 8.3}
    with_rate = replace(samples.sick(), tables={"automl": pl.DataFrame([row])})
    (run,) = build_report(with_rate).automl
    assert run.says[-1] == "An estimate at the measured rate: 1 min for all steps."


def test_stacked_ensembles_are_counted_apart() -> None:
    names = ("GLM_1", "StackedEnsemble_BestOfFamily_1", "GBM_1", "DRF_1")
    run = replace(samples.AUTOML, models=names, skipped_for_time=())
    (item,) = build_report(samples.analysis(Saved(automl=(run,)))).automl
    assert item.says[0] == "3 models built in 25 s, and 1 stacked ensemble."


def test_frames_of_one_node_or_few_bytes_say_nothing_of_evenness_and_cores() -> None:
    row = {"frame": "skewed.hex", "chunks": 1, "cores": 2, "max_rows_over_mean": 1.0, "nodes": 1}
    small = replace(samples.FRAME, bytes=25_000, shares=samples.FRAME.shares[:1])
    analysis = samples.analysis(Saved(frames=(small,)))
    (item,) = build_report(replace(analysis, tables={"frames": pl.DataFrame([row])})).frames
    assert item.says == ()
    large = samples.analysis(Saved(frames=(replace(small, bytes=20 * 2**20),)))
    (item,) = build_report(replace(large, tables={"frames": pl.DataFrame([row])})).frames
    assert item.says == ("1 chunk for 2 cores: 1 stays idle.",)


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
