"""What a scan learned, on its way into the catalog: buffered, and published piece by piece."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.model.catalog import IndexRow, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from h2o_forensics.catalog.catalog import Catalog
    from h2o_forensics.model.catalog import FoundRun, RunOutcome, State

PARTIAL = "partial"
MOST_RUNS = 500
MOST_SECONDS = 60.0
"""What is not published yet is found again by the next scan, but not seen by readers."""


class Ledger:
    """The one who writes to the catalog while a scan goes on."""

    def __init__(
        self,
        catalog: Catalog,
        known: Mapping[str, IndexRow],
        key: str,
        now_ms: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._known = known
        self._key = key
        self._now_ms = now_ms
        self._clock = clock
        self._locations: list[IndexRow] = []
        self._rows: Rows = {}
        self._runs: set[str] = set()
        self._published = clock()

    def keep(self, run: FoundRun, outcome: RunOutcome, *, growing: bool) -> None:
        """Keep what an analysis gave: its file at once, its rows with the next piece."""
        self._catalog.put_result(outcome.run, self._key, outcome.result)
        if outcome.html is not None:
            self._catalog.put_report(outcome.run, outcome.html)
        message = self.put_rows(outcome.run, outcome.rows)
        self.refer(run, outcome.run, self._key, growing=growing, message=message)

    def put_rows(self, run: str, rows: Rows) -> str:
        """Keep the rows of a run, once.

        Returns:
            Why it is worth another try: the code of its problem, or that time or memory did not do
            for all of it; empty where it is not.
        """
        if run not in self._runs:
            self._runs.add(run)
            for table, found in rows.items():
                self._rows.setdefault(table, []).extend(found)
        row = next(iter(rows.get("runs", ())), {})
        return row.get("problem") or (PARTIAL if row.get("partial") else "")

    def refer(
        self,
        run: FoundRun,
        content: str,
        analysis: str,
        *,
        growing: bool = False,
        message: str = "",
    ) -> None:
        """Note that a location holds this content, and which result tells of it."""
        self._note(run, content, analysis, "growing" if growing else "present", message)

    def unreadable(self, run: FoundRun, message: str) -> None:
        """Note that nothing can be read at a location."""
        self._note(run, "", "", "unreadable", message)

    def lost(self, row: IndexRow, state: State) -> None:
        """Note that a location is gone, or is cut into other runs."""
        self._add(replace(row, state=state, seen_ms=self._now_ms))

    def publish(self) -> None:
        """Make what is buffered part of the catalog."""
        if self._locations or self._rows:
            self._catalog.add(self._locations, self._rows)
        self._locations, self._rows, self._runs = [], {}, set()
        self._published = self._clock()

    def _note(self, run: FoundRun, content: str, analysis: str, state: State, message: str) -> None:
        before = self._known.get(run.location)
        row = IndexRow(
            location=run.location,
            name=run.name,
            archive=run.archive,
            kind=run.kind,
            stat=run.stat,
            run=content,
            analysis=analysis,
            holds_for=self._key,
            state=state,
            bytes=run.bytes,
            first_seen_ms=_first_seen(before, content, self._now_ms),
            seen_ms=self._now_ms,
            message=message,
            before=_stood_before(before, content),
        )
        self._add(row)

    def _add(self, row: IndexRow) -> None:
        self._locations.append(row)
        late = self._clock() - self._published > MOST_SECONDS
        if len(self._locations) >= MOST_RUNS or late:
            self.publish()


def _first_seen(known: IndexRow | None, content: str, now_ms: int) -> int:
    """When this content was first seen at a location; what cannot be read may be what it was."""
    if known is None or content not in {"", known.run or known.before}:
        return now_ms
    return known.first_seen_ms


def _stood_before(known: IndexRow | None, content: str) -> str:
    """The run that stood at a location before; also while what stands there cannot be read."""
    if known is None:
        return ""
    before = known.run if known.run not in {"", content} else known.before
    return before if before != content else ""
