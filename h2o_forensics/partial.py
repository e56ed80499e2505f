"""What a run that was ended early says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.model.bundle import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.evidence import EvidenceSet
    from h2o_forensics.model.finding import Finding

STOPPED = "stopped"
"""Code of the problems of what was not read, or not judged."""
_UNSURE = 0.5
"""Most confidence in findings that a rule which was not evaluated may explain better."""


def as_read(evidence: EvidenceSet, reason: str | None) -> tuple[EvidenceSet, tuple[str, ...]]:
    """The evidence, with files that reading did not reach named as such; and what to say of it.

    Args:
        evidence: what was read.
        reason: why reading ended early, in words; None: it did not, or the bundle's problems tell.
    """
    case = evidence.case
    told = any(problem.code == STOPPED for problem in case.problems)
    if reason is None and not told:
        return evidence, ()
    problems = case.problems
    if not told:  # all streams had ended by then
        problems = (*problems, Problem(case.sources[0], STOPPED, f"{reason}; see artifacts."))
    artifacts = tuple(
        replace(one, kind="text", state="refused")
        if one.kind == "empty" and one.state == "listed" and one.bytes
        else one
        for one in case.artifacts
    )
    case = replace(case, problems=problems, artifacts=artifacts)
    why = reason or "a limit was reached"
    sentence = (
        f"Reading was ended early: {why}. What was not read, or not to its end, stands under "
        "problems; a fault, or the cause of one, may be in it."
    )
    return replace(evidence, case=case), (sentence,)


def as_judged(
    evidence: EvidenceSet, findings: Sequence[Finding], skipped: Sequence[str], reason: str | None
) -> tuple[EvidenceSet, tuple[Finding, ...], tuple[str, ...]]:
    """As `as_read`, for rules that were not evaluated: what the others found is not sure then."""
    if not skipped:
        return evidence, tuple(findings), ()
    said = f"{reason or 'ended early'}; {len(skipped)} rules were not evaluated: "
    problem = Problem("rules", STOPPED, said + ", ".join(skipped))
    case = replace(evidence.case, problems=(*evidence.case.problems, problem))
    lowered = tuple(replace(one, confidence=min(one.confidence, _UNSURE)) for one in findings)
    sentence = f"Judging was ended early: {said}{', '.join(skipped)}."
    return replace(evidence, case=case), lowered, (sentence,)
