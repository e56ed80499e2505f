"""Runs the rules over the evidence: to findings, and to gaps where nothing can be said."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from h2o_forensics.engine.clauses import Ground, Match, Outcome, find
from h2o_forensics.engine.facts import Scene, compute_facts, hits_in_scope
from h2o_forensics.engine.lives import Company, company_of, lives_of
from h2o_forensics.engine.quotes import quote
from h2o_forensics.engine.rows import (
    Masks,
    NotEvaluableError,
    hit_order,
    keep_where,
    masks_of,
    match_rows,
)
from h2o_forensics.engine.templates import render
from h2o_forensics.model.artifact import Gap
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.finding import Finding, Hit, RemedyText
from h2o_forensics.model.rule import (
    RECORDS,
    Absent,
    AllOf,
    AnyOf,
    Clause,
    Facts,
    Remedy,
    Rule,
    Signal,
    Unanswered,
    measures_of,
)

MAX_NODES = 50
"""Findings of one rule; the nodes that were hit first."""
CONFIDENCE = {"low": 0.5, "medium": 0.75, "high": 0.95}
_ENDS = frozenset({"gaps", "log_files", "members", "minutes", "nodes"})
"""Tables that say how far logs go, and who was there: not so where logs were read in part."""


def evaluate(
    rules: Sequence[Rule],
    evidence: EvidenceSet,
    *,
    before: Callable[[Rule], bool] | None = None,
    cut: bool = False,
    touched: set[str] | None = None,
    together: bool = True,
) -> tuple[tuple[Finding, ...], tuple[Gap, ...]]:
    """What holds, one finding per rule and node (or case), and what evidence ends too early for.

    Gaps are those of rules that look for a fault: only they can hide one.

    Args:
        rules: in any order; deprecated ones are left out.
        evidence: what was read.
        before: asked before each rule; where it says no the rule is not evaluated.
        cut: reading was ended early: that something is not there proves nothing.
        touched: gets the ids of rules that had a hit, a row, a finding or a gap.
        together: filters over one table are run at once; not where each rule's cost is wanted.

    Raises:
        RuleError: a filter, expression or template of a rule is broken.
    """
    by_signal: dict[str, list[Hit]] = {}
    for hit in evidence.hits:
        by_signal.setdefault(hit.signal, []).append(hit)
    paths = {artifact.id: artifact.path for artifact in evidence.case.artifacts}
    signals = (signal for rule in rules for signal in rule.signals)
    masks: Masks = masks_of(signals, evidence.tables) if together else {}
    findings: list[Finding] = []
    gaps: set[tuple[object, ...]] = set()
    kept_gaps: list[Gap] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        if rule.status == "deprecated" or (before is not None and not before(rule)):
            continue
        ground, unread = ground_of(rule, evidence, by_signal, paths, masks)
        ground = replace(ground, cut=cut)
        # Hits that could not be looked for are no sign that there are none.
        blind = _wants_none(rule.when) & {name for name, _gap in unread}
        outcome = Outcome(()) if blind else find(rule.when, ground)
        proven = sorted((match for match in outcome.matches if match.hits), key=_when)
        if touched is not None and (unread or proven or outcome.gaps or any(ground.hits.values())):
            touched.add(rule.id)
        findings += [_finding(rule, match, ground, evidence) for match in proven[:MAX_NODES]]
        for gap in (*(gap for _name, gap in unread), *outcome.gaps) if rule.harm == "fault" else ():
            key = (gap.node, gap.source, gap.from_ms, gap.to_ms, gap.from_ms is None and gap.why)
            if key not in gaps:
                gaps.add(key)
                kept_gaps.append(replace(gap, why=f"{rule.title}: {gap.why}"))
    return tuple(sorted(findings, key=_order)), tuple(sorted(kept_gaps, key=_gap_order))


def ground_of(
    rule: Rule,
    evidence: EvidenceSet,
    by_signal: Mapping[str, Sequence[Hit]],
    paths: Mapping[str, str],
    masks: Masks | None = None,
) -> tuple[Ground, list[tuple[str, Gap]]]:
    """The rule's hits; names and gaps of signals whose filter the evidence cannot be put to."""
    unread: list[tuple[str, Gap]] = []
    hits: dict[str, Sequence[Hit]] = {}
    signals: dict[str, Signal] = {}
    for signal in rule.signals:
        try:
            if signal.table == RECORDS:
                found = sorted(keep_where(signal, by_signal.get(signal.id, ())), key=hit_order)
            else:
                found = match_rows(signal, evidence.tables, paths, masks or {})
        except NotEvaluableError as fault:
            found = []
            unread.append((signal.name, _unread(signal, fault)))
        hits[signal.name] = hits[signal.id] = found
        signals[signal.name] = signals[signal.id] = signal
    for measure in measures_of(rule.when):
        rows = by_signal.get(f"{rule.id}.{measure.name}", ())
        hits[measure.name] = sorted(rows, key=hit_order)
    nodes = tuple(sorted({node.node for node in evidence.case.nodes}))
    ground = Ground(
        hits=hits,
        signals=signals,
        nodes=nodes,
        coverage=evidence.case.coverage,
        lives=lives_of(evidence.case.nodes),
    )
    return ground, unread


def _wants_none(clause: Clause) -> set[str]:
    """Signals of which a clause wants no hits, or takes their lack for a sign."""
    match clause:
        case Absent():
            return {clause.signal}
        case Unanswered():
            return {clause.by}
        case AllOf() | AnyOf():
            return {name for part in clause.clauses for name in _wants_none(part)}
        case _:
            return set()


def _unread(signal: Signal, fault: NotEvaluableError) -> Gap:
    return Gap(
        node=None,
        source=signal.kinds[0] if signal.table == RECORDS else signal.table,
        from_ms=None,
        to_ms=None,
        why=f"signal {signal.id} was not evaluated: the evidence holds what its filter cannot "
        f"be run over ({fault})",
        fetch=f"nothing: make the filter of {signal.id} take any value, then run again",
    )


def _finding(rule: Rule, match: Match, ground: Ground, evidence: EvidenceSet) -> Finding:
    nodes = _nodes(match)
    company = company_of(nodes, match.hits, match.first, match.last, ground.lives)
    since = _since(rule, match, nodes, ground, company)
    scene = Scene(match, nodes, ground, evidence.tables, company, since)
    facts = compute_facts(rule, scene)
    return Finding(
        rule=rule.id,
        condition=rule.condition,
        title=rule.title,
        harm=rule.harm,
        severity=rule.severity,
        confidence=CONFIDENCE[_confidence(rule, match, ground)],
        nodes=nodes,
        since=since,
        first_seen=match.first,
        last_seen=match.last,
        count=match.count,
        message=_message(rule, facts),
        explain=rule.explain,
        facts=dict(sorted(facts.items())),
        evidence=quote(match.hits, match.first, [signal.id for signal in rule.signals]),
        remedies=tuple(_remedies(rule.remedies, facts)),
        decided_by=rule.decided_by,
        subject=match.subject,
    )


def _confidence(rule: Rule, match: Match, ground: Ground) -> str:
    if not ground.cut:
        return rule.confidence
    signals = [ground.signals.get(hit.signal) for hit in match.hits]
    unsure = any(signal is None or signal.table in _ENDS for signal in signals)
    return "low" if unsure else rule.confidence


def _message(rule: Rule, facts: Facts) -> str:
    if rule.says_otherwise is not None and render(rule.says, facts) is None:
        return _said(rule.says_otherwise, facts)
    return _said(rule.says, facts)


def _nodes(match: Match) -> tuple[str, ...]:
    if match.node is not None:
        return (match.node,)
    return tuple(sorted({hit.node for hit in match.hits if hit.node is not None}))


def _since(
    rule: Rule, match: Match, nodes: tuple[str, ...], ground: Ground, company: Company
) -> int | None:
    """The first hit of `starts_from` on these nodes, if it is not later than the finding."""
    if rule.starts_from is None:
        return match.first
    near = filter(company.has_hit, ground.hits.get(rule.starts_from, ()))
    times = [hit.ts for hit in hits_in_scope(list(near), nodes, "node") if hit.ts is not None]
    known = [time for time in (*times, match.first) if time is not None]
    return min(known, default=None)


def _remedies(remedies: Iterable[Remedy], facts: Facts) -> Iterable[RemedyText]:
    for remedy in remedies:
        do = render(remedy.do, facts)
        if do is None and remedy.otherwise is not None:
            do = _said(remedy.otherwise, facts)
        if do is None:
            continue  # advice with a hole in it is worse than none
        yield RemedyText(
            do=do,
            why=_said(remedy.why, facts),
            command=remedy.command and render(remedy.command, facts, quoted=True),
            risk=remedy.risk and render(remedy.risk, facts),
            reference=remedy.reference,
        )


def _said(template: str, facts: Facts) -> str:
    return render(template, facts, missing="unknown") or ""


def _when(match: Match) -> tuple[bool, int, str, str]:
    return (match.first is None, match.first or 0, match.node or "", match.subject or "")


def _order(finding: Finding) -> tuple[str, bool, int, tuple[str, ...], str]:
    first = finding.first_seen
    return (finding.rule, first is None, first or 0, finding.nodes, finding.subject or "")


def _gap_order(gap: Gap) -> tuple[str, str, int, int]:
    return (gap.node or "", gap.source, gap.from_ms or 0, gap.to_ms or 0)
