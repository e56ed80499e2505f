"""Whose process an operating system's process id is: a node's, or one that is none of the case's.

A kernel log tells of every process of its machine, a crash report lies where any JVM wrote it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.scanned import Scanned

_CONTAINER_PIDS = 100
"""A JVM below is process 1, 7, ... of a container; the machine counts it under another number."""
_SHELL = "containerID="
"""YARN names the pid of the container's shell; the JVM is a child of it."""


class Pids(Struct):
    """The process ids that the evidence states for each node."""

    lives: dict[int, list[Life]] = {}
    by_node: dict[str, set[int]] = {}
    unknown: bool = False
    """A node of the case has no known process id."""

    def life(self, pid: int) -> Life | None:
        """The one life that had this id; None: no life, or several (of several machines)."""
        found = self.lives.get(pid, [])
        return found[0] if len(found) == 1 else None

    def is_anothers(self, pid: int, node: str | None, text: str = "") -> bool:
        """Whether a process is none of the nodes whose process ids are known.

        Args:
            pid: the id of the process.
            node: whose evidence tells of it; None: anybody's.
            text: the line that tells of it.
        """
        if _SHELL in text or any(pid in known for known in self.by_node.values()):
            return False
        nodes = self.by_node if node is None else (node,)
        candidates = {own for name in nodes for own in self.by_node.get(name, ())}
        return bool(candidates) and min(candidates) >= _CONTAINER_PIDS


def known_pids(
    lives: Iterable[Life], artifacts: Sequence[Scanned], seen: Iterable[Mapping[str, Any]]
) -> Pids:
    """From banners, pid columns and `/3/Cloud` snapshots (`seen`: rows of `cluster_nodes`)."""
    pids = Pids(lives={}, by_node={})
    nodes = set()
    for life in lives:
        nodes.add(life.node)
        for pid in {life.facts.get("pid"), _whole(life.pid_column)}:
            if isinstance(pid, int):
                pids.lives.setdefault(pid, []).append(life)
                pids.by_node.setdefault(life.node, set()).add(pid)
    columns = {
        (hit.header.node, hit.header.pid)
        for artifact in artifacts
        for hit in artifact.scan.hits
        if hit.header is not None and hit.header.pid
    }
    stated = [(node, _whole(pid)) for node, pid in columns]
    stated += [(row["node"], row.get("pid")) for row in seen]
    for node, known in stated:
        if node in nodes and known is not None:
            pids.by_node.setdefault(node, set()).add(known)
    pids.unknown = any(node not in pids.by_node for node in nodes)
    return pids


def attribute_crash_reports(artifacts: Iterable[Scanned], pids: Pids) -> None:
    """A crash report belongs to the process it names, wherever it lies."""
    for artifact in artifacts:
        if artifact.kind != "hs_err" or artifact.pid is None:
            continue
        life = pids.life(artifact.pid)
        if life is not None:
            artifact.node = life.node
        elif pids.is_anothers(artifact.pid, artifact.node):
            artifact.node = None


def _whole(text: str) -> int | None:
    """A pid column; None: empty, or cut to `#` and its tail."""
    return int(text) if text.isdecimal() and text.isascii() else None
