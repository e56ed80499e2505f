from h2o_forensics.training.grid_json import read_reason
from tests.training_documents import load, read


def test_built_and_failed() -> None:
    saved = read(load("grid"))
    (grid,) = saved.grids
    assert (grid.id, grid.algo, grid.built, grid.nfolds) == (
        "d17_grid_partial_failures_grid", "gbm", 4, 0,
    )  # fmt: skip
    assert grid.hyper_values == {"max_depth": 2, "min_rows": 4}
    assert (grid.size, grid.size_from, grid.sort_by) == (8, "summary", "logloss")
    assert grid.models[0].params == {"max_depth": 3, "min_rows": 2.0}
    assert grid.models[0].score == 0.5747230925251727
    assert [failure.params["min_rows"] for failure in grid.failures] == [300, 300, 500, 500]
    assert len({failure.reason for failure in grid.failures}) == 2
    assert "_model_" not in grid.failures[0].reason
    assert "_min_rows" in grid.failures[0].reason
    assert not any(failure.cancelled for failure in grid.failures)


def test_its_models_with_their_metrics() -> None:
    saved = read(load("grid"))
    assert {model.id for model in saved.models} == {model.model for model in saved.grids[0].models}
    model = saved.models[0]
    assert (model.algo, model.params["max_depth"]) == ("gbm", 3)
    assert model.checksum == model.metrics[0].model_checksum
    assert model.metrics[0].source.pointer == "/training_metrics/0"


def test_cancelled_is_no_failure_of_the_search() -> None:
    document = {
        "grid_id": "g",
        "hyper_names": ["a"],
        "model_ids": [],
        "failure_details": ["Job Canceled", None],
        "failed_raw_params": [["0.1"], ["true"]],
    }
    (grid,) = read(document).grids
    assert [failure.cancelled for failure in grid.failures] == [True, False]
    assert [failure.params for failure in grid.failures] == [{"a": 0.1}, {"a": True}]
    assert (grid.built, grid.algo) == (0, None)


def test_values_as_text_are_the_same_values() -> None:
    document = {
        "grid_id": "g",
        "hyper_names": ["depth", "hidden"],
        "summary_table": {
            "columns": [{"name": name} for name in ("", "depth", "hidden", "model_ids", "auc")],
            "data": [
                ["", ""], ["3 ", "5"], ["[10, 10]", "[5]"], ["g_model_1", "g_model_2"],
                ["0.7", "0.6"],
            ],
        },
        "failed_raw_params": [["3.0", "[10, 10]"]],
        "failed_params": [{"depth": 3, "hidden": [10, 10]}],
        "failure_details": ["no"],
    }  # fmt: skip
    (grid,) = read(document).grids
    assert grid.hyper_values == {"depth": 2, "hidden": 2}
    assert grid.models[0].params["depth"] == 3
    assert grid.models[0].score == 0.7
    assert grid.size == 4


def test_reason() -> None:
    detail = "Illegal argument(s) for GBM model: g_model_7.  Details: ERRR on field: _x: bad\nmore"
    assert read_reason(detail, "g") == "Illegal argument(s) for GBM model: ERRR on field: _x: bad"
    assert read_reason("failed g_model_3 here", "g") == "failed the model here"
    assert read_reason("", "") == ""
