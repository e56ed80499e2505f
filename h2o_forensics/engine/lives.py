"""Which run of a node a hit, a row or a finding belongs to, and who was in its cloud then.

A bundle may hold several days: a node's restart, another cluster.  What those say is no fact of a
finding, and what a later run did does not excuse an earlier one.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from h2o_forensics.model.artifact import Node
from h2o_forensics.model.finding import Hit

MOST_RUNS = 50
"""Runs of a node told apart; those after it count as the last of them."""
_NEVER, _ALWAYS = 2**62, -(2**62)
Lives = Mapping[str, Sequence[Node]]
"""Of each node its lives, the first run first."""


def lives_of(nodes: Iterable[Node]) -> Lives:
    """The inventory by node."""
    found: dict[str, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: (node.node, node.run)):
        found.setdefault(node.node, []).append(node)
    return found


def run_at(lives: Sequence[Node], ts: int | None) -> int | None:
    """The run that a node was in at a moment, epoch ms; None: nobody knows."""
    if len(lives) == 1:
        return lives[0].run
    if ts is None or not lives:
        return None
    begun = [life.run for life in lives if life.started is not None and life.started <= ts]
    return max(begun, default=lives[0].run)


def run_of(hit: Hit, lives: Lives) -> int | None:
    """The node's own lines state its run; what others say of it belongs to the run of that time."""
    if hit.node is None:
        return None
    if hit.run is not None and hit.logged_by in {None, hit.node}:
        return hit.run
    return run_at(lives.get(hit.node, ()), hit.ts)


class Company(Struct, frozen=True):
    """The runs that a finding is about, and those of their clouds at that time."""

    runs: Mapping[str, frozenset[int]]
    """By node; empty: nothing tells them apart, all belong to it."""
    lives: Lives

    def has(self, node: str | None, run: int | None, ts: int | None) -> bool:
        """Whether what a node said or did then belongs here; in doubt it does."""
        if not self.runs:
            return True
        if node is None:
            return not self._of_another_time(ts)
        mine = self.lives.get(node, ())
        if not mine:
            return True
        known = run_at(mine, ts) if run is None else run
        return node in self.runs if known is None else known in self.runs.get(node, ())

    def has_hit(self, hit: Hit) -> bool:
        """As `has`."""
        return self.has(hit.node, run_of(hit, self.lives), hit.ts)

    def _of_another_time(self, ts: int | None) -> bool:
        """Outside the lives of the company, and inside another's."""
        if ts is None:
            return False
        spans = [
            (life.run in self.runs.get(life.node, ()))
            for lives in self.lives.values()
            for life in lives
            if _begin(life) <= ts <= _end(life)
        ]
        return bool(spans) and not any(spans)


def company_of(
    nodes: Sequence[str], hits: Sequence[Hit], first: int | None, last: int | None, lives: Lives
) -> Company:
    """Who a finding is about: the runs of its nodes, or without nodes all that lived then.

    Args:
        nodes: the finding's.
        hits: its evidence.
        first: when it held first, epoch ms.
        last: when it was seen last.
        lives: the inventory.
    """
    own = {(node, run) for node in nodes if (run := main_run(node, hits, first, lives)) is not None}
    if not own and not any(node in lives for node in nodes):
        own = {(hit.node, run) for hit in hits if hit.node and (run := run_of(hit, lives))}
        own |= _alive(first, last, lives)
    runs: dict[str, set[int]] = {}
    for node, run in own:
        runs.setdefault(node, set()).add(run)
        for life in lives.get(node, ()):
            for peer, its_run in life.peers if life.run == run else ():
                if peer not in nodes:
                    runs.setdefault(peer, set()).add(its_run)
    if all(life.run in runs.get(node, ()) for node, found in lives.items() for life in found):
        runs = {}  # all there is: nothing to tell apart
    return Company({node: frozenset(found) for node, found in runs.items()}, lives)


def main_run(node: str, hits: Sequence[Hit], first: int | None, lives: Lives) -> int | None:
    """The run of a node that a finding lies in: where it begins, else where its evidence stands."""
    mine = lives.get(node, ())
    about = [(hit, run) for hit in hits if hit.node == node and (run := run_of(hit, lives))]
    begins = [run for hit, run in about if first is not None and hit.ts == first]
    if begins:
        return begins[0]
    at = run_at(mine, first)
    return about[0][1] if at is None and about else at


def _alive(first: int | None, last: int | None, lives: Lives) -> set[tuple[str, int]]:
    """All that lived then, else all that had lived before, whose words may reach until then."""
    if first is None:
        return set()
    until = first if last is None else last
    begun = [life for found in lives.values() for life in found if _begin(life) <= until]
    alive = [life for life in begun if _end(life) >= first]
    return {(life.node, life.run) for life in alive or begun}


def _begin(life: Node) -> int:
    return _ALWAYS if life.started is None else life.started


def _end(life: Node) -> int:
    return _NEVER if life.last_seen is None else life.last_seen
