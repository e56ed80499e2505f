"""The verdict on a run: what it says of the sick, and that it leaves the well alone."""

from typing import Any

import pytest
from msgspec.structs import replace

from h2o_forensics.model.jvm import (
    CycleFigures,
    FullStreak,
    HeapFigures,
    HistogramBin,
    Humongous,
    Jvm,
    JvmFacts,
    Loss,
    Metaspace,
    PauseFigures,
    Rates,
    Safepoints,
    Stalls,
    Starved,
    Window,
)
from h2o_forensics.report.gc_remark import Remark
from h2o_forensics.report.gc_verdict import remarks
from tests import jvm_samples as samples
from tests.jvm_samples import GIB, MIB


def said(jvm: Jvm) -> dict[str, Remark]:
    return {one.topic: one for one in remarks(jvm)}


def pause(took: float, count: int = 1, **more: Any) -> PauseFigures:
    fields: dict[str, Any] = {"phase": "Pause Young (Normal)", "cause": None, "kind": "young"}
    numbers = {"total_ms": took * count, "max_ms": took, "p50_ms": took, "p95_ms": took}
    return PauseFigures(
        **(fields | {"generation": None, "count": count, "p99_ms": took} | numbers | more)
    )


def test_a_healthy_run_has_one_sentence() -> None:
    (only,) = remarks(samples.healthy())
    assert only.severity == "ok"
    assert only.message == (
        "No trouble found: 430 pauses, the longest took 61.2 ms, 3.4 % of the time."
    )


@pytest.mark.parametrize(
    "more",
    (
        {"pauses": (pause(1_260.0, 3),)},  # a busy machine
        {"pauses": (pause(770.0, 3, phase="Pause Full", kind="full"),)},  # metaspace at the start
        {"safepoints": Safepoints(600, 14_000.0, 300.0, 900.0, 700.0)},
        {"heap": HeapFigures(4 * GIB, 3 * GIB, 2 * GIB, 2 * GIB, 1e6, (-1e6, 3e6))},
        {"humongous": Humongous(2 * MIB, 400, 0.2, 60)},
        {"to_space_exhausted": 1},
        {"metaspace": Metaspace(88 * MIB, 90 * MIB, 1088 * MIB, 2)},
    ),
)
def test_what_a_busy_machine_does_is_no_trouble(more: dict[str, Any]) -> None:
    found = remarks(samples.healthy(**more))
    assert {one.severity for one in found} <= {"ok", "low"}
    assert found[0].severity in {"ok", "low"}


def test_thrash_is_told_first_with_its_line() -> None:
    found = remarks(samples.thrashing())
    assert (found[0].severity, found[0].topic) == ("high", "thrash")
    for words in (
        "118 full collections",
        "112 of them in vain",
        "1 min 55 s",
        "freed 0.4 %",
        "3.98 GB",
        "heap of 4 GB",
    ):
        assert words in found[0].message
    assert (found[0].source, found[0].line) == (1, 4011)
    assert "heap too small" not in said(samples.thrashing())
    order = ["high", "medium", "low", "unknown"]
    ranks = [order.index(one.severity) for one in found]
    assert ranks == sorted(ranks)


def test_long_pauses_and_stretches() -> None:
    window = Window(1000.0, samples.START, 45.0, 0.93, 7, 0, "x")
    long = samples.healthy(pauses=(pause(2_500.0, 9),), loss=Loss(0.05, None, None))
    assert said(long)["long pauses"].severity == "medium"
    worse = samples.healthy(pauses=(pause(30_116.0),), loss=Loss(0.05, None, None))
    assert said(worse)["long pauses"].severity == "high"
    stretch = said(samples.healthy(loss=Loss(0.05, None, window)))["long pauses"]
    assert stretch.severity == "high"
    assert "93 % of 45 s" in stretch.message


def test_shares_count_only_where_the_log_covers_enough() -> None:
    lost = Loss(0.6, None, None)
    assert said(samples.healthy(loss=lost))["pause share"].severity == "high"
    cut = samples.healthy(loss=lost, first_uptime_ms=290_000.0, facts=JvmFacts(head_lost=True))
    assert "pause share" not in said(cut)
    whole = samples.healthy(loss=lost, first_uptime_ms=290_000.0)  # its first pause came late
    assert said(whole)["pause share"].severity == "high"
    dated = samples.healthy(loss=lost, first_uptime_ms=None, uptime_ms=None)
    assert said(dated)["pause share"].severity == "high"
    assert "pause share" not in said(replace(dated, buckets=()))


def test_a_single_pause_makes_no_share() -> None:
    one = samples.healthy(pauses=(pause(21_000.0),), loss=Loss(0.6, None, None))
    assert ("pause share" in said(one), said(one)["long pauses"].severity) == (False, "high")
    own = pause(21_000.0, phase="Full GC", kind="full")
    cms = samples.healthy(collector="CMS", pauses=(own,), to_space_exhausted=1)
    assert "-XX:CMSInitiatingOccupancyFraction" in (said(cms)["long pauses"].change or "")


def test_a_full_heap_and_what_to_give() -> None:
    heap = HeapFigures(4 * GIB, 4 * GIB, 3700 * MIB, 3700 * MIB, None, None)
    one = said(samples.healthy(heap=heap))["heap too small"]
    assert "90 % of the heap's 4 GB" in one.message
    assert "7.23 GB" in (one.change or "")
    assert "heap too small" not in said(samples.healthy(heap=heap, heap_max_stated=False))


def test_growth_is_told_only_when_it_is_sure() -> None:
    rate = GIB / 36_000
    sure = HeapFigures(3 * GIB, 3 * GIB, 3 * GIB, 3 * GIB, rate, (rate / 2, rate * 2))
    one = said(samples.healthy(heap=sure, uptime_ms=7_200_000.0))["growth"]
    assert one.severity == "medium"
    assert "102 MB an hour" in one.message
    assert "full in 10 h 0 min" in one.message
    unsure = replace(sure, live_slope_ci95=(-1.0, rate * 2))
    assert "growth" not in said(samples.healthy(heap=unsure))


def test_explicit_collections() -> None:
    own = pause(500.0, 4, phase="Pause Full", cause="System.gc()", kind="full")
    assert said(samples.healthy(pauses=(own,)))["System.gc()"].severity == "low"
    heavy = replace(own, max_ms=9_000.0, total_ms=20_000.0)
    assert said(samples.healthy(pauses=(heavy,)))["System.gc()"].severity == "medium"
    assert "System.gc()" not in said(samples.healthy(pauses=(replace(own, count=2, max_ms=90.0),)))


@pytest.mark.parametrize(
    ("collector", "words"),
    (("G1", "to-space"), ("CMS", "concurrent mode"), ("Parallel", "promotion failed")),
)
def test_no_room_in_the_words_of_the_collector(collector: str, words: str) -> None:
    one = said(samples.healthy(collector=collector, to_space_exhausted=4))["no room"]
    assert words in one.message
    assert one.message.startswith("4 ")


def test_stalls_starvation_and_safepoints() -> None:
    assert said(samples.stalled())["stalls"].severity == "high"
    few = samples.stalled(loss=Loss(0.0, 0.01, None), stalls=Stalls(3, 40.0, 20.0))
    assert said(few)["stalls"].severity == "low"
    starved = said(samples.thrashing())["CPU time"]
    assert "1 pause took 12.2 s of wall time for 800 ms of CPU time" in starved.message
    slow = said(samples.healthy(safepoints=Safepoints(600, 40_000.0, 25_000.0, 12_000.0, 11_500.0)))
    assert slow["time to safepoint"].severity == "high"
    assert "other stops" not in slow  # the same time is not told twice
    more = said(samples.healthy(safepoints=Safepoints(600, 70_000.0, 25_000.0, 12_000.0, 11_500.0)))
    assert "34.9 s outside of collections" in more["other stops"].message


def test_degenerated_and_allocation() -> None:
    own = pause(40.0, 12, phase="Pause Degenerated GC (Mark)", kind="degenerated")
    one = said(samples.healthy(collector="Shenandoah", pauses=(own,)))["degenerated cycles"]
    assert one.severity == "medium"
    rates = Rates(3.0 * GIB, None)
    assert "3 GB a second" in said(samples.healthy(rates=rates))["allocation rate"].message


def test_nothing_understood_is_not_no_pauses() -> None:
    found = said(samples.bare())
    assert {one.severity for one in found.values()} == {"unknown"}
    assert "30 of 40 lines (75 %)" in found["lines not understood"].message
    assert "No pause is in this log (40 lines" in found["no pauses"].message
    assert "no dates" in found["clock"].message


@pytest.mark.parametrize(
    "more",
    (
        {"loss": Loss(0.37, None, None), "uptime_ms": 9_000.0},
        {"first_uptime_ms": 295_000.0, "facts": JvmFacts(head_lost=True)},
    ),
)
def test_a_run_too_short_to_judge_is_not_well(more: dict[str, Any]) -> None:
    first, *rest = remarks(samples.healthy(**more))
    assert first.severity == "short"
    assert first.message.startswith("Too short to judge: the log covers ")
    assert "430 pauses, the longest took 61.2 ms" in first.message
    assert not [one for one in rest if one.severity in {"ok", "high", "medium"}]


def test_without_times_nothing_is_well() -> None:
    times = {"uptime_ms": None, "first_uptime_ms": None, "last_epoch_ms": None, "buckets": ()}
    found = remarks(samples.healthy(**times))
    assert {one.severity for one in found} == {"unknown"}
    assert found[0].message.startswith("Cannot be judged: the log holds no times. 430 pauses")


def test_stalls_of_a_start_are_not_judged_by_their_share() -> None:
    short = samples.stalled(stalls=Stalls(49, 782.0, 46.0), uptime_ms=2_030.0)
    found = remarks(short)
    assert found[0].severity == "short"
    assert "threads stalled for 18 %" in found[0].message
    assert said(short)["stalls"].severity == "low"
    assert said(replace(short, uptime_ms=60_000.0))["stalls"].severity == "high"


def full_run(cause: str, after: int = 200 * MIB, **more: Any) -> Jvm:
    """Forty full collections in a row, 20 s together, that free nothing."""
    own = pause(500.0, 40, phase="Pause Full", kind="full", cause=cause)
    streak = FullStreak(
        100_000.0, None, 121_000.0, None, 40, 20_000.0, 0.0, after, 0, 5, "x", 0, cause
    )
    heap = HeapFigures(after, after, after, after, None, None)
    fields = {"pauses": (own,), "full_streaks": (streak,), "heap": heap, "metaspace": None}
    return samples.healthy(**(fields | {"loss": Loss(0.07, None, None)} | more))


def test_room_for_classes_is_no_thrash() -> None:
    flags = JvmFacts(flags="-XX:MaxHeapSize=4294967296 -XX:MaxMetaspaceSize=104857600")
    room = Metaspace(100 * MIB - 100, None, None, 40)
    found = said(full_run("Last ditch collection", facts=flags, metaspace=room))
    assert "thrash" not in found
    assert found["metaspace"].severity == "high"
    assert "100 MB are in use of 100 MB allowed" in found["metaspace"].message
    change = found["metaspace"].change or ""
    assert "-XX:MaxMetaspaceSize (100 MB is set)" in change
    assert "A larger heap (-Xmx) does not help" in change
    assert not [one for one in found.values() if "give the collector more room" in str(one.change)]
    threshold = said(full_run("Metadata GC Threshold"))
    assert (threshold["metaspace"].severity, "thrash" in threshold) == ("high", False)


def test_the_permanent_generation_has_its_own_name_and_option() -> None:
    one = said(full_run("Permanent Generation Full", jdk="1.7.0_80-b15", collector="Parallel"))
    assert "-XX:MaxPermSize" in (one["permanent generation"].change or "")
    assert "Metaspace" not in (one["permanent generation"].change or "")


def test_a_loop_of_requests_is_no_thrash() -> None:
    found = said(full_run("System.gc()"))
    assert ("thrash" in found, found["System.gc()"].severity) == (False, "high")
    assert "40 collections (System.gc())" in found["System.gc()"].message
    both = (
        pause(20.0, 31, cause="System.gc()"),
        pause(90.0, 31, cause="System.gc()", kind="full", phase="Pause Full"),
    )
    parallel = said(samples.healthy(collector="Parallel", pauses=both))["System.gc()"]
    assert "asked for 31 collections" in parallel.message


def test_full_collections_that_leave_room_are_no_thrash() -> None:
    assert "thrash" not in said(full_run("Allocation Failure", after=GIB))
    assert said(full_run("Allocation Failure", after=3900 * MIB))["thrash"].severity == "high"


def test_cpu_time_that_many_short_pauses_did_not_get() -> None:
    none = Starved(0, 0.0, 0.0, 0.0, all_count=60, all_real_ms=4_630.0, all_cpu_ms=150.0)
    short = said(samples.healthy(starved=none, uptime_ms=11_000.0))
    assert short["CPU time"].severity == "medium"
    assert "4.63 s of wall time for 150 ms of CPU time" in short["CPU time"].message
    lost = said(samples.healthy(starved=none, loss=Loss(0.3, None, None)))
    assert "CPU time" in (lost["pause share"].change or "")
    assert "-Xmx" not in (lost["pause share"].change or "")
    usual = replace(none, all_cpu_ms=3_000.0)
    assert "CPU time" not in said(samples.healthy(starved=usual))


def test_how_many_pauses_were_long_is_not_how_many_are_kept() -> None:
    figures = (pause(2_500.0, 4_072), pause(20.0, 10_000))
    kept = tuple(samples.sample(2_400.0, float(at)) for at in range(1_000))
    bins = (HistogramBin("young", 1_995.0, 2_512.0, 4_072), HistogramBin("young", 15.85, 20, 9))
    many = samples.healthy(pauses=figures, pause_samples=kept, histogram=bins)
    assert "about 4,072 pauses took 2 s or more" in said(many)["long pauses"].message
    few = replace(many, pauses=(pause(2_500.0, 3),), pause_samples=kept[:3])
    assert "; 3 pauses took 2 s or more" in said(few)["long pauses"].message


def test_more_lines_not_understood_than_lines() -> None:
    one = said(samples.bare(lines=20, lines_not_understood=164))["lines not understood"]
    assert "164 of 164 lines (100 %)" in one.message
    assert "1 line was" in said(samples.bare(lines=1, lines_not_understood=1))[
        "lines not understood"
    ].message.replace("1 of 1 line (100 %) was", "1 line was")


def test_cycles_without_pauses_are_told() -> None:
    only = samples.bare(cycles=(CycleFigures("concurrent", "Warmup", 1, 5.0),))
    assert "only 1 concurrent cycle: pauses are not" in said(only)["no pauses"].message


def test_a_complete_log_without_a_pause_is_well() -> None:
    whole = samples.bare(lines_not_understood=0, facts=JvmFacts(ended_in_order=True))
    found = said(whole)
    assert found["verdict"].severity == "ok"
    assert "no collection was needed" in found["verdict"].message
    assert "no pauses" not in found
