"""First causes that may be effects: their own causes would show only in a log not here."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from h2o_forensics.diagnose.graph import Link
from h2o_forensics.diagnose.place import SURE
from h2o_forensics.model.artifact import Case, Gap
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import Rule

VERBOSE = frozenset({"INFO", "DEBUG", "TRACE"})
"""Levels of a log that tells what the node did, not only what went wrong."""
_DOUBTED = 0.5
"""Most confidence in a first cause whose own causes could not be seen."""
_AFTER_MS = 600_000
"""A node is found dead, or its work stalled, up to this long after its log ended."""
_NAMED = 3


def doubt(
    findings: Sequence[Finding],
    links: Sequence[Link],
    rules: Mapping[str, Rule],
    case: Case,
) -> tuple[tuple[Finding, ...], tuple[Gap, ...]]:
    """The findings, lowered where their causes could not be seen, and the logs to fetch."""
    caused = {one.effect for one in links}
    judged: list[Finding] = []
    gaps: list[Gap] = []
    for index, finding in enumerate(findings):
        rule = rules.get(finding.rule)
        causes = {edge.condition: None for edge in rule.caused_by} if rule else {}
        if (
            index in caused
            or not causes
            or finding.harm == "remark"
            or finding.confidence < SURE
            or not finding.nodes
            or any(_is_told(node, finding.first_seen, case) for node in finding.nodes)
        ):
            judged.append(finding)
            continue
        judged.append(replace(finding, confidence=_DOUBTED))
        if finding.harm == "fault":
            gaps += [_gap(finding, node, list(causes)) for node in finding.nodes]
    return tuple(judged), tuple(gaps)


def _is_told(node: str, moment: int | None, case: Case) -> bool:
    """Whether a log of the node tells what it did up to that moment."""
    return any(
        one.node == node
        and one.level in VERBOSE
        and (moment is None or one.from_ms <= moment <= one.to_ms + _AFTER_MS)
        for one in case.coverage
    )


def _gap(finding: Finding, node: str, causes: Sequence[str]) -> Gap:
    named = ", ".join(causes[:_NAMED]) + (" or another" if len(causes) > _NAMED else "")
    return Gap(
        node=node,
        source="h2o_log",
        from_ms=None,
        to_ms=finding.first_seen,
        why=f"{finding.title}: this may follow from {named}, "
        f"which only the INFO log of {node} would show; it is not here.",
        fetch=f"The INFO log of {node} (its `-3-info.log`, or stdout), from its start on.",
    )
