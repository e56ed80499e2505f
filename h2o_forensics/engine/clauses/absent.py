"""`absent`: no hit at all."""

from h2o_forensics.engine.clauses.ground import Ground, Match, Outcome
from h2o_forensics.model.rule import Absent


def absent(clause: Absent, ground: Ground) -> Outcome:
    """Nodes (or the case) without a hit.  A hit of no known node counts for all.

    None where reading was ended early: a hit may stand in what was not read.
    """
    if ground.cut:
        return Outcome(())
    hits = ground.found(clause.signal, clause.per)
    nothing = Match(node=None, hits=(), first=None, last=None, count=0)
    if clause.per == "case":
        whole = Match(node=None, hits=(), first=None, last=None, count=0, whole_case=True)
        return Outcome(() if hits else (whole,))
    heard = {hit.node for hit in hits}
    if None in heard:
        return Outcome(())
    spoken_of = {hit.node for found in ground.hits.values() for hit in found if hit.node}
    nodes = sorted(spoken_of.union(ground.nodes) - heard)
    quiet = tuple(Match(node=node, hits=(), first=None, last=None, count=0) for node in nodes)
    return Outcome(quiet if heard else (*quiet, nothing))
