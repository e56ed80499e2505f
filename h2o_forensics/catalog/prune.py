"""What the archives hold no more, out of the catalog."""

import time
from collections.abc import Collection, Mapping

import polars as pl
from msgspec import Struct

from h2o_forensics.catalog.compact import merge
from h2o_forensics.catalog.frames import KEY
from h2o_forensics.catalog.results import result_name, results_in
from h2o_forensics.catalog.segments import Segments, Snapshot, referred_by
from h2o_forensics.catalog.store import Store

Key = tuple[str, str]
_LOST = ("gone", "replaced")
_YOUNG_S = 24 * 3600.0
"""A result nobody refers to may belong to a scan that goes on, until it is so old."""


class Pruned(Struct, frozen=True):
    """What was dropped, or would be; all sorted."""

    locations: tuple[str, ...]
    results: tuple[str, ...]
    """Names of result files."""
    reports: tuple[str, ...]
    """Names of HTML reports."""


class Which(Struct, frozen=True):
    """What is to be dropped; all that is given must fit."""

    gone: bool = False
    """Locations that hold no run any more."""
    unseen_since_ms: int | None = None
    """Locations that were last looked at before this, epoch ms."""
    keep: frozenset[str] = frozenset()
    """Runs that stay."""


def prune(
    segments: Segments, which: Which, scanned: Mapping[str, int], *, dry_run: bool = False
) -> Pruned:
    """Drop locations, the runs nothing refers to then, and files nothing refers to.

    Not while a scan of the same catalog goes on: it may just have found one of these runs again.
    Should that happen, `verify` names the result that is missing, and the next scan makes it again.

    Args:
        segments: of the catalog.
        which: what is to be dropped; by default results of former rules and contents alone.
        scanned: when an archive was last scanned to its end, epoch ms: what was found there and
            had not changed has no newer row.
        dry_run: change nothing.

    Raises:
        CatalogError: the catalog cannot be read or written.
    """

    def find(snapshot: Snapshot) -> tuple[list[str], set[Key]]:
        drop = _dropped(snapshot, which, scanned)
        referred = _referred(snapshot, drop)
        lost = snapshot.referred.join(referred, on=KEY, how="anti")
        return drop, set(lost.rows())

    drop, lost = segments.settled(find)
    if drop and not dry_run:
        segments.settled(lambda snapshot: _drop(segments, snapshot, drop))
    left = segments.settled(lambda snapshot: _referred(snapshot, drop if dry_run else ()))
    store, referred = segments.store, set(left.rows())
    results = _results(store, referred, lost, which.keep)
    reports = _reports(store, {run for run, _ in referred} | which.keep, {run for run, _ in lost})
    if not dry_run:
        for name in (*results, *reports):
            store.delete(name)
    return Pruned(tuple(drop), tuple(results), tuple(reports))


def _dropped(snapshot: Snapshot, which: Which, scanned: Mapping[str, int]) -> list[str]:
    if not which.gone and which.unseen_since_ms is None:
        return []
    rows = snapshot.locations.filter(~pl.col("run").fill_null("").is_in(list(which.keep)))
    lost = pl.col("state").is_in(_LOST)
    if which.gone:
        rows = rows.filter(lost)
    if which.unseen_since_ms is not None:
        archives = pl.col("archive").replace_strict(scanned, default=0, return_dtype=pl.Int64)
        seen = pl.max_horizontal("seen_ms", pl.when(~lost).then(archives)).fill_null(0)
        rows = rows.filter(seen < which.unseen_since_ms)
    names: list[str] = rows["location"].to_list()
    return names


def _referred(snapshot: Snapshot, drop: Collection[str]) -> pl.DataFrame:
    return referred_by(snapshot.locations.filter(~pl.col("location").is_in(list(drop))))


def _drop(segments: Segments, snapshot: Snapshot, drop: list[str]) -> None:
    """Rewrite all segments that know the locations: an older row would count again."""
    names = (
        snapshot.all_locations.filter(pl.col("location").is_in(drop))["segment"]
        .unique()
        .sort()
        .to_list()
    )
    if names:
        merge(segments, snapshot, names, without=drop)


def _results(store: Store, referred: set[Key], lost: set[Key], keep: Collection[str]) -> list[str]:
    spare = sorted(key for key in results_in(store) - referred if key[0] not in keep)
    named = ((key, result_name(*key)) for key in spare)
    return [name for key, name in named if key in lost or _is_old(store, name)]


def _reports(store: Store, stay: set[str], lost: set[str]) -> list[str]:
    runs = {name: name.rpartition("/")[2].removesuffix(".html") for name in store.names("reports")}
    return [
        name
        for name, run in runs.items()
        if run not in stay and (run in lost or _is_old(store, name))
    ]


def _is_old(store: Store, name: str) -> bool:
    made = store.modified(name)
    return made is not None and made < time.time() - _YOUNG_S
