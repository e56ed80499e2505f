"""Exact counts, totals and maxima with a histogram, for each (phase, cause, kind, generation)."""

from __future__ import annotations

from h2o_forensics.gc.histogram import add_bins, bin_of

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
        self.count += 1
        self.total_ns += took_ns
        if took_ns > self.max_ns:  # noqa: PLR1730 - for every pause: a call less
            self.max_ns = took_ns
        bins = self.bins
        index = bin_of(took_ns)
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
