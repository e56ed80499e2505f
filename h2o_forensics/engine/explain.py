"""How one rule was judged: what was searched and met, which clauses held, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.engine.clauses import find
from h2o_forensics.engine.clauses.ground import groups, weight_of
from h2o_forensics.engine.evaluate import ground_of
from h2o_forensics.model.rule import (
    RECORDS,
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Sequence,
    Unanswered,
)
from h2o_forensics.model.units import show_duration, show_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Sequence as Ordered

    from h2o_forensics.engine.clauses import Ground, Match
    from h2o_forensics.engine.profile import Count
    from h2o_forensics.model.artifact import Gap
    from h2o_forensics.model.diagnosis import Diagnosis, JudgedFinding
    from h2o_forensics.model.evidence import EvidenceSet
    from h2o_forensics.model.finding import Finding, Hit
    from h2o_forensics.model.rule import Rule, Signal

_TEXT_CHARS = 160
_MOST = 20


def explain_rule(
    rule: Rule,
    evidence: EvidenceSet,
    found: Ordered[Finding],
    counts: Mapping[str, Count],
    diagnosis: Diagnosis,
) -> Iterator[str]:
    """Lines of text on how a rule was judged.

    Args:
        rule: the rule.
        evidence: what it was judged on.
        found: its findings, before the diagnosis.
        counts: what the search for each of its signals met, by name.
        diagnosis: what became of the findings.
    """
    ground, unread = _ground(rule, evidence)
    yield f"{rule.id}  {rule.title}"
    yield f"{rule.condition}, {rule.harm}, severity {rule.severity}, {rule.status}"
    yield ""
    yield "Signals"
    for signal in rule.signals:
        hits = ground.hits.get(signal.id, ())
        yield from _signal(signal, hits, counts.get(signal.name), evidence)
    for name, gap in unread:
        yield f"  {name}: {gap.why}"
    yield ""
    yield "When"
    if rule.status == "deprecated":
        yield "  deprecated: it is not evaluated"
    else:
        yield from _clause(rule.when, ground, 1)
    yield ""
    yield "Outcome"
    yield from _outcome(rule, found, diagnosis)


def _ground(rule: Rule, evidence: EvidenceSet) -> tuple[Ground, list[tuple[str, Gap]]]:
    by_signal: dict[str, list[Hit]] = {}
    for hit in evidence.hits:
        by_signal.setdefault(hit.signal, []).append(hit)
    paths = {artifact.id: artifact.path for artifact in evidence.case.artifacts}
    ground, unread = ground_of(rule, evidence, by_signal, paths)
    cut = any(problem.code == "stopped" for problem in evidence.case.problems)
    return replace(ground, cut=cut), unread


def _signal(
    signal: Signal, hits: Ordered[Hit], count: Count | None, evidence: EvidenceSet
) -> Iterator[str]:
    if signal.table != RECORDS:
        table = evidence.tables.get(signal.table)
        rows = 0 if table is None else table.height
        where = f" where {signal.where}" if signal.where else ""
        yield f"  {signal.name}: rows of {signal.table}{where}"
        yield f"    {rows} in the table, {len(hits)} fit{_per_node(hits)}"
        return
    kinds = ", ".join(signal.kinds)
    yield f"  {signal.name}: {kinds} with {signal.anchor!r}"
    if count is None or not count.anchors:
        yield "    the anchor stands nowhere"
        return
    late = f", {count.timeouts} searches took too long" if count.timeouts else ""
    yield f"    anchor found {count.anchors} times, {count.matches} matches{late}"
    filtered = f", where {signal.where}" if signal.where else ""
    yield f"    hits, each event once{filtered}: {weight_of(hits)}{_per_node(hits)}"
    for near in count.near:
        yield f"    no match: {near.path}:{near.line}: {near.why}"
        yield f"      {_shown(near.text)}"


def _per_node(hits: Ordered[Hit]) -> str:
    parts = [
        f"{node or 'no node'}: {weight_of(found)}" for node, found in groups(hits, "node")[:_MOST]
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _clause(clause: Clause, ground: Ground, depth: int) -> Iterator[str]:
    outcome = find(clause, ground)
    mark = "yes" if any(_counts(match, clause) for match in outcome.matches) else "no "
    pad = "  " * depth
    yield f"{pad}{mark} {_words(clause)}{_matches(outcome.matches, clause)}"
    for gap in outcome.gaps:
        yield f"{pad}    not known: {gap.why}"
    if isinstance(clause, Absent) and ground.cut:
        yield f"{pad}    not known: reading was ended early"
    if isinstance(clause, AnyOf | AllOf):
        for part in clause.clauses:
            yield from _clause(part, ground, depth + 1)


def _counts(match: Match, clause: Clause) -> bool:
    """Whether a match is one the rule could rest on: of those of `absent`, all are."""
    return bool(match.hits) or isinstance(clause, Absent | AnyOf | AllOf)


def _words(clause: Clause) -> str:
    if isinstance(clause, AnyOf | AllOf):
        return "any of" if isinstance(clause, AnyOf) else "all of"
    per = "per node" if clause.per == "node" else "in the case"
    match clause:
        case AtLeast():
            text = f"at least {clause.count} {clause.signal}{_within(clause.within_ms)}"
        case Sequence():
            text = f"{', then '.join(clause.signals)}{_within(clause.within_ms)}"
        case Unanswered():
            text = f"{clause.signal} without {clause.by}{_within(clause.within_ms)}"
        case Absent():
            text = f"no {clause.signal}"
        case _:
            text = f"rows of {clause.name}"
    return f"{text}, {per}"


def _within(ms: int | None) -> str:
    return "" if ms is None else f" within {show_duration(ms)}"


def _matches(matches: Ordered[Match], clause: Clause) -> str:
    shown = []
    for match in matches[:_MOST]:
        node = "the case" if match.whole_case else match.node or "no node"
        shown.append(f"{node} {match.count}" if not isinstance(clause, Absent) else node)
    more = f" and {len(matches) - _MOST} more" if len(matches) > _MOST else ""
    return f": {', '.join(shown)}{more}" if shown else ""


def _outcome(rule: Rule, found: Ordered[Finding], diagnosis: Diagnosis) -> Iterator[str]:
    if not found:
        yield "  it did not fire"
        return
    judged = {
        one.finding.nodes: one
        for one in (*diagnosis.findings, *_hidden(diagnosis))
        if one.finding.rule == rule.id
    }
    for finding in found:
        where = ", ".join(finding.nodes) or "no node"
        when = "at no known time" if finding.first_seen is None else show_time(finding.first_seen)
        yield f"  fired: {where}, {when}, {finding.count} events"
        for name, value in finding.facts.items():
            yield f"    {name} = {'not known' if value is None else _shown(str(value))}"
        one = judged.get(finding.nodes)
        yield from _withdrawn(rule, diagnosis) if one is None else _judged(one)


def _hidden(diagnosis: Diagnosis) -> Iterator[JudgedFinding]:
    for suppressed in diagnosis.suppressed:
        yield from suppressed.findings


def _judged(one: JudgedFinding) -> Iterator[str]:
    yield f"    judged {one.role}, as {one.id}, confidence {one.finding.confidence:g}"
    for link in one.caused_by:
        yield f"    follows from {link.cause}: {link.because}"
    for no in one.why_not:
        yield f"    not {no.condition}: {no.because}"


def _withdrawn(rule: Rule, diagnosis: Diagnosis) -> Iterator[str]:
    yield "    withdrawn: another finding explains the same evidence better"
    there = {one.finding.condition: one.id for one in (*diagnosis.findings, *_hidden(diagnosis))}
    for other in rule.yields_to:
        if other.condition in there:
            yield f"    yields to {other.condition} ({there[other.condition]}): {other.because}"


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_CHARS else f"{line[:_TEXT_CHARS]}…"
