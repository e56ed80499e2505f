"""A frame in figures: how its rows and chunks lie on the nodes, and against the cores and the heap.

One pass over a frame takes as long as its fullest node, so the rows of that over the mean are the
factor by which the pass is slower than over even data.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.training import Frame, FrameShare, Model

HEAP_FACTOR = 4
"""H2O's own advice: heap over the cluster of four times the data."""
_LONGEST_RUN = 16
"""Chunks in a row on one node."""


class Share(Struct, frozen=True):
    """What one node holds."""

    node: str
    rows: int | None
    bytes: int | None
    chunks: int | None
    """Of one column."""


class FrameFigures(Struct, frozen=True):
    """What can be said of a frame; None: the evidence does not tell."""

    nodes: int | None = None
    chunks: int | None = None
    """Of one column."""
    rows_over_mean: float | None = None
    bytes_over_mean: float | None = None
    chunks_over_mean: float | None = None
    floor: float | None = None
    empty_nodes: int | None = None
    hollow_nodes: int | None = None
    fullest: str | None = None
    fullest_share: float | None = None
    longest_chunk: float | None = None
    empty_chunks: float | None = None


class Cluster(Struct, frozen=True):
    """The nodes that held a frame."""

    nodes: tuple[str, ...] = ()
    """In the cluster's order: a chunk names its node by number."""
    cores: int | None = None
    heap_bytes: int | None = None


def shares_of(shares: Sequence[FrameShare]) -> tuple[Share, ...]:
    """As the distribution summary states them."""
    return tuple(Share(one.node, one.rows, one.bytes, one.chunks_per_column) for one in shares)


def shares_of_chunks(frame: Frame, cluster: Cluster) -> tuple[Share, ...]:
    """Added up from the chunks; nodes of the cluster that have none are empty."""
    if not frame.chunk_nodes or len(frame.chunk_nodes) != len(frame.chunk_rows):
        return ()
    order = [str(at) for at in range(len(cluster.nodes))]
    order += sorted(set(frame.chunk_nodes) - set(order))
    rows, chunks = dict.fromkeys(order, 0), dict.fromkeys(order, 0)
    for node, count in zip(frame.chunk_nodes, frame.chunk_rows, strict=True):
        rows[node] += count
        chunks[node] += 1
    names = dict(zip(order, cluster.nodes, strict=False))
    return tuple(
        Share(names.get(node, f"node {node}"), rows[node], None, chunks[node]) for node in order
    )


def spread(shares: Sequence[Share], chunk_rows: Sequence[int] = ()) -> FrameFigures:
    """Figures of a frame whose nodes are known."""
    count = len(shares)
    chunks = _total([one.chunks for one in shares])
    rows = _total([one.rows for one in shares])
    fullest = max(shares, key=lambda one: one.rows or 0, default=None)
    empty = [one for one in shares if one.rows == 0]
    return FrameFigures(
        nodes=count or None,
        chunks=chunks,
        rows_over_mean=_over_mean([one.rows for one in shares]),
        bytes_over_mean=_over_mean([one.bytes for one in shares]),
        chunks_over_mean=_over_mean([one.chunks for one in shares]),
        floor=_floor(chunks, count),
        empty_nodes=len(empty) if rows else None,
        hollow_nodes=sum(bool(one.chunks) for one in empty) if rows else None,
        fullest=fullest.node if fullest and rows else None,
        fullest_share=(fullest.rows or 0) / rows if fullest and rows else None,
        longest_chunk=_longest(chunk_rows),
        empty_chunks=_empty(chunk_rows),
    )


def spread_of_offsets(espc: Sequence[int], nodes: int | None) -> FrameFigures:
    """What the row offsets tell that a model kept: the longest chunk lies on one node.

    So its share is the least that the fullest node holds; which one that is is not known.
    """
    chunk_rows = rows_of(espc)
    total = sum(chunk_rows)
    if not total:
        return FrameFigures(nodes=nodes, chunks=len(chunk_rows) or None)
    share = max(chunk_rows) / total
    return FrameFigures(
        nodes=nodes,
        chunks=len(chunk_rows),
        rows_over_mean=max(1.0, share * nodes) if nodes else None,
        floor=_floor(len(chunk_rows), nodes or 0),
        fullest_share=share,
        longest_chunk=_longest(chunk_rows),
        empty_chunks=_empty(chunk_rows),
    )


def rows_of(espc: Sequence[int]) -> tuple[int, ...]:
    """Rows per chunk; none where the offsets do not rise."""
    found = tuple(after - before for before, after in pairwise(espc))
    return found if all(count >= 0 for count in found) else ()


def cluster_of(rows: Sequence[Mapping[str, object]], holders: Sequence[str]) -> Cluster:
    """From `cluster_nodes`: the last snapshot that has the holders, else the last of them all."""
    snapshots: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        snapshots.setdefault(str(row.get("artifact")), []).append(row)
    if not snapshots:
        return Cluster()
    fitting = [one for one in snapshots.values()
               if set(holders) <= {str(row.get("node")) for row in one}]  # fmt: skip
    clouds = {row.get("cloud_name") for row in rows}
    if not fitting and (holders or len(clouds) > 1):
        return Cluster()
    best = max(fitting or list(snapshots.values()), key=_last)
    best = sorted(best, key=lambda row: _number(row.get("pointer")))
    return Cluster(
        nodes=tuple(str(row.get("node")) for row in best),
        cores=_total([_whole(row.get("num_cpus")) for row in best]),
        heap_bytes=_total([_whole(row.get("max_mem_bytes")) for row in best]),
    )


def cluster_of_model(model: Model) -> Cluster:
    """The cluster that a model was trained on."""
    nodes = model.nodes
    return Cluster(
        nodes=tuple(one.node or f"node {at}" for at, one in enumerate(nodes)),
        cores=_total([one.nthreads or one.num_cpus for one in nodes]),
        heap_bytes=_total([one.max_mem_bytes for one in nodes]),
    )


def _last(rows: Sequence[Mapping[str, object]]) -> tuple[int, int, str]:
    stamps = [_whole(row.get("ts")) or _whole(row.get("at_ms")) or 0 for row in rows]
    return (len(rows), max(stamps), str(rows[0].get("artifact")))


def _number(pointer: object) -> int:
    """Of `/nodes/12`."""
    tail = str(pointer).rpartition("/")[2]
    return int(tail) if tail.isdecimal() and len(tail) < 10 else 0  # noqa: PLR2004 - no int is longer


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _total(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _over_mean(parts: Sequence[int | None]) -> float | None:
    total = _total(parts)
    return max(part or 0 for part in parts) * len(parts) / total if total else None


def placed(chunks: int, nodes: int) -> int:
    """Chunks of the node that has most, as H2O lays out new data (water/Key.java, `home`).

    One after the other round the cluster, then in pairs, fours, eights, and sixteens: 24 chunks
    over three nodes lie 10, 7, 7, which is no fault of anybody.
    """
    own, left, run = 0, chunks, 1
    while left >= run * nodes and run < _LONGEST_RUN:
        own, left, run = own + run, left - run * nodes, run * 2
    if run == _LONGEST_RUN:
        laps, left = divmod(left, run * nodes)
        own += laps * run
    return own + min(left, run)


def _floor(chunks: int | None, nodes: int) -> float | None:
    return placed(chunks, nodes) * nodes / chunks if chunks and nodes else None


def _longest(chunk_rows: Sequence[int]) -> float | None:
    total = sum(chunk_rows)
    return max(chunk_rows) * len(chunk_rows) / total if total else None


def _empty(chunk_rows: Sequence[int]) -> float | None:
    return chunk_rows.count(0) / len(chunk_rows) if chunk_rows else None
