import pytest

from h2o_forensics.training.metrics_json import (
    read_confusion,
    read_folds,
    read_metrics,
    read_scores,
)
from tests.training_documents import load, read


def table(**columns: list[object]) -> dict[str, object]:
    return {"columns": [{"name": name} for name in columns], "data": list(columns.values())}


def test_a_document_of_its_own_is_a_test() -> None:
    (metrics,) = read(load("test_metrics")).metrics
    assert (metrics.of, metrics.model, metrics.frame) == ("test", "d05_gbm", "d05_test")
    assert metrics.model_checksum == read(load("model")).models[0].checksum
    assert metrics.source.pointer == "/model_metrics/0"


def test_scores_have_the_totals_of_the_confusion_matrix() -> None:
    document = load("model")["models"][0]["output"]["cross_validation_metrics"]
    metrics = read_metrics(document, "cross_validation", "")
    assert metrics is not None
    assert metrics.scores is not None
    assert sum(metrics.scores.positives) == metrics.class_rows["yes"]
    assert sum(metrics.scores.negatives) == metrics.class_rows["no"]


def test_scores_are_differences() -> None:
    scores = read_scores(table(threshold=[0.9, 0.5, 0.1], tps=[1, 3, 4], fps=[0, 1, 5]))
    assert scores is not None
    assert list(scores.positives) == [1.0, 2.0, 1.0]
    assert list(scores.negatives) == [0.0, 1.0, 4.0]


@pytest.mark.parametrize(
    "columns",
    (
        {"threshold": [0.9, 0.5], "tps": [3, 1], "fps": [0, 1]},  # counts that fall
        {"threshold": [0.5, 0.9], "tps": [1, 3], "fps": [0, 1]},  # thresholds that rise
        {"threshold": [0.9, 0.5], "tps": [1], "fps": [0, 1]},  # cut: the total is not known
        {"threshold": [0.9, 0.5], "tps": [1, "NaN"], "fps": [0, 1]},
        {"threshold": [], "tps": [], "fps": []},
        {"threshold": [0.9], "tps": [1]},
    ),
)
def test_a_table_that_is_no_histogram(columns: dict[str, list[object]]) -> None:
    assert read_scores(table(**columns)) is None


def test_a_table_with_fewer_rows_than_it_states() -> None:
    cut = {**table(threshold=[0.9, 0.5], tps=[1, 3], fps=[0, 1]), "rowcount": 3}
    assert read_scores(cut) is None


def test_confusion() -> None:
    rows, error = read_confusion(
        table(a=[8, 1, 9], b=[2, 9, 11], Error=[0.2, 0.1, 0.15], Rate=["", "", ""])
    )
    assert rows == {"a": 10, "b": 10}
    assert error == pytest.approx(0.15)


@pytest.mark.parametrize(
    "columns",
    (
        {"a": [8, 1], "b": [2]},
        {"a": [8], "b": [2], "Error": [0.2]},
        {"Error": [0.2]},
        {"a": [8, None], "b": [2, 3], "Error": [0.2]},
    ),
)
def test_confusion_that_is_none(columns: dict[str, list[object]]) -> None:
    assert read_confusion(table(**columns)) == ({}, None)


def test_rows_per_class_without_confusion() -> None:
    metrics = read_metrics(
        {
            "domain": ["no", "yes"],
            "thresholds_and_metric_scores": table(threshold=[0.9, 0.1], tps=[1, 3], fps=[0, 4]),
        },
        "test",
        "",
    )
    assert metrics is not None
    assert metrics.class_rows == {"no": 4, "yes": 3}


def test_numbers_only() -> None:
    metrics = read_metrics(
        {
            "AUC": "NaN",
            "MSE": "0.5",
            "RMSE": True,
            "mae": None,
            "r2": [1],
            "logloss": float("inf"),
            "model_checksum": -3,
            "nobs": "120",
            "custom_metric_name": "profit",
            "custom_metric_value": 7,
        },
        "test",
        "",
    )
    assert metrics is not None
    assert metrics.values == {"mse": 0.5, "profit": 7.0}
    assert metrics.model_checksum == -3
    assert metrics.nobs == 120


def test_no_object_no_metrics() -> None:
    assert read_metrics(None, "test", "") is None
    assert read_metrics([], "test", "") is None


def test_folds_of_a_cut_table_are_unknown() -> None:
    (row,) = read_folds(
        {
            "columns": [{"name": name} for name in ("", "mean", "sd", "cv_1_valid", "cv_2_valid")],
            "data": [["auc"], [0.7], ["0.1"], [0.6]],
        }
    )
    assert (row.mean, row.sd, row.values) == (0.7, 0.1, (0.6, None))
