"""Whatever a document holds, reading it raises nothing and gives what can be written as JSON."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from h2o_forensics.training.documents import read_document
from tests.training_documents import NAMES, load

JUNK: list[Any] = [
    None, "NaN", "", -1, 0, 2**70, -(2**63), 1e308, float("nan"), True, [], {}, [None], [[]],
    {"name": None}, {"name": [1]}, {"columns": 1, "data": 2}, {"columns": [1, None], "data": [3]},
    "x" * 5_000, [1, "a", None], {"columns": [{"name": "threshold"}], "data": [None]},
]  # fmt: skip
KEYS = (
    "models", "model_id", "output", "parameters", "model_metrics", "frames", "frame_id", "columns",
    "data", "name", "grid_id", "model_ids", "hyper_names", "summary_table", "failure_details",
    "failed_params", "failed_raw_params", "automl_id", "event_log", "events", "leaderboard_table",
    "leaderboard", "table", "sort_metrics", "chunks", "row_count", "cm", "domain", "message",
    "thresholds_and_metric_scores", "training_metrics", "reproducibility_information_table",
    "__meta", "schema_name", "value", "timestamp", "rows", "build_control", "input_spec",
)  # fmt: skip


def places(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if isinstance(document, dict):
        for key, value in document.items():
            found += places(value, (*at, key))
    if isinstance(document, list):
        for index, value in enumerate(document[:6]):
            found += places(value, (*at, index))
    return found


def change(document: Any, at: tuple[Any, ...], junk: Any) -> None:
    for step in at[:-1]:
        document = document[step]
    document[at[-1]] = junk


@pytest.mark.parametrize("name", [name for name in NAMES if name != "algos"])
def test_junk_anywhere(name: str) -> None:
    chance = random.Random(name)  # noqa: S311 - no secret
    document = load(name)
    everywhere = places(document)
    for _ in range(60):
        mutant = msgspec.json.decode(msgspec.json.encode(document))
        for at in chance.sample(everywhere, 4):
            try:
                change(mutant, at, chance.choice(JUNK))
            except (KeyError, IndexError, TypeError):
                continue  # an earlier change took the place away
        found = read_document(mutant)
        assert found is None or msgspec.json.encode(found[1], enc_hook=list)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=40,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8))
def test_any_document(document: object) -> None:
    found = read_document(document)
    assert found is None or msgspec.json.encode(found[1], enc_hook=list)


def test_numbers_beyond_64_bits_and_infinite_are_unknown() -> None:
    parameters = [
        {"name": "seed", "actual_value": 2**70},
        {"name": "r2_stopping", "actual_value": 1.7976931348623157e308},
        {"name": "x", "actual_value": float("inf")},
    ]
    found = read_document({"model_id": "m", "parameters": parameters, "checksum": 2**64})
    assert found is not None
    (model,) = found[1].models
    assert model.params == {"seed": float(2**70), "r2_stopping": 1.7976931348623157e308, "x": None}
    assert model.checksum is None
