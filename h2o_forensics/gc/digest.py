"""What is kept of one JVM run while its log is read: bounded, whatever the log's size."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from h2o_forensics.gc.bounds import (
    MAX_BYTES,
    MAX_MS,
    MAX_REGIONS,
    believable,
    within_reason,
)
from h2o_forensics.gc.clock import Clock
from h2o_forensics.gc.origin import Origin
from h2o_forensics.gc.requests import Requests
from h2o_forensics.gc.samples import Longest, PauseEntry, PauseSamples, short
from h2o_forensics.gc.series import Series, most
from h2o_forensics.gc.shapes import Shapes
from h2o_forensics.gc.spans import Union
from h2o_forensics.gc.streaks import Streaks
from h2o_forensics.gc.sums import CpuSums, Room, SafepointSums, Sizes
from h2o_forensics.gc.tally import CycleTallies, PauseTallies, Tally
from h2o_forensics.gc.vain import Vain
from h2o_forensics.gc.window import WorstWindow
from h2o_forensics.model.gc_causes import ASKED

if TYPE_CHECKING:
    from h2o_forensics.gc.events import (
        CpuTimes,
        Cycle,
        Pause,
        Place,
        Safepoint,
        Stall,
        TimedPause,
        When,
    )
    from h2o_forensics.gc.spans import Span

SAFEPOINT_SAMPLES = 300
STALL_SAMPLES = 300
RECENT = 4
"""Pauses that a line of CPU times may still belong to."""
_AT_ONCE = 200
"""Pauses counted at once."""


class RunDigest:
    """One run in one stream.  Parsers create it, set what the header says, and tell it of events.

    Attributes set by parsers, None until the log says: pid, collector, jdk, heap_max_bytes,
    region_bytes, cpus, memory_bytes, flags, exit_place (the orderly exit's summary).
    """

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.last_line = first_line
        self.pid: int | None = None
        self.collector: str | None = None
        self.jdk: str | None = None
        self.heap_max_bytes: int | None = None
        self.region_bytes: int | None = None
        self.cpus: int | None = None
        self.memory_bytes: int | None = None
        self.flags: str | None = None
        self.exit_place: Place | None = None
        self.has_header = False
        """It begins with the JVM's start, not in the middle of the run."""
        self.events = 0
        self.lines = 0
        """Lines of the collector's, set by the parser."""
        self._begin_counts()
        self._begin_times()

    def _begin_counts(self) -> None:
        self.origin = Origin()
        self.exit_origin = self.origin
        self.pauses = PauseTallies()
        self.cycles = CycleTallies()
        self.requests = Requests()
        self.stalls = Tally()
        self.safepoints = SafepointSums()
        self.cpu_sums = CpuSums()
        self.sizes = Sizes()
        self.room = Room()
        self.shapes = Shapes(self.origin)
        self.samples = PauseSamples(self.origin)
        self.safepoint_samples: Longest[Safepoint] = Longest(SAFEPOINT_SAMPLES)
        self.stall_samples: Longest[Stall] = Longest(STALL_SAMPLES)
        self.first_id: int | None = None
        self.last_id: int | None = None
        self._kept_at = -RECENT
        self._waiting: list[TimedPause] = []
        self._recent: deque[tuple[int | None, PauseEntry | None]] = deque(maxlen=RECENT)

    def _begin_times(self) -> None:
        self.clock = Clock()
        self.first_moment: float | None = None
        """Begin of the first pause, on the clock's axis."""
        self.stopped = Union()
        self.window = WorstWindow()
        self.stalled = Union()
        self.series = Series()
        self.streaks = Streaks()
        self.vain = Vain()

    def seen(self, when: When, line: int) -> None:
        """A line has this stamp; told at least of the first and the last one of each block."""
        self.clock.see(when)
        self.last_line = max(self.last_line, line)

    def pause(self, event: Pause) -> None:
        """Count a pause."""
        self.events += 1
        _, cause, kind, _, took_ms, before, after, capacity, when, gc_id, place, _, _ = event
        if (before or 0) | (after or 0) | (capacity or 0) >= MAX_BYTES or took_ms > MAX_MS:
            event = within_reason(event)
            took_ms = event.took_ms
        took_ns = int(took_ms * 1e6 + 0.5) if took_ms > 0 else 0
        entry = self.samples.add(event)
        if entry is not None:
            self._kept_at = self.events
        if cause in ASKED:
            self.requests.add(kind, cause, is_first=not self._recent)
        elif self.requests.last_young is not None:
            self.requests.last_young = None
        self._recent.append((gc_id, entry))
        if gc_id is not None and gc_id != self.last_id:
            self.note_id(gc_id)
        timed = (event, took_ns, self.clock.at(when), self.has_header, self.collector == "CMS")
        if place[0] > self.last_line:  # noqa: PLR1730 - for every pause: a call less
            self.last_line = place[0]
        waiting = self._waiting
        if kind == "full":
            self.settle()
            self._settle([timed])
            self._full(timed)
        else:
            waiting.append(timed)
            if len(waiting) >= _AT_ONCE:
                self.settle()

    def settle(self) -> None:
        """Count the pauses that wait, before somebody looks at what they are counted in.

        Pauses wait so that each sum takes many of them in one loop.  What lines after a pause ask
        about (samples, ids, the clock) knows of it at once.
        """
        waiting = self._waiting
        if waiting:
            self._waiting = []
            self._settle(waiting)

    def _settle(self, pauses: list[TimedPause]) -> None:
        self.pauses.add_all(pauses)
        origin = self.origin
        spans: list[Span | None] = [
            None
            if moment is None
            else (
                begin if (begin := moment - took_ns / 1e6) > 0.0 else 0.0,
                moment,
                event[10],
                origin,
            )
            for event, took_ns, moment, _, _ in pauses
        ]
        if self.first_moment is None:
            self.first_moment = next((span[0] for span in spans if span is not None), None)
        finals = self.stopped.add_all(spans)
        self.window.add_all(final for final in finals if final is not None)
        slots = self.series.pauses(pauses, finals, origin)
        self.sizes.pauses(pauses, slots)
        self.streaks.others(pauses)

    def _full(self, timed: TimedPause) -> None:
        event, took_ns, moment, _, _ = timed
        self.vain.add(event, took_ns)
        self.streaks.full(event, took_ns, moment, self.stopped.total, self.origin)

    def note_id(self, gc_id: int) -> None:
        """A collection of the run has this id."""
        if self.last_id is None or self.first_id is None:
            self.first_id = self.last_id = gc_id
        elif gc_id > self.last_id:
            self.last_id = gc_id
        elif gc_id < self.first_id:
            self.first_id = gc_id

    def cycle(self, event: Cycle) -> None:
        """Count a concurrent cycle."""
        self.events += 1
        if not believable(event):
            event = within_reason(event)
        took = event.took_ms
        took_ns = None if took is None else int(max(took, 0.0) * 1e6 + 0.5)
        self.cycles.add((event.kind, event.cause), 1, took_ns)
        if event.gc_id is not None:
            self.note_id(event.gc_id)
        moment = self.clock.at(event.when)
        if event.before is not None or event.after is not None:
            self.settle()
            self.sizes.cycle(event, moment, None if moment is None else self.series.at(moment))
        self.last_line = max(self.last_line, event.place.line)

    def stall(self, event: Stall) -> None:
        """Count a stall."""
        self.settle()
        self.events += 1
        event = event._replace(took_ms=min(event.took_ms, MAX_MS))
        took_ns = int(max(event.took_ms, 0.0) * 1e6 + 0.5)
        self.stalls.add(took_ns)
        if self.stall_samples.wants(event.took_ms):
            kept = event._replace(place=short(event.place))
            self.stall_samples.add(event.took_ms, kept, self.origin)
        self.last_line = max(self.last_line, event.place.line)
        moment = self.clock.at(event.when)
        if moment is None:
            return
        self.series.at(moment).stalls += 1
        begin = max(0.0, moment - took_ns / 1e6)
        final = self.stalled.add((begin, moment, event.place, self.origin))
        if final is not None:
            self.series.spread(final[0], final[1], "stall_ms")

    def safepoint(self, event: Safepoint) -> None:
        """Count a stop."""
        self.events += 1
        event = event._replace(total_ms=min(event.total_ms, MAX_MS))
        self.clock.see(event.when, event=True)
        self.safepoints.add(event)
        if self.safepoint_samples.wants(event.total_ms):
            kept = event._replace(place=short(event.place))
            self.safepoint_samples.add(event.total_ms, kept, self.origin)
        self.last_line = max(self.last_line, event.place.line)

    def cpu(self, event: CpuTimes) -> None:
        """CPU and wall time of a collection."""
        if max(event.user_ms, event.sys_ms, event.real_ms) > MAX_MS:
            return
        self.cpu_sums.add(event, self.origin)
        for gc_id, entry in reversed(self._recent):
            if event.gc_id is None or gc_id == event.gc_id:
                if entry is not None:
                    entry.cpu = event
                return

    @property
    def awaits_cpu(self) -> bool:
        """A pause that is kept is so recent that a line of CPU times may belong to it."""
        return self.events - self._kept_at < RECENT

    def cpu_again(self, user_ms: float, sys_ms: float, real_ms: float, count: int) -> None:
        """As `cpu`, for times that were told before, are unremarkable and belong to no kept pause.

        Args:
            user_ms: of each of them.
            sys_ms: alike.
            real_ms: below `STARVED_REAL_MS`.
            count: how many.
        """
        self.cpu_sums.again(real_ms, user_ms + sys_ms, count)

    def humongous(self, regions: int, line: int) -> None:
        """Humongous regions at a collection: before or after it, whichever are more."""
        self.last_line = max(self.last_line, line)
        if regions <= MAX_REGIONS:
            self.room.humongous_regions = most(self.room.humongous_regions, regions)

    def promoted(self, regions: int) -> None:
        """A young collection of G1 left so many more old regions; how large they are is not known.

        Where it is, `Pause.old_before` and `Pause.old_after` say the same.
        """
        if regions <= MAX_REGIONS:
            self.sizes.promoted_regions += max(0, regions)

    def metaspace(self, used: int, committed: int | None, reserved: int | None) -> None:
        """Bytes; as logged last."""
        if max(used, committed or 0, reserved or 0) <= MAX_BYTES:
            self.room.metaspace = (used, committed, reserved)

    def no_room(self, place: Place) -> None:
        """To-space exhausted, evacuation, promotion or concurrent mode failure."""
        self.last_line = max(self.last_line, place.line)
        self.room.failures += 1

    def not_understood(self, text: bytes, line: int) -> None:
        """A line that looks like the collector's and was not understood; its shape is made here."""
        self.shapes.add(text, line)
