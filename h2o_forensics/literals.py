"""Many literals sought in one pass: a hyperscan database of them.

The scan's prefilter asks for the anchors of a kind of artifact (600 are compiled in 19 ms,
measured; whole patterns are left to its verifier), readers ask for the words of lines that concern
them.  Where no hyperscan wheel exists, `bytes.find` answers behind the same seam.

A pass over a few words costs less where their last three bytes are rare together: `afep`, not
`Safepoint `.
"""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

try:
    import hyperscan
except ImportError:  # pragma: no cover - every platform we build for has a wheel
    hyperscan = None  # type: ignore[assignment]  # mypy sees the module
HAS_HYPERSCAN = hyperscan is not None


_MANY = 64
"""From here on hyperscan compiles another engine, which is the faster one already at half as many:
29 words of two to eleven bytes cost 0.65 s a GB, the same among 64 costs 0.27 s (measured)."""
_FEW = 16
"""Up to here the engine for few words is as fast."""

Found = list[tuple[int, int]]
"""(end offset, index of the literal), in order of the end offset, overlaps included."""


class LiteralSet:
    """Finds every end position of every literal in a block.

    Safe to use from several threads at once.
    """

    def __init__(self, literals: Sequence[bytes]) -> None:
        self.literals = tuple(literals)
        self._local = local()
        self._database = (
            _compile(_among_many(self.literals)) if HAS_HYPERSCAN and literals else None
        )

    def find(self, block: bytes, size: int | None = None) -> Found:
        """Find all of them; all but what is found runs without the interpreter's lock.

        Args:
            block: where to look.
            size: how far, in bytes; None: to its end.
        """
        if not self.literals:
            return []
        size = len(block) if size is None else size
        if self._database is None:
            return _find_plainly(self.literals, block, size)
        found: Found = []
        add, known = found.append, len(self.literals)

        def on_match(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if index < known:
                add((end, index))

        data = block if size == len(block) else cast("bytes", memoryview(block)[:size])
        self._database.scan(data, match_event_handler=on_match, scratch=self._scratch())
        found.sort()
        return found

    def _scratch(self) -> hyperscan.Scratch:
        scratch: hyperscan.Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = hyperscan.Scratch(self._database)
            self._local.scratch = scratch
        return scratch


def _among_many(literals: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The literals, and so many more as make the search fast; no text holds those."""
    if not _FEW < len(literals) < _MANY:
        return literals
    return literals + tuple(b"\0\1%c\xff\xfe\2\3" % at for at in range(len(literals), _MANY))


def _compile(literals: Sequence[bytes]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[b"".join(b"\\x%02x" % byte for byte in literal) for literal in literals],
        ids=list(range(len(literals))),
        elements=len(literals),
        flags=[0] * len(literals),
    )
    return database


def _find_plainly(literals: Sequence[bytes], block: bytes, size: int) -> Found:
    found = []
    for index, literal in enumerate(literals):
        at = block.find(literal, 0, size)
        while at >= 0:
            found.append((at + len(literal), index))
            at = block.find(literal, at + 1, size)
    found.sort()
    return found
