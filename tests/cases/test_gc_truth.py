"""Figures of real logs are what the JVM's management beans said."""

import itertools

import pytest

from benchmarks import gc_lab
from tests import gc_runs


@pytest.mark.parametrize("case", gc_runs.CASES)
def test_counts_causes_and_sums_are_those_of_the_beans(case: str) -> None:
    told = gc_runs.truth(case)
    found = [gc_runs.plain(jvm) for jvm in gc_runs.jvms(gc_runs.logs(case))]
    assert len(found) == len(told)
    contradictions = [
        [
            text
            for one, jvm in zip(told, order, strict=True)
            for text in gc_lab.differences(one, jvm)
        ]
        for order in itertools.permutations(found)
    ]
    assert [] in contradictions, min(contradictions, key=len)


@pytest.mark.parametrize("case", gc_runs.CASES)
def test_the_size_of_blocks_changes_no_figure(case: str) -> None:
    # Only the moment of the start, dated by the first and last line of each block, may be
    # another by a rounding.
    streams = gc_runs.logs(case)
    small, large = gc_runs.jvms(streams, size=700), gc_runs.jvms(streams)
    for one, other in zip(small, large, strict=True):
        assert abs((one.started or 0) - (other.started or 0)) <= 1
        same = ("pauses", "cycles", "stalls", "safepoints", "heap", "lines", "humongous", "facts")
        for field in same:
            assert getattr(one, field) == getattr(other, field), field
