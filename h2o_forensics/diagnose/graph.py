"""Links causes to effects, where a rule says that it can be so and place and time allow it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from h2o_forensics.diagnose.lives import SLACK_MS, Lives
from h2o_forensics.diagnose.place import SURE, same_subject, share_node
from h2o_forensics.errors import RuleError
from h2o_forensics.model.calc import holds
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import CauseEdge, Rule

LATEST_MS = 86_400_000
"""A fault that was last seen a day before something began did not cause it: jobs wait for ever for
a node that is gone, but what they wait for is logged, or asked for, within that time."""


class Link(NamedTuple):
    """Indices of two findings."""

    cause: int
    effect: int
    because: str
    lag_ms: int | None
    """From the cause's first evidence of harm to the effect's; None: one of them has no time."""


def link(findings: Sequence[Finding], rules: Mapping[str, Rule], lives: Lives) -> tuple[Link, ...]:
    """Direct causes of each finding, without circles: the nearest in time is believed first.

    Nodes of different clouds never saw each other, so nothing passes between them.
    """
    wanted = sorted(_candidates(findings, rules, lives), key=_doubt)
    kept: dict[tuple[int, int], Link] = {}
    for candidate in wanted:
        pair = (candidate.cause, candidate.effect)
        if candidate.cause not in effects_of(kept.values(), candidate.effect):
            kept.setdefault(pair, candidate)
    direct = [one for one in kept.values() if not _is_detour(one, kept.values())]
    return tuple(sorted(direct, key=lambda one: (one.effect, one.cause)))


def effects_of(links: Iterable[Link], cause: int) -> set[int]:
    """All that follows from a finding, directly or not, itself included."""
    following: dict[int, list[int]] = {}
    for one in links:
        following.setdefault(one.cause, []).append(one.effect)
    seen = {cause}
    todo = [cause]
    while todo:
        for effect in following.get(todo.pop(), ()):
            if effect not in seen:
                seen.add(effect)
                todo.append(effect)
    return seen


def _candidates(
    findings: Sequence[Finding], rules: Mapping[str, Rule], lives: Lives
) -> Iterator[Link]:
    for at, effect in enumerate(findings):
        rule = rules.get(effect.rule)
        for edge in rule.caused_by if rule else ():
            if edge.when is not None and not _holds(edge.when, effect):
                continue
            for index, cause in enumerate(findings):
                if index == at or cause.condition != edge.condition:
                    continue
                if _fits(cause, effect, edge) and _reaches(cause, effect, edge, lives):
                    yield Link(index, at, edge.because, _lag(cause, effect))


def _holds(condition: str, effect: Finding) -> bool:
    try:
        return holds(condition, effect.facts)
    except ValueError as error:
        raise RuleError([f"{effect.rule}: caused_by: when: {error}"]) from error


def _fits(cause: Finding, effect: Finding, edge: CauseEdge) -> bool:
    if cause.harm != "fault" and cause.confidence < SURE <= effect.confidence:
        return False  # a doubtful risk does not explain a certain fault
    placed = same_subject(cause, effect) and _place_fits(cause, effect, edge)
    return placed and _time_fits(cause, effect, edge)


def _reaches(cause: Finding, effect: Finding, edge: CauseEdge, lives: Lives) -> bool:
    if edge.same != "node" and not lives.same_cloud(cause, effect):
        return False
    if edge.same == "node" or share_node(cause, effect):
        return lives.causes_in_time(cause, effect)
    return not lives.is_stranger(cause)


def _place_fits(cause: Finding, effect: Finding, edge: CauseEdge) -> bool:
    if edge.same == "any":
        return True
    if edge.same == "node":
        return True  # `_reaches` looks closer
    if not effect.nodes:
        return bool(cause.nodes)
    return any(one != other for one in cause.nodes for other in effect.nodes)


def _time_fits(cause: Finding, effect: Finding, edge: CauseEdge) -> bool:
    begun = cause.first_seen if cause.since is None else cause.since
    if begun is None or effect.first_seen is None:
        # What neither a clock nor a node places gives way to what is placed.
        return edge.same == "any" or share_node(cause, effect) or not effect.nodes
    if begun > effect.first_seen + SLACK_MS + edge.before_ms:
        return False
    seen_last = begun if cause.last_seen is None else cause.last_seen
    if edge.within_ms is None and cause.harm != "fault":
        return True  # a risk lasts
    latest = LATEST_MS if edge.within_ms is None else edge.within_ms
    return effect.first_seen - seen_last <= latest


def _lag(cause: Finding, effect: Finding) -> int | None:
    if cause.first_seen is None or effect.first_seen is None:
        return None
    return effect.first_seen - cause.first_seen


def _doubt(one: Link) -> tuple[int, int, int, int]:
    """Doubtful links last: in order of time first, then against it, then untimed."""
    if one.lag_ms is None:
        return (2, 0, one.effect, one.cause)
    return (int(one.lag_ms < 0), abs(one.lag_ms), one.effect, one.cause)


def _is_detour(one: Link, links: Iterable[Link]) -> bool:
    """The effect also follows through another finding, which is the nearer cause."""
    others = [other for other in links if other is not one]
    return one.effect in effects_of(others, one.cause)
