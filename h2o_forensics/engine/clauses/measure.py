"""`measure`: the rows of a query, each a hit."""

from h2o_forensics.engine.clauses.ground import Ground, Outcome, groups, match_of
from h2o_forensics.model.rule import Measure


def measure(clause: Measure, ground: Ground) -> Outcome:
    """Nodes (or the case) the query has rows about; `engine.measure` ran it before."""
    return Outcome(
        tuple(
            match_of(node, hits, whole_case=clause.per == "case")
            for node, hits in groups(ground.found(clause.name, clause.per), clause.per)
        )
    )
