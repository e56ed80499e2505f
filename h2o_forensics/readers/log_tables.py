"""Evidence tables that come from logs: members, chunks, minutes, warnings, exceptions, requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from h2o_forensics.model.diagnosis import Unexplained
from h2o_forensics.model.values import read_bytes, read_node
from h2o_forensics.readers.exceptions import parse_exception
from h2o_forensics.readers.rest import exception_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import RawHit
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned

Row = dict[str, Any]
_DISTRIBUTION = re.compile(
    r"^[ \t]*(?P<holder>\S+:\d+|mean|min|max|stddev|total)[ \t]+"
    r"(?P<size>[\d.]+ +[KMGT]?B|Zero)[ \t]+(?P<rows>\d{1,18})[ \t]+(?P<per_column>\d{1,9})[ \t]+"
    r"(?P<chunks>\d{1,9})[ \t]*$",
    re.MULTILINE,
)
_HARMLESS = re.compile(
    r"^WARN [\w.$]+: (?:\*\*\*.*H\dO version is|SECURITY_WARNING: web_ip|$)"
    r"|Flatfile configuration does not include self"
)
MAX_UNEXPLAINED = 200


def member_and_chunk_rows(
    artifacts: Sequence[Scanned], signals: Sequence[Signal], clocks: Mapping[str, SettledClock]
) -> tuple[list[Row], list[Row]]:
    """Rows of `members` and of `chunks`, each event once."""
    members: dict[tuple[Any, ...], Row] = {}
    chunks: dict[tuple[Any, ...], list[Row]] = {}
    for artifact in artifacts:
        frame = None
        for hit in artifact.scan.hits:
            signal, header = signals[hit.signal], hit.header
            if signal.rule_id != "H2O" or header is None:
                continue
            clock = clocks.get(header.node)
            key = (header.node, header.stamp_ms, hit.text)
            base = {
                "node": header.node, "ts": clock.epoch(header.stamp_ms) if clock else None,
                "artifact": artifact.id, "line": hit.line, "text": hit.text,
            }  # fmt: skip
            if signal.name == "cloud" and key not in members:
                listed = [
                    read_node(name) or name for name in (hit.captures["members"] or "").split(", ")
                ]
                members[key] = base | {
                    "size": int(hit.captures["size"] or 0), "members": ",".join(listed),
                    "leader": listed[0],
                }  # fmt: skip
            elif signal.name == "parsed":
                frame = hit.captures["frame"]
            elif signal.name == "distribution" and key not in chunks:
                chunks[key] = _chunk_rows(hit, frame, base)
    return list(members.values()), [row for rows in chunks.values() for row in rows]


def _chunk_rows(hit: RawHit, frame: str | None, base: Row) -> list[Row]:
    table = hit.captures["table"] or ""
    parts = [match for match in _DISTRIBUTION.finditer(table) if ":" in match["holder"]]
    total = sum(int(part["rows"]) for part in parts)
    most = max((int(part["rows"]) for part in parts), default=0)
    lines = [line.strip() for line in table.split("\n")]
    rows = []
    for part in parts:
        count = int(part["rows"])
        at = lines.index(part[0].strip())
        rows.append(base | {
            "line": base["line"] + 1 + at, "text": part[0].strip(), "frame": frame,
            "holder": part["holder"],
            "rows": count, "chunks_per_column": int(part["per_column"]),
            "size_bytes": read_bytes(part["size"]),
            "frame_rows": total, "nodes_in_frame": len(parts),
            "row_share": count / total if total else None,
            "max_over_mean": most * len(parts) / total if total else None,
        })  # fmt: skip
    return rows


def minute_rows(artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]) -> list[Row]:
    """Rows of `minutes`: per node, minute and level the largest count any one artifact has."""
    best: dict[tuple[str, int, str], tuple[int, str]] = {}
    for artifact in artifacts:
        clock = clocks.get(artifact.node or "")
        if artifact.node is None or clock is None:
            continue
        for (minute, level), count in artifact.scan.level_minutes.items():
            if minute is None:
                continue
            moment = clock.epoch(minute * 60_000)
            if moment is not None and count > best.get((artifact.node, moment, level), (0, ""))[0]:
                best[artifact.node, moment, level] = (count, artifact.id)
    return [
        {"node": node, "ts": moment, "level": level, "count": count, "artifact": source}
        for (node, moment, level), (count, source) in sorted(best.items())
    ]


def warning_rows(artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]) -> list[Row]:
    """Rows of `warnings`: samples per shape from its fullest artifact, the count on the first."""
    holders: dict[tuple[str | None, str], list[Scanned]] = {}
    for artifact in artifacts:
        for name in artifact.scan.shapes:
            holders.setdefault((artifact.node, name), []).append(artifact)
    rows = []
    for (node, name), found in sorted(
        holders.items(), key=lambda item: (item[0][0] or "", item[0][1])
    ):
        found.sort(key=lambda one: (-one.scan.shapes[name].count, one.path))
        artifact, path = found[0], found[0].path
        count = _count_once(found, name)
        shape = artifact.scan.shapes[name]
        known = any(sample.offset in artifact.scan.hit_records for sample in shape.samples)
        clock = clocks.get(node or "")
        for at, sample in enumerate(shape.samples):
            rows.append({
                "node": node, "ts": clock.epoch(sample.header.stamp_ms) if clock else None,
                "artifact": artifact.id,
                "line": sample.line, "level": shape.level, "thread": sample.header.thread,
                "logger": sample.header.logger, "shape": name, "text": sample.line_text,
                "count": 0 if at else count, "explained": known or bool(_HARMLESS.search(name)),
                "record": sample.text, "path": path,
            })  # fmt: skip
    return rows


def _count_once(artifacts: Sequence[Scanned], name: str) -> int:
    """A shape's count over files of other times (a rotated set): those of the same time repeat."""
    total = 0
    heard: list[tuple[int, int]] = []
    for artifact in artifacts:
        first, last = artifact.scan.first_stamp or 0, artifact.scan.last_stamp or 0
        if all(last < begin or first > end for begin, end in heard):
            heard.append((first, last))
            total += artifact.scan.shapes[name].count
    return total


def unexplained_of(warnings: Sequence[Row]) -> tuple[Unexplained, ...]:
    """WARN+ shapes that no rule knows, the rarest last, the gravest first."""
    rank = {"FATAL": 0, "ERROR": 1, "WARN": 2}
    found: dict[str, Unexplained] = {}
    for row in warnings:
        if row["explained"] or not row["count"]:
            continue
        earlier = found.get(row["shape"])
        message = row["record"].strip().split("\n")
        example = row["text"] if len(message) == 1 else message[0]
        found[row["shape"]] = Unexplained(
            shape=row["shape"], count=row["count"] + (earlier.count if earlier else 0),
            example=example[:1000],
            artifact=row["artifact"], path=row["path"], line=row["line"], ts=row["ts"],
            node=row["node"],
        )  # fmt: skip
    ordered = sorted(
        found.values(), key=lambda one: (rank[one.shape.split(" ", 1)[0]], -one.count, one.shape)
    )
    return tuple(ordered[:MAX_UNEXPLAINED])


def exception_rows(warnings: Sequence[Row]) -> list[Row]:
    """Rows of `exceptions` from the WARN+ records that hold one."""
    rows = []
    for row in warnings:
        parsed = parse_exception(row["record"])
        if parsed is not None:
            place = {key: row[key] for key in ("node", "ts", "artifact", "line", "text", "count")}
            rows.append(place | exception_row(parsed) | {"source": "log"})
    return rows


def request_rows(artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]) -> list[Row]:
    """Rows of `http_requests`."""
    rows = []
    for artifact in artifacts:
        for request in artifact.requests:
            clock = clocks.get(request["node"])
            rows.append(request | {
                "artifact": artifact.id,
                "ts": clock.epoch_of_local(request["stamp_ms"]) if clock else None,
            })  # fmt: skip
    return rows
