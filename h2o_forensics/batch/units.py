"""Directories and archives beside each other: what their names say of what belongs together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.batch.heads import h2o_logs
from h2o_forensics.batch.unit_names import (
    UnitName,
    h2o_node,
    is_hidden,
    is_of_storage,
    kind_of_file,
    kind_of_unit,
    stem_of_archive,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from h2o_forensics.batch.listing import Folder
    from h2o_forensics.model.catalog import FileStat, RunKind

_SHOWN = 3


class Piece(NamedTuple):
    """A run, as a part of a tree."""

    kind: RunKind
    folder: Folder
    """It is in this directory, or is this directory."""
    because: str
    files: Sequence[FileStat] = ()
    """Of `archive` and `files`: those in the directory itself."""
    folders: Sequence[Folder] = ()
    """Of `files`."""
    key: str = "*"
    """Of `files`: tells it from others in the directory."""


class Unit(NamedTuple):
    """A directory or an archive beside others."""

    says: UnitName
    name: str
    folder: Folder | None = None
    file: FileStat | None = None
    place: Folder | None = None
    """Of an archive: the directory it is in."""


class View(NamedTuple):
    """What a directory holds, by what the names say."""

    folder: Folder
    logs: list[FileStat]
    maybes: list[FileStat]
    plain: list[FileStat]
    units: list[Unit]
    ignored: Counter[str]
    """By reason: what is no part of a shelf's runs."""

    @property
    def root(self) -> bool:
        """Whether it is what was given to `scan`."""
        return not self.folder.deep

    @property
    def loose(self) -> list[FileStat]:
        """Files that may be evidence."""
        return [*self.logs, *self.maybes]


class Split(NamedTuple):
    """A directory's content: what belongs together, and what is cut on its own."""

    groups: dict[str, list[Unit]]
    """By key; with the loose files where there is one."""
    apart: list[Unit]
    because: str
    with_files: bool = True
    """The loose files belong to the group."""
    left: str = ""
    """Why loose files that are in no group are in no run; empty: they are one."""


PLAIN = "no evidence by their names (READMEs, checksums, data, sources)"
OF_STORAGE = "of the storage: recycle bins, snapshots, what a file system found"
_LEFT = {
    "temporary": "temporary: being written, or left over",
    "hidden": "hidden",
    "ours": "reports of this program",
}


def view_of(folder: Folder, leave_out: Callable[[Folder, str], str | None]) -> View:
    """Sort what a directory holds.

    Args:
        folder: the directory.
        leave_out: says of a directory and a name in it why that is left out, or None.
    """
    listed = folder.listed
    view = View(folder, [], [], [], [], Counter())
    loose = {"log": view.logs, "maybe": view.maybes, "plain": view.plain}
    for file in listed.files:
        kind = kind_of_file(file.path)
        why = leave_out(folder, file.path) or _LEFT.get(kind)
        if why is not None:
            view.ignored[why] += 1
        elif kind == "archive":
            says = kind_of_unit(stem_of_archive(file.path), folder.name)
            view.units.append(Unit(says, file.path, file=file, place=folder))
        else:
            loose[kind].append(file)
    for below in listed.folders:
        why = leave_out(folder, below.name) or _why_left(below.name)
        if why is None:
            says = kind_of_unit(below.name, folder.name)
            view.units.append(Unit(says, below.name, folder=below))
        else:
            view.ignored[why] += 1
    for why, count in (("links, not followed", listed.links), ("pipes, devices", listed.special)):
        if count:
            view.ignored[why] += count
    return view


def _why_left(name: str) -> str | None:
    if is_of_storage(name):
        return OF_STORAGE
    return "hidden" if is_hidden(name) else None


def nodes_of(units: Sequence[Unit]) -> list[Unit]:
    """Give the units that are nodes; a key makes one only together with a second of the same."""
    keys = Counter(unit.says.key for unit in units if unit.says.kind == "node")
    return [
        unit
        for unit in units
        if unit.says.kind == "node" and (not unit.says.key or keys[unit.says.key] > 1)
    ]


def by_kind(units: Sequence[Unit]) -> tuple[list[Unit], list[Unit], list[Unit]]:
    """Give parts of a run, those whose names say nothing, and runs."""
    parts = [unit for unit in units if unit.says.kind in {"part", "fixed"}]
    others = [unit for unit in units if unit.says.kind in {"other", "node"}]
    return parts, others, [unit for unit in units if unit.says.kind == "run"]


def without(units: Sequence[Unit], those: Sequence[Unit]) -> list[Unit]:
    """Give the units that are none of those."""
    names = {unit.name for unit in those}
    return [unit for unit in units if unit.name not in names]


def is_surely_a_run(piece: Piece) -> bool:
    """Whether a piece is a run beyond doubt: by its name, or since it holds H2O's logs."""
    if piece.kind == "archive":
        return kind_of_unit(stem_of_archive(piece.files[0].path), "").kind == "run"
    if piece.kind == "directory":
        named = kind_of_unit(piece.folder.name, "").kind == "run"
        return named or speaks_of_h2o(piece.folder)
    if piece.key != "*":  # One of several, by its name.
        return True
    return any(h2o_node(file.path) for file in piece.files) or any(
        map(speaks_of_h2o, piece.folders)
    )


def speaks_of_h2o(folder: Folder | None) -> bool:
    """Whether H2O's logs are in a directory or a little below."""
    return folder is not None and next(h2o_logs(folder), None) is not None


def names_of(units: Collection[Unit]) -> str:
    """Give a few names."""
    shown = ", ".join(sorted(unit.name for unit in units)[:_SHOWN])
    more = len(units) - _SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown
