"""Reading forward in a tar: in a stream, or in a file where what is not wanted costs no reading."""

import os
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from h2o_forensics.intake.caps import Chunks
from h2o_forensics.intake.stream import BLOCK


class Tape(Protocol):
    """Bytes that are read forward."""

    @property
    def at(self) -> int:
        """Bytes read or skipped so far."""

    def pieces(self, size: int) -> Iterator[bytes]:
        """Give the next `size` bytes piece by piece, fewer at the end."""

    def skip(self, size: int) -> None:
        """Go forward, to the end at most."""

    def unread(self, data: bytes) -> None:
        """Put back what was read last."""


def read(tape: Tape, size: int) -> bytes:
    """Give the next `size` bytes, fewer at the end."""
    return b"".join(tape.pieces(size))


class StreamTape:
    """A stream."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")
        self.at = 0

    def pieces(self, size: int) -> Iterator[bytes]:
        """Give the next `size` bytes piece by piece, fewer at the end."""
        while size > 0:
            if not self._left:
                self._left = memoryview(next(self._chunks, b""))
                if not self._left:
                    return
            piece, self._left = self._left[:size], self._left[size:]
            size -= len(piece)
            self.at += len(piece)
            yield bytes(piece)

    def skip(self, size: int) -> None:
        """Go forward, to the end at most."""
        for _ in self.pieces(size):
            pass

    def unread(self, data: bytes) -> None:
        """Put back what was read last."""
        self._left = memoryview(data + bytes(self._left))
        self.at -= len(data)

    def close(self) -> None:
        """Release what the stream comes from."""
        self._chunks.close()


class FileTape:
    """A file that can seek."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self.at = file.seek(0)

    def pieces(self, size: int) -> Iterator[bytes]:
        """Give the next `size` bytes piece by piece, fewer at the end."""
        while size > 0 and (piece := self._file.read(min(size, BLOCK))):
            size -= len(piece)
            self.at += len(piece)
            yield piece

    def skip(self, size: int) -> None:
        """Go forward, to the end at most."""
        self.at = self._file.seek(min(self.at + size, max(self._size, self.at)))

    def unread(self, data: bytes) -> None:
        """Put back what was read last."""
        self.at = self._file.seek(self.at - len(data))
