"""Directories and files on disk: walked in order, links and devices neither followed nor opened."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from h2o_forensics.intake.caps import StreamError
from h2o_forensics.intake.names import display
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import file_chunks, unreadable

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # A file replaced by a FIFO must not hang us.
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def open_file(path: str) -> BinaryIO:
    """Open a regular file, and nothing else.

    Raises:
        OSError: the system refuses.
        StreamError: `not_a_file`, it became something else since it was listed.
    """
    descriptor = os.open(path, _FLAGS)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise StreamError("not_a_file", "is no regular file any more and was not read.")


def file_blob(path: str, shown: str, status: os.stat_result) -> Blob:
    """Describe a file on disk."""
    opener = partial(open_file, path)
    chunks = partial(file_chunks, opener)
    return Blob(shown, chunks, status.st_size, status.st_mtime, shown, file=opener)


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
        status = entry.stat(follow_symlinks=False)
    except OSError as fault:
        session.log.note(path, "unreadable", unreadable(path, fault))
        return None
    if stat.S_ISREG(status.st_mode):
        return file_blob(entry.path, path, status)
    session.listed.append((path, f"{kind_of(status.st_mode)}, not followed"))
    if stat.S_ISLNK(status.st_mode) and not _leads_below(entry.path, root):
        session.log.note(
            path,
            "not_a_file",
            f"{path}: a link that leaves the given directory; not followed. "
            "If its target is evidence, give that as well.",
        )
    return None


def _leads_below(link: str, root: Path) -> bool:
    """Whether a link's target lies below `root`; one that may not be followed leads elsewhere."""
    try:
        return Path(os.path.realpath(link)).is_relative_to(root)
    except OSError:  # Even reading a link can be forbidden, as below /proc.
        return False
