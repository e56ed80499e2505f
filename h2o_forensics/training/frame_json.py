"""Frames: `/3/Frames/<id>`, its summary, and `/3/FrameChunks/<id>`."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from h2o_forensics.model.training import ColumnSummary, Frame, FrameShare, Source
from h2o_forensics.training.cells import listing, mapping, mappings, named, number, text, whole
from h2o_forensics.training.two_dim import columns_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = 20_000
CHUNKS = 100_000
NODES = 1_000
COLUMN_LEVELS = 10_000
FRAME_LEVELS = 200_000
_SIZE = re.compile(r"\s*([0-9][0-9.,]{0,20})\s*(B|KB|MB|GB|TB|PB|EB)\s*", re.ASCII)
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
_STATISTICS = frozenset({"mean", "min", "max", "stddev", "total"})
"""Rows of the distribution that are no nodes."""


def read_frame(found: Mapping[str, object], pointer: str) -> Frame:
    """One frame with its columns and what each node holds."""
    columns = tuple(_columns(found.get("columns")))
    return Frame(
        id=named(found.get("frame_id")) or "",
        rows=_count(found.get("rows")),
        bytes=_count(found.get("byte_size")),
        checksum=whole(found.get("checksum")),
        columns=columns,
        column_count=_column_count(found, len(columns)),
        shares=_shares(found.get("distribution_summary")),
        source=Source(pointer=pointer),
    )


def read_chunks(found: Mapping[str, object], pointer: str) -> Frame:
    """A frame by its chunks: rows and node of each, in order."""
    chunks = [chunk for _index, chunk in mappings(found.get("chunks"), CHUNKS)]
    rows = [_count(chunk.get("row_count")) for chunk in chunks]
    nodes = [whole(chunk.get("node_idx")) for chunk in chunks]
    known = tuple(count for count in rows if count is not None)
    placed = tuple(str(node) for node in nodes if node is not None)
    whole_list = len(known) == len(rows) == len(listing(found.get("chunks")))
    return Frame(
        id=named(found.get("frame_id")) or "",
        rows=sum(known) if whole_list else None,
        bytes=None,
        checksum=None,
        chunk_rows=known if len(known) == len(chunks) else (),
        chunk_nodes=placed if len(placed) == len(chunks) else (),
        whole=whole_list,
        source=Source(pointer=pointer),
    )


def read_size(value: object) -> int | None:
    """Bytes of H2O's text, `   75.2 KB`: units are of 1,024."""
    stated = whole(value)
    if stated is not None or not isinstance(value, str):
        return stated
    match = _SIZE.fullmatch(value[:60])
    size = number(match[1].replace(",", "")) if match else None
    return None if match is None or size is None else round(size * 1024 ** _UNITS.index(match[2]))


def _columns(value: object) -> list[ColumnSummary]:
    left = FRAME_LEVELS
    found = []
    for _index, column in mappings(value, COLUMNS):
        levels = _levels(column.get("domain"), min(COLUMN_LEVELS, left))
        left -= len(levels)
        cardinality = _count(column.get("domain_cardinality"))
        found.append(
            ColumnSummary(
                name=text(column.get("label"), 1000) or "",
                type=text(column.get("type"), 40),
                missing=_count(column.get("missing_count")),
                zeros=_count(column.get("zero_count")),
                mean=number(column.get("mean")),
                sigma=number(column.get("sigma")),
                low=_first(column.get("mins")),
                high=_first(column.get("maxs")),
                cardinality=cardinality or None,
                levels=levels,
            )
        )
    return found


def _levels(domain: object, most: int) -> tuple[str, ...]:
    return tuple(level[:1000] for level in islice(listing(domain), most) if isinstance(level, str))


def _first(values: object) -> float | None:
    """The least of `mins`, the greatest of `maxs`: they are in order."""
    for value in listing(values):
        return number(value)
    return None


def _column_count(found: Mapping[str, object], listed: int) -> int | None:
    stated = [_count(found.get(name)) for name in ("total_column_count", "num_columns", "columns")]
    known = [count for count in stated if count is not None]
    return max([*known, listed]) if known or listed else None


def _shares(table: object) -> tuple[FrameShare, ...]:
    columns = columns_of(table)
    found = []
    for row, node in enumerate(islice(columns.get("", ()), NODES)):
        if not isinstance(node, str) or node in _STATISTICS:
            continue
        found.append(
            FrameShare(
                node=node[:200],
                rows=_count(_at(columns.get("number_of_rows", ()), row)),
                bytes=read_size(_at(columns.get("size", ()), row)),
                chunks=_count(_at(columns.get("number_of_chunks", ()), row)),
                chunks_per_column=_count(_at(columns.get("number_of_chunks_per_column", ()), row)),
            )
        )
    return tuple(found)


def _at(cells: Sequence[object], row: int) -> object:
    return cells[row] if row < len(cells) else None


def _count(value: object) -> int | None:
    stated = whole(value)
    return stated if stated is not None and stated >= 0 else None


def is_frame(found: Mapping[str, object]) -> bool:
    """Whether it looks like a frame's own object."""
    return (
        "frame_id" in found
        and bool({"columns", "rows", "byte_size"} & set(found))
        and bool(mapping(found.get("frame_id")) or text(found.get("frame_id")))
    )
