"""What is kept of a run: parts give what the whole gives, and nothing grows with the log."""

import gc
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import Place
from h2o_forensics.gc.figures import figures
from h2o_forensics.gc.join import Run, join_digests
from h2o_forensics.gc.merge import merge
from h2o_forensics.gc.origin import Origin
from h2o_forensics.gc.window import WorstWindow
from h2o_forensics.model.jvm import Jvm
from tests.gc_events import cpu, cycle, digest, jvm, pause, safepoint, sourced, stall

Event = tuple[str, Any]
GAPS = st.one_of(st.integers(4, 60), st.integers(60, 5000), st.just(200_000))


@st.composite
def logs(draw: st.DrawFn, *, most: int = 40) -> list[Event]:
    """Events of one run in order of time, none inside another one."""
    at, events = 0.0, []
    for gc_id in range(draw(st.integers(0, most))):
        took = draw(st.integers(1, 4000)) + 0.25
        at += draw(GAPS) + took
        before = draw(st.integers(10, 100))
        after = draw(st.integers(1, before))
        kind = draw(st.sampled_from(["young", "full", "full", "remark"]))
        sized = kind != "remark"
        one = pause(
            at,
            took,
            kind=kind,
            cause=draw(st.sampled_from([None, "A", "System.gc()"])),
            before=before if sized else None,
            after=after if sized else None,
            capacity=100,
            gc_id=gc_id,
            line=gc_id + 1,
            epoch=True,
            old=(after // 2, after) if kind == "young" else None,
        )
        events.append(("pause", one))
        events += draw(extras(at, gc_id))
    return events


@st.composite
def extras(draw: st.DrawFn, at: float, gc_id: int) -> list[Event]:
    kinds = draw(
        st.lists(st.sampled_from(["safepoint", "stall", "cycle", "cpu", "line"]), max_size=3)
    )
    made: dict[str, Event] = {
        "safepoint": ("safepoint", safepoint(at, draw(st.integers(1, 900)), 1.0)),
        "stall": ("stall", stall(at, draw(st.integers(1, 3)))),
        "cycle": ("cycle", cycle(at, 50.0, after=40, gc_id=gc_id)),
        "cpu": ("cpu", cpu(gc_id, 5.0, 1.0, draw(st.sampled_from([10.0, 2000.0])))),
        "line": ("line", b"Something of %d" % gc_id),
    }
    return [made[kind] for kind in kinds]


def told(events: list[Event], *, header: bool = False) -> RunDigest:
    made = digest(header=header)
    for what, event in events:
        if what == "line":
            made.not_understood(event, 1)
        else:
            getattr(made, what)(event)
    return made


def of(whole: RunDigest) -> Jvm:
    return figures(Run((sourced(whole),)))


def same(one: Jvm, other: Jvm) -> None:
    """Alike but for the last digits of sums of floats."""
    for name in (
        "pauses",
        "cycles",
        "stalls",
        "safepoints",
        "starved",
        "histogram",
        "not_understood",
    ):
        assert getattr(one, name) == getattr(other, name)
    for name in ("full_streaks", "safepoint_samples", "stall_samples", "in_vain", "last_epoch_ms"):
        assert getattr(one, name) == getattr(other, name)
    assert [p.took_ms for p in one.pause_samples] == [p.took_ms for p in other.pause_samples]
    assert one.heap == other.heap
    assert one.rates == other.rates
    assert one.loss.pause_share == pytest.approx(other.loss.pause_share)
    assert one.loss.stall_share == pytest.approx(other.loss.stall_share)
    mine, theirs = one.loss.worst_window, other.loss.worst_window
    assert (mine is None) == (theirs is None)
    if mine is not None and theirs is not None:
        assert mine.seconds == pytest.approx(theirs.seconds)
    assert len(one.buckets) == len(other.buckets)
    for left, right in zip(one.buckets, other.buckets, strict=True):
        assert left.paused_ms == pytest.approx(right.paused_ms)
        assert left.full_ms == pytest.approx(right.full_ms)
        for name in (
            "uptime_ms",
            "width_ms",
            "pauses",
            "full",
            "stalls",
            "allocated_bytes",
            "line",
        ):
            assert getattr(left, name) == getattr(right, name)


@settings(max_examples=60, deadline=None)
@given(logs(), st.data())
def test_parts_give_what_the_whole_gives(events: list[Event], data: st.DataObject) -> None:
    header = data.draw(st.booleans())
    # a line of CPU times stays with its pause: only where they are is a part's end
    ends = [i for i, (what, _) in enumerate(events) if what == "pause"] or [0]
    cuts = sorted(data.draw(st.lists(st.sampled_from(ends), max_size=3)))
    edges = [0, *cuts, len(events)]
    parts = [told(events[a:b], header=header and a == 0) for a, b in pairwise(edges)]
    for part in parts:
        part.has_header = header and part is parts[0]
    if not parts[0].events and header:
        parts[0].has_header = True
    whole = of(told(events, header=header))
    same(of(merge(parts)), whole)
    if len(parts) > 2:
        same(of(merge([parts[0], merge(parts[1:])])), whole)
        same(of(merge([merge(parts[:-1]), parts[-1]])), whole)


@settings(max_examples=40, deadline=None)
@given(logs(most=30), st.data())
def test_order_in_which_parts_are_found_is_irrelevant(
    events: list[Event], data: st.DataObject
) -> None:
    ends = [i for i, (what, _) in enumerate(events) if what == "pause"] or [0]
    cuts = sorted(set(data.draw(st.lists(st.sampled_from(ends), max_size=4))) - {0})
    edges = [0, *cuts, len(events)]
    parts = [sourced(told(events[a:b]), f"A{a}") for a, b in pairwise(edges)]
    runs = join_digests(parts)
    shuffled = join_digests(data.draw(st.permutations(parts)))
    assert [[p.artifact for p in r.parts] for r in runs] == [
        [p.artifact for p in r.parts] for r in shuffled
    ]
    if events:
        assert len(runs) == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.001, 3.6e6), min_size=1, max_size=200), st.sampled_from([50, 95, 99]))
def test_percentiles_are_within_one_percent(lengths: list[float], percent: int) -> None:
    (row,) = jvm(digest(*(pause(None, took) for took in lengths))).pauses
    ordered = sorted(lengths)
    exact = ordered[-(-len(ordered) * percent // 100) - 1]
    got = {50: row.p50_ms, 95: row.p95_ms, 99: row.p99_ms}[percent]
    assert got == pytest.approx(exact, rel=0.01, abs=2e-6)
    assert row.max_ms == pytest.approx(ordered[-1], abs=1e-6)
    assert row.total_ms == pytest.approx(sum(lengths), abs=1e-6 * len(lengths))


def longest(spans: list[tuple[int, int]]) -> int:
    """By trying every pair."""
    best = 0
    for i, (begin, _) in enumerate(spans):
        stopped = 0
        for first, end in spans[i:]:
            stopped += end - first
            if 10 * stopped >= 9 * (end - begin):
                best = max(best, end - begin)
    return best


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 120)), max_size=40), st.integers(0, 40)
)
def test_worst_window_is_the_one_that_trying_all_finds(
    gaps: list[tuple[int, int]], cut: int
) -> None:
    at, spans = 0, []
    for gap, took in gaps:
        spans.append((at + gap, at + gap + took))
        at += gap + took
    parts = [WorstWindow(), WorstWindow()]
    whole = WorstWindow()
    for i, (begin, end) in enumerate(spans):
        for one in (whole, parts[i >= cut]):
            one.add((float(begin), float(end), Place(1, b""), Origin()))
    joined = WorstWindow()
    for part in parts:
        joined.include(part, 0.0, 0.0)
    for one in (whole, joined):
        assert (one.worst.length if one.worst else 0) == longest(spans)


def fed(count: int, seed: int) -> RunDigest:
    """A hostile log: every phase is new, every line has a shape of its own, times jump."""
    dice = random.Random(seed)  # noqa: S311  (no secret)
    made, at = digest(), 0.0
    for i in range(count):
        took = dice.lognormvariate(1, 2)
        at += took + dice.expovariate(1 / 300) + (1e9 if i % 1000 == 999 else 0)
        kind = "full" if dice.random() < 0.3 else "young"
        made.pause(pause(at, took, kind=kind, phase=f"P{i % 3000}", before=9, after=9, gc_id=i))
        made.cpu(cpu(i, 1, 1, 1))
        made.stall(stall(at, dice.expovariate(1 / 50)))
        made.safepoint(safepoint(at, took, 0.5))
        made.cycle(cycle(at, 5.0, f"k{i % 3000}", gc_id=i))
        made.not_understood(b"x" * (i % 190) + b" y" * (i % 7), i)
    return made


def reachable(root: object) -> int:
    """Objects that hold others and hang on this one."""
    seen = {id(root)}
    todo = [root]
    while todo:
        for child in gc.get_referents(todo.pop()):
            if gc.is_tracked(child) and not isinstance(child, type) and id(child) not in seen:
                seen.add(id(child))
                todo.append(child)
    return len(seen)


def test_what_is_kept_does_not_grow_with_the_log() -> None:
    small, large = fed(5_000, 1), fed(20_000, 1)
    assert reachable(large) <= 1.35 * reachable(small)
    assert sum(p.count for p in jvm(large).pauses) == 20_000
    assert jvm(large).lines_not_understood == 20_000
