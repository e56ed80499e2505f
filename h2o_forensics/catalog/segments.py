"""Segments: pieces of the tables that appear as a whole, with their manifest.

A segment is never changed.  One that replaces others hides them from the moment its manifest is
there, and its writer removes them then.  What several visible ones say of the same is settled the
same way by every reader: of a location the newest row counts, of a run the rows of the segment with
the greatest id.  A row is dropped only in favour of one with a greater id, so no two processes
that tidy up at once can drop the last.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

import msgspec
import polars as pl
from msgspec import Struct, field

from h2o_forensics import __version__
from h2o_forensics.catalog.frames import (
    KEY,
    LOCATIONS,
    SCHEMAS,
    Frames,
    collected,
    packed,
    parquet_name,
    scan,
)
from h2o_forensics.catalog.schema import NO_JSON, NUMBER, check_schema
from h2o_forensics.catalog.store import Store, VanishedError
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import CATALOG_SCHEMA

_FOLDER = "segments"
_TRIES = 20
_SEGMENT = "segment"
_Given = TypeVar("_Given")


class Manifest(Struct, frozen=True):
    """What makes a segment visible, written last."""

    schema: str
    id: str
    """Grows with time: epoch ms and a random part."""
    made: str
    tool_version: str
    tables: dict[str, int]
    """Rows of each table that has any, `locations` among them."""
    replaces: list[str] = field(default_factory=list)
    """Ids of segments that count no more."""
    sums: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each table's file."""

    @property
    def size(self) -> int:
        """Rows of all tables."""
        return sum(self.tables.values())


class Snapshot:
    """The catalog as it was at one moment: its visible segments, and what counts of them."""

    def __init__(
        self, store: Store, manifests: Mapping[str, Manifest], cache: dict[str, pl.DataFrame]
    ) -> None:
        self._store, self._cache = store, cache
        self.listed = frozenset(manifests)
        """Ids of all segments, those that are replaced too."""
        self.replaced = frozenset(
            old for manifest in manifests.values() for old in manifest.replaces
        )
        self.visible = {
            name: manifests[name] for name in sorted(manifests) if name not in self.replaced
        }

    @cached_property
    def all_locations(self) -> pl.DataFrame:
        """All rows of locations, older ones too, each with its `segment`."""
        return self._all(LOCATIONS, tuple(SCHEMAS[LOCATIONS]))

    @cached_property
    def locations(self) -> pl.DataFrame:
        """The newest row of each location, sorted by it; `segment` says out of which."""
        newest = self.all_locations.sort("location", "seen_ms", _SEGMENT).unique(
            "location", keep="last", maintain_order=True
        )
        return newest.filter(pl.col("location").is_not_null())

    @cached_property
    def referred(self) -> pl.DataFrame:
        """Run and analysis that a location refers to, sorted."""
        return referred_by(self.locations)

    @cached_property
    def tabled(self) -> pl.DataFrame:
        """Run, analysis and the one `segment` whose rows count, referred to or not; sorted."""
        rows = self._all("runs", KEY).sort(*KEY, _SEGMENT)
        return rows.unique(KEY, keep="last", maintain_order=True)

    @cached_property
    def active(self) -> pl.DataFrame:
        """The rows of `tabled` that a location refers to."""
        return self.tabled.join(self.referred, on=KEY, how="semi", maintain_order="left")

    def rows(
        self,
        table: str,
        columns: Collection[str] | None = None,
        keys: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """Give rows of a table, sorted by run and analysis.

        Args:
            table: any but `locations`.
            columns: None: all.
            keys: run, analysis and segment of the rows that are wanted; None: the active ones.
        """
        keys = self.active if keys is None else keys
        wanted = list(SCHEMAS[table]) if columns is None else list(columns)
        parts = []
        for (segment,), own in keys.group_by(_SEGMENT, maintain_order=True):
            if self.visible[str(segment)].tables.get(table):
                whole = scan(self._store, table, str(segment)).select({*KEY, *wanted})
                parts.append(whole.join(own.lazy(), on=KEY, how="semi", maintain_order="left"))
        frames = collected(parts, self._store, f"tables/{table}") if parts else []
        empty = pl.DataFrame(schema=SCHEMAS[table])
        rows = pl.concat([frame.select(wanted + _others(wanted)) for frame in frames] or [empty])
        return rows.sort(KEY, maintain_order=True).select(wanted)

    def _all(self, table: str, columns: tuple[str, ...]) -> pl.DataFrame:
        """Give columns of a table out of all visible segments, each read once."""
        names = [name for name, one in self.visible.items() if one.tables.get(table)]
        missing = [name for name in names if f"{table}/{name}" not in self._cache]
        lazy = [scan(self._store, table, name).select(columns) for name in missing]
        if lazy:
            frames = collected(lazy, self._store, f"tables/{table}")
            for name, frame in zip(missing, frames, strict=True):
                of_one = frame.with_columns(pl.lit(name).alias(_SEGMENT))
                self._cache[f"{table}/{name}"] = of_one
        empty = {column: SCHEMAS[table][column] for column in columns} | {_SEGMENT: pl.String()}
        found = [self._cache[f"{table}/{name}"] for name in names]
        return pl.concat([pl.DataFrame(schema=empty), *found])


class Segments:
    """The segments of one catalog."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._manifests: dict[str, Manifest] = {}
        self._frames: dict[str, pl.DataFrame] = {}

    def snapshot(self) -> Snapshot:
        """Give the segments of now.

        Raises:
            CatalogError: one cannot be read, or is of a newer version.
        """
        for _ in range(_TRIES):
            listed = self._listed()
            found = {name: self._manifest(name) for name in listed}
            manifests = {name: one for name, one in found.items() if one is not None}
            if len(manifests) == len(found):
                self._forget(manifests)
                return Snapshot(self.store, manifests, self._frames)
        raise CatalogError(f"{self.store.shown}: is being rewritten all the time. Run again later.")

    def settled(self, work: Callable[[Snapshot], _Given]) -> _Given:
        """Do work on a snapshot; where another process merged its files meanwhile, on a new one.

        Raises:
            CatalogError: a file is missing and nobody merged it.
        """
        before = None
        for _ in range(_TRIES):
            snapshot = self.snapshot()
            try:
                return work(snapshot)
            except VanishedError:
                if before == snapshot.listed:
                    raise
                before = snapshot.listed
        raise CatalogError(f"{self.store.shown}: is being rewritten all the time. Run again later.")

    def write(
        self,
        frames: Frames,
        replaces: Collection[str] = (),
        after: Collection[str] = (),
    ) -> str:
        """Write a segment, its manifest last, and give its id, which is greater than `after`."""
        name = _new_id(after)
        frames = {table: frame for table, frame in frames.items() if frame.height}
        sums = {}
        for table, frame in frames.items():
            order = ["location"] if table == LOCATIONS else KEY
            data = packed(frame.select(list(SCHEMAS[table])).sort(order, maintain_order=True))
            sums[table] = hashlib.sha256(data).hexdigest()
            self.store.write(parquet_name(table, name), data)
        manifest = Manifest(
            schema=CATALOG_SCHEMA,
            id=name,
            made=datetime.now(UTC).isoformat(timespec="milliseconds"),
            tool_version=__version__,
            tables={table: frame.height for table, frame in frames.items()},
            replaces=sorted(replaces),
            sums=sums,
        )
        self.store.settle()
        self.store.write(manifest_name(name), msgspec.json.encode(manifest))
        self.store.settle()
        return name

    def remove(self, names: Collection[str]) -> None:
        """Delete segments that count no more, each with its manifest first."""
        for name in sorted(names):
            self.store.delete(manifest_name(name))
            for table in SCHEMAS:
                self.store.delete(parquet_name(table, name))

    def _listed(self) -> list[str]:
        """Give the ids of all segments.

        One listing may miss a new file as well as the ones it replaced, which vanished meanwhile.
        """
        before, now = None, segments_in(self.store)
        while before != now:
            before, now = now, segments_in(self.store)
        return now

    def _manifest(self, name: str) -> Manifest | None:
        if name not in self._manifests:
            data = self.store.read(manifest_name(name))
            if data is None:
                return None
            self._manifests[name] = decode_manifest(data, self.store, name)
        return self._manifests[name]

    def _forget(self, manifests: Mapping[str, Manifest]) -> None:
        for name in self._manifests.keys() - manifests.keys():
            del self._manifests[name]
        for cached in [one for one in self._frames if one.partition("/")[2] not in manifests]:
            del self._frames[cached]


def segments_in(store: Store) -> list[str]:
    """Give the ids of all segments that have a manifest."""
    names = store.names(_FOLDER)
    return [
        name.removeprefix(f"{_FOLDER}/").removesuffix(".json")
        for name in names
        if name.endswith(".json")
    ]


def manifest_name(segment: str) -> str:
    """Give the name of a segment's manifest."""
    return f"{_FOLDER}/{segment}.json"


def decode_manifest(data: bytes, store: Store, segment: str) -> Manifest:
    """Read a manifest.

    Raises:
        CatalogError: damaged, or of a newer version.
    """
    shown = f"{store.shown}/{manifest_name(segment)}"
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except NO_JSON as fault:
        raise CatalogError(
            f"{shown}: is damaged. Run `h2o-forensics catalog verify --repair` on this catalog."
        ) from fault
    check_schema(manifest.schema, shown)
    return manifest


def referred_by(locations: pl.DataFrame) -> pl.DataFrame:
    """Give run and analysis that locations refer to, sorted; those cut otherwise count no more.

    Of a run that several locations refer to, the analysis counts that was made, or held to be
    right, last: copies in archives that are scanned at different times must not count twice.
    """
    counts = (pl.col("run") != "") & (pl.col("analysis") != "")
    return (
        locations.filter(counts & pl.col("state").fill_null("").ne("replaced"))
        .sort("run", "seen_ms", "analysis")
        .unique("run", keep="last", maintain_order=True)
        .select(KEY)
    )


def is_older(manifest: Manifest) -> bool:
    """Whether a segment was written by an older version."""
    return check_schema(manifest.schema, manifest.id) < NUMBER


def _others(columns: Collection[str]) -> list[str]:
    return [name for name in KEY if name not in columns]


def _new_id(after: Collection[str]) -> str:
    latest = max((int(name[:13]) for name in after if name[:13].isdigit()), default=0)
    return f"{max(time.time_ns() // 1_000_000, latest + 1):013d}-{secrets.token_hex(4)}"
