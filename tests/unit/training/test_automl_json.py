from h2o_forensics.training.automl_clock import event_times
from tests.training_documents import load, read


def test_a_run_that_ran_out_of_time() -> None:
    saved = read(load("automl"))
    (run,) = saved.automl
    assert (run.id, run.project, run.built) == ("d19_automl_timeout@@y", "d19_automl_timeout", 15)
    assert (run.seconds, run.sort_metric, run.leaderboard_frame) == (25.748, "auc", None)
    assert len(run.skipped_for_time) == len(set(run.skipped_for_time)) == 10
    assert "GBM lr_annealing" in run.skipped_for_time
    assert run.skipped_for_models == ()
    assert run.steps["GBM_grid_1"] == 12.209
    assert len(run.models) == 15
    (board,) = saved.leaderboards
    assert board.source.pointer == "/leaderboard"
    assert board.columns[:2] == ("model_id", "auc")
    assert board.rows[0][0] == run.models[0]


def test_the_table_alone_tells_the_same() -> None:
    document = load("automl")
    whole = read(document)
    document["event_log"]["events"] = None
    document["leaderboard"] = None
    by_table = read(document)
    assert [event.at for event in by_table.automl[0].events] == [
        event.at for event in whole.automl[0].events
    ]
    assert by_table.automl[0].steps == whole.automl[0].steps
    assert by_table.leaderboards[0].rows == whole.leaderboards[0].rows
    assert by_table.leaderboards[0].sort_metric == "auc"


def test_what_was_asked_for() -> None:
    document = {
        "build_control": {
            "project_name": "p",
            "nfolds": 4,
            "stopping_criteria": {"max_models": 20, "max_runtime_secs": 600.0},
        },
        "input_spec": {},
        "build_models": {},
    }
    (run,) = read(document).automl
    assert (run.project, run.nfolds, run.max_models, run.max_runtime_secs) == ("p", 4, 20, 600)


def test_leaderboard_of_its_own() -> None:
    (board,) = read(load("leaderboard")).leaderboards
    assert (board.id, board.sort_metric, board.frame) == ("d19_automl_timeout@@y", "auc", None)
    assert len(board.rows) == 15


def test_leaderboard_without_its_table() -> None:
    document = {**load("leaderboard"), "table": None}
    (board,) = read(document).leaderboards
    assert board.columns == ("model_id", "auc")
    assert isinstance(board.rows[0][1], float)


def test_times_over_midnight_and_in_a_zone() -> None:
    start = 1_795_328_918  # 06:28:38 UTC; the server's zone is 5:30 ahead
    rows = [
        ("11:58:37.9", None),
        ("11:58:38.031", start),
        ("23:59:59.999", None),
        ("00:00:00.5", None),
        (None, None),
    ]
    times = event_times(rows)
    assert times[1] == start * 1000 + 31
    assert times[0] == start * 1000 - 1000 + 9, "H2O does not pad milliseconds"
    assert times[3] is not None
    assert times[2] is not None
    assert times[3] - times[2] == 6
    assert times[4] is None


def test_times_without_a_date() -> None:
    assert event_times([("11:58:37.9", None), ("x", 5)]) == [None, None]
