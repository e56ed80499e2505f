"""A catalog of an older version: its tables are made again out of the result files.

Segment by segment, each replaced as in a merge, and `catalog.json` last: killed at any moment, what
is done stays done and the next writer goes on.
"""

import polars as pl

from h2o_forensics.catalog.frames import KEY, LOCATIONS, SCHEMAS, Frames
from h2o_forensics.catalog.rebuild import batches, rows_from_results
from h2o_forensics.catalog.segments import Segments, Snapshot, is_older


def migrate(segments: Segments) -> None:
    """Bring all segments to today's schema.

    A result that is missing or damaged keeps the rows it had, with null in new columns.

    Raises:
        CatalogError: the catalog cannot be read or written.
    """
    while segments.settled(lambda snapshot: _one(segments, snapshot)):
        pass


def _one(segments: Segments, snapshot: Snapshot) -> bool:
    """Rewrite the first older segment; whether there was one."""
    older = next((name for name, one in snapshot.visible.items() if is_older(one)), None)
    if older is None:
        return False
    keys = snapshot.active.filter(pl.col("segment") == older)
    *before, last = list(batches(keys.select(KEY).rows())) or [[]]
    for batch in before:
        segments.write(_rows(segments, snapshot, keys, batch), after=snapshot.listed)
    frames = _rows(segments, snapshot, keys, last)
    frames[LOCATIONS] = _complete(snapshot.locations.filter(pl.col("segment") == older))
    replaces = {older, *(snapshot.listed.intersection(snapshot.visible[older].replaces))}
    segments.write(frames, replaces, after=snapshot.listed)
    segments.remove(replaces)
    return True


def _rows(
    segments: Segments, snapshot: Snapshot, keys: pl.DataFrame, batch: list[tuple[str, str]]
) -> Frames:
    frames, lost = rows_from_results(segments.store, batch)
    if not lost:
        return frames
    old = keys.join(pl.DataFrame(lost, KEY, orient="row"), on=KEY, how="semi")
    kept = {table: snapshot.rows(table, keys=old) for table in SCHEMAS if table != LOCATIONS}
    return {
        table: pl.concat([frames[table], rows]) if table in frames else rows
        for table, rows in kept.items()
    }


def _complete(locations: pl.DataFrame) -> pl.DataFrame:
    """Give locations without null: what an older version did not know is empty."""
    state = pl.col("state").fill_null("present")
    numbers = pl.col("bytes", "first_seen_ms", "seen_ms").fill_null(0)
    return locations.with_columns(state, numbers).with_columns(pl.col(pl.String).fill_null(""))
