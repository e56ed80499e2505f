"""Frames as the report has them: how their rows lie on the nodes."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.training import Frame, Source
from h2o_forensics.report import view
from h2o_forensics.report.training_found import findings_about, rows_by
from h2o_forensics.report.training_shape import FrameItem, FrameNode

UNEVEN = 1.3
"""Times the mean from which the fullest node is worth a word."""
_NOTABLE = 0.25
"""Share of the heap from which four times the frame is worth a word."""
_LARGE = 10 * 2**20
"""Bytes of a frame from which idle cores are worth a word: DAT008 asks for as many."""
_Row = Mapping[str, Any]


def frame_items(analysis: Analysis) -> tuple[FrameItem, ...]:
    """All frames, by name; those that findings name first.

    Shares of nodes are the last ones a log states, else those of the frame's own JSON.
    """
    holders, rows = _holders(analysis), rows_by(analysis, "frames", "frame")
    saved: dict[str, Frame] = {}
    for frame in analysis.training.saved.frames:
        if frame.id not in saved or frame.shares:
            saved[frame.id] = frame
    items = [
        _frame(analysis, name, holders.get(name, {}), saved.get(name), rows.get(name, ({},))[-1])
        for name in sorted({*holders, *saved, *rows})
    ]
    return tuple(sorted(items, key=lambda one: not one.findings))


def _holders(analysis: Analysis) -> dict[str, dict[str, _Row]]:
    """The last row of each frame and node in the `chunks` table."""
    table = analysis.tables.get("chunks")
    rows = sorted(
        [] if table is None else table.to_dicts(),
        key=lambda row: (str(row["ts"] or ""), str(row["artifact"]), row["line"] or 0),
    )
    frames: dict[str, dict[str, _Row]] = {}
    for row in rows:
        if row["frame"] is not None:
            frames.setdefault(row["frame"], {})[row["holder"] or row["node"] or "?"] = row
    return frames


def _frame(
    analysis: Analysis, name: str, holders: Mapping[str, _Row], saved: Frame | None, row: _Row
) -> FrameItem:
    last: _Row = list(holders.values())[-1] if holders else {}
    nodes = _logged(holders) or (_shares(saved) if saved else ())
    source = saved.source if saved else Source()
    item = FrameItem(
        frame=name,
        rows=_int(last.get("frame_rows"), row.get("rows"), saved.rows if saved else None),
        max_over_mean=_float(last.get("max_over_mean"), row.get("max_rows_over_mean")),
        nodes=nodes,
        from_=row.get("from") or ("frame" if saved else "log"),
        columns=_int(row.get("columns"), _columns(saved)),
        bytes=_int(row.get("bytes"), saved.bytes if saved else None),
        chunks=_int(row.get("chunks"), (len(saved.chunk_rows) if saved else 0) or None),
        cores=_int(row.get("cores")),
        max_bytes_over_mean=_float(row.get("max_bytes_over_mean")),
        floor_over_mean=_float(row.get("floor_over_mean")),
        empty_nodes=_int(row.get("empty_nodes")),
        longest_chunk_over_mean=_float(row.get("longest_chunk_over_mean")),
        empty_chunk_share=_float(row.get("empty_chunk_share")),
        heap_bytes=_int(row.get("heap_bytes")),
        needed_heap_bytes=_int(row.get("needed_heap_bytes")),
        says=(),
        findings=findings_about(analysis, "frame", name, source),
    )
    many = len(nodes) or _int(row.get("nodes")) or 0
    return replace(item, says=tuple(_says(item, many)))


def _columns(saved: Frame | None) -> int | None:
    return (saved.column_count or len(saved.columns) or None) if saved else None


def _logged(holders: Mapping[str, _Row]) -> tuple[FrameNode, ...]:
    return tuple(
        FrameNode(
            node=holder,
            rows=_int(row["rows"]),
            chunks_per_column=_int(row["chunks_per_column"]),
            size_bytes=_int(row["size_bytes"]),
            row_share=_float(row["row_share"]),
        )
        for holder, row in sorted(holders.items())
    )


def _shares(frame: Frame) -> tuple[FrameNode, ...]:
    total = sum(one.rows or 0 for one in frame.shares)
    return tuple(
        FrameNode(
            node=one.node,
            rows=one.rows,
            chunks_per_column=one.chunks_per_column,
            size_bytes=one.bytes,
            row_share=round(one.rows / total, 4) if total and one.rows is not None else None,
        )
        for one in sorted(frame.shares, key=lambda one: one.node)
    )


def _says(item: FrameItem, nodes: int) -> Iterator[str]:
    """How even it is over its nodes, and whether the heap is wide enough, a sentence each."""
    skew = item.max_over_mean
    if skew is not None and nodes > 1:
        if skew < UNEVEN:
            yield f"Even over {nodes} nodes: the fullest has {skew:.2f} times the mean."
        else:
            best = item.floor_over_mean
            least = f"; {best:.2f} is the least for so few chunks" if best and best > 1 else ""
            yield (
                f"The fullest node has {skew:.2f} times the mean: "
                f"every pass takes that much longer than on even data{least}."
            )
    if item.empty_nodes:
        one = item.empty_nodes == 1
        yield f"{item.empty_nodes} node{'' if one else 's'} hold{'s' if one else ''} no row of it."
    if item.chunks is not None and item.cores is not None and (item.bytes or 0) >= _LARGE:
        idle = item.cores - item.chunks
        if idle > 0:
            chunks = f"{item.chunks} chunk{'s' * (item.chunks != 1)}"
            yield f"{chunks} for {item.cores} cores: {idle} stay{'s' * (idle == 1)} idle."
    heap, needed = item.heap_bytes, item.needed_heap_bytes
    if heap is not None and needed is not None and needed > _NOTABLE * heap:
        short = "less than" if heap < needed else "enough for"
        yield (
            f"{view.size(heap)} of heap: {short} the {view.size(needed)} that H2O advises "
            "(four times the frame)."
        )


def _int(*values: object) -> int | None:
    """The first that is a whole number."""
    return next((value for value in values if isinstance(value, int)), None)


def _float(*values: object) -> float | None:
    return next((round(value, 4) for value in values if isinstance(value, float)), None)
