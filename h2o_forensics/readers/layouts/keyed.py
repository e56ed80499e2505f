"""Lines of several writers in one text, each line naming its own: taken apart again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from h2o_forensics.readers.layouts.line_map import LineMap
from h2o_forensics.readers.layouts.prefixed import strip_part, take_stamps
from h2o_forensics.readers.layouts.streams import Generated, Peekable, line_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from h2o_forensics.readers.layouts.part import OuterStamp, Part
    from h2o_forensics.readers.layouts.streams import Readable

HELD_BYTES = 64 * 2**20
"""A text up to this size is taken apart in memory; a larger one is read again for each writer."""
MAX_WRITERS = 100
"""More than any cluster has on one machine; further ones are read together."""
MAX_PASSES = 16
"""As `MAX_WRITERS`, for a text that is read again for each."""


class Prefix(NamedTuple):
    """How a line names its writer."""

    run: re.Pattern[bytes]
    """Lines of one writer that follow each other; the group `key` names it."""
    line: re.Pattern[bytes]
    """What stands before each line, anchored at `^`; the group `stamp`, if there is one, is ISO."""
    name: Callable[[bytes], Writer]
    """From the key to what is shown, and what it is known to hold."""
    rewrites: bool = True
    """Lines are changed by taking them out."""
    tab: bytes = b""
    """How the writer escapes the tab that a frame of a stack trace begins with."""


class Writer(NamedTuple):
    """One source of lines."""

    label: str
    kind: str | None = None


class _Held:
    """What one writer wrote."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.lines = LineMap()
        self.stamps: list[OuterStamp] = []


def unwrap_keyed(part: Part, prefix: Prefix) -> Iterator[Part]:
    """One part for each writer.

    A text too large to hold that cannot be read again stays in one piece.
    """
    if part.reopen is None and len(part.stream.peek(HELD_BYTES + 1)) > HELD_BYTES:
        yield strip_part(part, prefix.line) if prefix.rewrites else part
        return
    held: dict[Writer, _Held] = {}
    size = 0
    for key, text, at in _runs(part.stream, prefix):
        _take(held.setdefault(_writer(key, prefix, held), _Held()), text, at, prefix)
        size += len(text)
        if size > HELD_BYTES:
            held.clear()
            yield from _one_by_one(part, prefix)
            return
    for writer in sorted(held, key=_by_label):
        yield _part_of(part, prefix, writer, held[writer], iter(held[writer].texts))


def _by_label(writer: Writer) -> tuple[str, str]:
    return writer.label, writer.kind or ""


def _one_by_one(part: Part, prefix: Prefix) -> Iterator[Part]:
    if part.reopen is None:
        return
    writers: dict[Writer, None] = {}
    for key, _, _ in _runs(part.reopen(), prefix):
        writers.setdefault(_writer(key, prefix, writers, MAX_PASSES))
    for writer in sorted(writers, key=_by_label):
        known = _Held()
        yield _part_of(part, prefix, writer, known, _only(part, prefix, writer, writers, known))


def _only(
    part: Part, prefix: Prefix, wanted: Writer, writers: dict[Writer, None], known: _Held
) -> Iterator[bytes]:
    if part.reopen is None:
        return
    for key, text, at in _runs(part.reopen(), prefix):
        if _writer(key, prefix, writers, MAX_PASSES) == wanted:
            _take(known, text, at, prefix)
            yield from known.texts
            known.texts.clear()


def _take(known: _Held, text: bytes, at: int, prefix: Prefix) -> None:
    if "stamp" in prefix.line.groupindex:
        take_stamps(text, prefix.line, known.stamps, "stamp")
    known.lines.add(text.count(b"\n") + (not text.endswith(b"\n")), at)
    text = prefix.line.sub(b"", text)
    if prefix.tab and prefix.tab in text:
        text = re.sub(rb"^" + re.escape(prefix.tab), b"\t", text, flags=re.MULTILINE)
    known.texts.append(text)


def _writer(
    key: bytes, prefix: Prefix, known: Mapping[Writer, object], most: int = MAX_WRITERS
) -> Writer:
    writer = prefix.name(key)
    return writer if writer in known or len(known) < most else Writer("others")


def _part_of(
    part: Part, prefix: Prefix, writer: Writer, known: _Held, text: Iterator[bytes]
) -> Part:
    return msgspec.structs.replace(
        part,
        stream=Peekable(Generated(text)),
        label=f"{part.label}, {writer.label}" if part.label else writer.label,
        group=f"{part.group} {writer.label}".strip(),
        maps=(known.lines, *part.maps),
        rewritten=part.rewritten or prefix.rewrites,
        stamps=known.stamps if prefix.rewrites else part.stamps,
        kind=writer.kind,
        reopen=None,
    )


def _runs(stream: Readable, prefix: Prefix) -> Iterator[tuple[bytes, bytes, int]]:
    """Key, text and first line of stretches of one writer.

    A line without a key goes with the one before it, at the beginning with the one after it.
    """
    line = 1
    key: bytes | None = None
    early: list[bytes] = []
    for block in line_blocks(stream):
        at = 0
        for match in prefix.run.finditer(block):
            if match.start() > at:
                text = block[at : match.start()]
                if key is None:
                    early.append(text)
                else:
                    yield key, text, line
                    line += text.count(b"\n")
            key = match["key"]
            text = b"".join([*early, match[0]])
            early.clear()
            yield key, text, line
            line += text.count(b"\n")
            at = match.end()
        if at < len(block):
            text = block[at:]
            if key is None:
                early.append(text)
            else:
                yield key, text, line
                line += text.count(b"\n")
    if early:
        yield b"", b"".join(early), line
