"""Is everything there, readable, and in accord?  And what of it can be made again."""

import hashlib

import msgspec
from msgspec import Struct, field

from h2o_forensics.catalog.compact import compact, garbage
from h2o_forensics.catalog.frames import KEY, SCHEMAS, collected, parquet_name, scan
from h2o_forensics.catalog.repair import blank_stats, rescue
from h2o_forensics.catalog.results import read_result, result_name, results_in
from h2o_forensics.catalog.schema import NO_JSON, check_schema
from h2o_forensics.catalog.segments import (
    Manifest,
    Segments,
    Snapshot,
    manifest_name,
    segments_in,
)
from h2o_forensics.catalog.store import Store
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import ScanRecord

NOTE = "note: "
"""What a line begins with that tells of something harmless."""
Key = tuple[str, str]


class Found(Struct):
    """What is wrong."""

    lines: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Ids of segments with a file that is missing or damaged."""
    lost: list[Key] = field(default_factory=list)
    """Runs whose result file is missing or damaged though a location refers to it."""
    useless: list[str] = field(default_factory=list)
    """Files that cannot be read and that nothing needs."""


def verify(segments: Segments, *, repair: bool = False) -> list[str]:
    """Say what is wrong, one line each; those that begin with `NOTE` are harmless.

    Repair makes rows again out of result files.  Where a result file is lost, the rows stay and the
    location is marked so that the next scan looks at it again.

    Args:
        segments: of the catalog.
        repair: do so; the lines tell what was wrong before.

    Raises:
        CatalogError: the catalog cannot be read, or was made by a newer version.
    """
    store = segments.store
    found = Found()
    manifests = _manifests(store, found)
    snapshot = Snapshot(store, manifests, {})
    _check_tables(store, snapshot, found)
    sound = {name: one for name, one in manifests.items() if name not in found.broken}
    # What a broken segment replaced is gone; what a sound one replaced counts no more.
    snapshot = Snapshot(store, sound, {})
    _check_results(store, snapshot, found)
    _check_scans(store, found)
    found.lines += [f"{NOTE}{store.shown}/{name}: a writer was killed" for name in garbage(store)]
    if repair:
        _repair(segments, found)
    return found.lines


def _repair(segments: Segments, found: Found) -> None:
    if found.broken:
        rescue(segments, found.broken)
    for key in results_in(segments.store).intersection(found.lost):
        segments.store.delete(result_name(*key))
    for name in found.useless:
        segments.store.delete(name)
    blank_stats(segments, found.lost)
    compact(segments)  # gives rows to those that have none now


def _manifests(store: Store, found: Found) -> dict[str, Manifest]:
    """Read all manifests; those of newer versions are refused, damaged ones are named."""
    manifests = {}
    for name in segments_in(store):
        data = store.read(manifest_name(name))
        if data is None:  # merged meanwhile
            continue
        try:
            manifests[name] = msgspec.json.decode(data, type=Manifest)
        except NO_JSON:
            found.lines.append(f"{store.shown}/{manifest_name(name)}: is damaged")
            found.broken.add(name)
            continue
        check_schema(manifests[name].schema, f"{store.shown}/{manifest_name(name)}")
    return manifests


def _check_tables(store: Store, snapshot: Snapshot, found: Found) -> None:
    for name, manifest in snapshot.visible.items():
        for table in sorted(manifest.tables):
            if table not in SCHEMAS:
                continue
            fault = _table_fault(store, table, name, manifest)
            if fault is not None and store.read(manifest_name(name)) is not None:
                found.lines.append(f"{store.shown}/{parquet_name(table, name)}: {fault}")
                found.broken.add(name)


def _table_fault(store: Store, table: str, segment: str, manifest: Manifest) -> str | None:
    file = parquet_name(table, segment)
    data = store.read(file)
    if data is None:
        return "is missing"
    if table in manifest.sums and hashlib.sha256(data).hexdigest() != manifest.sums[table]:
        return "is damaged (its checksum is another)"
    try:
        (frame,) = collected([scan(store, table, segment)], store, file)
    except CatalogError:
        return "is damaged"
    rows = manifest.tables[table]
    if frame.height != rows:
        return f"has {frame.height} rows, its manifest says {rows}"
    return None


def _check_results(store: Store, snapshot: Snapshot, found: Found) -> None:
    referred: set[Key] = set(snapshot.referred.rows())
    tabled = set(snapshot.tabled.select(KEY).rows())
    files = results_in(store)
    for key in sorted(referred | files):
        needed = key in referred
        try:
            read_result(store, *key)
        except CatalogError as fault:
            found.lines.append(str(fault))
            if needed:
                found.lost.append(key)
            else:
                found.useless.append(result_name(*key))
            continue
        shown = f"{store.shown}/{result_name(*key)}"
        if not needed:
            found.lines.append(f"{NOTE}{shown}: no location refers to it")
        elif key not in tabled:
            found.lines.append(f"{shown}: has no rows in the tables")


def _check_scans(store: Store, found: Found) -> None:
    for name in store.names("scans"):
        data = store.read(name)
        try:
            msgspec.json.decode(data or b"", type=ScanRecord)
        except NO_JSON:
            found.lines.append(f"{store.shown}/{name}: is damaged")
            found.useless.append(name)
