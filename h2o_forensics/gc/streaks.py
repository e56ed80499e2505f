"""Full collections one after the other.

Two full collections belong together when, from the end of the one to the end of the other, the
program stood still for at least half of the time (whatever stopped it).  Without times: when no
young collection between them found any room.

What belongs together so is a piece.  Pieces with a breath of at most `BREATH_MS` between them are
one streak, if the program stood still for at least half of the time both in a stretch that ends
with the breath and in one that begins with it.  A moment in which the program ran divides no minute
in which it did not; full collections minutes apart stay apart.
"""

from __future__ import annotations

from copy import copy
from heapq import nlargest
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from h2o_forensics.gc.samples import short
from h2o_forensics.gc.vain import LEFT_SHARE, Vain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.gc.events import Pause, Place, TimedPause, When
    from h2o_forensics.gc.origin import Origin

STOPPED_SHARE = 0.5
BREATH_MS = 5_000.0
MOST = 200
MOST_PIECES = 1000
MOST_CAUSES = 8


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
        self.after: int | None = None
        self.causes: dict[str, int] = {}
        self.vain = Vain()
        self.first_place: tuple[Place, Origin] | None = None
        self.last_place: tuple[Place, Origin] | None = None
        self.first_edge = self.last_edge = _Edge(None, 0.0)

    def add(self, pause: Pause, took_ns: int, origin: Origin, edge: _Edge) -> None:
        """One more full collection, which ended there."""
        place = short(pause.place), origin
        if not self.count:
            self.first_place, self.first_edge = place, edge
        self.count += 1
        self.paused_ns += took_ns
        self.to, self.last_place, self.last_edge = pause.when, place, edge
        if pause.before is not None and pause.after is not None:
            self.before += pause.before
            self.freed += pause.before - pause.after
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
        both.after = self.after if other.after is None else other.after
        both.first_place, both.first_edge = self.first_place, self.first_edge
        both.to, both.last_place, both.last_edge = other.to, other.last_place, other.last_edge
        for one in (self, other):
            both.vain.include(one.vain)
            for cause, count in one.causes.items():
                both._cause(cause, count)
        return both

    def moved(self, shift: float, stopped: float) -> Streak:
        """The same in a run that began earlier."""
        same = copy(self)
        same.first_edge = self.first_edge.moved(shift, stopped)
        same.last_edge = self.last_edge.moved(shift, stopped)
        return same

    @property
    def cause(self) -> str | None:
        """The most frequent one."""
        return max(self.causes, key=lambda c: (self.causes[c], c), default="") or None


class _Edge:
    """Where a full collection ended, and how long the run had been stopped until then."""

    __slots__ = ("at", "stopped")

    def __init__(self, at: float | None, stopped: float) -> None:
        self.at = at
        self.stopped = stopped

    def moved(self, shift: float, stopped: float) -> _Edge:
        return _Edge(None if self.at is None else self.at + shift, self.stopped + stopped)

    @property
    def level(self) -> float:
        """Between two of the same level, the program stood still for half of the time."""
        return self.stopped - STOPPED_SHARE * (self.at or 0.0)


class Streaks:
    """The pieces of a run; the first, the last, and the longest `MOST_PIECES` at least are kept."""

    def __init__(self) -> None:
        self.pieces: list[Streak] = []
        """In order; the last one may go on."""
        self.roomy_first = False
        """A young collection found room before the first one."""
        self.roomy = False
        """The same since the last one."""

    def others(self, pauses: Iterable[TimedPause]) -> None:
        """Pauses one after the other; of full collections among them, `full` is told."""
        self.roomy = self.roomy or any(_found_room(one[0]) for one in pauses)

    def full(
        self, pause: Pause, took_ns: int, at: float | None, stopped: float, origin: Origin
    ) -> None:
        """A full collection ended at a moment; the run had been stopped so long, it included."""
        edge = _Edge(at, stopped)
        if not self.pieces:
            self.roomy_first = self.roomy
        if not self.pieces or not _close(self.pieces[-1].last_edge, edge, roomy=self.roomy):
            self.pieces.append(Streak(pause.when, pause.took_ms))
            self._thin()
        self.pieces[-1].add(pause, took_ns, origin, edge)
        self.roomy = False

    def include(self, other: Streaks, shift: float, stopped: float) -> None:
        """All of another one, which comes later; so long this one's run had been stopped before."""
        if not other.pieces:
            self.roomy = self.roomy or other.roomy
            return
        theirs = [one.moved(shift, stopped) for one in other.pieces]
        roomy = self.roomy or other.roomy_first
        if not self.pieces:
            self.roomy_first = roomy
        elif _close(self.pieces[-1].last_edge, theirs[0].first_edge, roomy=roomy):
            theirs[0] = self.pieces.pop().then(theirs[0])
        self.pieces += theirs
        self.roomy = other.roomy
        self._thin()

    def _thin(self) -> None:
        if len(self.pieces) <= 2 * MOST_PIECES:
            return
        *past, last = self.pieces
        past = _put_together(past)
        if len(past) > MOST_PIECES:
            first, *rest = past
            kept = {id(one) for one in nlargest(MOST_PIECES, rest, key=_paused)}
            past = [first, *(one for one in rest if id(one) in kept)]
        self.pieces = [*past, last]

    def in_order(self) -> list[Streak]:
        """Those of at least two collections, as they came; the longest `MOST` of them."""
        all_ = [streak for streak in _put_together(self.pieces) if streak.count > 1]
        longest = {id(streak) for streak in nlargest(MOST, all_, key=_paused)}
        return [streak for streak in all_ if id(streak) in longest]


def _found_room(pause: Pause) -> bool:
    if pause.kind != "young":
        return False
    before, after = pause.before, pause.after
    return before is None or after is None or after < LEFT_SHARE * before


def _paused(streak: Streak) -> int:
    return streak.paused_ns


def _close(last: _Edge, edge: _Edge, *, roomy: bool) -> bool:
    if last.at is None or edge.at is None:
        return not roomy
    return edge.stopped - last.stopped >= STOPPED_SHARE * (edge.at - last.at)


def _put_together(pieces: list[Streak]) -> list[Streak]:
    """One streak of pieces with breaths in between."""
    together: list[Streak] = []
    row: list[Streak] = []
    for one in pieces:
        if row and not _after_a_breath(row[-1], one):
            together += _row(row)
            row = []
        row.append(one)
    return together + _row(row)


def _after_a_breath(one: Streak, other: Streak) -> bool:
    """Whether the program ran but shortly between them."""
    last, first = one.last_edge, other.first_edge
    if last.at is None or first.at is None:
        return False
    return first.at - last.at - (first.stopped - last.stopped) <= BREATH_MS


def _row(row: list[Streak]) -> list[Streak]:
    """A breath is small against what is around it: what it lost is regained on either side."""
    lowest = [*accumulate((_begin(one) for one in row), min)]
    highest = [*accumulate((one.last_edge.level for one in reversed(row)), max)][::-1]
    together = row[:1]
    for index, (one, other) in enumerate(pairwise(row)):
        before, after = one.last_edge.level, _begin(other)
        if lowest[index] <= after and highest[index + 1] >= before:
            together[-1] = together[-1].then(other)
        else:
            together.append(other)
    return together


def _begin(streak: Streak) -> float:
    """The level when its first collection began."""
    return streak.first_edge.level - (1 - STOPPED_SHARE) * streak.first_ms
