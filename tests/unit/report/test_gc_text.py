"""GC logs alone, on a terminal."""

import pytest

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
        "HIGH      118 full collections",
        "-> Give the JVM a larger heap",
        "NOT TOLD",
        "Pauses ",
        "Pause Full: G1 Compaction Pause                   120    141 s   12.2 s",
        "Heap        3.99 GB at most",
        "Stopped     52 %",
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
