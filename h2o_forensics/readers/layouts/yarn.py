"""`yarn logs -applicationId ...`: the logs of all containers one after the other.

    Container: container_e01_1500000000000_0001_01_000002 on host7_45454
    =====================================================================
    LogType:stdout
    Log Upload Time:Sun Nov 22 05:46:31 +0000 2026
    LogLength:1234
    Log Contents:
    ...
    End of LogType:stdout

Hadoop 3 adds `LogAggregationType: AGGREGATED`, writes `LogLastModifiedTime:` and `LogContents:`,
and ends with a row of asterisks.  Old ones put a blank after `LogType:` and end with nothing.
Source: hadoop-yarn-common, org/apache/hadoop/yarn/logaggregation/AggregatedLogFormat.java and
LogToolUtils.java
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from h2o_forensics.readers.layouts.sections import Begin, parts_of_sections
from h2o_forensics.readers.layouts.streams import line_blocks

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from h2o_forensics.readers.layouts.part import Part

_CONTAINER = re.compile(rb"Container: (container_\S+) on (\S+?)(?:[_:]\d{2,5})?(?:_\d{9,})?\Z")
_TYPE = re.compile(rb"LogType: ?(\S[^\n]*)\Z")
_FIELD = re.compile(
    rb"(?:Log Upload Time|LogLastModifiedTime|LogLength|LogAggregationType): ?([^\n]*)"
)
_CONTENTS = re.compile(rb"Log ?Contents: ?\Z")
_RULE = re.compile(rb"[=*]{3,}\s*\Z")
_PROBE = re.compile(
    rb"^LogType: ?\S.*\n(?:Log(?: Upload Time|LastModifiedTime|Length|AggregationType).*\n){1,4}"
    rb"Log ?Contents:",
    re.MULTILINE,
)
_WHEN = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d) (\d{4})", re.ASCII
)
_MONTHS = " Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_MARK = re.compile(rb"End of LogType:|^LogType:|^Container: container_", re.MULTILINE)
_HEAD_LINE_BYTES = 4096
"""A longer line is no head."""


def probe(head: bytes) -> bool:
    """Whether a section's head is there."""
    return b"LogType:" in head and _PROBE.search(head) is not None


def unwrap(part: Part) -> Iterator[Part]:
    """One part for each log of each container, and one for what stands around them, if anything."""
    return parts_of_sections(part, _Bundle().events(line_blocks(part.stream)))


class _Bundle:
    """Follows the bundle line by line between logs, and by its marks inside them."""

    def __init__(self) -> None:
        self.container = self.type = ""
        self.mtime: float | None = None
        self.inside = False
        self.around = False
        self.line = 1

    def events(self, blocks: Iterator[bytes]) -> Iterator[Begin | bytes]:
        for block in blocks:
            at = 0
            while at < len(block):
                step = self._content if self.inside else self._between
                at = yield from step(block, at)

    def _content(self, block: bytes, at: int) -> Generator[Begin | bytes, None, int]:
        end = self._end_of_content(block, at)
        stop = len(block) if end is None else end
        if stop > at:
            self.line += block.count(b"\n", at, stop)
            yield block[at:stop]
        self.inside = end is None
        return stop

    def _end_of_content(self, block: bytes, at: int) -> int | None:
        """Where the log ends: its end mark, or the head of another one."""
        kind = self.type.encode()
        for match in _MARK.finditer(block, at):
            begin = match.start()
            if match[0].startswith(b"End"):
                if block.startswith(kind, match.end()):
                    return begin
                continue
            stop = block.find(b"\n", begin, begin + _HEAD_LINE_BYTES)
            if stop < 0 and len(block) - begin > _HEAD_LINE_BYTES:
                continue
            line = block[begin : len(block) if stop < 0 else stop].rstrip()
            follows = block[stop + 1 : stop + 40]
            if _CONTAINER.match(line) or (_TYPE.match(line) and _FIELD.match(follows)):
                return begin
        return None

    def _between(self, block: bytes, at: int) -> Generator[Begin | bytes, None, int]:
        stop = block.find(b"\n", at) + 1 or len(block)
        line = block[at:stop]
        text = line[:_HEAD_LINE_BYTES].strip()
        strange = not (self._understood(text) or self.around)
        if strange:
            self.around = True
            yield Begin(self.line, "around the logs")
        if self.around:
            yield line
        self.line += line.count(b"\n")
        if self.inside:
            self.around = False
            yield Begin(self.line, *self._names(), None, self.mtime)
        return stop

    def _understood(self, text: bytes) -> bool:
        """Take a line between logs; False: it is none of the bundle's own."""
        container, kind, field = _CONTAINER.match(text), _TYPE.match(text), _FIELD.match(text)
        if container:
            names = (word.decode("utf-8", "replace") for word in container.groups())
            self.container, self.around = " on ".join(names), False
        elif kind:
            self.type, self.mtime = kind[1].decode("utf-8", "replace"), None
            self.around = False
        elif field:
            self.mtime = self.mtime or _when(field[1])
        elif _CONTENTS.match(text):
            self.inside = True
        else:
            return not text or bool(_RULE.match(text)) or text.startswith(b"End of LogType:")
        return True

    def _names(self) -> tuple[str, str]:
        return (f"{self.container}: {self.type}" if self.container else self.type), self.container


def _when(text: bytes) -> float | None:
    """`Sun Nov 22 05:46:31 +0000 2026`; other forms name no zone."""
    match = _WHEN.fullmatch(text.decode("ascii", "replace").strip())
    if match is None:
        return None
    name, day, clock, hours, minutes, year = match.groups()
    month = 1 + _MONTHS.find(f" {name}") // 4
    try:
        moment = datetime.fromisoformat(f"{year}-{month:02}-{day}T{clock}{hours}:{minutes}")
    except ValueError:
        return None
    return moment.timestamp()
