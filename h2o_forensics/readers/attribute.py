"""Which node an artifact without a node column belongs to: what lies beside it, never its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from h2o_forensics.readers.scanned import Scanned

_OWN_COLUMN = frozenset({"h2o_log", "http_log"})
_BY_FOLDER = frozenset({"console", "gc_log", "hs_err", "cgroup", "kernel_log", "text"})


class Owners:
    """Which nodes' logs lie in which folder, or below it."""

    def __init__(self, artifacts: Iterable[Scanned]) -> None:
        self._owners: dict[tuple[str, ...], set[str]] = {}
        for artifact in artifacts:
            node = _by_column(artifact)
            if node is not None:
                folders = artifact.folder
                for depth in range(len(folders) + 1):
                    self._owners.setdefault(folders[:depth], set()).add(node)

    def by_folder(self, artifact: Scanned) -> bool:
        """Whether a folder says whose it is: it names no node itself."""
        return artifact.kind in _BY_FOLDER and _by_column(artifact) is None

    def closest(self, folders: tuple[str, ...]) -> str | None:
        """The only node of the closest folder that has any."""
        for depth in range(len(folders), -1, -1):
            nodes = self._owners.get(folders[:depth])
            if nodes:
                return next(iter(nodes)) if len(nodes) == 1 else None
        return None


def attribute(artifacts: Sequence[Scanned]) -> None:
    """Set `node`: for H2O's logs the column's majority, else the one node of the closest folder."""
    owners = Owners(artifacts)
    for artifact in artifacts:
        artifact.node = artifact.node or _by_column(artifact)
        if artifact.node is None and owners.by_folder(artifact) and not artifact.mixed:
            artifact.node = owners.closest(artifact.folder)


def _by_column(artifact: Scanned) -> str | None:
    """The node that most of its records name."""
    if artifact.kind not in _OWN_COLUMN and not artifact.scan.nodes:
        return None
    named = {node: count for node, count in artifact.scan.nodes.items() if node}
    return max(sorted(named), key=lambda node: named[node], default=None)
