"""Segments that lost a file: what they say of locations is saved, their rows are made again."""

from collections.abc import Collection, Iterable, Iterator

import msgspec
import polars as pl

from h2o_forensics.catalog.frames import KEY, LOCATIONS, SCHEMAS, collected, locations_frame, scan
from h2o_forensics.catalog.results import read_result, result_name, results_in
from h2o_forensics.catalog.schema import NO_JSON
from h2o_forensics.catalog.segments import Manifest, Segments, Snapshot, manifest_name, segments_in
from h2o_forensics.catalog.store import Store
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import IndexRow, RunResult

Key = tuple[str, str]


def rescue(segments: Segments, broken: Collection[str]) -> None:
    """Replace segments that cannot be read by one with what is known of their locations.

    The rows of the tables are not in it: those who have none get them out of the result files.
    """
    store = segments.store
    listed = segments_in(store)
    sound = {name: one for name in listed if (one := _manifest(store, name)) and name not in broken}
    kept, whole = _locations_of(store, sorted(broken))
    frames = [kept]
    if not whole:
        known = Snapshot(store, sound, {}).locations["location"].to_list()
        frames.append(_recovered(store, {*known, *kept["location"].to_list()}))
    replaced = {old for name in broken if (one := _manifest(store, name)) for old in one.replaces}
    segments.write({LOCATIONS: pl.concat(frames)}, {*broken, *replaced}, after=listed)
    segments.remove({*broken, *replaced})


def blank_stats(segments: Segments, lost: Collection[Key]) -> None:
    """Let the next scan look again at locations whose result is lost; what is known stays."""
    if not lost:
        return
    keys = pl.DataFrame(sorted(lost), dict.fromkeys(KEY, pl.String), orient="row")

    def write(snapshot: Snapshot) -> None:
        rows = snapshot.locations.join(keys, on=KEY, how="semi", maintain_order="left")
        rows = rows.with_columns(pl.lit("").alias("stat")).select(list(SCHEMAS[LOCATIONS]))
        if rows.height:
            segments.write({LOCATIONS: rows}, after=snapshot.listed)

    segments.settled(write)


def _manifest(store: Store, name: str) -> Manifest | None:
    try:
        return msgspec.json.decode(store.read(manifest_name(name)) or b"", type=Manifest)
    except NO_JSON:
        return None


def _locations_of(store: Store, names: Iterable[str]) -> tuple[pl.DataFrame, bool]:
    """Give the locations of broken segments, and whether those are all they had."""
    frames, whole = [pl.DataFrame(schema=SCHEMAS[LOCATIONS])], True
    for name in names:
        manifest = _manifest(store, name)
        if manifest is not None and LOCATIONS not in manifest.tables:
            continue
        try:
            frames += collected([scan(store, LOCATIONS, name)], store, LOCATIONS)
        except CatalogError:
            whole = False
    return pl.concat(frames), whole


def _recovered(store: Store, known: Collection[str]) -> pl.DataFrame:
    """Give locations as the result files know them, those that nothing else is known of."""
    newest: dict[str, tuple[float, RunResult]] = {}
    for made, result in _dated(store):
        before = newest.get(result.location)
        if result.location not in known and (before is None or before[0] <= made):
            newest[result.location] = (made, result)
    return locations_frame([_row(made, one) for _, (made, one) in sorted(newest.items())])


def _dated(store: Store) -> Iterator[tuple[float, RunResult]]:
    for key in sorted(results_in(store)):
        try:
            result = read_result(store, *key)
        except CatalogError:
            continue
        yield store.modified(result_name(*key)) or 0.0, result


def _row(made: float, result: RunResult) -> IndexRow:
    """Say what stood there when it was analyzed; the next scan looks again, as `stat` is empty."""
    return IndexRow(
        location=result.location,
        name=result.name,
        archive=result.archive,
        kind=result.kind,
        stat="",
        run=result.run,
        analysis=result.analysis,
        holds_for="",
        state="present",
        bytes=result.bytes,
        first_seen_ms=int(made * 1000),
        seen_ms=int(made * 1000),
        message="",
    )
