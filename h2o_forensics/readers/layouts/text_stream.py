r"""The text of a member as its readers see it: UTF-8, `\n` at the end of lines, lines of bounded length.

Line numbers stay those an editor shows: `\r\n`, `\n` and a lone `\r` (progress bars) each end a
line.  Two things are changed, and remembered: colour codes are dropped, and a record that begins
behind a progress bar gets a line of its own.
"""  # noqa: E501 - the first line says it all

from __future__ import annotations

import codecs
import hashlib
import re
from typing import TYPE_CHECKING

from h2o_forensics.readers.layouts.encodings import to_utf8
from h2o_forensics.readers.layouts.glued import glued_records, has_bars
from h2o_forensics.readers.layouts.line_map import InsertedLines
from h2o_forensics.readers.layouts.streams import BLOCK_BYTES, MAX_LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from h2o_forensics.readers.layouts.streams import Readable

ANSI = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")
"""Colours, as a terminal or a tool that believes in one writes them."""
HOLE = re.compile(rb"\0{8,}")
"""What was never written: a full disk, a crash, a file that was emptied while it was written."""
_HOLE = b"\0" * 8
_LONE = re.compile(rb"\r(?!\n)")


def line_ends(raw: Readable, size: int) -> int:
    """Lines that end in the first `size` bytes, whichever way."""
    count, last = 0, b""
    while size > 0 and (block := raw.read(min(size, BLOCK_BYTES))):
        size -= len(block)
        pairs = block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
        count += block.count(b"\n") + block.count(b"\r") - pairs
        last = block[-1:]
    return count - (last == b"\r")


def _has_lone_carriage(block: bytes) -> bool:
    return _LONE.search(block) is not None


def _is_unix(block: bytes) -> bool:
    end = block.find(b"\n")
    return end >= 0 and b"\r" not in block[:end]


class TextStream:
    """One pass over a member's bytes; `raw_bytes` and `sha256` are of the bytes as they were."""

    def __init__(
        self,
        raw: Readable,
        codec: str | None = None,
        *,
        whole_lines: bool = False,
        as_given: bool = False,
        again: Callable[[], BinaryIO] | None = None,
    ) -> None:
        """A text over a stream.

        Args:
            raw: the member's bytes.
            codec: `utf-16-le` or `utf-16-be`; None: a superset of ASCII.
            whole_lines: long lines are kept: a document, not a log.
            as_given: nothing is dropped or inserted: lines are the file's.
            again: opens the member's bytes once more: lines are counted only when that is needed.
        """
        self._as_given = as_given
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(codec)("replace") if codec else None
        self._whole = whole_lines
        self._hash = hashlib.sha256()
        self._carriage = False
        self._open = 0
        """Bytes of the line that is not ended yet."""
        self._lines = 0
        self._again = None if codec else again
        """Set as long as the lines before this block were not counted."""
        self._unix = False
        """The first line ends without a carriage return: those that stand belong to the text."""
        self._bars = False
        self._first = True
        self.raw_bytes = self._block_at = 0
        self.long_lines = 0
        self.holes = False
        self.lost_bytes = 0
        """NUL bytes of holes behind the first text: before it, a log was emptied while in use."""
        self._spoken = False
        self.altered = False
        """Some line does not stand in the file as it is given here."""
        self.map: InsertedLines | None = None
        """Set when lines were inserted: complete up to what was read."""

    @property
    def sha256(self) -> str:
        """Of all bytes read so far, hex."""
        return self._hash.hexdigest()

    def read(self, size: int, /) -> bytes:
        """About `size` bytes of text; empty only at the end."""
        while True:
            raw = self._raw.read(min(size, BLOCK_BYTES))
            if not raw:
                return self._end()
            self._hash.update(raw)
            self._block_at = self.raw_bytes
            self.raw_bytes += len(raw)
            block = self._text(self._decoder.decode(raw).encode() if self._decoder else raw)
            if block:
                return block

    def _end(self) -> bytes:
        rest = self._decoder.decode(b"", final=True).encode() if self._decoder else b""
        if self._carriage:
            self._carriage = False
            rest = b"\n" + rest
        return rest

    def _text(self, block: bytes) -> bytes:
        if not block:
            return block
        if self._first:
            self._first = False
            block = block.removeprefix(codecs.BOM_UTF8)
            self._unix = _is_unix(block)
        if self._carriage or b"\r" in block:
            block = self._line_ends(block)
        if self._whole:
            return block
        if not block.isascii():
            self._bars = True
            block = to_utf8(block)
        return self._bounded(block) if self._as_given else self._plain(block)

    def _plain(self, block: bytes) -> bytes:
        if b"\x1b" in block:
            plain = ANSI.sub(b"", block)
            self.altered = self.altered or plain != block
            block = plain
        if b"\0" in block:
            block = self._bridged(block)
        self._spoken = self._spoken or bool(block)
        block = self._bounded(block)
        if self._bars and has_bars(block):
            return self._split(block)
        if self._again is None:
            self._lines += block.count(b"\n")
        return block

    def _bridged(self, block: bytes) -> bytes:
        """Leave out what was never written."""
        if not self._spoken and block.startswith(b"\0" if self.holes else _HOLE):
            self.holes = self.altered = True
            block = block.lstrip(b"\0")
        size = len(block)
        if self.holes and self._open == 0:
            block = block.lstrip(b"\0")  # the hole may have begun before this block
        if _HOLE in block:
            self.holes = self.altered = True
            block = HOLE.sub(b"", block)
        self.lost_bytes += size - len(block)
        return block

    def _line_ends(self, block: bytes) -> bytes:
        if self._carriage and not block.startswith(b"\n"):
            block = b"\n" + block
        self._carriage = block.endswith(b"\r")
        if self._carriage:
            block = block[:-1]
        if self._unix and not _has_lone_carriage(block):
            return block
        ends = block.replace(b"\r\n", b"\n")
        if b"\r" in ends:
            self._bars = True
            ends = ends.replace(b"\r", b"\n")
        return ends

    def _bounded(self, block: bytes) -> bytes:
        """Drop what makes a line too long.  A block is no longer than a line may be."""
        first = block.find(b"\n")
        reach = len(block) if first < 0 else first
        if self._open + reach > MAX_LINE_BYTES:
            kept = max(0, MAX_LINE_BYTES - self._open)
            self.long_lines += self._open <= MAX_LINE_BYTES
            self._open = MAX_LINE_BYTES + 1
            block = block[:kept] + block[reach:]
        last = block.rfind(b"\n")
        self._open = self._open + len(block) if last < 0 else len(block) - last - 1
        return block

    def _split(self, block: bytes) -> bytes:
        """Begin a line where a record begins behind a progress bar."""
        parts: list[bytes] = []
        done = 0
        for at in glued_records(block):
            self._count_from_start()
            self._insert(block.count(b"\n", done, at))
            parts += [block[done:at], b"\n"]
            done = at
        if self._again is None:
            self._lines += block.count(b"\n", done)
        return b"".join([*parts, block[done:]]) if parts else block

    def _count_from_start(self) -> None:
        """Count the lines before this block, where that was put off."""
        if self._again is None:
            return
        with self._again() as raw:
            self._lines = line_ends(raw, self._block_at)
        self._again = None

    def _insert(self, lines: int) -> None:
        """Note a line end that the file has not, `lines` line ends after what was counted."""
        if self.map is None:
            self.map = InsertedLines()
        self.altered = True
        self._lines += lines
        self.map.inserted.append(self._lines + len(self.map.inserted) + 1)
