"""Counts and sums of a digest as the nouns of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.histogram import add_bins, chart_bins, chart_edges_ms, percentile
from h2o_forensics.gc.slope import slope
from h2o_forensics.model.gc_causes import HUMONGOUS, asked, for_metadata
from h2o_forensics.model.jvm import (
    CycleFigures,
    HeapFigures,
    HistogramBin,
    Humongous,
    Metaspace,
    PauseFigures,
    Safepoints,
    Stalls,
    Starved,
)

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.gc.tally import PauseKey

LOGS_STALLS = ("Z", "ZGenerational")
"""Collectors that log every stall at the level of pauses."""


def _by_name(key: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(part or "" for part in key)


def pause_figures(whole: RunDigest) -> tuple[PauseFigures, ...]:
    """By phase, cause, kind and generation."""
    return tuple(_pause_figures(whole, key) for key in sorted(whole.pauses.of, key=_by_name))


def _pause_figures(whole: RunDigest, key: PauseKey) -> PauseFigures:
    phase, cause, kind, generation = key
    tally = whole.pauses.of[key]
    p50, p95, p99 = (percentile(tally.bins, p, tally.max_ns) / 1e6 for p in (0.5, 0.95, 0.99))
    return PauseFigures(
        phase=phase,
        cause=cause,
        kind=kind,
        generation=generation,
        count=tally.count,
        total_ms=tally.total_ns / 1e6,
        max_ms=tally.max_ns / 1e6,
        p50_ms=round(p50, 6),
        p95_ms=round(p95, 6),
        p99_ms=round(p99, 6),
    )


def cycle_figures(whole: RunDigest) -> tuple[CycleFigures, ...]:
    """By kind and cause."""
    of = whole.cycles.of
    return tuple(
        CycleFigures(kind=kind, cause=cause, count=count, total_ms=None if ns is None else ns / 1e6)
        for (kind, cause), (count, ns) in sorted(of.items(), key=lambda item: _by_name(item[0]))
    )


def stall_figures(whole: RunDigest) -> Stalls | None:
    """None: none were logged, and the collector does not always log them."""
    tally = whole.stalls
    if not tally.count and whole.collector not in LOGS_STALLS:
        return None
    return Stalls(count=tally.count, total_ms=tally.total_ns / 1e6, max_ms=tally.max_ns / 1e6)


def safepoint_figures(whole: RunDigest) -> Safepoints | None:
    """None: safepoints are not logged."""
    sums = whole.safepoints
    if not sums.count:
        return None
    return Safepoints(
        count=sums.count,
        total_ms=sums.total_ns / 1e6,
        sync_ms=None if sums.sync_ns is None else sums.sync_ns / 1e6,
        max_ms=sums.max_ns / 1e6,
        max_sync_ms=None if sums.max_sync_ns is None else sums.max_sync_ns / 1e6,
    )


def heap_figures(whole: RunDigest) -> HeapFigures:
    """What the heap held, and its trend."""
    slots = whole.series.slots
    full = [(slot.low_full[1], slot.low_full[0]) for slot in slots.values() if slot.low_full]
    old = [(slot.low_old[1], slot.low_old[0]) for slot in slots.values() if slot.low_old]
    trend = slope(full) or slope(old)
    sizes = whole.sizes
    return HeapFigures(
        max_before_bytes=sizes.max_before,
        max_after_bytes=sizes.max_after,
        after_full_bytes=sizes.after_full,
        max_after_full_bytes=sizes.max_after_full,
        live_slope_bytes_per_s=None if trend is None else round(trend.per_s, 3),
        live_slope_ci95=None if trend is None else (round(trend.low, 3), round(trend.high, 3)),
    )


def humongous(whole: RunDigest, heap_max: int | None) -> Humongous | None:
    """None: the log says nothing of humongous objects."""
    peak, region = whole.room.humongous_regions, whole.region_bytes
    caused = sum(t.count for key, t in whole.pauses.of.items() if key[1] == HUMONGOUS)
    if peak is None and not caused:
        return None
    known = peak is not None and region is not None and heap_max
    return Humongous(
        region_bytes=region,
        peak_regions=peak,
        peak_share=(peak or 0) * (region or 0) / (heap_max or 1) if known else None,
        collections=caused,
    )


def metaspace(whole: RunDigest) -> Metaspace | None:
    """None: the log says nothing of the room for classes."""
    used, committed, reserved = whole.room.metaspace or (None, None, None)
    full = sum(
        tally.count
        for (_, cause, kind, _), tally in whole.pauses.of.items()
        if kind == "full" and for_metadata(cause)
    )
    full += sum(count for key, (count, _) in whole.cycles.of.items() if for_metadata(key[1]))
    if used is None and not full:
        return None
    return Metaspace(
        used_bytes=used, committed_bytes=committed, reserved_bytes=reserved, full_count=full
    )


def cpu_figures(whole: RunDigest) -> Starved | None:
    """None: CPU times are not logged."""
    sums = whole.cpu_sums
    if not sums.all_count:
        return None
    worst = sums.worst
    return Starved(
        count=sums.count,
        real_ms=round(sums.real_ms, 3),
        cpu_ms=round(sums.cpu_ms, 3),
        max_real_ms=0.0 if worst is None else worst.real_ms,
        source=0 if sums.worst_origin is None else sums.worst_origin.index,
        line=None if worst is None else worst.place.line,
        text="" if worst is None else worst.place.text.decode("utf-8", "replace"),
        all_count=sums.all_count,
        all_real_ms=round(sums.all_real_ms, 3),
        all_cpu_ms=round(sums.all_cpu_ms, 3),
    )


def requests(whole: RunDigest) -> int:
    """Of ZGC a cycle, of all others a pause bears the cause."""
    cycles = whole.cycles.of if whole.collector in LOGS_STALLS else {}
    return whole.requests.count + sum(cycles[key][0] for key in cycles if asked(key[1]))


def histogram(whole: RunDigest) -> tuple[HistogramBin, ...]:
    """Pauses by kind and length."""
    kinds: dict[str, dict[int, int]] = {}
    for (_, _, kind, _), tally in whole.pauses.of.items():
        add_bins(kinds.setdefault(kind, {}), chart_bins(tally.bins))
    return tuple(
        HistogramBin(kind=kind, from_ms=low, to_ms=high, count=kinds[kind][index])
        for kind in sorted(kinds)
        for index in sorted(kinds[kind])
        for low, high in [chart_edges_ms(index)]
    )
