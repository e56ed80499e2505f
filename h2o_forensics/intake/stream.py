"""From pieces of bytes to what `Member.open` returns."""

import io
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO

from h2o_forensics.intake.caps import Chunks, StreamError
from h2o_forensics.intake.problems import ProblemLog

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FIRST = 8 * 2**10
"""Size of the first pieces in bytes: most files are opened for a look at their head only."""
BLOCK = 256 * 2**10
"""Size of the later pieces in bytes."""


class ChunkStream(io.RawIOBase):
    """A readable stream over pieces; `close` releases what they hold open."""

    def __init__(self, chunks: Chunks) -> None:
        super().__init__()
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Say that this is for reading."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as the current piece goes; 0 at the end."""
        into = memoryview(buffer).cast("B")
        if not self._left:
            self._left = memoryview(next(self._chunks, b""))
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def readall(self) -> bytes:
        """Give everything that is left; the inherited one asks for small pieces."""
        left, self._left = bytes(self._left), memoryview(b"")
        return b"".join((left, *self._chunks))

    def close(self) -> None:
        """Release what the pieces come from."""
        self._chunks.close()
        super().close()


def open_stream(chunks: Chunks) -> BinaryIO:
    """Wrap pieces as a buffered binary stream."""
    return io.BufferedReader(ChunkStream(chunks), BLOCK)


def guarded(chunks: Chunks, path: str, log: ProblemLog) -> Chunks:
    """End a stream quietly where it breaks, and record the problem under `path`."""
    try:
        yield from chunks
    except StreamError as fault:
        log.note(path, fault.code, f"{path}: {fault.message}")
    except OSError as fault:
        log.note(path, "unreadable", unreadable(path, fault))


def unreadable(path: str, fault: OSError) -> str:
    """Say why the system refused, without its own text: that shows absolute paths."""
    reason = fault.strerror or "input error"
    return f"{path}: cannot be read: {reason}. Check its permissions and the disk, then run again."


def file_chunks(opener: Callable[[], BinaryIO]) -> Chunks:
    """Read a file to its end, piece by piece."""
    with opener() as file:
        size = FIRST
        while chunk := file.read(size):
            yield chunk
            size = BLOCK


def head_of(chunks: Chunks, size: int) -> bytes:
    """Give the first `size` bytes of a stream, fewer when it is shorter, and close it."""
    head = b""
    with closing(chunks):
        for chunk in chunks:
            head += chunk[: size - len(head)]
            if len(head) >= size:
                break
    return head
