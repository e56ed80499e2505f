import json

import pytest
from msgspec.structs import replace

from h2o_forensics.model.training import (
    FoldMetric,
    Frame,
    History,
    Importance,
    Judged,
    Metrics,
    Model,
    Saved,
    Scalar,
)
from h2o_forensics.model.training_tables import SCHEMAS
from h2o_forensics.training.judge import judge
from tests.training_frames import (
    OTHER,
    TRAIN,
    binomial,
    case,
    column,
    frame,
    levels,
    trained,
)

TESTED = replace(binomial("test", 0.60), scored_at=5_000)


def pair(train_auc: float = 0.95, cv_auc: float = 0.90) -> tuple[Metrics, Metrics]:
    return binomial("training", train_auc), binomial("cross_validation", cv_auc)


def only(saved: Saved) -> Judged:
    (found,) = judge(saved)
    return found


def signs(
    *frames: Frame, tests: tuple[Metrics, ...] = (TESTED,), **shares: float
) -> dict[str, Scalar]:
    return only(case(trained(*pair(), shares=shares), tests=tests, frames=frames)).signs


def places(found: dict[str, Scalar]) -> dict[str, list[str | int | None]]:
    decoded: dict[str, list[str | int | None]] = json.loads(str(found["places"]))
    return decoded


def test_all_signs_are_columns() -> None:
    found = signs(frame("train", column("x")), frame("test", column("x", mean=1.0)), x=1.0)
    assert set(found) - {"places"} <= set(SCHEMAS["model_checks"])
    assert set(places(found)) <= set(found)


def test_a_worse_test_differs_and_is_quoted() -> None:
    found = signs()
    assert found["differs"] is True
    assert found["judged"] is True
    assert found["gap"] == pytest.approx(0.3)
    assert (found["cv_value"], found["test_value"], found["train_value"]) == (0.9, 0.6, 0.95)
    assert (found["train_rows"], found["test_rows"]) == (1000, 1000)
    assert (found["positives"], found["negatives"]) == (500, 500)
    assert places(found)["cv_value"] == [
        "A1", None, "cross_validation_metrics.AUC = 0.9 (1000 rows)",
        "/models/0/output/cross_validation_metrics/AUC",
    ]  # fmt: skip
    assert places(found)["differs"][2:] == [
        f"test metrics.AUC = 0.6 (1000 rows, frame test); {places(found)['cv_value'][2]}",
        "/model_metrics/0/AUC",
    ]


def test_a_leader_tells_of_its_leaderboard() -> None:
    second = replace(trained(*pair(cv_auc=0.85)), id="n")
    tests = (TESTED, replace(TESTED, model="n", values={"auc": 0.86}))
    first, other = judge(case(trained(*pair()), second, tests=tests))
    assert (first.leader, other.leader) == (True, False)
    assert (first.signs["models"], first.signs["flagged"]) == (2, 1)
    assert first.signs["flagged_share"] == 0.5
    assert "models" not in other.signs


def test_without_a_test_nothing_is_judged() -> None:
    found = signs(tests=())
    assert found["judged"] is False
    assert not {"differs", "test_value", "label_z", "psi", "drifted"} & set(found)
    assert found["cv_value"] == 0.9
    assert found["cv_low"] is not None


def test_the_training_set_as_test() -> None:
    found = only(case(trained(*pair()), tests=(replace(TESTED, frame_checksum=TRAIN),)))
    assert found.signs["test_is_training"] is True
    assert found.signs["judged"] is False
    assert found.comparisons == ()
    assert any("trained with" in note for note in found.notes)


def test_another_training_is_noted() -> None:
    found = only(case(trained(*pair()), tests=(replace(TESTED, model_checksum=9),)))
    assert found.signs["judged"] is False
    assert any("model_checksum 9" in note for note in found.notes)


def test_the_worst_test_is_named() -> None:
    good = replace(TESTED, frame="early", frame_checksum=OTHER, values={"auc": 0.9})
    found = only(case(trained(*pair()), tests=(good, TESTED)))
    assert found.signs["test_frame"] == "test"
    assert "Tested on early, test; test is the worst and decides." in found.notes


def test_a_better_test_is_told() -> None:
    found = signs(tests=(replace(TESTED, values={"auc": 0.99}),))
    assert (found["differs"], found["test_better"]) == (False, True)


def test_a_column_that_dominates() -> None:
    model = replace(
        trained(*pair()),
        columns=("status", "x"),
        importances=(
            Importance("status.A", None, None, 0.5),
            Importance("status.B", None, None, 0.4),
            Importance("x", None, None, 0.1),
        ),
    )
    found = only(case(model)).signs
    assert found["top_column"] == "status"
    assert found["top_importance"] == pytest.approx(0.9)


def test_a_time_after_training() -> None:
    train = frame("train", column("ts_hour", "int", low=0.0, high=999.0), column("x"))
    test = frame(
        "test", column("ts_hour", "int", low=1000.0, high=1999.0, mean=1500.0), column("x")
    )
    found = signs(train, test, ts_hour=0.7, x=0.3)
    assert (found["time_column"], found["time_importance"], found["time_after"]) == (
        "ts_hour",
        0.7,
        True,
    )
    assert found["drifted"] == 0
    assert str(places(found)["time_after"][3]) == "/frames/0/columns/0"


def test_a_time_whose_test_is_not_later() -> None:
    train = frame("train", column("month", "int", low=1.0, high=12.0), column("t", "int"))
    found = signs(train, replace(train, id="test", checksum=22), month=0.7, t=0.3)
    assert (found["time_column"], found["time_after"]) == ("month", False)
    assert "time_after" not in signs(train, month=0.7)


def test_a_running_number_without_a_name() -> None:
    train = frame("train", column("t", "int", low=0.0, high=999.0))
    test = frame("test", column("t", "int", low=1000.0, high=1499.0))
    assert signs(train, test, t=1.0)["time_column"] == "t"


def test_a_column_that_is_empty_in_the_test() -> None:
    train = frame("train", column("fee"), column("x"))
    test = frame("test", replace(column("fee"), missing=1000), column("x"))
    found = signs(train, test, fee=0.9, x=0.1)
    assert (found["constant_column"], found["constant_importance"]) == ("fee", 0.9)
    assert (found["drift_column"], found["drift_kind"]) == ("fee", "constant")


def test_a_column_that_moved() -> None:
    train = frame("train", column("a"), column("b"))
    found = signs(train, frame("test", column("a", mean=1.2), column("b", mean=0.8)), a=0.3, b=0.7)
    assert (found["drift_column"], found["drift_kind"], found["drifted"]) == ("b", "mean", 2)
    assert found["drift_size"] == pytest.approx(0.8)
    assert "constant_column" not in found
    text = str(places(found)["drift_kind"][2])
    assert text == (
        "b in test: mean 0.8, sd 1, min -3, max 3; in training: mean 0, sd 1, min -3, max 3"
    )


def test_an_identifier_of_new_entities() -> None:
    train = frame("train", column("patient_id", "int", low=0.0, high=99.0), column("x"))
    test = frame("test", column("patient_id", "int", low=500.0, high=549.0), column("x"))
    found = signs(train, test, x=1.0)
    assert (found["id_column"], found["id_rows"], found["id_unseen"]) == ("patient_id", 10, 1)


def test_levels_tell_which_entities_are_new() -> None:
    train = frame("train", levels("user_id", "a", "b", "c"), column("x"))
    test = frame("test", levels("user_id", "c", "d"), column("x"))
    assert signs(train, test, x=1.0)["id_unseen"] == 0.5


def test_a_number_per_row_groups_nothing() -> None:
    numbers = column("id", "int", low=1.0, high=1000.0, mean=500.5, sigma=288.8)
    assert "id_column" not in signs(frame("train", numbers, column("x")), x=1.0)
    per_row = levels("key", "a", cardinality=1000)
    assert "id_column" not in signs(frame("train", per_row, column("x")), x=1.0)


def test_classes_that_moved() -> None:
    other = replace(TESTED, class_rows={"0": 850.0, "1": 150.0})
    found = signs(tests=(other,))
    assert found["label_ratio"] == pytest.approx(0.3)
    assert float(str(found["label_z"])) < -4
    assert (found["train_label_share"], found["test_label_share"]) == (0.5, 0.15)


def folds(*values: float) -> Model:
    return replace(trained(*pair()), folds=(FoldMetric("auc", None, None, values),))


def test_folds_that_disagree() -> None:
    found = only(case(folds(0.30, 0.90, 0.55, 0.80, 0.45))).signs
    assert found["folds_unstable"] is True
    assert (found["fold_low"], found["fold_high"]) == (0.30, 0.90)
    assert found["positives_per_fold"] == 100
    assert only(case(folds(0.88, 0.90, 0.92, 0.91, 0.89))).signs["folds_unstable"] is False


def test_rows_of_one_entity_are_one_for_the_folds() -> None:
    model = folds(0.84, 0.93, 0.78, 0.90, 0.86)
    grouped = replace(model, params=model.params | {"fold_column": "fold"})
    patients = frame("train", levels("patient_id", "a", cardinality=100), column("x"))
    alone = float(str(only(case(grouped)).signs["fold_p"]))
    together = float(str(only(case(grouped, frames=(patients,))).signs["fold_p"]))
    assert alone < 0.001 < together


def test_a_loss_that_rises() -> None:
    curve = History(
        1, {"number_of_trees": (1, 2, 3, 4), "validation_logloss": (0.5, 0.4, 0.6, 0.8)}
    )
    found = only(case(replace(trained(*pair()), history=(curve,)))).signs
    assert found["history_rise"] == pytest.approx(1.0)
    assert (found["best_step"], found["last_step"]) == (2, 4)


def test_no_signal_and_no_skill() -> None:
    cv = replace(binomial("cross_validation", 0.51), values={"auc": 0.51, "logloss": 0.9})
    found = only(case(trained(binomial("training", 1.0), cv))).signs
    assert float(str(found["chance_se"])) < 2
    assert float(str(found["skill"])) < 0
    assert found["train_cv_gap"] == pytest.approx(0.49)
    assert found["in_sample"] is True


def test_out_of_bag_is_not_in_sample() -> None:
    assert only(case(replace(trained(*pair()), algo="drf"))).signs["in_sample"] is False


def test_rounds_as_the_user_gave_them() -> None:
    model = replace(trained(*pair(), stopping_rounds=0), given={"stopping_rounds": 5})
    assert only(case(model)).signs["stopping_rounds"] == 5


def with_params(**params: Scalar) -> Model:
    model = trained(*pair())
    return replace(model, params=model.params | params)


def ensemble(**params: Scalar) -> Model:
    model = with_params(**params)
    return replace(model, id="se", algo="stackedensemble", base_models=("a", "b"))


def base(name: str, **params: Scalar) -> Model:
    usual: dict[str, Scalar] = {"fold_assignment": "Modulo", "fold_column": None, "seed": 1}
    return replace(with_params(**(usual | params)), id=name)


def of_ensemble(*models: Model) -> dict[str, Scalar]:
    return next(one.signs for one in judge(case(*models)) if one.model == "se")


def test_h2o_s_own_warning_of_a_stack() -> None:
    warning = (
        "Base models are inconsistent: they use different nfolds. This can lead to data leakage."
    )
    found = of_ensemble(replace(ensemble(), warnings=(warning,)))
    assert (found["stacked"], found["stacked_leak"]) == (True, True)
    assert places(found)["stacked_leak"][2] == warning


def test_base_models_with_other_folds() -> None:
    found = of_ensemble(ensemble(), base("a"), base("b", nfolds=10))
    assert places(found)["stacked_leak"][2] == "nfolds: 5 in a, 10 in b"
    assert of_ensemble(ensemble(), base("a"), base("b"))["stacked_leak"] is False
    assert "stacked_leak" not in of_ensemble(ensemble(), base("a"))


def test_base_models_with_other_random_folds() -> None:
    same: dict[str, Scalar] = {"fold_assignment": "Random"}
    assert (
        of_ensemble(ensemble(), base("a", **same), base("b", **same, seed=2))["stacked_leak"]
        is True
    )


def test_a_blending_frame_that_base_models_were_trained_with() -> None:
    found = of_ensemble(ensemble(blending_frame="train"), base("a"), base("b"))
    assert found["stacked_leak"] is True
    assert (
        of_ensemble(ensemble(blending_frame="blend"), base("a"), base("b"))["stacked_leak"] is False
    )


def encoder(handling: str) -> Model:
    params: dict[str, Scalar] = {"data_leakage_handling": handling}
    return replace(
        with_params(**params),
        id="te",
        algo="targetencoder",
        category="TargetEncoder",
        columns=("city",),
    )


def test_an_encoding_without_out_of_fold_handling() -> None:
    model = trained(*pair(), shares={"city_te": 0.6, "x": 0.4})
    found = only(case(model, encoder("None"))).signs
    assert (found["target_encoded"], found["target_encoding"]) == ("city_te", "None")
    assert places(found)["target_encoding"][2] == "te: data_leakage_handling = None"
    assert only(case(model, encoder("KFold"))).signs["target_encoding"] == "KFold"
    assert "target_encoding" not in only(case(model)).signs


def test_what_is_not_supervised_is_not_judged() -> None:
    assert judge(case(replace(trained(*pair()), category="Clustering"))) == ()
    assert judge(Saved()) == ()


def test_the_same_bytes_again() -> None:
    saved = case(trained(*pair(), shares={"x": 1.0}), tests=(TESTED,))
    assert judge(saved) == judge(saved)


def test_a_cut_document_is_noted() -> None:
    found = only(case(replace(trained(*pair()), whole=False)))
    assert any("cut" in note for note in found.notes)


def test_numbers_beyond_reason_are_judged_without_a_fault() -> None:
    wild = column("x", low=-1e308, high=1e308, sigma=1e200, mean=1e300)
    train = frame("train", replace(wild, name="user_id", type="int"), wild)
    test = frame("test", column("user_id", "int"), column("x", mean=-1e300, sigma=1e-300))
    assert signs(train, test, x=1e300)["judged"] is True
    many = with_params(nfolds=2**70, stopping_rounds=2**70)
    assert "stopping_rounds" not in only(case(many)).signs


def test_folds_of_a_column_are_counted_in_the_summary() -> None:
    found = only(case(with_params(nfolds=0, fold_column="site"))).signs
    assert (found["nfolds"], found["fold_column"]) == (5, "site")
    assert places(found)["nfolds"][2] == "cross_validation_metrics_summary: 5 folds"


def test_metrics_that_cannot_be_are_left_out() -> None:
    cv = replace(binomial("cross_validation", 0.8), values={"auc": 1e300, "logloss": 1e300})
    model = replace(
        trained(binomial("training", 0.9), cv),
        folds=(FoldMetric("auc", None, None, (1e300, -1e300, 0.5)),),
    )
    second = replace(trained(*pair()), id="n")
    found = judge(case(model, second, tests=(TESTED,)))
    assert any("cannot be" in note for note in found[0].notes)
    assert found[1].signs["cv_value"] == 0.9
