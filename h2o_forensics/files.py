"""Files the user named: read if they are plain and small, written whole or not at all.

They may lie in a directory that others write to, such as that of the evidence.  So nothing is
written through a link, nothing has a name that can be foreseen, and nothing waits for a pipe.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # Windows has neither
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_MODE = 0o666
"""Of a new file, before the user's umask."""


def read_plain(path: Path, most: int, *, follow: bool = True) -> bytes:
    """All bytes of a regular file.

    Args:
        path: the file.
        most: bytes it may have.
        follow: False refuses a symbolic link.

    Raises:
        OSError: it cannot be read, is no regular file or too large; `strerror` says which.
    """
    if not follow and path.is_symlink():
        raise OSError(errno.ELOOP, "is a symbolic link", str(path))
    flags = os.O_RDONLY | _NONBLOCK | getattr(os, "O_BINARY", 0) | (0 if follow else _NOFOLLOW)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(path))
        data = stream.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"is larger than {most // 1024} KB", str(path))
    return data


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files, each whole; none of them appears before all could be written.

    A device or pipe that exists (`/dev/null`) is written to; a file of that name is replaced.

    Raises:
        OSError: one cannot be written, and `filename` says which.
    """
    ready: list[tuple[str, Path]] = []
    direct: list[tuple[Path, bytes]] = []
    try:
        for path, content in contents.items():
            if _takes_directly(path):
                direct.append((path, content))
            else:
                ready.append((_beside(path, content), path))
        for path, content in direct:
            _write_through(path, content)
        while ready:
            os.replace(*ready[0])  # noqa: PTH105 - the paths of both
            del ready[0]
    finally:
        for name, _path in ready:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - as above


def _takes_directly(path: Path) -> bool:
    """Whether it is a device or a pipe: a file in its place would take it from everybody."""
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        kind = stat.S_IFREG
    if stat.S_ISCHR(kind) or stat.S_ISFIFO(kind):
        return True
    if path.is_symlink():
        raise OSError(errno.ELOOP, "is a symbolic link; name the file itself", str(path))
    if stat.S_ISDIR(kind):
        raise OSError(errno.EISDIR, "is a directory", str(path))
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, "is neither a file nor a pipe", str(path))
    return False


def _beside(path: Path, content: bytes) -> str:
    """Write a new file, of a name nobody foresees, that can take the place of `path`."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    except OSError as error:
        error.filename = str(path)
        raise
    try:
        with os.fdopen(handle, "wb") as stream:
            if os.name == "posix":
                os.fchmod(stream.fileno(), _MODE & ~_umask())
            stream.write(content)
    except OSError as error:
        error.filename = str(path)
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - as mkstemp gives it
        raise
    return name


def _write_through(path: Path, content: bytes) -> None:
    """Write to what is there; a pipe nobody reads is an error, no reason to wait."""
    try:
        handle = os.open(path, os.O_WRONLY | _NONBLOCK)
        with os.fdopen(handle, "wb", buffering=0) as stream:
            os.set_blocking(handle, True)
            rest = memoryview(content)
            while rest:
                rest = rest[stream.write(rest) or 0 :]
    except OSError as error:
        if error.errno == errno.ENXIO:
            error.strerror = "is a pipe that nobody reads"
        error.filename = str(path)
        raise


def _umask() -> int:
    """The user's; it can be read only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
