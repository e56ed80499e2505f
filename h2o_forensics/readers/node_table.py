"""The `nodes` table: one row per life, with what its peers look like beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from h2o_forensics.model.values import read_bytes, read_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from h2o_forensics.model.artifact import Node
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.lives import Life, Place

_LOG_LEVEL = re.compile(r"(?:^|[ ,])--?log_level,? ?([A-Za-z]+)")
Row = dict[str, Any]
_XMX = re.compile(r"-Xmx(\d{1,12}[kKmMgGtT]?)\b")
_EASILY_MISTYPED = re.compile(r"[\s'\"_-]+")
_QUOTE_FIRST = ("xmx_bytes", "cloud_name", "h2o_version", "started")
"""Whose line stands for the whole row."""


def node_rows(
    lives: Sequence[Life],
    nodes: Sequence[Node],
    clocks: Mapping[str, SettledClock],
    peers: Sequence[Sequence[int]],
) -> list[Row]:
    """Rows of `nodes`, in order of `lives`; `peers`: of each life, the indices of its peers'."""
    rows = []
    for life, node, indices in zip(lives, nodes, peers, strict=True):
        mine = [nodes[index] for index in indices]
        heaps = [peer.xmx_bytes for peer in mine if peer.xmx_bytes]
        row = _own(life, node, clocks)
        row |= _names(node, mine)
        row |= {
            "peers": len({peer.node for peer in mine}),
            "peers_same_ip": len({peer.node for peer in mine if _ip(peer) == _ip(node)}),
            "peer_max_xmx_set_bytes": max(filter(None, map(_heap_asked_for, mine)), default=None),
            "peer_min_xmx_bytes": min(heaps, default=None),
            "peer_max_xmx_bytes": max(heaps, default=None),
            "peer_cloud_names": _join(peer.cloud_name for peer in mine),
            "peer_versions": _join(peer.h2o_version for peer in mine),
            "silent_at_end_ms": _silent_at_end(node, mine, nodes),
            "cloud_settled_ms": _settled(life, (node, *mine), clocks),
            "locked": "why" in life.facts,
            "named_in_cloud_size": max(
                (len(other.cloud) for other in nodes if node.node in other.cloud), default=None
            ),
            "host_xmx_bytes": sum(
                other.xmx_bytes or 0 for other in (node, *mine)
                if other.host == node.host and node.host is not None
            ) or None,
            "runs": sum(other.node == node.node for other in nodes),
        }  # fmt: skip
        rows.append(row)
    return rows


def _heap_asked_for(node: Node) -> int | None:
    """The last -Xmx on the command line (Java takes the last one), else what Java reports."""
    flags = _XMX.findall(str(node.facts.get("jvm_args") or ""))
    return read_bytes(flags[-1]) if flags else node.xmx_bytes


def _ip(node: Node) -> str:
    return node.node.rpartition(":")[0]


def _join(texts: Iterable[str | None]) -> str | None:
    found = sorted({text for text in texts if text is not None})
    return ",".join(found) if found else None


def _names(node: Node, peers: Sequence[Node]) -> Row:
    """How the cloud names of peers compare with the node's own, letter by letter."""
    own = node.cloud_name
    names = {peer.node: peer.cloud_name for peer in peers if peer.cloud_name is not None}
    same = [name for name in names.values() if name == own]
    alike = [name for name in names.values() if own is not None and name != own and
             _plain(name) == _plain(own)]  # fmt: skip
    return {
        "peer_same_name": bool(same), "peers_same_name": len(same), "peer_name_alike": bool(alike),
    }  # fmt: skip


def _plain(name: str) -> str:
    """A cloud name without what is easily mistyped: case, blanks, quotes, dashes."""
    return _EASILY_MISTYPED.sub("", name.casefold())


def _silent_at_end(node: Node, peers: Sequence[Node], nodes: Sequence[Node]) -> int | None:
    """How long its cloud, or a later run of it, went on after it."""
    if not node.last_seen:
        return None
    others = [*peers, *(other for other in nodes if other.node == node.node)]
    return max(other.last_seen or 0 for other in others) - node.last_seen


def _settled(
    life: Life, together: Sequence[Node], clocks: Mapping[str, SettledClock]
) -> int | None:
    """How long the logs of it and its peers go on after the last cloud it saw forming.

    An idle node writes nothing, so its own log may well end with that line.
    """
    clock = clocks.get(life.node)
    formed = clock.epoch(max(life.clouds)[0]) if clock and life.clouds else None
    ends = [node.last_seen for node in together if node.last_seen is not None]
    return None if formed is None or not ends else max(ends) - formed


def _own(life: Life, node: Node, clocks: Mapping[str, SettledClock]) -> Row:
    facts = life.facts
    place = next(
        (life.places[name] for name in _QUOTE_FIRST if name in life.places), life.last_place
    )
    clock = clocks.get(life.node)
    size, cloud_place = _last_cloud(life)
    return {
        "node": node.node, "run": node.run,
        "ts": node.started or (clock.epoch(life.first_stamp) if clock else None),
        "artifact": place.artifact if place else None, "line": place.line if place else None,
        "text": place.text if place else None, "places": _places(life, cloud_place),
        "h2o_version": node.h2o_version, "build_hash": node.build_hash,
        "java_version": node.java_version,
        "pid": node.pid, "host": node.host, "xmx_bytes": node.xmx_bytes,
        "physical_bytes": node.physical_bytes,
        "cores": node.cores, "cloud_name": node.cloud_name, "cluster_id": node.cluster_id,
        "started": node.started,
        "last_seen": node.last_seen, "end": node.end, "jvm_args": facts.get("jvm_args"),
        "h2o_args": facts.get("h2o_args"), "flatfile": facts.get("flatfile"),
        "discovery": facts.get("discovery"),
        "encrypted": {"encrypted": True, "unencrypted": False}.get(str(facts.get("encrypted"))),
        "xmx_set_bytes": _heap_asked_for(node),
        "log_level": _log_level(str(facts.get("h2o_args") or "")), "cloud_size": size,
        "has_logs": life.last_stamp is not None or life.has_banner,
    }  # fmt: skip


def _log_level(arguments: str) -> str | None:
    """What `-log_level` asks for; None: the default."""
    match = _LOG_LEVEL.search(arguments)
    return match[1].upper() if match else None


def _last_cloud(life: Life) -> tuple[int | None, Place | None]:
    if not life.clouds:
        return None, None
    _, members = max(life.clouds)
    return len([name for name in members.split(", ") if read_node(name)]), life.places.get(
        "members"
    )


def _places(life: Life, cloud_place: Place | None) -> str:
    named = {
        name: [place.artifact, place.line, place.text]
        for name, place in sorted(life.places.items())
    }
    # The heap as asked for stands on the command line; without -Xmx it is what Java reports.
    if "jvm_args" in named and _XMX.search(str(life.facts.get("jvm_args") or "")):
        named["xmx_set_bytes"] = named["jvm_args"]
    if cloud_place is not None:
        named["cloud_size"] = [cloud_place.artifact, cloud_place.line, cloud_place.text]
    if life.last_place is not None:
        last = life.last_place
        named["last_seen"] = named["silent_at_end_ms"] = [last.artifact, last.line, last.text]
    return msgspec.json.encode(named).decode()
