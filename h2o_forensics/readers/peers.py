"""Which nodes belong together: members of one cloud, or nodes meant to become one.

A bundle may hold several clusters: nodes are not peers only because they are given together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.model.values import read_node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.artifact import Node
    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.scanned import Scanned

_CLOUD = 2
Folder = tuple[str, ...]


class _Seat(Struct, frozen=True):
    """What decides about a life's peers."""

    node: Node
    life: Life
    members: frozenset[str]
    """Of all the clouds it formed, itself included."""
    home: Folder | None
    """The closest folder that holds logs of other nodes, too; None: no log of it is here."""


def find_peers(
    lives: Sequence[Life], nodes: Sequence[Node], artifacts: Sequence[Scanned]
) -> list[list[int]]:
    """For each life, the indices of its peers' lives: other nodes of its cloud, at its time."""
    homes = _homes(artifacts)
    seats = [
        _Seat(node, life, _members(life), homes.get(node.node))
        for life, node in zip(lives, nodes, strict=True)
    ]
    return [
        [
            at
            for at, other in enumerate(seats)
            if other.node.node != seat.node.node and _overlap(seat, other) and _peers(seat, other)
        ]
        for seat in seats
    ]


def _overlap(one: _Seat, other: _Seat) -> bool:
    begins, ends = other.node.started or 0, other.node.last_seen or 2**62
    return begins <= (one.node.last_seen or 2**62) and ends >= (one.node.started or 0)


def _peers(one: _Seat, other: _Seat) -> bool:
    if one.node.node in other.members or other.node.node in one.members:
        return True
    if len(one.members) >= _CLOUD and len(other.members) >= _CLOUD:
        return False  # each has a cloud of its own
    return _named(one, other) or _named(other, one) or _meant_together(one, other)


def _named(one: _Seat, other: _Seat) -> bool:
    """Whether a node's flatfile names another."""
    return other.node.node in one.life.flatfile_nodes


def _meant_together(one: _Seat, other: _Seat) -> bool:
    mine, theirs = one.life.facts, other.life.facts
    if mine.get("flatfile") and mine.get("flatfile") == theirs.get("flatfile"):
        return _one_home(one, other) or str(mine["flatfile"]).startswith("/")
    names = {name for name in (one.node.cloud_name, other.node.cloud_name) if name is not None}
    if len(names) > 1:
        return False
    if mine.get("discovery") and names and mine.get("discovery") == theirs.get("discovery"):
        return True
    return _one_home(one, other)


def _one_home(one: _Seat, other: _Seat) -> bool:
    return one.home is None or other.home is None or one.home == other.home


def _members(life: Life) -> frozenset[str]:
    named = {read_node(name) for _, members in life.clouds for name in members.split(", ")}
    return frozenset(name for name in named if name is not None)


def _homes(artifacts: Sequence[Scanned]) -> Mapping[str, Folder]:
    """Of each node with logs: from its least packed ones, where they lie beside other nodes'."""
    roots: dict[str, tuple[int, Folder]] = {}
    for one in artifacts:
        if one.node is None or one.kind not in {"h2o_log", "http_log"}:
            continue
        depth, folder = one.path.count("!"), one.folder
        known = roots.get(one.node)
        if known is None or depth < known[0]:
            roots[one.node] = (depth, folder)
        elif depth == known[0]:
            roots[one.node] = (depth, _common(known[1], folder))
    owners: dict[Folder, int] = {}
    for _, folder in roots.values():
        for length in range(len(folder) + 1):
            owners[folder[:length]] = owners.get(folder[:length], 0) + 1
    return {node: _shared(folder, owners) for node, (_, folder) in roots.items()}


def _shared(folder: Folder, owners: Mapping[Folder, int]) -> Folder:
    lengths = range(len(folder), 0, -1)
    return next((folder[:length] for length in lengths if owners[folder[:length]] > 1), ())


def _common(one: Folder, other: Folder) -> Folder:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]
