"""The flow of `h2o-forensics gc`: GC logs alone, whatever program wrote them.

No rule is loaded, and no signal looks at a GC log.  Where logs of H2O lie beside, runs are tied to
its nodes and dated by them, as in `analyze`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.budget import Budget
from h2o_forensics.model.evidence import GcAnalysis
from h2o_forensics.model.scan import Scan
from h2o_forensics.model.settings import Settings
from h2o_forensics.opened import open_within
from h2o_forensics.partial import as_read
from h2o_forensics.readers import BUILTIN_SIGNALS, read_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from h2o_forensics.engine.scanner import Scanner
    from h2o_forensics.model.bundle import Limits
    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.model.scan import Block
    from h2o_forensics.opened import Sources

_SETTINGS = Settings()


class _LightScanner:
    """Scans what H2O writes for its banner; lets the blocks of a GC log pass."""

    def __init__(self) -> None:
        self._scanner: Scanner | None = None

    def scan(self, blocks: Iterable[Block], form: RecordFormat) -> Scan:
        """The scan of one artifact."""
        if form.kind != "gc_log":
            return self._signals().scan(blocks, form)
        scan = Scan(hits=[], shapes={}, level_minutes={}, silences=[])
        for block in blocks:
            scan.bytes += block.size
            counted = block.line_ends
            scan.lines += (
                block.data.count(b"\n", 0, block.size) if counted is None else counted.total
            )
        return scan

    def _signals(self) -> Scanner:
        from h2o_forensics.engine.scanner import Scanner  # noqa: PLC0415 - GC logs need none

        if self._scanner is None:
            self._scanner = Scanner(BUILTIN_SIGNALS, 1)
        return self._scanner


def analyze_gc(
    sources: Sources,
    *,
    limits: Limits | None = None,
    settings: Settings = _SETTINGS,
    progress: Callable[[str, int, int | None], None] | None = None,
    budget: Budget | None = None,
) -> GcAnalysis:
    """All runs of JVMs in what was given.

    Args:
        sources: a directory, file or archive, or several.
        limits: caps on hostile input.
        settings: year and time zone of H2O's logs beside, threads.
        progress: called with stage, done and total bytes.
        budget: time and memory it may take.

    Raises:
        IntakeError: nothing readable was given.
    """
    budget = budget or Budget()
    bundle = open_within(sources, budget, limits)
    scanner = _LightScanner()
    evidence = read_runs(bundle, BUILTIN_SIGNALS, scanner, settings, progress)
    evidence, unread = as_read(evidence, budget.end_reading())
    holding = {path for jvm in evidence.jvms for path in jvm.sources}
    empty = [
        one for one in evidence.case.artifacts if one.state == "read" and one.path not in holding
    ]
    return GcAnalysis(
        sources=evidence.case.sources,
        jvms=evidence.jvms,
        problems=evidence.case.problems,
        read=tuple(sorted({one.path for one in empty})),
        partial=unread,
        strange=tuple(sorted({one.path for one in empty if one.kind == "gc_log"})),
    )
