"""Events of a collector, with what a test does not care about filled in."""

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import CpuTimes, Cycle, Pause, Place, Safepoint, Stall, When
from h2o_forensics.gc.figures import figures
from h2o_forensics.gc.join import Run, Sourced
from h2o_forensics.model.jvm import Jvm

MB = 1 << 20
EPOCH = 1_795_000_000_000
"""Start of the JVM in tests that need one."""


def when(end: float | None, *, epoch: bool = False) -> When:
    if end is None:
        return When(None, None)
    return When(end, EPOCH + round(end) if epoch else None)


def pause(
    end: float | None,
    took: float,
    *,
    kind: str = "young",
    phase: str | None = None,
    cause: str | None = "G1 Evacuation Pause",
    before: int | None = None,
    after: int | None = None,
    capacity: int | None = None,
    gc_id: int | None = None,
    line: int = 1,
    epoch: bool = False,
    old: tuple[int, int] | None = None,
    generation: str | None = None,
) -> Pause:
    """Sizes in MB."""
    if phase is None:
        phase = {"full": "Pause Full", "young": "Pause Young (Normal)"}.get(kind, f"Pause {kind}")
    return Pause(
        phase=phase,
        cause=cause,
        kind=kind,
        generation=generation,
        took_ms=took,
        before=None if before is None else before * MB,
        after=None if after is None else after * MB,
        capacity=None if capacity is None else capacity * MB,
        when=when(end, epoch=epoch),
        gc_id=gc_id,
        place=Place(line, b"[%dms] line %d" % (end or 0, line)),
        old_before=None if old is None else old[0] * MB,
        old_after=None if old is None else old[1] * MB,
    )


def full(
    end: float | None,
    took: float,
    before: int,
    after: int,
    cause: str = "G1 Compaction Pause",
    *,
    capacity: int | None = None,
    gc_id: int | None = None,
    line: int = 1,
) -> Pause:
    return pause(
        end,
        took,
        kind="full",
        cause=cause,
        before=before,
        after=after,
        capacity=capacity,
        gc_id=gc_id,
        line=line,
    )


def cycle(
    end: float | None,
    took: float,
    kind: str = "concurrent",
    *,
    after: int | None = None,
    gc_id: int | None = None,
) -> Cycle:
    size = None if after is None else after * MB
    return Cycle(kind, None, took, size, size, None, when(end), gc_id, Place(1, b""))


def stall(end: float | None, took: float) -> Stall:
    return Stall("allocation", "main", took, when(end), Place(7, b"Allocation Stall (main)"))


def safepoint(
    end: float | None,
    total: float,
    sync: float | None = None,
    operation: str = "G1CollectForAllocation",
    *,
    epoch: bool = False,
) -> Safepoint:
    return Safepoint(operation, total, sync, when(end, epoch=epoch), Place(9, b"Safepoint"))


def cpu(gc_id: int | None, user: float, sys: float, real: float) -> CpuTimes:
    return CpuTimes(gc_id, user, sys, real, Place(8, b"User= Sys= Real="))


def digest(*pauses: Pause, header: bool = False, collector: str | None = "G1") -> RunDigest:
    made = RunDigest(1)
    made.has_header = header
    made.collector = collector
    for one in pauses:
        made.pause(one)
    made.settle()
    return made


def sourced(
    made: RunDigest,
    artifact: str = "A1",
    path: str | None = None,
    *,
    folder: str = "logs",
    node: str | None = None,
) -> Sourced:
    return Sourced(artifact, path or f"{folder}/{artifact}.log", (folder,), node, made)


def jvm(*digests: RunDigest, started: int | None = None) -> Jvm:
    parts = tuple(sourced(made, f"A{i}") for i, made in enumerate(digests))
    return figures(Run(parts), started)
