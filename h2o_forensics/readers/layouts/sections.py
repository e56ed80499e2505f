"""Layouts that put one text after the other: read in one pass, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from h2o_forensics.readers.layouts.line_map import LineMap
from h2o_forensics.readers.layouts.streams import Generated, Peekable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part


MAX_PARTS = 2000
"""More than any application has containers whose logs are of use; the rest is read as one."""


class Begin(NamedTuple):
    """From here on the text is another part's."""

    line: int
    """Of the source, of its first line."""
    label: str
    group: str = ""
    kind: str | None = None
    mtime: float | None = None


def parts_of_sections(part: Part, events: Iterator[Begin | bytes]) -> Iterator[Part]:
    """Parts from a sequence of `Begin` and stretches of text; text before a `Begin` is dropped.

    What is not read of a part is skipped when the next one is asked for.  What comes after
    `MAX_PARTS` of them is one part.
    """
    pending: list[Begin] = []

    def text() -> Iterator[bytes]:
        for event in events:
            if isinstance(event, Begin):
                pending.append(event)
                return
            yield event

    for _ in text():
        pass
    for _ in range(MAX_PARTS):
        if not pending:
            return
        begin = pending.pop()
        lines = LineMap()
        lines.add(1, begin.line)
        chunks = text()
        yield msgspec.structs.replace(
            part,
            stream=Peekable(Generated(chunks)),
            label=_joined(part.label, begin.label),
            group=begin.group or part.group,
            maps=(lines, *part.maps),
            kind=begin.kind,
            mtime=begin.mtime or part.mtime,
            stamps=[],
            reopen=None,
        )
        for _ in chunks:
            pass
    if pending:
        yield from _others(part, pending.pop(), events)


def _others(part: Part, begin: Begin, events: Iterator[Begin | bytes]) -> Iterator[Part]:
    """All that is left, as one part."""
    lines = LineMap()
    chunks = _run_together(begin, events, lines)
    yield msgspec.structs.replace(
        part,
        stream=Peekable(Generated(chunks)),
        label=_joined(part.label, "others"),
        maps=(lines, *part.maps),
        stamps=[],
        reopen=None,
        together=True,
    )
    for _ in chunks:
        pass


def _run_together(begin: Begin, events: Iterator[Begin | bytes], lines: LineMap) -> Iterator[bytes]:
    """One text of all that is left; each section begins a line."""
    at, is_open = begin.line, False
    for event in events:
        if isinstance(event, Begin):
            if is_open:
                lines.add(1, at)
                yield b"\n"
            at, is_open = event.line, False
        elif event:
            count = event.count(b"\n")
            lines.add(count, at)
            at += count
            is_open = not event.endswith(b"\n")
            yield event
    lines.add(is_open, at)


def _joined(outer: str, inner: str) -> str:
    return f"{outer}, {inner}" if outer and inner else outer or inner
