"""How much time searches may take in one artifact: its text can be written to make them slow."""

from __future__ import annotations

GIVE_UP_AFTER = 5
"""A signal whose search ran out of time this often in one artifact is switched off for it."""
LONG_S = 0.005
"""A search that takes longer counts as slow; an honest one takes microseconds."""
BUDGET_S = 4.0
"""All slow searches of one artifact together; then the signals they belong to are switched off."""
SHARE_S = 0.05
"""A signal that was slow for less than this is not what used the budget up."""


class Patience:
    """Slow searches of one artifact, over all its blocks."""

    def __init__(self) -> None:
        self.off: set[int] = set()
        """Signals that are not searched for any more."""
        self._timeouts: dict[int, int] = {}
        self._slow: dict[int, float] = {}
        self._total = 0.0

    def timed_out(self, signal: int) -> None:
        """Note that a search was given up."""
        self._timeouts[signal] = self._timeouts.get(signal, 0) + 1
        if self._timeouts[signal] >= GIVE_UP_AFTER:
            self.off.add(signal)

    def spent(self, signal: int, seconds: float) -> bool:
        """Note how long a search took; True when that switches its signal off."""
        if seconds < LONG_S:
            return False
        self._total += seconds
        self._slow[signal] = self._slow.get(signal, 0.0) + seconds
        over = self._total > BUDGET_S and self._slow[signal] >= SHARE_S
        if not over or signal in self.off:
            return False
        self.off.add(signal)
        return True
