"""Reads what JDK 8 and older (7, 6, most of 5) write of their collections, among whatever else."""

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import Place
from h2o_forensics.gc.legacy_events import Collected, collected, end_of, plain, times_at
from h2o_forensics.gc.legacy_noise import heap_of, is_known
from h2o_forensics.gc.legacy_open import OpenEvent
from h2o_forensics.gc.legacy_runs import LegacyRuns
from h2o_forensics.gc.legacy_shapes import (
    AFTER,
    CUT,
    GARBLED,
    GATE,
    INSIDE,
    MAYBE,
    PAUSES,
    PHASES,
    REGIONS,
    SAFEPOINT,
    SIZES_AT,
    SKIP,
)
from h2o_forensics.gc.legacy_shenandoah import shenandoah
from h2o_forensics.gc.legacy_text import (
    CONCURRENT,
    EVENT,
    G1_BARE,
    G1_HEAP,
    HEADER,
    METASPACE,
    NO_STAMP,
    REGION,
    STAMP,
    STAMP_BEFORE,
    STAMP_WIDTH,
    STOPPED,
    TIMES,
    Dates,
    Stamp,
    sizes,
)

_LINE_CAP = 1 << 16
_AGAIN = 4
"""How often the begin of a line may be dropped to find an event in it."""
_PASSED = 2
"""Collections that may be written while another one is open, before it counts as lost."""
_PIECES = 1000
"""Events on one line."""


class LegacyParser:
    """Finds runs and their events in blocks of lines.  See `gc.read`.

    Only lines that begin with a shape of the JVM's count, or that go on after another of its texts.
    """

    def __init__(self, *, own_file: bool = True) -> None:
        self._own_file = own_file
        self._dates = Dates()
        self._runs = LegacyRuns()
        self._open: OpenEvent | None = None
        self._heap: Place | None = None
        self._in_dump = False

    @property
    def engaged(self) -> bool:
        """It found a run, or the begin of one."""
        return self._runs.engaged or self._open is not None

    @property
    def waits(self) -> bool:
        """For the next lines, whatever they are: a collection, a header or a summary is open."""
        return self._open is not None or self._heap is not None or self._runs.waits

    def gate(self, data: bytes, size: int) -> bool:
        """Whether a line of JDK 8 or older may stand in `data[:size]`."""
        if any(data.find(one, 0, size) >= 0 for one in GATE):
            return True
        if data.find(SAFEPOINT, 0, size) >= 0:
            return all(data.find(one, 0, size) < 0 for one in REGIONS)
        return data.find(b" VM (", 0, size) >= 0 and data.find(b"JRE (", 0, size) >= 0

    def read(self, data: bytes, size: int, first_line: int) -> None:
        """The next block, whose first line is the stream's line `first_line` (1-based)."""
        lines = (data if len(data) == size else data[:size]).split(b"\n")
        if not lines[-1]:
            lines.pop()
        runs = self._runs
        runs.begin_block(first_line)
        own_file = self._own_file
        for number, raw in enumerate(lines, first_line):
            if own_file and (
                (raw[:3] == b"   " and raw[3:5] not in SIZES_AT) or raw.startswith(SKIP)
            ):
                continue
            if not own_file and self._open is None and MAYBE.match(raw) is None:
                runs.foreign += 1
            elif len(raw) > _LINE_CAP and b"\r" in raw:
                runs.foreign += 1
                for part in raw.split(b"\r"):  # a whole log without a line feed
                    runs.foreign -= self._line(part, number)
            elif not self._line(raw, number):
                runs.foreign += 1
        runs.end_block(first_line + len(lines))

    def close(self) -> list[RunDigest]:
        """The runs, in the order in which they begin."""
        self._abandon()
        return self._runs.close()

    def _line(self, raw: bytes, number: int, again: int = 0) -> bool:
        """One line; False: it is none of the JVM's.  `again`: how often its begin was dropped."""
        if self._open is None and raw.startswith(AFTER):
            return self._details(raw, number)
        text = raw[:_LINE_CAP].strip()
        if not text:
            return self._own_file
        if self._open is not None and self._goes_on(self._open, text, number):
            return True
        for _ in range(_PIECES):
            rest = self._piece(text, Place(number, raw))
            if rest is None:
                return self._other(text, Place(number, raw), again)
            text = rest.strip()
            if not text:
                break
        return True

    def _details(self, raw: bytes, number: int) -> bool:
        """A line of its own that belongs to the pause before."""
        text = raw.strip()
        rest = self._follows(text, NO_STAMP, Place(number, raw))
        if rest is None:
            return self._other(text, Place(number, raw))
        return not rest or self._line(rest, number)

    def _piece(self, text: bytes, place: Place) -> bytes | None:
        """The event at the begin of `text`; what follows it on the line; None: there is none."""
        found = STAMP.match(text)
        at = 0 if found is None else found.end()
        body = text[at:].lstrip() if at else text
        stamp = NO_STAMP if found is None or not at else self._dates.stamp(found)
        if body[:1] != b"[":
            if body.startswith(SAFEPOINT):
                return self._stopped(body, stamp, place)
            if at and body.startswith(b"Application time: "):
                self._runs.enter(stamp, place.line)
                return b""
            return None
        if body.startswith(PHASES):
            return self._phase(body, stamp, place)
        if body.startswith(PAUSES) and EVENT.match(body) is not None:
            return self._event(body, stamp, place)
        return self._follows(body, stamp, place)

    def _stopped(self, body: bytes, stamp: Stamp, place: Place) -> bytes | None:
        found = STOPPED.match(body)
        if found is None:
            return None
        run = self._runs.enter(stamp, place.line)
        run.stopped(found[1], found[2], stamp.when, place)
        return body[found.end() :]

    def _phase(self, body: bytes, stamp: Stamp, place: Place) -> bytes | None:
        found = CONCURRENT.match(body)
        if found is None:
            return None
        run = self._runs.enter(stamp, place.line)
        run.collector_seen("G1" if body.startswith(b"[GC") else "CMS")
        run.phase(found, stamp, place)
        times = TIMES.match(body, found.end())
        if found[1] == b"string-deduplication":
            return b""
        return body[times.end() if times is not None else found.end() :]

    def _event(self, body: bytes, stamp: Stamp, place: Place) -> bytes:
        """A pause; it may go on over many lines."""
        common = plain(body)
        if common is not None:
            one, end = common
            self._happened()
            self._runs.enter(stamp, place.line).pause(one, stamp, place)
            return body[end:]
        end = end_of(body)
        if not end:
            self._open = OpenEvent(body, stamp, place)
            return b""
        pauses = collected(body, end)
        if not pauses:
            self._runs.not_understood(place)
            return body[end:]
        self._tell(body, end, pauses, stamp, place)
        return body[times_at(body, end)[1] :]

    def _tell(
        self, body: bytes, end: int, pauses: list[Collected], stamp: Stamp, place: Place
    ) -> None:
        """The pauses of a collection, and the phases that were written into it."""
        self._happened()
        run = self._runs.enter(stamp, place.line)
        if b"concurrent-" in body:
            for found in CONCURRENT.finditer(body, 0, end):
                run.phase(found, self._stamp_before(body, found.start(), stamp), place)
        for one in pauses:
            begin = stamp if one.start == 0 else self._stamp_before(body, one.start, stamp)
            run.pause(one, begin, place)

    def _stamp_before(self, body: bytes, at: int, outer: Stamp) -> Stamp:
        """Of an event within another; one that bears none begins no earlier than the other."""
        found = STAMP_BEFORE.search(body, max(at - STAMP_WIDTH, 0), at)
        if found is None or not found.group():
            return outer
        return self._dates.stamp(found)

    def _goes_on(self, opened: OpenEvent, text: bytes, number: int) -> bool:
        """A line while a collection is open; False: it begins something else, the rest is lost."""
        found = STAMP.match(text)
        body = text[found.end() :] if found is not None else text
        begins = body.startswith((SAFEPOINT, b"Application time: "))
        begins = begins or HEADER.match(body) is not None
        nested = EVENT.match(body) if body.startswith(PAUSES) else None
        if nested is not None and not begins and not opened.nests:
            opened.passed += 1
            if end_of(body) and opened.passed <= _PASSED:
                self._open = None  # another thread's, in the middle of this one
                self._line(text, number)
                self._reopen(opened)
                return True
            begins = True
        if begins:
            self._abandon()
            return False
        opened.take(text)
        if opened.hopeless:
            self._abandon()
        elif opened.closed:
            self._open = None
            rest = self._event(opened.text(), opened.stamp, opened.place).strip()
            if rest:
                self._line(rest, number)
        return True

    def _reopen(self, opened: OpenEvent) -> None:
        if self._open is None:
            self._open = opened

    def _abandon(self) -> None:
        """The collection that is open has no end."""
        opened, self._open = self._open, None
        if opened is not None:
            self._runs.not_understood(opened.place)

    def _follows(self, body: bytes, stamp: Stamp, place: Place) -> bytes | None:
        """What belongs to the pause before, and the collections of Shenandoah."""
        run = self._runs.current
        times, end = times_at(body, 0)
        if times is not None:
            if run is not None:
                run.times(times, place)
            return body[end:]
        for pattern in (G1_HEAP, G1_BARE):
            found = pattern.match(body)
            if found is None:
                continue
            if run is not None and pattern is G1_HEAP:
                run.g1_heap(found)
            elif run is not None:
                run.heap(sizes(found), None)
            return body[found.end() :]
        if body.startswith(b"[[GC concurrent-"):
            return body[1:]
        phase = shenandoah(body)
        if phase is None:
            return None
        one, end = phase
        if one is not None:
            self._happened()
            self._runs.enter(stamp, place.line).pause(one, stamp, place)
        return body[end:]

    def _other(self, text: bytes, place: Place, again: int = 0) -> bool:
        """A line that is no event: a header, a heap's summary, noise, or an event after a text."""
        number = place.line
        if self._runs.top(text, number, begins=self._own_file):
            return True
        stamp = STAMP.match(text)
        at = 0 if stamp is None else stamp.end()
        body = text[at:].lstrip()
        inside = self._inside(body) if again < _AGAIN else 0
        if inside and not body.startswith(CUT) and not self._comes_next(body[inside:]):
            return False  # somebody quotes it
        if inside:
            return self._line(body[inside:], number, again + 1)
        garbled = GARBLED.match(body) if self._own_file and again < _AGAIN else None
        if garbled is not None:
            return self._line(text[:at] + body[garbled.end() :], number, again + 1)
        if self._summary(text, body, place):
            return True
        return self._own_file and self._runs.not_understood(place)

    def _inside(self, body: bytes) -> int:
        """Where an event begins that cuts another text; 0: none does."""
        if b"[" not in body or not (self._own_file or body.startswith(CUT)):
            return 0
        inside = INSIDE.search(body)
        if inside is None:
            return 0
        at = body.index(b"[", inside.start())
        found = STAMP_BEFORE.search(body, max(at - STAMP_WIDTH, 0), at)
        return found.start() if found is not None and found.group() else 0

    def _comes_next(self, event: bytes) -> bool:
        """Whether an event in another text is later than all before, and not one told again."""
        found = STAMP.match(event)
        return found is None or self._runs.is_new(self._dates.stamp(found).when)

    def _summary(self, text: bytes, body: bytes, place: Place) -> bool:
        """A line that says something of the heap, or nothing that is kept."""
        run = self._runs.current
        if run is not None and self._own_file:
            bare = G1_BARE.match(body)
            if bare is not None:
                run.heap(sizes(bare), None)
                return True
        if self._heap_line(text, place):
            return True
        metaspace = METASPACE.match(text)
        if metaspace is not None and run is not None:
            used, committed, reserved = (int(one) << 10 for one in metaspace.groups())
            run.digest.metaspace(used, committed, reserved)
        region = REGION.match(text)
        if region is not None and run is not None:
            run.digest.region_bytes = int(region[1]) << 10
        return is_known(body) and (self._own_file or text is not body)

    def _heap_line(self, text: bytes, place: Place) -> bool:
        """The heap's summary; one that is no thread dump's is written when Java leaves in order."""
        if text.startswith(b"Full thread dump"):
            self._in_dump = True
            return True
        if text == b"Heap" and place.text.startswith(b"Heap"):
            self._heap = place
            return True
        run = self._runs.current
        name = heap_of(text)
        if name is None or run is None:
            return False
        run.collector_seen(name)
        if self._heap is not None:
            if not self._in_dump:
                run.digest.exit_place = self._heap
            self._in_dump = False
            self._heap = None
        return True

    def _happened(self) -> None:
        """A collection after a heap's summary: the JVM had not left."""
        self._heap = None
        if self._runs.current is not None:
            self._runs.current.digest.exit_place = None
