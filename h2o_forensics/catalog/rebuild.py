"""Rows out of result files: where a scan was killed between the two, or a table was lost."""

from collections.abc import Iterable, Iterator
from itertools import islice

from h2o_forensics.catalog.frames import KEY, Frames, frames_of
from h2o_forensics.catalog.results import read_result
from h2o_forensics.catalog.rows import rows_of
from h2o_forensics.catalog.segments import Segments, Snapshot
from h2o_forensics.catalog.store import Store
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import Rows

Key = tuple[str, str]
BATCH = 500
"""Runs of one segment: what is in memory at a time."""


def fold_in(segments: Segments) -> int:
    """Give rows to those runs that a location refers to and that have none; their number."""
    missing = segments.settled(_without_rows)
    done = 0
    for batch in batches(missing):
        frames, lost = rows_from_results(segments.store, batch)
        if frames:
            segments.write(frames)
            done += len(batch) - len(lost)
    return done


def rows_from_results(store: Store, keys: Iterable[Key]) -> tuple[Frames, list[Key]]:
    """Give the rows of runs, and those whose result file is missing or damaged."""
    rows: Rows = {}
    lost = []
    for key in keys:
        try:
            result = read_result(store, *key)
        except CatalogError:
            lost.append(key)
            continue
        for table, found in rows_of(result).items():
            rows.setdefault(table, []).extend(found)
    return frames_of(rows), lost


def batches(keys: Iterable[Key]) -> Iterator[list[Key]]:
    """Give keys, so many at a time as are read at once."""
    rest = iter(keys)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _without_rows(snapshot: Snapshot) -> list[Key]:
    return snapshot.referred.join(
        snapshot.tabled, on=KEY, how="anti", maintain_order="left"
    ).rows()  # fmt: skip
