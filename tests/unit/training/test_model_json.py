from typing import Any

import pytest

from h2o_forensics.model.training import InputFrame, Model
from tests.training_documents import load, read


def only_model(document: object) -> Model:
    (model,) = read(document).models
    return model


@pytest.fixture(scope="module")
def gbm() -> Model:
    return only_model(load("model"))


@pytest.fixture(scope="module")
def algos() -> dict[str, Model]:
    return {model.id: model for model in read(load("algos")).models}


def test_what_it_is(gbm: Model) -> None:
    assert (gbm.id, gbm.algo, gbm.category, gbm.response) == ("d05_gbm", "gbm", "Binomial", "y")
    assert gbm.h2o_version == "3.46.0.7"
    assert "y" not in gbm.columns
    assert gbm.cardinality["y"] == 2
    assert (gbm.kind, gbm.whole) == ("json", True)
    assert gbm.trees == gbm.params["ntrees"] == 15
    assert gbm.started is not None
    assert gbm.ended is not None
    assert gbm.run_ms == gbm.ended - gbm.started
    assert gbm.size_bytes is not None


def test_auto_is_resolved_and_what_was_typed_is_kept(gbm: Model) -> None:
    assert gbm.params["fold_assignment"] == "Random"
    assert gbm.given["fold_assignment"] == "AUTO"
    assert gbm.params["training_frame"] == "d05_train"
    assert gbm.params["response_column"] == "y"


def test_metrics_of_training_and_folds(gbm: Model) -> None:
    assert [metrics.of for metrics in gbm.metrics] == ["training", "cross_validation"]
    for metrics in gbm.metrics:
        assert metrics.model_checksum == gbm.checksum
        assert metrics.source.pointer == f"/models/0/output/{metrics.of}_metrics"
        assert 0 < metrics.values["auc"] <= 1
        assert metrics.values["gini"] == pytest.approx(2 * metrics.values["auc"] - 1)
        assert sum(metrics.class_rows.values()) == metrics.nobs
        assert "loglikelihood" not in metrics.values, "the text NaN is no number"


def test_folds_and_their_histories(gbm: Model) -> None:
    auc = next(row for row in gbm.folds if row.metric == "auc")
    assert len(auc.values) == 5
    known = [value for value in auc.values if value is not None]
    assert auc.mean == pytest.approx(sum(known) / 5, rel=1e-5)
    assert [history.fold for history in gbm.history] == [None, 1, 2, 3, 4, 5]
    assert "validation_logloss" in gbm.history[1].columns
    assert "" not in gbm.history[0].columns
    assert gbm.history[2].source.pointer == "/models/0/output/cv_scoring_history/1"


def test_importances_and_node_and_frame(gbm: Model) -> None:
    assert sum(one.share or 0 for one in gbm.importances) == pytest.approx(1)
    (node,) = gbm.nodes
    assert node.max_mem_bytes == 2_075_918_336
    assert node.facts["java_version"] == "Java 17.0.15 (from Debian)"
    assert "rpcs_active" not in node.facts, "one zero byte says nothing"
    frame = gbm.frames[0]
    assert (frame.role, frame.name) == ("training_frame", "d05_train")
    assert frame.espc[0] == 0
    assert frame.espc[-1] == gbm.metrics[0].nobs


def test_frames_that_were_not_given_are_left_out(gbm: Model) -> None:
    assert [frame.role for frame in gbm.frames] == ["training_frame"]


def test_every_algorithm_is_read(algos: dict[str, Model]) -> None:
    assert len(algos) == 31
    for model in algos.values():
        assert model.algo
        assert model.category
        assert model.columns
        assert model.h2o_version == "3.46.0.12"
        assert model.frames[0].role == "training_frame"
        assert model.frames[0].espc[-1] in {120, 300}
    assert {"stackedensemble", "word2vec", "upliftdrf", "glrm", "coxph", "targetencoder"} <= {
        model.algo for model in algos.values()
    }


def test_particular_algorithms(algos: dict[str, Model]) -> None:
    assert algos["a_se"].base_models == ("a_gbm", "a_drf")
    assert algos["a_se"].metalearner == "metalearner_AUTO_a_se"
    assert algos["a_up"].columns == ("x", "z"), "the treatment is no predictor"
    assert algos["b_drf"].columns == ("x", "z", "c"), "nor are the folds"
    assert algos["b_drf"].params["fold_column"] == "fold"
    assert algos["a_km"].metrics[0].values["totss"] == pytest.approx(745)
    assert algos["a_km"].metrics[0].nobs is None, "0 is what H2O writes where it does not count"
    assert algos["a_if"].metrics[0].values["mean_normalized_score"] == pytest.approx(0.075)
    assert algos["b_drf"].metrics[1].class_rows == {"u": 105, "v": 104, "w": 91}
    assert algos["b_drf"].metrics[1].values["error"] == pytest.approx(0.66)
    assert algos["a_gam"].metrics[1].category == "Binomial", "taken from the model"
    assert {one.variable for one in algos["a_dl"].importances} >= {"c.a", "c.b"}, "left as named"


def test_validation_frame_of_a_slice_has_the_name_in_its_metrics(algos: dict[str, Model]) -> None:
    frames = {frame.role: frame for frame in algos["r_gbm"].frames}
    assert frames["validation_frame"].name == "py_5_sid_88d0"
    assert frames["validation_frame"].espc == (0, 100)


def test_names_of_old_versions() -> None:
    document = load("model")
    table = document["models"][0]["output"]["cross_validation_metrics_summary"]
    table["data"][0] = ["aucpr" if name == "pr_auc" else name for name in table["data"][0]]
    del document["models"][0]["output"]["cv_scoring_history"]
    model = only_model(document)
    assert "pr_auc" in {row.metric for row in model.folds}
    assert [history.fold for history in model.history] == [None]


def test_what_is_missing_is_unknown() -> None:
    model = only_model({"model_id": "m", "output": None})
    assert (model.id, model.algo, model.metrics, model.columns) == ("m", None, (), ())


def test_parameters_that_are_lists_are_json_text() -> None:
    parameters: list[dict[str, Any]] = [
        {"name": "alpha", "actual_value": [0.5], "input_value": None},
        {"name": "ignored_columns", "actual_value": ["a", "b"]},
        {"name": "base_models", "actual_value": [{"name": "m1"}, {"name": "m2"}]},
        {"name": "fold_column", "actual_value": {"__meta": {}, "column_name": "f"}},
        {"name": "checkpoint", "actual_value": {"__meta": {}, "name": None}},
        {"name": 5, "actual_value": 1},
    ]
    model = only_model({"model_id": {"name": "m"}, "parameters": parameters})
    assert model.params == {
        "alpha": "[0.5]",
        "ignored_columns": '["a","b"]',
        "base_models": '["m1","m2"]',
        "fold_column": "f",
        "checkpoint": None,
    }
    assert model.base_models == ("m1", "m2")


def test_a_frame_known_by_its_parameter_alone() -> None:
    parameters = [{"name": "training_frame", "actual_value": {"name": "t"}}]
    model = only_model({"model_id": "m", "parameters": parameters})
    assert model.frames == (InputFrame("training_frame", "t", None),)


def test_sizes_are_bounded() -> None:
    names = [f"c{index}" for index in range(30_000)]
    history = {
        "columns": [{"name": f"h{index}"} for index in range(500)],
        "data": [[1.0] * 6_000] * 500,
    }
    summary = {
        "columns": [{"name": name} for name in ("", "mean", "sd")]
        + [{"name": f"cv_{index}_valid"} for index in range(2_000)],
        "data": [["auc"], [0.5], [0.1]] + [[0.5]] * 2_000,
    }
    output = {
        "names": names,
        "scoring_history": history,
        "cross_validation_metrics_summary": summary,
        "cv_scoring_history": [{"columns": ["a"], "data": [[1]]}] * 200,
    }
    model = only_model({"model_id": "m" * 10_000, "output": output})
    assert len(model.columns) == 20_000
    assert len(model.id) == 4_000
    assert {len(cells) for cells in model.history[0].columns.values()} == {5_000}
    assert len(model.history[0].columns) == 100
    assert len(model.history) == 101
    assert len(model.folds[0].values) == 1_000
    assert len(read({"models": [{"model_id": "m", "output": {}}] * 3_000}).models) == 1_000
