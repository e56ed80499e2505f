"""Events kept as they stand, to be quoted: all where there are few, else the telling ones."""

from __future__ import annotations

from heapq import heappush, heapreplace, nlargest
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from h2o_forensics.gc.events import Place

if TYPE_CHECKING:
    from h2o_forensics.gc.events import CpuTimes, Pause
    from h2o_forensics.gc.origin import Origin

FEW = 2000
LONGEST = 500
LONGEST_FULL = 1000
FIRST = 200
MAX_TEXT = 400
"""Bytes kept of a line."""

T = TypeVar("T")


def short(place: Place) -> Place:
    """The line's first bytes."""
    return place if len(place.text) <= MAX_TEXT else Place(place.line, place.text[:MAX_TEXT])


class Kept(NamedTuple, Generic[T]):
    """An event by length; the order breaks ties, so that events are never compared."""

    took: float
    order: int
    """Negative: how many came before it."""
    event: T
    origin: Origin


class Longest(Generic[T]):
    """The longest events of a stream."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.heap: list[Kept[T]] = []
        self.count = 0

    def wants(self, took: float) -> bool:
        """Whether an event of this length would be kept; counts it."""
        self.count += 1
        return len(self.heap) < self.most or took > self.heap[0].took

    def add(self, took: float, event: T, origin: Origin) -> None:
        """Keep an event that is wanted."""
        kept = Kept(took, -self.count, event, origin)
        if len(self.heap) < self.most:
            heappush(self.heap, kept)
        else:
            heapreplace(self.heap, kept)

    def include(self, other: Longest[T]) -> None:
        """All of another one, which comes later."""
        later = [kept._replace(order=kept.order - self.count) for kept in other.heap]
        self.heap = nlargest(self.most, [*self.heap, *later])[::-1]
        self.count += other.count

    def in_order(self) -> list[Kept[T]]:
        """As they came."""
        return sorted(self.heap, key=lambda kept: -kept.order)


class PauseEntry:
    """A kept pause; its CPU time comes with a later line."""

    __slots__ = ("cpu", "event", "order", "origin")

    def __init__(self, order: int, event: Pause, origin: Origin) -> None:
        self.order = order
        self.event = event
        self.origin = origin
        self.cpu: CpuTimes | None = None

    def later(self, by: int) -> PauseEntry:
        """The same in a stream that has others before it."""
        entry = PauseEntry(self.order + by, self.event, self.origin)
        entry.cpu = self.cpu
        return entry


def _length(entry: PauseEntry) -> tuple[float, int]:
    return entry.event.took_ms, -entry.order


class PauseSamples:
    """All pauses of a run with few; of others the first, the longest, and the longest full ones.

    What is kept is cut down only when it is twice as much: that costs less than a heap.
    """

    def __init__(self, origin: Origin) -> None:
        self.count = 0
        self._origin = origin
        self._few: list[PauseEntry] | None = []
        self._first: list[PauseEntry] = []
        self._longest: list[PauseEntry] = []
        self._full: list[PauseEntry] = []
        self._least = 0.0
        self._least_full = 0.0

    def add(self, event: Pause) -> PauseEntry | None:
        """Keep a pause if it is worth it."""
        order = self.count
        self.count = order + 1
        few, took_ms = self._few, event[4]
        if (
            few is None
            and took_ms <= self._least
            and (event[2] != "full" or took_ms <= self._least_full)
        ):
            return None
        if len(event.place.text) > MAX_TEXT:
            event = event._replace(place=short(event.place))
        entry = PauseEntry(order, event, self._origin)
        if few is None:
            self._choose(entry)
            return entry
        few.append(entry)
        if len(few) > FEW:
            self._split(few)
        return entry

    def _choose(self, entry: PauseEntry) -> None:
        if entry.event.took_ms > self._least:
            self._longest.append(entry)
            if len(self._longest) >= 2 * LONGEST:
                self._longest, self._least = _cut(self._longest, LONGEST)
        if entry.event.kind == "full" and entry.event.took_ms > self._least_full:
            self._full.append(entry)
            if len(self._full) >= 2 * LONGEST_FULL:
                self._full, self._least_full = _cut(self._full, LONGEST_FULL)

    def _split(self, entries: list[PauseEntry]) -> None:
        self._few = None
        self._first = entries[:FIRST]
        self._longest, self._least = _cut(entries, LONGEST)
        fulls = [entry for entry in entries if entry.event.kind == "full"]
        self._full, self._least_full = _cut(fulls, LONGEST_FULL)

    def include(self, other: PauseSamples) -> None:
        """All of another one, which comes later."""
        theirs = [entry.later(self.count) for entry in other.in_order()]
        self.count += other.count
        if self._few is not None and other._few is not None and self.count <= FEW:
            self._few = [*self._few, *theirs]
            return
        known = [*self.in_order(), *theirs]
        first = [entry for entry in known if entry.order < FIRST]
        self._split(known)
        self._first = first

    def least(self) -> float:
        """Every longer pause is kept."""
        return -1.0 if self._few is not None else self._least

    def in_order(self) -> list[PauseEntry]:
        """As they came, each once."""
        if self._few is not None:
            return list(self._few)
        longest, _ = _cut(self._longest, LONGEST)
        full, _ = _cut(self._full, LONGEST_FULL)
        chosen = {entry.order: entry for entry in (*self._first, *longest, *full)}
        return [chosen[order] for order in sorted(chosen)]


def _cut(entries: list[PauseEntry], most: int) -> tuple[list[PauseEntry], float]:
    """The longest ones, and the length that a pause must exceed to be one of them."""
    if len(entries) <= most:
        return list(entries), 0.0 if len(entries) < most else min(
            entry.event.took_ms for entry in entries
        )
    kept = nlargest(most, entries, key=_length)
    return kept, kept[-1].event.took_ms
