"""Exact counts, totals and maxima with a histogram, for each (phase, cause, kind, generation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.histogram import add_bins, bin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from h2o_forensics.gc.events import TimedPause

MAX_KEYS = 256
OTHER = "(other)"
"""The phase of keys above the cap: a log may not choose how much is kept of it."""

PauseKey = tuple[str, str | None, str, str | None]
CycleKey = tuple[str, str | None]


class Tally:
    """Durations of one key, in ns."""

    __slots__ = ("bins", "count", "max_ns", "total_ns")

    def __init__(self) -> None:
        self.count = 0
        self.total_ns = 0
        self.max_ns = 0
        self.bins: dict[int, int] = {}

    def add(self, took_ns: int) -> None:
        """Count one."""
        self.add_all((took_ns,))

    def add_all(self, took_ns: Sequence[int]) -> None:
        """Count some, at least one."""
        self.count += len(took_ns)
        self.total_ns += sum(took_ns)
        self.max_ns = max(self.max_ns, *took_ns)
        bins = self.bins
        for index in map(bin_of, took_ns):
            if index in bins:
                bins[index] += 1
            else:
                bins[index] = 1

    def include(self, other: Tally) -> None:
        """Count all of another one."""
        self.count += other.count
        self.total_ns += other.total_ns
        self.max_ns = max(self.max_ns, other.max_ns)
        add_bins(self.bins, other.bins)


class PauseTallies:
    """One tally for each kind of pause."""

    def __init__(self) -> None:
        self.of: dict[PauseKey, Tally] = {}

    def place(self, key: PauseKey) -> Tally:
        """The tally of a key, made where there is none."""
        found = self.of.get(key)
        if found is None:
            if len(self.of) >= MAX_KEYS:
                key = (OTHER, None, key[2], key[3])
            found = self.of.setdefault(key, Tally())
        return found

    def add_all(self, pauses: Iterable[TimedPause]) -> None:
        """Count pauses, by what they are called."""
        took = dict[PauseKey, list[int]]()
        for event, took_ns, _, _, _ in pauses:
            key = event[:4]
            if key in took:
                took[key].append(took_ns)
            else:
                took[key] = [took_ns]
        for key, durations in took.items():
            self.place(key).add_all(durations)

    def include(self, other: PauseTallies) -> None:
        """Count all of another one."""
        for key, tally in other.of.items():
            self.place(key).include(tally)


class CycleTallies:
    """Number and total in ns (None: of none is it known) of each kind of concurrent cycle."""

    def __init__(self) -> None:
        self.of: dict[CycleKey, tuple[int, int | None]] = {}

    def add(self, key: CycleKey, count: int, total_ns: int | None) -> None:
        """Count some."""
        if key not in self.of and len(self.of) >= MAX_KEYS:
            key = (OTHER, None)
        had, spent = self.of.get(key, (0, None))
        if total_ns is not None:
            spent = (spent or 0) + total_ns
        self.of[key] = (had + count, spent)

    def include(self, other: CycleTallies) -> None:
        """Count all of another one."""
        for key, (count, total_ns) in other.of.items():
            self.add(key, count, total_ns)
