"""GC logs alone, on a terminal."""

import pytest
from msgspec.structs import replace

from h2o_forensics.model.jvm import CycleFigures, Jvm, Safepoints, Stalls
from h2o_forensics.report import build_gc_report, gc_to_text
from tests import jvm_samples as samples


@pytest.mark.parametrize("name", samples.ALL)
@pytest.mark.parametrize("width", (60, 80, 100))
def test_fits_the_terminal(name: str, width: int) -> None:
    text = gc_to_text(build_gc_report(samples.analysis(samples.ALL[name]())), width)
    assert all(len(line) <= width for line in text.splitlines())
    assert len(text.splitlines()) <= 130


def test_the_verdict_comes_before_the_numbers() -> None:
    text = gc_to_text(build_gc_report(samples.analysis(samples.thrashing())))
    wanted = [
        "G1, JDK 17.0.15+6, heap up to 4 GB, pid 4242, node 10.0.0.2:54321",
        "logs/gc.log.0, logs/gc.log",
        "2026-11-22 09:00:00 UTC to 2026-11-22 09:05:00 UTC",
        "HIGH      118 full collections in a row at 2026-11-22 09:03:00 UTC, 112 of them in vain,",
        "-> Give the JVM a larger heap",
        "NOT TOLD",
        "Pauses ",
        "Pause Full: G1 Compaction Pause                   120    141 s   12.2 s",
        "All pauses                                        324    151 s   12.2 s",
        "Heap        3.99 GB at most",
        "Stopped     52 %",
        "No room     9 young collections found none for survivors",
        "Longest pauses",
        "12.2 s  09:04:10.500",
        "Not understood: 3 x GC(#) Strange words #",
    ]
    assert [text.find(word) for word in wanted] == sorted(text.index(word) for word in wanted)


def test_several_runs_are_counted_and_a_partial_one_says_so() -> None:
    report = build_gc_report(
        samples.analysis(samples.healthy(), samples.stalled(), partial=("ended by the timeout",))
    )
    text = gc_to_text(report)
    assert text.startswith("PARTIAL REPORT: ended by the timeout")
    assert "JVM 1 of 2: G1" in text
    assert "JVM 2 of 2: Generational ZGC" in text


def test_hostile_text_drives_no_terminal() -> None:
    one = samples.hostile("\x1b]0;owned\x07\u202egpj\nJVM 2 of 2: fake")
    text = gc_to_text(build_gc_report(samples.analysis(one)), color=True)
    assert "\x1b]" not in text
    assert "\u202e" not in text
    assert "\nJVM 2 of 2: fake" not in text


def test_colour_only_on_request() -> None:
    report = build_gc_report(samples.analysis(samples.thrashing()))
    assert "\x1b" not in gc_to_text(report)
    assert "\x1b[1;31mHIGH\x1b[0m" in gc_to_text(report, color=True)


def printed(jvm: Jvm, width: int = 80) -> str:
    return gc_to_text(build_gc_report(samples.analysis(jvm)), width)


def test_nothing_of_a_name_is_cut() -> None:
    text = printed(samples.healthy(sources=tuple(f"logs/{at}/gc.log" for at in range(9))), 60)
    assert " ".join(text.split()).count("logs/8/gc.log") == 1
    assert "Pause Young (Concurrent Start): G1 Humongous Allocation" in " ".join(
        line.strip() for line in text.splitlines()
    ).replace("  ", " ")
    assert "left in order" in text


def test_a_short_run_and_several() -> None:
    text = printed(samples.healthy(uptime_ms=9_000.0))
    assert "TOO SHORT Too short to judge: the log covers 9 s" in text
    assert "No trouble" not in text
    assert " OK " not in text


def test_cycles_are_shown_without_pauses() -> None:
    cycles = (CycleFigures("minor", "Warmup", 3, None), CycleFigures("concurrent", None, 1, 5.0))
    text = printed(samples.bare(cycles=cycles), 100)
    assert "minor concurrent cycles (Warmup)" in text
    assert "  Cycles " in text
    assert "All pauses" not in text


def test_nested_pauses_count_their_time_once() -> None:
    fewer = tuple(replace(one, pauses=0) for one in samples.healthy().buckets[1:])
    first = replace(samples.healthy().buckets[0], pauses=430)
    paused = sum(one.paused_ms for one in (first, *fewer))
    figures = (
        replace(samples.healthy().pauses[0], count=400, total_ms=paused),
        replace(samples.healthy().pauses[1], count=30, total_ms=paused / 2),
    )
    text = printed(samples.healthy(buckets=(first, *fewer), pauses=figures), 100)
    assert "All pauses, nested ones once" in text


def test_words_of_old_versions_and_of_one() -> None:
    old = printed(samples.healthy(jdk="1.6.0_45", collector="CMS", lines=1, to_space_exhausted=1))
    assert "PermGen     88 MB used at the end" in old
    assert "Metaspace" not in old
    assert "1 line," in old
    assert "1 concurrent mode or promotion failure" in old


def test_what_took_less_than_a_ms_did_not_take_0() -> None:
    stops = Safepoints(9, 2.5, 0.25, 0.467, 0.1)
    text = printed(samples.stalled(safepoints=stops, stalls=Stalls(3, 0.9, 0.4)))
    assert "Safepoints  9, 2.5 ms in all, 0.25 ms to reach them, longest 0.467 ms" in text
    assert "the longest 0.4 ms" in " ".join(text.split())
    assert " 0 ms" not in text
