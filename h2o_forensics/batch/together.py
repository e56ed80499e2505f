"""What of a directory's content is one run, by names, by what lies beside it, and by H2O's logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from h2o_forensics.batch.flat import runs_by_clouds, runs_by_names
from h2o_forensics.batch.heads import nodes_in_zip
from h2o_forensics.batch.listing import join
from h2o_forensics.batch.nodes import divided, nodes_in
from h2o_forensics.batch.peers import one_cluster
from h2o_forensics.batch.unit_names import h2o_node, is_stray
from h2o_forensics.batch.units import (
    Split,
    Unit,
    by_kind,
    names_of,
    nodes_of,
    speaks_of_h2o,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.batch.units import View

IsShelf = Callable[[Unit], bool]

SHELF = "loose files in a directory of runs"
_BY_NAMES = "each of the logs beside it names a run of its own"
_BY_CLOUDS = "the H2O logs beside each other name different clouds"
_WHOSE = "no logs, beside those of several runs: whose they are is not told"


def split_of(view: View, is_shelf: IsShelf) -> Split:
    """Say what of a directory belongs together.

    Args:
        view: the directory.
        is_shelf: whether several runs are below a unit.
    """
    nodes = nodes_of(view.units)
    if nodes and not any(is_shelf(unit) for unit in nodes):
        return _around_nodes(view, nodes, is_shelf)
    if nodes:  # The machines' own shelves: the runs are below them.
        return Split({}, view.units, SHELF)
    if (split := _by_files(view, is_shelf)) is not None:
        return split
    if not view.units:
        return Split({"": []}, [], "a directory that holds files of one run")
    if all(is_stray(file.path) for file in view.logs):
        return _without_logs(view, is_shelf)
    return _around_logs(view, is_shelf)


def _by_files(view: View, is_shelf: IsShelf) -> Split | None:
    """Split by loose files of several runs; what names none is a run if there are logs in it."""
    runs, because = runs_by_names(view, is_shelf), _BY_NAMES
    if not runs:
        runs, because = runs_by_clouds(view), _BY_CLOUDS
    if not runs:
        return None
    taken = [unit for units in runs.values() for unit in units]
    names = {unit.name for unit in taken}
    unnamed = any(file.path not in names for file in view.logs)
    apart = without(view.units, taken)
    return Split(runs, apart, because, with_files=False, left="" if unnamed else _WHOSE)


def _around_nodes(view: View, nodes: list[Unit], is_shelf: IsShelf) -> Split:
    rest = without(view.units, nodes)
    gathered = any(unit.says.kind == "fixed" or "download" in unit.name.lower() for unit in rest)
    groups, apart = _groups_of(nodes, gathered=gathered)
    if apart or len(groups) != 1:
        if "" in groups:  # The loose files' own key.
            plain = groups.pop("")
            groups[f"*{plain[0].name}*"] = plain
        names = names_of([unit for units in groups.values() for unit in units])
        because = f"{names} are nodes, those of a run told by their names and H2O logs"
        return Split(groups, [*apart, *rest], because if groups else SHELF, with_files=False)
    names = names_of(nodes)
    if len(nodes) == 1 and view.root and not rest and not view.logs:
        return Split({}, nodes, SHELF)
    parts, others, runs = by_kind(rest)
    parts = [unit for unit in parts if not is_shelf(unit)]
    archives = _joining_archives(others + runs, nodes_in(nodes))
    others = [unit for unit in others if unit.folder is not None and not is_shelf(unit)]
    if len(others) > len(nodes) + len(parts):
        others = []
    own = [*nodes, *parts, *others, *archives]
    because = f"{names} {'is a node' if len(nodes) == 1 else 'are nodes'} of one run"
    return Split({"": own}, without(view.units, own), because)


def _groups_of(nodes: list[Unit], *, gathered: bool) -> tuple[dict[str, list[Unit]], list[Unit]]:
    """Give nodes by run, and those that are runs of their own."""
    groups: dict[str, list[Unit]] = {}
    apart: list[Unit] = []
    for key in sorted({unit.says.key for unit in nodes}):
        alike = [unit for unit in nodes if unit.says.key == key]
        found = divided(alike, gathered=gathered)
        apart += found.apart
        whole = len(found.clusters) == 1 and not found.apart
        for cluster in found.clusters:
            groups[key if whole else f"*{cluster[0].name}*"] = cluster
    return groups, apart


def _joining_archives(units: Sequence[Unit], nodes: frozenset[str]) -> list[Unit]:
    """Give the archives that belong to what they lie beside.

    One does; several are as many runs, unless all hold logs of the nodes beside them.
    """
    archives = [unit for unit in units if unit.file is not None]
    if len(archives) > 1 and not all(_is_of(unit, nodes) for unit in archives):
        return []
    return archives


def _is_of(unit: Unit, nodes: frozenset[str]) -> bool:
    if not nodes or unit.place is None:
        return False
    held = nodes_in_zip(join(unit.place.path, unit.name))
    return bool(held) and held <= nodes


def _around_logs(view: View, is_shelf: IsShelf) -> Split:
    """Decide what belongs to loose logs."""
    parts, others, runs = by_kind(view.units)
    own = [unit for unit in parts if not is_shelf(unit)]
    shown = view.logs[0].path
    if not view.root:
        nodes = {h2o_node(file.path) for file in view.logs}
        own += _joining(others, is_shelf)
        own += _joining_archives(others + runs, frozenset(node for node in nodes if node))
        folders = [unit for unit in runs if unit.folder is not None]
        if len(folders) == 1 and not is_shelf(folders[0]):
            own += folders
    apart = without(view.units, own)
    if not apart:
        return Split({"": own}, [], f"it holds loose logs ({shown}), and what is below them")
    because = f"loose logs ({shown}) beside runs of their own: {names_of(apart)}"
    return Split({"": own}, apart, because)


def _joining(others: list[Unit], is_shelf: IsShelf) -> list[Unit]:
    """Give the directories of unknown names that belong to the logs beside them."""
    folders = [unit for unit in others if unit.folder is not None]
    speaking = [unit for unit in folders if speaks_of_h2o(unit.folder)]
    if len(speaking) > 1 and not one_cluster([u.folder for u in speaking if u.folder]):
        folders = without(folders, speaking)
    return [unit for unit in folders if not is_shelf(unit)]


def _without_logs(view: View, is_shelf: IsShelf) -> Split:
    parts, others, runs = by_kind(view.units)
    if parts and _are_parts(view, parts, others, runs):
        shelves = [unit for unit in view.units if is_shelf(unit)]
        single = len(view.units) == 1 and not view.maybes
        lifted = parts[0].folder is not None and not view.root
        if not shelves and (lifted or not single):
            because = (
                f"{names_of(parts)} {'is a part' if len(parts) == 1 else 'are parts'} of one run"
            )
            return Split({"": view.units}, [], because)
    folders = [unit.folder for unit in others if unit.folder is not None]
    if len(folders) == len(view.units) > 1 and one_cluster(folders):
        because = f"the H2O logs in {names_of(others)} name each other as one cloud"
        return Split({"": others}, [], because)
    if len(view.units) == 1 and view.maybes and not view.root:
        because = f"files beside a single unit ({view.units[0].name})"
        if not is_shelf(view.units[0]):
            return Split({"": view.units}, [], because)
    return Split({}, view.units, SHELF)


def _are_parts(view: View, parts: list[Unit], others: list[Unit], runs: list[Unit]) -> bool:
    """Whether all in a directory is of one run: its parts, one archive, one node."""
    archives = [unit for unit in others + runs if unit.file is not None]
    nodes = [unit for unit in others if unit.says.kind == "node" and unit.folder is not None]
    known = archives + (nodes if len(nodes) == 1 else [])
    if len(archives) > 1 or len(without(runs, archives)) > 0:
        return False
    if known and view.root and not any(unit.says.kind == "fixed" for unit in parts):
        return False
    return len(without(others, known)) < len(parts)
