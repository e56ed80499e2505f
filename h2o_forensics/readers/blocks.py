"""Cut a stream into blocks that end where a record ends: each can be scanned on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.model.record import starts_before
from h2o_forensics.model.scan import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.readers.layouts.streams import Readable

BLOCK_BYTES = 2**20
LOOK_BACK_BYTES = 256 * 1024
"""A record longer than this may be cut in two."""
LOOK_AHEAD_BYTES = 64 * 1024
"""Context after a block, so that what a record is followed by is seen whole."""
MAX_HELD_BYTES = 8 * 2**20
"""A line longer than this is cut: memory stays bounded whatever the input."""


class BlockReader:
    """Iterates over a stream's blocks; knows the content's size when done."""

    def __init__(self, stream: Readable, form: RecordFormat, size: int = BLOCK_BYTES) -> None:
        self._stream = stream
        self._form = form
        self._size = size
        self.bytes = 0
        self.ends_line = True
        """The last byte read so far is a line end."""

    def __iter__(self) -> Iterator[Block]:
        held = b""
        offset = 0
        while True:
            fresh = self._read_up_to(self._size)
            if not fresh:
                break
            data = held + fresh if held else fresh
            cut = self._cut(data, len(data) - LOOK_AHEAD_BYTES)
            if cut == 0 and len(data) < MAX_HELD_BYTES:
                held = data
                continue
            cut = cut or len(data)
            yield Block(data, offset, cut)
            offset += cut
            held = data[cut:]
        if held:
            yield Block(held, offset, len(held))

    def _read_up_to(self, size: int) -> bytes:
        """Read until `size` bytes or the end: some streams give little at a time."""
        parts: list[bytes] = []
        left = size
        while left > 0:
            part = self._stream.read(left)
            if not part:
                break
            parts.append(part)
            left -= len(part)
        fresh = parts[0] if len(parts) == 1 else b"".join(parts)
        self.bytes += len(fresh)
        self.ends_line = fresh.endswith(b"\n") if fresh else self.ends_line
        return fresh

    def _cut(self, data: bytes, highest: int) -> int:
        """The last start of a record at or before `highest`, else of a line; 0: there is none."""
        if highest <= 0:
            return 0
        lowest = max(0, highest - LOOK_BACK_BYTES)
        last_line = data.rfind(b"\n", 0, highest) + 1
        for at in starts_before(data, last_line + 1, lowest + 1):
            if self._form.header(data, at) is not None:
                return at
        return last_line if lowest else 0  # the record that begins the data may still end
