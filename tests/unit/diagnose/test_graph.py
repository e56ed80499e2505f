"""Links between causes and effects."""

from collections.abc import Callable
from typing import Any

import pytest

from h2o_forensics.diagnose.graph import link
from h2o_forensics.diagnose.lives import SLACK_MS, Lives
from h2o_forensics.diagnose.place import canonical
from h2o_forensics.errors import RuleError
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import CauseEdge, RuleBook

Find = Callable[..., Finding]
ONE, TWO, THREE = "10.0.0.1:54321", "10.0.0.2:54321", "10.0.0.3:54321"


def pairs(book: RuleBook, *findings: Finding) -> set[tuple[str, str]]:
    kept = canonical(list(findings))
    links = link(kept, {rule.id: rule for rule in book.rules}, Lives({}, {}, {}, {}))
    return {(kept[one.cause].condition, kept[one.effect].condition) for one in links}


@pytest.fixture
def edge(make_rulebook: Callable[[Any], RuleBook]) -> Callable[..., RuleBook]:
    def edge(**changes: Any) -> RuleBook:
        return make_rulebook({"effect": ((CauseEdge("cause", "why", **changes),), ())})

    return edge


def test_same_node_and_not_later(found: Find, edge: Callable[..., RuleBook]) -> None:
    effect = found("effect", 10_000)
    assert pairs(edge(), found("cause", 9_000), effect) == {("cause", "effect")}
    assert pairs(edge(), found("cause", 10_000 + SLACK_MS), effect)
    assert not pairs(edge(), found("cause", 10_001 + SLACK_MS), effect)
    assert pairs(edge(), found("cause", 90_000, since=9_000), effect)
    assert not pairs(edge(), found("cause", 9_000, TWO), effect)
    assert pairs(edge(), found("cause", 9_000, None), effect)


def test_what_nothing_places_gives_way(found: Find, edge: Callable[..., RuleBook]) -> None:
    assert pairs(edge(), found("cause", 9_000), found("effect", None, None))
    assert not pairs(edge(), found("cause", None, None), found("effect", 9_000))
    assert not pairs(edge(), found("cause", 9_000, TWO), found("effect", None, ONE))


def test_other_node_or_any(found: Find, edge: Callable[..., RuleBook]) -> None:
    effect = found("effect", 10_000, ONE)
    assert not pairs(edge(same="other"), found("cause", 1, ONE), effect)
    assert pairs(edge(same="other"), found("cause", 1, TWO), effect)
    assert pairs(edge(same="other"), found("cause", 1, ONE, nodes=(ONE, TWO)), effect)
    assert not pairs(edge(same="other"), found("cause", 1, None), effect)
    assert pairs(edge(same="any"), found("cause", 1, TWO), effect)


def test_within_counts_from_the_last_sign_of_the_cause(
    found: Find, edge: Callable[..., RuleBook]
) -> None:
    effect = found("effect", 100_000)
    assert not pairs(edge(within_ms=5_000), found("cause", 10_000), effect)
    assert pairs(edge(within_ms=5_000), found("cause", 10_000, last_seen=95_000), effect)


def test_without_a_time_only_on_the_same_node(found: Find, edge: Callable[..., RuleBook]) -> None:
    assert pairs(edge(), found("cause", None), found("effect"))
    assert not pairs(edge(), found("cause", None, None), found("effect"))
    assert pairs(edge(same="any"), found("cause", None, None), found("effect"))


def test_when_speaks_of_the_effects_facts(found: Find, edge: Callable[..., RuleBook]) -> None:
    book = edge(when="kv > 0.5 * heap")
    assert pairs(book, found("cause", 1), found("effect", facts={"kv": 6, "heap": 10}))
    assert not pairs(book, found("cause", 1), found("effect", facts={"kv": 4, "heap": 10}))
    assert not pairs(book, found("cause", 1), found("effect", facts={"kv": 4}))
    with pytest.raises(RuleError, match="R-effect"):
        pairs(edge(when="kv ** 2"), found("cause", 1), found("effect"))


def test_a_doubtful_risk_does_not_explain_a_certain_fault(
    found: Find, edge: Callable[..., RuleBook]
) -> None:
    doubtful = found("cause", 1, harm="risk", confidence=0.5)
    assert not pairs(edge(), doubtful, found("effect"))
    assert pairs(edge(), doubtful, found("effect", confidence=0.5))


def test_only_direct_causes(found: Find, make_rulebook: Callable[[Any], RuleBook]) -> None:
    book = make_rulebook(
        {
            "b": ((CauseEdge("a", "x"),), ()),
            "c": ((CauseEdge("a", "x"), CauseEdge("b", "x")), ()),
        }
    )
    assert pairs(book, found("a", 1), found("b", 2), found("c", 3)) == {("a", "b"), ("b", "c")}
    assert pairs(book, found("a", 1), found("c", 3)) == {("a", "c")}


def test_several_causes_are_all_kept(found: Find, make_rulebook: Callable[[Any], RuleBook]) -> None:
    book = make_rulebook({"c": ((CauseEdge("a", "x"), CauseEdge("b", "x")), ())})
    assert pairs(book, found("a", 1), found("b", 2), found("c", 3)) == {("a", "c"), ("b", "c")}


def test_circles_are_cut_against_the_order_of_time(
    found: Find, make_rulebook: Callable[[Any], RuleBook]
) -> None:
    book = make_rulebook({"a": ((CauseEdge("b", "x"),), ()), "b": ((CauseEdge("a", "x"),), ())})
    assert pairs(book, found("a", 1_000), found("b", 2_000)) == {("a", "b")}
    assert pairs(book, found("a", 2_000), found("b", 1_000)) == {("b", "a")}


def test_what_was_short_before_it_failed(found: Find, edge: Callable[..., RuleBook]) -> None:
    effect = found("effect", 10_000)
    late = found("cause", 70_000 + SLACK_MS)
    assert not pairs(edge(), late, effect)
    assert pairs(edge(before_ms=60_000), late, effect) == {("cause", "effect")}
    assert not pairs(edge(before_ms=59_999), late, effect)
