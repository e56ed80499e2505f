"""Lines of the JVM's own in a text: the collector's, and the one that dates its start."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.gc.read import GcReader
from h2o_forensics.literals import LiteralSet
from h2o_forensics.readers.h2o_log import H2OLogFormat
from h2o_forensics.readers.layouts.streams import line_blocks

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.literals import Found
    from h2o_forensics.model.scan import Block
    from h2o_forensics.readers.layouts import Part

WITH_GC = frozenset({"gc_log", "console", "h2o_log"})
"""Kinds of text in which lines of a collector may stand."""
_JETTY_WORD = b"Logging initialized @"
_JETTY = re.compile(
    rb"^(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d:\d\d)[.,](\d{3})[^\n]{0,60}?"
    rb"Logging initialized @(\d{1,9})ms to org\.eclipse\.jetty",
    re.MULTILINE,
)
_JETTY_REACH = 200
_MOST_STARTS, _START_BLOCKS = 64, 8
_DATED = re.compile(
    rb"^\[?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.,]\d{3}([+-])(\d\d)(\d\d)(?:\]|: )", re.MULTILINE
)
"""`[2026-11-22T06:12:45.464+0000]`, and JDK 8's `2014-06-16T00:00:00.000+0000: `"""
_DATED_BYTES = 64 * 1024
_H2O_WORDS = LiteralSet((b" water.",))
_H2O_LOOKS = 1000
"""Words of H2O's looked at in a GC log before it is believed to be one."""


class JvmStart(NamedTuple):
    """A line of Jetty's: when it was written, and how long the JVM ran by then."""

    day: str | None
    clock: str
    """`06:29:30.443`, the JVM's local time."""
    uptime_ms: int
    text: str


class ZonedStamp(NamedTuple):
    """What a line of a collector's says of the date and the zone."""

    epoch_ms: int
    offset_ms: int
    """Local time minus UTC."""


class JvmLines:
    """Looks at blocks on their way to the scan, see `readers.watch`.

    Args:
        kind: of the text; other kinds than `WITH_GC` are not looked at.
    """

    def __init__(self, kind: str) -> None:
        self.wanted = kind in WITH_GC
        self._reader = GcReader(own_file=kind == "gc_log")
        self._is_log = kind == "gc_log"
        self._looks = _H2O_LOOKS
        self._blocks = 0
        self.starts: list[JvmStart] = []
        self.stamp: ZonedStamp | None = None
        """The first one, near the begin."""
        self.has_records = False
        """What began as a GC log goes on with records of H2O's."""

    @property
    def words(self) -> tuple[bytes, ...]:
        """What the next block is to be searched for."""
        return self._reader.words if self.wanted else ()

    @property
    def lines(self) -> int:
        """Line ends in what was looked at so far, of a GC log."""
        return self._reader.lines

    def look(self, block: Block, found: Found) -> None:
        """Take the next block, in which the `words` were found."""
        if not self.wanted:
            return
        if self._blocks == 0:
            self.stamp = _first_stamp(block.data[:_DATED_BYTES])
        if self._is_log:
            self._look_for_records(block)
        elif self._blocks < _START_BLOCKS:
            self._look_for_starts(block)
        self._blocks += 1
        self._reader.read(block.data, block.size, found, block.line_ends)

    def close(self) -> list[RunDigest]:
        """The runs of JVMs that were met."""
        return self._reader.close()

    def _look_for_starts(self, block: Block) -> None:
        at = block.data.find(_JETTY_WORD, 0, block.size)
        while at >= 0 and len(self.starts) < _MOST_STARTS:
            begin = block.data.rfind(b"\n", max(0, at - _JETTY_REACH), at) + 1
            match = _JETTY.match(block.data, begin, at + _JETTY_REACH)
            if match is not None:
                day = match[1].decode() if match[1] else None
                clock = f"{match[2].decode()}.{match[3].decode()}"
                text = match[0].decode("utf-8", "replace")
                self.starts.append(JvmStart(day, clock, int(match[4]), text))
            at = block.data.find(_JETTY_WORD, at + 1, block.size)

    def _look_for_records(self, block: Block) -> None:
        if self.has_records:
            return
        form = H2OLogFormat()
        for end, _ in _H2O_WORDS.find(block.data, block.size):
            if self._looks <= 0:
                return
            self._looks -= 1
            if form.header(block.data, block.data.rfind(b"\n", 0, end) + 1) is not None:
                self.has_records = True
                return


def _first_stamp(head: bytes) -> ZonedStamp | None:
    match = _DATED.search(head)
    if match is None:
        return None
    day, sign, hours, minutes = (text.decode() for text in match.groups())
    try:
        moment = datetime.fromisoformat(f"{day}{sign}{hours}:{minutes}")
    except ValueError:
        return None
    offset = (int(hours) * 60 + int(minutes)) * 60_000
    return ZonedStamp(round(moment.timestamp() * 1000), -offset if sign == "-" else offset)


def runs_of_whole(part: Part) -> list[RunDigest]:
    """The runs in a text that was taken apart by node: its lines tell of no node.

    A line of a collector's goes with the record before it, which another node may have written.
    """
    if part.reopen is None:
        return []
    reader = GcReader(own_file=False)
    for block in line_blocks(part.reopen()):
        reader.read(block, len(block))
    return reader.close()
