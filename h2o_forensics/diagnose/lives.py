"""Whether two findings can be about one life of one process: same run, near in time.

A bundle may hold several days, restarts of a node, and logs of strangers.  What an earlier life or
a stranger went through neither causes nor explains what happens here.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from h2o_forensics.diagnose.place import clouds_of, may_share_cloud
from h2o_forensics.model.artifact import Case, Node
from h2o_forensics.model.finding import Finding

SLACK_MS = 2000
"""Clocks of two nodes, and of two logs of one node, disagree by so much."""
NEAR_MS = 3_600_000
"""A fault that ended so long before another one began does not explain the same evidence: what a
full heap or a dead process does to its peers shows within H2O's limits of a minute, and in what
they log of it again and again; an hour leaves room for snapshots that somebody took by hand."""
RESTART_MS = 600_000
"""A node that comes up again because of how it ended does so within this time."""
_OWN = frozenset({"gc_log", "hs_err"})
"""Kinds of artifact that tell of one process each: a node that has its own is not meant by
another one that nothing ties to a node."""


class Lives(Struct, frozen=True):
    """What places findings."""

    clouds: Mapping[str, str]
    """Node to the first name of its cloud."""
    runs: Mapping[str, Sequence[Node]]
    """Of each node its lives, the first run first."""
    kinds: Mapping[str, str]
    """Of each artifact of no node its kind."""
    own: Mapping[str, frozenset[str]]
    """Kinds of artifact that tell of one process, by the node they are known to be of."""

    def same_process(self, one: Finding, other: Finding) -> bool:
        """They share a node in the same of its runs; a finding of no node may be about any.

        Unless it rests on a log such as every one of the other's nodes has one of its own.
        """
        if not one.nodes or not other.nodes:
            return self._may_be_of(one, other.nodes) and self._may_be_of(other, one.nodes)
        shared = set(one.nodes).intersection(other.nodes)
        return any(self._same_run(node, one, other) for node in shared)

    def same_cloud(self, one: Finding, other: Finding) -> bool:
        """No two of their nodes are known to be of different clouds."""
        return may_share_cloud(one, other, self.clouds)

    def causes_in_time(self, cause: Finding, effect: Finding) -> bool:
        """As `same_process`; how a life ended may also cause what begins the next one."""
        if self.same_process(cause, effect):
            return True
        apart = _apart(cause, effect)
        shared = not set(cause.nodes).isdisjoint(effect.nodes)
        return shared and apart is not None and apart <= RESTART_MS

    def is_stranger(self, finding: Finding) -> bool:
        """It rests on a log that is none of the nodes': each has one of its own."""
        return bool(self.runs) and not self._may_be_of(finding, tuple(self.runs))

    def _same_run(self, node: str, one: Finding, other: Finding) -> bool:
        lives = self.runs.get(node, ())
        first, second = _runs(lives, one), _runs(lives, other)
        return first is None or second is None or not first.isdisjoint(second)

    def _may_be_of(self, finding: Finding, nodes: Sequence[str]) -> bool:
        if finding.nodes or not nodes:
            return True
        kinds = {self.kinds.get(one.artifact) for one in finding.evidence}
        if not kinds or not kinds <= _OWN:
            return True
        return any(not kinds <= self.own.get(node, frozenset()) for node in nodes)


def lives_of(case: Case) -> Lives:
    """What the case knows of its nodes."""
    runs: dict[str, list[Node]] = {}
    for node in sorted(case.nodes, key=lambda node: (node.node, node.run)):
        runs.setdefault(node.node, []).append(node)
    own: dict[str, set[str]] = {}
    for one in case.artifacts:
        if one.node is not None and one.kind in _OWN:
            own.setdefault(one.node, set()).add(one.kind)
    return Lives(
        clouds=clouds_of(case.nodes),
        runs=runs,
        kinds={one.id: one.kind for one in case.artifacts if one.node is None},
        own={node: frozenset(kinds) for node, kinds in own.items()},
    )


def near(one: Finding, other: Finding) -> bool:
    """Neither began long after the other had ended; what has no time, or is a risk, may be."""
    if one.harm != "fault" or other.harm != "fault":
        return True
    apart = _apart(one, other)
    return apart is None or apart <= NEAR_MS


def _apart(one: Finding, other: Finding) -> int | None:
    """Milliseconds between them; None: one has no time."""
    first, second = _span(one), _span(other)
    if first is None or second is None:
        return None
    return max(second[0] - first[1], first[0] - second[1], 0)


def _span(finding: Finding) -> tuple[int, int] | None:
    times = [time for time in (finding.first_seen, finding.last_seen) if time is not None]
    return (min(times), max(times)) if times else None


def _runs(lives: Sequence[Node], finding: Finding) -> set[int] | None:
    """The runs of a node in which a finding lies; None: nobody knows."""
    span = _span(finding)
    if len(lives) <= 1 or span is None:
        return None
    begin, end = span[0] - SLACK_MS, span[1] + SLACK_MS
    begun = [life.run for life in lives if life.started is not None and life.started <= end]
    before = [life.run for life in lives if life.started is not None and life.started <= begin]
    first, last = max(before, default=lives[0].run), max(begun, default=lives[0].run)
    return set(range(first, last + 1))
