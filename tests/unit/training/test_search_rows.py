"""Rows of grids, AutoML runs and leaderboards: places, and columns as their tables declare them."""

import json

from h2o_forensics.model.tables import SCHEMAS, make_table
from h2o_forensics.model.training import (
    AutoML,
    AutoMLEvent,
    Grid,
    GridFailure,
    GridModel,
    Leaderboard,
    Saved,
    Source,
)
from h2o_forensics.training.search_rows import search_rows

_JSON = Source("A3", "grid.json", "/grids/0")
_LINE = Source("A1", "h2o.log", "", 7, "POST /99/Grid/gbm, parms: {}", 1_795_328_857_473)


def _saved() -> Saved:
    grid = Grid(
        "g", algo="gbm", size=600, size_from="log", strategy="Cartesian",
        models=(GridModel("g_1", {"a": 1}, 0.25),),
        failures=(GridFailure({"a": 2}, "bad a"), GridFailure({"a": 3}, "Job Canceled")),
        status="RUNNING", progress=1e-18, model_seconds=7.0, places={"size": _LINE}, source=_JSON,
    )  # fmt: skip
    run = AutoML("aml", events=(AutoMLEvent(5, "INFO", "Workflow", "Project: aml"),), node="n:1",
                 built=2, source=Source("A4", "automl.json", ""))  # fmt: skip
    board = Leaderboard("b", "auc", None, ("model_id", "auc"), (("m1", 0.9), ("m2", "NaN")))
    return Saved(grids=(grid,), automl=(run,), leaderboards=(board,))


def test_every_column_is_one_that_the_table_declares() -> None:
    for name, rows in search_rows(_saved()).items():
        assert rows, name
        for row in rows:
            assert row.keys() <= SCHEMAS[name].keys(), name
        assert make_table(name, rows).height == len(rows)


def test_a_grid_in_one_row() -> None:
    (row,) = search_rows(_saved())["grids"]
    assert (row["built"], row["failed"], row["cancelled"], row["missing"]) == (1, 1, 1, 598)
    assert row["bounded"] is False
    assert row["full_hours"] == 1.167
    assert row["models_per_hour"] == 514.3
    assert (row["artifact"], row["pointer"], row["line"]) == ("A3", "/grids/0", None)


def test_columns_are_quoted_where_they_were_read() -> None:
    (row,) = search_rows(_saved())["grids"]
    places = json.loads(str(row["places"]))
    assert places["size"] == ["A1", 7, "POST /99/Grid/gbm, parms: {}", None]
    artifact, line, words, pointer = places["failed"]
    assert (artifact, line, pointer) == ("A3", None, "/grids/0/failure_details")
    assert words == "2 failures, 1 of them cancelled; bad a"


def test_models_and_failures_of_a_grid() -> None:
    rows = search_rows(_saved())["grid_models"]
    assert [(row["model"], row["failed"], row["reason"]) for row in rows] == [
        ("g_1", False, None), (None, True, "bad a"), (None, False, "Job Canceled"),
    ]  # fmt: skip
    assert rows[1]["params"] == '{"a":2}'


def test_a_leaderboard_keeps_its_numbers() -> None:
    rows = search_rows(_saved())["leaderboard"]
    assert [
        (row["rank"], row["model"], row["metric"], row["value"], row["of"]) for row in rows
    ] == [(1, "m1", "auc", 0.9, "cross_validation")]
