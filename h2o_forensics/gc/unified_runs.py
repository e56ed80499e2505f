"""Which run of which JVM a line of unified logging belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.unified_run import UnifiedRun

if TYPE_CHECKING:
    from h2o_forensics.gc.decorations import Stamp

_BACK_MS = 2000  # Lines of threads overtake each other by less, even on a machine under load.
_MOST_RUNS = 1000  # In one stream; what comes after belongs to the last one.


class UnifiedRuns:
    """The runs of one stream: one a process, and another where uptime or ids begin again."""

    def __init__(self) -> None:
        self.all = list[UnifiedRun]()
        self.by_pid = dict[int | None, UnifiedRun]()

    def of(self, stamp: Stamp, line: int) -> UnifiedRun:
        """The run of a line; begins one where the process is new or its uptime lies well behind."""
        run = self.by_pid.get(stamp.pid) or self._adopt(stamp, line)
        uptime, last = stamp.when.uptime_ms, run.last_uptime
        if uptime is not None:
            if uptime < last - _BACK_MS:
                run = self.begin(stamp, line)
            if uptime > last or run.last_uptime < 0:
                run.last_uptime = uptime
        return run

    def begin(self, stamp: Stamp, line: int) -> UnifiedRun:
        """Another run, of which this is the first line."""
        if len(self.all) >= _MOST_RUNS:
            self.all[-1].begin_again()
            return self.all[-1]
        run = UnifiedRun(line)
        run.digest.pid = stamp.pid
        run.digest.seen(stamp.when, line)
        self.all.append(run)
        self.by_pid[stamp.pid] = run
        return run

    def _adopt(self, stamp: Stamp, line: int) -> UnifiedRun:
        """The decorations changed, or this is another process."""
        if len(self.by_pid) == 1 and (stamp.pid is None or None in self.by_pid):
            (run,) = self.by_pid.values()
            self.by_pid = {stamp.pid: run}
            run.digest.pid = run.digest.pid or stamp.pid
            return run
        if stamp.pid is None and self.all:
            return self.all[-1]
        return self.begin(stamp, line)
