"""Which node an artifact without a node column belongs to: what lies beside it, never its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.readers.scanned import Scanned

_OWN_COLUMN = frozenset({"h2o_log", "http_log"})
_BY_FOLDER = frozenset({"console", "gc_log", "hs_err", "cgroup", "kernel_log", "text"})


def attribute(artifacts: Sequence[Scanned]) -> None:
    """Set `node`: for H2O's logs the column's majority, else the one node of the closest folder."""
    owners: dict[tuple[str, ...], set[str]] = {}
    for artifact in artifacts:
        if artifact.kind in _OWN_COLUMN or artifact.scan.nodes:
            named = {node: count for node, count in artifact.scan.nodes.items() if node}
            if named:
                artifact.node = max(sorted(named), key=lambda node: named[node])
                folders = artifact.folder
                for depth in range(len(folders) + 1):
                    owners.setdefault(folders[:depth], set()).add(artifact.node)
    for artifact in artifacts:
        if artifact.node is None and artifact.kind in _BY_FOLDER:
            artifact.node = _closest(artifact.folder, owners)


def _closest(folders: tuple[str, ...], owners: dict[tuple[str, ...], set[str]]) -> str | None:
    """The only node of the closest folder that has any."""
    for depth in range(len(folders), -1, -1):
        nodes = owners.get(folders[:depth])
        if nodes:
            return next(iter(nodes)) if len(nodes) == 1 else None
    return None
