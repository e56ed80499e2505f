"""Are nodes beside each other one cluster?  Their logs say it where names leave a doubt.

Directories that are named as nodes are one run unless their logs contradict: users number their
own runs as `worker-1`, too.  Directories of other names are one only if their logs say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.batch.heads import h2o_logs, told_by_logs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from h2o_forensics.batch.heads import Told
    from h2o_forensics.batch.listing import Folder

MOST_ASKED = 64
"""Of more nodes than so many, the first are asked."""
_TOGETHER_S = 1800
"""Nodes that were meant to find each other are started within so long."""


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
        members = told_by_logs(logs).members
        if not first:
            first, known = node, members
            continue
        told = [(node, known), (first, members)]
        if {peer in cloud for peer, cloud in told if cloud} != {True}:
            return False
    return len(nodes) > 1


def clusters(told: Mapping[str, Told]) -> list[list[str]]:
    """Sort what tells its cloud into clusters: those that name each other, directly or not.

    Args:
        told: what the logs tell, by a name for whom they tell it of.

    Returns:
        The names of each cluster, sorted; without those whose logs tell nothing, and whom none of
        the others names.
    """
    speaking = [key for key in sorted(told) if told[key].speaks]
    found: list[list[str]] = []
    for key in speaking:
        near = [one for one in found if any(_by_cloud(told[key], told[other]) for other in one)]
        found = [one for one in found if one not in near]
        found.append(sorted([key, *(other for one in near for other in one)]))
    for key in sorted(set(told) - set(speaking)):
        near = [one for one in found if any(_by_cloud(told[key], told[other]) for other in one)]
        if len(near) == 1:
            near[0].append(key)
    found = [sorted(one) for one in found]
    return sorted(_by_mentions(found, told)) if len(found) > 1 else found


def _by_cloud(one: Told, other: Told) -> bool:
    return bool(one.nodes & other.members or other.nodes & one.members)


def _by_mentions(found: list[list[str]], told: Mapping[str, Told]) -> list[list[str]]:
    """Put clusters together that speak of each other: who tries to join in vain, is of the run."""
    left, done = [*found], list[list[str]]()
    while left:
        cluster = left.pop(0)
        near = [one for one in left if _mention(cluster, one, told) or _mention(one, cluster, told)]
        if near:
            left = [one for one in left if one not in near]
            left.insert(0, sorted([*cluster, *(key for one in near for key in one)]))
        else:
            done.append(cluster)
    return done


def _mention(ones: list[str], others: list[str], told: Mapping[str, Told]) -> bool:
    nodes = sorted({node for other in others for node in told[other].nodes})
    return any(told[one].mentions(node) for one in ones for node in nodes)


def is_twice(cluster: Collection[str], told: Mapping[str, Told]) -> bool:
    """Whether an address is that of two of a cluster: then these are two runs.

    `worker-1-previous` is another start of `worker-1`, no other node.
    """
    having = {(node, _base(key, cluster)) for key in cluster for node in told[key].nodes}
    return len({node for node, _key in having}) < len(having)


def _base(key: str, others: Collection[str]) -> str:
    shorter = (one for one in others if key.startswith((f"{one}-", f"{one}_", f"{one}.")))
    return min(shorter, key=len, default=key)


def meant_to_be_one(told: Sequence[Told], *, gathered: bool) -> bool:
    """Whether nodes that did not find each other were to: clouds that split at their start.

    They have one cloud name, a list of whom to find, and were started together.

    Args:
        told: what each one's logs tell.
        gathered: somebody put them together as nodes of one cluster, as their names say; else
            they must be on different machines, at the same port.
    """
    if len({one.name for one in told}) != 1 or not all(one.name and one.flatfile for one in told):
        return False
    if any(len(one.nodes) != 1 or one.began_s is None for one in told):
        return False
    begun = [one.began_s for one in told if one.began_s is not None]
    if max(begun) - min(begun) > _TOGETHER_S:
        return False
    places = [next(iter(one.nodes)).rpartition("_") for one in told]
    hosts, ports = {host for host, _, _port in places}, {port for _host, _, port in places}
    return gathered or (len(hosts) == len(told) and len(ports) == 1)
