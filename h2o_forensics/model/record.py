"""Records: a line with a header, and the lines that belong to it."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

_OPENS = b"0123456789["
_START = re.compile(rb"\n(?=[\d\[])")
_WINDOW_BYTES = 16 * 1024


class Header(NamedTuple):
    """The header of one record, as its format prints it."""

    stamp_ms: int | None
    """Milliseconds since 1 January 00:00 of the year the line does not name, local to the node; a leap year's
    calendar (2000) is used, so 29 February exists.  Formats that print a year give ms since 1970 of local time,
    or of UTC where they print an offset.  None: the line states no time of day."""
    node: str
    """`ip:port` (`#`-cut when longer than its column), empty where the format has none."""
    pid: str
    thread: str
    level: str
    """FATAL ERROR WARN INFO DEBUG TRACE, or empty."""
    logger: str
    message_at: int
    """Offset in the buffer where the message begins."""


class RecordFormat(Protocol):
    """How a kind of text is cut into records."""

    kind: str
    has_year: bool

    def header(self, buffer: bytes, at: int) -> Header | None:
        """Parse the header of the line that begins at offset `at`; None: a continuation line.

        A header begins with a digit or a bracket: other lines need not be asked about.
        """
        ...


def starts_from(data: bytes, at: int, end: int) -> Iterator[int]:
    """Lines that begin in [at, end) as a header may, in order; `at` is the start of a line."""
    if at < end and data[at] in _OPENS:
        yield at
    for match in _START.finditer(data, at, end):
        yield match.end()


def starts_before(data: bytes, end: int, begin: int) -> Iterator[int]:
    """Lines that begin in [begin, end) as a header may, the last one first."""
    while end > begin:
        low = max(begin, end - _WINDOW_BYTES)
        found = [match.end() for match in _START.finditer(data, max(0, low - 1), end)]
        yield from reversed(found)
        if low == 0 and data[0] in _OPENS:
            yield 0
        end = low
