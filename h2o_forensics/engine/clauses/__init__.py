"""The kinds of clause: one function each, from hits to the groups of hits that satisfy it."""

import re
from collections.abc import Collection

from msgspec.structs import replace

from h2o_forensics.engine.clauses.absent import absent
from h2o_forensics.engine.clauses.all_of import all_of
from h2o_forensics.engine.clauses.any_of import any_of
from h2o_forensics.engine.clauses.at_least import at_least
from h2o_forensics.engine.clauses.ground import Ground, Match, Outcome
from h2o_forensics.engine.clauses.measure import measure
from h2o_forensics.engine.clauses.sequence import sequence
from h2o_forensics.engine.clauses.unanswered import unanswered
from h2o_forensics.engine.lives import MOST_RUNS, company_of
from h2o_forensics.model.rule import (
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Measure,
    Sequence,
    Unanswered,
)

__all__ = ["Ground", "Match", "Outcome", "find"]

_INVENTORY = frozenset({"chunks", "cluster_nodes", "jobs", "members", "nodes"})
"""Tables whose rows say what was there when somebody looked: that dates nothing."""

_RUNS = re.compile(r"\bruns\b")


def find(clause: Clause, ground: Ground) -> Outcome:  # noqa: PLR0911 - one for each kind
    """What satisfies a clause of any kind."""
    match clause:
        case AtLeast():
            return at_least(clause, ground)
        case Sequence():
            return sequence(clause, ground)
        case Unanswered():
            return unanswered(clause, ground)
        case Absent():
            return absent(clause, ground)
        case Measure():
            return measure(clause, ground)
        case AnyOf():
            return any_of([find(part, ground) for part in clause.clauses])
        case AllOf():
            return _all_of(clause, ground)


def _all_of(clause: AllOf, ground: Ground) -> Outcome:
    """Every part holds, for nodes with several runs in one and the same of them.

    Unless the rule asks for the number of runs: then it speaks of a restart.
    """
    undated = {signal.id for signal in ground.signals.values() if signal.table in _INVENTORY}
    whole = _in_company(clause, ground, undated)
    again = {node: mine[-1].run for node, mine in ground.lives.items() if len(mine) > 1}
    settled = ground.run is not None or not again or _asks_for_runs(ground)
    if settled or any(match.whole_case for match in whole.matches):
        return whole
    outcomes = [Outcome(
        tuple(match for match in whole.matches if match.node not in again),
        tuple(gap for gap in whole.gaps if gap.node not in again),
    )]  # fmt: skip
    for run in range(1, min(MOST_RUNS, max(again.values())) + 1):
        of_run = replace(ground, run=run)
        found = _in_company(clause, of_run, undated)
        outcomes.append(Outcome(
            tuple(match for match in found.matches if run <= again.get(match.node or "", 0)),
            tuple(gap for gap in found.gaps if run <= again.get(gap.node or "", 0)),
        ))  # fmt: skip
    return any_of(outcomes)


def _in_company(clause: AllOf, ground: Ground, undated: Collection[str]) -> Outcome:
    """Every part holds; what is said of the whole case, for the runs and the cloud of the node.

    A later run, or another cluster, neither excuses nor explains what happened here.
    """
    parts = [find(part, ground) for part in clause.clauses]
    wide = [_is_wide(part) for part in clause.clauses]
    several = sum(map(len, ground.lives.values())) > 1
    if ground.company is not None or not several or not any(wide) or all(wide):
        return all_of(parts, undated)
    own = all_of([part for part, of_case in zip(parts, wide, strict=True) if not of_case], undated)
    if any(match.whole_case for match in own.matches):
        return all_of(parts, undated)
    gaps = all_of(parts, undated).gaps
    found: list[Match] = []
    for match in own.matches:
        nodes = (match.node,) if match.node is not None else ()
        near = replace(
            ground, company=company_of(nodes, match.hits, match.first, match.last, ground.lives)
        )
        again = [
            find(part, near) if of_case else outcome
            for part, outcome, of_case in zip(clause.clauses, parts, wide, strict=True)
        ]
        found += [one for one in all_of(again, undated).matches if one.node == match.node]
    told = {match.node for match in found}
    return Outcome(tuple(found), tuple(gap for gap in gaps if gap.node not in told))


def _is_wide(clause: Clause) -> bool:
    """Whether it asks for anything of the whole case."""
    if isinstance(clause, AnyOf | AllOf):
        return any(_is_wide(part) for part in clause.clauses)
    return clause.per == "case"


def _asks_for_runs(ground: Ground) -> bool:
    return any(
        signal.table == "nodes" and _RUNS.search(signal.where or "")
        for signal in ground.signals.values()
    )
