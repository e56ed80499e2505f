"""Runs of a node, and who was in its cloud at the time of a finding."""

import pytest
from msgspec.structs import replace

from h2o_forensics.engine.clauses import Ground, find
from h2o_forensics.engine.lives import company_of, lives_of, main_run, run_of
from h2o_forensics.model.artifact import Node
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import Absent, AllOf, AnyOf, AtLeast, Signal

ONE, TWO, OTHER = "10.0.0.1:54321", "10.0.0.2:54321", "10.0.0.9:54321"
LIVES = lives_of((
    Node(node=ONE, run=2, started=10_000, last_seen=20_000, peers=((TWO, 2),)),
    Node(node=ONE, run=1, started=0, last_seen=5_000, peers=((TWO, 1),)),
    Node(node=TWO, run=1, started=0, last_seen=6_000, peers=((ONE, 1),)),
    Node(node=TWO, run=2, started=10_000, last_seen=20_000, peers=((ONE, 2),)),
    Node(node=OTHER, run=1, started=9_000, last_seen=30_000),
))  # fmt: skip


def hit(
    ts: int | None, node: str | None, run: int | None = None, by: str | None = None, name: str = "a"
) -> Hit:
    return Hit(
        signal=name, artifact="A1", path="p", line=ts, line_end=None, pointer=None, ts=ts,
        node=node, logged_by=by or node, run=run, level="", thread="", text="", captures={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "run"),
    (
        (hit(15_000, ONE, 1), 1),  # it says so itself
        (hit(15_000, ONE), 2),
        (hit(7_000, ONE, 3, by=TWO), 1),
        (hit(None, ONE), None),
        (hit(None, OTHER), 1),
        (hit(1, None), None),
        (hit(1, "10.9.9.9:1"), None),
    ),
)
def test_the_run_of_a_hit(one: Hit, run: int | None) -> None:
    assert run_of(one, LIVES) == run


def test_a_finding_lies_in_the_run_it_begins_in() -> None:
    hits = (hit(12_000, ONE, 2), hit(7_000, ONE, 7, by=TWO))
    assert main_run(ONE, hits, 12_000, LIVES) == 2
    assert main_run(ONE, hits, 7_000, LIVES) == 1
    assert main_run(ONE, hits, None, LIVES) == 2
    assert main_run(ONE, (), None, LIVES) is None


def test_company_is_of_one_time_and_one_cloud() -> None:
    company = company_of((ONE,), (hit(4_000, ONE, 1),), 4_000, 4_000, LIVES)
    assert company.has(ONE, 1, None)
    assert company.has(TWO, None, 4_000)
    assert company.has(TWO, None, None)
    assert not company.has(ONE, 2, None)
    assert not company.has(TWO, None, 12_000)
    assert not company.has(OTHER, None, None)
    assert company.has("10.9.9.9:1", None, None)  # nobody knows when it lived
    assert company.has(None, None, 4_000)
    assert company.has(None, None, 7_500)  # nobody lived then
    assert not company.has(None, None, 15_000)
    assert not company.has_hit(hit(15_000, ONE))


def test_without_a_node_the_company_is_all_that_lived_then() -> None:
    company = company_of((), (hit(4_000, None),), 4_000, 4_500, LIVES)
    assert company.runs == {ONE: {1}, TWO: {1}}
    company = company_of((), (), 7_000, None, LIVES)
    assert company.runs == {ONE: {1}, TWO: {1}}  # they had lived
    assert company_of((), (), None, None, LIVES).has(OTHER, 1, 1)


def test_nothing_is_told_apart_where_all_belong_together() -> None:
    lives = lives_of([life for life in (*LIVES[ONE], *LIVES[TWO]) if life.run == 1])
    assert not company_of((ONE,), (hit(1, ONE, 1),), 1, 1, lives).runs


def test_a_later_run_does_not_excuse_an_earlier_one() -> None:
    clause = AllOf((AtLeast("a"), Absent("b")))
    killed, left = hit(4_000, ONE, by=TWO), hit(19_000, ONE, 2, name="b")
    ground = Ground(hits={"a": [killed], "b": [left]}, signals={}, nodes=(ONE, TWO), coverage=())
    assert not find(clause, ground).matches
    (match,) = find(clause, replace(ground, lives=LIVES)).matches
    assert (match.node, match.hits) == (ONE, (killed,))
    both = replace(ground, lives=LIVES, hits={"a": [hit(15_000, ONE)], "b": [left]})
    assert not find(clause, both).matches


def test_parts_must_hold_in_the_same_run() -> None:
    clause = AllOf((AtLeast("a"), AtLeast("b")))
    first, last = [hit(1, ONE), hit(1, OTHER)], [hit(12_000, ONE), hit(9_500, OTHER, name="b")]
    apart = {"a": first, "b": last}
    ground = Ground(hits=apart, signals={}, nodes=(), coverage=(), lives=LIVES)
    (match,) = find(clause, ground).matches
    assert match.node == OTHER
    whole = AllOf((AtLeast("a"), AtLeast("b", per="case")))
    assert [match.node for match in find(whole, ground).matches] == [OTHER]


def test_of_the_whole_case_only_the_same_run_and_cloud_count() -> None:
    clause = AllOf((AtLeast("a"), Absent("b", per="case")))
    full = [hit(4_000, ONE, 1)]
    later, stranger = hit(15_000, ONE, 2, name="b"), hit(9_500, OTHER, name="b")
    peer, unplaced = hit(3_000, TWO, 1, name="b"), hit(None, None, name="b")
    ground = Ground(hits={}, signals={}, nodes=(), coverage=(), lives=LIVES)
    for excuse, held in ((later, True), (stranger, True), (peer, False), (unplaced, False)):
        found = find(clause, replace(ground, hits={"a": full, "b": [excuse]}))
        assert [match.node for match in found.matches] == [ONE] * held, excuse
    nested = AnyOf((AllOf((AnyOf((AtLeast("a"),)), Absent("b", per="case"))),))
    assert find(nested, replace(ground, hits={"a": full, "b": [later]})).matches


def test_a_rule_that_asks_for_runs_speaks_of_a_restart() -> None:
    clause = AllOf((AtLeast("a", count=2), AtLeast("again")))
    hits = {"a": [hit(1, ONE), hit(12_000, ONE)], "again": [hit(10_000, ONE, 2, name="again")]}
    ground = Ground(hits=hits, signals={}, nodes=(), coverage=(), lives=LIVES)
    assert not find(clause, ground).matches
    again = Signal("T", "again", table="nodes", where="runs >= 2 AND run >= 2")
    (match,) = find(clause, replace(ground, signals={"again": again})).matches
    assert match.node == ONE
