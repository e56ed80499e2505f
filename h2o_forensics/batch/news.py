"""What is new since the last scan that came to its end: for cron, CI and the fleet report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.batch.moments import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from h2o_forensics.catalog import Catalog
    from h2o_forensics.model.catalog import IndexRow, ScanRecord

GRAVITY = ("info", "low", "medium", "high", "critical")
"""Severities, mildest first."""
_LOOKS = (4, 64, None)


def news_of(catalog: Catalog, record: ScanRecord) -> ScanRecord:
    """The record with what is new: runs, their verdicts, causes never seen before in this catalog.

    A run is new when it stands in these archives, and its bytes were first seen after their last
    complete scan began: so what a scan found that was killed is still news to the next one, and
    what scans of other archives found is not.
    """
    since = _last_complete(catalog, record)
    index = catalog.index()
    first = first_seen(index.values())
    places = [row for row in index.values() if row.archive in record.archives and row.run]
    here = {row.run for row in places}
    present = [row.run for row in places if row.state in {"present", "growing"}]
    active = catalog.table("runs").select("run", "verdict", "status", "condition").collect()
    begun = "" if since is None else since.started
    fresh, verdicts = [], dict[str, int]()
    before = set() if since is None else {*since.causes, *since.new_causes}
    new: set[str] = set()
    old: set[str] = set()
    for run, verdict, status, condition in active.sort("run").iter_rows():
        is_fresh = run in here and iso(first.get(run, 0)) > begun
        if condition is not None:
            (new if is_fresh else old).add(condition)
        if is_fresh:
            fresh.append(run)
            shown = "failed" if status == "failed" else verdict
            verdicts[shown] = verdicts.get(shown, 0) + 1
    return replace(
        record,
        since=None if since is None else since.started,
        copies=len(present) - len(set(present)),
        fresh=tuple(fresh),
        verdicts=dict(sorted(verdicts.items())),
        causes=tuple(sorted(new | old | before)),
        new_causes=tuple(sorted(new - old - before)),
    )


def _last_complete(catalog: Catalog, record: ScanRecord) -> ScanRecord | None:
    """Look at few records first: each is a request where the catalog is in a store."""
    for most in _LOOKS:
        scans = catalog.scans(most)
        found = last_complete(scans, record)
        if found is not None or most is None or len(scans) < most:
            return found
    return None


def last_complete(scans: Sequence[ScanRecord], record: ScanRecord) -> ScanRecord | None:
    """The last scan before this one of the same archives that was not ended early."""
    before = [
        one
        for one in scans
        if one.ended is not None
        and one.scan != record.scan
        and set(one.archives) == set(record.archives)
        and one.started <= record.started
    ]
    return max(before, key=lambda one: one.started, default=None)


def first_seen(index: Iterable[IndexRow]) -> Mapping[str, int]:
    """When each content was first seen anywhere, epoch ms."""
    first: dict[str, int] = {}
    for row in index:
        if row.run:
            first[row.run] = min(row.first_seen_ms, first.get(row.run, row.first_seen_ms))
    return first


def gravest(catalog: Catalog, runs: Sequence[str] | None) -> str | None:
    """The gravest severity among the findings of these runs (None: of all); None: no finding."""
    import polars as pl  # noqa: PLC0415

    findings = catalog.table("findings").select("run", "severity", "role")
    if runs is not None:
        findings = findings.filter(pl.col("run").is_in(list(runs)))
    found = findings.filter(pl.col("role") != "suppressed").select("severity").unique().collect()
    known = [one for one in found["severity"].to_list() if one in GRAVITY]
    return max(known, key=GRAVITY.index, default=None)
