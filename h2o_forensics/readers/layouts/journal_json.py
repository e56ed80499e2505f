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
from h2o_forensics.readers.layouts.keyed import MAX_WRITERS
from h2o_forensics.readers.layouts.line_map import LineMap
from h2o_forensics.readers.layouts.part import MAX_STAMPS, OuterStamp
from h2o_forensics.readers.layouts.streams import Generated, Peekable, line_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part


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
    """One part for each process; the messages are held in memory."""
    held: dict[str, _Held] = {}
    at = 1
    for block in line_blocks(part.stream):
        for line in block.removesuffix(b"\n").split(b"\n"):
            entry = _entry(line)
            if entry is not None and entry.message is not None:
                _take(held, entry, at)
            at += 1
    for label in sorted(held):
        known = held[label]
        yield msgspec.structs.replace(
            part,
            stream=Peekable(Generated(iter(known.texts))),
            label=f"{part.label}, {label}" if part.label else label,
            group=f"{part.group} {label}".strip(),
            maps=(known.lines, *part.maps),
            rewritten=True,
            stamps=known.stamps,
            kind="kernel_log" if label.startswith("kernel on ") else None,
            reopen=None,
        )


def _take(held: dict[str, _Held], entry: _Entry, at: int) -> None:
    process = entry.identifier or entry.command or "process"
    label = f"{process}[{entry.pid}] on {entry.host}" if entry.pid else f"{process} on {entry.host}"
    if label not in held and len(held) >= MAX_WRITERS:
        label = "others"
    known = held.setdefault(label, _Held([], LineMap(), []))
    if isinstance(entry.message, list):
        text = bytes(number for number in entry.message if 0 <= number < 256)  # noqa: PLR2004
    else:
        text = (entry.message or "").encode("utf-8", "replace")
    for line in text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n"):
        for piece in split_line(line + b"\n"):
            known.lines.add(1, at)
            known.texts.append(piece)
    if entry.at.isdecimal() and len(entry.at) <= _STAMP_DIGITS and len(known.stamps) < MAX_STAMPS:
        known.stamps.append(OuterStamp(int(entry.at) // 1000, True, text[:200]))  # noqa: FBT003
