"""Trees of files, on disk or behind a URL, listed directory by directory and only where one looks.

Links are never followed: what is inside is met anyway, what is outside is given to `scan` itself.
So there are no loops.  Names that are no UTF-8 are carried as percent-coded `file://` texts, since
what is found crosses processes.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake.remote import (
    local_path,
    modified,
    refusal,
    remote_faults,
    scheme_of,
    system_of,
)
from h2o_forensics.model.catalog import FileStat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CODED = "file://"
MOST_DEEP = 60
"""Directories below directories; whoever made more did so by accident."""


class Listed(NamedTuple):
    """What a directory holds, sorted by name."""

    files: list[FileStat]
    """Their paths are their names."""
    folders: list[Folder]
    links: int = 0
    special: int = 0
    """Pipes, sockets, devices."""
    problem: str | None = None
    """Why it could not be listed to its end."""


class Folder:
    """A directory that is listed when somebody looks."""

    __slots__ = ("_list", "_listed", "deep", "name", "path", "relative")

    def __init__(
        self, path: str, name: str, relative: str, deep: int, lister: Callable[[Folder], Listed]
    ) -> None:
        self.path, self.name, self.relative, self.deep = path, name, relative, deep
        self._list = lister
        self._listed: Listed | None = None

    @property
    def listed(self) -> Listed:
        """What it holds; listed once."""
        if self._listed is None:
            self._listed = self._list(self)
        return self._listed

    def forget(self) -> None:
        """Make room: what it holds was used."""
        self._listed = Listed([], [])

    def child(self, name: str) -> Folder:
        """Give a directory in it."""
        below = f"{self.relative}/{name}" if self.relative else name
        return Folder(join(self.path, name), name, below, self.deep + 1, self._list)


def join(path: str, name: str) -> str:
    """Give the path of what is in a directory."""
    return f"{path.rstrip('/')}/{name}"


def said(path: str) -> str:
    """Write a path so that it can be stored and sent: the same, unless it is no UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return _CODED + quote(os.fsencode(path))
    return path


def meant(text: str) -> str:
    """Give the path that `said` wrote."""
    if not text.startswith(_CODED):
        return text
    return unquote(text[len(_CODED) :], errors="surrogateescape")


def absolute(archive: str) -> str:
    """Give what an archive is known as: its path without links, or its URL without secrets.

    Raises:
        IntakeError: the text is empty, as a variable that is not set is.
    """
    scheme = scheme_of(archive)
    local = local_path(archive)
    if scheme is None or local is not None:
        place = archive if local is None else local
        if not place:
            raise IntakeError("an empty path: is a variable not set?")
        return os.path.realpath(place)
    _scheme, _, rest = archive.partition("://")
    return public(f"{scheme}://{rest.partition('?')[0]}".rstrip("/"))


def public(path: str) -> str:
    """Give a URL without the user in it; a path as it is."""
    scheme, mark, rest = path.partition("://")
    host, slash, below = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{below}" if mark else path


def open_tree(archive: str) -> Folder | FileStat:
    """Give the directory, or the file, that an archive is.

    Args:
        archive: as it was given: a path, or a URL.

    Returns:
        Its directory, of which nothing is listed yet on disk (all of it behind a URL); or the file,
        its path being its name.

    Raises:
        IntakeError: it is not there, cannot be read, or is no kind of place that can be listed.
    """
    path = absolute(archive)
    if scheme_of(path) is not None:
        return _remote_tree(archive, archive.partition("?")[0].rstrip("/"))
    name = path.rpartition("/")[2] or "root"
    try:
        status = os.stat(path)  # noqa: PTH116 - names may be no UTF-8
        if stat.S_ISDIR(status.st_mode):
            with os.scandir(path):
                return Folder(path, name, "", 0, _list_directory)
    except OSError as fault:
        raise IntakeError(f"{archive}: {fault.strerror}") from fault
    if not stat.S_ISREG(status.st_mode):
        raise IntakeError(f"{archive}: neither a directory nor a file")
    return FileStat(name, status.st_size, status.st_mtime_ns)


def _list_directory(folder: Folder) -> Listed:
    if folder.deep > MOST_DEEP:
        return Listed([], [], problem=f"more than {MOST_DEEP} directories deep; not looked at")
    files, folders, links, special = [], [], 0, 0
    try:
        with os.scandir(folder.path) as entries:
            for entry in entries:
                try:
                    if entry.is_symlink():
                        links += 1
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(folder.child(entry.name))
                    elif entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        files.append(FileStat(entry.name, status.st_size, status.st_mtime_ns))
                    else:
                        special += 1
                except FileNotFoundError:  # It vanished since.
                    continue
                except OSError:  # It is there: let whoever reads it say why it cannot be.
                    files.append(FileStat(entry.name, 0))
    except FileNotFoundError:
        return Listed([], [])
    except OSError as fault:
        why = f"cannot be listed: {fault.strerror}"
        return Listed(_by_name(files), folders, links, special, why)
    folders.sort(key=lambda one: one.name)
    return Listed(_by_name(files), folders, links, special)


def _by_name(files: list[FileStat]) -> list[FileStat]:
    files.sort(key=lambda one: one.path)
    return files


def _remote_tree(archive: str, path: str) -> Folder | FileStat:
    """List all of a URL in one go: a request per directory would take a day."""
    system, root = system_of(archive)
    shown = public(path)
    try:
        system.invalidate_cache()
        info = system.info(root)
        if info["type"] != "directory":
            return _stat(info, path.rpartition("/")[2])
        if scheme_of(path) in {"http", "https"}:
            raise IntakeError(
                f"{shown}: a page of links cannot be listed; give the files' own URLs"
            )
        found = system.find(root, detail=True)
    except remote_faults() as fault:
        raise IntakeError(f"{shown}: {refusal(fault)}") from fault
    top = str(info["name"]).rstrip("/")
    return _tree_of(path, top, found)


def _tree_of(path: str, top: str, found: dict[str, dict[str, Any]]) -> Folder:
    """Hang objects into directories."""
    tree: dict[str, tuple[list[FileStat], dict[str, Folder]]] = {"": ([], {})}

    def lister(folder: Folder) -> Listed:
        files, folders = tree.pop(folder.relative, ([], {}))
        return Listed(_by_name(files), [folders[name] for name in sorted(folders)])

    root = Folder(path, path.rpartition("/")[2], "", 0, lister)
    for name in sorted(found):
        relative = str(found[name]["name"])[len(top) :].strip("/")
        if not relative or name.endswith("/") or found[name]["type"] == "directory":
            continue  # Markers of directories.
        above, _, last = relative.rpartition("/")
        if above not in tree:
            _hang(tree, root, [part for part in above.split("/") if part])
            tree.setdefault(above, ([], {}))
        tree[above][0].append(_stat(found[name], last))
    return root


def tree_of_names(path: str, names: Sequence[str]) -> Folder:
    """Hang names into directories, such as those in an archive; their files have no size.

    Args:
        path: what the directory above them is known as.
        names: relative to it.
    """
    return _tree_of(path, "", {name: {"name": name, "type": "file"} for name in names})


def _hang(
    tree: dict[str, tuple[list[FileStat], dict[str, Folder]]], root: Folder, parts: list[str]
) -> None:
    folder = root
    for part in parts:
        known = tree[folder.relative][1]
        if part not in known:
            known[part] = folder.child(part)
            tree[known[part].relative] = ([], {})
        folder = known[part]


def _stat(info: dict[str, Any], name: str) -> FileStat:
    changed = modified(info)
    tag = info.get("ETag") or info.get("etag") or info.get("md5Hash")
    size = info.get("size")
    return FileStat(
        name,
        size if isinstance(size, int) else 0,
        None if changed is None else int(changed * 1000) * 1_000_000,
        None if tag is None else str(tag).strip('"'),
    )


def files_below(folder: Folder, prefix: str = "") -> list[FileStat]:
    """Give all files at and below a directory; their paths begin with `prefix`."""
    listed = folder.listed
    found = [renamed(file, prefix + file.path) for file in listed.files]
    for below in listed.folders:
        found += files_below(below, f"{prefix}{below.name}/")
    return found


def renamed(file: FileStat, path: str) -> FileStat:
    """Give the same file by another path."""
    return FileStat(path, file.bytes, file.mtime_ns, file.tag)
