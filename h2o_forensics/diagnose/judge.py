"""From findings to the diagnosis: withdraw, link, rank, group, judge."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from h2o_forensics.diagnose.doubt import doubt
from h2o_forensics.diagnose.fingerprint import fingerprint
from h2o_forensics.diagnose.graph import Link, link
from h2o_forensics.diagnose.incidents import group, span
from h2o_forensics.diagnose.lives import SLACK_MS, lives_of
from h2o_forensics.diagnose.place import SURE, by_time, canonical, severity_of
from h2o_forensics.diagnose.rank import Standing, date_risks, stand
from h2o_forensics.diagnose.suppress import set_aside
from h2o_forensics.diagnose.verdict import Signs, Verdict, decide
from h2o_forensics.diagnose.withdraw import withdraw
from h2o_forensics.diagnose.words import left_out, summarize, why_confident, why_not
from h2o_forensics.model.artifact import Case, Gap
from h2o_forensics.model.diagnosis import (
    CauseLink,
    Diagnosis,
    Incident,
    JudgedFinding,
    ModelsSeen,
    OpenEnd,
    UnknownException,
    WhyNot,
)
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.model.settings import Settings

_UNTIMED = 0.75
"""Most confidence in a first cause whose effects no clock puts after it."""
_RIVALLED = 0.85
"""Share of confidence left when another cause fits as well."""
_SETTINGS = Settings()
_NO_MODELS = ModelsSeen()
_ROLES = ("root_cause", "symptom", "risk", "info")


def diagnose(
    findings: Sequence[Finding],
    gaps: Sequence[Gap],
    rulebook: RuleBook,
    case: Case,
    unknown: Sequence[UnknownException] = (),
    *,
    ends: Sequence[OpenEnd] = (),
    models: ModelsSeen = _NO_MODELS,
    settings: Settings = _SETTINGS,
) -> Diagnosis:
    """What was first, what followed, and how sure that is.

    Args:
        findings: in any order.
        gaps: where rules could not be decided; the case's own may be among them.
        rulebook: states which condition can cause, or explains better, which other.
        case: what was looked at.
        unknown: stack traces that no rule knows.
        ends: nodes whose logs end in the middle of something.
        models: what saved models can testify to.
        settings: the user's: what is known and not judged, which time and node is asked for.

    Raises:
        RuleError: a condition on a cause edge is broken.
    """
    rules = {rule.id: rule for rule in rulebook.rules}
    lives = lives_of(case)
    kept, replaced = withdraw(canonical(list(findings)), rules, lives)
    aside = set_aside(kept, replaced, link(kept, rules, lives), settings, case)
    kept, links = aside.findings, link(aside.findings, rules, lives)
    kept, missing = doubt(kept, links, rules, case)
    standing = stand(kept, links)
    kept = date_risks(kept, links, standing.roles)
    incidents = group(kept, links, standing.roles, lives.clouds)
    verdict = decide(kept, standing, case, gaps, Signs(unknown, missing, ends, links, models))
    all_gaps = _gaps((*missing, *verdict.gaps, *gaps, *case.gaps))
    order = _order(kept, standing, verdict)
    ids = {index: f"F{number}" for number, index in enumerate(order, 1)}
    notes = _notes(kept, standing, incidents, aside.notes)
    sure = _confidence(kept, links, standing, incidents)
    nodes = sorted({node.node for node in case.nodes})
    words = summarize(verdict.word, verdict.roots, kept, links, case=case, gaps=all_gaps, ends=ends)
    return Diagnosis(
        verdict=verdict.word,
        summary=words + left_out(aside.suppressed, aside.outside),
        root_causes=tuple(ids[index] for index in verdict.roots),
        findings=tuple(
            JudgedFinding(
                id=ids[index],
                fingerprint=fingerprint(kept[index], nodes),
                finding=replace(kept[index], confidence=sure.get(index, kept[index].confidence)),
                role=standing.roles[index],
                caused_by=_caused_by(index, links, ids),
                why_confident=why_confident(index, kept, links, case),
                why_not=notes.get(index, ()),
            )
            for index in order
        ),
        incidents=tuple(_incident(at, one, kept, ids) for at, one in enumerate(incidents, 1)),
        gaps=all_gaps,
        suppressed=aside.suppressed,
    )


def _order(findings: Sequence[Finding], standing: Standing, verdict: Verdict) -> list[int]:
    """Ranked first causes, then by role: symptoms by time, the rest by severity."""
    ranked = list(dict.fromkeys((*verdict.roots, *standing.roots, *standing.risks)))
    named = set(verdict.roots)

    def key(index: int) -> tuple[object, ...]:
        role = standing.roles[index]
        place = ranked.index(index) if index in ranked else len(ranked)
        severity = 0 if role == "symptom" else -severity_of(findings[index])
        rank = (index not in named, _ROLES.index(role), place, severity)
        return (*rank, *by_time(findings[index]), index)

    return sorted(range(len(findings)), key=key)


def _caused_by(index: int, links: Sequence[Link], ids: Mapping[int, str]) -> tuple[CauseLink, ...]:
    return tuple(
        CauseLink(cause=ids[one.cause], effect=ids[index], because=one.because, lag_ms=one.lag_ms)
        for one in links
        if one.effect == index
    )


def _notes(
    findings: Sequence[Finding],
    standing: Standing,
    incidents: Sequence[Sequence[int]],
    replaced: Mapping[int, tuple[WhyNot, ...]],
) -> dict[int, tuple[WhyNot, ...]]:
    """What each finding stands in place of, and why the first cause is first in its incident."""
    notes = dict(replaced)
    for found in incidents:
        roots = [index for index in standing.roots if index in found]
        if roots:
            more = why_not(roots[0], roots[1:], findings, standing)
            notes[roots[0]] = (*notes.get(roots[0], ()), *more)
    return notes


def _confidence(
    findings: Sequence[Finding],
    links: Sequence[Link],
    standing: Standing,
    incidents: Sequence[Sequence[int]],
) -> dict[int, float]:
    """Lowered where the order of time is unknown, or another cause of the incident fits as well."""
    lowered: dict[int, float] = {}
    for index in standing.roots:
        lags = [one.lag_ms for one in links if one.cause == index]
        confidence = findings[index].confidence
        if lags and all(lag is None for lag in lags):
            confidence = min(confidence, _UNTIMED)
        lowered[index] = confidence
    for found in incidents:
        roots = [index for index in standing.roots if index in found]
        if any(_rivals(findings, standing, roots[0], other) for other in roots[1:]):
            lowered[roots[0]] = round(lowered[roots[0]] * _RIVALLED, 2)
    return lowered


def _rivals(findings: Sequence[Finding], standing: Standing, one: int, other: int) -> bool:
    first, second = findings[one], findings[other]
    if first.condition == second.condition or second.confidence < SURE:
        return False
    if standing.explained[one] != standing.explained[other]:
        return False
    times = (first.first_seen, second.first_seen)
    same_time = None in times or abs((times[0] or 0) - (times[1] or 0)) <= SLACK_MS
    return same_time and severity_of(first) == severity_of(second)


def _incident(
    number: int, found: Sequence[int], findings: Sequence[Finding], ids: Mapping[int, str]
) -> Incident:
    chosen = [findings[index] for index in found]
    first, last = span(chosen)
    return Incident(
        id=f"I{number}",
        findings=tuple(ids[index] for index in sorted(found, key=lambda at: int(ids[at][1:]))),
        nodes=tuple(sorted({node for finding in chosen for node in finding.nodes})),
        first_ms=first,
        last_ms=last,
    )


def _gaps(gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    """Each once, in order of node, source and time."""
    unique = {
        (gap.node, gap.source, gap.from_ms, gap.to_ms, gap.why, gap.fetch): gap for gap in gaps
    }
    return tuple(
        unique[key]
        for key in sorted(
            unique, key=lambda key: (key[0] or "", key[1], key[2] or 0, key[3] or 0, *key[4:])
        )
    )
