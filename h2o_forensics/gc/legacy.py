"""Reads what JDK 8 and older (7, 6, much of 5) write of their collections, whatever else stands in between."""

import re

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import Pause, Place, When
from h2o_forensics.gc.legacy_events import Collected, collected, depth_of, end_of, plain
from h2o_forensics.gc.legacy_noise import KNOWN, heap_of, is_known
from h2o_forensics.gc.legacy_run import Header, LegacyRun
from h2o_forensics.gc.legacy_text import (
    CONCURRENT,
    EVENT,
    G1_HEAP,
    HEADER,
    METASPACE,
    NO_STAMP,
    NO_WHEN,
    REGION,
    SHENANDOAH,
    STAMP,
    STAMP_BEFORE,
    STAMP_WIDTH,
    STOPPED,
    TIMES,
    Dates,
    Stamp,
    millis,
    size,
    sizes,
)

_GATE = (b"[GC", b"[Full GC", b"[CMS-concurrent", b"[ASCMS-concurrent", b"[Pause ")
_STOPPED = b"Total time for which application threads were stopped"
_REGIONS = (b"Entering safepoint region", b"Leaving safepoint region")
"""Unified logging of JDK 9 to 12 has them beside the line that it shares with JDK 8."""
_PHASES = (b"[GC concurrent-", b"[CMS-concurrent-", b"[ASCMS-concurrent-")
_PAUSES = (b"[GC", b"[Full GC")
_INSIDE = re.compile(rb"(?:\d[.,]\d{3}: ?|[+-]\d{4}: ?|#\d{1,9}: ?)\[(?:Full )?GC")
_ROTATED = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GC log file (?:created|has reached)")
_HISTOGRAM = re.compile(rb"\d{1,9}: +\d+ +\d+ +\S")
_LINE_CAP = 1 << 16
_OPEN_BYTES = 1 << 16
_OPEN_LINES = 20_000
_PIECES = 16
"""Events on one line."""
_MAX_RUNS = 256
"""Without headers: two JVMs that write into one file would make a run of every line."""
_BACK_MS = 1000.0
_RACE_MS = 50.0
_SHENANDOAH_KINDS = {
    "Pause Init Mark": "initial_mark",
    "Pause Final Mark": "final_mark",
    "Pause Full": "full",
    "Pause Degenerated GC": "degenerated",
}


class _Open:
    """A collection whose closing bracket is on a later line."""

    def __init__(self, text: bytes, stamp: Stamp, place: Place) -> None:
        self.stamp = stamp
        self.place = place
        self.lines = [text]
        self.held = len(text)
        self.depth = depth_of(text)
        self.seen = 0
        self.nests = b"YG occupancy" in text or b"CMS Final Remark" in text

    def take(self, text: bytes) -> None:
        """One more line; those that hold none of its parts are not kept."""
        self.seen += 1
        if b"[0x" in text and b"[GC" not in text:
            return
        if (b"[" not in text and b"]" not in text and b"(" not in text) or _HISTOGRAM.match(text):
            return
        self.lines.append(text)
        self.held += len(text)
        self.depth += depth_of(text)


class LegacyParser:
    """Finds runs and their events in blocks of lines.  See `gc.read.Parser`.

    Only lines that begin with a shape of the JVM's count, or that go on after another of its texts.
    """

    def __init__(self, *, own_file: bool = True) -> None:
        self._own_file = own_file
        self._dates = Dates()
        self._runs: list[LegacyRun] = []
        self._run: LegacyRun | None = None
        self._header: Header | None = None
        self._rotated = False
        self._open: _Open | None = None
        self._heap: Place | None = None
        self._in_dump = False
        self._last: tuple[When, int] | None = None
        self._told = False

    @property
    def engaged(self) -> bool:
        """It found a run, or the top of one."""
        return self._run is not None or self._header is not None or self._open is not None

    def gate(self, data: bytes, size: int) -> bool:
        """Whether a line of JDK 8 or older may stand in `data[:size]`."""
        if any(data.find(one, 0, size) >= 0 for one in _GATE):
            return True
        if data.find(_STOPPED, 0, size) >= 0:
            return all(data.find(one, 0, size) < 0 for one in _REGIONS)
        return data.find(b" VM (", 0, size) >= 0 and data.find(b"JRE (", 0, size) >= 0

    def read(self, data: bytes, size: int, first_line: int) -> None:
        """The next block, whose first line is the stream's line `first_line` (1-based)."""
        lines = (data if len(data) == size else data[:size]).split(b"\n")
        number = first_line - 1
        foreign = 0
        self._told = False
        for raw in lines:
            number += 1
            if raw[:3] == b"   " and raw[3:8] != b"[Eden":
                continue
            if not self._line(raw, number):
                foreign += 1
        if self._run is not None:
            self._count(len(lines) - 1 - foreign)
        if self._last is not None and self._run is not None:
            self._run.digest.seen(*self._last)

    def close(self) -> list[RunDigest]:
        """The runs, in the order in which they begin."""
        self._abandon()
        if self._header is not None and (self._run is None or not self._rotated):
            self._begin(self._header.line).header(self._header)
        for run in self._runs:
            run.flush()
        return [run.digest for run in self._runs]

    def _count(self, lines: int) -> None:
        """Lines of the collector's: in a log of its own all but the unknown; else those it knows."""
        if self._run is not None:
            self._run.digest.lines += max(lines, 0)

    def _line(self, raw: bytes, number: int) -> bool:
        """One line; False: it is none of the JVM's."""
        text = raw[:_LINE_CAP].strip()
        if not text:
            return self._own_file
        if self._open is not None and self._goes_on(text, raw, number):
            return True
        for _ in range(_PIECES):
            rest = self._piece(text, raw, number)
            if rest is None:
                return self._other(text, raw, number)
            text = rest.strip()
            if not text:
                break
        return True

    def _piece(self, text: bytes, raw: bytes, number: int) -> bytes | None:
        """The event at the begin of `text`; what follows it on the line; None: there is none."""
        found = STAMP.match(text)
        at = 0 if found is None else found.end()
        body = text[at:] if at else text
        if body[:1] != b"[":
            if not body.startswith(_STOPPED):
                return self._unbracketed(body, found, raw, number) if at else None
            return self._stopped(body, self._stamp(found), Place(number, raw))
        if body.startswith(_PHASES):
            return self._phase(body, self._stamp(found), Place(number, raw))
        if body.startswith(_PAUSES) and EVENT.match(body) is not None:
            return self._event(body, self._stamp(found), Place(number, raw))
        return self._follows(body, self._stamp(found), Place(number, raw))

    def _stamp(self, found: re.Match[bytes] | None) -> Stamp:
        return NO_STAMP if found is None or not found.end() else self._dates.stamp(found)

    def _unbracketed(
        self, body: bytes, found: re.Match[bytes] | None, raw: bytes, number: int
    ) -> bytes | None:
        """A stamp and then no bracket: `Application time` is the one that is worth its time."""
        if body.startswith(b"Application time: "):
            self._enter(self._stamp(found), number)
            return b""
        return None

    def _stopped(self, body: bytes, stamp: Stamp, place: Place) -> bytes | None:
        found = STOPPED.match(body)
        if found is None:
            return None
        self._enter(stamp, place.line).stopped(found[1], found[2], stamp.when, place)
        return body[found.end() :]

    def _phase(self, body: bytes, stamp: Stamp, place: Place) -> bytes | None:
        found = CONCURRENT.match(body)
        if found is None:
            return None
        run = self._enter(stamp, place.line)
        if run.digest.collector is None:
            run.collector_seen("G1" if body.startswith(b"[GC") else "CMS")
        run.phase(found[1], found[2], found[3] or found[4], stamp, place)
        times = TIMES.match(body, found.end())
        if found[1] == b"string-deduplication":
            return b""
        return body[times.end() if times is not None else found.end() :]

    def _event(self, body: bytes, stamp: Stamp, place: Place) -> bytes:
        """A pause; it may go on over many lines."""
        common = plain(body)
        if common is not None:
            one, end = common
            self._enter(stamp, place.line).pause(one, stamp, place)
            return _after(body, end, one)
        end = end_of(body)
        if not end:
            self._open = _Open(body, stamp, place)
            return b""
        pauses = collected(body, end)
        if not pauses:
            self._not_understood(place)
            return body[end:]
        self._tell(body, end, pauses, stamp, place)
        return _after(body, end, pauses[-1])

    def _tell(
        self, body: bytes, end: int, pauses: list[Collected], stamp: Stamp, place: Place
    ) -> None:
        """The pauses of a collection, and the phases that were written into it."""
        run = self._enter(stamp, place.line)
        if b"concurrent-" in body:
            for found in CONCURRENT.finditer(body, 0, end):
                inner = self._stamp_before(body, found.start(), stamp)
                run.phase(found[1], found[2], found[3] or found[4], inner, place)
        for one in pauses:
            begin = stamp if one.start == 0 else self._stamp_before(body, one.start, stamp)
            run.pause(one, begin, place)

    def _stamp_before(self, body: bytes, at: int, outer: Stamp) -> Stamp:
        """Of an event within another; one that bears none begins no earlier than the other."""
        found = STAMP_BEFORE.search(body, max(at - STAMP_WIDTH, 0), at)
        stamp = self._stamp(found) if found is not None and found.group() else outer
        return outer if stamp is NO_STAMP else stamp

    def _goes_on(self, text: bytes, raw: bytes, number: int) -> bool:
        """A line while a collection is open; False: it begins something else, the rest is lost."""
        opened = self._open
        if opened is None:
            return False
        found = STAMP.match(text)
        body = text[found.end() :] if found is not None else text
        begins = body.startswith((_STOPPED, b"Application time: ")) or HEADER.match(body)
        nested = EVENT.match(body) if body.startswith(_PAUSES) else None
        if begins or (nested is not None and not opened.nests):
            self._abandon()
            return False
        opened.take(text)
        if opened.depth <= 0:
            self._open = None
            joined = b"\n".join(opened.lines)
            rest = self._event(joined, opened.stamp, opened.place).strip()
            if self._open is not None:
                self._abandon()
            elif rest:
                self._line(rest, number)
        elif opened.held > _OPEN_BYTES or opened.seen > _OPEN_LINES:
            self._abandon()
        return True

    def _abandon(self) -> None:
        """The collection that is open has no end."""
        opened, self._open = self._open, None
        if opened is not None:
            self._not_understood(opened.place)

    def _follows(self, body: bytes, stamp: Stamp, place: Place) -> bytes | None:
        """What belongs to the pause before, and the collections of Shenandoah."""
        run = self._run
        times = TIMES.match(body)
        if times is not None:
            if run is not None:
                run.times((millis(times[1]), millis(times[2]), millis(times[3])), place)
            return body[times.end() :]
        heap = G1_HEAP.match(body)
        if heap is not None:
            if run is not None:
                _heap(run, heap)
            return body[heap.end() :]
        return self._shenandoah(body, stamp, place)

    def _shenandoah(self, body: bytes, stamp: Stamp, place: Place) -> bytes | None:
        found = SHENANDOAH.match(body)
        if found is None:
            return None
        run = self._enter(stamp, place.line)
        run.collector_seen("Shenandoah")
        if found[1] == b"Pause":
            phase = f"Pause {found[2].decode('ascii').strip()}"
            heap = sizes(found, 4) if found[4] is not None else (None, None, None)
            cause = None if found[3] is None else found[3].decode("utf-8", "replace")
            kind = _SHENANDOAH_KINDS.get(phase, "other")
            took = millis(found[found.re.groups]) / 1000.0
            one = Collected(
                0, phase, cause, kind, took, *heap, None, None, None, False, "Shenandoah", None
            )  # fmt: skip
            run.pause(one, stamp, place)
        return body[found.end() :]

    def _other(self, text: bytes, raw: bytes, number: int) -> bool:
        """A line that is no event: the header, the heap at exit, noise, or an event after other text."""
        if self._top(text, number):
            return True
        inside = _INSIDE.search(text) if b"[GC" in text or b"[Full GC" in text else None
        if inside is not None and (self._own_file or text.startswith(KNOWN)):
            found = STAMP_BEFORE.search(text, 0, text.index(b"[", inside.start()))
            if found is not None and found.start() and found.group():
                return self._line(text[found.start() :], number)
        if self._heap_line(text, raw, number):
            return True
        if is_known(text):
            return True
        if self._own_file or text.startswith(_PAUSES):
            self._not_understood(Place(number, raw))
        return False

    def _top(self, text: bytes, number: int) -> bool:
        """A line of the header."""
        if text[:1] not in b"JOCM2":
            return False
        if _ROTATED.match(text) is not None:
            self._rotated = True
            return True
        if HEADER.match(text) is not None:
            self._abandon()
            self._header = Header(number).with_line(text)
            return True
        header = self._header
        more = header.with_line(text) if header is not None else None
        if more is not None:
            self._header = more
            return True
        if self._run is None and self._own_file and text.startswith(b"CommandLine flags: -XX:"):
            self._header = Header(number).with_line(text)
            return True
        return False

    def _heap_line(self, text: bytes, raw: bytes, number: int) -> bool:
        """A line of a heap's summary; the one that stands alone is written when Java leaves in order."""
        if text.startswith(b"Full thread dump"):
            self._in_dump = True
            return True
        if raw.startswith(b"Heap") and text == b"Heap":
            self._heap = Place(number, raw)
            return True
        run = self._run
        name = heap_of(text)
        if name is not None and run is not None:
            run.collector_seen(name)
            if self._heap is not None and not self._in_dump:
                run.digest.exit_place = self._heap
            self._in_dump = self._in_dump and self._heap is None
            self._heap = None
            return True
        metaspace = METASPACE.match(text)
        if metaspace is not None and run is not None:
            used, committed, reserved = (int(one) << 10 for one in metaspace.groups())
            run.digest.metaspace(used, committed, reserved)
            return True
        region = REGION.match(text)
        if region is not None and run is not None:
            run.digest.region_bytes = int(region[1]) << 10
            return True
        return False

    def _not_understood(self, place: Place) -> None:
        run = self._run
        if run is not None:
            run.digest.not_understood(place.text, place.line)

    def _enter(self, stamp: Stamp, number: int) -> LegacyRun:
        """The run to which an event with this stamp belongs."""
        run = self._run
        header = self._header
        if run is None or self._restarts(run, stamp.when, header):
            run = self._begin(number if header is None else header.line)
        if header is not None:
            run.header(header)
            self._header = None
            self._rotated = False
        run.at(stamp.when, number)
        run.digest.exit_place = None
        self._heap = None
        if stamp.when is not NO_WHEN:
            if not self._told:
                run.digest.seen(stamp.when, number)
                self._told = True
            self._last = (stamp.when, number)
        return run

    def _restarts(self, run: LegacyRun, when: When, header: Header | None) -> bool:
        """Whether what comes now is another JVM's: its clock begins again, or it says who it is."""
        now, last = when.uptime_ms, run.uptime_ms
        if now is None or last is None:
            return header is not None and not self._rotated
        if header is not None:
            return now < last
        back = last - now
        return (
            back > _RACE_MS
            and (back > _BACK_MS or now * 2 < last)
            and len(self._runs) < _MAX_RUNS
        )

    def _begin(self, line: int) -> LegacyRun:
        if self._run is not None:
            self._run.flush()
            if self._last is not None:
                self._run.digest.seen(*self._last)
        self._last, self._told = None, False
        self._run = LegacyRun(line)
        self._runs.append(self._run)
        return self._run


def _after(body: bytes, end: int, one: Collected) -> bytes:
    """What follows a pause and its CPU times."""
    if one.times is None:
        return body[end:]
    times = TIMES.match(body, end)
    return body[times.end() :] if times is not None else body[end:]


def _heap(run: LegacyRun, found: re.Match[bytes]) -> None:
    """`[Eden: ... Survivors: ... Heap: ...]`."""
    eden, survivors = found.groups()[:4], found.groups()[4:8]
    young = (
        size(eden[0], eden[1]) + size(survivors[0], survivors[1]),
        size(eden[2], eden[3]) + size(survivors[2], survivors[3]),
    )
    run.heap(sizes(found, 9), young)
    if found[17] is not None:
        _, used, reserved = sizes(found, 17)
        run.digest.metaspace(used, None, reserved)
