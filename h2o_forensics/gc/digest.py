"""What is kept of one JVM run while its log is read: bounded, whatever the log's size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from h2o_forensics.gc.events import CpuTimes, Cycle, Pause, Place, Safepoint, Stall, When


class RunDigest:
    """One run in one stream.  Parsers create it, set what the header says, and tell it of events.

    Attributes set by parsers, None until the log says: pid, collector, jdk, heap_max_bytes, region_bytes, cpus,
    memory_bytes, flags, exit_place (the orderly exit's summary).
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

    def seen(self, when: When, line: int) -> None:
        """A line of the run has this stamp; told at least of the first and the last one of each block."""

    def pause(self, event: Pause) -> None:
        """Count a pause."""
        self.events += 1

    def cycle(self, event: Cycle) -> None:
        """Count a concurrent cycle."""

    def stall(self, event: Stall) -> None:
        """Count a stall."""

    def safepoint(self, event: Safepoint) -> None:
        """Count a stop."""

    def cpu(self, event: CpuTimes) -> None:
        """CPU and wall time of a collection."""

    def humongous(self, regions: int, line: int) -> None:
        """Humongous regions after a collection."""

    def metaspace(self, used: int, committed: int | None, reserved: int | None) -> None:
        """Bytes; as logged last."""

    def no_room(self, place: Place) -> None:
        """To-space exhausted, evacuation, promotion or concurrent mode failure."""

    def not_understood(self, text: bytes, line: int) -> None:
        """A line that looks like the collector's and was not understood; its shape is made here."""
