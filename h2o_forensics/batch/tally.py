"""How far a scan is."""

from __future__ import annotations

import time
from collections import Counter

from msgspec import Struct, field

_FEW = 5
"""Runs before which no end is foreseen."""


class Tally(Struct):
    """Counts of one scan, for progress and the record."""

    found: int = 0
    unchanged: int = 0
    total: int = 0
    """Runs to work on."""
    total_bytes: int = 0
    """Of these, as stored."""
    done: int = 0
    done_bytes: int = 0
    read_bytes: int = 0
    """Unpacked."""
    counts: Counter[str] = field(default_factory=Counter)
    """`analyzed`, `failed`, `same_content`, `still_holds`, `growing`, `unreadable`, `gone`."""
    began: float = 0.0

    def begin(self, total: int, total_bytes: int) -> None:
        """Start the work, and the clock."""
        self.total, self.total_bytes, self.began = total, total_bytes, time.monotonic()

    def finish(self, how: str, size: int, read: int = 0) -> None:
        """Count a run that is done."""
        self.counts[how] += 1
        self.done += 1
        self.done_bytes += size
        self.read_bytes += read

    def seconds_left(self) -> float | None:
        """How long the rest takes, at the pace so far; None: too early to say.

        Runs and bytes both cost: the mean of both shares is what is done.
        """
        if self.done < min(_FEW, self.total) or not self.done:
            return None
        share = self.done / self.total
        if self.total_bytes:
            share = (share + self.done_bytes / self.total_bytes) / 2
        return (time.monotonic() - self.began) * (1 - share) / share
