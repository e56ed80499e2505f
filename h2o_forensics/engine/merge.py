"""Join the scans of an artifact's blocks, in file order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.engine.silence import JUMP_MS, KEPT_JUMPS, THRESHOLD_MS
from h2o_forensics.model.scan import Jump, RawHit, Scan, Shape, Silence

if TYPE_CHECKING:
    from collections.abc import Iterable

SAMPLES_PER_SHAPE = 3
ROWS_PER_SIGNAL = 1500
"""Rows kept of one signal in one artifact before only `SPARSE_ROWS` a minute are."""
SPARSE_ROWS = 2
MOST_ROWS = 3000
"""From here on one row an hour is kept: a log of any length fits in memory."""
MAX_SHAPES = 4000
"""Shapes told apart in one artifact: a new one every line must not fill memory."""


def rest_of(level: str) -> str:
    """Name under which the shapes past `MAX_SHAPES` are counted together."""
    return f"{level} (further shapes)"


def empty_scan() -> Scan:
    """Nothing seen yet."""
    return Scan(
        hits=[], shapes={}, level_minutes={}, silences=[], nodes={}, hit_records=set(), timeouts={}
    )


def weighted(hit: RawHit, weight: int) -> RawHit:
    """The same hit, standing for `weight` matches."""
    return RawHit(
        hit.signal,
        hit.offset,
        hit.line,
        hit.record_at,
        hit.header,
        hit.raw,
        hit.text,
        hit.captures,
        hit.minute,
        weight,
    )


def merge(parts: Iterable[Scan], cap: int) -> Scan:
    """Join the scans of an artifact's blocks, given in file order.

    Args:
        parts: the scans.
        cap: rows of one signal kept per minute.
    """
    whole = empty_scan()
    kept: dict[tuple[int, int | None], list[int]] = {}
    totals: dict[int, int] = {}
    for part in parts:
        _number_on(part, whole.lines)
        _merge_hits(whole, part, cap, kept, totals)
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
        whole.ends_in_line = part.ends_in_line
    return whole


def _number_on(part: Scan, lines_before: int) -> None:
    """Make a block's line numbers those of the artifact."""
    for hit in part.hits:
        hit.line += lines_before
    for shape in part.shapes.values():
        for sample in shape.samples:
            sample.line += lines_before
    part.silences = [hole._replace(line=hole.line + lines_before) for hole in part.silences]
    part.jumps = [jump._replace(line=jump.line + lines_before) for jump in part.jumps]
    part.first_record_line += lines_before
    part.last_record_line += lines_before


def _merge_hits(
    whole: Scan,
    part: Scan,
    cap: int,
    kept: dict[tuple[int, int | None], list[int]],
    totals: dict[int, int],
) -> None:
    for hit in part.hits:
        total = totals.get(hit.signal, 0)
        minute = hit.minute
        if total >= MOST_ROWS and minute is not None:
            minute = -1 - minute // 60  # an hour, told apart from all minutes
        rows = kept.setdefault((hit.signal, minute), [])
        most = cap if total < ROWS_PER_SIGNAL else SPARSE_ROWS if total < MOST_ROWS else 1
        if len(rows) < most:
            totals[hit.signal] = total + 1
            rows.append(len(whole.hits))
            whole.hits.append(hit)
        else:
            last = whole.hits[rows[-1]]
            whole.hits[rows[-1]] = weighted(last, last.weight + hit.weight)


def _merge_shapes(whole: Scan, part: Scan) -> None:
    for name, shape in part.shapes.items():
        mine = whole.shapes.get(name)
        if mine is None and len(whole.shapes) >= MAX_SHAPES:
            mine = whole.shapes.setdefault(rest_of(shape.level), Shape(shape.level, 0, []))
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
        between = Silence(
            whole.last_stamp, part.first_stamp, part.first_record_line, whole.last_record_text
        )
        whole.silences.append(between)
        whole.quiet_ms += part.first_stamp - whole.last_stamp
    elif part.first_stamp - whole.last_stamp < -JUMP_MS and len(whole.nodes) == 1:
        between_blocks = Jump(
            whole.last_stamp,
            part.first_stamp,
            part.first_record_line,
            whole.last_record_text,
            next(iter(whole.nodes)),
        )
        whole.jumps.append(between_blocks)
    whole.jumps.extend(part.jumps[: max(0, KEPT_JUMPS - len(whole.jumps))])
    whole.silences.extend(part.silences)
    whole.quiet_ms += part.quiet_ms
    whole.last_stamp = part.last_stamp
    whole.last_record_line = part.last_record_line
    whole.last_record_text = part.last_record_text
