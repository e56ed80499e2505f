"""`journalctl -o json`: every line an object, strings all, or arrays of bytes where it is no UTF-8.

{"__REALTIME_TIMESTAMP":"1795326156120034","_HOSTNAME":"host7","SYSLOG_IDENTIFIER":"java",
"_PID":"123","MESSAGE":"11-22 07:42:36.120 10.0.0.7:54321 ..."}        (on one line)
Source: systemd.io, JOURNAL_EXPORT_FORMATS
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from h2o_forensics.readers.layouts.glued import split_line
from h2o_forensics.readers.layouts.keyed import HELD_BYTES, MAX_PASSES, MAX_WRITERS
from h2o_forensics.readers.layouts.line_map import LineMap
from h2o_forensics.readers.layouts.part import MAX_STAMPS, OuterStamp
from h2o_forensics.readers.layouts.streams import Generated, Peekable, line_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from h2o_forensics.readers.layouts.part import Part
    from h2o_forensics.readers.layouts.streams import Readable


class _Entry(Struct):
    message: str | list[int] | None = msgspec.field(name="MESSAGE")
    at: str = msgspec.field(name="__REALTIME_TIMESTAMP")
    host: str = msgspec.field(name="_HOSTNAME", default="")
    pid: str = msgspec.field(name="_PID", default="")
    identifier: str = msgspec.field(name="SYSLOG_IDENTIFIER", default="")
    command: str = msgspec.field(name="_COMM", default="")


class _Held(Struct):
    texts: list[bytes]
    lines: LineMap
    stamps: list[OuterStamp]


_DECODER = msgspec.json.Decoder(_Entry)
_FIRST_BYTES = 65536
_OBJECT_BYTES = 50
"""What a message takes in memory beside its text."""
_STAMP_DIGITS = 16
"""Microseconds since 1970, up to the year 2286."""


def probe(head: bytes) -> bool:
    """Whether the first whole line is such an object."""
    start = head[:_FIRST_BYTES]
    if b'"__REALTIME_TIMESTAMP"' not in start or b'"MESSAGE"' not in start:
        return False
    return _entry(head[: head.find(b"\n")] if b"\n" in head else head) is not None


def _entry(line: bytes) -> _Entry | None:
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def unwrap(part: Part) -> Iterator[Part]:
    """One part for each process.

    A text too large to hold is read again for each; where it cannot be, its rest is one part.
    """
    held: dict[str, _Held] = {}
    entries = _entries(part.stream)
    size = 0
    for at, entry in entries:
        size += _take(held.setdefault(_label(entry, held), _new()), entry, at)
        if size > HELD_BYTES:
            break
    if size > HELD_BYTES and part.reopen is not None:
        held.clear()
        yield from _one_by_one(part, part.reopen)
        return
    for label in sorted(held):
        yield _part_of(part, label, held[label], iter(held.pop(label).texts))
    if size > HELD_BYTES:
        known = _new()
        rest = msgspec.structs.replace(part, together=True)
        yield _part_of(rest, "others", known, _texts(entries, known))


def _one_by_one(part: Part, reopen: Callable[[], Readable]) -> Iterator[Part]:
    labels: dict[str, None] = {}
    for _, entry in _entries(reopen()):
        labels.setdefault(_label(entry, labels, MAX_PASSES))
    for label in sorted(labels):
        wanted = (one for one in _entries(reopen()) if _label(one[1], labels, MAX_PASSES) == label)
        known = _new()
        yield _part_of(part, label, known, _texts(wanted, known))


def _entries(stream: Readable) -> Iterator[tuple[int, _Entry]]:
    """The entries that hold a message, each with its line."""
    at = 1
    for block in line_blocks(stream):
        for line in block.removesuffix(b"\n").split(b"\n"):
            entry = _entry(line)
            if entry is not None and entry.message is not None:
                yield at, entry
            at += 1


def _texts(entries: Iterator[tuple[int, _Entry]], known: _Held) -> Iterator[bytes]:
    for at, entry in entries:
        _take(known, entry, at)
        yield from known.texts
        known.texts.clear()


def _part_of(part: Part, label: str, known: _Held, texts: Iterator[bytes]) -> Part:
    return msgspec.structs.replace(
        part,
        stream=Peekable(Generated(texts)),
        label=f"{part.label}, {label}" if part.label else label,
        group=f"{part.group} {label}".strip(),
        maps=(known.lines, *part.maps),
        rewritten=True,
        stamps=known.stamps,
        kind="kernel_log" if label.startswith("kernel on ") else None,
        reopen=None,
    )


def _new() -> _Held:
    return _Held([], LineMap(), [])


def _label(entry: _Entry, known: Mapping[str, object], most: int = MAX_WRITERS) -> str:
    process = entry.identifier or entry.command or "process"
    label = f"{process}[{entry.pid}] on {entry.host}" if entry.pid else f"{process} on {entry.host}"
    return label if label in known or len(known) < most else "others"


def _take(known: _Held, entry: _Entry, at: int) -> int:
    """Take over a message; give how many bytes it takes."""
    if isinstance(entry.message, list):
        text = bytes(number for number in entry.message if 0 <= number < 256)  # noqa: PLR2004
    else:
        text = (entry.message or "").encode("utf-8", "replace")
    size = 0
    for line in text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n"):
        for piece in split_line(line + b"\n"):
            known.lines.add(1, at)
            known.texts.append(piece)
            size += len(piece) + _OBJECT_BYTES
    if entry.at.isdecimal() and len(entry.at) <= _STAMP_DIGITS and len(known.stamps) < MAX_STAMPS:
        known.stamps.append(OuterStamp(int(entry.at) // 1000, True, text[:200]))  # noqa: FBT003
    return size
