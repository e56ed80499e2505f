"""Kept events of a digest as the nouns of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.model.jvm import (
    FullStreak,
    NotUnderstood,
    PauseSample,
    SafepointSample,
    StallSample,
)

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.gc.events import Place
    from h2o_forensics.gc.origin import Origin
    from h2o_forensics.gc.samples import PauseEntry
    from h2o_forensics.gc.shown_times import Times
    from h2o_forensics.gc.streaks import Streak

MAX_SHAPES = 50


def _text(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def pause_samples(whole: RunDigest, times: Times) -> tuple[PauseSample, ...]:
    """Kept pauses as they came."""
    return tuple(_pause(entry, times) for entry in whole.samples.in_order())


def _pause(entry: PauseEntry, times: Times) -> PauseSample:
    event, cpu = entry.event, entry.cpu
    uptime, epoch = times.of(event.when)
    return PauseSample(
        source=entry.origin.index,
        line=event.place.line,
        text=_text(event.place.text),
        uptime_ms=uptime,
        epoch_ms=epoch,
        phase=event.phase,
        cause=event.cause,
        kind=event.kind,
        generation=event.generation,
        took_ms=event.took_ms,
        before_bytes=event.before,
        after_bytes=event.after,
        capacity_bytes=event.capacity,
        user_ms=None if cpu is None else cpu.user_ms,
        sys_ms=None if cpu is None else cpu.sys_ms,
        real_ms=None if cpu is None else cpu.real_ms,
    )


def safepoint_samples(whole: RunDigest, times: Times) -> tuple[SafepointSample, ...]:
    """The longest stops as they came."""
    out = []
    for kept in whole.safepoint_samples.in_order():
        event = kept.event
        uptime, epoch = times.of(event.when)
        out.append(
            SafepointSample(
                source=kept.origin.index,
                line=event.place.line,
                text=_text(event.place.text),
                uptime_ms=uptime,
                epoch_ms=epoch,
                operation=event.operation,
                total_ms=event.total_ms,
                sync_ms=event.sync_ms,
            )
        )
    return tuple(out)


def stall_samples(whole: RunDigest, times: Times) -> tuple[StallSample, ...]:
    """The longest stalls as they came."""
    out = []
    for kept in whole.stall_samples.in_order():
        event = kept.event
        uptime, epoch = times.of(event.when)
        out.append(
            StallSample(
                source=kept.origin.index,
                line=event.place.line,
                text=_text(event.place.text),
                uptime_ms=uptime,
                epoch_ms=epoch,
                what=event.what,
                thread=event.thread,
                took_ms=event.took_ms,
            )
        )
    return tuple(out)


def shown_streaks(
    whole: RunDigest, times: Times, full_from: float | None
) -> tuple[FullStreak, ...]:
    """Streaks as they came; `full_from`: bytes from which on the heap counts as full."""
    return tuple(_streak(streak, times, full_from) for streak in whole.streaks.in_order())


def _streak(streak: Streak, times: Times, full_from: float | None) -> FullStreak:
    uptime, epoch = times.of(streak.begin)
    to_uptime, to_epoch = times.of(streak.to)
    first, last = _placed(streak.first_place), _placed(streak.last_place)
    return FullStreak(
        uptime_ms=None if uptime is None else uptime - streak.first_ms,
        epoch_ms=None if epoch is None else round(epoch - streak.first_ms),
        to_uptime_ms=to_uptime,
        to_epoch_ms=to_epoch,
        count=streak.count,
        paused_ms=streak.paused_ns / 1e6,
        freed_share=streak.freed / streak.before if streak.before else None,
        after_bytes=streak.after,
        source=first[0],
        line=first[1],
        text=first[2],
        last_source=last[0],
        last_line=last[1],
        last_text=last[2],
        in_vain=0 if full_from is None else streak.vain.above(full_from)[0],
        cause=streak.cause,
    )


def _placed(at: tuple[Place, Origin] | None) -> tuple[int, int | None, str]:
    return (0, None, "") if at is None else (at[1].index, at[0].line, _text(at[0].text))


def shown_shapes(whole: RunDigest) -> tuple[NotUnderstood, ...]:
    """The most frequent shapes."""
    of = whole.shapes.of
    return tuple(
        NotUnderstood(
            shape=shape,
            count=of[shape][0],
            example=_text(of[shape][1]),
            line=of[shape][2],
            source=of[shape][3].index,
        )
        for shape in sorted(of, key=lambda shape: (-of[shape][0], shape))[:MAX_SHAPES]
    )
