"""A damaged GC log loses what was damaged, and nothing else; decorations change no figure."""

from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from h2o_forensics.model.jvm import Jvm
from tests import gc_runs

DECORATED = ("cms", "g1", "g1_full", "parallel", "shengen", "zgen")
"""Fixtures with all decorations."""
NUMBER = 12
"""How many there are."""
LEVEL, TAGS = 10, 11
case_names = st.sampled_from(gc_runs.CASES)


class Totals(NamedTuple):
    """What may only shrink when something is cut."""

    pauses: int
    paused_ms: float
    safepoints: int
    cycles: int
    stalls: int


def totals(runs: Iterable[Jvm]) -> Totals:
    found = list(runs)
    return Totals(
        sum(p.count for jvm in found for p in jvm.pauses),
        sum(p.total_ms for jvm in found for p in jvm.pauses),
        sum(jvm.safepoints.count for jvm in found if jvm.safepoints),
        sum(c.count for jvm in found for c in jvm.cycles),
        sum(jvm.stalls.count for jvm in found if jvm.stalls),
    )


def longest(runs: Iterable[Jvm]) -> float:
    return max(p.max_ms for jvm in runs for p in jvm.pauses)


def only_log(case: str) -> bytes:
    (data,) = gc_runs.logs(case).values()
    return data


def lost_at_most_one(whole: Totals, left: Totals, most_ms: float) -> None:
    assert whole.pauses - 1 <= left.pauses <= whole.pauses
    assert whole.paused_ms - most_ms - 0.001 <= left.paused_ms <= whole.paused_ms + 0.001
    assert whole.safepoints - 1 <= left.safepoints <= whole.safepoints
    assert whole.cycles - 1 <= left.cycles <= whole.cycles
    assert whole.stalls - 1 <= left.stalls <= whole.stalls


@settings(max_examples=60)
@given(case=case_names, data=st.data())
def test_cut_at_any_byte_the_two_parts_have_all_but_what_was_cut(
    case: str, data: st.DataObject
) -> None:
    log = only_log(case)
    at = data.draw(st.integers(0, len(log)))
    runs = gc_runs.jvms({"gc.log": log})
    head, tail = gc_runs.jvms({"gc.log": log[:at]}), gc_runs.jvms({"gc.log": log[at:]})
    lost_at_most_one(totals(runs), totals([*head, *tail]), longest(runs))
    unknown = sum(jvm.lines_not_understood for jvm in [*head, *tail])
    assert unknown <= sum(jvm.lines_not_understood for jvm in runs) + 2


@settings(max_examples=60)
@given(case=case_names, data=st.data())
def test_without_any_one_line_at_most_one_event_is_lost(case: str, data: st.DataObject) -> None:
    log = only_log(case)
    lines = log.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    runs = gc_runs.jvms({"gc.log": log})
    rest = gc_runs.jvms({"gc.log": b"".join(lines[:at] + lines[at + 1 :])})
    lost_at_most_one(totals(runs), totals(rest), longest(runs))
    unknown = sum(jvm.lines_not_understood for jvm in rest)
    assert unknown <= sum(jvm.lines_not_understood for jvm in runs) + 2


@settings(max_examples=60)
@given(case=case_names, data=st.data())
def test_garbled_bytes_raise_nothing(case: str, data: st.DataObject) -> None:
    log = bytearray(only_log(case))
    for _ in range(data.draw(st.integers(1, 20))):
        at = data.draw(st.integers(0, len(log) - 1))
        log[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    gc_runs.jvms({"gc.log": bytes(log)})


def redecorated(log: bytes, kept: Iterable[int]) -> bytes:
    """Write the same events with some of their decorations."""
    chosen = sorted(kept)
    lines = []
    for line in log.splitlines():
        *fields, rest = line[1:].split(b"]", NUMBER)
        stripped = b"".join(b"[%b]" % fields[index].removeprefix(b"[") for index in chosen)
        lines.append(stripped + (rest if chosen else rest.removeprefix(b" ")) + b"\n")
    return b"".join(lines)


def events(jvm: Jvm) -> tuple[object, ...]:
    """What no decoration says."""
    return (
        [
            (p.phase, p.cause, p.kind, p.generation, p.count, p.total_ms, p.max_ms)
            for p in jvm.pauses
        ],
        [(c.kind, c.cause, c.count, c.total_ms) for c in jvm.cycles],
        jvm.stalls,
        jvm.safepoints,
        (jvm.heap.max_before_bytes, jvm.heap.max_after_bytes, jvm.heap.after_full_bytes),
        jvm.collector,
        jvm.heap_max_bytes,
    )


def expect_same_events(case: str, kept: Iterable[int]) -> None:
    log = only_log(case)
    (whole,) = gc_runs.jvms({"gc.log": log})
    (same,) = gc_runs.jvms({"gc.log": redecorated(log, kept)})
    assert events(same) == events(whole)
    # Without tags, remarks on other things than collections are no known lines.
    assert same.lines_not_understood <= whole.lines_not_understood + whole.lines // 50


@pytest.mark.parametrize("case", DECORATED)
@pytest.mark.parametrize(
    "kept",
    (
        (),
        *((one,) for one in range(NUMBER)),
        (2, LEVEL, TAGS),
        (0, 2, LEVEL, TAGS),
        (8, 9),
        range(NUMBER),
    ),
    ids=str,
)
def test_usual_decorations_change_no_figure(case: str, kept: Iterable[int]) -> None:
    expect_same_events(case, kept)


@settings(max_examples=60)
@given(case=st.sampled_from(DECORATED), kept=st.frozensets(st.integers(0, NUMBER - 1)))
def test_any_decorations_change_no_figure(case: str, kept: frozenset[int]) -> None:
    expect_same_events(case, kept)


@settings(max_examples=30)
@given(
    case=st.sampled_from(DECORATED),
    first=st.frozensets(st.integers(0, 2)),
    then=st.frozensets(st.integers(0, 2)),
    data=st.data(),
)
def test_decorations_that_change_in_mid_file_change_no_count(
    case: str, first: frozenset[int], then: frozenset[int], data: st.DataObject
) -> None:
    # Tags stay, as they do in files pasted together; what changes is which times there are.
    lines = only_log(case).splitlines(keepends=True)
    at = data.draw(st.integers(1, len(lines) - 1))
    mixed = redecorated(b"".join(lines[:at]), first | {TAGS})
    mixed += redecorated(b"".join(lines[at:]), then | {TAGS})
    whole = totals(gc_runs.jvms({"gc.log": b"".join(lines)}))
    found = totals(gc_runs.jvms({"gc.log": mixed}))
    assert found._replace(paused_ms=0) == whole._replace(paused_ms=0)
    assert found.paused_ms == pytest.approx(whole.paused_ms)
