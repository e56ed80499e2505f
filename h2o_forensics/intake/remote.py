"""What fsspec knows, such as `s3://bucket/prefix/`: listed, and read by ranges.

fsspec is imported when a URL is given, never before.  Endpoint, region and credentials are those of
its own configuration and of the environment.
"""

import errno
import importlib
import io
import posixpath
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast
from urllib.parse import unquote, urlsplit

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake.caps import Chunks, StreamError
from h2o_forensics.intake.names import tame
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import BLOCK

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(?=.)")
_LOCAL = ("file", "local")
_WEB = ("http", "https")
_LOOK = 64 * 2**10
"""Bytes of the first range: most objects are opened for a look at their head only."""
_RANGE = 8 * 2**20
"""Bytes of the later ones."""
_PAGE, _PAGES = 2**20, 16
"""For archives that need to seek: size and number of the ranges held."""
_FOREIGN = {
    "aiohttp": ("ClientError",),
    "azure.core.exceptions": ("AzureError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "gcsfs.retry": ("HttpError",),
}
"""What the libraries behind fsspec raise beside `OSError`."""


class System(Protocol):
    """What is used of fsspec's file systems."""

    def info(self, path: str) -> dict[str, Any]:
        """Give name, type and size of one object."""

    def ls(self, path: str, *, detail: bool) -> list[dict[str, Any]]:
        """Give those of a directory."""

    def find(self, path: str, *, detail: bool) -> dict[str, dict[str, Any]]:
        """Give all objects at and below a path."""

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget what was listed before."""

    def open(
        self,
        path: str,
        mode: str,
        *,
        block_size: int,
        cache_type: str,
        cache_options: dict[str, int],
    ) -> BinaryIO:
        """Open an object for reading by ranges."""


def scheme_of(source: str) -> str | None:
    """Give the scheme of a URL, None when it is a path."""
    match = _URL.match(source)
    return None if match is None else match[1].lower()


def local_path(url: str) -> str | None:
    """Give the path of a `file://` URL, None for other schemes."""
    if scheme_of(url) not in _LOCAL:
        return None
    return unquote(url.partition("://")[2], errors="surrogateescape")


def parts_of(url: str) -> tuple[str, ...]:
    """Give what a URL can be named by: host and path; neither user nor query, which are secrets."""
    split = urlsplit(url)
    host = split.netloc.rpartition("@")[2]
    return tuple(part for part in (host, *split.path.split("/")) if part)


def remote_blobs(name: str, url: str, session: Session, *, alone: bool) -> Iterator[Blob]:
    """Give the objects at and below a URL.

    Args:
        name: what the source is shown as.
        url: of an object, or what the names of several begin with, as a directory.
        session: receives the problems.
        alone: it is the only source: paths are relative to it.

    Raises:
        IntakeError: the scheme is not known, or needs what is not installed.
    """
    system, root = system_of(url)
    try:
        info = system.info(root)
    except remote_faults() as fault:
        code = "missing" if isinstance(fault, FileNotFoundError) else "unreadable"
        session.log.note(name, code, _unreadable(name, fault))
        return
    if info["type"] != "directory":
        yield _blob(system, info, session.names.claim(name))
    elif scheme_of(url) in _WEB:
        session.log.note(
            name, "unsupported", f"{name}: a page of links, not read. Give the files' own URLs."
        )
    else:
        yield from _below(system, info["name"], "" if alone else f"{name}/", session)


def system_of(url: str) -> tuple[System, str]:
    """Give the file system of a URL, and the URL's path in it.

    Raises:
        IntakeError: the scheme is not known, or needs what is not installed.
    """
    scheme = scheme_of(url)
    if "::" in url:
        raise IntakeError(f"{scheme}: chained URLs (with ::) are not read; give the archive itself")
    try:
        core = importlib.import_module("fsspec.core")
        system, root = core.url_to_fs(url)
    except ImportError as error:
        extra = "h2o-forensics[s3]" if scheme in {"s3", "s3a", *_WEB} else f"fsspec[{scheme}]"
        raise IntakeError(
            f"{scheme}:// needs a library that is not installed: pip install '{extra}'"
        ) from error
    except ValueError as error:
        raise IntakeError(
            f"{scheme}:// is no kind of address that can be read: {parts_of(url)[-1:]}"
        ) from error
    return system, root


def _below(system: System, root: str, prefix: str, session: Session) -> Iterator[Blob]:
    """Give the objects below a prefix, in order, directory by directory."""
    waiting, seen = [root], {root}
    while waiting and not session.full:
        folder, below = waiting.pop(), []
        try:
            found = sorted(system.ls(folder, detail=True), key=lambda info: str(info["name"]))
        except remote_faults() as fault:
            shown = prefix + _relative(folder, root) or "."
            session.log.note(shown, "unreadable", _unreadable(shown, fault))
            continue
        for info in found:
            if info["type"] == "directory":
                below += [info["name"]] if info["name"] not in seen else []
                seen.add(info["name"])
            elif info["name"].rstrip("/") != folder.rstrip("/"):  # S3 has markers for directories.
                if not session.admit(prefix + _relative(folder, root) or "."):
                    return
                path = prefix + tame(_relative(info["name"], root))[0]
                yield _blob(system, info, session.names.claim(path))
        waiting += reversed(below)


def _relative(name: str, root: str) -> str:
    return "" if name == root else posixpath.relpath(name, root)


def _blob(system: System, info: dict[str, Any], path: str) -> Blob:
    size = info.get("size")
    size = size if isinstance(size, int) and not isinstance(size, bool) else None
    whole = partial(_open, system, info["name"], "none", {})
    paged = partial(_open, system, info["name"], "blockcache", {"maxblocks": _PAGES})
    # Without a size a server gives no ranges.
    return Blob(
        path,
        partial(_ranges, whole),
        size,
        modified(info),
        path,
        file=None if size is None else paged,
    )


def modified(info: dict[str, Any]) -> float | None:
    """Give the time of an object's last change, epoch seconds."""
    stamps = (info.get(key) for key in ("LastModified", "mtime", "last_modified", "created"))
    stamp = next((stamp for stamp in stamps if stamp is not None), None)
    if isinstance(stamp, datetime):
        return stamp.timestamp()
    return float(stamp) if isinstance(stamp, int | float) else None


def object_bytes(url: str) -> Chunks:
    """Give one object as it is stored, in pieces.

    Raises:
        IntakeError: the scheme is not known, or needs what is not installed.
        OSError: it cannot be read, or was replaced meanwhile; `strerror` says which.
    """
    try:
        yield from _ranges(partial(_open, *system_of(url), "none", {}))
    except StreamError as fault:
        raise OSError(errno.EIO, fault.message, url) from fault


def _open(system: System, name: str, cache: str, options: dict[str, int]) -> BinaryIO:
    try:
        file = system.open(name, "rb", block_size=_PAGE, cache_type=cache, cache_options=options)
    except remote_faults() as fault:
        raise _ended(fault) from fault
    remote = _Remote(file)
    # Where ranges are not held, each reading is a request: as large as the reader asks for.
    return io.BufferedReader(remote, BLOCK) if options else cast("BinaryIO", remote)


class _Remote(io.RawIOBase):
    """A file of fsspec whose faults are ours."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        """Say that this is for reading."""
        return True

    def seekable(self) -> bool:
        """Say that this can go anywhere."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Give the place."""
        return self._file.tell()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as it goes; 0 at the end."""
        into = memoryview(buffer).cast("B")
        try:
            data = self._file.read(len(into))
        except remote_faults() as fault:
            raise _ended(fault) from fault
        into[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Release the connection."""
        self._file.close()
        super().close()


def _ranges(opener: Callable[[], BinaryIO]) -> Chunks:
    """Read an object to its end in few requests."""
    with opener() as file:
        size = _LOOK
        while data := file.read(size):
            yield from (data[at : at + BLOCK] for at in range(0, len(data), BLOCK))
            size = _RANGE


def _ended(fault: Exception) -> StreamError:
    if type(fault).__name__ == "FileExpired":  # Of s3fs: the object has another tag now.
        return StreamError(
            "changed", "was replaced after it was listed; the rest was not read. Run again."
        )
    if isinstance(fault, FileNotFoundError):
        return StreamError("changed", "vanished after it was listed. Run again for what is there.")
    return StreamError("unreadable", refusal(fault))


def _unreadable(shown: str, fault: Exception) -> str:
    return f"{shown}: {refusal(fault)}"


def refusal(fault: Exception) -> str:
    """Say why it cannot be read, without the library's text: that shows addresses and keys."""
    reason = fault.strerror if isinstance(fault, OSError) else None
    known = (
        (FileNotFoundError, "there is no such object or directory"),
        (PermissionError, "access denied"),
        (TimeoutError, "no answer in time"),
    )
    said = next((text for kind, text in known if isinstance(fault, kind)), None)
    return (
        f"cannot be read: {said or reason or type(fault).__name__}. "
        "Check the address, the credentials and the endpoint of the environment, then run again."
    )


def remote_faults() -> tuple[type[Exception], ...]:
    """Give what the library in use may raise; what is not loaded is not in use."""
    loaded = ((sys.modules.get(name), kinds) for name, kinds in _FOREIGN.items())
    return (
        OSError,
        *(getattr(module, kind) for module, kinds in loaded if module for kind in kinds),
    )
