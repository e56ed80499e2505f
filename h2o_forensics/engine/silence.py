"""Silence, found exactly and almost for free: stamps are read once per stride, and only strides that span more than
the threshold are looked into, by bisection.  (A frozen node leaves nothing at INFO but such a hole.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.model.scan import Silence

if TYPE_CHECKING:
    from h2o_forensics.model.record import Header, RecordFormat
    from h2o_forensics.model.scan import Block, Scan

THRESHOLD_MS = 10_000
STRIDE_BYTES = 64 * 1024
PLAIN_BYTES = 4096
"""A stretch this short is read line by line."""
KEPT_PER_BLOCK = 400
TEXT_BYTES = 400

_Mark = tuple[int, int]  # offset of a record, its stamp


def find_silences(block: Block, form: RecordFormat, out: Scan) -> None:
    """Fill in the first and last stamp, the silences over the threshold, and samples of nodes and levels.

    `out.lines` must be known.
    """
    data = block.data if block.size == len(block.data) else block.data[: block.size]
    marks: list[_Mark] = []
    levels = set()
    for at in range(0, len(data), STRIDE_BYTES):
        found = _first_record(data, at and data.find(b"\n", at) + 1, len(data), form)
        if found is None:
            continue
        offset, header = found
        out.nodes[header.node] = out.nodes.get(header.node, 0) + 1
        levels.add(header.level)
        if header.stamp_ms is not None and (not marks or offset > marks[-1][0]):
            marks.append((offset, header.stamp_ms))
    last = _last_record(data, form)
    if last is None or not marks:
        return
    start = data[:STRIDE_BYTES]
    levels.update(token.strip().decode() for token in (b" DEBUG ", b" TRACE ", b" INFO ") if token in start)
    out.levels = frozenset(levels)
    if last[0] > marks[-1][0]:
        marks.append(last)
    holes: list[tuple[_Mark, _Mark]] = []
    for before, after in zip(marks, marks[1:], strict=False):
        _bisect(data, before, after, form, holes)
    out.quiet_ms = sum(after[1] - before[1] for before, after in holes)
    if len(holes) > KEPT_PER_BLOCK:
        longest = sorted(holes, key=lambda hole: hole[0][1] - hole[1][1])[:KEPT_PER_BLOCK]
        holes = sorted(longest)
    counted, number = 0, 1
    for before, after in holes:
        number += data.count(b"\n", counted, after[0])
        counted = after[0]
        out.silences.append(Silence(before[1], after[1], number, _line(data, before[0])))
    out.first_stamp, out.last_stamp = marks[0][1], marks[-1][1]
    out.first_record_line = 1 + data.count(b"\n", 0, marks[0][0])
    out.last_record_line = out.lines - data.count(b"\n", marks[-1][0]) + data.endswith(b"\n")
    out.last_record_text = _line(data, marks[-1][0])


def _line(data: bytes, at: int) -> str:
    end = data.find(b"\n", at)
    return data[at : min(len(data) if end < 0 else end, at + TEXT_BYTES)].decode("utf-8", "replace").rstrip("\r")


def _first_record(data: bytes, at: int, end: int, form: RecordFormat) -> tuple[int, Header] | None:
    """The first record that begins in [at, end); `at` is the start of a line (0 and past-the-end allowed)."""
    first = True
    while 0 <= at < end and (at > 0 or first):
        first = False
        header = form.header(data, at)
        if header is not None and header.stamp_ms is not None:
            return at, header
        at = data.find(b"\n", at) + 1
    return None


def _last_record(data: bytes, form: RecordFormat) -> _Mark | None:
    at = len(data)
    while at > 0:
        at = data.rfind(b"\n", 0, at - 1) + 1
        header = form.header(data, at)
        if header is not None and header.stamp_ms is not None:
            return at, header.stamp_ms
    return None


def _bisect(data: bytes, before: _Mark, after: _Mark, form: RecordFormat, holes: list[tuple[_Mark, _Mark]]) -> None:
    """Append every hole between two records.  Iterative: input decides the depth."""
    todo = [(before, after)]
    while todo:
        low, high = todo.pop()
        if high[1] - low[1] <= THRESHOLD_MS:
            continue
        middle = _between(data, low, high, form)
        if middle is None:
            holes.append((low, high))
        else:
            todo.append((middle, high))
            todo.append((low, middle))


def _between(data: bytes, low: _Mark, high: _Mark, form: RecordFormat) -> _Mark | None:
    """A record strictly between two others, near their middle; None: they are neighbours."""
    if high[0] - low[0] > PLAIN_BYTES:
        start = data.find(b"\n", (low[0] + high[0]) // 2) + 1
        found = _first_record(data, start, high[0], form) if start else None
        if found is not None and found[1].stamp_ms is not None:
            return found[0], found[1].stamp_ms
    start = data.find(b"\n", low[0]) + 1
    found = _first_record(data, start, high[0], form) if start else None
    if found is not None and found[1].stamp_ms is not None:
        return found[0], found[1].stamp_ms
    return None
