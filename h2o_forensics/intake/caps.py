"""What ends a stream early: damage, and the caps on unpacked bytes."""

from collections.abc import Generator, Sequence
from threading import Lock
from typing import NamedTuple

from h2o_forensics.model.bundle import Charge, Limits

Chunks = Generator[bytes, None, None]
"""A stream as non-empty pieces.  Raises `StreamError` or `OSError` where it cannot go on."""

CUT = ("too_big", "ratio", "stopped")
"""Codes of problems that mean: the rest was not read because of a cap."""

DAMAGE = (
    "bad_crc",
    "bad_data",
    "bad_gzip",
    "bad_tar",
    "bad_zip",
    "changed",
    "not_a_file",
    "truncated",
    "unreadable",
    "unsupported",
    "window",
    "wrong_size",
)
"""Codes of problems that mean: a stream is not what it should be."""


_FULL = 8 * 2**10
"""The sizes of full pieces are multiples of this."""


class StreamError(Exception):
    """A stream ends here, and why.  Never leaves this package: it becomes a `Problem`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Box(NamedTuple):
    """The archive a stream is unpacked from, which bounds all its entries together."""

    path: str
    packed: int
    """Bytes of the archive itself."""
    outer: "Box | None"
    """The one it lies in: bounds what is unpacked from all archives in it."""

    def chain(self) -> "tuple[Box, ...]":
        """Give it and those around it, innermost first."""
        return (self, *(self.outer.chain() if self.outer is not None else ()))


class Meter:
    """Counts unpacked bytes of a bundle.  A stream that is read again is not charged again."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = Lock()
        self._reached: dict[tuple[str, int], int] = {}
        self._total = 0
        self._boxes: dict[str, int] = {}
        self._box_of: dict[tuple[str, int], Box | None] = {}
        self._spent: set[str] = set()

    def spent(self, box: Box | None) -> Box | None:
        """Give the archive that has unpacked to all it may, if `box` is such or lies in one."""
        if box is None or not self._spent:
            return None
        return next((one for one in box.chain() if one.path in self._spent), None)

    def glimpsed(self, key: tuple[str, int], size: int | None) -> bool:
        """Tell whether no more than the head of a stream of `size` bytes was ever given."""
        reached = self._reached.get(key, 0)
        return reached == _FULL and size != reached

    def limit(self, key: tuple[str, int], chunks: Chunks, box: Box | None = None) -> Chunks:
        """Pass a stream on until a cap is hit.

        Args:
            key: path of the stream, and how many containers it lies in (the content of a gzip
                has the path of the gzip).
            chunks: the stream.
            box: the archive it comes from, if any.

        Raises:
            StreamError: `too_big`, `ratio` or `stopped`, after the bytes that were still allowed.
        """
        at = 0
        while True:
            # A piece that is not full was the last one: that small files end is told all the same.
            if at % _FULL == 0 and (one := self.spent(box)) and at >= self._reached.get(key, 0):
                raise box_cap(self._limits, one)
            chunk = next(chunks, b"")
            if not chunk:
                return
            check_stop(self._limits)
            allowed, fault = self._charge(key, at, len(chunk), box)
            if fault is not None:
                if allowed:
                    yield chunk[:allowed]
                raise fault
            yield chunk
            at += allowed

    def _charge(
        self, key: tuple[str, int], at: int, size: int, box: Box | None
    ) -> tuple[int, StreamError | None]:
        """Book `size` bytes of a stream; give how many may pass, and what stops the rest."""
        limits = self._limits
        with self._lock:
            known = self._reached.get(key, 0)
            end, fault = at + size, None
            if end > limits.max_member_bytes:
                end, fault = limits.max_member_bytes, _member_cap(limits)
            if end > known + limits.max_total_bytes - self._total:
                end, fault = known + limits.max_total_bytes - self._total, _total_cap(limits)
            boxes = _chain(box)
            for one in boxes:
                room = _room(limits, one) + known - self._boxes.get(one.path, 0)
                if end > room:
                    end, fault = room, box_cap(limits, one)
                    self._spent.add(one.path)
            self._box_of[key] = box
            self._book(key, max(0, end - known), boxes)
            return max(0, end - at), fault

    def _book(self, key: tuple[str, int], growth: int, boxes: tuple[Box, ...]) -> None:
        if growth:
            self._reached[key] = self._reached.get(key, 0) + growth
            self._total += growth
            for one in boxes:
                self._boxes[one.path] = self._boxes.get(one.path, 0) + growth

    @property
    def capped(self) -> bool:
        """Whether streams together have come to what they may."""
        return bool(self._spent) or self._total >= self._limits.max_total_bytes

    def charges(self) -> tuple[Charge, ...]:
        """Give what was counted so far."""
        with self._lock:
            return tuple(
                Charge(*key, reached, tuple((one.path, one.packed) for one in _chain(box)))
                for key, reached in self._reached.items()
                for box in (self._box_of[key],)
            )

    def take(self, charges: Sequence[Charge]) -> bool:
        """Count what other processes read, unless that is more than may be read."""
        with self._lock:
            before = self._reached, self._boxes, self._box_of, self._total
            self._reached, self._boxes = dict(self._reached), dict(self._boxes)
            self._box_of = dict(self._box_of)
            for path, depth, reached, boxes in charges:
                box = None
                for one in reversed(boxes):
                    box = Box(*one, box)
                key = (path, depth)
                self._box_of[key] = box
                self._book(key, max(0, reached - self._reached.get(key, 0)), _chain(box))
            fits = not self.capped and all(
                self._boxes.get(one.path, 0) <= _room(self._limits, one)
                for box in self._box_of.values()
                for one in _chain(box)
            )
            if not fits:
                self._reached, self._boxes, self._box_of, self._total = before
            return fits


def _chain(box: Box | None) -> tuple[Box, ...]:
    return () if box is None else box.chain()


def _room(limits: Limits, box: Box) -> int:
    return max(limits.ratio_free_bytes, limits.max_ratio * box.packed)


def check_stop(limits: Limits) -> None:
    """Ask whether reading has to end.

    Raises:
        StreamError: `stopped`.
    """
    reason = limits.stop() if limits.stop is not None else None
    if reason is not None:
        raise StreamError("stopped", f"{reason}; the rest was not read.")


def _member_cap(limits: Limits) -> StreamError:
    return StreamError(
        "too_big",
        f"longer than {limits.max_member_bytes} bytes; the rest was not read. "
        "Cut it to the time of the incident and give that part.",
    )


def _total_cap(limits: Limits) -> StreamError:
    return StreamError(
        "too_big",
        f"the bundle unpacks to more than {limits.max_total_bytes} bytes; the rest was not read. "
        "Give fewer files at a time.",
    )


def box_cap(limits: Limits, box: Box) -> StreamError:
    """Say that an archive unpacks to suspiciously much."""
    return StreamError(
        "ratio",
        f"{box.path} unpacks to more than {limits.max_ratio} times its size, as archive bombs do; "
        "the rest was not read. If you trust it, unpack it yourself and give the files.",
    )
