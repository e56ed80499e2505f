"""Groups findings that belong to one incident: joined by cause, or on one node at one time."""

from collections.abc import Mapping, Sequence

from h2o_forensics.diagnose.graph import Link
from h2o_forensics.diagnose.place import may_share_cloud, share_node
from h2o_forensics.model.finding import Finding

NEAR_MS = 120_000
"""Findings of one node this close to each other are one incident."""


def group(
    findings: Sequence[Finding],
    links: Sequence[Link],
    roles: Sequence[str],
    clouds: Mapping[str, str],
) -> tuple[tuple[int, ...], ...]:
    """Indices of the findings of each incident, the earliest incident first."""
    joined = {index for one in links for index in (one.cause, one.effect)}
    members = [
        index
        for index, role in enumerate(roles)
        if role in {"root_cause", "symptom"}
        or (index in joined and findings[index].harm != "remark")
    ]
    leader = {index: index for index in members}

    def find(index: int) -> int:
        while leader[index] != index:
            index = leader[index]
        return index

    def join(one: int, other: int) -> None:
        first, second = sorted((find(one), find(other)))
        leader[second] = first

    for one in links:
        if one.cause in leader and one.effect in leader:
            join(one.cause, one.effect)
    for at, one_index in enumerate(members):
        for other in members[at + 1 :]:
            pair = (findings[one_index], findings[other])
            if _together(*pair) and may_share_cloud(*pair, clouds):
                join(one_index, other)
    groups: dict[int, list[int]] = {}
    for index in members:
        groups.setdefault(find(index), []).append(index)
    faults = [found for found in groups.values() if any(_is_harm(roles[at]) for at in found)]
    return tuple(
        tuple(found) for found in sorted(faults, key=lambda found: (_begin(findings, found), found))
    )


def span(findings: Sequence[Finding]) -> tuple[int | None, int | None]:
    """First and last evidence of any of them, epoch ms."""
    firsts = [finding.first_seen for finding in findings if finding.first_seen is not None]
    lasts = [finding.last_seen for finding in findings if finding.last_seen is not None]
    return min(firsts, default=None), max((*firsts, *lasts), default=None)


def _is_harm(role: str) -> bool:
    return role in {"root_cause", "symptom"}


def _begin(findings: Sequence[Finding], found: Sequence[int]) -> tuple[bool, int]:
    first, _last = span([findings[index] for index in found])
    return (first is None, first or 0)


def _together(one: Finding, other: Finding) -> bool:
    if not share_node(one, other):
        return False
    one_first, one_last = span([one])
    first, last = span([other])
    if one_first is None or one_last is None or first is None or last is None:
        return True
    return max(first - one_last, one_first - last) <= NEAR_MS
