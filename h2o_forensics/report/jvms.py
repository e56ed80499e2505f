"""From the nouns of a JVM's run to the report's: times as ISO, paths for indexes.

Logs are written by anybody: a number that JSON cannot hold becomes null, one that is no number 0.
"""

import math
from collections.abc import Iterable

from h2o_forensics.model.jvm import FullStreak, Jvm
from h2o_forensics.report import jvms_shape as shape
from h2o_forensics.report.gc_remark import Remark
from h2o_forensics.report.gc_verdict import remarks
from h2o_forensics.report.jvms_series import histogram, num, or_none, points, series, whole
from h2o_forensics.report.moments import iso

MOST_LONGEST = 20
MOST_STREAKS = 100
MOST_SHAPES = 50
LONGEST_LINE = 1000
"""Characters of a quoted line; the file has the rest."""


def jvm_items(jvms: Iterable[Jvm]) -> tuple[shape.JvmItem, ...]:
    """The runs, in the order given."""
    return tuple(_item(jvm) for jvm in jvms)


def _item(jvm: Jvm) -> shape.JvmItem:
    return shape.JvmItem(
        node=jvm.node,
        run=jvm.run,
        tied_by=jvm.tied_by,
        source=jvm.sources,
        pid=whole(jvm.pid),
        collector=jvm.collector,
        jdk=jvm.jdk,
        started=iso(jvm.started),
        started_by=jvm.started_by,
        started_how=jvm.started_how,
        first_uptime_ms=or_none(jvm.first_uptime_ms),
        uptime_ms=or_none(jvm.uptime_ms),
        last=iso(jvm.last_epoch_ms),
        heap_max_bytes=whole(jvm.heap_max_bytes),
        heap_max_stated=jvm.heap_max_stated,
        lines=jvm.lines,
        lines_not_understood=jvm.lines_not_understood,
        pauses=_pauses(jvm),
        cycles=_cycles(jvm),
        stalls=_stalls(jvm),
        safepoints=_safepoints(jvm),
        heap=_heap(jvm),
        rates=_rates(jvm),
        loss=_loss(jvm),
        full_streaks=tuple(_streak(jvm, one) for one in jvm.full_streaks[:MOST_STREAKS]),
        humongous=_humongous(jvm),
        metaspace=_metaspace(jvm),
        starved=_starved(jvm),
        to_space_exhausted=jvm.to_space_exhausted,
        stated=_stated(jvm),
        remarks=tuple(_remark(jvm, one) for one in remarks(jvm)),
        longest_pauses=_longest_pauses(jvm),
        longest_safepoints=_longest_stops(jvm),
        longest_stalls=_longest_stalls(jvm),
        histogram=histogram(jvm),
        series=series(jvm.buckets),
        points=points(jvm),
        not_understood=_unknown(jvm),
    )


def _pauses(jvm: Jvm) -> tuple[shape.JvmPauses, ...]:
    return tuple(
        shape.JvmPauses(
            phase=one.phase,
            cause=one.cause,
            kind=one.kind,
            generation=one.generation,
            count=one.count,
            total_ms=num(one.total_ms),
            max_ms=num(one.max_ms),
            p50_ms=num(one.p50_ms),
            p95_ms=num(one.p95_ms),
            p99_ms=num(one.p99_ms),
        )
        for one in jvm.pauses
    )


def _cycles(jvm: Jvm) -> tuple[shape.JvmCycles, ...]:
    return tuple(
        shape.JvmCycles(one.kind, one.cause, one.count, or_none(one.total_ms)) for one in jvm.cycles
    )


def _rates(jvm: Jvm) -> shape.JvmRates:
    return shape.JvmRates(
        or_none(jvm.rates.allocation_bytes_per_s, 0),
        or_none(jvm.rates.promotion_bytes_per_s, 0),
    )


def _stalls(jvm: Jvm) -> shape.JvmStalls | None:
    one = jvm.stalls
    if one is None:
        return None
    return shape.JvmStalls(one.count, num(one.total_ms), num(one.max_ms))


def _safepoints(jvm: Jvm) -> shape.JvmSafepoints | None:
    one = jvm.safepoints
    if one is None:
        return None
    return shape.JvmSafepoints(
        count=one.count,
        total_ms=num(one.total_ms),
        sync_ms=or_none(one.sync_ms),
        max_ms=num(one.max_ms),
        max_sync_ms=or_none(one.max_sync_ms),
    )


def _heap(jvm: Jvm) -> shape.JvmHeap:
    one = jvm.heap
    interval = one.live_slope_ci95
    sound = interval is not None and all(map(math.isfinite, interval))
    return shape.JvmHeap(
        max_before_bytes=whole(one.max_before_bytes),
        max_after_bytes=whole(one.max_after_bytes),
        after_full_bytes=whole(one.after_full_bytes),
        max_after_full_bytes=whole(one.max_after_full_bytes),
        live_slope_bytes_per_s=or_none(one.live_slope_bytes_per_s, 1),
        live_slope_ci95=(num(interval[0], 1), num(interval[1], 1))
        if interval is not None and sound
        else None,
    )


def _loss(jvm: Jvm) -> shape.JvmLoss:
    one = jvm.loss.worst_window
    window = None
    if one is not None:
        window = shape.JvmWindow(
            from_=iso(one.epoch_ms),
            from_uptime_ms=or_none(one.uptime_ms),
            seconds=num(one.seconds),
            stopped_share=num(one.stopped_share, 4),
            ended_by=_place(jvm, one.source, one.line, one.text),
        )
    return shape.JvmLoss(
        pause_share=or_none(jvm.loss.pause_share, 6),
        stall_share=or_none(jvm.loss.stall_share, 6),
        worst_window=window,
    )


def _streak(jvm: Jvm, one: FullStreak) -> shape.JvmStreak:
    return shape.JvmStreak(
        from_=iso(one.epoch_ms),
        from_uptime_ms=or_none(one.uptime_ms),
        to=iso(one.to_epoch_ms),
        to_uptime_ms=or_none(one.to_uptime_ms),
        count=one.count,
        in_vain=one.in_vain,
        paused_ms=num(one.paused_ms),
        freed_share=or_none(one.freed_share, 4),
        after_bytes=whole(one.after_bytes),
        cause=one.cause,
        begun_by=_place(jvm, one.source, one.line, one.text),
        ended_by=_place(jvm, one.last_source, one.last_line, one.last_text),
    )


def _humongous(jvm: Jvm) -> shape.JvmHumongous | None:
    one = jvm.humongous
    if one is None:
        return None
    return shape.JvmHumongous(
        region_bytes=whole(one.region_bytes),
        peak_regions=whole(one.peak_regions),
        peak_share=or_none(one.peak_share, 4),
        collections=one.collections,
    )


def _metaspace(jvm: Jvm) -> shape.JvmMetaspace | None:
    one = jvm.metaspace
    if one is None:
        return None
    return shape.JvmMetaspace(
        used_bytes=whole(one.used_bytes),
        committed_bytes=whole(one.committed_bytes),
        reserved_bytes=whole(one.reserved_bytes),
        full_count=one.full_count,
    )


def _starved(jvm: Jvm) -> shape.JvmStarved | None:
    one = jvm.starved
    if one is None:
        return None
    return shape.JvmStarved(
        count=one.count,
        real_ms=num(one.real_ms),
        cpu_ms=num(one.cpu_ms),
        max_real_ms=num(one.max_real_ms),
        all_count=one.all_count,
        all_real_ms=num(one.all_real_ms),
        all_cpu_ms=num(one.all_cpu_ms),
        longest=_place(jvm, one.source, one.line, one.text),
    )


def _stated(jvm: Jvm) -> shape.JvmStated:
    one = jvm.facts
    return shape.JvmStated(
        cpus=whole(one.cpus),
        memory_bytes=whole(one.memory_bytes),
        region_bytes=whole(one.region_bytes),
        flags=one.flags,
        ended_in_order=one.ended_in_order,
        head_lost=one.head_lost,
    )


def _remark(jvm: Jvm, one: Remark) -> shape.JvmRemark:
    return shape.JvmRemark(
        severity=one.severity,
        topic=one.topic,
        message=one.message,
        change=one.change,
        place=_place(jvm, one.source, one.line, one.text),
    )


def _longest_pauses(jvm: Jvm) -> tuple[shape.JvmLongPause, ...]:
    ordered = sorted(jvm.pause_samples, key=lambda one: (-num(one.took_ms), one.source, one.line))
    return tuple(
        shape.JvmLongPause(
            path=_path(jvm, one.source),
            line=one.line,
            text=one.text[:LONGEST_LINE],
            time=iso(one.epoch_ms),
            uptime_ms=or_none(one.uptime_ms),
            phase=one.phase,
            cause=one.cause,
            kind=one.kind,
            took_ms=num(one.took_ms),
            before_bytes=whole(one.before_bytes),
            after_bytes=whole(one.after_bytes),
            capacity_bytes=whole(one.capacity_bytes),
            user_ms=or_none(one.user_ms),
            sys_ms=or_none(one.sys_ms),
            real_ms=or_none(one.real_ms),
        )
        for one in ordered[:MOST_LONGEST]
    )


def _longest_stops(jvm: Jvm) -> tuple[shape.JvmLongStop, ...]:
    ordered = sorted(
        jvm.safepoint_samples, key=lambda one: (-num(one.total_ms), one.source, one.line)
    )
    return tuple(
        shape.JvmLongStop(
            path=_path(jvm, one.source),
            line=one.line,
            text=one.text[:LONGEST_LINE],
            time=iso(one.epoch_ms),
            uptime_ms=or_none(one.uptime_ms),
            operation=one.operation,
            total_ms=num(one.total_ms),
            sync_ms=or_none(one.sync_ms),
        )
        for one in ordered[:MOST_LONGEST]
    )


def _longest_stalls(jvm: Jvm) -> tuple[shape.JvmLongStall, ...]:
    ordered = sorted(jvm.stall_samples, key=lambda one: (-num(one.took_ms), one.source, one.line))
    return tuple(
        shape.JvmLongStall(
            path=_path(jvm, one.source),
            line=one.line,
            text=one.text[:LONGEST_LINE],
            time=iso(one.epoch_ms),
            uptime_ms=or_none(one.uptime_ms),
            what=one.what,
            thread=one.thread,
            took_ms=num(one.took_ms),
        )
        for one in ordered[:MOST_LONGEST]
    )


def _unknown(jvm: Jvm) -> tuple[shape.JvmUnknownLines, ...]:
    return tuple(
        shape.JvmUnknownLines(
            shape=one.shape[:LONGEST_LINE],
            count=one.count,
            example=one.example[:LONGEST_LINE],
            path=_path(jvm, one.source),
            line=one.line,
        )
        for one in jvm.not_understood[:MOST_SHAPES]
    )


def _place(jvm: Jvm, source: int, line: int | None, text: str) -> shape.JvmPlace | None:
    if line is None:
        return None
    return shape.JvmPlace(path=_path(jvm, source), line=line, text=text[:LONGEST_LINE])


def _path(jvm: Jvm, source: int) -> str:
    return jvm.sources[source] if 0 <= source < len(jvm.sources) else ""
