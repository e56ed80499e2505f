"""A catalog where fsspec knows the way: `s3://`, `gs://`, `hdfs://`, `memory://`.

fsspec is imported when a URL is given, never before.  Endpoint, region and credentials are those of
its own configuration and of the environment.
"""

import importlib
import posixpath
import secrets
import sys
import time
from contextlib import suppress
from io import BytesIO
from typing import Any

from h2o_forensics.catalog.store import (
    STALE_S,
    TEMPORARY,
    VanishedError,
    is_temporary,
    refused,
    shown_url,
)
from h2o_forensics.errors import CatalogError

_THEN = "Check the address, the credentials and the endpoint of the environment, then run again."
_WHOLE = frozenset(
    ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "wasb", "oci", "oss", "memory")
)
"""Schemes of stores where an object appears with its last byte: no other name is needed before."""
_FOREIGN = {
    "aiohttp": ("ClientError",),
    "azure.core.exceptions": ("AzureError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "gcsfs.retry": ("HttpError",),
}
"""What the libraries behind fsspec raise beside `OSError`."""


class RemoteStore:
    """Objects whose names begin with a URL."""

    def __init__(self, url: str) -> None:
        self.url, self.shown = url.rstrip("/"), shown_url(url)
        self._system, root = _system(url)
        self._root = root.rstrip("/")
        self._whole = url.partition("://")[0].lower() in _WHOLE

    def read(self, name: str) -> bytes | None:
        """Give all of an object; None where there is none."""
        try:
            data: bytes = self._system.cat_file(self._path(name))
        except FileNotFoundError:
            return None
        except _faults() as fault:
            raise self._refused(name, "read", fault) from fault
        return data

    def write(self, name: str, data: bytes) -> None:
        """Put an object there: in one request, or under another name first, which then changes."""
        path = self._path(name)
        try:
            if self._whole:
                self._system.pipe_file(path, data)
            else:
                self._write_and_rename(path, data)
        except _faults() as fault:
            raise self._refused(name, "written", fault) from fault

    def settle(self) -> None:
        """Do nothing: what was taken is kept."""

    def names(self, folder: str = "") -> list[str]:
        """Give the names of all objects below, sorted; no temporary ones."""
        return [name for name in self._all(folder) if not is_temporary(name)]

    def modified(self, name: str) -> float | None:
        """Give when an object was written, epoch seconds; None where that is not known."""
        try:
            stamp = self._system.modified(self._path(name))
        except NotImplementedError:
            return None
        except _faults():
            return None
        return float(stamp.timestamp()) if hasattr(stamp, "timestamp") else None

    def delete(self, name: str) -> None:
        """Remove an object, if it is there."""
        try:
            self._system.rm_file(self._path(name))
        except FileNotFoundError:
            return
        except _faults() as fault:
            raise self._refused(name, "deleted", fault) from fault

    def sweep(self, older_than_s: float = STALE_S) -> None:
        """Remove temporary files, where there are such at all."""
        if self._whole:
            return
        for name in filter(is_temporary, self._all("")):
            made = self.modified(name)
            if made is not None and made < time.time() - older_than_s:
                with suppress(CatalogError):  # another process was faster
                    self.delete(name)

    def parquet(self, name: str) -> BytesIO:
        """Give the bytes: polars would look for credentials in places of its own."""
        data = self.read(name)
        if data is None:
            raise VanishedError(f"{self.shown}/{name}")
        return BytesIO(data)

    def _all(self, folder: str) -> list[str]:
        path = self._path(folder) if folder else self._root
        try:
            self._system.invalidate_cache()  # other processes write, too
            found = self._system.find(path)
        except FileNotFoundError:
            return []
        except _faults() as fault:
            raise self._refused(folder, "listed", fault) from fault
        within = f"{self._root}/"
        return sorted(name.removeprefix(within) for name in found if name.startswith(within))

    def _write_and_rename(self, path: str, data: bytes) -> None:
        folder = posixpath.dirname(path)
        temporary = f"{folder}/{TEMPORARY}{secrets.token_hex(8)}"
        self._system.makedirs(folder, exist_ok=True)
        try:
            self._system.pipe_file(temporary, data)
            try:
                self._system.mv(temporary, path)
            except OSError:  # HDFS replaces nothing
                if not self._system.exists(path):
                    raise
                self._system.rm_file(path)
                self._system.mv(temporary, path)
        finally:
            with suppress(*_faults()):  # it is there only where that failed
                self._system.rm_file(temporary)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _refused(self, name: str, action: str, fault: Exception) -> CatalogError:
        return refused(f"{self.shown}/{name}".rstrip("/"), action, fault, _THEN)


def _system(url: str) -> tuple[Any, str]:
    scheme = url.partition("://")[0].lower()
    if "::" in url:
        raise CatalogError(f"{scheme}: a catalog cannot lie behind a chained URL (with ::)")
    try:
        core = importlib.import_module("fsspec.core")
        system, root = core.url_to_fs(url)
    except ImportError as fault:
        extra = "h2o-forensics[s3]" if scheme in {"s3", "s3a"} else f"fsspec[{scheme}]"
        raise CatalogError(
            f"{scheme}:// needs a library that is not installed: pip install '{extra}'"
        ) from fault
    except ValueError as fault:
        raise CatalogError(f"{scheme}:// is no kind of address a catalog can have") from fault
    except _faults() as fault:  # HDFS and others connect at once
        raise refused(shown_url(url), "reached", fault, _THEN) from fault
    return system, root


def _faults() -> tuple[type[Exception], ...]:
    """Give what the library in use may raise; what is not loaded is not in use."""
    loaded = ((sys.modules.get(name), kinds) for name, kinds in _FOREIGN.items())
    return (
        OSError,
        *(getattr(module, kind) for module, kinds in loaded if module for kind in kinds),
    )
