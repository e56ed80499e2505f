"""Silence, found exactly and almost for free.

Stamps are read once per stride, and only strides that span more than the threshold are looked into,
by bisection.  A frozen node leaves nothing at INFO but such a hole.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from h2o_forensics.model.record import starts_before, starts_from
from h2o_forensics.model.scan import Jump, Silence

if TYPE_CHECKING:
    from h2o_forensics.model.record import Header, RecordFormat
    from h2o_forensics.model.scan import Block, Scan

THRESHOLD_MS = 10_000
STRIDE_BYTES = 64 * 1024
_OPENING_BYTES = 16 * 1024
"""Searched for quiet levels, which are seldom the first of a stride."""
_SAME_BYTES = 3
"""Of a stamp: the month."""
KEPT_PER_BLOCK = 400
JUMP_MS = 600_000
"""Stamps that go back further than this were not merely written out of order."""
_UNORDERED_MS = 60_000
"""Threads may write this much out of order; a stretch that goes back further is looked into."""
KEPT_JUMPS = 100
TEXT_BYTES = 400

_QUIET_LEVELS = (b" DEBUG ", b" TRACE ", b" INFO ")
_Mark = tuple[int, int]  # offset of a record, its stamp


def find_silences(block: Block, form: RecordFormat, out: Scan) -> None:
    """Fill in first and last stamp, silences over the threshold, samples of nodes and levels.

    `out.lines` must be known.
    """
    data, size = block.data, block.size
    marks = _marks(data, size, form, out)
    if not marks:
        return
    breaks: list[tuple[_Mark, _Mark]] = []
    for before, after in pairwise(marks):
        _bisect(data, before, after, form, breaks)
    holes = [(before, after) for before, after in breaks if before[1] < after[1]]
    _note_jumps(data, [one for one in breaks if one[0][1] - one[1][1] > JUMP_MS], form, out)
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
    ended = data[size - 1 : size] == b"\n"
    out.last_record_line = out.lines - data.count(b"\n", marks[-1][0], size) + ended
    out.last_record_text = _line(data, marks[-1][0])


def _note_jumps(
    data: bytes, jumps: list[tuple[_Mark, _Mark]], form: RecordFormat, out: Scan
) -> None:
    counted, number = 0, 1
    for before, after in sorted(jumps)[:KEPT_JUMPS]:
        number += data.count(b"\n", counted, after[0])
        counted = after[0]
        node = _node_at(data, after, form)
        if node == _node_at(data, before, form):
            out.jumps.append(Jump(before[1], after[1], number, _line(data, before[0]), node))


def _node_at(data: bytes, mark: _Mark, form: RecordFormat) -> str:
    header = form.header(data, mark[0])
    return header.node if header is not None else ""


def _marks(data: bytes, size: int, form: RecordFormat, out: Scan) -> list[_Mark]:
    """The first record of every stride, and the last one of all."""
    marks: list[_Mark] = []
    levels = set()
    for at in range(0, size, STRIDE_BYTES):
        start = data.find(b"\n", at, size) + 1 if at else 0
        if at and not start:
            break
        found = _first_record(data, start, min(at + STRIDE_BYTES, size), form)
        if found is not None:
            offset, header = found
            out.nodes[header.node] = out.nodes.get(header.node, 0) + 1
            levels.add(header.level)
            marks.append((offset, header.stamp_ms or 0))
    last = _last_record(data, size, 0, form)
    if last is not None and (not marks or last[0] > marks[-1][0]):
        marks.append(last)
    if marks:
        opening = data[: min(_OPENING_BYTES, size)]
        levels.update(token.strip().decode() for token in _QUIET_LEVELS if token in opening)
        out.levels = frozenset(levels)
    return marks


def _line(data: bytes, at: int) -> str:
    end = data.find(b"\n", at)
    return (
        data[at : min(len(data) if end < 0 else end, at + TEXT_BYTES)]
        .decode("utf-8", "replace")
        .rstrip("\r")
    )


def _first_record(data: bytes, at: int, end: int, form: RecordFormat) -> tuple[int, Header] | None:
    """The first stamped record that begins in [at, end); `at` is the start of a line."""
    for start in starts_from(data, at, end):
        header = form.header(data, start)
        if header is not None and header.stamp_ms is not None:
            return start, header
    return None


def _last_record(data: bytes, end: int, begin: int, form: RecordFormat) -> _Mark | None:
    """The last stamped record that begins in [begin, end)."""
    for at in starts_before(data, end, begin):
        header = form.header(data, at)
        if header is not None and header.stamp_ms is not None:
            return at, header.stamp_ms
    return None


def _bisect(
    data: bytes, before: _Mark, after: _Mark, form: RecordFormat, breaks: list[tuple[_Mark, _Mark]]
) -> None:
    """Append every hole and every jump between two records.  Iterative: input decides the depth."""
    todo = [(before, after)]
    while todo:
        low, high = todo.pop()
        if -_UNORDERED_MS <= high[1] - low[1] <= THRESHOLD_MS:
            continue
        if high[1] < low[1] and _node_at(data, low, form) != _node_at(data, high, form):
            continue  # several nodes write in turn: each has its own clock
        # Most often the next line that begins like a record near by is one, and tables are skipped.
        like = b"\n" + data[low[0] : low[0] + _SAME_BYTES]
        at = data.find(like, (low[0] + high[0]) // 2, high[0]) + 1
        header = form.header(data, at) if low[0] < at < high[0] else None
        if header is not None and header.stamp_ms is not None:
            middle: _Mark | None = (at, header.stamp_ms)
        else:
            middle = _between(data, low, high, form)
        if middle is None:
            breaks.append((low, high))
        else:
            todo.append((middle, high))
            todo.append((low, middle))


def _between(data: bytes, low: _Mark, high: _Mark, form: RecordFormat) -> _Mark | None:
    """A record strictly between two others, near their middle; None: they are neighbours."""
    start = data.find(b"\n", low[0]) + 1  # a record follows: there is a newline
    middle = data.find(b"\n", (low[0] + high[0]) // 2) + 1
    found = _first_record(data, middle, high[0], form)
    if found is not None:
        return found[0], found[1].stamp_ms or 0
    return _last_record(data, middle, start, form)
