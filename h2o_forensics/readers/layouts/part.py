"""A part: what one process (or one file) wrote, taken out of whatever it came wrapped in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.readers.layouts.line_map import LineMap, source_lines
from h2o_forensics.readers.layouts.streams import Generated, Peekable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from h2o_forensics.readers.layouts.streams import Readable

    TakeOff = Callable[["Part", LineMap, list["OuterStamp"]], Iterator[bytes]]

HEAD_BYTES = 256 * 1024
"""Looked at to tell a layout, and what kind of evidence a part is."""
MAX_STAMPS = 2000
"""Outer stamps sampled per part."""


class Lines(Protocol):
    """Finds the source lines of lines of a text."""

    def find(self, wanted: Iterable[int]) -> dict[int, int]:
        """Source line of each wanted line."""
        ...


class OuterStamp(NamedTuple):
    """What a wrapper says about when a line was written."""

    epoch_ms: int
    """UTC; local time of the writer's machine where `zone_stated` is not set."""
    zone_stated: bool
    line: bytes
    """The line it stands before, unwrapped, cut."""


class Part(Struct):
    """One text; its stream can be read once, and only until the next part is asked for."""

    stream: Peekable
    label: str = ""
    """Empty: the whole file.  Else what it is of it: container, pod, process, section."""
    group: str = ""
    """What it shares with the other parts of the same process or machine."""
    maps: tuple[Lines, ...] = ()
    """To be applied one after the other: lines of the part become lines of the file."""
    rewritten: bool = False
    """Its lines do not stand in the file as they are given here."""
    stamps: list[OuterStamp] = []
    """Filled while the stream is read."""
    kind: str | None = None
    """Where the wrapper says what it holds."""
    mtime: float | None = None
    """Where the wrapper says when it was last written; epoch seconds."""
    together: bool = False
    """It was not taken apart any further: its member had too many parts by then."""
    reopen: Callable[[], Readable] | None = None
    """A second reading of the same stream, where that is cheap."""
    mixed: Part | None = None
    """What it was taken out of by its records' node: lines without one went along."""

    def source_lines(self, wanted: Iterable[int]) -> dict[int, int]:
        """Lines of the file for lines of the part; complete once the stream was read."""
        return source_lines(self.maps, wanted)

    def with_texts(self, texts: TakeOff) -> Part:
        """The same part, read through what takes a wrapper off its lines.

        Args:
            texts: gives the text, and notes where its lines stand and the stamps it meets.
        """
        lines = LineMap()
        stamps: list[OuterStamp] = []
        return replace(
            self,
            stream=Peekable(Generated(texts(self, lines, stamps))),
            maps=(lines, *self.maps),
            rewritten=True,
            stamps=stamps,
            reopen=None,
        )
