"""Line ends of a block, counted once for all who number its lines."""

from __future__ import annotations

_STEP_BITS = 12
STEP_BYTES = 1 << _STEP_BITS


class LineEnds:
    """How many line ends stand before any place in `data[:size]`."""

    __slots__ = ("_data", "_marks", "_size", "total")

    def __init__(self, data: bytes, size: int) -> None:
        count, total, marks = data.count, 0, [0]
        for at in range(0, size, STEP_BYTES):
            total += count(b"\n", at, min(at + STEP_BYTES, size))
            marks.append(total)
        self._data, self._size, self._marks = data, size, marks
        self.total = total

    def before(self, at: int) -> int:
        """Line ends in `data[:at]`."""
        if at >= self._size:  # in what follows the block
            return self.total + self._data.count(b"\n", self._size, at)
        mark = at >> _STEP_BITS
        return self._marks[mark] + self._data.count(b"\n", mark << _STEP_BITS, at)
