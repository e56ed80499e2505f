"""Points worth showing in clock order: starts, clouds, silences, findings, last words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2o_forensics.model.evidence import TimelineEntry

if TYPE_CHECKING:
    from h2o_forensics.model.diagnosis import Diagnosis
    from h2o_forensics.model.evidence import EvidenceSet

MAX_ENTRIES = 300
_SILENCE_MS = 20_000
_QUIET_SHARE = 0.2


def build_timeline(evidence: EvidenceSet, diagnosis: Diagnosis) -> tuple[TimelineEntry, ...]:
    """At most `MAX_ENTRIES` entries in order of time, findings always among them."""
    paths = {artifact.id: artifact.path for artifact in evidence.case.artifacts}
    entries = [*_starts(evidence), *_clouds(evidence, paths), *_silences(evidence, paths)]
    room = MAX_ENTRIES - len(diagnosis.findings)
    entries = sorted(entries, key=_order)[: max(room, 0)]
    for judged in diagnosis.findings:
        found = judged.finding
        if found.first_seen is None:
            continue
        proof = next(
            (item for item in found.evidence if item.time == found.first_seen), found.evidence[0]
        )
        node = found.nodes[0] if found.nodes else None
        text = f"{found.title} [{found.condition}]"
        entries.append(
            TimelineEntry(
                found.first_seen,
                node,
                "finding",
                text,
                judged.id,
                proof.artifact,
                proof.path,
                proof.line,
            )
        )
    return tuple(sorted(entries, key=_order))


def _order(entry: TimelineEntry) -> tuple[Any, ...]:
    return (entry.ts, entry.node or "", entry.what, entry.text)


def _starts(evidence: EvidenceSet) -> list[TimelineEntry]:
    entries = []
    for node in evidence.case.nodes:
        if node.started is not None:
            again = f" (run {node.run})" if node.run > 1 else ""
            text = f"H2O {node.h2o_version or ''} started{again}".replace("  ", " ")
            entries.append(
                TimelineEntry(node.started, node.node, "start", text, None, None, None, None)
            )
        if node.last_seen is not None:
            text = "last record of this node's logs"
            entries.append(
                TimelineEntry(
                    node.last_seen, node.node, "last_record", text, None, None, None, None
                )
            )
    return entries


def _clouds(evidence: EvidenceSet, paths: dict[str, str]) -> list[TimelineEntry]:
    rows = evidence.tables["members"].iter_rows(named=True)
    return [
        _of_row(row, "cloud", f"sees a cloud of {row['size']}", paths)
        for row in rows
        if row["ts"] is not None
    ]


def _silences(evidence: EvidenceSet, paths: dict[str, str]) -> list[TimelineEntry]:
    return [
        _of_row(row, "silence", f"silent for {row['silent_ms'] / 1000:.0f} s", paths)
        for row in evidence.tables["gaps"].iter_rows(named=True)
        if row["returned"]
        and row["silent_ms"] >= _SILENCE_MS
        and row["quiet_share"] <= _QUIET_SHARE
    ]


def _of_row(row: dict[str, Any], what: str, text: str, paths: dict[str, str]) -> TimelineEntry:
    stamp, artifact = int(row["ts"].timestamp() * 1000), row["artifact"]
    return TimelineEntry(
        stamp, row["node"], what, text, None, artifact, paths.get(artifact), row["line"]
    )
