"""What containerd and CRI-O keep of a container: stamp, stream, and whether the line goes on.

2026-11-22T05:40:18.879123456Z stdout F 11-22 05:40:18.879 127.0.0.1:54321  12528  main  INFO ...
2026-11-22T05:40:18.879123456Z stdout P the first 16 KiB of a long line
Source: kubernetes, pkg/kubelet/kuberuntime/logs (CRI log format)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.readers.layouts.kubectl import STAMP
from h2o_forensics.readers.layouts.line_map import LineMap
from h2o_forensics.readers.layouts.prefixed import take_stamps
from h2o_forensics.readers.layouts.shares import share_of_lines
from h2o_forensics.readers.layouts.streams import OpenLine, line_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import OuterStamp, Part

PREFIX = re.compile(rb"^(" + STAMP + rb") (stdout|stderr) ([FP])\S*(?: |$)", re.MULTILINE)
_PARTIAL = (b" stdout P", b" stderr P")
_MOST = 0.8


def probe(head: bytes) -> bool:
    """Whether nearly every line has the three."""
    return b" std" in head[:65536] and share_of_lines(head, PREFIX)[0] >= _MOST


def unwrap(part: Part) -> Iterator[Part]:
    """The text of both streams in the order in which it was written, long lines whole again."""
    yield part.with_texts(_joined)


def _joined(part: Part, lines: LineMap, stamps: list[OuterStamp]) -> Iterator[bytes]:
    at = 1
    open_lines: dict[bytes, OpenLine] = {}
    for block in line_blocks(part.stream):
        take_stamps(block, PREFIX, stamps)
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        if not open_lines and not any(mark in block for mark in _PARTIAL):
            lines.add(count, at)
            yield PREFIX.sub(b"", block)
        else:
            yield b"".join(_entries(block, at, lines, open_lines))
        at += count
    for line in open_lines.values():
        lines.add(1, line.begun)
        yield line.whole()


def _entries(
    block: bytes, at: int, lines: LineMap, open_lines: dict[bytes, OpenLine]
) -> Iterator[bytes]:
    for number, line in enumerate(_lines(block), at):
        match = PREFIX.match(line)
        if match is None:
            lines.add(1, number)
            yield line
            continue
        whole = open_lines.setdefault(match[2], OpenLine(number))
        whole.add(line[match.end() :].removesuffix(b"\n"))
        if match[3] == b"F":
            lines.add(1, whole.begun)
            yield whole.whole()
            del open_lines[match[2]]


def _lines(block: bytes) -> list[bytes]:
    """With their ends; `splitlines` would end a line at a lone carriage return, too."""
    lines = [line + b"\n" for line in block.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
