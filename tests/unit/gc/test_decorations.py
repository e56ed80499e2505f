"""Decorations of unified logging: every subset, any order, told from a line."""

from __future__ import annotations

import itertools

import pytest

from h2o_forensics.gc.decorations import NONE, learn
from tests.unit.gc.unified_logs import G1, ORDER, START_MS, decorate


@pytest.mark.parametrize(
    "kinds", (*itertools.combinations(ORDER, 1), *itertools.combinations(ORDER, 2), ORDER)
)
def test_stamp_says_what_the_decorations_state(kinds: tuple[str, ...]) -> None:
    lines = decorate(G1, kinds).splitlines()
    layout = learn(lines[0], lines)
    assert layout is not None
    stamp = layout.stamp(lines[12])
    assert stamp is not None
    assert lines[12][stamp.end :].startswith(b"GC(0) Pause Young")
    if {"uptime", "uptimemillis", "uptimenanos"} & set(kinds):
        assert stamp.when.uptime_ms == 1210.0
    else:
        assert stamp.when.uptime_ms is None
    assert stamp.when.epoch_ms == (
        START_MS + 1210 if {"time", "utctime", "timemillis"} & set(kinds) else None
    )
    assert stamp.pid == (4711 if "pid" in kinds else None)
    assert stamp.level == (b"info" if "level" in kinds else None)
    assert stamp.tags == (b"gc" if "tags" in kinds else None)


def test_none_has_no_brackets() -> None:
    assert learn(b"GC(0) Pause Young (Normal) (G1 Evacuation Pause) 8M->3M(160M) 1.2ms") is NONE


def test_order_of_decorations_is_free() -> None:
    kinds = ("tags", "level", "pid", "uptime")
    line = decorate(G1, kinds).splitlines()[0]
    layout = learn(line)
    assert layout is not None
    assert layout.kinds == kinds


def test_lone_number_is_a_thread_if_the_starting_one_never_collects() -> None:
    lines = decorate(G1, ("uptime", "tid")).splitlines()
    layout = learn(lines[0], lines)
    assert layout is not None
    assert layout.kinds == ("uptime", "tid")


@pytest.mark.parametrize(
    "text", (b"[a b][c d][e f] GC(0) x", b"[1][2][3] GC(0) x", b"[info][debug] GC(0) x")
)
def test_brackets_that_the_jvm_never_writes_are_no_decorations(text: bytes) -> None:
    assert learn(text) is None


@pytest.mark.parametrize(
    "date",
    (
        b"2026-13-01T00:00:00.000+0000",
        b"2026-00-00T99:99:99.000+9999",
        b"0000-01-01T00:00:00.000+0000",
    ),
)
def test_impossible_date_is_no_date(date: bytes) -> None:
    layout = learn(b"[2026-11-22T05:47:55.525+0000] Using G1")
    assert layout is not None
    stamp = layout.stamp(b"[" + date + b"] Using G1")
    assert stamp is not None
    assert stamp.when.epoch_ms is None or stamp.when.epoch_ms > 0
