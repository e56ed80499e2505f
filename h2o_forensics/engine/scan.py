"""One pass over an artifact's blocks: candidates from the prefilter, verified record by record.

`scan_block` is a pure function of one block, so blocks can be scanned in parallel; `merge` joins them in file order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.engine.probes import GIVE_UP_AFTER, Matcher
from h2o_forensics.engine.silence import THRESHOLD_MS, find_silences
from h2o_forensics.model.scan import Block, RawHit, Scan, Shape, ShapeSample, Silence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.engine.probes import Probe
    from h2o_forensics.model.record import Header, RecordFormat

RECORD_BYTES = 64 * 1024
RECORD_LINES = 2000
RAW_LINES = 40
LINE_BYTES = 16 * 1024
"""A longer line is verified and quoted up to here."""
SAMPLES_PER_SHAPE = 3
SHAPE_BYTES = 120
_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")


class _Record:
    """Bounds of the record under the cursor."""

    __slots__ = ("end", "header", "start", "text")

    def __init__(self, start: int, header: Header | None) -> None:
        self.start = start
        self.header = header
        self.end: int | None = None
        self.text: str | None = None


class _BlockScan:
    """The cursor of one block's scan."""

    def __init__(self, block: Block, matcher: Matcher, form: RecordFormat) -> None:
        self.data = block.data
        self.block = block
        self.matcher = matcher
        self.form = form
        self.out = Scan(hits=[], shapes={}, level_minutes={}, silences=[], nodes={}, hit_records=set(), timeouts={})
        self.kept: dict[tuple[int, int | None], int] = {}
        self.last_kept: dict[tuple[int, int | None], int] = {}
        self.weights: dict[int, int] = {}
        self.line_start = self.line_end = -1
        self.own_header: Header | None = None
        self.record = _Record(-1, None)
        self.seen: set[tuple[int, int]] = set()
        self.counted_to = 0
        self.line_number = 1

    def run(self) -> Scan:
        levels_from = self.matcher.levels_from
        by_literal = self.matcher.by_literal
        level_line = -1
        size = self.block.size
        for end, literal in self.matcher.anchors.find(self.data):
            if self.line_end < end and self.data.rfind(b"\n", 0, end) + 1 >= size:
                break
            if not self.line_start < end <= self.line_end:
                self._move_to(end)
            if literal >= levels_from:
                if level_line != self.line_start:
                    level_line = self.line_start if self._count_level(end) else level_line
                continue
            for probe in by_literal[literal]:
                self._verify(probe)
        self.out.hits = [
            hit if hit_weight == 1 else _weighted(hit, hit_weight)
            for hit, hit_weight in ((hit, self.weights.get(at, 1)) for at, hit in enumerate(self.out.hits))
        ]
        return self.out

    def _move_to(self, end: int) -> None:
        """Put the cursor on the line that holds the byte before `end`."""
        data = self.data
        self.line_start = data.rfind(b"\n", 0, end) + 1
        stop = data.find(b"\n", end)
        self.line_end = len(data) if stop < 0 else stop
        self.own_header = self.form.header(data, self.line_start)
        record = self.record
        if self.own_header is not None:
            self.record = _Record(self.line_start, self.own_header)
        elif not (record.start >= 0 and self._reaches(record, self.line_start)):
            self.record = self._owner()

    def _reaches(self, record: _Record, line_start: int) -> bool:
        return record.start <= line_start < self._end_of(record)

    def _owner(self) -> _Record:
        """The record that the header-less line under the cursor belongs to."""
        at = self.line_start
        for _ in range(RECORD_LINES):
            if at <= 0 or self.line_start - at > RECORD_BYTES * 4:
                break
            at = self.data.rfind(b"\n", 0, at - 1) + 1
            header = self.form.header(self.data, at)
            if header is not None:
                return _Record(at, header)
        return _Record(self.line_start, None)

    def _end_of(self, record: _Record) -> int:
        """Offset after the record's last line."""
        if record.end is None:
            data, size = self.data, len(self.data)
            at = data.find(b"\n", record.start) + 1
            for _ in range(RECORD_LINES):
                if at <= 0 or at >= size:
                    at = size
                    break
                if self.form.header(data, at) is not None:
                    break
                at = data.find(b"\n", at) + 1
            record.end = at
        return record.end

    def _record_text(self) -> str:
        record = self.record
        if record.text is None:
            begin = record.start if record.header is None else record.header.message_at
            stop = min(self._end_of(record), begin + RECORD_BYTES)
            record.text = self.data[begin:stop].decode("utf-8", "replace").rstrip("\r\n").replace("\r\n", "\n")
        return record.text

    def _anchor_line(self) -> str:
        """The line under the cursor without its header."""
        begin = self.line_start if self.own_header is None else self.own_header.message_at
        return self._line_text(begin, self.line_end)

    def _raw_text(self) -> str:
        """The line under the cursor and what follows it, up to the next header."""
        stop = self.line_end
        for _ in range(RAW_LINES):
            if stop + 1 >= len(self.data) or stop - self.line_start > RECORD_BYTES:
                break
            if self.form.header(self.data, stop + 1) is not None:
                break
            following = self.data.find(b"\n", stop + 1)
            stop = len(self.data) if following < 0 else following
        stop = min(stop, self.line_start + RECORD_BYTES)
        return self.data[self.line_start : stop].decode("utf-8", "replace").replace("\r\n", "\n")

    def _following(self, lines: int) -> str:
        """The lines after the record, without their headers."""
        at = self._end_of(self.record)
        texts = []
        for _ in range(lines):
            stop = self.data.find(b"\n", at)
            if stop < 0 or stop - at > LINE_BYTES:
                break
            header = self.form.header(self.data, at)
            begin = at if header is None else header.message_at
            texts.append("\n" + self.data[begin:stop].decode("utf-8", "replace").rstrip("\r"))
            at = stop + 1
        return "".join(texts)

    def _verify(self, probe: Probe) -> None:
        raw = self.own_header is None
        if self.matcher.has_records:
            if probe.raw and not raw:
                return
            if not probe.raw and self.record.header is None:
                return
        place = self.line_start if probe.raw else self.record.start
        if (probe.index, place) in self.seen or self.out.timeouts.get(probe.index, 0) >= GIVE_UP_AFTER:
            return
        header = self.record.header
        try:
            if not probe.admits(header):
                return
            captures = self._search(probe, header)
        except TimeoutError:
            self.out.timeouts[probe.index] = self.out.timeouts.get(probe.index, 0) + 1
            return
        if captures is not None:
            self.seen.add((probe.index, place))
            self._keep(probe, captures)

    def _search(self, probe: Probe, header: Header | None) -> dict[str, str | None] | None:
        if self.matcher.has_records:
            if probe.signal.lines_after:
                return probe.captures(self._record_text() + self._following(probe.signal.lines_after), header)
            if probe.raw:
                return probe.captures(self._raw_text(), header)
            return probe.captures(self._anchor_line() if probe.one_line else self._record_text(), header)
        line = self._raw_text()
        found = probe.captures(line, header)
        if found is None and self.own_header is not None:
            found = probe.captures(line[self.own_header.message_at - self.line_start :], header)
        return found

    def _keep(self, probe: Probe, captures: dict[str, str | None]) -> None:
        header = self.record.header
        minute = None if header is None or header.stamp_ms is None else header.stamp_ms // 60_000
        key = (probe.index, minute)
        kept = self.kept.get(key, 0)
        if not probe.is_builtin:
            self.out.hit_records.add(self.block.offset + self.record.start)
        if kept >= probe.cap:
            at = self.last_kept[key]
            self.weights[at] = self.weights.get(at, 1) + 1
            return
        self.kept[key] = kept + 1
        self.last_kept[key] = len(self.out.hits)
        self.out.hits.append(
            RawHit(
                signal=probe.index,
                offset=self.block.offset + self.line_start,
                line=self._number(self.line_start),
                record_at=self.block.offset + self.record.start,
                header=header,
                raw=self.own_header is None,
                text=self._line_text(self.line_start, self.line_end),
                captures=captures,
                minute=minute,
            )
        )

    def _line_text(self, start: int, end: int) -> str:
        return self.data[start : min(end, start + LINE_BYTES)].decode("utf-8", "replace").rstrip("\r")

    def _number(self, at: int) -> int:
        """Line number of offset `at`; candidates come in order, so newlines are counted once."""
        if at < self.counted_to:  # the record of a hit can begin before it
            return self.line_number - self.data.count(b"\n", at, self.counted_to)
        self.line_number += self.data.count(b"\n", self.counted_to, at)
        self.counted_to = at
        return self.line_number

    def count_lines(self) -> int:
        """Lines of the block, the last one counted even when it is not ended; counts on from the last hit."""
        size = self.block.size
        if self.counted_to > size:
            return self._number(size) - 1
        return self._number(size) - (self.data[size - 1 : size] == b"\n" or size == 0)

    def _count_level(self, end: int) -> bool:
        """Count a WARN+ record when the token found is its level."""
        header = self.own_header
        if header is None or end > header.message_at:
            return False
        level = header.level
        if level not in {"WARN", "ERROR", "FATAL"}:
            return False
        minute = (None if header.stamp_ms is None else header.stamp_ms // 60_000, level)
        self.out.level_minutes[minute] = self.out.level_minutes.get(minute, 0) + 1
        self._count_shape(header)
        return True

    def _count_shape(self, header: Header) -> None:
        data = self.data
        begin, stop = header.message_at, self.line_end
        if stop - begin <= 1 and stop + 1 < len(data) and self.form.header(data, stop + 1) is None:
            begin = stop + 1  # the message is empty: an exception follows on a line of its own
            stop = data.find(b"\n", begin)
            stop = len(data) if stop < 0 else stop
        key = data[begin : min(stop, begin + SHAPE_BYTES)].translate(_TO_ZERO)
        while b"00" in key:
            key = key.replace(b"00", b"0")
        name = f"{header.level} {header.logger}: {key.decode('utf-8', 'replace').strip()}"
        shape = self.out.shapes.get(name)
        if shape is None:
            shape = self.out.shapes[name] = Shape(header.level, 0, [])
        shape.count += 1
        if len(shape.samples) < SAMPLES_PER_SHAPE:
            shape.samples.append(
                ShapeSample(
                    self.block.offset + self.line_start,
                    self._number(self.line_start),
                    header,
                    self._record_text(),
                    self._line_text(self.line_start, self.line_end),
                )
            )


def _weighted(hit: RawHit, weight: int) -> RawHit:
    return RawHit(
        hit.signal, hit.offset, hit.line, hit.record_at, hit.header, hit.raw, hit.text, hit.captures, hit.minute, weight
    )


def scan_block(block: Block, matcher: Matcher, form: RecordFormat) -> Scan:
    """Scan one block; line numbers count from the block's first line."""
    cursor = _BlockScan(block, matcher, form)
    out = cursor.run()
    size = block.size
    out.lines = cursor.count_lines()
    out.bytes = size
    out.has_nul = block.data.find(b"\0", 0, size) >= 0
    if matcher.has_records:
        find_silences(block, form, out)
    return out


def merge(parts: Iterable[Scan], caps: dict[int, int]) -> Scan:
    """Join the scans of an artifact's blocks, given in file order.

    Args:
        parts: the scans.
        caps: rows kept per minute, by signal.
    """
    whole = Scan(hits=[], shapes={}, level_minutes={}, silences=[], nodes={}, hit_records=set(), timeouts={})
    kept: dict[tuple[int, int | None], list[int]] = {}
    for part in parts:
        _number_on(part, whole.lines)
        _merge_hits(whole, part, caps, kept)
        _merge_shapes(whole, part)
        for minute, count in part.level_minutes.items():
            whole.level_minutes[minute] = whole.level_minutes.get(minute, 0) + count
        for signal, count in part.timeouts.items():
            whole.timeouts[signal] = whole.timeouts.get(signal, 0) + count
        for node, count in part.nodes.items():
            whole.nodes[node] = whole.nodes.get(node, 0) + count
        _merge_times(whole, part)
        whole.hit_records |= part.hit_records
        whole.levels |= part.levels
        whole.lines += part.lines
        whole.bytes += part.bytes
        whole.has_nul = whole.has_nul or part.has_nul
    return whole


def _number_on(part: Scan, lines_before: int) -> None:
    """Make a block's line numbers those of the artifact."""
    for hit in part.hits:
        hit.line += lines_before
    for shape in part.shapes.values():
        for sample in shape.samples:
            sample.line += lines_before
    part.silences = [hole._replace(line=hole.line + lines_before) for hole in part.silences]
    part.first_record_line += lines_before
    part.last_record_line += lines_before


def _merge_hits(whole: Scan, part: Scan, caps: dict[int, int], kept: dict[tuple[int, int | None], list[int]]) -> None:
    for hit in part.hits:
        rows = kept.setdefault((hit.signal, hit.minute), [])
        if len(rows) < caps[hit.signal]:
            rows.append(len(whole.hits))
            whole.hits.append(hit)
        else:
            last = whole.hits[rows[-1]]
            whole.hits[rows[-1]] = _weighted(last, last.weight + hit.weight)


def _merge_shapes(whole: Scan, part: Scan) -> None:
    for name, shape in part.shapes.items():
        mine = whole.shapes.get(name)
        if mine is None:
            whole.shapes[name] = shape
            continue
        mine.count += shape.count
        mine.samples.extend(shape.samples[: SAMPLES_PER_SHAPE - len(mine.samples)])


def _merge_times(whole: Scan, part: Scan) -> None:
    if part.first_stamp is None or part.last_stamp is None:
        return
    if whole.last_stamp is None:
        whole.first_stamp = part.first_stamp
        whole.first_record_line = part.first_record_line
    elif part.first_stamp - whole.last_stamp > THRESHOLD_MS:
        between = Silence(whole.last_stamp, part.first_stamp, part.first_record_line, whole.last_record_text)
        whole.silences.append(between)
        whole.quiet_ms += part.first_stamp - whole.last_stamp
    whole.silences.extend(part.silences)
    whole.quiet_ms += part.quiet_ms
    whole.last_stamp = part.last_stamp
    whole.last_record_line = part.last_record_line
    whole.last_record_text = part.last_record_text
