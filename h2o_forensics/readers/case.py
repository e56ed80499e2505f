"""Put the case together: artifacts, nodes, clocks, tables and hits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from h2o_forensics.model.artifact import Case, Cloud, Node
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.settings import Settings
from h2o_forensics.readers import log_tables
from h2o_forensics.readers.case_nouns import (
    artifact_nouns,
    coverage_of,
    missing_logs,
    problems_of,
    window_of,
)
from h2o_forensics.readers.gathered import gather
from h2o_forensics.readers.hits import build_hits, hit_row
from h2o_forensics.readers.jvm_places import relocate_jvms
from h2o_forensics.readers.jvm_tables import JVM_TABLES, ends_of, jvm_rows
from h2o_forensics.readers.lives import Life, node_of
from h2o_forensics.readers.log_files import log_file_rows
from h2o_forensics.readers.node_table import node_rows
from h2o_forensics.readers.peers import find_peers
from h2o_forensics.readers.reading import Readings
from h2o_forensics.readers.relocate import relocate_hits, relocate_rows
from h2o_forensics.readers.side_tables import SIDE_TABLES, SideTables, note_limits
from h2o_forensics.readers.silences import silence_rows
from h2o_forensics.readers.spark import spark_rows
from h2o_forensics.readers.training_case import read_training, training_rows
from h2o_forensics.readers.training_places import relocated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from h2o_forensics.model.bundle import Bundle
    from h2o_forensics.model.finding import Hit
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.training import TrainingEvidence
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.read_artifacts import ScanBlocks
    from h2o_forensics.readers.scanned import Scanned

_SETTINGS = Settings()
_NONE = Readings()
_RUNNING_MS = 15_000
"""A node that wrote this close to the end of the evidence was running when it ended."""


def read_case(
    bundle: Bundle,
    signals: Sequence[Signal],
    scanner: ScanBlocks,
    settings: Settings = _SETTINGS,
    progress: Callable[[str, int, int | None], None] | None = None,
    *,
    readings: Readings = _NONE,
) -> EvidenceSet:
    """Read everything once.  `signals` is the scanner's own list: raw hits hold indices of it.

    `readings`: what another process read with the same signals.
    """
    read = gather(bundle, signals, scanner, settings, progress, readings=readings)
    artifacts, clocks, lives = read.artifacts, read.clocks, read.lives
    found = build_hits(artifacts, signals, lives, clocks, read.names, pids=read.pids)
    hits = relocate_hits(found, artifacts)
    first, last = window_of(artifacts, clocks)
    rest = read.rest | SideTables(artifacts, lives, clocks, read.pids).rows() | jvm_rows(read.jvms)
    nodes, peers = _nodes(lives, clocks, artifacts, last, ends_of(rest))
    training = read_training(artifacts, signals, clocks, rest["jobs"], read.bundle.problems())
    tables, unexplained = _tables(
        artifacts, signals, clocks, rest,
        lives=lives, nodes=nodes, peers=peers, last=last, training=training, hits=hits,
    )  # fmt: skip
    case = Case(
        sources=read.bundle.sources,
        artifacts=artifact_nouns(artifacts, read.bundle),
        nodes=tuple(nodes),
        clocks={node or "(no node)": clock.clock for node, clock in sorted(clocks.items())},
        cloud=_cloud(tables, lives),
        coverage=coverage_of(artifacts, clocks),
        first_ms=first,
        last_ms=last,
        gaps=missing_logs(read.bundle, lives),
        problems=problems_of(read.bundle, read.problems, artifacts, signals),
    )
    jvms = relocate_jvms(read.jvms, artifacts)
    training = msgspec.structs.replace(training, saved=relocated(training.saved, artifacts))
    return EvidenceSet(case, tables, hits, unexplained, jvms, training)


def read_runs(
    bundle: Bundle,
    signals: Sequence[Signal],
    scanner: ScanBlocks,
    settings: Settings = _SETTINGS,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> EvidenceSet:
    """Read everything once, for the runs of JVMs alone: without tables, hits, models and nodes."""
    read = gather(bundle, signals, scanner, settings, progress)
    first, last = window_of(read.artifacts, read.clocks)
    case = Case(
        sources=read.bundle.sources,
        artifacts=artifact_nouns(read.artifacts, read.bundle),
        nodes=(),
        clocks={},
        cloud=Cloud(),
        coverage=(),
        first_ms=first,
        last_ms=last,
        problems=problems_of(read.bundle, read.problems, read.artifacts, signals),
    )
    return EvidenceSet(case, {}, (), (), relocate_jvms(read.jvms, read.artifacts))


def _nodes(
    lives: Sequence[Life],
    clocks: Mapping[str, SettledClock],
    artifacts: Sequence[Scanned],
    last: int | None,
    ends: Mapping[tuple[str, int], str],
) -> tuple[list[Node], list[list[int]]]:
    """The nodes, each with its peers, and the indices of these.

    `ends`: how other evidence than H2O's logs says that a life ended, by node and run.
    """
    latest = {life.node: life for life in lives}
    nodes = [_node(life, latest[life.node], clocks.get(life.node), last) for life in lives]
    nodes = [
        msgspec.structs.replace(node, end=ends.get((node.node, node.run), node.end))
        if node.end == "unknown"
        else node
        for node in nodes
    ]
    peers = find_peers(lives, nodes, artifacts)
    named = [tuple((nodes[at].node, nodes[at].run) for at in mine) for mine in peers]
    pairs = zip(nodes, named, strict=True)
    return [msgspec.structs.replace(node, peers=mine) for node, mine in pairs], peers


def _replaced(life: Life, latest: Life) -> bool:
    """Another process has its place: however it ended, it ended."""
    return latest.run > life.run and (latest.first_stamp or 0) >= (life.last_stamp or 0)


def _node(life: Life, latest: Life, clock: SettledClock | None, case_last: int | None) -> Node:
    started = clock.epoch(life.first_stamp) if clock and life.has_banner else None
    last_seen = clock.epoch(life.last_stamp) if clock else None
    end = "unknown"
    if life.shutdown or life.exiting:
        end = "exit"
    elif last_seen is not None and case_last is not None and case_last - last_seen <= _RUNNING_MS:
        end = "unknown" if _replaced(life, latest) else "running"
    return node_of(life, started, last_seen, end)


def _tables(
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
    clocks: Mapping[str, SettledClock],
    rest: dict[str, list[dict[str, Any]]],
    *,
    lives: Sequence[Life],
    nodes: Sequence[Node],
    peers: Sequence[Sequence[int]],
    last: int | None,
    training: TrainingEvidence,
    hits: Sequence[Hit],
) -> tuple[dict[str, Any], tuple[Any, ...]]:
    from h2o_forensics.model.tables import make_table  # noqa: PLC0415 - 0.2 s that `gc` saves

    members, chunks = log_tables.member_and_chunk_rows(artifacts, signals, clocks)
    warnings = log_tables.warning_rows(artifacts, clocks)
    executors, spark = spark_rows(artifacts, signals, clocks)
    rows = {
        "members": members, "warnings": warnings,
        "minutes": log_tables.minute_rows(artifacts, clocks),
        "gaps": silence_rows(artifacts, clocks, last, _peer_names(nodes, peers)),
        "log_files": log_file_rows(artifacts, clocks),
        "nodes": node_rows(lives, nodes, clocks, peers),
        "http_requests": log_tables.request_rows(artifacts, clocks),
        "exceptions": log_tables.exception_rows(warnings) + rest["exceptions"],
        "jobs": rest["jobs"], "cluster_nodes": rest["cluster_nodes"],
        "imports": rest["imports"], "executors": executors, "spark": spark,
        **{name: rest[name] for name in (*SIDE_TABLES, *JVM_TABLES)},
        **training_rows(training, rest["cluster_nodes"], chunks),
    }  # fmt: skip
    note_limits(rows["nodes"], rest)
    relocate_rows(rows, artifacts)
    tables = {name: make_table(name, sorted(found, key=_row_order)) for name, found in rows.items()}
    tables["hits"] = make_table("hits", [hit_row(hit) for hit in hits])
    return tables, log_tables.unexplained_of(warnings)


def _peer_names(nodes: Sequence[Node], peers: Sequence[Sequence[int]]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for node, indices in zip(nodes, peers, strict=True):
        names.setdefault(node.node, set()).update(nodes[index].node for index in indices)
    return names


def _row_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        row.get("ts") is None,
        row.get("ts") or 0,
        str(row.get("node")),
        row["artifact"] or "",
        row.get("line") or 0,
        str(row.get("pointer")),
        str(row.get("holder")),
    )


def _cloud(tables: Mapping[str, Any], lives: Sequence[Life]) -> Cloud:
    nodes, members, seen = tables["nodes"], tables["members"], tables["cluster_nodes"]
    sizes = [
        size
        for size in (*members["size"].to_list(), *seen["cloud_size"].to_list())
        if size is not None
    ]
    locked = [life.facts["why"] for life in lives if "why" in life.facts]
    return Cloud(
        expected=nodes["node"].n_unique() or None,
        largest=max(sizes, default=None),
        locked_by=locked[0] if locked else None,
    )
