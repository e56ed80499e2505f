"""The verdict on a run: what it says of the sick, and that it leaves the well alone."""

from typing import Any

import pytest
from msgspec.structs import replace

from h2o_forensics.model.jvm import (
    HeapFigures,
    Humongous,
    Jvm,
    Loss,
    Metaspace,
    PauseFigures,
    Rates,
    Safepoints,
    Stalls,
    Window,
)
from h2o_forensics.report.gc_unknown import LEGACY, UNIFIED, wanted_flags
from h2o_forensics.report.gc_verdict import Remark, remarks
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
        {"loss": Loss(0.4, None, None), "uptime_ms": 9_000.0},  # only just started
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
    cut = samples.healthy(loss=lost, first_uptime_ms=290_000.0)
    assert said(cut)["pause share"].severity == "low"
    dated = samples.healthy(loss=lost, first_uptime_ms=None, uptime_ms=None)
    assert said(dated)["pause share"].severity == "high"
    assert said(replace(dated, buckets=()))["pause share"].severity == "low"


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
    assert "4 times" in one.message


def test_stalls_starvation_and_safepoints() -> None:
    assert said(samples.stalled())["stalls"].severity == "high"
    few = samples.stalled(loss=Loss(0.0, 0.01, None), stalls=Stalls(3, 40.0, 20.0))
    assert said(few)["stalls"].severity == "low"
    starved = said(samples.thrashing())["CPU time"]
    assert "12.2 s of wall time for 800 ms of CPU time" in starved.message
    slow = said(samples.healthy(safepoints=Safepoints(600, 40_000.0, 25_000.0, 12_000.0, 11_500.0)))
    assert slow["time to safepoint"].severity == "high"
    assert "other stops" in slow


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
    ("jdk", "flags"),
    (
        ("1.8.0_401-b10", LEGACY),
        ("8u402", LEGACY),
        ("7", LEGACY),
        ("17.0.9", UNIFIED),
        (None, UNIFIED),
    ),
)
def test_the_flags_that_would_tell_are_those_of_the_jdk(jdk: str | None, flags: str) -> None:
    assert wanted_flags(samples.bare(jdk=jdk)) == flags
    assert flags in (said(samples.bare(jdk=jdk))["safepoints"].change or "")
