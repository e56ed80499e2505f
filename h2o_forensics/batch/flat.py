"""Loose files of several runs in one directory: told by their names, or by the clouds they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.batch.heads import tells_a_cloud, told_by_logs
from h2o_forensics.batch.listing import join
from h2o_forensics.batch.peers import MOST_ASKED, clusters, meant_to_be_one
from h2o_forensics.batch.unit_names import (
    UnitName,
    h2o_node,
    leading_run,
    moment_in,
    run_in_file_name,
)
from h2o_forensics.batch.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from h2o_forensics.batch.units import View
    from h2o_forensics.model.catalog import FileStat

_OTHER = UnitName("other")
_ASKED = 2
"""So many logs with runs' names are asked whether they are H2O's."""

Runs = dict[str, list[Unit]]


def runs_by_names(view: View, is_shelf: Callable[[Unit], bool]) -> Runs:
    """Give what is loose by the run in its name; none where that does not tell two runs.

    What is no log is of the run that its name begins with.

    Args:
        view: the directory.
        is_shelf: whether several runs are below a unit.
    """
    runs: Runs = {}
    for file in view.loose:
        name = run_in_file_name(file.path) or (None if view.logs else leading_run(file.path))
        if name is not None:
            _put(runs, name, file)
        elif not view.logs:
            return {}
    if len(runs) < 2 or _is_of_one_cluster(view, runs):  # noqa: PLR2004 - two runs
        return {}
    taken = {unit.name for units in runs.values() for unit in units}
    for file in [*view.loose, *view.plain]:
        if file.path not in taken and (key := _run_of(file.path, runs)) is not None:
            _put(runs, key, file)
    for unit in view.units:
        key = leading_run(unit.name)
        same = unit.file is not None or unit.name.lower() == key
        if same and f"*{key}*" in runs and not is_shelf(unit):
            runs[f"*{key}*"].append(unit)
    return runs


def _run_of(name: str, runs: Runs) -> str | None:
    """Give the run of what names none as a log does; a snapshot's moment is one only of others."""
    moment = moment_in(name)
    known = moment if f"*{moment}*" in runs else None
    return run_in_file_name(name) or leading_run(name) or known


def _put(runs: Runs, name: str, file: FileStat) -> None:
    runs.setdefault(f"*{name}*", []).append(Unit(_OTHER, file.path, file=file))


def _is_of_one_cluster(view: View, runs: Runs) -> bool:
    """Whether H2O's own logs lie beside those that name runs: jobs of the cluster's users.

    Not so where the latter are H2O's, too.
    """
    named = {unit.name for units in runs.values() for unit in units}
    if not any(h2o_node(file.path) for file in view.logs if file.path not in named):
        return False
    shown = sorted(named)[:_ASKED]
    return not all(tells_a_cloud(join(view.folder.path, name)) for name in shown)


def runs_by_clouds(view: View) -> Runs:
    """Give loose H2O logs by the clouds they name; none where that does not tell two runs.

    Other files are with the node in their names.
    """
    logs: dict[str, list[FileStat]] = {}
    for file in view.logs:
        if (node := h2o_node(file.path)) is not None:
            logs.setdefault(node, []).append(file)
    if len(logs) < 2 or len(logs) > MOST_ASKED:  # noqa: PLR2004 - nothing to tell apart
        return {}
    told = {
        node: told_by_logs((node, join(view.folder.path, file.path)) for file in files)
        for node, files in logs.items()
    }
    found = clusters(told)
    speaking = [told[node] for cluster in found for node in cluster if told[node].speaks]
    if len(found) < 2 or meant_to_be_one(speaking, gathered=False):  # noqa: PLR2004
        return {}
    by_node = {node: cluster[0] for cluster in found for node in cluster}
    runs: Runs = {}
    for file in view.loose:
        node = h2o_node(file.path) or _node_in(file.path, logs)
        if node is not None:  # One whose logs say nothing stands for itself.
            _put(runs, by_node.get(node, node), file)
    return runs


def _node_in(name: str, nodes: Collection[str]) -> str | None:
    return max((node for node in nodes if node in name), key=len, default=None)
