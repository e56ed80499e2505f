"""One stream, one pass: finds the runs of JVMs in it, whatever the format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from h2o_forensics.gc.legacy import LegacyParser
from h2o_forensics.gc.unified import UnifiedParser

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest


_FIRST_BYTES = 64 * 1024
"""The first block read is no smaller, or all: one line does not tell a pid from a tid."""
_ALWAYS_ASKED = 4
"""First blocks in which a header may stand that names no collection."""


def _may_hold_any(data: bytes, size: int) -> bool:
    """Cheaper than the parsers' gates: output without any collection costs next to nothing."""
    if data.find(b"GC", 0, size) < 0:
        return False
    return any(data.find(one, 0, size) >= 0 for one in (b"GC(", b"[GC", b"[Full GC"))


class Parser(Protocol):
    """A family of formats.  Made with `own_file`; keeps bounded state; never raises."""

    def gate(self, data: bytes, size: int) -> bool:
        """Whether a line of this family may stand in `data[:size]`; wrong only by saying yes.

        Asked for each block until `engaged`.  It says no to blocks of the other family.
        """

    @property
    def engaged(self) -> bool:
        """It found a run: from now on it is given every block."""

    def read(self, data: bytes, size: int, first_line: int) -> None:
        """The next block, whose first line is the stream's line `first_line` (1-based)."""

    def close(self) -> list[RunDigest]:
        """The runs, in the order in which they begin."""


class GcReader:
    """Reads blocks of a stream in order.

    Args:
        own_file: the stream is a GC log: every line that no format knows is one not understood.
            False: a program's output, in which lines of the collector may stand.
    """

    def __init__(self, *, own_file: bool = True) -> None:
        self._unified = UnifiedParser(own_file=own_file)
        self._legacy: Parser = LegacyParser(own_file=own_file)
        self._line = 1
        self._own_file = own_file
        self._blocks = 0
        self._begin: bytes | None = b""
        """What came so far, while that is too little to learn from; None: no longer held."""

    def read(self, data: bytes, size: int) -> None:
        """The next block: `data[:size]`, which ends at a line's end (but for the last one)."""
        if self._begin is None:
            self._read(data, size)
            return
        begin = self._begin + data[:size]
        self._begin = begin if len(begin) < _FIRST_BYTES else None
        if self._begin is None:
            self._read(begin, len(begin))

    def _read(self, data: bytes, size: int) -> None:
        self._blocks += 1
        asked = self._own_file or self._blocks <= _ALWAYS_ASKED or _may_hold_any(data, size)
        if self._unified.engaged or (asked and self._unified_may_begin(data, size)):
            self._unified.read(data, size, self._line)
        if self._legacy.engaged or (
            asked and not self._unified.knows_all and self._legacy.gate(data, size)
        ):
            self._legacy.read(data, size, self._line)
        self._line += data.count(b"\n", 0, size)

    def _unified_may_begin(self, data: bytes, size: int) -> bool:
        """In the middle of another format, only where a collection is numbered as here."""
        return (not self._legacy.engaged or data.find(b"GC(", 0, size) >= 0) and self._unified.gate(
            data, size
        )

    def close(self) -> list[RunDigest]:
        """The runs, in the order in which they begin; empty: there is nothing of a collector's."""
        if self._begin:
            begin, self._begin = self._begin, None
            self._read(begin, len(begin))
        runs = [run for parser in (self._unified, self._legacy) for run in parser.close()]
        return sorted(runs, key=lambda run: run.first_line)
