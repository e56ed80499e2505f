from msgspec.structs import replace

from h2o_forensics.model.training import AutoML, InputFrame, Saved
from h2o_forensics.training.join import find_frame, models_to_judge, training_frame
from tests.training_frames import OTHER, TEST, TRAIN, binomial, case, column, frame, joined, trained

CV, TRAINING = binomial("cross_validation", 0.8), binomial("training", 0.85)
TESTED = replace(binomial("test", 0.79), scored_at=5_000)
VALID = binomial("validation", 0.79)


def test_metrics_are_joined_by_name_and_checksum() -> None:
    model = trained(TRAINING, CV)
    assert joined(case(model, tests=(TESTED,)), model).tests == (("metrics", TESTED),)
    other = replace(TESTED, model="another")
    assert joined(case(model, tests=(other,)), model).tests == ()


def test_another_training_of_the_name_is_refused() -> None:
    model = trained(TRAINING, CV)
    other = replace(TESTED, model_checksum=2)
    found = joined(case(model, tests=(other,)), model)
    assert (found.tests, found.refused) == ((), (other,))
    unknown = replace(TESTED, model_checksum=None)
    assert joined(case(model, tests=(unknown,)), model).tests == (("metrics", unknown),)


def test_the_training_frame_is_no_test() -> None:
    model = trained(TRAINING, CV)
    on_training = replace(TESTED, frame="renamed", frame_checksum=TRAIN)
    found = joined(case(model, tests=(on_training,)), model)
    assert (found.tests, found.of_training) == ((), on_training)


def test_beside_a_true_test_the_training_frame_is_no_fault() -> None:
    model = trained(TRAINING, CV)
    on_training = replace(TESTED, frame_checksum=TRAIN)
    found = joined(case(model, tests=(on_training, TESTED)), model)
    assert (found.tests, found.of_training) == ((("metrics", TESTED),), None)


def test_without_checksums_the_frame_s_name_tells() -> None:
    model = trained(replace(TRAINING, frame_checksum=None))
    same = replace(TESTED, frame="train", frame_checksum=None)
    assert joined(case(model, tests=(same,)), model).of_training == same


def test_a_changed_frame_of_the_name_is_a_test() -> None:
    model = trained(TRAINING, CV)
    changed = replace(TESTED, frame="train", frame_checksum=OTHER)
    assert joined(case(model, tests=(changed,)), model).tests == (("metrics", changed),)


def test_the_training_s_own_metrics_listed_again_are_none() -> None:
    mine = replace(TRAINING, scored_at=900)
    model = trained(mine, CV)
    again = replace(mine, of="test")
    found = joined(case(model, tests=(again,)), model)
    assert (found.tests, found.of_training) == ((), None)


def test_zero_is_no_checksum() -> None:
    model = trained(replace(TRAINING, frame_checksum=0))
    test = replace(TESTED, frame_checksum=0)
    assert joined(case(model, tests=(test,)), model).tests == (("metrics", test),)


def test_a_validation_frame_that_steered_nothing_is_a_test() -> None:
    model = trained(TRAINING, VALID, CV)
    assert joined(case(model), model).tests == (("validation", VALID),)


def test_folds_steer_where_there_are_folds() -> None:
    model = trained(TRAINING, VALID, CV, stopping_rounds=3)
    assert joined(case(model), model).tests == (("validation", VALID),)
    other = replace(model, algo="glm")
    assert joined(case(other), other).steered


def test_a_validation_frame_that_stopped_the_training_is_no_test() -> None:
    alone = trained(TRAINING, VALID, nfolds=0, stopping_rounds=3)
    found = joined(case(alone), alone)
    assert (found.tests, found.steered) == ((), True)
    typed = replace(trained(TRAINING, VALID, nfolds=0), given={"stopping_rounds": 3})
    assert joined(case(typed), typed).steered


def test_deep_learning_goes_back_to_its_best_state() -> None:
    model = replace(trained(TRAINING, VALID, nfolds=0), algo="deeplearning")
    assert joined(case(model), model).steered
    kept = replace(model, params=model.params | {"overwrite_with_best_model": False})
    assert not joined(case(kept), kept).steered


def test_a_frame_that_a_leaderboard_was_sorted_by_is_no_test() -> None:
    model = trained(TRAINING, VALID, CV)
    saved = Saved(models=(model,), automl=(AutoML("run", leaderboard_frame="test"),))
    assert joined(saved, model).steered


def test_the_document_counts_before_the_validation_metrics() -> None:
    model = trained(TRAINING, VALID, CV)
    assert joined(case(model, tests=(TESTED,)), model).tests == (("metrics", TESTED),)


def test_the_latest_scoring_of_a_frame_counts() -> None:
    model = trained(TRAINING, CV)
    later = replace(TESTED, scored_at=9_000)
    assert joined(case(model, tests=(later, TESTED)), model).tests == (("metrics", later),)


def test_each_model_once_its_fullest_document() -> None:
    full = trained(TRAINING, CV)
    lean = replace(full, metrics=(TRAINING,), folds=(), kind="mojo")
    assert models_to_judge(case(lean, full)) == (full,)
    unknown = replace(lean, checksum=None)
    assert models_to_judge(case(full, unknown)) == (full,)


def test_two_trainings_of_one_name_are_two() -> None:
    one, other = trained(TRAINING, CV), replace(trained(TRAINING, CV), checksum=2)
    assert models_to_judge(case(one, other)) == (one, other)


def test_models_of_folds_are_not_judged() -> None:
    fold = replace(trained(TRAINING), id="m_cv_1")
    assert models_to_judge(case(trained(TRAINING, CV), fold)) == (trained(TRAINING, CV),)


def test_frames_are_found_by_checksum_then_by_name() -> None:
    by_name, by_sum = (
        frame("train", column("x"), checksum=OTHER),
        frame("copy", column("x"), checksum=TRAIN),
    )
    assert find_frame((by_name, by_sum), "train", {TRAIN}) == by_sum
    assert find_frame((by_name,), "train", {TRAIN}) is None, "another frame of the same name"
    assert find_frame((by_name,), "train", set()) == by_name
    assert find_frame((by_name,), "test", {TEST}) is None
    assert find_frame((frame("train"),), "train", {TRAIN}) is None


def test_the_training_frame_by_all_that_tells_of_it() -> None:
    model = replace(trained(TRAINING), frames=(InputFrame("training_frame", "train", 44),))
    assert training_frame(model) == ("train", frozenset({TRAIN, 44}))
