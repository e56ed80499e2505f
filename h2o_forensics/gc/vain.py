"""Full collections that freed next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.histogram import add_bins, bin_of
from h2o_forensics.model.gc_causes import asked, for_metadata

if TYPE_CHECKING:
    from h2o_forensics.gc.events import Pause

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
