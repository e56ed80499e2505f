"""One run's way through a scan: hashed, looked at, analyzed, kept.

Each step is a task for a worker; what it gave decides the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from h2o_forensics.batch.split import may_split
from h2o_forensics.catalog.results import decode_result
from h2o_forensics.catalog.rows import rows_of
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import RunTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from h2o_forensics.batch.census import Known, Work
    from h2o_forensics.batch.ledger import Ledger
    from h2o_forensics.batch.reuse import Reuse
    from h2o_forensics.batch.tally import Tally
    from h2o_forensics.batch.workers import Workers
    from h2o_forensics.model.catalog import IndexRow, RunOptions, RunOutcome


_SPLIT_BELOW = 2
"""A run is split that is more than half of what each process has to do on average."""
_LEAST_REST = 0.25
"""Of a run's time, for judging it."""


class _Way(Struct):
    """Where one run is."""

    work: Work
    growing: bool
    run: str = ""
    """Its content, once it is known."""
    old: str = ""
    """An analysis by other rules that may still hold."""
    readings: list[bytes] = field(default_factory=list)
    """Of a large run: what its parts gave."""
    parts: int = 1
    """Into how many it is split."""
    seconds: float = 0.0
    """That its slowest part took."""


class Tasks:
    """Leads each run from task to task, and what comes out of it to the ledger."""

    def __init__(
        self,
        pool: Workers,
        ledger: Ledger,
        known: Known,
        options: RunOptions,
        reuse: Reuse,
        *,
        tally: Tally,
        say: Callable[[str, str], None],
        hash_all: bool,
        retry: bool,
        processes: int,
    ) -> None:
        self._pool, self._ledger, self._known = pool, ledger, known
        self._options, self._reuse, self._tally, self._say = options, reuse, tally, say
        self._results = set(known.results)
        self._analyses: dict[str, list[str]] = {}
        for run, analysis in sorted(known.results):
            self._analyses.setdefault(run, []).append(analysis)
        self._newest, self._faults = _newest(known), _faults(known)
        self._stats = {(row.run, row.stat) for row in known.index.values()}
        self._hash_all, self._retry, self._processes = hash_all, retry, processes
        self._ways: dict[str, _Way] = {}

    def begin(self, work: Work, *, growing: bool = False) -> None:
        """Start a run on its way."""
        way = self._ways[work.run.location] = _Way(work, growing)
        if work.trusted and work.before is not None and work.before.run and not work.before.message:
            self._with_content(way, work.before.run)
        elif self._results or self._hash_all:
            self._submit(way, "hash")
        else:
            self._analyze(way)

    def follow(self) -> Iterator[None]:
        """Take outcomes until all runs are done; gives way after each, and while there is none."""
        for outcome in self._pool.outcomes():
            if outcome is not None:
                self._take(self._ways[outcome.location], outcome)
            yield

    def _take(self, way: _Way, outcome: RunOutcome) -> None:
        if outcome.kind in {"analyze", "judge"}:
            self._analyzed(way, outcome)
        elif outcome.kind == "read":
            self._read_part(way, outcome)
        elif outcome.kind == "hash":
            self._hashed(way, outcome)
        elif outcome.problem is not None or outcome.found is not False or outcome.run != way.run:
            self._analyze(way)
        else:
            self._holds(way)

    def _hashed(self, way: _Way, outcome: RunOutcome) -> None:
        if outcome.problem is not None or not outcome.run:
            self._unreadable(way, outcome)
        else:
            self._with_content(way, outcome.run)

    def _with_content(self, way: _Way, run: str) -> None:
        """Go on with a run whose content is known."""
        way.run, key = run, self._options.key
        retried = self._retry and (run, key) in self._faults
        known = (run, key) in self._results and not retried
        way.old = key if known else self._old_analysis(run)
        if way.old and self._dated_otherwise(way):
            self._analyze(way)
            return
        if known and self._same(way):
            return
        way.old = self._old_analysis(run)
        decision = self._reuse.decide(run, way.old) if way.old and not retried else None
        if decision is None or decision.what == "analyze":
            self._analyze(way)
        elif decision.what == "look":
            self._submit(way, "look", decision.literals)
        else:
            self._holds(way)

    def _dated_otherwise(self, way: _Way) -> bool:
        """Whether its files have other times or names than those that a result was dated by.

        Most logs state no year: the same bytes with other times may be of another one.
        """
        run = way.work.run
        if (way.run, run.stat) in self._stats:
            return False
        try:
            result = decode_result(self._read(way.run, way.old))
        except CatalogError:
            return True
        return result.touched.by_files and result.stat != run.stat

    def _old_analysis(self, run: str) -> str:
        """The analysis by other rules that was last held to be right."""
        known = self._analyses.get(run, [])
        newest = self._newest.get(run)
        if newest is not None and newest.analysis in known:
            return newest.analysis
        return known[-1] if known else ""

    def _analyze(self, way: _Way) -> None:
        """Have it analyzed: by one process, or read by several where it alone would hold up all."""
        run = way.work.run
        fair = self._tally.total_bytes / (self._processes * _SPLIT_BELOW)
        if self._processes > 1 and run.bytes > fair and may_split(run):
            way.parts = self._processes
            for part in range(way.parts):
                self._pool.submit(RunTask("read", run, self._options, part=part, of=way.parts))
        else:
            self._submit(way, "analyze")

    def _read_part(self, way: _Way, outcome: RunOutcome) -> None:
        """Take what a part gave; one that failed gives nothing, and is read by who judges."""
        way.readings.append(outcome.reading)
        way.seconds = max(way.seconds, outcome.seconds)
        if len(way.readings) < way.parts:
            return
        limit = self._options.timeout_s
        rest = None if limit is None else max(limit - way.seconds, limit * _LEAST_REST)
        options = replace(self._options, timeout_s=rest)
        task = RunTask(
            "judge", way.work.run, options, verify=self._hash_all, readings=tuple(way.readings)
        )
        way.readings = []
        self._pool.submit(task)

    def _submit(self, way: _Way, kind: str, literals: tuple[str, ...] = ()) -> None:
        task = RunTask(kind, way.work.run, self._options, look_for=literals, verify=self._hash_all)  # type: ignore[arg-type]
        self._pool.submit(task)

    def _same(self, way: _Way) -> bool:
        """These very bytes were analyzed so before; maybe by a scan that was killed.

        False: what it left cannot be read any more.
        """
        run, key = way.run, self._options.key
        fault = self._faults.get((run, key), "")
        if (run, key) not in self._known.tabled:
            try:
                result = decode_result(self._read(run, key))
            except CatalogError:
                return False
            fault = self._ledger.put_rows(run, rows_of(result))
        self._ledger.refer(way.work.run, run, key, growing=way.growing, message=fault)
        self._done(way, "same_content")
        return True

    def _holds(self, way: _Way) -> None:
        if (way.run, way.old) not in self._known.tabled:
            self._ledger.put_rows(way.run, rows_of(decode_result(self._read(way.run, way.old))))
        self._ledger.refer(way.work.run, way.run, way.old, growing=way.growing)
        self._done(way, "still_holds")

    def _read(self, run: str, analysis: str) -> bytes:
        return self._reuse.catalog.read_result(run, analysis)

    def _analyzed(self, way: _Way, outcome: RunOutcome) -> None:
        if outcome.run and outcome.result:
            self._keep(way, outcome)
        else:
            self._unreadable(way, outcome)

    def _keep(self, way: _Way, outcome: RunOutcome) -> None:
        growing = way.growing or outcome.changed
        self._ledger.keep(way.work.run, outcome, growing=growing)
        if outcome.problem is not None:
            self._say(way.work.run.name, f"{outcome.problem.message} ({outcome.problem.code})")
        self._results.add((outcome.run, self._options.key))
        how = "failed" if outcome.status == "failed" else "growing" if growing else "analyzed"
        self._done(way, how, outcome.read_bytes)

    def _unreadable(self, way: _Way, outcome: RunOutcome) -> None:
        """Nothing is known of its content."""
        problem = outcome.problem
        message = f"{problem.code}: {problem.message}" if problem else "unreadable"
        self._ledger.unreadable(way.work.run, message)
        self._say(way.work.run.name, message)
        self._done(way, "unreadable")

    def _done(self, way: _Way, how: str, read: int = 0) -> None:
        self._tally.finish(how, way.work.run.bytes, read)
        del self._ways[way.work.run.location]


def _newest(known: Known) -> dict[str, IndexRow]:
    """Per run, what was last said of it."""
    newest: dict[str, IndexRow] = {}
    for row in known.index.values():
        if row.run and (row.run not in newest or newest[row.run].seen_ms < row.seen_ms):
            newest[row.run] = row
    return newest


def _faults(known: Known) -> dict[tuple[str, str], str]:
    """Per run and analysis that failed, or was not finished in its time, what was noted of it."""
    return {(row.run, row.analysis): row.message for row in known.index.values() if row.message}
