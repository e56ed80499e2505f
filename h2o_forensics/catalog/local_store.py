"""A catalog in a directory."""

import errno
import os
import secrets
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from h2o_forensics.catalog.store import STALE_S, TEMPORARY, VanishedError, is_temporary, refused
from h2o_forensics.errors import CatalogError
from h2o_forensics.files import read_plain

_THEN = "Check the path and its permissions, then run again."
_MOST = 4 * 2**30
"""Bytes of one file; the largest of ours is some hundred MB."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_FLAGS |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class LocalStore:
    """Files below a directory, which is made with the first of them."""

    def __init__(self, root: str) -> None:
        self._root = Path(os.path.abspath(Path(root).expanduser()))  # noqa: PTH100 - no links
        self.url = self.shown = str(self._root)
        self._unsettled: set[Path] = set()

    def read(self, name: str) -> bytes | None:
        """Give all of a file; None where there is none."""
        try:
            return read_plain(self._root / name, _MOST)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as fault:
            raise self._refused(name, "read", fault) from fault

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, whole: under another name first, which then changes."""
        path = self._root / name
        try:
            folder = self._folder(path.parent)
            temporary = folder / f"{TEMPORARY}{secrets.token_hex(8)}"
            try:
                _write(temporary, data)
                temporary.replace(path)
            finally:
                with suppress(OSError):  # it is there only where that failed
                    temporary.unlink()
        except OSError as fault:
            raise self._refused(name, "written", fault) from fault
        self._unsettled.add(folder)

    def settle(self) -> None:
        """Make sure that the names of all files written so far survive a loss of power."""
        folders, self._unsettled = self._unsettled, set()
        for folder in sorted(folders):
            try:
                _sync_folder(folder)
            except OSError as fault:
                raise self._refused(str(folder), "written", fault) from fault

    def names(self, folder: str = "") -> list[str]:
        """Give the names of all files below, sorted; no temporary ones."""
        return [name for name in self._all(folder) if not is_temporary(name)]

    def modified(self, name: str) -> float | None:
        """Give when a file was written, epoch seconds; None where it is gone."""
        try:
            return (self._root / name).stat(follow_symlinks=False).st_mtime
        except OSError:
            return None

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        try:
            (self._root / name).unlink(missing_ok=True)
        except OSError as fault:
            raise self._refused(name, "deleted", fault) from fault

    def sweep(self, older_than_s: float = STALE_S) -> None:
        """Remove temporary files of writers that were killed."""
        for name in self._all(""):
            if is_temporary(name):
                made = self.modified(name)
                if made is not None and made < time.time() - older_than_s:
                    with suppress(CatalogError):  # another process was faster
                        self.delete(name)

    def parquet(self, name: str) -> Path | BytesIO:
        """Give the path: polars reads only what it needs of it; the bytes where it is no UTF-8."""
        path = self._root / name
        try:
            str(path).encode()
        except UnicodeEncodeError:
            data = self.read(name)
            if data is None:
                raise VanishedError(f"{self.shown}/{name}") from None
            return BytesIO(data)
        return path

    def _all(self, folder: str) -> list[str]:
        found: list[str] = []

        def failed(fault: OSError) -> None:
            if not isinstance(fault, FileNotFoundError):
                raise fault

        try:
            for path, _folders, names in os.walk(self._root / folder, onerror=failed):
                inside = Path(path).relative_to(self._root).as_posix()
                prefix = "" if inside == "." else f"{inside}/"
                found += [prefix + name for name in names]
        except OSError as fault:
            raise self._refused(folder, "listed", fault) from fault
        return sorted(found)

    def _folder(self, folder: Path) -> Path:
        """Make a directory and those above it, and make sure that none is a link."""
        inside = folder.relative_to(self._root).parts
        if not self._root.is_dir():
            self._root.mkdir(parents=True, exist_ok=True)
            self._unsettled.add(self._root.parent)
        at = self._root
        for part in inside:
            parent, at = at, at / part
            if at.is_symlink():
                raise OSError(errno.ELOOP, "is a symbolic link", str(at))
            if not at.is_dir():
                at.mkdir(exist_ok=True)
                self._unsettled.add(parent)
        return folder

    def _refused(self, name: str, action: str, fault: OSError) -> CatalogError:
        place = fault.filename if fault.errno == errno.ELOOP else self._root / name
        return refused(str(place), action, fault, _THEN)


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, _FLAGS, 0o666), "wb", buffering=0) as stream:
        rest = memoryview(data)
        while rest:
            rest = rest[stream.write(rest) or 0 :]
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows opens no directories
        return
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(handle)
    except OSError as fault:
        if fault.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network file systems
            raise
    finally:
        os.close(handle)
