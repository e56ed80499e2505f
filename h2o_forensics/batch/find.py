"""The runs in archives, found before a byte of them is read."""

from __future__ import annotations

import fnmatch
from collections import Counter
from typing import TYPE_CHECKING

from h2o_forensics.batch.cut import CATALOG, Cut, Cutter, Noted, Wanted, is_catalog
from h2o_forensics.batch.listing import Folder, absolute, join, open_tree, public, renamed, said
from h2o_forensics.batch.unit_names import is_of_storage, kind_of_file
from h2o_forensics.batch.units import OF_STORAGE
from h2o_forensics.intake.names import display
from h2o_forensics.model.catalog import FileStat, FoundRun

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from h2o_forensics.batch.units import Piece

__all__ = ["Ignored", "absolute", "find_runs"]

_DEFAULT_CUT, _ALL = Cut(), Wanted()
_NOTHING = "nothing in it looks like evidence"
_GIVEN = "left out: given as the catalog's or a report's place"
_REPORT = "reports of this program"


class Ignored:
    """What is in no run, counted by directory and reason."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, place: str, why: str, count: int = 1) -> None:
        """Count entries of a directory."""
        self._counts[place, why] += count

    def listed(self) -> list[tuple[str, str, int]]:
        """Give directory, reason and number of entries, sorted."""
        return [(place, why, count) for (place, why), count in sorted(self._counts.items())]


def find_runs(
    archives: Sequence[str],
    cut: Cut = _DEFAULT_CUT,
    wanted: Wanted = _ALL,
    *,
    leave_out: Sequence[str] = (),
    complain: Callable[[str, str], None] = lambda _place, _why: None,
    ignored: Ignored | None = None,
) -> Iterator[FoundRun]:
    """Give the runs in archives, each once, in an order that depends on nothing but names.

    Args:
        archives: paths or URLs, of trees or of single files.
        cut: how runs are told apart.
        wanted: which of them are given.
        leave_out: paths or URLs in the archives that hold no evidence: the catalog, reports.
        complain: called with a directory that could not be listed to its end, and why.
        ignored: takes what is in no run.

    Raises:
        IntakeError: an archive is not there or cannot be read; before any run is given.
    """
    found = _Finder(cut, [absolute(one) for one in leave_out], complain, ignored or Ignored())
    runs = found.runs(archives)
    return (run for run in runs if _is_wanted(run, wanted))


def _is_wanted(run: FoundRun, wanted: Wanted) -> bool:
    names = (run.name, run.name.rpartition("/")[2])
    if wanted.match and not any(
        fnmatch.fnmatchcase(name, glob) for name in names for glob in wanted.match
    ):
        return False
    newest = run.newest_ns
    bound = wanted.newer_than_ms
    return bound is None or newest is None or newest >= bound * 1_000_000


class _Finder:
    def __init__(
        self,
        cut: Cut,
        leave_out: Collection[str],
        complain: Callable[[str, str], None],
        ignored: Ignored,
    ) -> None:
        self._cut, self._left = cut, frozenset(leave_out)
        self._complain, self._ignored = complain, ignored

    def runs(self, archives: Sequence[str]) -> Iterator[FoundRun]:
        """Open all archives, then find runs in one after the other."""
        known = {absolute(archive): archive for archive in archives}
        outer = {
            path: known[path]
            for path in sorted(known)
            if not any(path.startswith(join(other, "")) for other in known if other != path)
        }
        return self._below([(path, given, open_tree(given)) for path, given in outer.items()])

    def _below(self, trees: list[tuple[str, str, Folder | FileStat]]) -> Iterator[FoundRun]:
        noted = Noted(
            self._leave_out,
            lambda folder, why, count: self._ignored.add(said(public(folder.path)), why, count),
            lambda folder, why: self._complain(said(public(folder.path)), why),
        )
        while trees:
            path, given, tree = trees.pop(0)
            if isinstance(tree, FileStat):
                yield _single(path, given, tree)
                continue
            for piece in Cutter(self._cut, noted).pieces(tree):
                run = self._run(piece, path)
                if run is not None:
                    yield run

    def _leave_out(self, folder: Folder, name: str) -> str | None:
        return _GIVEN if self._left and public(join(folder.path, name)) in self._left else None

    def _run(self, piece: Piece, archive: str) -> FoundRun | None:
        """Make a run of a piece; None: there is no evidence in it."""
        gathered = _Gathered(self)
        folder, whole = piece.folder, piece.kind == "directory"
        if whole:
            sources = gathered.folder(folder, "")
        else:
            sources = [join(folder.path, file.path) for file in piece.files]
            gathered.files += piece.files
            for below in piece.folders:
                sources += gathered.folder(below, f"{below.name}/")
        evidence = any(_is_evidence(file.path) for file in gathered.files)
        if not evidence and not gathered.problems:
            self._ignored.add(said(public(folder.path)), _NOTHING, max(1, len(gathered.files)))
            return None
        end = "" if whole else piece.files[0].path if piece.kind == "archive" else piece.key
        name = "/".join(part for part in (folder.relative, end) if part) or folder.name
        files = sorted(renamed(one, said(one.path)) for one in gathered.files)
        return FoundRun(
            location=said(public(join(folder.path, end) if end else folder.path)),
            name=display(name),
            archive=said(archive),
            kind=piece.kind,
            because=display(piece.because),
            sources=tuple(said(one) for one in sources),
            files=tuple(files),
            problem="; ".join(sorted(gathered.problems)) or None,
        )

    def note(self, folder: Folder, why: str, count: int) -> None:
        """Count what is left out of a run."""
        self._ignored.add(said(public(folder.path)), why, count)

    def why_left(self, folder: Folder, name: str) -> str | None:
        """Say why a name in a run's directory is left out, None when it is not."""
        if is_of_storage(name):
            return OF_STORAGE
        return self._leave_out(folder, name) or (_REPORT if kind_of_file(name) == "ours" else None)


class _Gathered:
    """All that is in a run's directories.

    What `analyze` reads there is part of the run: hidden and temporary files, too.
    """

    def __init__(self, finder: _Finder) -> None:
        self._finder = finder
        self.files: list[FileStat] = []
        self.problems: list[str] = []

    def folder(self, folder: Folder, prefix: str) -> list[str]:
        """Add a directory.

        Returns:
            What to analyze: its path, or where something in it is left out, the rest of it.
        """
        listed, note = folder.listed, self._finder.note
        if is_catalog(folder):
            note(folder, CATALOG, 1)
            return []
        if listed.problem is not None:
            self.problems.append(f"{said(prefix.rstrip('/')) or '.'}: {listed.problem}")
        for why, count in (("links, not followed", listed.links), ("pipes", listed.special)):
            if count:
                note(folder, why, count)
        sources, whole = [], True
        for file in listed.files:
            if (left := self._finder.why_left(folder, file.path)) is not None:
                note(folder, left, 1)
                whole = False
                continue
            sources.append(join(folder.path, file.path))
            self.files.append(renamed(file, prefix + file.path) if prefix else file)
        for below in listed.folders:
            if (left := self._finder.why_left(folder, below.name)) is not None:
                note(folder, left, 1)
                whole = False
                continue
            found = self.folder(below, f"{prefix}{below.name}/")
            whole = whole and found == [below.path]
            sources += found
        return [folder.path] if whole else sources


def _is_evidence(path: str) -> bool:
    return kind_of_file(path.rpartition("/")[2]) in {"log", "maybe", "archive"}


def _single(path: str, given: str, file: FileStat) -> FoundRun:
    archive = kind_of_file(file.path) == "archive"
    return FoundRun(
        location=said(path),
        name=display(file.path),
        archive=said(path),
        kind="archive" if archive else "files",
        because="the single file that was given",
        # A URL's query may be what allows to read it.
        sources=(given if "://" in path else said(path),),
        files=(renamed(file, said(file.path)),),
    )
