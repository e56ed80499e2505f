"""Where a catalog lies: a directory, or what fsspec knows.

Files are written whole or not at all, and no file is ever changed.  Names are relative to the
catalog and have `/` as separator.  Every fault is a `CatalogError` that names no secret.
"""

import errno
import re
from io import BytesIO
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from h2o_forensics.errors import CatalogError

TEMPORARY = ".tmp-"
"""What the name of a file begins with until it is whole."""
STALE_S = 3600.0
"""A temporary file older than this was left by a writer that was killed."""
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(?=.)")
_LOCAL = ("file", "local")
_NEXT = {
    errno.ENOSPC: "Free some space there, then run again: what is in the catalog stays as it is.",
    errno.EDQUOT: "Free some of the quota, then run again: what is in the catalog stays as it is.",
    errno.EFBIG: "Raise the limit of a file's size (ulimit -f), then run again.",
    errno.EROFS: "Give a catalog that can be written to.",
    errno.ELOOP: "The catalog follows no links when it writes: put a directory there.",
    errno.ENOTDIR: "Move that file away, or give another catalog.",
}


class VanishedError(CatalogError):
    """A file that was listed is there no more: another process merged it, or it was lost."""

    def __init__(self, shown: str) -> None:
        super().__init__(
            f"{shown}: is missing. Run `h2o-forensics catalog verify --repair` on this catalog."
        )


class Store(Protocol):
    """Files by name."""

    url: str
    """Absolute path, or the URL that was given."""
    shown: str
    """The same without secrets."""

    def read(self, name: str) -> bytes | None:
        """Give all of a file; None where there is none."""

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, whole; one of that name is replaced."""

    def settle(self) -> None:
        """Make sure that all files written so far survive a loss of power."""

    def names(self, folder: str = "") -> list[str]:
        """Give the names of all files below, sorted."""

    def modified(self, name: str) -> float | None:
        """Give when a file was written, epoch seconds; None where that is not known."""

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""

    def sweep(self, older_than_s: float = STALE_S) -> None:
        """Remove what writers left that were killed."""

    def parquet(self, name: str) -> Path | BytesIO:
        """Give a file as polars reads it; it need not be there."""


def open_store(url: str) -> Store:
    """Give the store at a path or URL; nothing is read yet.

    Raises:
        CatalogError: the scheme is not known, or needs what is not installed.
    """
    from h2o_forensics.catalog.local_store import LocalStore  # noqa: PLC0415 - they import this
    from h2o_forensics.catalog.remote_store import RemoteStore  # noqa: PLC0415

    match = _URL.match(url)
    if match is None:
        return LocalStore(url)
    if match[1].lower() in _LOCAL:
        return LocalStore(unquote(url.partition("://")[2]))
    return RemoteStore(url)


def is_temporary(name: str) -> bool:
    """Whether a file is not whole, or never became so."""
    return name.rpartition("/")[2].startswith(TEMPORARY)


def shown_url(url: str) -> str:
    """Give a URL without user and query, which are secrets."""
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc.rpartition('@')[2]}{split.path}".rstrip("/")


def refused(shown: str, action: str, fault: Exception, then: str) -> CatalogError:
    """Say what could not be done, where, why and what to do next.

    The text of a library is not repeated: it shows addresses and keys.
    """
    number = fault.errno if isinstance(fault, OSError) else None
    known = (
        (FileNotFoundError, "there is no such bucket or directory"),
        (PermissionError, "access denied"),
        (TimeoutError, "no answer in time"),
    )
    reason = next((text for kind, text in known if isinstance(fault, kind)), None)
    reason = reason or (fault.strerror if isinstance(fault, OSError) else None)
    return CatalogError(
        f"{shown}: cannot be {action}: {reason or type(fault).__name__}. "
        f"{_NEXT.get(number or 0, then)}"
    )
