"""One JVM's lines of unified logging, in order: what each says goes to the digest of its run."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import CpuTimes, Pause, Place, Safepoint, Stall, When
from h2o_forensics.gc.sums import STARVED_REAL_MS
from h2o_forensics.gc.unified_cycles import SEVERAL, UNITS, Cycles
from h2o_forensics.gc.unified_facts import set_fact, set_metaspace
from h2o_forensics.gc.unified_messages import COLLECTORS, USING, Kind
from h2o_forensics.gc.unified_pauses import BEGINNERS, Label, label_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from h2o_forensics.gc.decorations import Stamp

_OVERTAKES_MS = 100
_ALONE = frozenset({"young", "full"})
_SIZED_PAUSE = re.compile(
    rb"GC\((\d{1,10})\) (?:([yYO]): )?(Pause [^->]{1,300}) (\d{1,9})([BKMGT])->(\d{1,9})([BKMGT])"
    rb"\((\d{1,9})([BKMGT])\) (\d{1,12}[.,]\d{1,9})ms$"
)
_PAUSE = re.compile(rb"GC\((\d{1,10})\) (?:([yYO]): )?(Pause .{1,300}) (\d{1,12}[.,]\d{1,9})ms$")
_NUMBERED = re.compile(rb"GC\((\d{1,10})\) (?:[yYO]: )?(Pause (?:Young|Full))?")
_STALL = re.compile(
    rb"(?:GC\(\d{1,10}\) )?(?:Page )?(Allocation|Relocation) Stall \((.{0,300})\)"
    rb" (\d{1,12}[.,]\d{1,9})ms$"
)
_SAFEPOINT = re.compile(
    rb'Safepoint "([^"]{1,200})", Time since last: \d{1,20} ns, Reaching safepoint: '
    rb"(\d{1,18}) ns, .{0,300}?Total: (\d{1,18}) ns"
)
_STOPPED = re.compile(
    rb"Total time for which application threads were stopped: (\d{1,9}[.,]\d{1,9}) seconds"
    rb"(?:, Stopping threads took: (\d{1,9}[.,]\d{1,9}) seconds)?"
)
_CPU = re.compile(
    rb"User=(\d{1,9}[.,]\d{1,6})s Sys=(\d{1,9}[.,]\d{1,6})s Real=(\d{1,9}[.,]\d{1,6})s\r?$"
)
_OLD = re.compile(
    rb"GC\((\d{1,10})\) (Old regions|ParOldGen|PSOldGen|Tenured|CMS): (\d{1,12})([BKMGT]?)"
    rb"(?:\(\d{1,12}[BKMGT]\))?->(\d{1,12})([BKMGT]?)"
)
_HUMONGOUS = re.compile(rb": (\d{1,9})->(\d{1,9})")
_LONGEST_ID = 10
_MOST_PLAIN = 4096
_ID = re.compile(rb"(?:GC\((\d{1,10})\) )?")
_OLD_NAMES = {
    b"ParOldGen": "Parallel",
    b"PSOldGen": "Parallel",
    b"Tenured": "Serial",
    b"CMS": "CMS",
    b"Old regions": "G1",
}


class UnifiedRun(Cycles):
    """Events of one run; each method takes a line, False: it does not say what it seemed to say."""

    def __init__(self, first_line: int) -> None:
        super().__init__(RunDigest(first_line))
        self.using: bytes | None = None
        self.version: bytes | None = None
        self.last_uptime = -1.0
        self.last_begun_id = -1
        """Of the last pause that begins a collection."""
        self._old = b""
        self._humongous = b"\n"
        """From the last colon on, as told last: no line ends like that before the first one."""
        self._metaspace = b""
        self._plain_cpu: dict[bytes, int] = {}
        """Unremarkable CPU times told before, and how often they came again since `flush`."""
        self._operation: str | None = None
        self._exhausted_id = -1

    def pause(self, message: bytes, when: When, place: Place) -> bool | None:
        """`GC(1) Pause Young (Normal) (x) 8M->3M(160M) 1.234ms`; None: it is of another run."""
        before = after = capacity = None
        if found := _SIZED_PAUSE.match(message):
            number, generation, text, a, a_unit, b, b_unit, c, c_unit, took = found.groups()
            before, after, capacity = (
                int(a) * UNITS[a_unit], int(b) * UNITS[b_unit], int(c) * UNITS[c_unit]
            )  # fmt: skip
        elif found := _PAUSE.match(message):
            number, generation, text, took = found.groups()
            if b"->" in text:
                return False
        else:
            return False
        label, gc_id = label_of(text), int(number)
        if gc_id > self.max_id:
            self.max_id = gc_id
        elif gc_id < self.max_id - 1 and self._restarts(gc_id, label.kind):
            return None
        old, old_before, old_after = self._old, None, None
        if old:
            self._old = b""
            old_before, old_after = self._old_of(old, number, label.kind)
        phase, cause, kind, *_ = label
        self.digest.pause(Pause(
            phase, cause, kind, self._generation(generation) if generation else None,
            float(took.replace(b",", b".")), before, after, capacity, when, gc_id, place,
            old_before, old_after,
        ))  # fmt: skip
        self._note(label, generation, gc_id, place)
        return True

    def _note(self, label: Label, generation: bytes | None, gc_id: int, place: Place) -> None:
        """What a pause says of the run."""
        self.has_begun = True
        _, cause, _, no_room, begins, starts_cycle, collector = label
        if begins:
            self.last_begun_id = gc_id
        if starts_cycle:
            self.cause = cause
        if no_room:
            self._no_room(gc_id, place)
        if generation or (collector and collector != self.digest.collector):
            self._tell_collector(collector, generation)

    def _restarts(self, gc_id: int, kind: str) -> bool:
        """Whether the id of a pause says that another JVM counts.

        Those that begin a collection come in the order of their ids: strictly so, if nothing runs
        beside them (but for a full one inside CMS's young one), nearly so with two cycles at once.
        """
        if kind in _ALONE:
            return gc_id < self.last_begun_id - 1
        return kind in BEGINNERS and gc_id < self.last_begun_id - SEVERAL

    def _tell_collector(self, name: str | None, generation: bytes | None) -> None:
        """From the name of a pause: the header is lost or does not speak of generations."""
        if generation:
            name = "ZGenerational"
        if name is not None and self.digest.collector in {
            None,
            name.removeprefix("Generational"),
            name.removesuffix("Generational"),
        }:
            self.digest.collector = name

    def _generation(self, prefix: bytes) -> str:
        """As the JVM's own counters: minor while a minor collection is under way."""
        return "minor" if prefix == b"y" or self.minor else "major"

    def _old_of(self, line: bytes, number: bytes, kind: str) -> tuple[int | None, int | None]:
        """Before and after in the old generation, if that line is of the same collection."""
        at = line.rfind(b"GC(" + number)
        found = _OLD.match(line, at) if at >= 0 else None
        if found is None or found.group(1) != number:
            return None, None
        if self.digest.collector is None:
            self.digest.collector = _OLD_NAMES[found.group(2)]
        before, before_unit, after, after_unit = found.group(3, 4, 5, 6)
        if before_unit and after_unit:
            return int(before) * UNITS[before_unit], int(after) * UNITS[after_unit]
        region = self.digest.region_bytes
        if region is not None:
            return int(before) * region, int(after) * region
        if kind == "young":
            self.digest.promoted(int(after) - int(before))
        return None, None

    def old(self, line: bytes, number: int) -> bool:  # noqa: ARG002 - one signature for all
        """`GC(1) Old regions: 1->2`, `GC(1) ParOldGen: 1K(8K)->2K(8K)`; read as the pause ends."""
        self._old = line
        return True

    def stall(self, message: bytes, when: When, place: Place) -> bool:
        """`Allocation Stall (thread) 167.567ms`."""
        found = _STALL.match(message)
        if found is None:
            return False
        what, thread, took = found.groups()
        self.digest.stall(
            Stall(
                what.decode().lower(),
                thread.decode("utf-8", "replace"),
                float(took.replace(b",", b".")),
                when,
                place,
            )
        )
        self.has_begun = True
        return True

    def safepoint(self, message: bytes, when: When, place: Place) -> bool:
        """JDK 13 and later: one line in ns."""
        found = _SAFEPOINT.match(message)
        if found is None:
            return False
        operation, reaching, total = found.groups()
        self.digest.safepoint(
            Safepoint(
                operation.decode("utf-8", "replace"),
                int(total) / 1e6,
                int(reaching) / 1e6,
                when,
                place,
            )
        )
        self.has_begun = True
        return True

    def entering(self, message: bytes, when: When, place: Place) -> bool:  # noqa: ARG002
        """JDK 9 to 12: the first of three lines."""
        self._operation = message.partition(b": ")[2][:200].decode("utf-8", "replace")
        return True

    def stopped(self, message: bytes, when: When, place: Place) -> bool:
        """JDK 9 to 12: the last of three lines."""
        found = _STOPPED.match(message)
        if found is None:
            return False
        total, reaching = (
            float(part.replace(b",", b".")) * 1000 if part else None for part in found.groups()
        )
        self.digest.safepoint(Safepoint(self._operation, total or 0.0, reaching, when, place))
        self._operation = None
        self.has_begun = True
        return True

    def cpu(self, line: bytes, number: int) -> bool:
        """`GC(1) User=0.00s Sys=0.01s Real=0.03s`."""
        end = line.rfind(b") User=")
        text = line[end + 2 :]
        plain = self._plain_cpu
        if text in plain and not self.digest.awaits_cpu:
            plain[text] += 1
            return True
        begin = line.rfind(b"GC(", 0, end)
        gc_id, times = line[begin + 3 : end], _times(text)
        if times is None or len(gc_id) > _LONGEST_ID or not gc_id.isdigit():
            return False
        user, system, real = times
        self.digest.cpu(CpuTimes(int(gc_id), user, system, real, Place(number, line)))
        if real < STARVED_REAL_MS and len(self._plain_cpu) < _MOST_PLAIN:
            self._plain_cpu.setdefault(text, 0)
        return True

    def humongous(self, line: bytes, number: int) -> bool:
        """`GC(1) Humongous regions: 1->2`; told again only when it changed."""
        if not line.endswith(self._humongous):
            self._humongous = regions = line[line.rfind(b":") :]
            if found := _HUMONGOUS.match(regions):
                self.digest.humongous(max(map(int, found.groups())), number)
        return True

    def metaspace(self, line: bytes, number: int) -> bool:  # noqa: ARG002
        """Kept until `flush`: the last one counts."""
        self._metaspace = line
        return True

    def no_room(self, message: bytes, when: When, place: Place) -> bool:  # noqa: ARG002
        """`GC(1) To-space exhausted`."""
        found = _ID.match(message)
        self._no_room(int(found.group(1)) if found and found.group(1) else None, place)
        return True

    def _no_room(self, gc_id: int | None, place: Place) -> None:
        if gc_id is None or gc_id != self._exhausted_id:  # JDK 22 says it in the pause's line, too.
            self.digest.no_room(place)
        self._exhausted_id = -1 if gc_id is None else gc_id

    def header(self, message: bytes, when: When, place: Place) -> bool:  # noqa: ARG002
        """`Using G1`, `Initializing The Z Garbage Collector`, `Version: ...`."""
        if not self.has_begun:
            self.digest.has_header = True
        if message.startswith(b"Version: "):
            self.version = message
            self.digest.jdk = message[9:200].rpartition(b" (")[0].decode("utf-8", "replace")
        elif found := USING.match(message):
            self.using = message
            name = COLLECTORS[found.group(1)]
            generational = b"enerational" in (found.group(2) or b"")
            self.digest.collector = (
                {"Z": "ZGenerational", "Shenandoah": "GenerationalShenandoah"}.get(name, name)
                if generational
                else name
            )
        return True

    def fact(self, message: bytes, when: When, place: Place) -> bool:  # noqa: ARG002
        """A line of the header."""
        return set_fact(self.digest, message)

    def exit(self, message: bytes, when: When, place: Place) -> bool:  # noqa: ARG002
        """The summary at the orderly end."""
        self.digest.exit_place = place
        return True

    def unknown(self, message: bytes, when: When, place: Place) -> bool:  # noqa: ARG002
        """Not understood."""
        return False

    def goes_on_with(self, message: bytes, when: When) -> bool:
        """Whether a message inside another program's line comes next; else it is quoted there."""
        if when.uptime_ms is not None and when.uptime_ms < self.last_uptime - _OVERTAKES_MS:
            return False
        found = _NUMBERED.match(message)
        if found is None or self.max_id < 0:
            return True
        gc_id = int(found.group(1))
        begins = found.group(2) is not None
        least = self.last_begun_id + 1 if begins else self.max_id - SEVERAL
        return least <= gc_id <= self.max_id + SEVERAL

    def is_of(self, stamp: Stamp) -> bool:
        """Whether a line with these decorations is of this run's process."""
        return stamp.pid is None or self.digest.pid is None or stamp.pid == self.digest.pid

    def begin_again(self) -> None:
        """What comes is another JVM's, but counts here: its clock and its ids start anew."""
        self.last_uptime = -1.0
        self.max_id = self.last_begun_id = -1

    def begins_again(self, message: bytes) -> bool:
        """Whether a line of the header begins another run."""
        if self.has_begun:
            return True
        if message.startswith(b"Version: "):
            return self.version is not None
        return self.using is not None

    def flush(self) -> None:
        """A block is over."""
        if self._metaspace:
            set_metaspace(self.digest, self._metaspace)
            self._metaspace = b""
        for text, count in self._plain_cpu.items():
            if count and (times := _times(text)) is not None:
                self.digest.cpu_again(*times, count)
                self._plain_cpu[text] = 0

    def close(self) -> RunDigest:
        """The stream, or the run, is over."""
        self.flush()
        self.close_cycles()
        return self.digest


@lru_cache(maxsize=4096)
def _times(text: bytes) -> tuple[float, float, float] | None:
    found = _CPU.match(text)
    if found is None:
        return None
    user, system, real = (round(float(one.replace(b",", b".")) * 1000, 3) for one in found.groups())
    return user, system, real


HANDLERS: dict[Kind, Callable[[UnifiedRun, bytes, When, Place], bool | None]] = {
    Kind.UNKNOWN: UnifiedRun.unknown,
    Kind.PAUSE: UnifiedRun.pause,
    Kind.CYCLE: UnifiedRun.cycle,
    Kind.Z_START: UnifiedRun.z_start,
    Kind.Z_CYCLE: UnifiedRun.z_cycle,
    Kind.PHASE: UnifiedRun.phase,
    Kind.STALL: UnifiedRun.stall,
    Kind.SAFEPOINT: UnifiedRun.safepoint,
    Kind.ENTERING: UnifiedRun.entering,
    Kind.STOPPED: UnifiedRun.stopped,
    Kind.NO_ROOM: UnifiedRun.no_room,
    Kind.USING: UnifiedRun.header,
    Kind.INITIALIZING: UnifiedRun.header,
    Kind.VERSION: UnifiedRun.header,
    Kind.FACT: UnifiedRun.fact,
    Kind.EXIT: UnifiedRun.exit,
}

LOOSE: dict[Kind, Callable[[UnifiedRun, bytes, int], bool]] = {
    Kind.CPU: UnifiedRun.cpu,
    Kind.OLD: UnifiedRun.old,
    Kind.HUMONGOUS: UnifiedRun.humongous,
    Kind.METASPACE: UnifiedRun.metaspace,
}
"""For lines whose moment does not matter: the whole line, its number."""
