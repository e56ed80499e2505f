"""Directories and files on disk: walked in order, links and devices neither followed nor opened."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from h2o_forensics.intake.files import file_blob
from h2o_forensics.intake.names import display
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import unreadable


def kind_of(mode: int) -> str:
    """Name what is no regular file."""
    kinds = (
        (stat.S_ISLNK, "symbolic link"),
        (stat.S_ISFIFO, "pipe"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISBLK, "block device"),
        (stat.S_ISCHR, "character device"),
    )
    return next((kind for test, kind in kinds if test(mode)), "special file")


def walk_directory(root: Path, prefix: str, session: Session) -> Iterator[Blob]:
    """Give the files below a directory.

    Args:
        root: the directory, without links in its own path.
        prefix: empty, or what paths shall begin with, ending in `/`.
        session: receives what is listed only, and the problems.
    """
    waiting = [(str(root), prefix)]
    while waiting and not session.full:
        directory, shown = waiting.pop()
        below = []
        for entry in _entries(directory, shown, session):
            if entry.is_dir(follow_symlinks=False):
                below.append((entry.path, f"{shown}{display(entry.name)}/"))
            elif session.admit(shown or "."):
                blob = _file(entry, shown, root, session)
                if blob is not None:
                    yield blob
        waiting += reversed(below)


def _entries(directory: str, shown: str, session: Session) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as fault:
        path = shown.rstrip("/") or "."
        session.log.note(path, "unreadable", unreadable(path, fault))
        return []


def _file(entry: os.DirEntry[str], shown: str, root: Path, session: Session) -> Blob | None:
    path = session.names.claim(shown + display(entry.name))
    try:
        status = os.lstat(entry.path)  # What the listing itself tells is stale on some systems.
    except OSError as fault:
        session.log.note(path, "unreadable", unreadable(path, fault))
        return None
    if stat.S_ISREG(status.st_mode):
        return file_blob(entry.path, path, status, session)
    session.listed.append((path, f"{kind_of(status.st_mode)}, not followed"))
    if stat.S_ISLNK(status.st_mode):
        why = _link(entry.path, root)
    else:
        what = kind_of(status.st_mode)
        why = f"a {what}, not read. If evidence comes out of it, save that to a file and give that."
    if why is not None:
        session.log.note(path, "not_a_file", f"{path}: {why}")
    return None


def _link(path: str, root: Path) -> str | None:
    """Say what is wrong with a link; None when what it leads to is met anyway."""
    try:
        Path(path).stat()
    except FileNotFoundError:
        pass
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            return "a link that leads to itself; not followed."
    if _leads_below(path, root):
        return None
    return (
        "a link that leaves the given directory; not followed. "
        "If its target is evidence, give that as well."
    )


def _leads_below(link: str, root: Path) -> bool:
    """Whether a link's target lies below `root`; one that may not be followed leads elsewhere."""
    try:
        return Path(os.path.realpath(link)).is_relative_to(root)
    except OSError:  # Even reading a link can be forbidden, as below /proc.
        return False
