"""Unified logs for tests: the same events under any decorations, and a digest that remembers what it was told."""
# ruff: noqa: E501 - log lines stay whole

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

from h2o_forensics.gc.events import CpuTimes, Cycle, Pause, Place, Safepoint, Stall, When

START_MS = 1_800_000_000_000
ORDER = (
    "time",
    "utctime",
    "uptime",
    "timemillis",
    "uptimemillis",
    "timenanos",
    "uptimenanos",
    "hostname",
    "pid",
    "tid",
    "level",
    "tags",
)
G1 = (
    (15, "gc", "Using G1"),
    (18, "gc,init", "Version: 17.0.15+6-LTS (release)"),
    (18, "gc,init", "CPUs: 4 total, 2 available"),
    (18, "gc,init", "Memory: 2048M"),
    (18, "gc,init", "Heap Region Size: 2M"),
    (18, "gc,init", "Heap Max Capacity: 160M"),
    (1200, "gc,start", "GC(0) Pause Young (Normal) (G1 Evacuation Pause)"),
    (1210, "gc,phases", "GC(0)   Evacuate Collection Set: 9.1ms"),
    (1210, "gc,heap", "GC(0) Eden regions: 8->0(7)"),
    (1210, "gc,heap", "GC(0) Old regions: 1->3"),
    (1210, "gc,heap", "GC(0) Humongous regions: 4->2"),
    (
        1210,
        "gc,metaspace",
        "GC(0) Metaspace: 764K(896K)->765K(896K) NonClass: 683K(768K)->683K(768K) Class: 80K(128K)->80K(128K)",
    ),
    (1210, "gc", "GC(0) Pause Young (Normal) (G1 Evacuation Pause) 8M->3M(160M) 10.255ms"),
    (1210, "gc,cpu", "GC(0) User=0.01s Sys=0.00s Real=0.02s"),
    (1500, "gc,start", "GC(1) Pause Young (Concurrent Start) (Metadata GC Threshold)"),
    (
        1502,
        "gc",
        "GC(1) Pause Young (Concurrent Start) (Metadata GC Threshold) 9M->4M(160M) 2.000ms",
    ),
    (1502, "gc", "GC(2) Concurrent Mark Cycle"),
    (1510, "gc,marking", "GC(2) Concurrent Mark 6.100ms"),
    (1520, "gc", "GC(3) To-space exhausted"),
    (
        1521,
        "gc",
        "GC(3) Pause Young (Mixed) (G1 Preventive Collection) (Evacuation Failure) 159M->159M(160M) 1.500ms",
    ),
    (1530, "gc", "GC(2) Pause Remark 5M->5M(160M) 1.747ms"),
    (1540, "gc", "GC(2) Pause Cleanup 5M->5M(160M) 0.057ms"),
    (1542, "gc", "GC(2) Concurrent Mark Cycle 40.021ms"),
    (1900, "gc,start", "GC(4) Pause Full (System.gc())"),
    (2000, "gc", "GC(4) Pause Full (System.gc()) 150M->30M(160M) 100.500ms"),
    (2100, "gc,heap,exit", "Heap"),
    (
        2100,
        "gc,heap,exit",
        " garbage-first heap   total 163840K, used 30176K [0x00000000f6000000, 0x0000000100000000)",
    ),
)
G1_PAUSES = (
    ("Pause Young (Normal)", "G1 Evacuation Pause", "young", 10.255, 0),
    ("Pause Young (Concurrent Start)", "Metadata GC Threshold", "young", 2.0, 1),
    ("Pause Young (Mixed)", "G1 Preventive Collection", "young", 1.5, 3),
    ("Pause Remark", None, "remark", 1.747, 2),
    ("Pause Cleanup", None, "cleanup", 0.057, 2),
    ("Pause Full", "System.gc()", "full", 100.5, 4),
)


@dataclass
class Told:
    """Stands in for RunDigest."""

    first_line: int
    pauses: list[Pause] = field(default_factory=list)
    cycles: list[Cycle] = field(default_factory=list)
    stalls: list[Stall] = field(default_factory=list)
    safepoints: list[Safepoint] = field(default_factory=list)
    cpus_times: list[CpuTimes] = field(default_factory=list)
    stamps: list[tuple[When, int]] = field(default_factory=list)
    unknown: list[tuple[bytes, int]] = field(default_factory=list)
    regions: list[int] = field(default_factory=list)
    grown: list[int] = field(default_factory=list)
    meta: list[tuple[int, int | None, int | None]] = field(default_factory=list)
    exhausted: list[Place] = field(default_factory=list)
    lines: int = 0
    last_line: int = 0
    has_header: bool = False
    pid: int | None = None
    collector: str | None = None
    jdk: str | None = None
    heap_max_bytes: int | None = None
    region_bytes: int | None = None
    cpus: int | None = None
    memory_bytes: int | None = None
    flags: str | None = None
    exit_place: Place | None = None

    def settle(self) -> None:
        pass

    def seen(self, when: When, line: int) -> None:
        self.stamps.append((when, line))

    def pause(self, event: Pause) -> None:
        self.pauses.append(event)

    def cycle(self, event: Cycle) -> None:
        self.cycles.append(event)

    def stall(self, event: Stall) -> None:
        self.stalls.append(event)

    def safepoint(self, event: Safepoint) -> None:
        self.safepoints.append(event)

    def cpu(self, event: CpuTimes) -> None:
        self.cpus_times.append(event)

    def humongous(self, regions: int, line: int) -> None:  # noqa: ARG002
        self.regions.append(regions)

    def promoted(self, regions: int) -> None:
        self.grown.append(regions)

    def metaspace(self, *sizes: Any) -> None:
        self.meta.append(sizes)

    def no_room(self, place: Place) -> None:
        self.exhausted.append(place)

    def not_understood(self, text: bytes, line: int) -> None:
        self.unknown.append((text, line))


def decorate(
    events: tuple[tuple[int, str, str], ...],
    kinds: tuple[str, ...],
    pid: int = 4711,
    level: str = "info",
) -> bytes:
    """The lines of events (ms of uptime, tags, message) under decorations in the order given."""
    return b"".join(
        _line(uptime, tags, message, kinds, pid, level) for uptime, tags, message in events
    )


def _line(  # noqa: PLR0917
    uptime: int, tags: str, message: str, kinds: tuple[str, ...], pid: int, level: str
) -> bytes:
    epoch = START_MS + uptime
    moment = dt.datetime.fromtimestamp(epoch / 1000, dt.UTC)
    local = moment.astimezone(dt.timezone(dt.timedelta(hours=2)))
    thread = 4712 if message.startswith(("Using", "Version")) else 4720
    texts = {
        "time": local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{epoch % 1000:03d}+0200",
        "utctime": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{epoch % 1000:03d}+0000",
        "uptime": f"{uptime / 1000:.3f}s",
        "timemillis": f"{epoch}ms",
        "uptimemillis": f"{uptime}ms",
        "timenanos": f"{90_000_000_000_000 + uptime * 1_000_000}ns",
        "uptimenanos": f"{uptime * 1_000_000}ns",
        "hostname": "vm-7",
        "pid": str(pid),
        "tid": str(thread),
        "level": level.ljust(5),
        "tags": tags.ljust(12),
    }
    head = "".join(f"[{texts[kind]}]" for kind in kinds)
    return f"{head}{' ' if head else ''}{message}\n".encode()


def told_of(runs: Iterable[object]) -> list[Told]:
    """The digests, which are stand-ins that record."""
    found = list(runs)
    recorded = [run for run in found if isinstance(run, Told)]
    assert len(recorded) == len(found)
    return recorded
