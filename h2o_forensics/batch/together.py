"""What of a directory's content is one run, by names, by what lies beside it, and by H2O's logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from h2o_forensics.batch.peers import one_cluster
from h2o_forensics.batch.unit_names import UnitName, run_in_file_name
from h2o_forensics.batch.units import (
    Split,
    Unit,
    by_kind,
    downloads_of,
    names_of,
    nodes_of,
    speaks_of_h2o,
    without,
)

if TYPE_CHECKING:
    from h2o_forensics.batch.units import View

IsShelf = Callable[[Unit], bool]

SHELF = "loose files in a directory of runs"
_OTHER = UnitName("other")
_MOST_ARCHIVES = 3
"""So many archives of unknown names may belong to the loose logs beside them."""


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
    runs = _told_by_files(view)
    if len(runs) > 1:
        because = "each of the logs beside it names a run of its own"
        return Split(runs, view.units, because, with_files=False)
    if not view.units:
        return Split({"": []}, [], "a directory that holds files of one run")
    if view.logs:
        return _around_logs(view, is_shelf)
    return _without_logs(view, is_shelf)


def _around_nodes(view: View, nodes: list[Unit], is_shelf: IsShelf) -> Split:
    keys = sorted({unit.says.key for unit in nodes})
    rest = without(view.units, nodes)
    names = names_of(nodes)
    if len(keys) > 1:
        groups = {key: [unit for unit in nodes if unit.says.key == key] for key in keys}
        because = f"{names} are nodes, those of a run told by the common part of their names"
        return Split(groups, rest, because, with_files=False)
    if len(nodes) == 1 and view.root and not rest and not view.logs:
        return Split({}, nodes, SHELF)
    parts, others, runs = by_kind(rest)
    parts = [unit for unit in parts if not is_shelf(unit)]
    others = [unit for unit in others if not is_shelf(unit)]
    if len(others) > len(nodes) + len(parts):
        others = []
    own = [*nodes, *parts, *others, *downloads_of(runs)]
    because = f"{names} {'is a node' if len(nodes) == 1 else 'are nodes'} of one run"
    return Split({"": own}, without(view.units, own), because)


def _told_by_files(view: View) -> dict[str, list[Unit]]:
    """Give loose files by the run in their names; none where a log names none."""
    runs: dict[str, list[Unit]] = {}
    for number, file in enumerate(view.loose):  # Logs come first.
        name = run_in_file_name(file.path)
        if name is not None:
            runs.setdefault(f"*{name}*", []).append(Unit(_OTHER, file.path, file=file))
        elif number < len(view.logs) or not view.logs:
            return {}
    return runs


def _around_logs(view: View, is_shelf: IsShelf) -> Split:
    """Decide what belongs to loose logs."""
    parts, others, runs = by_kind(view.units)
    own = [unit for unit in parts if not is_shelf(unit)]
    shown = view.logs[0].path
    if not view.root:
        own += _joining(others, is_shelf)
        own += downloads_of(runs)
        folders = [unit for unit in runs if unit.folder is not None]
        if len(folders) == 1 and not is_shelf(folders[0]):
            own += folders
    apart = without(view.units, own)
    if not apart:
        return Split({"": own}, [], f"it holds loose logs ({shown}), and what is below them")
    because = f"loose logs ({shown}) beside runs of their own: {names_of(apart)}"
    return Split({"": own}, apart, because)


def _joining(others: list[Unit], is_shelf: IsShelf) -> list[Unit]:
    """Give those of unknown names that belong to the logs beside them."""
    archives = [unit for unit in others if unit.file is not None]
    own = archives if len(archives) <= _MOST_ARCHIVES else []
    folders = [unit for unit in others if unit.folder is not None]
    speaking = [unit for unit in folders if speaks_of_h2o(unit.folder)]
    if len(speaking) > 1 and not one_cluster([u.folder for u in speaking if u.folder]):
        folders = without(folders, speaking)
    return own + [unit for unit in folders if not is_shelf(unit)]


def _without_logs(view: View, is_shelf: IsShelf) -> Split:
    parts, others, runs = by_kind(view.units)
    if parts and not runs and len(others) < len(parts):
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
