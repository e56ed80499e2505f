"""What a run's bytes are, and whether somebody still writes them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.batch.listing import files_below, join, meant, open_tree, renamed, said
from h2o_forensics.errors import IntakeError
from h2o_forensics.intake.remote import object_bytes
from h2o_forensics.model.catalog import FileStat

if TYPE_CHECKING:
    from h2o_forensics.model.catalog import FoundRun

_DIGITS = 20
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # A pipe that took the file's place must not be waited for.
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)
_WEAK = "W/"


def content_of(run: FoundRun, *, verify: bool = False) -> tuple[str, bool]:
    """Hash a run's content: the same bytes below the same relative paths are the same run.

    An archive's own name does not count.  Objects whose store names their content (ETag) are not
    read: path, size and tag stand for them, so that the same bytes on a disk have another hash.  A
    file among others that cannot be read counts as such.

    Args:
        run: as it was found.
        verify: read what has a tag, too.

    Returns:
        20 hex digits; and whether files were written since the run was found, or meanwhile.

    Raises:
        OSError: nothing of it can be read; names a file.
        IntakeError: its URL needs what is not installed.
    """
    digest, changed, read = hashlib.sha256(), False, 0
    fault: OSError | None = None
    tagged = not verify and all(file.tag and not file.tag.startswith(_WEAK) for file in run.files)
    for file in run.files:
        shown = "" if run.kind == "archive" else file.path
        if tagged:
            said_of_it, read = f"{file.bytes}\0{file.tag}", read + 1
        else:
            try:
                said_of_it, moved = _hash_of(_path_of(run, file), file)
                changed, read = changed or moved, read + 1
            except OSError as error:
                fault = fault or error
                changed = changed or isinstance(error, FileNotFoundError)
                said_of_it = "unreadable"
        digest.update(f"{shown}\0{said_of_it}\n".encode())
    if fault is not None and not read:
        raise fault
    return digest.hexdigest()[:_DIGITS], changed


def still_growing(run: FoundRun, now_ns: int, settle_s: float) -> bool:
    """Whether a file of a run was written less than `settle_s` seconds ago.

    A time ahead of `now_ns` by more than that is a wrong clock's, and says nothing.
    """
    settle_ns = int(settle_s * 1e9)
    times = (file.mtime_ns for file in run.files if file.mtime_ns is not None)
    return any(-settle_ns < now_ns - time < settle_ns for time in times)


def restat(run: FoundRun) -> FoundRun:
    """Give a run with the files it has now; none where it is gone."""
    base, files = _base(run), []
    for source in run.sources:
        path = meant(source)
        try:
            tree = open_tree(path)
        except IntakeError:  # Gone, or not reachable at the moment: both will be seen later.
            continue
        if isinstance(tree, FileStat):
            single = len(run.files) == 1 and run.kind != "directory"
            files.append(tree if single else renamed(tree, path[len(base) :].lstrip("/")))
        else:
            inside = path.rstrip("/")[len(base) :].strip("/")
            files += files_below(tree, f"{inside}/" if inside else "")
    return replace(run, files=tuple(sorted(renamed(one, said(one.path)) for one in files)))


def _base(run: FoundRun) -> str:
    """Give the directory that the files' paths are relative to."""
    location = meant(run.location)
    base = location if run.kind == "directory" else location.rpartition("/")[0]
    scheme, mark, _rest = run.sources[0].partition("://")
    if mark and scheme != "file":  # A location does not show the user.
        user, sign, _host = _rest.partition("/")[0].rpartition("@")
        base = base.replace(mark, f"{mark}{user}{sign}", 1)
    return base.rstrip("/")


def _path_of(run: FoundRun, file: FileStat) -> str:
    if run.kind != "directory" and len(run.files) == len(run.sources) == 1:
        return meant(run.sources[0])
    return join(_base(run), meant(file.path))


def _hash_of(path: str, file: FileStat) -> tuple[str, bool]:
    """Hash one file; whether it is another one than was found, or became one meanwhile."""
    if "://" in path and not path.startswith("/"):
        digest = hashlib.sha256()
        for piece in object_bytes(path):
            digest.update(piece)
        return digest.hexdigest(), False
    with os.fdopen(os.open(path, _FLAGS), "rb", buffering=0) as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "is no file any more", path)
        found = hashlib.file_digest(stream, "sha256").hexdigest()
        after = os.fstat(stream.fileno())
    states = {(one.st_size, one.st_mtime_ns) for one in (before, after)}
    return found, states != {(file.bytes, file.mtime_ns)}
