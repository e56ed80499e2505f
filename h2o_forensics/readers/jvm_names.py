"""What the name of a GC log says of whose it is: a process id (`%p`), or a node's address or port.

A number in a name is believed only when it is one that a node is known to have.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from h2o_forensics.readers.lives import Life

_TIMES = re.compile(r"\d{4}-?\d\d-?\d\d(?:[-_T ]?\d\d[-:.]?\d\d(?:[-:.]?\d\d)?)?")
"""`%t`: `2026-11-22_06-00-00`, and what people write."""
_NUMBER = re.compile(r"(?<!\d)\d{3,10}(?!\d)")
"""Shorter process ids are those of containers, and shorter numbers those of rotated sets."""
_ADDRESS = re.compile(r"(?<!\d)\d{1,3}([._-])\d{1,3}\1\d{1,3}\1\d{1,3}(?!\d)")
_LEAST_PORT = 1024


def pids_named(path: str) -> set[int]:
    """Numbers in the file's name that may be a process id."""
    name = _bare(path.replace("!", "/").rsplit("/", 1)[-1])
    return {int(number) for number in _NUMBER.findall(_ADDRESS.sub(" ", name))}


def node_named(path: str, lives: Sequence[Life], *, folders: bool) -> str | None:
    """The only node that a path names by its address, or by a port that no other node has.

    Args:
        path: of the file; `!` separates archives.
        lives: of all nodes, those without logs included.
        folders: ask the folders, too, the closest one first.
    """
    nodes = sorted({life.node for life in lives})
    pids = {life.facts.get("pid") for life in lives}
    parts = path.replace("!", "/").split("/")
    for part in reversed(parts if folders else parts[-1:]):
        found = _named(_bare(part), nodes, pids)
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _bare(name: str) -> str:
    """Without dates."""
    return _TIMES.sub(" ", name)


def _named(name: str, nodes: Iterable[str], pids: Iterable[object]) -> list[str]:
    """All nodes that a name may mean."""
    addresses = {re.sub(r"[_-]", ".", match[0]) for match in _ADDRESS.finditer(name)}
    numbers = {int(number) for number in _NUMBER.findall(_ADDRESS.sub(" ", name))}
    ports = {number for number in numbers if number >= _LEAST_PORT} - set(pids)
    split = [(node, *node.rsplit(":", 1)) for node in nodes]
    return [
        node
        for node, host, port in split
        if port.isdecimal() and int(port) in ports and (not addresses or host in addresses)
    ]
