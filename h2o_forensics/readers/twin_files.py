"""Files with the same bytes: told of is the one that lies with a node's logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.readers.attribute import Owners
from h2o_forensics.readers.scanned import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from h2o_forensics.readers.scanned import Scanned

_KINDS = frozenset({"console", "gc_log", "hs_err"})
"""What one process writes: others may lie with each node of a machine, and are of all."""
Duplicates = tuple[tuple[str, str], ...]
"""(path, path of the one that was read)."""


def choose_twins(artifacts: Sequence[Scanned], duplicates: Duplicates) -> Duplicates:
    """Give each artifact the path of its copy in a node's folder, if it lies in none itself.

    Where copies of a GC log lie with the logs of several nodes, none of them says whose it is.

    Returns:
        the duplicates, by the paths that artifacts have now.
    """
    copies: dict[str, list[str]] = {}
    for path, original in duplicates:
        copies.setdefault(original, []).append(path)
    owners = Owners(artifacts)
    chosen: dict[str, str] = {}
    for artifact in artifacts:
        twins = copies.get(artifact.path)
        if twins is None or artifact.kind not in _KINDS or not owners.by_folder(artifact):
            continue
        places = [artifact.path, *sorted(twins, key=lambda path: (path.count("!"), path))]
        nodes = {path: owners.closest(folder_of(path)) for path in places}
        known = set(nodes.values()) - {None}
        if len(known) > 1 and artifact.kind == "gc_log":
            artifact.mixed = True
        elif len(known) == 1:
            chosen[artifact.path] = next(path for path in places if nodes[path] is not None)
    for artifact in artifacts:
        artifact.path = chosen.get(artifact.path, artifact.path)
    return tuple(sorted(_renamed(duplicates, chosen)))


def _renamed(duplicates: Duplicates, chosen: dict[str, str]) -> Iterable[tuple[str, str]]:
    for path, original in duplicates:
        now = chosen.get(original, original)
        yield (original if path == now else path), now
