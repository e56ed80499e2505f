"""How far the clocks of nodes are apart, from what all members of a cloud log at the same time.

`Cloud of size 3 formed [...]` is logged by each member within a heartbeat (one second) of the
others; `Locking cloud to new members, because ...` by the others when the first job of one member
reaches them.  A node that is starved meanwhile logs them later, so a difference counts only where
events of both kinds agree on it.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHARED = {"cloud": "members", "locked": ""}
"""Lines that all members log, and the capture that tells events apart."""
LEAST_MS = 2_000
"""Twice the heartbeat: nothing smaller is told from it."""
FEW_LEAST_MS = 10_000
"""As above, where fewer than `ENOUGH_PAIRS` events are logged by both."""
ENOUGH_PAIRS, FEWEST_PAIRS = 3, 2
_SPREADS = 3
_FEW_SPREAD_MS = 1_500
"""Two events must agree as well as heartbeats do."""
_TOGETHER_MS = 3_600_000
"""Events further apart are of different days, or their zone is wrong."""

Events = dict[tuple[str, str], list[int]]
"""(signal, what it names) to the epoch ms at which a node logged it, in order."""


class Skew(Struct, frozen=True):
    """A node's clock against the one of another node."""

    ahead_ms: int
    reference: str
    because: str


class _Apart(Struct, frozen=True):
    """What the events that two nodes logged say."""

    ahead_ms: int
    spread_ms: int
    pairs: int
    kinds: int

    @property
    def is_clear(self) -> bool:
        """Whether it can be nothing but the clock."""
        size = abs(self.ahead_ms)
        if self.pairs >= ENOUGH_PAIRS and self.kinds > 1:
            return size > LEAST_MS and size > _SPREADS * self.spread_ms
        return (
            self.pairs >= FEWEST_PAIRS
            and self.kinds > 1
            and size > FEW_LEAST_MS
            and self.spread_ms <= _FEW_SPREAD_MS
        )


def find_skews(events: Mapping[str, Events]) -> tuple[dict[str, Skew], dict[str, str]]:
    """Nodes whose clocks are clearly off, and what is suspected but not shown.

    The reference is the node that most others agree with.
    """
    apart = {
        (one, other): found
        for one in sorted(events)
        for other in sorted(events)
        if one != other and (found := _apart(events[one], events[other])) is not None
    }
    skews: dict[str, Skew] = {}
    doubts: dict[str, str] = {}
    left = sorted(events)
    while left:
        reference = max(left, key=lambda node: _agreeing(apart, left, node))
        left.remove(reference)
        for node in list(left):
            found = apart.get((node, reference))
            if found is None:
                continue
            left.remove(node)
            if found.is_clear:
                skews[node] = Skew(found.ahead_ms, reference, _words(found, reference))
            elif abs(found.ahead_ms) > FEW_LEAST_MS and found.pairs >= FEWEST_PAIRS:
                doubts[node] = (
                    f"{_words(found, reference)}, which is too few or too uneven to tell a wrong "
                    "clock from a slow node: not corrected"
                )
    return skews, doubts


def _agreeing(apart: Mapping[tuple[str, str], _Apart], nodes: Sequence[str], node: str) -> int:
    return sum(
        abs(found.ahead_ms) <= LEAST_MS
        for other in nodes
        if (found := apart.get((node, other))) is not None
    )


def _apart(mine: Events, others: Events) -> _Apart | None:
    """Differences of the events both logged equally often."""
    differences = []
    kinds = set()
    for key in sorted(mine.keys() & others.keys()):
        if len(mine[key]) != len(others[key]):
            continue
        for one, other in zip(mine[key], others[key], strict=True):
            if abs(one - other) < _TOGETHER_MS:
                differences.append(one - other)
                kinds.add(key[0])
    if not differences:
        return None
    middle = median(differences)
    spread = max(abs(difference - middle) for difference in differences)
    return _Apart(round(middle), round(spread), len(differences), len(kinds))


def _words(found: _Apart, reference: str) -> str:
    direction = "ahead of" if found.ahead_ms > 0 else "behind"
    return (
        f"{abs(found.ahead_ms) / 1000:.1f} s {direction} {reference} in {found.pairs} "
        f"cloud events both logged (spread {found.spread_ms / 1000:.1f} s)"
    )
