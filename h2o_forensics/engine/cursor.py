"""A cursor over one block: the line under it, the record it belongs to, their texts and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.line_ends import STEP_BYTES

if TYPE_CHECKING:
    from h2o_forensics.model.record import Header, RecordFormat
    from h2o_forensics.model.scan import Block

RECORD_BYTES = 64 * 1024
RECORD_LINES = 2000
RAW_LINES = 40
LINE_BYTES = 16 * 1024
"""A longer line is verified and quoted up to here."""


class Record:
    """Bounds of the record under the cursor."""

    __slots__ = ("end", "header", "start", "text")

    def __init__(self, start: int, header: Header | None) -> None:
        self.start = start
        self.header = header
        self.end: int | None = None
        self.text: str | None = None


class Cursor:
    """Moves from candidate to candidate, forwards only."""

    def __init__(self, block: Block, form: RecordFormat) -> None:
        self.data = block.data
        self.block = block
        self.form = form
        self.line_start = self.line_end = -1
        self.own_header: Header | None = None
        self.record = Record(-1, None)
        self.counted_to = 0
        self.line_number = 1

    def move_to(self, end: int) -> None:
        """Put the cursor on the line that holds the byte before `end`."""
        data = self.data
        self.line_start = data.rfind(b"\n", 0, end) + 1
        stop = data.find(b"\n", end)
        self.line_end = len(data) if stop < 0 else stop
        self.own_header = self.form.header(data, self.line_start)
        record = self.record
        if self.own_header is not None:
            self.record = Record(self.line_start, self.own_header)
        elif not (record.start >= 0 and self._reaches(record, self.line_start)):
            self.record = self._owner()

    def _reaches(self, record: Record, line_start: int) -> bool:
        return record.start <= line_start < self._end_of(record)

    def _owner(self) -> Record:
        """The record that the header-less line under the cursor belongs to."""
        at = self.line_start
        for _ in range(RECORD_LINES):
            if at <= 0 or self.line_start - at > RECORD_BYTES * 4:
                break
            at = self.data.rfind(b"\n", 0, at - 1) + 1
            header = self.form.header(self.data, at)
            if header is not None:
                return Record(at, header)
        return Record(self.line_start, None)

    def _end_of(self, record: Record) -> int:
        """Offset after the record's last line."""
        if record.end is None:
            data, size = self.data, len(self.data)
            at = data.find(b"\n", record.start) + 1
            for _ in range(RECORD_LINES):
                if at <= 0 or at >= size:
                    at = size
                    break
                if self.form.header(data, at) is not None:
                    break
                at = data.find(b"\n", at) + 1
            record.end = at
        return record.end

    def record_text(self) -> str:
        """The record without its header, capped."""
        record = self.record
        if record.text is None:
            begin = record.start if record.header is None else record.header.message_at
            stop = min(self._end_of(record), begin + RECORD_BYTES)
            record.text = (
                self.data[begin:stop]
                .decode("utf-8", "replace")
                .rstrip("\r\n")
                .replace("\r\n", "\n")
            )
        return record.text

    def anchor_line(self) -> str:
        """The line under the cursor without its header."""
        begin = self.line_start if self.own_header is None else self.own_header.message_at
        return self.line_text(begin, self.line_end)

    def raw_text(self) -> str:
        """The line under the cursor and what follows it, up to the next header."""
        stop = self.line_end
        for _ in range(RAW_LINES):
            if stop + 1 >= len(self.data) or stop - self.line_start > RECORD_BYTES:
                break
            if self.form.header(self.data, stop + 1) is not None:
                break
            following = self.data.find(b"\n", stop + 1)
            stop = len(self.data) if following < 0 else following
        stop = min(stop, self.line_start + RECORD_BYTES)
        text = self.data[self.line_start : stop].decode("utf-8", "replace")
        return text.rstrip("\r").replace("\r\n", "\n")

    def following(self, lines: int) -> str:
        """The lines after the record, without their headers."""
        at = self._end_of(self.record)
        texts = []
        for _ in range(lines):
            stop = self.data.find(b"\n", at)
            stop = len(self.data) if stop < 0 else stop  # the last line need not be ended
            if at >= len(self.data) or stop - at > LINE_BYTES:
                break
            header = self.form.header(self.data, at)
            begin = at if header is None else header.message_at
            texts.append("\n" + self.data[begin:stop].decode("utf-8", "replace").rstrip("\r"))
            at = stop + 1
        return "".join(texts)

    def line_text(self, start: int, end: int) -> str:
        """One line's text, capped."""
        line = self.data[start : min(end, start + LINE_BYTES)]
        return line.decode("utf-8", "replace").rstrip("\r")

    def number(self, at: int) -> int:
        """Line number of offset `at`; candidates come in order, so newlines are counted once."""
        if at < self.counted_to:  # the record of a hit can begin before it
            return self.line_number - self.data.count(b"\n", at, self.counted_to)
        if at - self.counted_to > STEP_BYTES and self.block.line_ends is not None:
            self.line_number = 1 + self.block.line_ends.before(at)
        else:
            self.line_number += self.data.count(b"\n", self.counted_to, at)
        self.counted_to = at
        return self.line_number

    def count_lines(self) -> int:
        """Lines of the block, the last one counted even when it is not ended."""
        size, ends = self.block.size, self.block.line_ends
        if ends is not None:
            return ends.total + (size > 0 and self.data[size - 1 : size] != b"\n")
        if self.counted_to > size:
            return self.number(size) - 1
        return self.number(size) - (self.data[size - 1 : size] == b"\n" or size == 0)
