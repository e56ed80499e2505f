"""When what a run is remembered for happened: moments of its longest pauses, streaks and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2o_forensics.model.gc_causes import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from h2o_forensics.model.jvm import Jvm, PauseSample

_ROUNDED_MS = 10.0
"""`Real` is told in hundredths of a second."""


def most(samples: Iterable[PauseSample], of: str) -> PauseSample | None:
    """The sample with the largest value, the first of several."""
    known = [one for one in samples if getattr(one, of) is not None]
    return max(known, key=lambda one: (getattr(one, of), -one.line), default=None)


def longest_of(
    samples: Iterable[PauseSample], is_meant: Callable[[str | None], bool]
) -> PauseSample | None:
    """The longest sample of the causes that are meant."""
    return most([one for one in samples if is_meant(one.cause)], "took_ms")


def moments(jvm: Jvm) -> dict[str, Any]:
    """Columns of `jvms` that end in `_ts`, epoch ms; all but those of the run as a whole."""
    full = [one for one in jvm.pause_samples if one.kind == "full"]
    vain = max(jvm.full_streaks, key=lambda one: one.in_vain, default=None)
    if vain is not None and not vain.in_vain:
        vain = None
    window = jvm.loss.worst_window
    worst = window.epoch_ms if window is not None else None
    stall = max(jvm.stall_samples, key=lambda one: one.took_ms, default=None)
    sync = max(jvm.safepoint_samples, key=lambda one: one.sync_ms or 0, default=None)
    starved = starved_pause(jvm)
    begin = starved.epoch_ms if starved is not None else None
    return {
        "max_full_ts": _epoch(most(full, "took_ms")),
        "asked_ts": _epoch(longest_of(full, asked)),
        "max_after_full_ts": _epoch(most(full, "after_bytes")),
        "vain_ts": vain.epoch_ms if vain is not None else None,
        "vain_to_ts": vain.to_epoch_ms if vain is not None else None,
        "worst_ts": worst,
        "worst_to_ts": worst + round(1000 * window.seconds) if worst and window else None,
        "max_stall_ts": stall.epoch_ms if stall is not None else None,
        "max_sync_ts": sync.epoch_ms if sync is not None else None,
        "starved_ts": _epoch(starved),
        "starved_from_ts": begin - round(starved.took_ms) if begin and starved else None,
    }


def starved_pause(jvm: Jvm) -> PauseSample | None:
    """The pause of which the longest starved `User= Sys= Real=` tells, where it was kept."""
    starved = jvm.starved
    if starved is None or not starved.count:
        return None
    alike = [
        one
        for one in jvm.pause_samples
        if one.real_ms is not None and abs(one.real_ms - starved.max_real_ms) <= _ROUNDED_MS
    ]
    return max(alike, key=lambda one: one.took_ms, default=None)


def _epoch(sample: PauseSample | None) -> int | None:
    return sample.epoch_ms if sample is not None else None
