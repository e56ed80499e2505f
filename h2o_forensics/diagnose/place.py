"""Whether two findings are about the same node, and the one order findings are worked on in."""

from collections.abc import Mapping, Sequence

import msgspec

from h2o_forensics.model.artifact import Node
from h2o_forensics.model.finding import Finding

SEVERITIES = ("info", "low", "medium", "high", "critical")
SURE = 0.6
"""Confidence below which a finding is a hypothesis."""


def share_node(one: Finding, other: Finding) -> bool:
    """At least one node is in both."""
    return not set(one.nodes).isdisjoint(other.nodes)


def same_subject(one: Finding, other: Finding) -> bool:
    """They are not about two models, two grids or two frames."""
    first, second = one.subject, other.subject
    if first is None or second is None or first.partition(" ")[0] != second.partition(" ")[0]:
        return True
    return first == second


def clouds_of(nodes: Sequence[Node]) -> dict[str, str]:
    """Node to the first name of its cloud; nodes that no log puts into a cloud are left out.

    Clouds that share a member are one.
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for node in nodes:
        for member in node.cloud:
            first, second = sorted((find(node.node), find(member)))
            leader[second] = first
    return {name: find(name) for name in sorted(leader)}


def may_share_cloud(one: Finding, other: Finding, clouds: Mapping[str, str]) -> bool:
    """No two of their nodes are known to be of different clouds."""
    known = {clouds[node] for node in (*one.nodes, *other.nodes) if node in clouds}
    return len(known) <= 1


def severity_of(finding: Finding) -> int:
    """0 (info) to 4 (critical)."""
    return SEVERITIES.index(finding.severity)


def by_time(finding: Finding) -> tuple[bool, int]:
    """Sort key: first evidence of harm, unknown times last."""
    return (finding.first_seen is None, finding.first_seen or 0)


def canonical(findings: tuple[Finding, ...] | list[Finding]) -> tuple[Finding, ...]:
    """The findings in an order that depends on nothing but themselves."""
    return tuple(sorted(findings, key=_canonical))


def _canonical(finding: Finding) -> tuple[bool, int, str, tuple[str, ...], bytes]:
    return (*by_time(finding), finding.rule, finding.nodes, msgspec.json.encode(finding))
