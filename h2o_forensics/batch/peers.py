"""Whom an H2O node named as its cloud, from the beginning of its log: are two directories one run?

Read only where neither names nor what lies beside them decide.
"""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from h2o_forensics.batch.listing import join
from h2o_forensics.batch.unit_names import h2o_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from h2o_forensics.batch.listing import Folder

_HEAD = 1 << 18
_DEEP = 3
"""Directories between a node's own and its H2O logs: `logs`, `h2ologs/<application>`."""
_CLOUD = re.compile(rb"Cloud of size \d+ formed \[([^\]\n]{1,20000})\]")
"""`Cloud of size 3 formed [/10.0.0.1:54321, host/10.0.0.2:54321]` (water/Paxos.java)."""
_MEMBER = re.compile(r"([^/,\s]+):(\d+)")


def h2o_logs(folder: Folder, deep: int = _DEEP) -> Iterator[tuple[str, str]]:
    """Give node (`10.0.0.1_54321`) and path of the H2O logs at and below a directory."""
    for file in folder.listed.files:
        node = h2o_node(file.path)
        if node is not None:
            yield node, join(folder.path, file.path)
    if deep:
        for below in folder.listed.folders:
            yield from h2o_logs(below, deep - 1)


def one_cluster(folders: Sequence[Folder]) -> bool:
    """Whether directories hold one node's H2O logs each, of nodes of one cloud.

    That is so when each one's log names the first one, or the first one's names it, and none that
    tells its cloud leaves the other out.  Ends at the first for which it is not.
    """
    nodes: set[str] = set()
    first, known = "", frozenset[str]()
    for folder in folders:
        logs = sorted(h2o_logs(folder))
        own = {node for node, _path in logs}
        if len(own) != 1 or own <= nodes or "://" in folder.path:
            return False
        node = own.pop()
        nodes.add(node)
        if not first:
            first, known = node, _cloud(logs)
            continue
        told = [(node, known), (first, _cloud(logs))]
        if {peer in cloud for peer, cloud in told if cloud} != {True}:
            return False
    return len(nodes) > 1


def _cloud(logs: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Give the members of the clouds that a node says it was in."""
    for _node, path in logs:
        if re.search(r"-[123]-[a-z]+\.log", path):  # Graver files do not tell.
            found = {
                f"{host}_{port}"
                for members in _CLOUD.findall(_head(path))
                for host, port in _MEMBER.findall(members.decode("utf-8", "replace"))
            }
            if found:
                return frozenset(found)
    return frozenset()


def _head(path: str) -> bytes:
    try:
        with Path(path).open("rb") as stream:
            if path.endswith(".gz"):
                with gzip.open(stream) as packed:
                    return packed.read(_HEAD)
            return stream.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return b""
