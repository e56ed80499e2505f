"""Which run of a JVM a line of a log of JDK 8 or older belongs to, and what is counted for it."""

import re

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import Place, When
from h2o_forensics.gc.legacy_run import Header, LegacyRun
from h2o_forensics.gc.legacy_text import HEADER, NO_WHEN, Stamp

_ROTATED = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GC log file (?:created|has reached)")
_MAX_RUNS = 256
"""Two JVMs that write into one file without headers would make a run of every other line."""
_BACK_MS = 10_000.0
"""A thread of the JVM may write its line seconds late."""
_RACE_MS = 50.0


class LegacyRuns:
    """The runs of one stream.

    A run ends where the uptime begins again, or where a header stands that no rotation explains.
    """

    def __init__(self) -> None:
        self.current: LegacyRun | None = None
        self.foreign = 0
        """Lines since the last count that are none of the collector's."""
        self._all: list[LegacyRun] = []
        self._header: Header | None = None
        self._rotated = False
        self._last: tuple[When, int] | None = None
        self._told = False
        self._uncounted = 1

    @property
    def engaged(self) -> bool:
        """There is a run, or the top of one."""
        return self.current is not None or self._header is not None

    @property
    def waits(self) -> bool:
        """The rest of a header may follow."""
        return self._header is not None

    def begin_block(self, line: int) -> None:
        """The next line is this one."""
        self._told = False
        if self.current is None:
            self._uncounted, self.foreign = line, 0

    def end_block(self, upto: int) -> None:
        """All lines before `upto` are read."""
        self._count(upto)
        self._seen()

    def close(self) -> list[RunDigest]:
        """The runs, in the order in which they begin."""
        header = self._header
        if header is not None and (self.current is None or not self._rotated):
            self._begin(header.line).header(header)
        for run in self._all:
            run.flush()
        return [run.digest for run in self._all]

    def enter(self, stamp: Stamp, line: int) -> LegacyRun:
        """The run to which an event with this stamp belongs."""
        run = self.current
        header = self._header
        if run is None or self._restarts(run, stamp.when, header):
            run = self._begin(line if header is None else header.line)
        if header is not None:
            run.header(header._replace(rotated=self._rotated))
            self._header = None
            self._rotated = False
        run.at(stamp.when, line)
        if stamp.when is not NO_WHEN:
            if not self._told:
                run.digest.seen(stamp.when, line)
                self._told = True
            self._last = (stamp.when, line)
        return run

    def is_new(self, when: When) -> bool:
        """Whether a moment is after that of the last event, as far as one can tell."""
        if self._last is None:
            return True
        for now, last in zip(when, self._last[0], strict=True):
            if now is not None and last is not None:
                return now > last
        return True

    def top(self, text: bytes, line: int, *, begins: bool) -> bool:
        """A line of a header; `begins`: the one with the flags alone is one as well."""
        if text[:1] not in b"JOCM2":
            return False
        if _ROTATED.match(text) is not None:
            self._rotated = True
            return True
        if HEADER.match(text) is not None:
            self._header = Header(line).with_line(text)
            return True
        header = self._header
        if header is None and begins and self.current is None:
            header = Header(line) if text.startswith(b"CommandLine flags: -XX:") else None
        more = None if header is None else header.with_line(text)
        if more is None:
            return False
        self._header = more
        return True

    def not_understood(self, place: Place) -> bool:
        """A line that looks like the collector's; whether there is a run of which it may be."""
        if self.current is None:
            return False
        self.current.digest.not_understood(place.text, place.line)
        return True

    def _restarts(self, run: LegacyRun, when: When, header: Header | None) -> bool:
        """Whether what comes now is another JVM's: its clock begins again, or it says who it is."""
        now, last = when.uptime_ms, run.uptime_ms
        if len(self._all) >= _MAX_RUNS:
            return False
        if now is None or last is None:
            return header is not None and not self._rotated
        if header is not None:
            return now < last
        back = last - now
        return back > _RACE_MS and (back > _BACK_MS or now * 2 < last)

    def _begin(self, line: int) -> LegacyRun:
        if self.current is not None:
            self._count(line)
            self.current.flush()
            self._seen()
        self._last, self._told = None, False
        self.current = LegacyRun(line)
        self._all.append(self.current)
        return self.current

    def _count(self, upto: int) -> None:
        """Lines before `upto` that are the collector's."""
        if self.current is not None:
            self.current.digest.lines += max(upto - self._uncounted - self.foreign, 0)
            self._uncounted, self.foreign = upto, 0

    def _seen(self) -> None:
        if self._last is not None and self.current is not None:
            self.current.digest.seen(*self._last)
