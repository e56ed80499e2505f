"""What a tar inside a compressed stream holds, to be opened again without unpacking from the start.

A stream cannot seek.  While it is walked, its files are kept in memory, packed anew (a log shrinks
to about a fifteenth), as far as the room goes: opening one of them costs what unpacking it costs.
Of those that find no room the beginning is kept, for a look at what they are; reading one to its
end unpacks the stream up to it, going on from where the last reading stopped if it lies before.
"""

from collections.abc import Callable, Iterator
from threading import Lock

from msgspec import Struct

from h2o_forensics.intake.caps import Chunks
from h2o_forensics.intake.stream import BLOCK, FIRST
from h2o_forensics.intake.tape import StreamTape
from h2o_forensics.intake.zst import zstd

_LEVEL = 1
_PARKED = 2
"""Streams kept open where a reading stopped: each holds its window in memory."""


class Kept(Struct, frozen=True):
    """A file, or its beginning."""

    packed: bytes
    whole: bool
    size: int
    """Bytes of it that the stream held."""


class Spool:
    """Files in memory, packed, within one room for all streams of a bundle."""

    def __init__(self, room: int) -> None:
        self._room = room

    def keep(self, pieces: Iterator[bytes]) -> Kept:
        """Take the content of a file, to its end."""
        head, size, packed = bytearray(), 0, bytearray()
        packer: zstd.ZstdCompressor | None = zstd.ZstdCompressor(_LEVEL)
        for piece in pieces:
            size += len(piece)
            head += piece[: max(0, FIRST - len(head))]
            if packer is not None:
                packed += packer.compress(piece)
                if len(packed) > self._room:
                    packer = None
                    packed.clear()
        if packer is not None:
            packed += packer.flush()
        whole = packer is not None and len(packed) <= self._room
        data = bytes(packed) if whole else zstd.compress(head, _LEVEL)
        self._room = max(0, self._room - len(data))
        return Kept(data, whole, size)


class Rewinder:
    """Opens places of a stream that can only be read forward."""

    def __init__(self, source: Callable[[], Chunks]) -> None:
        self._source = source
        self._lock = Lock()
        self._parked: list[StreamTape] = []

    def read(self, at: int, size: int) -> Chunks:
        """Give `size` bytes at `at`, fewer where the stream ends."""
        tape = self._nearest(at)
        try:
            tape.skip(at - tape.at)
            yield from tape.pieces(size)
        except GeneratorExit:  # Closed before its end: what follows may be asked for next.
            self._park(tape)
            raise
        self._park(tape)

    def _nearest(self, at: int) -> StreamTape:
        with self._lock:
            before = [tape for tape in self._parked if tape.at <= at]
            if not before:
                return StreamTape(self._source())
            tape = max(before, key=lambda tape: tape.at)
            self._parked.remove(tape)
            return tape

    def _park(self, tape: StreamTape) -> None:
        with self._lock:
            self._parked.append(tape)
            for old in self._parked[:-_PARKED]:
                old.close()
            del self._parked[:-_PARKED]


def unspool(kept: Kept, at: int, rewinder: Rewinder) -> Chunks:
    """Give the content of a file again; `at` is where it lies in the stream."""
    machine, feed, given = zstd.ZstdDecompressor(), kept.packed, 0
    while not machine.eof:
        out = machine.decompress(feed, BLOCK if given else FIRST)
        feed, given = b"", given + len(out)
        if out:
            yield out
    if not kept.whole and given < kept.size:
        yield from rewinder.read(at + given, kept.size - given)
