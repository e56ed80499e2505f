import json

import pytest
from msgspec.structs import replace

from h2o_forensics.model.tables import make_table
from h2o_forensics.model.training import (
    Grid,
    GridModel,
    History,
    Importance,
    InputFrame,
    Mojo,
    Saved,
    TrainingEvidence,
)
from h2o_forensics.model.training_tables import SCHEMAS
from h2o_forensics.training.history_rows import MAX_STEPS, history_rows
from h2o_forensics.training.judge import judge
from h2o_forensics.training.model_rows import MAX_IMPORTANCES, Row, model_rows
from tests.training_frames import binomial, case, trained

TABLES = {
    "models", "model_metrics", "folds", "scoring_history", "variable_importance", "model_checks",
}  # fmt: skip
PLACE = {"node", "run", "ts", "artifact", "line", "pointer", "text", "places"}
MODEL = trained(
    binomial("training", 0.95), binomial("cross_validation", 0.9), shares={"a": 0.75, "b": 0.25}
)
TESTED = replace(binomial("test", 0.6), scored_at=5_000)


def rows(saved: Saved) -> dict[str, list[Row]]:
    return model_rows(TrainingEvidence(saved, judge(saved)))


def test_all_tables_and_only_their_columns() -> None:
    found = rows(case(MODEL, tests=(TESTED,)))
    assert set(found) == TABLES
    for name, of_table in found.items():
        if name != "scoring_history":
            assert of_table
        known = set(SCHEMAS[name]) | PLACE
        assert all(set(row) <= known for row in of_table), name
        assert make_table(name, of_table).height == len(of_table)


def test_a_model() -> None:
    model = replace(
        MODEL,
        params=MODEL.params | {"max_depth": 6, "balance_classes": False, "stopping_metric": "AUTO"},
        frames=(InputFrame("training_frame", "train", 11, (0, 600, 1200)),),
        trees=50,
    )
    grids = (Grid("g", models=(GridModel("m", {}, 0.9),)),)
    (row,) = rows(replace(case(model), grids=grids))["models"]
    assert row["train_rows"] == 1200
    assert row["ntrees"] == 50
    assert (row["nfolds"], row["max_depth"], row["grid"]) == (5, 6, "g")
    assert row["ts"] == 1_000
    assert json.loads(str(row["params"])) == {"max_depth": 6, "nfolds": 5}
    assert row["damages"] is None
    assert json.loads(str(row["places"]))["nfolds"] == [
        "A1", None, "parameters.nfolds = 5", "/models/0/parameters",
    ]  # fmt: skip


def test_a_damaged_archive_has_its_own_row() -> None:
    mojo = Mojo("1.4", "gbm", 5, (), damage=("trees/t00_002.bin is missing",))
    broken = replace(MODEL, kind="mojo", mojo=mojo, metrics=())
    found = rows(case(MODEL, broken))
    assert [row["damages"] for row in found["models"]] == [None, 1]
    assert found["models"][1]["damage"] == "trees/t00_002.bin is missing"
    assert "damages" in json.loads(str(found["models"][1]["places"]))
    assert len(found["model_checks"]) == 1


def test_metrics_with_their_intervals() -> None:
    found = rows(case(MODEL, tests=(TESTED,)))["model_metrics"]
    by_part = {row["of"]: row for row in found if row["metric"] == "auc"}
    assert set(by_part) == {"training", "cross_validation", "test"}
    assert by_part["training"].get("low") is None
    for part in ("cross_validation", "test"):
        low, value, high = (by_part[part][name] for name in ("low", "value", "high"))
        assert float(str(low)) < float(str(value)) < float(str(high))
    assert by_part["test"]["pointer"] == "/model_metrics/0/AUC"
    assert by_part["cross_validation"]["rows"] == 1000


def test_folds() -> None:
    found = rows(case(MODEL))["folds"]
    assert [row["fold"] for row in found] == [1, 2, 3, 4, 5]
    assert found[2]["value"] == pytest.approx(0.91)
    assert found[0]["pointer"] == "/models/0/output/cross_validation_metrics_summary"


def test_importances_are_bounded_and_added_up() -> None:
    model = replace(
        MODEL,
        columns=("s", "x"),
        importances=(
            Importance("s.A", None, None, 0.5),
            Importance("x", None, None, 0.3),
            Importance("s.B", None, None, 0.2),
            *(Importance(f"n{i}", None, None, 0.0) for i in range(200)),
        ),
    )
    found = rows(case(model))["variable_importance"]
    assert len(found) == MAX_IMPORTANCES
    assert [(row["variable"], row["column"], row["rank"]) for row in found[:3]] == [
        ("s.A", "s", 1), ("x", "x", 2), ("s.B", "s", 3),
    ]  # fmt: skip
    assert found[0]["column_share"] == pytest.approx(0.7)


def test_a_check_row_sums_up_and_quotes() -> None:
    (row,) = rows(case(MODEL, tests=(TESTED,)))["model_checks"]
    assert row["text"] == "m: auc training 0.95, cross-validation 0.9, test 0.6"
    assert (row["artifact"], row["pointer"]) == ("A1", "/models/0")
    assert "cv_value" in json.loads(str(row["places"]))


def test_only_leaders_have_a_check_row() -> None:
    second = replace(MODEL, id="n")
    found = rows(case(MODEL, second))["model_checks"]
    assert [row["model"] for row in found] == ["m"]
    assert found[0]["models"] == 2


def test_two_trainings_of_one_name_keep_their_own_signs() -> None:
    other = replace(MODEL, checksum=2, response="z", algo="drf")
    found = rows(case(MODEL, other))["model_checks"]
    assert [(row["response"], row["algo"]) for row in found] == [("y", "gbm"), ("z", "drf")]


def history(fold: int | None, steps: int) -> History:
    return History(
        fold,
        {
            "timestamp": ("2026-11-22 06:00:00",) * steps,
            "number_of_trees": tuple(range(steps)),
            "training_logloss": tuple(1 / (1 + i) for i in range(steps)),
            "training_auc": (None, *("-",) * (steps - 1)),
        },
    )


def test_histories_are_rows_of_numbers() -> None:
    found = history_rows([replace(MODEL, history=(history(None, 3), history(2, 3)))])
    assert [(row["fold"], row["step"]) for row in found] == [
        (None, 0), (None, 1), (None, 2), (2, 0), (2, 1), (2, 2),
    ]  # fmt: skip
    assert {row["metric"] for row in found} == {"training_logloss"}
    assert [row["trees"] for row in found[:3]] == [0, 1, 2]


def test_a_long_history_is_thinned_between_its_ends() -> None:
    found = history_rows([replace(MODEL, history=(history(None, 5_000),))])
    steps = [int(str(row["step"])) for row in found]
    assert len(steps) == MAX_STEPS
    assert (steps[0], steps[-1]) == (0, 4_999)
    assert steps == sorted(set(steps))


def test_many_models_share_the_rows() -> None:
    models = [replace(MODEL, id=str(i), history=(history(None, 200),)) for i in range(1_000)]
    found = history_rows(models)
    assert len(found) <= 50_000
    assert len({row["model"] for row in found}) == 1_000


def test_no_models_no_rows() -> None:
    assert rows(Saved()) == {name: [] for name in TABLES}
