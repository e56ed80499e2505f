"""One stream, one pass: finds the runs of JVMs in it, whatever the format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest


class GcReader:
    """Reads blocks of a stream in order.

    Args:
        own_file: the stream is a GC log: every line that no format knows is one not understood.  False: a program's
            output, in which lines of the collector may stand.
    """

    def __init__(self, *, own_file: bool = True) -> None:
        self._own_file = own_file

    def read(self, data: bytes, size: int) -> None:
        """The next block: `data[:size]`, which ends at a line's end (but for the last one)."""

    def close(self) -> list[RunDigest]:
        """The runs, in the order in which they begin; empty: there is nothing of a collector's."""
        return []
