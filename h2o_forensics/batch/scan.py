"""Many runs into a catalog: find them, work on what is new, keep what was found.

The flow of `h2o-forensics scan`.  It may be killed at any moment: results are kept one by one, and
the next scan goes on where this one was.
"""

from __future__ import annotations

import os
import time
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics import __version__
from h2o_forensics.batch.census import (
    Census,
    Known,
    Work,
    empty_archives,
    lost_locations,
    take_census,
)
from h2o_forensics.batch.content import restat, still_growing
from h2o_forensics.batch.cut import Cut, Wanted
from h2o_forensics.batch.find import absolute, find_runs
from h2o_forensics.batch.keys import analysis_key
from h2o_forensics.batch.late_reports import write_missing
from h2o_forensics.batch.ledger import Ledger
from h2o_forensics.batch.listing import meant, open_tree, said
from h2o_forensics.batch.memory import default_memory_mb
from h2o_forensics.batch.moments import compact, iso, now_ms
from h2o_forensics.batch.news import news_of
from h2o_forensics.batch.pool import ENTRY, Pool
from h2o_forensics.batch.reuse import Reuse
from h2o_forensics.batch.tally import Tally
from h2o_forensics.batch.tasks import Tasks
from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.config import check_suppressions
from h2o_forensics.errors import IntakeError
from h2o_forensics.intake.remote import scheme_of
from h2o_forensics.model.catalog import RunOptions, ScanRecord
from h2o_forensics.readers import check_settings
from h2o_forensics.rulebook import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

    from h2o_forensics.batch.workers import Workers
    from h2o_forensics.model.catalog import IndexRow

SCAN_SCHEMA = "h2o-forensics/scan/1"
SETTLE_S = 10.0
"""A file written to within this time is taken for one that still is."""
_POLL_S = 0.2


class ScanRequest(Struct, frozen=True):
    """What the user asked for."""

    archives: tuple[str, ...]
    catalog: str
    cut: Cut = Cut()
    wanted: Wanted = Wanted()
    options: RunOptions = RunOptions()
    workers: int = 0
    """Processes; 0: one per core."""
    memory_mb: int | None = None
    """Of all of them together; None: what the pool thinks fit."""
    dask: str | None = None
    """Address of a scheduler: its workers do the work."""
    limit: int | None = None
    verify: bool = False
    retry: bool = False
    settle_s: float = SETTLE_S
    entry: str = ENTRY
    """What workers call instead of `batch.work.do`: for tests that need one to crash."""


class Watch(Struct, frozen=True):
    """Who looks on."""

    show: Callable[[str, Tally], None] = lambda _stage, _tally: None
    """Called with the stage, and how far it is."""
    say: Callable[[str], None] = lambda _line: None
    """Called with a complaint."""
    stop: Callable[[], bool] = lambda: False
    """Asked whether the user wants to end it."""


def scan(request: ScanRequest, watch: Watch | None = None) -> ScanRecord:
    """Bring a catalog up to date with archives.

    Returns:
        What was done; `ended` is None where the user ended it early.

    Raises:
        CatalogError: the catalog cannot be read, or takes no more (a full disk).
        IntakeError: an archive is not there.
        RuleError: the rules are broken.
        ConfigError: a suppression names what no rule finds.
        SettingsError: a year or time zone that does not exist.
    """
    return _Scan(request, watch or Watch()).run()


class _Scan:
    """One scan, from its start to its record."""

    def __init__(self, request: ScanRequest, watch: Watch) -> None:
        self.request, self.watch = request, watch
        self.archives = tuple(said(absolute(archive)) for archive in request.archives)
        for archive in request.archives:  # before a catalog is made for nothing
            if scheme_of(absolute(archive)) is None:
                open_tree(archive)
        given = request.options
        rulebook = load_rulebook(
            *map(Path, given.packs),
            disable=given.disable,
            enable=given.enable,
            plugins=given.plugins,
        )
        check_settings(given.settings)
        check_suppressions(given.settings.suppress, rulebook)
        key = analysis_key(given, rulebook)
        memory = None if request.dask else request.memory_mb or default_memory_mb()
        self.options = replace(
            given, rulebook_sha256=rulebook.sha256, key=key, memory_mb=given.memory_mb or memory
        )
        self.catalog: Catalog = open_catalog(request.catalog, create=True)
        self.began_ms = now_ms()
        self.tally = Tally()
        self.complaints: list[str] = []
        self.unlisted = False
        """Whether a directory could not be listed to its end."""
        self.empty: tuple[str, ...] = ()
        """Archives that held runs before, and hold none."""
        index = self.catalog.index()
        results, tabled = self.catalog.results(), self.catalog.tabled()
        self.known = Known(index, results, key, tabled)
        self.ledger = Ledger(self.catalog, self.known.index, key, self.began_ms)
        self.reuse = Reuse(self.catalog, rulebook, self.options)

    def run(self) -> ScanRecord:
        """Do it."""
        record = self._record(None)
        self.catalog.put_scan(record)
        self.reuse.remember()
        census = self._census()
        try:
            ended = self._work(census)
        except IntakeError:  # the cluster that worked on it is gone: what it gave stays
            self._keep()
            self.catalog.put_scan(self._record(None))
            raise
        if ended:
            self._note_lost(census)
        self._keep()
        if ended and self.options.reports:
            write_missing(self.catalog, self.watch.stop)
        record = self._record(iso(now_ms()) if ended else None)
        if ended:
            record = news_of(self.catalog, record)
        self.catalog.put_scan(record)
        return record

    def _keep(self) -> None:
        self.ledger.publish()
        self.catalog.compact()

    def _census(self) -> Census:
        def seen(number: int) -> None:
            self.tally.found = number
            self.watch.show("finding runs", self.tally)

        def unlisted(where: str, what: str) -> None:
            self.unlisted = True
            self._complain(where, what)

        found = find_runs(
            self.request.archives,
            self.request.cut,
            self.request.wanted,
            leave_out=(self.catalog.url,),
            complain=unlisted,
        )
        census = take_census(
            takewhile(lambda _run: not self.watch.stop(), found),
            self.known,
            is_growing=lambda run: still_growing(run, time.time_ns(), self.request.settle_s),
            verify=self.request.verify,
            retry=self.request.retry,
            limit=self.request.limit,
            seen=seen,
        )
        self.tally.unchanged = len(census.unchanged)
        return census

    def _work(self, census: Census) -> bool:
        """Work on all that is new; whether it came to its end."""
        if self.watch.stop():
            return False
        waiting = [*census.work, *census.growing]
        self.tally.begin(len(waiting), sum(one.run.bytes for one in waiting))
        if not waiting:
            return True
        with _workers(self.request) as pool:
            tasks = Tasks(
                pool, self.ledger, self.known, self.options, self.reuse,
                tally=self.tally, say=self._complain, hash_all=self.request.verify,
                retry=self.request.retry, processes=pool.workers,
            )  # fmt: skip
            for work in census.work:
                tasks.begin(work)
            if not self._follow(tasks):
                return False
            end = time.monotonic() + self.request.settle_s
            for work in census.growing:
                settled = self._settled(work, end)
                if settled is None:
                    return False
                tasks.begin(settled, growing=settled.run.stat != work.run.stat)
            return self._follow(tasks)

    def _follow(self, tasks: Tasks) -> bool:
        """Take what workers give until all is done; False: the user ended it."""
        for _ in tasks.follow():
            self.watch.show("analyzing", self.tally)
            if self.watch.stop():
                return False
        return True

    def _settled(self, work: Work, end: float) -> Work | None:
        """Wait until nobody writes to a run any more, or until `end`; None: the user ended it.

        All runs share that end.  One that was written to since it was found is looked at again by
        the next scan.
        """
        run = work.run
        while still_growing(run, time.time_ns(), self.request.settle_s) and time.monotonic() < end:
            self.watch.show("waiting for files that are being written", self.tally)
            if self.watch.stop():
                return None
            time.sleep(_POLL_S)
            run = restat(run)
        return replace(work, run=restat(run), trusted=False)

    def _note_lost(self, census: Census) -> None:
        """Note locations that hold no run any more; only where all was looked at."""
        if self.request.wanted != Wanted() or self.unlisted:
            return
        groups = (census.work, census.growing)
        runs = [one.run for group in groups for one in group] + census.unchanged
        seen = {run.location for run in runs} | set(census.left)
        index = self.known.index
        filled = {run.archive for run in runs}
        self.empty = tuple(
            one for one in empty_archives(index, self.archives, seen) if one not in filled
        )
        for archive in self.empty:
            what = "holds no runs, and held some before: is its disk mounted? Nothing was changed"
            self._complain(archive, f"{what}; `catalog prune` takes out what is not wanted")
        here = [one for one in self.archives if one not in self.empty]
        for row, state in lost_locations(index, here, seen, _exists):
            self.ledger.lost(row, state)
            self.tally.counts["gone"] += 1

    def _complain(self, where: str, what: str) -> None:
        self.complaints.append(f"{where}: {what}")
        self.watch.say(f"{where}: {what}")

    def _record(self, ended: str | None) -> ScanRecord:
        counts = self.tally.counts
        return ScanRecord(
            schema=SCAN_SCHEMA,
            scan=f"{compact(self.began_ms)}-{os.getpid()}",
            started=iso(self.began_ms),
            ended=ended,
            archives=self.archives,
            tool_version=__version__,
            rulebook_sha256=self.options.rulebook_sha256,
            analysis=self.options.key,
            empty=self.empty,
            found=self.tally.found,
            unchanged=self.tally.unchanged,
            same_content=counts["same_content"],
            still_holds=counts["still_holds"],
            analyzed=counts["analyzed"],
            failed=counts["failed"],
            growing=counts["growing"],
            unreadable=counts["unreadable"],
            gone=counts["gone"],
            bytes_read=self.tally.read_bytes,
            seconds=round(time.time() - self.began_ms / 1000, 3),
            problems=tuple(self.complaints[:MOST_COMPLAINTS]),
        )


MOST_COMPLAINTS = 100
NO_RUNS = "no runs found (--dry-run tells what is there)"


def _workers(request: ScanRequest) -> Workers:
    workers: Workers
    if request.dask is not None:
        from h2o_forensics.batch.dask_pool import DaskPool  # noqa: PLC0415 - an extra

        workers = DaskPool(request.dask, request.entry, request.memory_mb)
    else:
        count = request.workers or os.cpu_count() or 1
        workers = Pool(count, request.memory_mb, request.entry)
    return workers


def _exists(row: IndexRow) -> bool:
    """Whether something stands at a location on disk; what a store holds is asked by listing."""
    path = meant(row.location)
    if "://" in path:
        return False
    return Path(path.rpartition("/")[0] if row.kind == "files" else path).exists()


def record_json(record: ScanRecord) -> bytes:
    """The summary for cron and CI."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def record_text(record: ScanRecord) -> str:
    """What a scan did, in a few lines."""
    said = {
        "unchanged": record.unchanged, "the same bytes as before": record.same_content,
        "not touched by changed rules": record.still_holds, "analyzed": record.analyzed,
        "failed": record.failed, "still being written": record.growing,
        "unreadable": record.unreadable, "gone": record.gone,
    }  # fmt: skip
    parts = [f"{count:,} {what}" for what, count in said.items() if count]
    runs = _runs(record.found) if record.found else NO_RUNS
    lines = [f"{runs}: {', '.join(parts) or 'nothing to do'}; {record.seconds:.1f} s"]
    if record.ended is None:
        lines.append("ended early: scan again, it goes on from here")
    if record.copies:
        lines.append(f"{record.copies:,} of them hold the same bytes as another: counted once")
    if record.fresh:
        verdicts = ", ".join(
            f"{count:,} {SHOWN.get(one, one)}" for one, count in record.verdicts.items()
        )
        when = "" if record.since is None else f"new since the scan of {record.since[:16]}Z: "
        lines.append(f"{when}{_runs(len(record.fresh))} ({verdicts})")
    if record.new_causes and record.since is not None:
        lines.append(f"causes never seen here before: {', '.join(record.new_causes)}")
    return "\n".join(lines)


SHOWN = {"at_risk": "at risk", "insufficient_evidence": "without enough evidence"}


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"
