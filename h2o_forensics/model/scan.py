"""What one pass over one artifact leaves behind, before clocks are settled (stamps are still local and yearless)."""

from typing import NamedTuple

from msgspec import Struct

from h2o_forensics.line_ends import LineEnds
from h2o_forensics.model.record import Header


class Block(NamedTuple):
    """A stretch of an artifact, cut where a record ends."""

    data: bytes
    offset: int
    """Of its first byte in the artifact."""
    size: int
    """Bytes that belong to this block; what follows in `data` is only looked into for context."""
    line_ends: LineEnds | None = None
    """Those of its bytes; None: not counted yet."""


class RawHit(Struct):
    """A signal that matched a record.  Line numbers count from the block until `merge` makes them the artifact's."""

    signal: int
    """Index into the scanner's signals."""
    offset: int
    """Of the line that holds the anchor."""
    line: int
    record_at: int
    """Offset of the record's first line."""
    header: Header | None
    raw: bool
    """The line has no header of its own."""
    text: str
    captures: dict[str, str | None]
    minute: int | None
    weight: int = 1


class ShapeSample(Struct):
    """One WARN+ record kept as a sample of its shape."""

    offset: int
    line: int
    header: Header
    text: str
    """The whole record without the header, capped."""
    line_text: str


class Shape(Struct):
    """WARN+ records that differ in digits only."""

    level: str
    count: int
    samples: list[ShapeSample]


class Silence(NamedTuple):
    """Two neighbouring records further apart than the threshold."""

    from_ms: int
    to_ms: int
    line: int
    """Of the record after it."""
    text: str
    """Of the record before it."""


class Jump(NamedTuple):
    """Two neighbouring records of one node, the later one stamped much earlier: a new year, a clock set back."""

    from_ms: int
    to_ms: int
    line: int
    """Of the record after it."""
    text: str
    """Of the record before it."""
    node: str


class Scan(Struct):
    """The result of scanning one artifact."""

    hits: list[RawHit]
    shapes: dict[str, Shape]
    level_minutes: dict[tuple[int | None, str], int]
    silences: list[Silence]
    """Longer than the threshold, in file order; the longest ones where there are very many."""
    jumps: list[Jump] = []
    """Backwards, in file order; the first ones where there are very many."""
    quiet_ms: int = 0
    """Sum of all silences over the threshold."""
    first_stamp: int | None = None
    first_record_line: int = 0
    last_stamp: int | None = None
    last_record_line: int = 0
    last_record_text: str = ""
    lines: int = 0
    bytes: int = 0
    nodes: dict[str, int] = {}
    """Node column to number of times seen in the samples (not a count of lines)."""
    levels: frozenset[str] = frozenset()
    """Levels seen in the samples."""
    hit_records: set[int] = set()
    """Offsets of records that a rule's signal matched."""
    alike: dict[int, tuple[int, ...]] = {}
    """Signals that look for the same share rows: the one in the rows to all of them."""
    timeouts: dict[int, int] = {}
    """Signal index to number of searches that ran out of time."""
    sha256: str = ""
    longest_line: int = 0
    has_nul: bool = False
    ends_in_line: bool = False
    """The last line is not ended: a copy that was cut, or taken while the line was written."""
