import pytest

from h2o_forensics.training.documents import read_document
from tests.training_documents import NAMES, load, read


@pytest.mark.parametrize(
    ("name", "kind"),
    (
        ("model", "model"),
        ("test_metrics", "model_metrics"),
        ("algos", "model"),
        ("frame", "frame"),
        ("frame_chunks", "frame_chunks"),
        ("grid", "grid"),
        ("automl", "automl"),
        ("leaderboard", "leaderboard"),
    ),
)
def test_kind_by_content(name: str, kind: str) -> None:
    found = read_document(load(name))
    assert found is not None
    assert found[0] == kind


@pytest.mark.parametrize(
    "document",
    (
        None,
        [],
        {},
        1,
        "model",
        {"models": []},
        {"models": [{}]},
        {"models": {"model_id": 1}},
        {"jobs": [{"key": {"name": "x"}}]},
        {"cloud_size": 3, "nodes": []},
        {"frames": [1, None]},
        {"model_id": "m"},
        {"root_cause": "x", "model": "y"},
    ),
)
def test_other_documents_are_not_ours(document: object) -> None:
    assert read_document(document) is None


def test_a_list_of_names_is_no_model() -> None:
    assert read_document(load("synopses")) is None


def test_kind_without_schemas() -> None:
    model = load("model")["models"][0]
    del model["__meta"]
    found = read_document(model)
    assert found is not None
    assert found[0] == "model"
    assert found[1].models[0].source.pointer == ""
    assert read(load("model")).models[0].source.pointer == "/models/0"


def test_several_documents_in_one() -> None:
    found = read_document([load("test_metrics"), {"other": 1}, 5, load("model")["models"][0]])
    assert found is not None
    kind, saved = found
    assert kind == "model_metrics"
    assert saved.metrics[0].source.pointer == "/0/model_metrics/0"
    assert saved.models[0].source.pointer == "/3"


def test_every_document_is_one_that_is_tested() -> None:
    assert all(load(name) for name in NAMES)
