"""Logs that end in the middle of something: no fault, but no sign of health either."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.model.diagnosis import OpenEnd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from h2o_forensics.model.evidence import EvidenceSet

_RECORD = re.compile(r" (?P<level>INFO|WARN|ERROR|FATAL) (?P<logger>[\w.$]+): (?P<message>.*)")
_MEMORY = re.compile(
    r"(?:Swapping!  |blocked:   |Unblock allocations; cache below desired, but also OOM: )"
    r"(?:OOM|GC CALLBACK), \(K/V:.*OOM!"
)
"""Source: h2o-core/src/main/java/water/Cleaner.java, MemoryManager.java."""
_TREES = "hex.tree.SharedTree"
"""Logs each tree while a model is trained, and nothing when it is done."""
_LEFT = frozenset({"exit", "terminated"})
_SNAPSHOTS = frozenset(
    {"rest_cloud", "rest_jobs", "rest_error", "rest_other", "rest_timeline"}
    | {"model_metrics", "grid", "automl", "frame", "frame_chunks"}
)


def open_ends(evidence: EvidenceSet) -> tuple[OpenEnd, ...]:
    """One for each node whose last record is of memory that ran out, or of a tree being built."""
    ends = {node.node: node.end for node in evidence.case.nodes}  # of the last life
    paths = {artifact.id: artifact.path for artifact in evidence.case.artifacts}
    requests = _last_requests(evidence.tables["http_requests"].select("node", "ts").iter_rows())
    asked = any(artifact.kind in _SNAPSHOTS for artifact in evidence.case.artifacts)
    found: dict[str, OpenEnd] = {}
    for row in evidence.tables["log_files"].iter_rows(named=True):
        node, record = row["node"], _RECORD.search(row["text"] or "")
        whole = row["behind_ms"] == 0 and not row["ends_in_line"]  # else it is cut, or not the last
        if record is None or not whole or node in found or ends.get(node) in _LEFT:
            continue
        last = requests.get(node)
        if record["level"] == "WARN" and _MEMORY.match(record["message"]):
            what, sure = "memory", True
        elif record["logger"] == _TREES:
            what, sure = "work", not asked and last is not None and last < row["ts"]
        else:
            continue
        found[node] = OpenEnd(
            what=what,
            text=record["message"].strip(),
            path=paths[row["artifact"]],
            line=row["line"],
            ts=int(row["ts"].timestamp() * 1000),
            node=node,
            sure=sure,
        )
    return tuple(found[node] for node in sorted(found))


def _last_requests(rows: Iterable[tuple[str | None, datetime | None]]) -> dict[str, datetime]:
    """When each node answered the last request that its access log holds."""
    latest: dict[str, datetime] = {}
    for node, moment in rows:
        if node is not None and moment is not None:
            latest[node] = max(moment, latest.get(node, moment))
    return latest
