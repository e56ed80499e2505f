"""Rows of the tables about frames: frames, frame_columns, chunks.

A frame may be told of by its JSON, by its chunks, by the log, and by the models trained with it:
one row of `frames` each, from the first of these that knows how it lies on the nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.model.training import Source
from h2o_forensics.training.frames import (
    HEAP_FACTOR,
    Cluster,
    FrameFigures,
    Share,
    cluster_of,
    cluster_of_model,
    rows_of,
    shares_of,
    shares_of_chunks,
    spread,
    spread_of_offsets,
)
from h2o_forensics.training.search_rows import place_of, places_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.training import Frame, InputFrame, Model, Saved

Row = dict[str, object]


def frame_rows(
    saved: Saved,
    cluster_nodes: Sequence[Mapping[str, object]],
    logged: Sequence[Mapping[str, object]] = (),
) -> dict[str, list[Row]]:
    """Rows by table.

    Args:
        saved: the frames' documents and the models.
        cluster_nodes: rows of that table, for cores and heap.
        logged: rows of `chunks` that the log gave; those returned here are to be added to them.
    """
    told = _by_frame(logged)
    frames = _whole_ones(saved.frames)
    listed = [*dict.fromkeys([*frames, *told])]
    rows = [_frame_row(name, frames.get(name, ()), told.get(name, ()), cluster_nodes)
            for name in listed]  # fmt: skip
    trained = {name: pair for name, pair in _trained(saved.models).items() if name not in listed}
    rows += [_model_frame_row(name, model, given) for name, (model, given) in trained.items()]
    return {
        "frames": rows,
        "frame_columns": [row for one in saved.frames for row in _column_rows(one)],
        "chunks": [row for mine in frames.values() for row in _chunk_rows(mine[0], cluster_nodes)],
    }


def _whole_ones(frames: Sequence[Frame]) -> dict[str, list[Frame]]:
    """By name: the documents that know most first (nodes, then chunks)."""
    found: dict[str, list[Frame]] = {}
    for frame in sorted(frames, key=lambda one: (not one.shares, not one.chunk_nodes)):
        found.setdefault(frame.id, []).append(frame)
    return found


def _by_frame(
    logged: Sequence[Mapping[str, object]],
) -> dict[str, list[Mapping[str, object]]]:
    """The last summary of each frame; one whose name was not logged goes by its rows."""
    found: dict[str, dict[tuple[object, ...], list[Mapping[str, object]]]] = {}
    for row in logged:
        name = str(row.get("frame") or f"(unnamed, {row.get('frame_rows')} rows)")
        summary = (row.get("node"), row.get("ts"), row.get("frame_rows"))
        found.setdefault(name, {}).setdefault(summary, []).append(row)
    return {name: max(tables.values(), key=_moment) for name, tables in found.items()}


def _moment(rows: Sequence[Mapping[str, object]]) -> tuple[int, int]:
    stamp, line = rows[0].get("ts"), rows[0].get("line")
    return (stamp if isinstance(stamp, int) else 0, line if isinstance(line, int) else 0)


def _frame_row(
    name: str,
    documents: Sequence[Frame],
    told: Sequence[Mapping[str, object]],
    cluster_nodes: Sequence[Mapping[str, object]],
) -> Row:
    shares, origin = _shares(documents, told, cluster_nodes)
    cluster = cluster_of(cluster_nodes, [one.node for one in shares])
    chunk_rows = next((one.chunk_rows for one in documents if one.chunk_rows), ())
    figures = spread(shares, chunk_rows)
    known = documents[0] if documents else None
    stated = _first([one.rows for one in documents]) or _sum([one.rows for one in shares])
    size = _first([one.bytes for one in documents]) or _sum([one.bytes for one in shares])
    count = max((one.column_count or len(one.columns) for one in documents), default=0)
    place = _logged_place(told, figures.fullest) if told else None
    return (place or place_of(known.source if known else Source(), None)) | {
        "frame": name, "rows": stated, "columns": count or None, "bytes": size,
        "checksum": _first([one.checksum for one in documents]), "from": origin,
        "places": None if known is None or told else _places(known, figures, size),
    } | _figure_columns(figures, cluster, size)  # fmt: skip


def _shares(
    documents: Sequence[Frame],
    told: Sequence[Mapping[str, object]],
    cluster_nodes: Sequence[Mapping[str, object]],
) -> tuple[tuple[Share, ...], str]:
    for one in documents:
        if one.shares:
            return shares_of(one.shares), "frame"
    if told:
        return tuple(_logged_share(row) for row in told), "log"
    for one in documents:
        shares = shares_of_chunks(one, cluster_of(cluster_nodes, ()))
        if shares:
            return shares, "chunks"
    return (), "frame"


def _logged_share(row: Mapping[str, object]) -> Share:
    return Share(
        str(row.get("holder")), _int(row.get("rows")), _int(row.get("size_bytes")),
        _int(row.get("chunks_per_column")),
    )  # fmt: skip


def _logged_place(told: Sequence[Mapping[str, object]], fullest: str | None) -> Row:
    """The line of the fullest node: it has the time, which documents lack."""
    row = next((one for one in told if one.get("holder") == fullest), told[0])
    return {name: row.get(name) for name in ("node", "run", "ts", "artifact", "line", "text")}


def _places(frame: Frame, figures: FrameFigures, size: int | None) -> str | None:
    """Of a document: where it says how the rows lie, and how large it is."""
    below = "/chunks" if frame.chunk_nodes else "/distribution_summary"
    laid = replace(frame.source, pointer=frame.source.pointer.rstrip("/") + below)
    stated = replace(frame.source, pointer=frame.source.pointer.rstrip("/") + "/byte_size")
    found: dict[str, tuple[Source, str]] = {}
    if figures.fullest is not None:
        words = (f"{figures.fullest} holds {figures.fullest_share:.1%} of {frame.rows} rows; "
                 f"{figures.empty_nodes} of {figures.nodes} nodes hold none")  # fmt: skip
        found["max_rows_over_mean"] = found["fullest_share"] = (laid, words)
    if figures.chunks is not None:
        found["chunks"] = (laid, f"{figures.chunks} chunks of a column")
    if size is not None and frame.bytes is not None:
        found["needed_heap_bytes"] = (stated, f"byte_size={size}")
        if not found.keys() & {"chunks", "fullest_share"}:  # of a skew the rows come first
            found["bytes"] = found["needed_heap_bytes"]
    return places_text(found)


def _trained(models: Sequence[Model]) -> dict[str, tuple[Model, InputFrame]]:
    """Frames that models were trained with, by name, each from the first model that kept it."""
    found: dict[str, tuple[Model, InputFrame]] = {}
    for model in models:
        for given in model.frames:
            if given.name and given.espc:
                found.setdefault(given.name, (model, given))
    return found


def _model_frame_row(name: str, model: Model, given: InputFrame) -> Row:
    cluster = cluster_of_model(model)
    figures = spread_of_offsets(given.espc, len(cluster.nodes) or None)
    return place_of(model.source, None, model.ended) | {
        "frame": name, "rows": sum(rows_of(given.espc)) or None, "columns": None, "bytes": None,
        "checksum": given.checksum, "from": "model",
    } | _figure_columns(figures, cluster, None)  # fmt: skip


def _figure_columns(figures: FrameFigures, cluster: Cluster, size: int | None) -> Row:
    return {
        "nodes": figures.nodes, "chunks": figures.chunks, "cores": cluster.cores,
        "max_rows_over_mean": _rounded(figures.rows_over_mean),
        "max_bytes_over_mean": _rounded(figures.bytes_over_mean),
        "max_chunks_over_mean": _rounded(figures.chunks_over_mean),
        "floor_over_mean": _rounded(figures.floor), "empty_nodes": figures.empty_nodes,
        "hollow_nodes": figures.hollow_nodes, "fullest": figures.fullest,
        "fullest_share": _rounded(figures.fullest_share),
        "longest_chunk_over_mean": _rounded(figures.longest_chunk),
        "empty_chunk_share": _rounded(figures.empty_chunks), "heap_bytes": cluster.heap_bytes,
        "needed_heap_bytes": None if size is None else HEAP_FACTOR * size,
    }  # fmt: skip


def _column_rows(frame: Frame) -> list[Row]:
    base = place_of(frame.source, None)
    pointer = frame.source.pointer.rstrip("/")
    return [
        base | {
            "pointer": f"{pointer}/columns/{at}", "frame": frame.id, "column": one.name,
            "type": one.type, "missing": one.missing, "mean": one.mean, "sigma": one.sigma,
            "low": one.low, "high": one.high, "cardinality": one.cardinality,
        } for at, one in enumerate(frame.columns)
    ]  # fmt: skip


def _chunk_rows(frame: Frame, cluster_nodes: Sequence[Mapping[str, object]]) -> list[Row]:
    """As the log's: a row per node."""
    shares = shares_of(frame.shares) or shares_of_chunks(frame, cluster_of(cluster_nodes, ()))
    figures = spread(shares)
    total = _sum([one.rows for one in shares])
    base = place_of(frame.source, None)
    return [
        base | {
            "frame": frame.id, "holder": one.node, "rows": one.rows,
            "chunks_per_column": one.chunks, "size_bytes": one.bytes, "frame_rows": total,
            "nodes_in_frame": len(shares),
            "row_share": (one.rows or 0) / total if total else None,
            "max_over_mean": figures.rows_over_mean,
        } for one in shares
    ]  # fmt: skip


def _first(values: Sequence[int | None]) -> int | None:
    return next((value for value in values if value is not None), None)


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
