"""Reading forward in a tar: in a stream, or in a file where what is not wanted costs no reading."""

import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

from h2o_forensics.intake.caps import Chunks
from h2o_forensics.intake.stream import BLOCK

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


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
        self.size = file.seek(0, os.SEEK_END)
        self.at = file.seek(0)

    def pieces(self, size: int) -> Iterator[bytes]:
        """Give the next `size` bytes piece by piece, fewer at the end."""
        while size > 0 and (piece := self._file.read(min(size, BLOCK))):
            size -= len(piece)
            self.at += len(piece)
            yield piece

    def skip(self, size: int) -> None:
        """Go forward, to the end at most."""
        self.at = self._file.seek(min(self.at + size, max(self.size, self.at)))

    def unread(self, data: bytes) -> None:
        """Put back what was read last."""
        self.at = self._file.seek(self.at - len(data))


class Window(io.RawIOBase):
    """A part of a file, as a file: a zip in a tar is read where it lies."""

    def __init__(self, file: BinaryIO, at: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size, self._at = file, at, size, 0

    def readable(self) -> bool:
        """Say that this is for reading."""
        return True

    def seekable(self) -> bool:
        """Say that this can go anywhere."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as the part goes; 0 at its end."""
        into = memoryview(buffer).cast("B")
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(into), self._size - self._at)))
        into[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
