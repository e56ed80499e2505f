"""Small one-shot streams that layouts are built of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_BYTES = 2**20
MAX_LINE_BYTES = 2**20
"""What a longer line holds beyond is dropped: memory stays bounded, and so does the time."""


class Readable(Protocol):
    """What a reader needs of a binary stream."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, at least one before the end."""
        ...


class Peekable:
    """A stream whose beginning can be looked at before it is read."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._held = b""

    def peek(self, size: int) -> bytes:
        """The first bytes that `read` will give: `size` of them, fewer only at the end."""
        pieces, held = [self._held], len(self._held)
        while held < size and (more := self._stream.read(min(size - held, BLOCK_BYTES))):
            pieces.append(more)
            held += len(more)
        self._held = b"".join(pieces)
        return self._held[:size]

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        if not self._held:
            return self._stream.read(size)
        given, self._held = self._held[:size], self._held[size:]
        return given


class Generated:
    """A stream of what a generator yields."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._held = chunk
        if len(self._held) <= size:
            given, self._held = self._held, b""
        else:
            given, self._held = self._held[:size], self._held[size:]
        return given


def line_blocks(stream: Readable, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Blocks of whole lines; the last line of all may have no end.

    A block without any line end is held back until one comes: `TextStream` bounds lines.
    """
    held: list[bytes] = []
    while block := stream.read(size):
        cut = block.rfind(b"\n") + 1
        if not cut:
            held.append(block)
            continue
        held.append(block[:cut])
        yield held[0] if len(held) == 1 else b"".join(held)
        held = [block[cut:]] if cut < len(block) else []
    if held:
        yield b"".join(held)


class OpenLine:
    """A line that is put together from pieces, bounded in length."""

    def __init__(self, begun: int) -> None:
        self.begun = begun
        """The source line of its first piece."""
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """What goes beyond the longest line is dropped."""
        piece = piece[: max(0, MAX_LINE_BYTES - self._size)]
        self._size += len(piece)
        if piece:
            self._pieces.append(piece)

    def whole(self) -> bytes:
        """With its end."""
        return b"".join([*self._pieces, b"\n"])
