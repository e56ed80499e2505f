"""Line ends of a block, counted once for all who number its lines."""

from __future__ import annotations

_STEP_BITS = 12
STEP_BYTES = 1 << _STEP_BITS


class LineEnds:
    """How many line ends stand before any place in `data[:size]`.

    Args:
        data: the block, and what follows it.
        size: of the block.
        total: its line ends, if somebody counted them: then places are looked at when asked for.
    """

    __slots__ = ("_data", "_marks", "_size", "total")

    def __init__(self, data: bytes, size: int, total: int | None = None) -> None:
        self._data, self._size = data, size
        self._marks: list[int] = []
        self.total = self._mark() if total is None else total

    def _mark(self) -> int:
        """Count up to the end of each step; all of them."""
        count, total, marks = self._data.count, 0, [0]
        for at in range(0, self._size, STEP_BYTES):
            total += count(b"\n", at, min(at + STEP_BYTES, self._size))
            marks.append(total)
        self._marks = marks
        return total

    def before(self, at: int) -> int:
        """Line ends in `data[:at]`."""
        if at >= self._size:  # in what follows the block
            return self.total + self._data.count(b"\n", self._size, at)
        if not self._marks:
            self._mark()
        mark = at >> _STEP_BITS
        return self._marks[mark] + self._data.count(b"\n", mark << _STEP_BITS, at)
