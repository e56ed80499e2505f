"""The kinds of clause: one function each, from hits to the groups of hits that satisfy it."""

from h2o_forensics.engine.clauses.absent import absent
from h2o_forensics.engine.clauses.all_of import all_of
from h2o_forensics.engine.clauses.any_of import any_of
from h2o_forensics.engine.clauses.at_least import at_least
from h2o_forensics.engine.clauses.ground import Ground, Match, Outcome
from h2o_forensics.engine.clauses.measure import measure
from h2o_forensics.engine.clauses.sequence import sequence
from h2o_forensics.engine.clauses.unanswered import unanswered
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
            undated = {
                signal.id for signal in ground.signals.values() if signal.table in _INVENTORY
            }
            return all_of([find(part, ground) for part in clause.clauses], undated)
