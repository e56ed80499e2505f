"""Directories and archives that are named as nodes: one run, or do their logs contradict?

Users number their own runs as `worker-1` and `h2o-2`, too.  So the names decide where the logs
say nothing; else the logs do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.batch.heads import Told, h2o_logs, members_of_zip, told_by_folder, told_by_zip
from h2o_forensics.batch.listing import join
from h2o_forensics.batch.peers import MOST_ASKED, clusters, is_twice, meant_to_be_one
from h2o_forensics.batch.unit_names import is_replica, kind_of_unit, node_in_archive_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.batch.listing import Folder
    from h2o_forensics.batch.units import Unit

_OF_A_RUN = re.compile(r"(?:rest|api|downloads?|app-\d{14}-\d+|application_\d+_\d+)\Z")
_CLIENT = re.compile(r"(?:client|driver)(?:[-_.]\w+)*\.(?:log|out)(?:\.\w+)?\Z")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}[-_:]\d{2,5}(?!\d)")


class Divided(NamedTuple):
    """Nodes by run."""

    clusters: list[list[Unit]]
    """Of more than one each, unless all are one."""
    apart: list[Unit]
    """Each to be cut on its own."""


def divided(units: Sequence[Unit], *, gathered: bool) -> Divided:
    """Divide nodes whose names say that they are one run's into those that are.

    Args:
        units: the nodes.
        gathered: what was fetched of a cluster as a whole is beside them.
    """
    together = Divided([list(units)], [])
    if len(units) < 2 or any(unit.says.sure for unit in units):  # noqa: PLR2004 - nothing to divide
        return together
    by_name = {unit.name: unit for unit in sorted(units, key=lambda unit: unit.name)[:MOST_ASKED]}
    asked = {name: _told(unit) for name, unit in by_name.items()}
    found = clusters(asked)
    if not _contradict(by_name, asked, found, gathered=gathered):
        return together
    ours = [
        [by_name[name] for name in cluster]
        for cluster in found
        if len(cluster) > 1 and not is_twice(cluster, asked)
    ]
    taken = {unit.name for cluster in ours for unit in cluster}
    return Divided(ours, [unit for unit in units if unit.name not in taken])


def _contradict(
    units: Mapping[str, Unit],
    told: Mapping[str, Told],
    found: Sequence[Sequence[str]],
    *,
    gathered: bool,
) -> bool:
    if is_twice(told, told):
        return True
    whole = {name for name in units if _is_a_run(units[name], told[name])}
    if len(whole) > 1 and not any(whole <= set(cluster) for cluster in found):
        return True
    if len(found) < 2:  # noqa: PLR2004 - one cluster is none that contradicts
        return False
    named = all(
        is_replica(name) or _is_named_by_address(unit, told[name]) for name, unit in units.items()
    )
    speaking = [told[name] for cluster in found for name in cluster if told[name].speaks]
    return not meant_to_be_one(speaking, gathered=gathered or named)


def _told(unit: Unit) -> Told:
    if unit.folder is not None:
        return told_by_folder(unit.folder)
    if unit.file is None or unit.place is None or _ADDRESS.search(unit.name):
        return Told(frozenset())
    return told_by_zip(join(unit.place.path, unit.file.path))


def _is_a_run(unit: Unit, told: Told) -> bool:
    """Whether it holds what belongs to a run as a whole, not to one of its nodes."""
    if len(told.nodes) > 1:
        return True
    if unit.folder is not None:
        return _holds_a_run(unit.folder)
    return any(map(_is_of_a_run, _inside(unit)))


def _inside(unit: Unit) -> list[str]:
    if unit.place is None or _ADDRESS.search(unit.name):
        return []
    return members_of_zip(join(unit.place.path, unit.name))


def _is_of_a_run(path: str) -> bool:
    *above, last = path.lower().split("/")
    named = node_in_archive_name(last) is not None or _CLIENT.match(last) is not None
    return named or any(map(_OF_A_RUN.match, above))


def _holds_a_run(folder: Folder) -> bool:
    listed = folder.listed
    return any(_CLIENT.match(file.path.lower()) for file in listed.files) or any(
        _OF_A_RUN.match(below.name.lower()) or kind_of_unit(below.name, folder.name).kind == "node"
        for below in listed.folders
    )


def _is_named_by_address(unit: Unit, told: Told) -> bool:
    match = _ADDRESS.search(unit.name)
    if match is None or not told.nodes:
        return match is not None
    return re.sub(r"[-:](?=\d+\Z)", "_", match[0]) in told.nodes


def nodes_in(units: Sequence[Unit]) -> frozenset[str]:
    """Give the nodes whose H2O logs directories hold."""
    folders = [unit.folder for unit in units if unit.folder is not None]
    return frozenset(node for folder in folders for node, _path in h2o_logs(folder))
