"""One stream, one pass: finds the runs of JVMs in it, whatever the format.

There is a parser for each family of formats.  It keeps bounded state and never raises.  Its `gate`
tells whether a line of the family may stand in a block, and is wrong only by saying yes; it is
asked for each block until the parser is `engaged`, which has found a run by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.candidates import ENGAGED, IDLE, has_old, lines_with, starts_in, words_in
from h2o_forensics.gc.legacy import LegacyParser
from h2o_forensics.gc.unified import UnifiedParser
from h2o_forensics.line_ends import LineEnds

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.literals import Found


_FIRST_BYTES = 64 * 1024
"""The first block read is no smaller, or all: one line does not tell a pid from a tid."""
_PIECE = 1 << 18
"""A GC log is read in pieces of this size, whatever the blocks: what is learnt from lines counts
from the next piece on, so figures must not depend on where somebody cut the stream."""
_LONGEST = 8 << 20
"""Of lines without an end, no more is held."""


class GcReader:
    """Reads blocks of a stream in order.

    Args:
        own_file: the stream is a GC log: every line that no format knows is one not understood.
            False: a program's output, in which lines of the collector may stand.
    """

    def __init__(self, *, own_file: bool = True) -> None:
        self._unified = UnifiedParser(own_file=own_file)
        self._legacy = LegacyParser(own_file=own_file)
        self._line = 1
        self._own_file = own_file
        self._begin: bytes | None = b""
        """Of a program's output, what came so far, while that is too little to learn from; None: no
        longer held."""
        self._held = b""
        """Of a GC log, what is not read yet."""

    @property
    def words(self) -> tuple[bytes, ...]:
        """What the next block of a program's output is to be searched for; empty: for nothing."""
        if self._own_file:
            return ()
        return ENGAGED if self._unified.engaged or self._legacy.engaged else IDLE

    @property
    def lines(self) -> int:
        """Line ends in all blocks so far, of a GC log."""
        return self._line - 1 + self._held.count(b"\n")

    def read(
        self, data: bytes, size: int, found: Found | None = None, ends: LineEnds | None = None
    ) -> None:
        """The next block.

        Args:
            data: the block is `data[:size]`, which ends at a line's end (but for the last one).
            size: of the block.
            found: where the `words` stand in it, if they were sought already.
            ends: of its lines, if they were counted already.
        """
        if self._own_file:
            self._read_pieces(data, size)
            return
        if self._begin is None or (not self._begin and size >= _FIRST_BYTES):
            self._begin = None
            self._read(data, size, found, ends)
            return
        begin = self._begin + data[:size]
        self._begin = begin if len(begin) < _FIRST_BYTES else None
        if self._begin is None:
            self._read(begin, len(begin))

    def _read(
        self, data: bytes, size: int, found: Found | None = None, ends: LineEnds | None = None
    ) -> None:
        ends = LineEnds(data, size) if ends is None else ends
        found = words_in(data, size, self.words) if found is None else found
        self._read_mixed(data, size, found, ends)
        self._line += ends.total

    def _read_pieces(self, data: bytes, size: int) -> None:
        at = 0
        if self._held and len(self._held) + size > _PIECE:
            most = _PIECE - len(self._held)
            at = data.rfind(b"\n", 0, most) + 1 if most > 0 else 0
            if at:
                self._held += data[:at]
                self._read_held()
            else:  # a long line
                data, self._held = self._held + data[:size], b""
                size = len(data)
        while size - at > _PIECE:
            end = data.rfind(b"\n", at, at + _PIECE) + 1 or data.find(b"\n", at + _PIECE, size) + 1
            if not end:
                break
            self._read_own(data[at:end])
            at = end
        self._held += data[at:size]
        if len(self._held) > _LONGEST:
            self._read_held()

    def _read_held(self) -> None:
        held, self._held = self._held, b""
        self._read_own(held)

    def _read_own(self, data: bytes) -> None:
        size = len(data)
        seen = self._unified.engaged or self._unified_may_begin(data, size)
        if seen:
            self._unified.read(data, size, self._line)
        if self._legacy.engaged or (not self._unified.knows_all and self._legacy.gate(data, size)):
            self._legacy.read(data, size, self._line)
        self._line = self._unified.next_line if seen else self._line + data.count(b"\n")

    def _read_mixed(self, data: bytes, size: int, found: Found, ends: LineEnds) -> None:
        unified, legacy = self._unified, self._legacy
        is_new = not unified.engaged and not legacy.engaged
        if unified.engaged or (found and unified.gate(data, size, starts_in(found))):
            found = words_in(data, size, ENGAGED) if is_new else found
            unified.read_some(lines_with(data, size, found, self._line, ends))
        if legacy.waits or (has_old(found) and (legacy.engaged or legacy.gate(data, size))):
            legacy.read(data, size, self._line)

    def _unified_may_begin(self, data: bytes, size: int) -> bool:
        """In the middle of another format, only where a collection is numbered as here."""
        return (not self._legacy.engaged or data.find(b"GC(", 0, size) >= 0) and self._unified.gate(
            data, size
        )

    def close(self) -> list[RunDigest]:
        """The runs, in the order in which they begin; empty: there is nothing of a collector's."""
        if self._held:
            self._read_held()
        if self._begin:
            begin, self._begin = self._begin, None
            self._read(begin, len(begin))
        runs = [run for parser in (self._unified, self._legacy) for run in parser.close()]
        for run in runs:
            run.settle()
        return sorted(runs, key=lambda run: run.first_line)
