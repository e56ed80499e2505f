"""Unified logging of each collector: names, causes, generations, cycles and stalls."""

from __future__ import annotations

import pytest

from h2o_forensics.gc.unified import UnifiedParser
from tests.unit.gc.unified_logs import Told, told_of


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2o_forensics.gc.unified_run.RunDigest", Told)


def read(*messages: str) -> Told:
    """What the one run's digest was told of messages under `gc`, a second apart."""
    text = "".join(
        f"[{at}.000s][info][gc          ] {message}\n" for at, message in enumerate(messages, 1)
    ).encode()
    parser = UnifiedParser()
    assert parser.gate(text, len(text))
    parser.read(text, len(text), 1)
    (told,) = told_of(parser.close())
    assert told.unknown == []
    return told


@pytest.mark.parametrize(
    ("name", "phase", "cause", "kind"),
    (
        ("Pause Young (Allocation Failure)", "Pause Young", "Allocation Failure", "young"),
        (
            "Pause Young (Prepare Mixed) (GCLocker Initiated GC)",
            "Pause Young (Prepare Mixed)",
            "GCLocker Initiated GC",
            "young",
        ),
        ("Pause Young (G1 Evacuation Pause)", "Pause Young", "G1 Evacuation Pause", "young"),
        ("Pause Young (Normal)", "Pause Young (Normal)", None, "young"),
        (
            "Pause Initial Mark (G1 Humongous Allocation)",
            "Pause Initial Mark",
            "G1 Humongous Allocation",
            "young",
        ),
        ("Pause Initial Mark", "Pause Initial Mark", None, "initial_mark"),
        ("Pause Mixed (G1 Evacuation Pause)", "Pause Mixed", "G1 Evacuation Pause", "young"),
        (
            "Pause Young (Normal) (G1 Evacuation Pause) (Evacuation Failure: Allocation)",
            "Pause Young (Normal)",
            "G1 Evacuation Pause",
            "young",
        ),
        ("Pause Full (System.gc())", "Pause Full", "System.gc()", "full"),
        ("Pause Full", "Pause Full", None, "full"),
        (
            "Pause Degenerated GC (Outside of Cycle)",
            "Pause Degenerated GC (Outside of Cycle)",
            None,
            "degenerated",
        ),
        (
            "Pause Init Mark (unload classes)",
            "Pause Init Mark (unload classes)",
            None,
            "initial_mark",
        ),
        ("Pause Final Update Refs", "Pause Final Update Refs", None, "other"),
        ("Pause Something Entirely New", "Pause Something Entirely New", None, "other"),
    ),
)
def test_names(name: str, phase: str, cause: str | None, kind: str) -> None:
    for sizes in ("", " 1G->512M(2G)"):
        told = read(f"GC(0) {name}", f"GC(0) {name}{sizes} 1234.567ms")
        (pause,) = told.pauses
        assert (pause.phase, pause.cause, pause.kind, pause.took_ms) == (
            phase,
            cause,
            kind,
            1234.567,
        )
        assert pause.capacity == (2 << 30 if sizes else None)
        assert len(told.exhausted) == ("Evacuation Failure" in name)


@pytest.mark.parametrize(
    ("line", "collector", "sizes"),
    (
        ("ParOldGen: 83456K(87552K)->1158K(87552K)", "Parallel", (83456 << 10, 1158 << 10)),
        ("ParOldGen: 0K->11687K(43712K)", "Parallel", (0, 11687 << 10)),
        ("Tenured: 1K(8K)->2K(8K)", "Serial", (1 << 10, 2 << 10)),
        ("CMS: 0K->11687K(43712K)", "CMS", (0, 11687 << 10)),
    ),
)
def test_old_generation(line: str, collector: str, sizes: tuple[int, int]) -> None:
    told = read(
        "GC(3) Pause Young (Allocation Failure)",
        f"GC(3) {line}",
        "GC(3) Pause Young (Allocation Failure) 9M->3M(61M) 5.160ms",
    )
    assert told.collector == collector
    assert (told.pauses[0].old_before, told.pauses[0].old_after) == sizes
    other = read(f"GC(2) {line}", "GC(3) Pause Young (Allocation Failure) 9M->3M(61M) 5.160ms")
    assert other.pauses[0].old_before is None


def test_cms_cycles_are_the_sum_of_their_phases() -> None:
    told = read(
        "Using Concurrent Mark Sweep",
        "GC(1) Pause Initial Mark 1M->1M(8M) 0.5ms",
        "GC(1) Concurrent Mark",
        "GC(1) Concurrent Mark 10.5ms",
        "GC(2) Pause Young (Allocation Failure) 9M->3M(61M) 5.1ms",
        "GC(1) Pause Remark 3M->3M(61M) 1.0ms",
        "GC(1) Concurrent Sweep 4.0ms",
        "GC(1) Concurrent Reset 0.5ms",
        "GC(3) Concurrent Mark 99.0ms",
        "Promotion failed",
        "GC(4) Pause Full (Allocation Failure) 9M->3M(61M) 5.1ms",
    )
    assert [(one.took_ms, one.gc_id) for one in told.cycles] == [(15.0, 1)]
    assert [one.kind for one in told.pauses] == ["initial_mark", "young", "remark", "full"]
    assert len(told.exhausted) == 1


def test_z_before_generations() -> None:
    told = read(
        "Initializing The Z Garbage Collector",
        "Version: 17.0.15+6 (release)",
        "Max Capacity: 96M",
        "Using The Z Garbage Collector",
        "GC(0) Garbage Collection (System.gc())",
        "GC(0) Pause Mark Start 0.012ms",
        "GC(0) Pause Mark End 0.015ms",
        "GC(0) Pause Relocate Start 0.011ms",
        "GC(0) Max Capacity: 96M(100%)",
        "Allocation Stall (C2 CompilerThread0 (x)) 167.567ms",
        "Relocation Stall (main) 1.5ms",
        "GC(0) Metaspace: 1M used, 2M committed, 1088M reserved",
        "GC(0) Garbage Collection (System.gc()) 26M(10%)->14M(5%)",
        "GC(1) Garbage Collection (Warmup) Aborted",
    )
    assert (told.collector, told.heap_max_bytes, told.jdk) == ("Z", 96 << 20, "17.0.15+6")
    assert [one.kind for one in told.pauses] == ["mark_start", "mark_end", "relocate_start"]
    assert [(one.kind, one.cause, one.took_ms, one.before, one.after) for one in told.cycles] == [
        ("concurrent", "System.gc()", 8000.0, 26 << 20, 14 << 20)
    ]
    assert [(one.what, one.thread, one.took_ms) for one in told.stalls] == [
        ("allocation", "C2 CompilerThread0 (x)", 167.567),
        ("relocation", "main", 1.5),
    ]
    assert told.meta == [(1 << 20, 2 << 20, 1088 << 20)]


def test_generational_z_counts_as_the_jvm_does() -> None:
    told = read(
        "Using The Z Garbage Collector",
        "GC(0) Major Collection (Warmup)",
        "GC(0) Y: Pause Mark Start (Major) 0.1ms",
        "GC(1) Minor Collection (Allocation Rate)",
        "GC(1) y: Pause Mark Start 0.1ms",
        "GC(0) O: Pause Mark End 0.1ms",
        "GC(1) Minor Collection (Allocation Rate) 192M(100%)->148M(77%) 0.732s",
        "GC(0) O: Pause Relocate Start 0.1ms",
        "GC(0) Major Collection (Warmup) 20M(10%)->132M(69%) 1.091s",
    )
    assert told.collector == "ZGenerational"
    assert [one.generation for one in told.pauses] == ["major", "minor", "minor", "major"]
    assert [one.kind for one in told.cycles] == ["minor", "major"]
    assert [one.took_ms for one in told.cycles] == pytest.approx([732, 1091])


def test_shenandoah_tables_are_no_pauses() -> None:
    told = read(
        "Using Shenandoah",
        "Trigger: Learning 1 of 5. Free (50688K) is below initial threshold (51609K)",
        "GC(0) Concurrent reset 14.905ms",
        "GC(0) Pause Init Mark (Young) (unload classes) 0.055ms",
        "GC(0) Concurrent marking (Young) 342.688ms",
        "GC(0) Pause Final Mark (Young) 0.171ms",
        "GC(0) Concurrent cleanup (Young) 31M->30M(64M) 0.207ms",
        "GC(0) Concurrent cleanup (Young) 30M->20M(64M) 0.200ms",
        "Failed to allocate TLAB, 87336B",
        "Cancelling GC: Allocation Failure",
        "GC(1) Pause Degenerated GC (Mark) 50M->40M(64M) 20.0ms",
        "Pause Final Mark (G)  =    0.013 s (a =      171 us) (n =    13)",
        "  Pause Init Mark     =    0.001 s (a =       55 us) (n =    20) (lvls, us =       40)",
    )
    assert told.collector == "GenerationalShenandoah"
    assert [one.kind for one in told.pauses] == ["initial_mark", "final_mark", "degenerated"]
    (cycle,) = told.cycles
    assert cycle.kind == "young"
    assert cycle.took_ms == pytest.approx(358.0)
    assert (cycle.before, cycle.after, cycle.capacity) == (31 << 20, 20 << 20, 64 << 20)


def test_global_collections_are_the_generational_shenandoahs() -> None:
    told = read("Using Shenandoah", "GC(0) Pause Init Mark (Global) (unload classes) 0.055ms")
    assert told.collector == "GenerationalShenandoah"


@pytest.mark.parametrize(
    "line",
    (
        "GC(0)  Capacity:       96M (100%)         96M (100%)         96M (100%)   ",
        "GC(0) Heap before GC invocations=0 (full 0): ZHeap used 4M, capacity 9M, max capacity 96M",
    ),
)
def test_maximum_of_the_first_zs(line: str) -> None:
    told = read("Using The Z Garbage Collector", "GC(0) Garbage Collection (Warmup)", line)
    assert told.heap_max_bytes == 96 << 20
    assert told.unknown == []
