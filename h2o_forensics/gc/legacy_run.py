"""One run of a JVM as its log of JDK 8 or older goes by: what awaits its end, what is told."""

import re
from typing import NamedTuple

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import CpuTimes, Cycle, Pause, Place, Safepoint, When
from h2o_forensics.gc.legacy_events import Collected
from h2o_forensics.gc.legacy_text import (
    FLAGS,
    HEADER,
    JRE,
    NO_WHEN,
    PHYSICAL,
    Stamp,
    millis,
    size,
    sizes,
)

_BEGINS_BEFORE_MS = 60_000.0
"""A log with a header whose first line is later may be a later file of a rotated set.

JDK 8 says so in such a file; JDK 7 writes but the header into each.
"""
_TELLS_OF_ROTATION = "1.8"
_BEGINS_BARE_MS = 10_000.0
"""The same for a log without one: JDK 6 writes none."""
_FLAG_CAP = 8192
_COLLECTORS = (
    (b"+UseG1GC", "G1"),
    (b"+UseShenandoahGC", "Shenandoah"),
    (b"+UseConcMarkSweepGC", "CMS"),
    (b"+UseSerialGC", "Serial"),
    (b"+UseParallel", "Parallel"),
)
_FLAG = re.compile(rb"-XX:(MaxHeapSize|G1HeapRegionSize)=(\d{1,18})\b")


class Header(NamedTuple):
    """What stands at the top of a log, gathered line by line."""

    line: int
    jdk: str | None = None
    memory_bytes: int | None = None
    flags: str | None = None
    collector: str | None = None
    heap_max_bytes: int | None = None
    region_bytes: int | None = None
    rotated: bool = False
    """It stands at the top of a later file."""

    @property
    def is_of_start(self) -> bool:
        """It is surely that of the JVM's start."""
        return not self.rotated and (self.jdk or "").startswith(_TELLS_OF_ROTATION)

    def with_line(self, text: bytes) -> "Header | None":
        """The header and this line of it; None: the line is no header's."""
        if text.startswith(FLAGS):
            given = dict(_FLAG.findall(text))
            return self._replace(
                flags=text[len(FLAGS) : len(FLAGS) + _FLAG_CAP].decode("utf-8", "replace").strip(),
                collector=next((name for flag, name in _COLLECTORS if flag in text), None),
                heap_max_bytes=_number(given.get(b"MaxHeapSize")),
                region_bytes=_number(given.get(b"G1HeapRegionSize")),
            )
        physical = PHYSICAL.match(text)
        if physical is not None:
            return self._replace(memory_bytes=int(physical[1]) << 10)
        if HEADER.match(text) is not None:
            jre = JRE.search(text)
            return self._replace(jdk=None if jre is None else jre[1].decode("utf-8", "replace"))
        return None


class LegacyRun:
    """Tells a digest of a run's events.

    A pause waits for what follows it: G1 states the heap, and all the CPU times, on other lines.
    """

    def __init__(self, line: int) -> None:
        self.digest = RunDigest(line)
        self.uptime_ms: float | None = None
        self.stamped = False
        self._from_start = False
        self._guessed = False
        self._pending: Pause | None = None
        self._cycle: When | None = None
        self._cycle_ms = 0.0
        self._cycle_cause: str | None = None
        self._mark_cause: str | None = None

    def header(self, header: Header) -> None:
        """Take over what the log says of itself."""
        digest = self.digest
        digest.has_header = True
        self._from_start = header.is_of_start
        digest.jdk = header.jdk or digest.jdk
        digest.flags = header.flags or digest.flags
        digest.memory_bytes = header.memory_bytes or digest.memory_bytes
        digest.collector = header.collector or digest.collector
        digest.heap_max_bytes = header.heap_max_bytes or digest.heap_max_bytes
        digest.region_bytes = header.region_bytes or digest.region_bytes

    def at(self, when: When, line: int) -> None:
        """A line of the collector's."""
        digest = self.digest
        digest.last_line = line
        uptime = when.uptime_ms
        if uptime is None:
            return
        if not self.stamped:
            limit = _BEGINS_BEFORE_MS if digest.has_header else _BEGINS_BARE_MS
            digest.has_header = uptime <= limit or self._from_start
            self.stamped = True
        if self.uptime_ms is None or uptime > self.uptime_ms:
            self.uptime_ms = uptime

    def pause(self, one: Collected, begin: Stamp, place: Place) -> None:
        """A pause that began then."""
        self.flush()
        if one.collector is not None:
            self.collector_seen(one.collector)
        if one.no_room:
            self.digest.no_room(place)
        if one.metaspace is not None:
            self.digest.metaspace(*one.metaspace)
        if "(initial-mark)" in one.phase:
            self._mark_cause = one.cause
        when = _later(begin.when, one.took_ms)
        self._pending = Pause(
            one.phase, one.cause, one.kind, None, one.took_ms, one.before, one.after,
            one.capacity, when, begin.gc_id, place, one.old_before, one.old_after,
        )  # fmt: skip
        if one.times is not None:
            self.times(one.times, place)
        if one.kind == "cleanup" and self._cycle is not None:
            self._cycle_ends(when, "concurrent", begin.gc_id, place)
        elif one.kind == "full" and self.digest.collector == "CMS" and self._cycle is not None:
            self._cycle_ends(when, "aborted", begin.gc_id, place)

    def heap(self, heap: tuple[int, int, int], young: tuple[int, int] | None) -> None:
        """G1's sizes of the heap, and of eden and survivors, for the pause before."""
        pause = self._pending
        if pause is None:
            return
        before, after, capacity = heap
        pause = pause._replace(before=before, after=after, capacity=capacity)
        if young is not None and "(mixed)" not in pause.phase:
            old = (max(before - young[0], 0), max(after - young[1], 0))
            pause = pause._replace(old_before=old[0], old_after=old[1])
        self._pending = pause

    def g1_heap(self, found: re.Match[bytes]) -> None:
        """`[Eden: ... Survivors: ... Heap: ...]`, a match of `G1_HEAP`."""
        eden, survivors = found.groups()[:4], found.groups()[4:8]
        young = (
            size(eden[0], eden[1]) + size(survivors[0], survivors[1]),
            size(eden[2], eden[3]) + size(survivors[2], survivors[3]),
        )
        self.heap(sizes(found, 9), young)
        if found[17] is not None:
            _, used, reserved = sizes(found, 17)
            self.digest.metaspace(used, None, reserved)

    def times(self, times: tuple[float, float, float], place: Place) -> None:
        """CPU times of the pause before; without one they are those of a concurrent phase."""
        pause = self._pending
        if pause is None:
            return
        self.flush()
        user, system, real = times
        self.digest.cpu(CpuTimes(pause.gc_id, user, system, real, place))

    def flush(self) -> None:
        """Nothing more comes for the pause before."""
        pause, self._pending = self._pending, None
        if pause is not None:
            self.digest.pause(pause)

    def phase(self, found: re.Match[bytes], begin: Stamp, place: Place) -> None:
        """A concurrent phase, a match of `CONCURRENT`.

        A cycle of CMS lasts from `mark` to `reset`, G1's from `root-region-scan` to the cleanup.
        """
        name, what, took, ended = found.groups()
        took = took or ended
        if what == b"start":
            if name in {b"root-region-scan", b"mark"} and (name != b"mark" or self._cycle is None):
                self._cycle, self._cycle_ms, self._cycle_cause = begin.when, 0.0, self._mark_cause
                self._mark_cause = None
            return
        if self._cycle is None:
            return
        self._cycle_ms += millis(took) if took is not None else 0.0
        if what == b"abort":
            self._cycle_ends(begin.when, "aborted", begin.gc_id, place)
        elif name == b"reset":
            self._cycle_ends(begin.when, "concurrent", begin.gc_id, place)

    def stopped(self, total: bytes, reaching: bytes | None, when: When, place: Place) -> None:
        """`Total time for which application threads were stopped`: its stamp is that of its end."""
        self.flush()
        sync = None if reaching is None else millis(reaching)
        self.digest.safepoint(Safepoint(None, millis(total), sync, when, place))

    def collector_seen(self, name: str) -> None:
        """A generation, phase or heap summary names it; flags know best, ParNew knows least."""
        digest = self.digest
        known = digest.collector
        if not name or name == known or (known is not None and digest.flags is not None):
            return
        if name == "ParNew":
            if known is None:
                digest.collector = "CMS"
                self._guessed = True
        elif known is None or self._guessed or name in {"G1", "CMS"}:
            digest.collector = name
            self._guessed = False

    def _cycle_ends(self, end: When, kind: str, gc_id: int | None, place: Place) -> None:
        begin, self._cycle = self._cycle or NO_WHEN, None
        took = self._cycle_ms
        if begin.uptime_ms is not None and end.uptime_ms is not None:
            took = max(end.uptime_ms - begin.uptime_ms, 0.0)
        elif begin.epoch_ms is not None and end.epoch_ms is not None:
            took = max(float(end.epoch_ms - begin.epoch_ms), 0.0)
        cause = self._cycle_cause
        self.digest.cycle(Cycle(kind, cause, took, None, None, None, end, gc_id, place))


def _later(begin: When, took_ms: float) -> When:
    """The end of what began then."""
    uptime, epoch = begin
    return When(
        None if uptime is None else uptime + took_ms,
        None if epoch is None else epoch + round(took_ms),
    )


def _number(digits: bytes | None) -> int | None:
    return None if digits is None else int(digits)
