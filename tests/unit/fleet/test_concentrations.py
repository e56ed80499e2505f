"""Causes that sit on one user, machine or cluster."""

from typing import Any

from h2o_forensics.model.fleet import Concentration
from tests.fleet_samples import Row, fleet, ill, of, run

USERS = ("ann", "ben", "cem", "dan")


def used(*, bad: str = "ann", every: int = 3, **told: Any) -> list[Row]:
    """120 runs, a day each; those of one user are ill more often."""
    rows = []
    for at in range(120):
        user = USERS[at % 4]
        hit = (user == bad and at % every == 0) or at in {17, 50}
        made = ill if hit else run
        rows.append(made(at, **({"user_name": user, "cloud_name": f"c{at % 7}"} | told)))
    return rows


def only(found: tuple[Concentration, ...], dimension: str) -> Concentration:
    [one] = [one for one in found if one.dimension == dimension]
    return one


def test_a_cause_of_one_user() -> None:
    one = only(fleet(used()).concentrations, "user")
    assert one.says == "oom.train: 10 of 30 runs of ann, 2 of 90 of others."
    assert (one.condition, one.value) == ("oom.train", "ann")
    assert (len(one.runs), len(one.hits), len(one.other_runs), len(one.other_hits)) == (
        30,
        10,
        90,
        2,
    )
    assert set(one.hits) < set(one.runs)
    assert not set(one.runs) & set(one.other_runs)
    assert one.p <= one.q < 0.01


def test_a_cause_of_one_cluster() -> None:
    rows = [
        (ill if at % 4 == 0 and at % 3 == 0 else run)(at, cloud_name=f"c{at % 4}", user_name="ann")
        for at in range(120)
    ]
    one = only(fleet(rows).concentrations, "cloud_name")
    assert one.says == "oom.train: 10 of 30 runs on c0, 0 of 90 on others."


def test_a_cause_on_one_machine() -> None:
    rows, nodes = [], []
    for at in range(90):
        on = 2 if at % 9 == 0 else at % 3
        made = ill if at % 9 == 0 else run
        rows.append(made(at, cause_node=f"10.0.0.{on}:54321", cloud_name="lab", nodes=3))
        nodes += [of(rows[-1], node=f"10.0.0.{n}:54321", host=f"lab-{n}") for n in range(3)]
    one = only(fleet(rows, nodes=nodes).concentrations, "host")
    assert one.says == "oom.train is on lab-2 in 10 of its 90 runs, on other machines in 0 of 90."


def test_a_bad_cluster_is_not_told_again_for_each_of_its_machines() -> None:
    rows, nodes = [], []
    for at in range(160):
        cluster = f"c{at % 4}"
        made = ill if at % 4 == 0 and at % 8 else run
        made = ill if at % 8 == 0 else made
        on = at // 8 % 3
        rows.append(made(at, cause_node=f"10.0.0.{on}:54321", cloud_name=cluster, nodes=3))
        rows[-1]["user_name"] = USERS[at // 4 % 4]
        nodes += [of(rows[-1], node=f"10.0.0.{n}:54321", host=f"{cluster}-{n}") for n in range(3)]
    found = fleet(rows, nodes=nodes).concentrations
    assert [(one.dimension, one.value) for one in found] == [("cloud_name", "c0")]


def test_one_bad_afternoon_is_one_witness() -> None:
    rows = [run(at, user_name=USERS[at % 4], cloud_name="lab") for at in range(60)]
    rows += [ill(100 + at, user_name="ann", cloud_name="lab", day=61) for at in range(9)]
    assert not fleet(rows).concentrations


def test_what_all_have_sits_nowhere() -> None:
    rows = [(ill if at // 4 % 3 == 0 else run)(at, user_name=USERS[at % 4]) for at in range(120)]
    assert not fleet(rows).concentrations


def test_the_only_user_is_nobody_special() -> None:
    assert not fleet(
        [ill(at, user_name="ann", cloud_name="lab") for at in range(20)]
    ).concentrations
