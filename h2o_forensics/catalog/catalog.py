"""A catalog: results of runs, tables made of them, and what stands where.

There are no locks.  Whoever writes only adds files, each whole, and what belongs together appears
with the last of them, so it may be killed at any moment and others may write at the same time.
"""

import re
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

import msgspec
import polars as pl
from polars.io.plugins import register_io_source

from h2o_forensics import __version__
from h2o_forensics.catalog import compact, migrate, prune, verify
from h2o_forensics.catalog.frames import (
    KEY,
    LOCATIONS,
    SCHEMAS,
    Frames,
    frames_of,
    index_rows,
    locations_frame,
    storable,
)
from h2o_forensics.catalog.results import result_name, results_in
from h2o_forensics.catalog.schema import NO_JSON, NUMBER, check_schema
from h2o_forensics.catalog.segments import Segments, Snapshot
from h2o_forensics.catalog.store import Store, open_store
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import CATALOG_SCHEMA, IndexRow, Rows, ScanRecord

_CARD = "catalog.json"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,127}")
_DAY = 24 * 3600.0
_NOT_OURS = frozenset(("lost+found",))
"""What a new file system holds."""


def open_catalog(url: str, *, create: bool = False) -> "Catalog":
    """Open the catalog at a path or a URL that fsspec knows.

    Args:
        url: a directory; credentials come from the environment.
        create: make one where there is nothing yet.

    Raises:
        CatalogError: there is none, something else is there, it was made by a newer version, or it
            cannot be read.
    """
    store = open_store(url)
    card = store.read(_CARD)
    if card is None:
        _check_empty(store, create=create)
        _write_card(store)
        return Catalog(store, NUMBER)
    return Catalog(store, _schema_of(card, f"{store.shown}/{_CARD}"))


class Catalog:
    """An open catalog; `open_catalog` gives it.  Every method may raise `CatalogError`."""

    def __init__(self, store: Store, schema: int) -> None:
        self.url = store.url
        """Absolute path, or the URL that was given."""
        self.shown = storable(store.shown)
        """The same without user and query, as text that can be written."""
        self._store, self._schema = store, schema
        self._segments = Segments(store)

    # What stands where.

    def index(self) -> dict[str, IndexRow]:
        """Give the newest row of every location."""
        return index_rows(self._segments.settled(lambda snapshot: snapshot.locations))

    def tabled(self) -> set[tuple[str, str]]:
        """Give run and analysis of those that have rows in the tables."""
        return set(self._segments.settled(lambda snapshot: snapshot.active).select(KEY).rows())

    # Results and reports.

    def results(self) -> set[tuple[str, str]]:
        """Give run and analysis of all result files; not every one is referred to."""
        return results_in(self._store)

    def put_result(self, run: str, analysis: str, data: bytes) -> None:
        """Keep a result file; `results.encode_result` makes it."""
        self._store.write(result_name(run, analysis), data)

    def read_result(self, run: str, analysis: str) -> bytes:
        """Give a result file; `results.decode_result` reads it."""
        return self._must(result_name(run, analysis))

    def reports(self) -> set[str]:
        """Give the runs that have an HTML report."""
        names = self._store.names("reports")
        return {name[8:-5] for name in names if name.endswith(".html")}

    def put_report(self, run: str, html: bytes) -> None:
        """Keep a run's HTML report."""
        self._store.write(_name("reports", run, ".html"), html)

    def read_report(self, run: str) -> bytes:
        """Give a run's HTML report."""
        return self._must(_name("reports", run, ".html"))

    def put_page(self, name: str, page: bytes) -> None:
        """Keep a page that tells of the whole catalog, such as `fleet.html`."""
        stem, dot, ending = name.rpartition(".")
        self._store.write(_name(".", stem, dot + ending).removeprefix("./"), page)

    def has_page(self, name: str) -> bool:
        """Say whether there is such a page."""
        return self._store.modified(name) is not None

    # Tables.

    def tables(self) -> dict[str, pl.LazyFrame]:
        """Give all tables by name; see `table`."""
        return {name: self.table(name) for name in SCHEMAS}

    def add(self, locations: Sequence[IndexRow], rows: Rows) -> None:
        """Make rows visible, all at once.

        Args:
            locations: what stands where now; the newest row of a location counts.
            rows: of new results, as `rows_of` gives them, each run once.  A run that has a result
                file and no rows gets them with the next `compact`.
        """
        self._ready()
        frames: Frames = frames_of(rows)
        if locations:
            frames[LOCATIONS] = locations_frame(locations)
        if frames:
            self._segments.write(frames)

    def table(self, name: str) -> pl.LazyFrame:
        """Give a table: rows that count, sorted by run and analysis; read when it is collected.

        Args:
            name: of `CATALOG_SCHEMAS`, or `locations`.
        """
        if name not in SCHEMAS:
            raise CatalogError(f"{name}: no such table. There are: {', '.join(sorted(SCHEMAS))}.")

        def source(
            columns: list[str] | None,
            predicate: pl.Expr | None,
            most: int | None,
            _batch_size: int | None,
        ) -> Iterator[pl.DataFrame]:
            rows = self._segments.settled(lambda snapshot: _rows(snapshot, name, columns))
            rows = rows if predicate is None else rows.filter(predicate)
            yield rows if most is None else rows.head(most)

        return register_io_source(source, schema=SCHEMAS[name])

    def compact(self) -> None:
        """Merge small segments, drop rows that count no more, give rows to results without."""
        self._ready()
        compact.compact(self._segments)

    # Scans and rules.

    def put_scan(self, record: ScanRecord) -> None:
        """Keep what a scan did; again, when it ends."""
        self._store.write(_name("scans", record.scan, ".json"), msgspec.json.encode(record))
        self._store.settle()

    def scans(self, most: int | None = None) -> list[ScanRecord]:
        """Give the scans, oldest first; of many the last `most`.  What is damaged is left out."""
        names = [name for name in self._store.names("scans") if name.endswith(".json")]
        data = map(self._store.read, names if most is None else names[max(len(names) - most, 0) :])
        records = [_scan_of(one) for one in data if one is not None]
        return sorted(
            (one for one in records if one is not None), key=lambda one: (one.started, one.scan)
        )

    def put_rulebook(self, sha256: str, data: bytes) -> None:
        """Keep what the rules of a scan meant."""
        self._store.write(_name("rulebooks", sha256, ".json"), data)

    def rulebook(self, sha256: str) -> bytes | None:
        """Give what the rules of a scan meant; None where that is not known."""
        return self._store.read(_name("rulebooks", sha256, ".json"))

    # Upkeep.

    def verify(self, *, repair: bool = False) -> list[str]:
        """Say what is wrong, one line each; those that begin with `verify.NOTE` are harmless.

        Args:
            repair: make tables again out of result files, and drop what cannot be read.
        """
        lines = verify.verify(self._segments, repair=repair)
        if repair:
            self._ready()
        return lines

    def prune(
        self,
        *,
        gone: bool = False,
        older_than_days: float | None = None,
        keep: Collection[str] = (),
        dry_run: bool = False,
    ) -> list[str]:
        """Drop results of former rules and contents, and what is named here; not during a scan.

        Args:
            gone: runs whose locations hold no run any more.
            older_than_days: with `gone`, only those that are gone so long; else runs that no scan
                has looked for so long.
            keep: ids of runs that stay.
            dry_run: change nothing.

        Returns:
            Locations and names of files that were dropped, or would be.
        """
        if not dry_run:
            self._ready()
        since = (
            None if older_than_days is None else int((time.time() - older_than_days * _DAY) * 1000)
        )
        which = prune.Which(gone, since, frozenset(keep))
        done = prune.prune(self._segments, which, _scanned(self.scans()), dry_run=dry_run)
        return [*done.locations, *done.results, *done.reports]

    def _ready(self) -> None:
        """Bring a catalog of an older version to today's before it is written to."""
        if self._schema < NUMBER:
            migrate.migrate(self._segments)
            _write_card(self._store)
            self._schema = NUMBER

    def _must(self, name: str) -> bytes:
        data = self._store.read(name)
        if data is None:
            raise CatalogError(
                f"{self.shown}/{name}: there is no such file. "
                "Run `h2o-forensics catalog verify` on this catalog."
            )
        return data


def _scanned(records: Sequence[ScanRecord]) -> dict[str, int]:
    """Give when each archive was last scanned to its end, epoch ms."""
    ended = (one for one in records if one.ended is not None)
    return {
        archive: int(datetime.fromisoformat(one.started).timestamp() * 1000)
        for one in ended
        for archive in one.archives
    }


def _rows(snapshot: Snapshot, table: str, columns: list[str] | None) -> pl.DataFrame:
    if table == LOCATIONS:
        return snapshot.locations.select(list(SCHEMAS[LOCATIONS]) if columns is None else columns)
    return snapshot.rows(table, columns)


def _check_empty(store: Store, *, create: bool) -> None:
    others = [name for name in store.names() if name.partition("/")[0] not in _NOT_OURS]
    if others and _CARD not in others:
        raise CatalogError(
            f"{store.shown}: holds other files and no catalog ({_CARD} is missing). "
            "Give a directory that is empty, or one that does not exist yet."
        )
    if not create:
        raise CatalogError(
            f"{store.shown}: there is no catalog. `h2o-forensics scan ARCHIVE --catalog` makes one."
        )


def _write_card(store: Store) -> None:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    card = {"schema": CATALOG_SCHEMA, "made": made, "tool_version": __version__}
    store.write(_CARD, msgspec.json.encode(card))
    store.settle()


def _schema_of(card: bytes, shown: str) -> int:
    try:
        schema = msgspec.json.decode(card, type=dict[str, object]).get("schema")
    except NO_JSON as fault:
        raise CatalogError(
            f"{shown}: is damaged. Delete it and put this into it, the rest of the catalog tells "
            f'what it needs: {{"schema": "{CATALOG_SCHEMA}"}}'
        ) from fault
    return check_schema(str(schema), shown)


def _scan_of(data: bytes) -> ScanRecord | None:
    try:
        return msgspec.json.decode(data, type=ScanRecord)
    except NO_JSON:
        return None


def _name(folder: str, name: str, ending: str) -> str:
    if not _NAME.fullmatch(name):
        raise CatalogError(f"{name[:80]!r}: cannot be the name of a file")
    return f"{folder}/{name}{ending}"
