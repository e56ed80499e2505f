"""One pass over an artifact's blocks: candidates from the prefilter, verified record by record.

`scan_block` sees one block alone, so the result does not depend on where blocks were cut; `merge`
joins them in file order.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from h2o_forensics.engine.cursor import Cursor
from h2o_forensics.engine.merge import MAX_SHAPES, SAMPLES_PER_SHAPE, empty_scan, rest_of, weighted
from h2o_forensics.engine.patience import Patience
from h2o_forensics.engine.probes import Matcher
from h2o_forensics.engine.silence import find_silences
from h2o_forensics.model.scan import Block, RawHit, Scan, Shape, ShapeSample

if TYPE_CHECKING:
    from collections.abc import Callable

    from h2o_forensics.engine.probes import Probe
    from h2o_forensics.model.record import Header, RecordFormat

SHAPE_BYTES = 120
FEW_LINES = 24
_GRAVE = frozenset({"WARN", "ERROR", "FATAL"})
_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_UNKNOWN: dict[str, str | None] = {}
"""Stands for: this text was not searched yet."""


class BlockScan(Cursor):
    """Verifies what the prefilter finds in one block."""

    def __init__(
        self, block: Block, matcher: Matcher, form: RecordFormat, patience: Patience
    ) -> None:
        super().__init__(block, form)
        self.patience = patience
        self.matcher = matcher
        self.out = empty_scan()
        self.rows: dict[tuple[int, int | None], list[int]] = {}
        """(signal, minute) to: rows kept, where the last one is, matches that it stands for."""
        self.seen: dict[int, int] = {}
        self.missed: dict[int, int] = {}
        self.known: dict[
            tuple[bytes, str], dict[tuple[int, str], dict[str, str | None] | None]
        ] = {}
        """Messages of one line, with their loggers, and what signals found in them."""
        self.of_line: dict[tuple[int, str], dict[str, str | None] | None] = {}
        """`known` of the message under the cursor."""
        self.message: tuple[int, bytes] = (-1, b"")
        """Where its line begins, and itself."""
        self.text: tuple[int, str] = (-1, "")

    def run(self) -> Scan:
        """Give what the block holds; its lines, bytes and silences are `scan_block`'s."""
        levels_from = self.matcher.levels_from
        by_literal = self.matcher.by_literal
        level_line = -1
        size = self.block.size
        for end, literal in self.matcher.anchors.find(self.data):
            if not self.line_start < end <= self.line_end:
                if end > size and self.data.rfind(b"\n", 0, end) + 1 >= size:
                    break
                self.move_to(end)
            if literal >= levels_from:
                if level_line != self.line_start:
                    level_line = self.line_start if self._count_level(end) else level_line
                continue
            for probe in by_literal[literal]:
                self._verify(probe)
        for _, at, weight in self.rows.values():
            if weight > 1:
                self.out.hits[at] = weighted(self.out.hits[at], weight)
        self._sift()
        # Only samples are asked for; a storm's millions of offsets would be held for nothing.
        self.out.hit_records &= {
            sample.offset for shape in self.out.shapes.values() for sample in shape.samples
        }
        return self.out

    def _sift(self) -> None:
        """Drop the rows that no filter wants."""
        sieves = self.matcher.sieves
        rows: dict[int, list[RawHit]] = {}
        for hit in self.out.hits:
            if hit.signal in sieves:
                rows.setdefault(hit.signal, []).append(hit)
        if not rows:
            return
        dropped: set[int] = set()
        for signal, hits in rows.items():
            wanted = sieves[signal].wanted(hits)
            dropped.update(id(hit) for hit, kept in zip(hits, wanted, strict=True) if not kept)
        self.out.hits = [hit for hit in self.out.hits if id(hit) not in dropped]

    def _verify(self, probe: Probe) -> None:
        raw = self.own_header is None
        if self.matcher.has_records:
            if raw is not probe.raw and (probe.raw or probe.is_builtin):
                return  # H2O's banner stands in records of one line; data may imitate it
            if not probe.raw and self.record.header is None:
                return
        # Where there are no records every line stands alone.
        by_line = probe.raw or not self.matcher.has_records
        place = self.line_start if by_line else self.record.start
        searched = self.line_start if probe.one_line else place
        index = probe.index
        if self.missed.get(index) == searched or self.seen.get(index) == place:
            return
        header = self.record.header
        try:
            if probe.one_line and header is not None and header is self.own_header:
                captures = self._search_line(probe, header)
            else:
                captures = self._search_timed(probe, header)
        except TimeoutError:
            return
        if captures is None:
            # Not again at the anchor's next occurrence: a line may hold it a million times.
            self.missed[index] = searched
            return
        self.seen[index] = place
        self._keep(probe, captures)

    def _search_line(self, probe: Probe, header: Header) -> dict[str, str | None] | None:
        """Search a message of which only this line matters: storms repeat it word for word."""
        if probe.levels and header.level not in probe.levels:
            return None
        if self.message[0] != self.line_start:
            message = self.data[header.message_at : self.line_end]
            self.message = (self.line_start, message)
            self.of_line = self.known.setdefault((message, header.logger), {})
        if probe.openings and probe.anchor_bytes not in self.message[1]:
            return self._search_timed(probe, header)
        key = (probe.index, header.thread if probe.thread else "")
        captures = self.of_line.get(key, _UNKNOWN)
        if captures is _UNKNOWN:
            captures = self.of_line[key] = self._search_timed(probe, header)
        return captures

    def _search_timed(self, probe: Probe, header: Header | None) -> dict[str, str | None] | None:
        """Search, and note how long that took.

        Raises:
            TimeoutError: too long; it is noted.
        """
        index, out, began = probe.index, self.out, perf_counter()
        try:
            captures = self._search(probe, header)
        except TimeoutError:
            self.patience.timed_out(index)
            self.patience.spent(index, perf_counter() - began)
            out.timeouts[index] = out.timeouts.get(index, 0) + 1
            raise
        if self.patience.spent(index, perf_counter() - began):
            out.timeouts[index] = out.timeouts.get(index, 0) + 1
        return captures

    def _search(self, probe: Probe, header: Header | None) -> dict[str, str | None] | None:
        if probe.index in self.patience.off or not probe.admits(header):
            return None
        if self.matcher.has_records:
            if probe.signal.lines_after:
                return self._search_on(probe, header)
            if probe.raw:
                return probe.captures(self.raw_text(), header)
            text = self.anchor_line() if probe.one_line else self.record_text()
            if probe.openings and probe.anchor not in text:
                text = self.record_text()
            return probe.captures(text, header)
        line = self.raw_text()
        found = probe.captures(line, header)
        if found is None and self.own_header is not None:
            found = probe.captures(line[self.own_header.message_at - self.line_start :], header)
        return found

    def _search_on(self, probe: Probe, header: Header | None) -> dict[str, str | None] | None:
        """Search the lines after the record, too: a few first, as most tables are short.

        A pattern over several lines ends at the first line where it can, so more change nothing.
        """
        most = probe.signal.lines_after
        found = probe.captures(self.record_text() + self.following(min(most, FEW_LINES)), header)
        if found is None and most > FEW_LINES:
            found = probe.captures(self.record_text() + self.following(most), header)
        return found

    def _keep(self, probe: Probe, captures: dict[str, str | None]) -> None:
        header = self.record.header
        minute = None if header is None or header.stamp_ms is None else header.stamp_ms // 60_000
        if not probe.is_builtin and (header is None or header.level in _GRAVE):
            self.out.hit_records.add(self.block.offset + self.record.start)
        row = self.rows.get((probe.index, minute))
        if row is None:
            self.rows[probe.index, minute] = [1, len(self.out.hits), 1]
        elif row[0] >= probe.cap:
            row[2] += 1
            return
        else:
            row[0] += 1
            row[1] = len(self.out.hits)
        self.out.hits.append(
            RawHit(
                signal=probe.index,
                offset=self.block.offset + self.line_start,
                line=self.number(self.line_start),
                record_at=self.block.offset
                + (self.line_start if header is None else self.record.start),
                header=header,
                raw=self.own_header is None,
                text=self._own_text(),
                captures=captures,
                minute=minute,
            )
        )

    def _own_text(self) -> str:
        """The line under the cursor; signals that match it share it."""
        if self.text[0] != self.line_start:
            self.text = (self.line_start, self.line_text(self.line_start, self.line_end))
        return self.text[1]

    def _count_level(self, end: int) -> bool:
        """Count a WARN+ record when the token found is its level."""
        header = self.own_header
        if header is None or end > header.message_at:
            return False
        level = header.level
        if level not in _GRAVE:
            return False
        minute = (None if header.stamp_ms is None else header.stamp_ms // 60_000, level)
        self.out.level_minutes[minute] = self.out.level_minutes.get(minute, 0) + 1
        self._count_shape(header)
        return True

    def _count_shape(self, header: Header) -> None:
        shapes = self.out.shapes
        name = self._shape_name(header)
        if name not in shapes and len(shapes) >= MAX_SHAPES:
            name = rest_of(header.level)
        shape = shapes.get(name)
        if shape is None:
            shape = shapes[name] = Shape(header.level, 0, [])
        shape.count += 1
        if len(shape.samples) < SAMPLES_PER_SHAPE:
            shape.samples.append(
                ShapeSample(
                    self.block.offset + self.line_start,
                    self.number(self.line_start),
                    header,
                    self.record_text(),
                    self.line_text(self.line_start, self.line_end),
                )
            )

    def _shape_name(self, header: Header) -> str:
        data = self.data
        begin, stop = header.message_at, self.line_end
        if stop - begin <= 1 and stop + 1 < len(data) and self.form.header(data, stop + 1) is None:
            begin = stop + 1  # the message is empty: an exception follows on a line of its own
            stop = data.find(b"\n", begin)
            stop = len(data) if stop < 0 else stop
        key = data[begin : min(stop, begin + SHAPE_BYTES)].translate(_TO_ZERO)
        while b"00" in key:
            key = key.replace(b"00", b"0")
        return f"{header.level} {header.logger}: {key.decode('utf-8', 'replace').strip()}"


def scan_block(
    block: Block,
    matcher: Matcher,
    form: RecordFormat,
    patience: Patience | None = None,
    make: Callable[[Block, Matcher, RecordFormat, Patience], BlockScan] = BlockScan,
) -> Scan:
    """Scan one block; line numbers count from the block's first line.

    Args:
        block: where to look.
        matcher: what to look for.
        form: how its records are written.
        patience: shared by the blocks of one artifact.
        make: gives the scan; another one than the usual may count.
    """
    cursor = make(block, matcher, form, patience or Patience())
    out = cursor.run()
    matcher.met.update(index for index, _minute in cursor.rows)
    matcher.met.update(out.timeouts)
    size = block.size
    out.lines = cursor.count_lines()
    out.bytes = size
    out.has_nul = block.data.find(b"\0", 0, size) >= 0
    out.ends_in_line = size > 0 and block.data[size - 1 : size] != b"\n"
    if matcher.has_records:
        find_silences(block, form, out)
    return out
