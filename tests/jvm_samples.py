# ruff: noqa: E501, RUF005 - figures and lines of logs stand here as they are
"""Runs of JVMs made by hand, as `gc.figures` would: one well, one in trouble, one bare."""

from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.evidence import GcAnalysis
from h2o_forensics.model.jvm import (
    Bucket,
    CycleFigures,
    FullStreak,
    HeapFigures,
    HistogramBin,
    Humongous,
    Jvm,
    JvmFacts,
    Loss,
    Metaspace,
    NotUnderstood,
    PauseFigures,
    PauseSample,
    Rates,
    Safepoints,
    SafepointSample,
    Stalls,
    StallSample,
    Starved,
    Window,
)

MIB, GIB = 2**20, 2**30
START = 1_795_338_000_000
"""2026-11-22T09:00:00Z"""


def line_of(phase: str, cause: str, sizes: str, took: float, number: int = 1) -> str:
    return f"[2026-11-22T09:00:0{number % 10}.000+0000][info][gc] GC({number}) Pause {phase} ({cause}) {sizes} {took}ms"


@dataclass
class Wave:
    """A heap that fills and empties: what the buckets of a run hold."""

    steps: int
    width_ms: int = 1000
    heap: int = 4 * GIB
    live: int = 1 * GIB
    full_from: int | None = None
    made: list[Bucket] = field(default_factory=list)

    def buckets(self) -> tuple[Bucket, ...]:
        for at in range(self.steps):
            full = self.full_from is not None and at >= self.full_from
            live = self.live + (self.heap - self.live) * at // (2 * self.steps)
            low = self.heap * 97 // 100 if full else live + (at % 7) * 20 * MIB
            high = self.heap * 99 // 100 if full else min(low + (at % 5 + 5) * 200 * MIB, self.heap)
            paused = 960.0 if full else 12.0 + 30 * (at % 4)
            self.made.append(
                Bucket(
                    uptime_ms=float(at * self.width_ms),
                    epoch_ms=START + at * self.width_ms,
                    width_ms=self.width_ms,
                    pauses=2,
                    paused_ms=paused,
                    max_pause_ms=paused * 0.7,
                    full=1 if full else 0,
                    full_ms=paused if full else 0.0,
                    stalls=0,
                    stall_ms=0.0,
                    max_before_bytes=high,
                    min_after_bytes=low,
                    max_after_bytes=low + 10 * MIB,
                    allocated_bytes=high - low,
                )
            )
        return tuple(self.made)


def sample(took: float, at: float, kind: str = "young", **more: Any) -> PauseSample:
    phase = "Pause Full" if kind == "full" else "Pause Young (Normal)"
    cause = "G1 Compaction Pause" if kind == "full" else "G1 Evacuation Pause"
    fields: dict[str, Any] = {
        "source": 0,
        "line": 10 + round(at),
        "text": line_of("Young (Normal)", cause, "1800M->900M(4096M)", took),
        "uptime_ms": at * 1000,
        "epoch_ms": START + round(at * 1000),
        "phase": phase,
        "cause": cause,
        "kind": kind,
        "generation": None,
        "took_ms": took,
        "before_bytes": 1800 * MIB,
        "after_bytes": 900 * MIB,
        "capacity_bytes": 4 * GIB,
    }
    return PauseSample(**(fields | more))


def healthy(**more: Any) -> Jvm:
    """A server whose G1 does well."""
    fields: dict[str, Any] = {
        "node": None,
        "run": None,
        "tied_by": None,
        "artifacts": ("A1", "A2"),
        "sources": ("logs/gc.log.0", "logs/gc.log"),
        "pid": 4242,
        "collector": "G1",
        "jdk": "17.0.15+6",
        "started": START,
        "started_by": "log",
        "first_uptime_ms": 12.0,
        "uptime_ms": 300_000.0,
        "last_epoch_ms": START + 300_000,
        "heap_max_bytes": 4 * GIB,
        "heap_max_stated": True,
        "lines": 5210,
        "lines_not_understood": 0,
        "pauses": (
            PauseFigures(
                "Pause Young (Normal)", "G1 Evacuation Pause", "young", None,
                412, 9_871.5, 61.2, 22.1, 44.8, 58.0,
            ),
            PauseFigures(
                "Pause Young (Concurrent Start)", "G1 Humongous Allocation", "young", None,
                6, 180.25, 48.1, 28.0, 48.1, 48.1,
            ),
            PauseFigures("Pause Remark", None, "remark", None, 6, 44.1, 11.9, 7.0, 11.9, 11.9),
            PauseFigures("Pause Cleanup", None, "cleanup", None, 6, 2.4, 0.61, 0.38, 0.61, 0.61),
        ),
        "cycles": (CycleFigures("concurrent", "G1 Humongous Allocation", 6, 5_411.0),),
        "stalls": None,
        "safepoints": Safepoints(610, 10_250.4, 41.2, 62.0, 1.1),
        "heap": HeapFigures(2400 * MIB, 1300 * MIB, None, None, None, None),
        "rates": Rates(220.5 * MIB, 1.75 * MIB),
        "loss": Loss(0.0336, None, Window(41_000.0, START + 41_000, 0.0612, 1.0, 88, 0, "text")),
        "full_streaks": (),
        "humongous": Humongous(2 * MIB, 61, 0.0298, 6),
        "metaspace": Metaspace(88 * MIB, 90 * MIB, 1088 * MIB, 0),
        "starved": Starved(0, 0.0, 0.0, 0.0),
        "to_space_exhausted": 0,
        "facts": JvmFacts(16, 64 * GIB, 2 * MIB, "-Xmx4g -XX:+UseG1GC", ended_in_order=True),
        "buckets": Wave(300).buckets(),
        "histogram": tuple(
            HistogramBin("young", float(low), low * 1.02, 50 - abs(22 - low)) for low in range(4, 60)
        )
        + (HistogramBin("remark", 6.9, 7.0, 6), HistogramBin("cleanup", 0.38, 0.39, 6)),
        "pause_samples": tuple(sample(8.0 + (at * 37 % 53), float(at)) for at in range(0, 300, 2)),
        "safepoint_samples": (
            SafepointSample(
                0, 77, '[41.0s][info][safepoint] Safepoint "G1CollectForAllocation", ...',
                41_000.0, START + 41_000, "G1CollectForAllocation", 62.0, 1.1,
            ),
        ),
        "stall_samples": (),
        "not_understood": (),
    }  # fmt: skip
    return Jvm(**(fields | more))


def thrashing(**more: Any) -> Jvm:
    """The heap is full, one full collection follows the other."""
    line = line_of("Full", "G1 Compaction Pause", "4080M->4071M(4096M)", 1203.4)
    fields: dict[str, Any] = {
        "node": "10.0.0.2:54321",
        "run": 1,
        "tied_by": "pid",
        "pauses": (
            PauseFigures(
                "Pause Young (Normal)", "G1 Evacuation Pause", "young", None,
                200, 8_000.0, 310.0, 30.0, 120.0, 300.0,
            ),
            PauseFigures(
                "Pause Full", "G1 Compaction Pause", "full", None,
                120, 141_000.0, 12_203.4, 1_150.0, 1_900.0, 9_000.0,
            ),
            PauseFigures("Pause Full", "System.gc()", "full", None, 4, 2_100.0, 700.0, 500.0, 700.0, 700.0),
        ),
        "heap": HeapFigures(4090 * MIB, 4075 * MIB, 4071 * MIB, 4075 * MIB, 40_000.0, (30_000.0, 50_000.0)),
        "loss": Loss(0.52, None, Window(180_000.0, START + 180_000, 118.5, 0.971, 4011, 1, line)),
        "full_streaks": (
            FullStreak(
                180_000.0, START + 180_000, 300_000.0, START + 300_000, 118, 115_000.0, 0.004,
                4071 * MIB, 1, 4011, line, 112, "G1 Compaction Pause", 1, 4711, line,
            ),
        ),
        "starved": Starved(1, 12_203.4, 800.0, 12_203.4, 1, 3900, "GC(300) User=0.70s Sys=0.10s Real=12.20s"),
        "to_space_exhausted": 9,
        "metaspace": Metaspace(88 * MIB, 90 * MIB, 1088 * MIB, 4),
        "safepoints": None,
        "lines_not_understood": 3,
        "buckets": Wave(300, full_from=180).buckets(),
        "histogram": (
            HistogramBin("young", 28.0, 30.0, 200),
            HistogramBin("full", 1_100.0, 1_150.0, 110),
            HistogramBin("full", 12_000.0, 12_240.0, 1),
        ),
        "pause_samples": (
            *(sample(900.0 + at * 3, float(at), "full") for at in range(180, 300)),
            sample(12_203.4, 250.5, "full", source=1, line=3898, text=line),
            *(sample(20.0 + at % 30, float(at)) for at in range(0, 180, 2)),
        ),
        "not_understood": (NotUnderstood("GC(#) Strange words #", 3, "GC(7) Strange words 1", 0, 51),),
    }  # fmt: skip
    return replace(healthy(), **(fields | more))


def stalled(**more: Any) -> Jvm:
    """Generational ZGC that does not keep up."""
    fields: dict[str, Any] = {
        "collector": "ZGenerational",
        "jdk": "21.0.4",
        "pauses": (
            PauseFigures("Pause Mark Start", None, "mark_start", "minor", 80, 2.1, 0.08, 0.02, 0.05, 0.08),
            PauseFigures("Pause Mark End", None, "mark_end", "major", 12, 0.4, 0.06, 0.03, 0.06, 0.06),
        ),
        "cycles": (
            CycleFigures("minor", "Allocation Rate", 80, 41_000.0),
            CycleFigures("major", "Allocation Stall", 12, 65_000.0),
        ),
        "stalls": Stalls(310, 95_000.0, 2_411.0),
        "loss": Loss(0.00001, 0.18, None),
        "buckets": tuple(
            replace(one, stalls=3, stall_ms=400.0) for one in Wave(300).buckets()
        ),
        "stall_samples": (
            StallSample(
                0, 912, "[91.2s][info][gc] Allocation Stall (http-1) 2411.000ms", 91_200.0,
                START + 91_200, "allocation", "http-1", 2_411.0,
            ),
        ),
        "humongous": None,
        "histogram": (HistogramBin("mark_start", 0.02, 0.021, 80), HistogramBin("mark_end", 0.03, 0.031, 12)),
        "pause_samples": tuple(
            sample(0.02, float(at), "mark_start", before_bytes=None, after_bytes=None) for at in range(90)
        ),
    }  # fmt: skip
    return replace(healthy(), **(fields | more))


def bare(**more: Any) -> Jvm:
    """A log without decorations, cut, of which little was understood."""
    fields: dict[str, Any] = {
        "sources": ("stdout.log",),
        "artifacts": ("A1",),
        "pid": None,
        "collector": None,
        "jdk": None,
        "started": None,
        "started_by": None,
        "first_uptime_ms": None,
        "uptime_ms": None,
        "last_epoch_ms": None,
        "heap_max_bytes": None,
        "heap_max_stated": False,
        "lines": 40,
        "lines_not_understood": 30,
        "pauses": (),
        "cycles": (),
        "safepoints": None,
        "heap": HeapFigures(None, None, None, None, None, None),
        "rates": Rates(None, None),
        "loss": Loss(None, None, None),
        "humongous": None,
        "metaspace": None,
        "starved": None,
        "facts": JvmFacts(head_lost=True),
        "buckets": (),
        "histogram": (),
        "pause_samples": (),
        "safepoint_samples": (),
        "not_understood": (NotUnderstood("GC(#) ???", 30, "GC(1) ???", 0, 1),),
    }
    return replace(healthy(), **(fields | more))


ALL = {"healthy": healthy, "thrashing": thrashing, "stalled": stalled, "bare": bare}


def analysis(*jvms: Jvm, **more: Any) -> GcAnalysis:
    fields: dict[str, Any] = {
        "sources": ("logs",),
        "jvms": jvms,
        "problems": (Problem("A9", "cut", "the archive ends too early", 1),),
        "read": ("logs/notes.txt",),
    }
    return GcAnalysis(**(fields | more))


def hostile(text: str) -> Jvm:
    """Every text of a run is `text`."""
    one = thrashing()
    place = {"text": text}
    return replace(
        one,
        node=text,
        collector=text,
        jdk=text,
        tied_by=text,
        sources=(text, text),
        pauses=tuple(replace(item, phase=text, cause=text, kind=text) for item in one.pauses),
        cycles=(CycleFigures(text, text, 1, 1.0),),
        full_streaks=tuple(replace(item, cause=text, **place) for item in one.full_streaks),
        pause_samples=tuple(
            replace(item, phase=text, cause=text, **place) for item in one.pause_samples
        ),
        safepoint_samples=tuple(
            replace(item, operation=text, **place) for item in one.safepoint_samples
        ),
        stall_samples=(StallSample(0, 1, text, 1.0, 1, text, text, 1.0),),
        histogram=tuple(replace(item, kind=text) for item in one.histogram),
        facts=replace(one.facts, flags=text),
        not_understood=(NotUnderstood(text, 1, text, 0, 1),),
    )
