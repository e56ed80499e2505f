"""`unanswered`: nothing answers a hit in time; counted where artifacts could show it."""

from collections.abc import Sequence

from h2o_forensics.engine.clauses.ground import Ground, Match, Outcome, groups, match_of
from h2o_forensics.model.artifact import Coverage, Gap
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import RECORDS, Signal, Unanswered

_FOLDED_MS = 3_600_000
"""A row of weight stands for further answers after it, at times it does not keep."""
_LEVELS = ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")


def unanswered(clause: Unanswered, ground: Ground) -> Outcome:
    """Nodes (or the case) with unanswered hits; a gap where evidence ends too early."""
    answers = dict(groups(ground.found(clause.by, clause.per), clause.per))
    by = ground.signals.get(clause.by)
    # Any log may hold an answer that is wanted somewhere in the case: also one that was not read.
    coverage = () if ground.cut and clause.per == "case" else ground.coverage
    matches: list[Match] = []
    gaps: list[Gap] = []
    for node, hits in groups(ground.found(clause.signal, clause.per), clause.per):
        lone = [hit for hit in hits if _is_lone(hit, answers.get(node, ()), clause.within_ms)]
        sure = [hit for hit in lone if _covered(hit, clause, by, coverage)]
        if sure:
            matches.append(match_of(node, sure, whole_case=clause.per == "case"))
        elif lone:
            gaps.append(_gap(node, lone[0], clause, by))
    return Outcome(tuple(matches), tuple(gaps))


def _is_lone(hit: Hit, answers: Sequence[Hit], within_ms: int) -> bool:
    """Nothing answers a hit whose time is known; an answer without a time may be its answer."""
    if hit.ts is None:
        return False
    for answer in answers:
        if answer.ts is None or hit.ts < answer.ts <= hit.ts + within_ms:
            return False
        if answer.weight > 1 and answer.ts <= hit.ts <= answer.ts + _FOLDED_MS:
            return False  # one of those it stands for may be the answer
        same_place = answer.artifact == hit.artifact and (answer.line or 0) <= (hit.line or 0)
        if answer.ts == hit.ts and not same_place:
            return False
    return True


def _covered(hit: Hit, clause: Unanswered, by: Signal | None, coverage: Sequence[Coverage]) -> bool:
    """An artifact that could hold the answer spans the whole window."""
    if hit.ts is None:
        return False
    # An answer "about" a node stands in the log of whoever speaks about it.
    speaker = hit.logged_by if by is not None and by.about is not None else hit.node
    return any(
        span.from_ms <= hit.ts + clause.within_ms <= span.to_ms
        and span.from_ms <= hit.ts
        and _may_speak(span, by)
        and (clause.per == "case" or span.node == speaker or span.artifact == hit.artifact)
        for span in coverage
    )


def _may_speak(span: Coverage, by: Signal | None) -> bool:
    if by is None or by.table != RECORDS:
        return True
    if span.kind not in by.kinds:
        return False
    wanted = [_LEVELS.index(level) for level in by.levels if level in _LEVELS]
    if not wanted or span.level not in _LEVELS:
        return True
    return _LEVELS.index(span.level) >= max(wanted)


def _gap(node: str | None, hit: Hit, clause: Unanswered, by: Signal | None) -> Gap:
    source = by.kinds[0] if by is not None and by.table == RECORDS and by.kinds else "h2o_log"
    start = hit.ts or 0
    where = node or "the node"
    return Gap(
        node=node,
        source=source,
        from_ms=start,
        to_ms=start + clause.within_ms,
        why=f"whether '{hit.text[:120]}' was answered cannot be told: what is here ends too early",
        fetch=f"the {source} of {where} that reaches {clause.within_ms // 1000} s further",
    )
