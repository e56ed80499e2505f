from msgspec.structs import replace

from h2o_forensics.model.training import Model, Saved
from h2o_forensics.training.groups import Trial, boards, try_tests
from tests.training_frames import OTHER, binomial, case, joined, trained


def named(name: str, cv: float, test: float) -> tuple[Model, Saved]:
    model = replace(trained(binomial("training", 0.9), binomial("cross_validation", cv)), id=name)
    return model, case(model, tests=(replace(binomial("test", test), model=name),))


def trial(name: str, cv: float, test: float) -> Trial:
    model, saved = named(name, cv, test)
    return try_tests(joined(saved, model))


def test_one_leaderboard_whose_leader_is_the_best_by_cross_validation() -> None:
    (board,) = boards([trial("a", 0.80, 0.80), trial("b", 0.85, 0.84), trial("c", 0.70, 0.70)])
    assert board.members == (1, 0, 2)
    assert board.flagged == 0
    assert board.lead_se is not None
    assert 2 < board.lead_se < 5


def test_flagged_are_those_that_stay_after_correction() -> None:
    (board,) = boards([trial("a", 0.90, 0.60), trial("b", 0.85, 0.84), trial("c", 0.88, 0.61)])
    assert (board.members[0], board.flagged) == (0, 2)


def test_ties_are_broken_by_name() -> None:
    (board,) = boards([trial("b", 0.8, 0.8), trial("a", 0.8, 0.8)])
    assert board.members == (1, 0)


def test_other_responses_and_other_tests_are_other_leaderboards() -> None:
    one = trial("a", 0.8, 0.8)
    other = replace(one.joined.model, id="b", response="z")
    (test,) = one.joined.tests
    elsewhere = replace(test[1], model="c", frame="more", frame_checksum=OTHER)
    third = replace(one.joined.model, id="c")
    trials = [
        one,
        try_tests(replace(one.joined, model=other)),
        try_tests(joined(case(third, tests=(elsewhere,)), third)),
    ]
    assert len(boards(trials)) == 3


def test_the_worst_of_several_tests_decides() -> None:
    model, saved = named("m", 0.9, 0.89)
    bad = replace(saved.metrics[0], frame="later", frame_checksum=OTHER, values={"auc": 0.6})
    found = try_tests(joined(case(model, tests=(*saved.metrics, bad)), model))
    at = found.worst()
    assert at is not None
    assert found.joined.tests[at][1] == bad


def test_many_tests_must_be_surer() -> None:
    model, saved = named("m", 0.80, 0.735)
    (one,) = saved.metrics
    alone = try_tests(joined(saved, model)).results[0][0]
    assert alone.differs
    many = tuple(
        replace(one, frame=f"t{at}", frame_checksum=100 + at)
        for at in range(round(0.02 / (alone.p or 1)))
    )
    found = try_tests(joined(case(model, tests=many), model))
    assert not any(results[0].differs for results in found.results)


def test_without_a_test_there_is_none() -> None:
    model, _saved = named("m", 0.8, 0.8)
    assert try_tests(joined(case(model), model)).worst() is None
