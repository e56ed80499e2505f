"""Figures of AutoML runs, from the events that H2O logs."""

from h2o_forensics.model.training import AutoML, AutoMLEvent
from h2o_forensics.training.automl import automl_figures

_ALLOCATIONS = (
    "Actual work allocations: [Work{def_1, GLM, ModelBuild, group=1, weight=10}, Work{grid_1, GBM,"
    " HyperparamSearch, group=4, weight=60}, Work{resume_best_grids, virtual, Dynamic, group=6,"
    " weight=60}, Work{lr_annealing, GBM, Selection, group=7, weight=10}]"
)
_GRID = "GBM_grid_1_AutoML_1 [GBM Grid Search]"


def _run(*messages: str, **fields: object) -> AutoML:
    events = tuple(
        AutoMLEvent(at * 1000, "DEBUG", "ModelTraining", text) for at, text in enumerate(messages)
    )
    return AutoML("aml", events=events, **fields)  # type: ignore[arg-type]


def _timed_out() -> AutoML:
    return _run(
        "Disabling Algo: XGBoost as requested by the user.",
        _ALLOCATIONS,
        "No time limitation for GLM_1_AutoML_1",
        "GLM_1_AutoML_1 [GLM def_1] started",
        "GLM_1_AutoML_1 [GLM def_1] complete",
        f"{_GRID} started",
        f"AutoML: out of time; skipping {_GRID}",
        f"AutoML: out of time; skipping {_GRID}",
        f"{_GRID} complete",
        "AutoML: out of time; skipping completion resume_best_grids",
        "AutoML: out of time; skipping XGBoost lr_search",
        "AutoML: out of time; skipping GBM lr_annealing",
        "AutoML: out of time; skipping StackedEnsemble all_xglm (built with AUTO metalearner)",
        "AutoML build done: built 15 models",
        "AutoML duration: 30.000 sec",
    )


def test_a_run_that_was_out_of_time() -> None:
    figures = automl_figures(_timed_out())
    assert figures.models_asked is True
    assert figures.bounded is True
    assert figures.built == 15
    assert [step.split(" (")[0] for step in figures.skipped_for_time] == [
        "completion resume_best_grids", "GBM lr_annealing", "StackedEnsemble all_xglm",
    ]  # fmt: skip
    assert figures.cut_short == (_GRID,)
    assert figures.status == "DONE"
    assert figures.steps == {"GLM_1_AutoML_1 [GLM def_1]": 1.0, _GRID: 3.0}


def test_the_budget_that_would_have_sufficed_goes_by_the_weights_of_what_was_skipped() -> None:
    figures = automl_figures(_timed_out())
    assert figures.seconds_per_model == 2
    # 30 s, and (60 + 10 + 10) / 10 models' worth of 2 s: 46 s, in whole minutes
    assert figures.advised_s == 60
    asked = automl_figures(_run("AutoML: out of time; skipping GLM def_1", built=10, seconds=100.0,
                                max_models=30, max_runtime_secs=100.0))  # fmt: skip
    assert asked.advised_s == 300


def test_a_run_without_a_single_model_tells_no_rate() -> None:
    run = _run(
        "Time assigned for XGBoost_1: 4.4s",
        "AutoML: out of time; skipping GLM def_1",
        "AutoML build done: built 0 models",
        "Empty leaderboard.\nAutoML was not able to build any model within a max runtime constraint"
        " of 14 seconds, you may want to increase this value before retrying.",
    )
    figures = automl_figures(run)
    assert (figures.built, figures.budget_s, figures.advised_s) == (0, 14, None)
    assert figures.models_asked is False
    assert figures.bounded is True


def test_max_models_reached_is_the_healthy_end() -> None:
    run = _run(
        "No time limitation for GLM_1",
        "AutoML: hit the max_models limit; skipping GBM def_2",
        "AutoML: hit the max_models limit; skipping GBM def_3",
        "No base models, due to timeouts or the exclude_algos option. Skipping StackedEnsemble 'x'",
        "AutoML build done: built 3 models",
    )
    figures = automl_figures(run)
    assert len(figures.skipped_for_models) == 2
    assert figures.skipped_for_time == ()
    assert figures.advised_s is None


def test_no_bound_at_all_and_the_user_who_ended_it() -> None:
    run = _run(
        "User didn't set any runtime constraints (max runtime or max models), using default 1h time"
        " limit",
        "Time assigned for GLM_1: 1799.9925s",
        "AutoML job cancelled; skipping GBM_grid_1 [GBM Grid Search]",
        "AutoML: job cancelled; skipping DeepLearning grid_1",
        "AutoML build done: built 12 models",
        status="RUNNING",
    )
    figures = automl_figures(run)
    assert figures.bounded is False
    assert figures.status == "CANCELLED"
    assert figures.skipped_for_time == ()


def test_an_older_snapshot_of_the_job_gives_way_to_the_events() -> None:
    done = "AutoML build done: built 3 models"
    assert automl_figures(_run(done, status="RUNNING")).status == "DONE"
    assert automl_figures(_run(done, status="CANCELLED")).status == "CANCELLED"
    assert automl_figures(_run(status="RUNNING")).status == "RUNNING"


def test_without_events_nothing_is_guessed() -> None:
    figures = automl_figures(AutoML("aml"))
    assert figures.bounded is None
    assert figures.models_asked is None
    assert figures.built is None
    assert figures.status is None
    assert automl_figures(AutoML("aml", max_models=0, max_runtime_secs=0.0)).bounded is False
    stated = automl_figures(AutoML("aml", skipped_for_time=("a", "b"), started=0, ended=5_000))
    assert stated.skipped_for_time == ("a", "b")
    assert stated.seconds == 5
