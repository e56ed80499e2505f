"""Where one run ends and the next begins in a tree: `docs/runs.md` says it in words; change both.

Two unrelated runs in one give a wrong cause; one run in two gives too little evidence, which the
report says.  So in doubt the smaller unit is the run.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.batch.globs import Glob, check_glob
from h2o_forensics.batch.together import SHELF, split_of
from h2o_forensics.batch.unit_names import kind_of_file
from h2o_forensics.batch.units import (
    PLAIN,
    Piece,
    Split,
    Unit,
    View,
    is_surely_a_run,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from h2o_forensics.batch.listing import Folder
    from h2o_forensics.model.catalog import FileStat, RunKind


class Cut(Struct, frozen=True):
    """How the user wants runs to be cut; by default as the names and what they hold say."""

    depth: int | None = None
    """Each directory and archive at this depth below ARCHIVE is a run; 0: ARCHIVE itself is."""
    match: tuple[str, ...] = ()
    """Globs on paths relative to ARCHIVE: what fits is a run.  `*` ends at `/`, `**` does not."""

    def __post_init__(self) -> None:
        """Refuse globs that nothing can fit.

        Raises:
            SettingsError: with the glob in it.
        """
        for text in self.match:
            check_glob("--run-match", text)


class Wanted(Struct, frozen=True):
    """Which runs of those that were found."""

    match: tuple[str, ...] = ()
    """Globs on the name or its last part; `*` includes `/`."""
    newer_than_ms: int | None = None
    """Epoch ms: with a file changed since.  What has no time is kept."""

    def __post_init__(self) -> None:
        """Refuse globs that nothing can fit.

        Raises:
            SettingsError: with the glob in it.
        """
        for text in self.match:
            check_glob("--match", text)


class Noted(Struct, frozen=True):
    """Where what the cutting leaves out, or cannot look at, is told."""

    leave_out: Callable[[Folder, str], str | None] = lambda _folder, _name: None
    """Says of a directory and a name in it why that is left out."""
    note: Callable[[Folder, str, int], None] = lambda _folder, _why, _count: None
    """Called with what is in no run, by directory and reason."""
    complain: Callable[[Folder, str], None] = lambda _folder, _why: None
    """Called with a directory that could not be listed to its end."""


class Cutter:
    """Cuts one tree."""

    def __init__(self, cut: Cut, noted: Noted, *, keep: bool = False) -> None:
        """Take what the user wants; `keep`: what was listed is not forgotten."""
        self._shelves: dict[str, bool] = {}  # Shared, or deep trees were tried over and over.
        self._depth, self._noted, self._keep = cut.depth, noted, keep
        self._globs = [Glob(text) for text in cut.match]

    def pieces(self, folder: Folder) -> Iterator[Piece]:
        """Give the runs at and below a directory, in an order that stays the same."""
        if is_catalog(folder):
            self._noted.note(folder, CATALOG, 1)
            return
        if (why := self._given(folder.relative, folder.deep)) is not None:
            yield Piece("directory", folder, why)
            return
        view = view_of(folder, self._noted.leave_out)
        forced = self._is_shelf_given(folder)
        mine, view = self._given_files(view) if forced else ([], view)
        split = Split({}, view.units, SHELF) if forced else split_of(view, self._is_shelf)
        if not forced and _is_whole(view, split):
            yield Piece("directory", folder, split.because)
            return
        self._tell(view, split)
        yield from mine
        yield from _grouped(view, split)
        yield from self._apart(folder, split.apart, forced=forced)

    def _apart(self, folder: Folder, units: list[Unit], *, forced: bool) -> Iterator[Piece]:
        """Cut units one by one, and forget them: a shelf may hold any number."""
        if not self._keep:
            folder.forget()
        waiting = sorted(units, key=lambda unit: unit.name, reverse=True)
        units.clear()
        while waiting:
            unit = waiting.pop()
            if unit.folder is not None:
                yield from self.pieces(unit.folder)
                if not self._keep:
                    unit.folder.forget()
            elif unit.file is not None:
                why = "an archive beside what was given" if forced else "an archive of its own"
                yield Piece("archive", folder, why, (unit.file,))

    def _given(self, path: str, deep: int) -> str | None:
        """Say why the user wants a path to be a run; None where it does not say so."""
        if self._depth is not None:
            given = deep == self._depth
            return f"it lies at the depth that was given ({deep})" if given else None
        text = next((glob.text for glob in self._globs if glob.fits(path)), None)
        return None if text is None else f"its path fits what was given ({text})"

    def _is_shelf_given(self, folder: Folder) -> bool:
        """Whether runs are below by what the user gave, so that this is none itself."""
        if self._depth is not None:
            return folder.deep < self._depth
        return any(glob.leads(folder) for glob in self._globs)

    def _given_files(self, view: View) -> tuple[list[Piece], View]:
        """Take out the single files that fit what was given."""
        if self._depth is not None:
            return [], view
        mine: list[Piece] = []

        def left(file: FileStat | None) -> bool:
            path = "" if file is None else f"{view.folder.relative}/{file.path}".lstrip("/")
            why = self._given(path, 0)
            if file is None or why is None:
                return True
            kind: RunKind = "archive" if kind_of_file(file.path) == "archive" else "files"
            mine.append(Piece(kind, view.folder, why, (file,), key=file.path))
            return False

        logs, maybes, plain = (
            list(filter(left, files)) for files in (view.logs, view.maybes, view.plain)
        )
        units = [unit for unit in view.units if left(unit.file)]
        mine.sort(key=lambda piece: piece.files[0].path)
        return mine, View(view.folder, logs, maybes, plain, units, view.ignored)

    def _tell(self, view: View, split: Split) -> None:
        for why, count in sorted(view.ignored.items()):
            self._noted.note(view.folder, why, count)
        grouped = split.with_files and any(split.groups.values())
        loose, plain = _loose(view, split), _without(view.plain, split)
        if loose and split.left:
            self._noted.note(view.folder, split.left, len(loose))
        if plain and not grouped and (split.left or not loose):
            self._noted.note(view.folder, PLAIN, len(plain))
        if view.folder.listed.problem is not None:
            self._noted.complain(view.folder, view.folder.listed.problem)

    def _is_shelf(self, unit: Unit) -> bool:
        """Whether several runs are below: then it is no part of one."""
        if unit.folder is None or unit.says.kind == "fixed":
            return False
        known = self._shelves.get(unit.folder.path)
        if known is None:
            trial = Cutter(Cut(), Noted(self._noted.leave_out), keep=True)
            trial._shelves = self._shelves
            sure = (piece for piece in trial.pieces(unit.folder) if is_surely_a_run(piece))
            known = self._shelves[unit.folder.path] = len(list(islice(sure, 2))) > 1
        return known


CATALOG = "a catalog of this program"


def is_catalog(folder: Folder) -> bool:
    """Whether a directory is a catalog that a scan wrote."""
    if not any(file.path == "catalog.json" for file in folder.listed.files):
        return False
    return {"results", "segments"} <= {below.name for below in folder.listed.folders}


def _is_whole(view: View, split: Split) -> bool:
    single = not split.apart and split.with_files and len(split.groups) == 1
    return single and bool(view.loose or any(split.groups.values()))


def _grouped(view: View, split: Split) -> Iterator[Piece]:
    """Give what stays together in a directory beside what does not."""
    loose = [] if split.left else _loose(view, split)
    loose += _without(view.plain, split) if loose else []
    if loose and not (split.with_files and split.groups):
        yield Piece("files", view.folder, SHELF, loose)
        loose = []
    for key, units in sorted(split.groups.items()):
        files = [unit.file for unit in units if unit.file is not None]
        if split.with_files:
            files += loose or (view.plain if units else [])
        folders = [unit.folder for unit in units if unit.folder is not None]
        if files or folders:
            yield Piece("files", view.folder, split.because, files, folders, key or "*")


def _loose(view: View, split: Split) -> list[FileStat]:
    """Give the files that no group has by name."""
    return _without(view.loose, split)


def _without(files: Sequence[FileStat], split: Split) -> list[FileStat]:
    taken = {unit.name for units in split.groups.values() for unit in units}
    return [file for file in files if file.path not in taken]
