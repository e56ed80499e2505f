"""Lines not understood, by shape: what is left when numbers and addresses are taken out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from h2o_forensics.gc.origin import Origin

_NUMBERS = re.compile(rb"0[xX][0-9a-fA-F]+|[0-9a-fA-F]*[0-9][0-9a-fA-F]*")
_SPACES = re.compile(rb"[ \t]+")
MAX_SHAPES = 200
MAX_BYTES = 200
OTHER = "(other shapes)"


def shape_of(text: bytes) -> str:
    """`GC(12) Foo 3.4ms` -> `GC(#) Foo #.#ms`; at most 200 bytes are looked at."""
    collapsed = _SPACES.sub(b" ", _NUMBERS.sub(b"#", text[:MAX_BYTES])).strip()
    return collapsed.decode("utf-8", "replace")


class Shapes:
    """Counts by shape with the first example of each; `lines` is exact whatever is kept."""

    def __init__(self, origin: Origin) -> None:
        self.lines = 0
        self.of: dict[str, tuple[int, bytes, int, Origin]] = {}
        self._origin = origin

    def add(self, text: bytes, line: int) -> None:
        """Count a line."""
        self.lines += 1
        self._put(shape_of(text), 1, text[:MAX_BYTES], line, self._origin)

    def _put(self, shape: str, count: int, text: bytes, line: int, origin: Origin) -> None:
        if shape not in self.of and len(self.of) >= MAX_SHAPES:
            shape = OTHER
        had = self.of.get(shape)
        self.of[shape] = (count, text, line, origin) if had is None else (had[0] + count, *had[1:])

    def include(self, other: Shapes) -> None:
        """Count all of another one, which comes later."""
        self.lines += other.lines
        for shape, kept in other.of.items():
            self._put(shape, *kept)
