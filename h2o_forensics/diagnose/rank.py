"""Gives every finding its role, and the first causes their order."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.diagnose.graph import Link, effects_of
from h2o_forensics.diagnose.place import SURE, by_time, severity_of
from h2o_forensics.model.finding import Finding

SERIOUS = 2
"""Severity medium."""


class Standing(Struct, frozen=True):
    """Roles by index of finding, and the ranked first causes."""

    roles: tuple[str, ...]
    explained: tuple[int, ...]
    """How much each finding explains: severities of the conditions that follow from it, summed."""
    roots: tuple[int, ...]
    risks: tuple[int, ...]
    """Risks worth acting on that nothing here causes, ranked."""


def stand(findings: Sequence[Finding], links: Sequence[Link]) -> Standing:
    """Roles and ranks."""
    follows = [effects_of(links, index) - {index} for index in range(len(findings))]
    caused = {one.effect for one in links}
    roles = tuple(
        _role(finding, [findings[at] for at in follows[index]], caused=index in caused)
        for index, finding in enumerate(findings)
    )
    explained = tuple(_weight(findings[at] for at in after) for after in follows)
    roots = [index for index, role in enumerate(roles) if role == "root_cause"]
    risks = [
        index
        for index, finding in enumerate(findings)
        if roles[index] == "risk"
        and finding.harm == "risk"
        and index not in caused
        and severity_of(finding) >= SERIOUS
        and finding.confidence >= SURE
    ]
    return Standing(
        roles, explained, rank(roots, findings, explained), rank(risks, findings, explained)
    )


def date_risks(
    findings: Sequence[Finding], links: Sequence[Link], roles: Sequence[str]
) -> tuple[Finding, ...]:
    """A risk that is a first cause does harm from its first effect on (`since`: it was there)."""
    dated = list(findings)
    for index, finding in enumerate(findings):
        if finding.harm != "risk" or roles[index] != "root_cause":
            continue
        effects = [findings[at] for at in effects_of(links, index) - {index}]
        times = [
            effect.first_seen
            for effect in effects
            if effect.harm == "fault" and effect.first_seen is not None
        ]
        if times:
            begun = finding.first_seen if finding.since is None else finding.since
            last = max(times if finding.last_seen is None else (*times, finding.last_seen))
            dated[index] = replace(finding, since=begun, first_seen=min(times), last_seen=last)
    return tuple(dated)


def rank(
    indices: Sequence[int], findings: Sequence[Finding], explained: Sequence[int]
) -> tuple[int, ...]:
    """Findings of one condition stay together, the earliest first; the best one places them.

    Hypotheses come after what is sure; then counts how much is explained, severity, confidence,
    time and the rule's id.
    """
    groups: dict[str, list[int]] = {}
    for index in indices:
        groups.setdefault(findings[index].condition, []).append(index)

    def sure(index: int) -> bool:
        return findings[index].confidence >= SURE

    def best(group: Sequence[int]) -> tuple[object, ...]:
        chosen = [findings[index] for index in group]
        return (
            not any(sure(index) for index in group),
            -max(explained[index] for index in group),
            -max(severity_of(finding) for finding in chosen),
            -max(finding.confidence for finding in chosen),
            min(by_time(finding) for finding in chosen),
            min(finding.rule for finding in chosen),
        )

    ordered = sorted(groups.values(), key=best)
    return tuple(
        index
        for group in ordered
        for index in sorted(group, key=lambda at: (not sure(at), *by_time(findings[at]), at))
    )


def _role(finding: Finding, follows: Iterable[Finding], *, caused: bool) -> str:
    if finding.harm == "fault":
        return "symptom" if caused else "root_cause"
    if finding.harm == "risk":
        if any(effect.harm == "fault" for effect in follows):
            return "symptom" if caused else "root_cause"
        return "risk"
    return "risk" if severity_of(finding) >= SERIOUS else "info"


def _weight(follows: Iterable[Finding]) -> int:
    """One condition counts once, however many nodes report it."""
    worst: dict[str, int] = {}
    for finding in follows:
        if finding.harm != "remark":
            weight = severity_of(finding) + 1
            worst[finding.condition] = max(weight, worst.get(finding.condition, 0))
    return sum(worst.values())
