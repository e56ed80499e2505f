"""Fewer and fuller segments, so that reading stays fast and costs per run stay flat.

Segments of about the same size are merged once there are several: a row is rewritten a few times
in its life, and a small scan rewrites only what is small.
"""

import math
import time
from collections import defaultdict
from collections.abc import Collection

import polars as pl
from msgspec import Struct

from h2o_forensics.catalog.frames import KEY, LOCATIONS, SCHEMAS, Frames
from h2o_forensics.catalog.rebuild import fold_in
from h2o_forensics.catalog.segments import Segments, Snapshot, referred_by, segments_in
from h2o_forensics.catalog.store import Store

_FANOUT = 4
"""So many segments of a size are merged; they differ by less than this factor."""
_FULL = 400_000
"""Rows: one of this size is merged with no other; more would have to be held in memory."""
_ROUNDS = 50
_GARBAGE_S = 24 * 3600.0
"""Tables without a manifest belong to a writer that was killed, when they are older than this."""


class Plan(Struct, frozen=True):
    """What is worth doing."""

    remove: list[str]
    """Segments of which no row counts."""
    merge: list[str]


def compact(segments: Segments) -> None:
    """Tidy up; killed at any moment, or done by two at once, it loses nothing.

    Raises:
        CatalogError: the catalog cannot be read or written.
    """
    tidy(segments)
    fold_in(segments)
    for _ in range(_ROUNDS):
        if not segments.settled(lambda snapshot: _round(segments, snapshot)):
            return


def tidy(segments: Segments) -> None:
    """Remove what writers left that were killed."""
    snapshot = segments.snapshot()
    segments.remove(snapshot.replaced & snapshot.listed)
    for name in garbage(segments.store, snapshot.replaced):
        segments.store.delete(name)
    segments.store.sweep()


def garbage(store: Store, replaced: Collection[str] = ()) -> list[str]:
    """Give tables' files that belong to no segment: of those replaced, and old ones."""
    names = [name for name in store.names("tables") if name.endswith(".parquet")]
    known = set(segments_in(store))
    late = time.time() - _GARBAGE_S
    found = []
    for name in names:
        segment = name.rpartition("/")[2].removesuffix(".parquet")
        if segment not in known:
            made = None if segment in replaced else store.modified(name)
            if segment in replaced or (made is not None and made < late):
                found.append(name)
    return found


def planned(snapshot: Snapshot) -> Plan:
    """Say which segments are to be removed and which to be merged."""
    locations, runs = (_counts(frame) for frame in (snapshot.locations, snapshot.active))
    remove, hollow, tiers = [], [], defaultdict(list)
    for name, manifest in snapshot.visible.items():
        if not locations.get(name) and not runs.get(name):
            # What it replaces must go first, or that would be seen again.
            if snapshot.listed.isdisjoint(manifest.replaces):
                remove.append(name)
        elif 2 * runs.get(name, 0) < manifest.tables.get("runs", 0):
            hollow.append(name)
        elif manifest.size < _FULL:
            tiers[int(math.log(max(manifest.size, 1), _FANOUT))].append(name)
    full = (tiers[level] for level in sorted(tiers) if len(tiers[level]) >= _FANOUT)
    return Plan(remove, _capped(snapshot, hollow or next(full, [])))


def merge(
    segments: Segments,
    snapshot: Snapshot,
    names: Collection[str],
    without: Collection[str] = (),
) -> None:
    """Put the rows that count of some segments into a new one, which replaces them.

    Args:
        segments: of the catalog.
        snapshot: what counts.
        names: ids of the segments.
        without: locations that are dropped, with the runs that only they refer to.
    """
    kept = snapshot.locations.filter(~pl.col("location").is_in(list(without)))
    of_these = pl.col("segment").is_in(list(names))
    keys = snapshot.active.filter(of_these)
    if without:
        keys = keys.join(referred_by(kept), on=KEY, how="semi", maintain_order="left")
    frames: Frames = {LOCATIONS: kept.filter(of_these)}
    for table in SCHEMAS:
        if table != LOCATIONS:
            frames[table] = snapshot.rows(table, keys=keys)
    before = {old for name in names for old in snapshot.visible[name].replaces}
    replaces = {*names, *(before & snapshot.listed)}
    segments.write(frames, replaces, after=snapshot.listed)
    segments.remove(replaces)


def _round(segments: Segments, snapshot: Snapshot) -> bool:
    """Do what is worth doing; whether there was something."""
    plan = planned(snapshot)
    segments.remove(plan.remove)
    if plan.merge:
        merge(segments, snapshot, plan.merge)
    return bool(plan.merge)


def _counts(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.group_by("segment").len().rows())


def _capped(snapshot: Snapshot, names: list[str]) -> list[str]:
    taken: list[str] = []
    rows = 0
    for name in names:
        if taken and rows > _FULL:
            break
        taken.append(name)
        rows += snapshot.visible[name].size
    return taken
