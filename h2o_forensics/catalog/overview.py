"""A catalog in short: how many runs, what was wrong with them, what the last scans did."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import Protocol

import polars as pl
from msgspec import Struct

from h2o_forensics.catalog.query import HasTables
from h2o_forensics.model.catalog import ScanRecord

_LAST_SCANS = 5


class HasScans(HasTables, Protocol):
    """A catalog, as far as an overview needs one."""

    url: str

    def scans(self) -> Sequence[ScanRecord]:
        """Records of all scans."""


class Overview(Struct, frozen=True):
    """What `catalog show` says."""

    runs: int
    verdicts: dict[str, int]
    """Runs by verdict; `failed`: those that could not be analyzed."""
    causes: tuple[tuple[str, int], ...]
    """Conditions and how many runs have them first, most first."""
    locations: dict[str, int]
    """Places by state: present, gone, growing, unreadable."""
    first: str | None
    """Earliest moment of the runs, ISO 8601."""
    last: str | None
    bytes: int
    """Of the runs, as stored."""
    unpacked_bytes: int
    catalog_bytes: int | None
    """Of the catalog's own files; None: it is not on a disk."""
    rows: dict[str, int]
    """By table."""
    scans: tuple[ScanRecord, ...]
    """The last ones, newest first."""


def overview(catalog: HasScans, tables: Sequence[str]) -> Overview:
    """What the catalog holds; rows of `tables` are counted."""
    runs = catalog.table("runs").collect()
    verdicts = Counter(
        "failed" if status == "failed" else str(verdict)
        for status, verdict in runs.select("status", "verdict").iter_rows()
    )
    causes = Counter(one for one in runs["condition"].to_list() if one is not None)
    places = catalog.table("locations").collect()
    return Overview(
        runs=runs.height,
        verdicts=dict(sorted(verdicts.items())),
        causes=tuple(sorted(causes.items(), key=lambda one: (-one[1], one[0]))),
        locations=dict(sorted(Counter(places["state"].to_list()).items())),
        first=_moment(runs["first"].min()),
        last=_moment(runs["last"].max()),
        bytes=int(runs["bytes"].sum()),
        unpacked_bytes=int(runs["unpacked_bytes"].sum()),
        catalog_bytes=None if "://" in catalog.url else _size(Path(catalog.url)),
        rows={name: _count(catalog.table(name)) for name in tables},
        scans=tuple(sorted(catalog.scans(), key=lambda one: (one.started, one.scan), reverse=True))[
            :_LAST_SCANS
        ],
    )


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a scan may write, and a merge delete
            found = path.lstat()
            total += found.st_size if S_ISREG(found.st_mode) else 0
    return total


def _moment(value: object) -> str | None:
    return None if value is None else str(value.isoformat(timespec="milliseconds"))[:23] + "Z"  # type: ignore[attr-defined]
