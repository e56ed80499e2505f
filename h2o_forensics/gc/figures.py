"""From a run's digests to the nouns of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2o_forensics.gc.bounds import MAX_BYTES
from h2o_forensics.gc.merge import merge
from h2o_forensics.gc.shown_samples import (
    pause_samples,
    safepoint_samples,
    shown_shapes,
    shown_streaks,
    stall_samples,
)
from h2o_forensics.gc.shown_sums import (
    cpu_figures,
    cycle_figures,
    heap_figures,
    histogram,
    humongous,
    metaspace,
    pause_figures,
    requests,
    safepoint_figures,
    stall_figures,
)
from h2o_forensics.gc.shown_times import Times, buckets, loss, rates
from h2o_forensics.model.jvm import Jvm, JvmFacts

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.gc.join import Run

IN_VAIN_SHARE = 0.8
"""Of the heap: what a collection in vain leaves."""
GROWN_SHARE = 0.75
"""Of the maximum: a heap that got so large has grown to what it can use.

The rest are survivor spaces, of which one is always empty (a third of the young generation, itself
a third of the heap, at most; Parallel).
"""


def figures(run: Run, started: int | None = None) -> Jvm:
    """The figures of a run.

    Args:
        run: its digests.
        started: epoch ms of the JVM's start where the log itself does not say (`started_by` is
            then `banner`).
    """
    for index, part in enumerate(run.parts):
        part.digest.origin.index = index
    whole = merge(part.digest for part in run.parts)
    times = Times(whole, started)
    return Jvm(**_who(run, whole, times), **_measured(whole, times), **_quoted(whole, times))


def _who(run: Run, whole: RunDigest, times: Times) -> dict[str, Any]:
    """Whose run it is, where it was read, and when it was."""
    nodes = {part.node for part in run.parts}
    return {
        "node": nodes.pop() if len(nodes) == 1 else None,
        "run": None,
        "tied_by": None,
        "artifacts": tuple(part.artifact for part in run.parts),
        "sources": tuple(part.path for part in run.parts),
        "pid": whole.pid,
        "collector": whole.collector,
        "jdk": whole.jdk,
        "started": times.started,
        "started_by": times.started_by,
        "first_uptime_ms": times.first_uptime,
        "uptime_ms": times.last_uptime,
        "last_epoch_ms": times.last_epoch,
        "lines": max(whole.lines, whole.shapes.lines),
        "lines_not_understood": whole.shapes.lines,
        "facts": _facts(whole),
    }


def _measured(whole: RunDigest, times: Times) -> dict[str, Any]:
    """Counts, sums and shares."""
    heap_max = _heap_max(whole)
    full_from = None if heap_max is None else IN_VAIN_SHARE * _usable(whole, heap_max)
    vain, vain_ns = (0, 0) if full_from is None else whole.vain.above(full_from)
    return {
        "heap_max_bytes": heap_max,
        "heap_max_stated": _is_stated(whole),
        "pauses": pause_figures(whole),
        "cycles": cycle_figures(whole),
        "stalls": stall_figures(whole),
        "safepoints": safepoint_figures(whole),
        "heap": heap_figures(whole),
        "rates": rates(whole, times),
        "loss": loss(whole, times),
        "full_streaks": shown_streaks(whole, times, full_from),
        "humongous": humongous(whole, heap_max),
        "metaspace": metaspace(whole),
        "starved": cpu_figures(whole),
        "to_space_exhausted": whole.room.failures,
        "requests": requests(whole),
        "in_vain": vain,
        "in_vain_ms": vain_ns / 1e6,
    }


def _heap_max(whole: RunDigest) -> int | None:
    stated = whole.heap_max_bytes
    return stated if _is_stated(whole) else whole.sizes.max_capacity


def _is_stated(whole: RunDigest) -> bool:
    return whole.heap_max_bytes is not None and whole.heap_max_bytes < MAX_BYTES


def _usable(whole: RunDigest, heap_max: int) -> int:
    grown = whole.sizes.max_capacity
    return grown if grown is not None and GROWN_SHARE * heap_max <= grown < heap_max else heap_max


def _quoted(whole: RunDigest, times: Times) -> dict[str, Any]:
    """The run over time, and its events as they stand."""
    return {
        "buckets": buckets(whole, times),
        "histogram": histogram(whole),
        "pause_samples": pause_samples(whole, times),
        "safepoint_samples": safepoint_samples(whole, times),
        "stall_samples": stall_samples(whole, times),
        "not_understood": shown_shapes(whole),
    }


def _facts(whole: RunDigest) -> JvmFacts:
    place = whole.exit_place
    return JvmFacts(
        cpus=whole.cpus,
        memory_bytes=whole.memory_bytes,
        region_bytes=whole.region_bytes,
        flags=whole.flags,
        ended_in_order=place is not None,
        exit_line=None if place is None else place.line,
        exit_source=0 if place is None else whole.exit_origin.index,
        exit_text="" if place is None else place.text.decode("utf-8", "replace"),
        head_lost=not whole.has_header,
    )
