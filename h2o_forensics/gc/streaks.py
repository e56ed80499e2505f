"""Full collections one after the other.

Two full collections belong together when, from the end of the one to the end of the other, the
program stood still for at least half of the time (whatever stopped it).  Without times: when no
young collection between them found any room.
"""

from __future__ import annotations

from heapq import heappush, heapreplace, nlargest
from typing import TYPE_CHECKING

from h2o_forensics.gc.causes import asked, for_metadata
from h2o_forensics.gc.histogram import add_bins, bin_of

if TYPE_CHECKING:
    from h2o_forensics.gc.events import Pause, Place, When
    from h2o_forensics.gc.origin import Origin

STOPPED_SHARE = 0.5
MOST = 200
MOST_CAUSES = 8
LEFT_SHARE = 0.97
"""A collection that leaves more of what it found has freed next to nothing."""


class Vain:
    """Collections that nobody asked for and that freed next to nothing, by what they left.

    Whether the heap was full then is known when its maximum is.
    """

    def __init__(self) -> None:
        self.count: dict[int, int] = {}
        self.ns: dict[int, int] = {}

    def add(self, pause: Pause, took_ns: int) -> None:
        """Count a full collection, if it is one of them."""
        before, after = pause.before, pause.after
        if not before or after is None or after < LEFT_SHARE * before:
            return
        if asked(pause.cause) or for_metadata(pause.cause):
            return
        index = bin_of(after)
        self.count[index] = self.count.get(index, 0) + 1
        self.ns[index] = self.ns.get(index, 0) + took_ns

    def include(self, other: Vain) -> None:
        """Count all of another one."""
        add_bins(self.count, other.count)
        add_bins(self.ns, other.ns)

    def above(self, size: float) -> tuple[int, int]:
        """How many left at least this many bytes (within 1 %), and how long they took in ns."""
        least = bin_of(int(size))
        at = [index for index in self.count if index >= least]
        return sum(self.count[i] for i in at), sum(self.ns[i] for i in at)


class Streak:
    """A streak as it grows."""

    def __init__(self, begin: When, took_ms: float) -> None:
        self.begin = begin
        """The end of the first one."""
        self.first_ms = took_ms
        self.to = begin
        self.count = 0
        self.paused_ns = 0
        self.before = 0
        self.freed = 0
        self.sized = False
        self.after: int | None = None
        self.causes: dict[str, int] = {}
        self.vain = Vain()
        self.place: Place | None = None
        self.origin: Origin | None = None

    def add(self, pause: Pause, took_ns: int, origin: Origin) -> None:
        """One more full collection."""
        self.count += 1
        self.paused_ns += took_ns
        self.to, self.place, self.origin = pause.when, pause.place, origin
        if pause.before is not None and pause.after is not None:
            self.before += pause.before
            self.freed += pause.before - pause.after
            self.sized = True
            self.after = pause.after
        self.vain.add(pause, took_ns)
        self._cause(pause.cause or "", 1)

    def _cause(self, cause: str, count: int) -> None:
        if cause in self.causes or len(self.causes) < MOST_CAUSES:
            self.causes[cause] = self.causes.get(cause, 0) + count

    def then(self, other: Streak) -> Streak:
        """This one with another one after it."""
        both = Streak(self.begin, self.first_ms)
        both.count = self.count + other.count
        both.paused_ns = self.paused_ns + other.paused_ns
        both.before, both.freed = self.before + other.before, self.freed + other.freed
        both.sized = self.sized or other.sized
        both.after = self.after if other.after is None else other.after
        both.to, both.place, both.origin = other.to, other.place, other.origin
        for one in (self, other):
            both.vain.include(one.vain)
            for cause, count in one.causes.items():
                both._cause(cause, count)
        return both

    @property
    def cause(self) -> str | None:
        """The most frequent one."""
        return max(self.causes, key=lambda c: (self.causes[c], c), default="") or None


class _Edge:
    """Where a part's first or last full collection ended, and what had been stopped until then."""

    __slots__ = ("at", "roomy", "stopped")

    def __init__(self, at: float | None, stopped: float, *, roomy: bool) -> None:
        self.at = at
        self.stopped = stopped
        self.roomy = roomy
        """A young collection found room before it (of the first one); since (of the last one)."""


class Streaks:
    """The streaks of a run; the longest MOST are kept."""

    def __init__(self) -> None:
        self.head: Streak | None = None
        """The first one: an earlier part may end with its begin."""
        self.open: Streak | None = None
        """The last one, where it is not the first."""
        self.kept: list[tuple[int, int, Streak]] = []
        self.closed = 0
        self.last: _Edge | None = None
        self.first: _Edge | None = None
        self.roomy = False

    def other(self, pause: Pause) -> None:
        """A pause that is no full collection."""
        if pause.kind != "young":
            return
        before, after = pause.before, pause.after
        if before is None or after is None or after < LEFT_SHARE * before:
            self.roomy = True

    def full(
        self, pause: Pause, took_ns: int, at: float | None, stopped: float, origin: Origin
    ) -> None:
        """A full collection ended at a moment; the run had been stopped so long, it included."""
        edge = _Edge(at, stopped, roomy=self.roomy)
        if self.first is None:
            self.first = edge
        streak = self.head if self.open is None else self.open
        if streak is None or self.last is None or not _close(self.last, edge, 0.0, 0.0):
            fresh = Streak(pause.when, pause.took_ms)
            if streak is None:
                self.head = fresh
            else:
                self._close_open()
                self.open = fresh
            streak = fresh
        streak.add(pause, took_ns, origin)
        self.roomy = False
        self.last = edge

    def _close_open(self) -> None:
        if self.open is not None:
            self._keep(self.open)

    def _keep(self, streak: Streak) -> None:
        self.closed += 1
        if streak.count == 1:
            return
        entry = (streak.paused_ns, -self.closed, streak)
        if len(self.kept) < MOST:
            heappush(self.kept, entry)
        elif entry > self.kept[0]:
            heapreplace(self.kept, entry)

    def include(self, other: Streaks, shift: float, stopped: float) -> None:
        """All of another one, which comes later; so long this one's run had been stopped before."""
        if other.head is None or other.first is None:
            self.roomy = self.roomy or other.roomy
            return
        first = _Edge(other.first.at, other.first.stopped, roomy=other.first.roomy or self.roomy)
        mine = self.head if self.open is None else self.open
        joined = other.head
        if mine is None:
            self.head = joined
        elif self.last is not None and _close(self.last, first, shift, stopped):
            joined = mine.then(other.head)
            self.head, self.open = (joined, None) if self.open is None else (self.head, joined)
        else:
            self._close_open()
            self.open = joined
        if other.open is not None:
            self._close_open()
            for _, order, streak in nlargest(MOST, other.kept):
                entry = (streak.paused_ns, order - self.closed, streak)
                self.kept.append(entry)
            self.closed += other.closed
            self.kept = sorted(nlargest(MOST, self.kept))
            self.open = other.open
        self._edges(other, first, shift, stopped)

    def _edges(self, other: Streaks, first: _Edge, shift: float, stopped: float) -> None:
        if self.first is None:
            self.first = _moved(first, shift, stopped)
        if other.last is not None:
            self.last = _moved(other.last, shift, stopped)
        self.roomy = other.roomy

    def in_order(self) -> list[Streak]:
        """Those of at least two collections, as they came."""
        inner = [streak for _, _, streak in sorted(self.kept, key=lambda entry: -entry[1])]
        ends = [self.head, *inner, self.open]
        all_ = [streak for streak in ends if streak is not None and streak.count > 1]
        longest = {id(s) for s in nlargest(MOST, all_, key=lambda streak: streak.paused_ns)}
        return [streak for streak in all_ if id(streak) in longest]


def _moved(edge: _Edge, shift: float, stopped: float) -> _Edge:
    at = None if edge.at is None else edge.at + shift
    return _Edge(at, edge.stopped + stopped, roomy=edge.roomy)


def _close(last: _Edge, edge: _Edge, shift: float, stopped: float) -> bool:
    if last.at is None or edge.at is None:
        return not edge.roomy
    wall = edge.at + shift - last.at
    return edge.stopped + stopped - last.stopped >= STOPPED_SHARE * wall
