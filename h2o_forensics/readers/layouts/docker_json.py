r"""Docker's json-file driver: every line an object; lines over 16 KiB in several.

{"log":"11-22 05:40:18.879 127.0.0.1:54321 ...\n","stream":"stdout","time":"2026-11-22T05:40:18Z"}
Source: moby, daemon/logger/jsonfilelog
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from h2o_forensics.readers.layouts.glued import has_bars, split_line
from h2o_forensics.readers.layouts.line_map import LineMap
from h2o_forensics.readers.layouts.part import MAX_STAMPS, OuterStamp
from h2o_forensics.readers.layouts.prefixed import epoch_of
from h2o_forensics.readers.layouts.streams import OpenLine, line_blocks
from h2o_forensics.readers.layouts.text_stream import ANSI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part

_FIRST_LINES, _STAMPED = 40, 40


class _Entry(Struct):
    log: str
    time: str
    stream: str = ""


_DECODER = msgspec.json.Decoder(_Entry)


def probe(head: bytes) -> bool:
    """Whether the first lines are such objects; the first one may have been cut."""
    if b'"log":' not in head[:65536] or b'"time":' not in head[:65536]:
        return False
    lines = [line for line in head.split(b"\n")[:_FIRST_LINES] if line.strip()]
    good = sum(_entry(line) is not None for line in lines[:-1] or lines)
    return good > 0 and good >= len(lines) - 2


def _entry(line: bytes) -> _Entry | None:
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def unwrap(part: Part) -> Iterator[Part]:
    """The text of both streams in the order in which it was written."""
    yield part.with_texts(_texts)


def _texts(part: Part, lines: LineMap, stamps: list[OuterStamp]) -> Iterator[bytes]:
    at = 1
    open_lines: dict[str, OpenLine] = {}
    for block in line_blocks(part.stream):
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        entries = _entries(block)
        _sample(entries, stamps)
        texts = [entry.log for entry in entries if entry is not None]
        whole = "".join(texts)
        plain = "\r" not in whole and whole.count("\n") == len(texts) == count
        plain = plain and not open_lines and all(text.endswith("\n") for text in texts)
        text = whole.encode("utf-8", "replace") if plain else b""
        if plain and not has_bars(text):
            lines.add(count, at)
        else:
            text = b"".join(_one_by_one(entries, at, lines, open_lines))
        yield ANSI.sub(b"", text) if b"\x1b" in text else text
        at += count
    for line in open_lines.values():
        yield from _whole(line, lines)


def _entries(block: bytes) -> list[_Entry | None]:
    """One for each line; None: it is no entry (a copy that was cut, a hole)."""
    try:
        return list(_DECODER.decode_lines(block))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        lines = block.split(b"\n")
        return [_entry(line) for line in (lines if lines[-1] else lines[:-1])]


def _one_by_one(
    entries: list[_Entry | None],
    at: int,
    lines: LineMap,
    open_lines: dict[str, OpenLine],
) -> Iterator[bytes]:
    for number, entry in enumerate(entries, at):
        if entry is None:
            continue
        text = entry.log.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
        *ended, rest = text.split(b"\n")
        for piece in ended:
            line = open_lines.pop(entry.stream, None) or OpenLine(number)
            line.add(piece)
            yield from _whole(line, lines)
        if rest:
            open_lines.setdefault(entry.stream, OpenLine(number)).add(rest)


def _whole(line: OpenLine, lines: LineMap) -> Iterator[bytes]:
    for piece in split_line(line.whole()):
        lines.add(1, line.begun)
        yield piece


def _sample(entries: list[_Entry | None], stamps: list[OuterStamp]) -> None:
    step = 1 if not stamps else max(1, len(entries) // 4)
    for entry in entries[::step][:_STAMPED]:
        if entry is None or len(stamps) >= MAX_STAMPS:
            continue
        known = epoch_of(entry.time.encode())
        if known is not None:
            stamps.append(OuterStamp(*known, entry.log[:200].encode("utf-8", "replace")))
