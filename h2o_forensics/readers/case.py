"""Put the case together: artifacts, nodes, clocks, tables and hits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from h2o_forensics.model.artifact import Artifact, Case, Cloud, Coverage, Gap, Node
from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.settings import Settings
from h2o_forensics.model.tables import make_table
from h2o_forensics.readers import log_tables
from h2o_forensics.readers.anchors import NO_NODE
from h2o_forensics.readers.attribute import attribute
from h2o_forensics.readers.hits import build_hits, hit_row
from h2o_forensics.readers.jvm_places import relocate_jvms
from h2o_forensics.readers.jvm_tables import JVM_TABLES, ends_of, jvm_rows
from h2o_forensics.readers.jvms import read_jvms
from h2o_forensics.readers.lives import MAX_NODES, Life, find_lives, node_of
from h2o_forensics.readers.log_files import log_file_rows
from h2o_forensics.readers.node_table import node_rows
from h2o_forensics.readers.peers import find_peers
from h2o_forensics.readers.pids import attribute_crash_reports, known_pids
from h2o_forensics.readers.read_artifacts import ScanBlocks, read_artifacts
from h2o_forensics.readers.relocate import relocate_hits, relocate_rows
from h2o_forensics.readers.rest import job_exception
from h2o_forensics.readers.settle import check_settings, settle_clocks, settle_others
from h2o_forensics.readers.side_tables import SIDE_TABLES, SideTables, note_limits
from h2o_forensics.readers.silences import silence_rows
from h2o_forensics.readers.spark import spark_rows
from h2o_forensics.readers.training_archives import add_mojos, take_mojos
from h2o_forensics.readers.training_case import read_training, training_rows
from h2o_forensics.readers.training_places import relocated
from h2o_forensics.readers.twin_files import choose_twins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from h2o_forensics.model.bundle import Bundle
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.training import TrainingEvidence
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned

_SETTINGS = Settings()
_RUNNING_MS = 15_000
"""A node that wrote this close to the end of the evidence was running when it ended."""
_NODE_IN_NAME = re.compile(r"node\d+_([^/!]+?)_(\d+)\.zip$")


def read_case(
    bundle: Bundle,
    signals: Sequence[Signal],
    scanner: ScanBlocks,
    settings: Settings = _SETTINGS,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> EvidenceSet:
    """Read everything once.  `signals` is the scanner's own list: raw hits hold indices of it."""
    check_settings(settings)
    artifacts, problems, bundle = _artifacts(bundle, scanner, progress, settings)
    clocks = settle_clocks(artifacts, signals, settings)
    lives, dropped = find_lives(artifacts, signals)
    if dropped:
        problems.append(_too_many_nodes(artifacts[0].path, dropped))
    settle_others((life.node for life in lives), clocks, artifacts)
    rest = _rest_rows(artifacts)
    names = frozenset(life.node for life in lives) | {
        row["node"] for row in rest["cluster_nodes"] if row["node"]
    }
    pids = known_pids(lives, artifacts, rest["cluster_nodes"])
    attribute_crash_reports(artifacts, pids)
    jvms = read_jvms(artifacts, lives, signals, clocks, names)
    found = build_hits(artifacts, signals, lives, clocks, names, pids=pids)
    hits = relocate_hits(found, artifacts)
    first, last = _window(artifacts, clocks)
    rest |= SideTables(artifacts, lives, clocks, pids).rows() | jvm_rows(jvms)
    nodes, peers = _nodes(lives, clocks, artifacts, last, ends_of(rest))
    training = read_training(artifacts, signals, clocks, rest["jobs"], bundle.problems())
    tables, unexplained = _tables(
        artifacts, signals, clocks, rest,
        lives=lives, nodes=nodes, peers=peers, last=last, training=training,
    )  # fmt: skip
    tables["hits"] = make_table("hits", [hit_row(hit) for hit in hits])
    case = Case(
        sources=bundle.sources,
        artifacts=_artifact_nouns(artifacts, bundle),
        nodes=tuple(nodes),
        clocks={node or "(no node)": clock.clock for node, clock in sorted(clocks.items())},
        cloud=_cloud(tables, lives),
        coverage=_coverage(artifacts, clocks),
        first_ms=first,
        last_ms=last,
        gaps=_gaps(bundle, lives),
        problems=_problems(bundle, problems, artifacts, signals),
    )
    jvms = relocate_jvms(jvms, artifacts)
    training = msgspec.structs.replace(training, saved=relocated(training.saved, artifacts))
    return EvidenceSet(case, tables, hits, unexplained, jvms, training)


def _artifacts(
    bundle: Bundle,
    scanner: ScanBlocks,
    progress: Callable[[str, int, int | None], None] | None,
    settings: Settings,
) -> tuple[list[Scanned], list[Problem], Bundle]:
    """All that was read, in order and put to nodes; the bundle as the case sees it."""
    mojos, bundle = take_mojos(bundle)
    artifacts, problems = read_artifacts(bundle, scanner, progress, ahead=settings.threads > 1)
    add_mojos(mojos, artifacts)
    return artifacts, problems, _placed(bundle, artifacts)


def _placed(bundle: Bundle, artifacts: list[Scanned]) -> Bundle:
    """Put artifacts in order and to nodes; the bundle with other duplicates, if it has to be."""
    duplicates = choose_twins(artifacts, bundle.duplicates)
    # What stands in a plain file is quoted from there, not from a copy deep inside an archive.
    artifacts.sort(key=lambda one: (one.path.count("!"), one.path))
    attribute(artifacts)
    return msgspec.structs.replace(bundle, duplicates=duplicates)


def _too_many_nodes(path: str, dropped: int) -> Problem:
    message = (
        f"The evidence names {dropped} nodes more than the {MAX_NODES} that are looked at; those "
        "that wrote most were kept. Give the logs of one cluster at a time."
    )
    return Problem(path, "too_many_nodes", message)


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


def _rest_rows(artifacts: Sequence[Scanned]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {
        "cluster_nodes": [], "jobs": [], "exceptions": [], "imports": [],
    }  # fmt: skip
    for artifact in artifacts:
        for table, found in artifact.rest.items():
            for row in found:
                placed = row | {"artifact": artifact.id, "ts": row.get("at_ms"), "line": None}
                rows[table].append(placed)
                failure = job_exception(placed) if table == "jobs" else None
                if failure:
                    rows["exceptions"].append(
                        failure | {"artifact": artifact.id, "ts": failure["at_ms"], "line": None}
                    )
    by_job: dict[str, list[dict[str, Any]]] = {}
    for row in rows["jobs"]:
        by_job.setdefault(str(row["job"]), []).append(row)
    for same in by_job.values():
        progressed = len({(row["progress"], row["status"]) for row in same}) > 1
        for row in same:
            row |= {"snapshots": len(same), "progressed": progressed}
    return rows


def _window(
    artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]
) -> tuple[int | None, int | None]:
    """First and last instant any H2O log covers; without one, any log."""
    moments = []
    for artifact in artifacts:
        clock = clocks.get(artifact.node or "")
        foreign = not any(artifact.scan.nodes) and any(clocks.keys() - {NO_NODE})
        if clock is None or foreign or artifact.kind not in {"h2o_log", "console"}:
            continue
        moments += [
            clock.epoch(stamp) for stamp in (artifact.scan.first_stamp, artifact.scan.last_stamp)
        ]
    known = [moment for moment in moments if moment is not None]
    return min(known, default=None), max(known, default=None)


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
) -> tuple[dict[str, Any], tuple[Any, ...]]:
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


def _artifact_nouns(artifacts: Sequence[Scanned], bundle: Bundle) -> tuple[Artifact, ...]:
    nouns = [
        Artifact(
            id=one.id, path=one.path, kind=one.kind, node=one.node, bytes=one.size,
            sha256=one.scan.sha256 or None, lines=one.scan.lines or None, state=one.state,
            part=one.part, rewritten=one.rewritten,
        )
        for one in artifacts
    ]  # fmt: skip
    ids = {one.path: one for one in nouns}
    for path, original in bundle.duplicates:
        same = ids.get(original)
        nouns.append(
            Artifact(
                id=f"A{len(nouns) + 1}", path=path, kind=same.kind if same else "binary",
                node=same.node if same else None,
                bytes=same.bytes if same else 0, sha256=same.sha256 if same else None,
                lines=same.lines if same else None, state="duplicate",
                same_as=same.id if same else None,
            )
        )  # fmt: skip
    for path, what in bundle.listed:
        kind = "empty" if "empty" in what else "archive"
        state = "opened" if what == "zip archive" else "listed"
        nouns.append(
            Artifact(id=f"A{len(nouns) + 1}", path=path, kind=kind, node=None, bytes=0,
                     sha256=None, lines=None, state=state)
        )  # fmt: skip
    return tuple(nouns)


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


def _coverage(
    artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]
) -> tuple[Coverage, ...]:
    found = []
    for one in artifacts:
        clock = clocks.get(one.node or "")
        if clock is None or one.kind not in {"h2o_log", "console"} or not any(one.scan.nodes):
            continue
        first, last = clock.epoch(one.scan.first_stamp), clock.epoch(one.scan.last_stamp)
        if first is not None and last is not None:
            level = next(
                (
                    name
                    for name in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")
                    if name in one.scan.levels
                ),
                "",
            )
            found.append(Coverage(one.node, one.id, one.kind, level, first, last))
    return tuple(found)


def _gaps(bundle: Bundle, lives: Sequence[Life]) -> tuple[Gap, ...]:
    """Members whose logs are not here, nodes that did not answer when the archive was made."""
    why = {
        life.node: f"{life.node} was a member of the cloud, but no log of it was given."
        for life in lives
        if life.first_stamp is None and life.last_stamp is None
    }
    logged = {life.node for life in lives} - why.keys()
    for problem in bundle.problems():
        match = _NODE_IN_NAME.search(problem.artifact)
        if (
            problem.code == "node_not_healthy"
            and match is not None
            and f"{match[1]}:{match[2]}" not in logged
        ):
            node = f"{match[1]}:{match[2]}"
            why[node] = (
                f"{node} did not answer when the log archive was made, so its logs are not in it."
            )
    return tuple(
        Gap(node=node, source="h2o_log", from_ms=None, to_ms=None, why=reason,
            fetch=f"Copy the log directory of {node} from its own disk "
                  "(its start-up line `Log dir:` names it).")
        for node, reason in sorted(why.items())
    )  # fmt: skip


def _problems(
    bundle: Bundle,
    found: Sequence[Problem],
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
) -> tuple[Problem, ...]:
    slow = [
        Problem(
            one.path,
            "rule_timeout",
            f"signal {signals[index].id} took too long {count} times: its pattern did not see "
            "those records, and after a few of them it was switched off for the rest of this file.",
        )
        for one in artifacts
        for shared, count in sorted(one.scan.timeouts.items())
        for index in one.scan.alike.get(shared, (shared,))
    ]
    repeated = [
        Problem(
            one.path,
            "repeated",
            f"{one.repeated_runs} of the JVM's runs in this file begin with a pause that another "
            "one in it begins with, to the last digit: it was taken for a copy and is not counted.",
        )
        for one in artifacts
        if one.repeated_runs
    ]
    everything = [*bundle.problems(), *found, *slow, *repeated]
    return tuple(sorted(everything, key=msgspec.structs.astuple))
