"""Records: a line with a header, and the lines that belong to it."""

from typing import NamedTuple, Protocol


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
        """Parse the header of the line that begins at offset `at`; None: a continuation line."""
        ...
