"""A run over time and by duration, in as many numbers as a chart can show.

Logs are written by anybody: a number that JSON cannot hold becomes null, one that is no number 0.
"""

import math
from collections.abc import Callable, Iterable, Sequence

from h2o_forensics.model.jvm import Bucket, Jvm, PauseSample
from h2o_forensics.report import jvms_shape as shape
from h2o_forensics.report.moments import iso

MOST_STEPS = 240
"""Of a series: what a chart of the usual width can show."""
MOST_POINTS = 400
_MAX_INT = 2**63
BINS_A_DECADE = 5
"""The run's own are ten (or more) a decade: two make one of these, and their edges coincide."""
_ROUNDED = 0.01
"""Edges are rounded: one just below a step is the step."""


def histogram(jvm: Jvm) -> tuple[shape.JvmBin, ...]:
    """The bins put together to five a decade: 1, 1.585, 2.512, 3.981, 6.31, 10 ms."""
    counts: dict[tuple[str, int], int] = {}
    for one in jvm.histogram:
        at = math.log10(max(one.from_ms, 1e-6)) * BINS_A_DECADE
        step = math.floor(at + _ROUNDED)
        counts[one.kind, step] = counts.get((one.kind, step), 0) + one.count
    return tuple(
        shape.JvmBin(kind, _edge(step), _edge(step + 1), count)
        for (kind, step), count in sorted(counts.items())
    )


def _edge(step: int) -> float:
    return float(f"{10 ** (step / BINS_A_DECADE):.4g}")


def series(buckets: Sequence[Bucket]) -> shape.JvmSeries | None:
    """At most `MOST_STEPS` steps: neighbours are put together where there are more."""
    stamped = [(at, one) for one in buckets if (at := _begin(one)) is not None]
    if not stamped:
        return None
    stamped.sort(key=lambda pair: pair[0])
    first = stamped[0][0]
    span = stamped[-1][0] - first + max(stamped[-1][1].width_ms, 1)
    step = max(1, *(one.width_ms for _, one in stamped))
    width = step * -(-span // (step * MOST_STEPS))
    groups: dict[int, list[Bucket]] = {}
    for at, one in stamped:
        groups.setdefault((at - first) // width, []).append(one)
    begin, parts = stamped[0][1], list(groups.values())
    return shape.JvmSeries(
        from_=iso(begin.epoch_ms),
        from_uptime_ms=or_none(begin.uptime_ms),
        width_ms=width,
        offset_ms=tuple(index * width for index in groups),
        pauses=tuple(sum(one.pauses for one in part) for part in parts),
        paused_ms=tuple(num(sum(one.paused_ms for one in part)) for part in parts),
        max_pause_ms=tuple(num(max(one.max_pause_ms for one in part)) for part in parts),
        full=tuple(sum(one.full for one in part) for part in parts),
        full_ms=tuple(num(sum(one.full_ms for one in part)) for part in parts),
        stalls=tuple(sum(one.stalls for one in part) for part in parts),
        stall_ms=tuple(num(sum(one.stall_ms for one in part)) for part in parts),
        max_before_bytes=tuple(_of(max, (one.max_before_bytes for one in part)) for part in parts),
        min_after_bytes=tuple(_of(min, (one.min_after_bytes for one in part)) for part in parts),
        max_after_bytes=tuple(_of(max, (one.max_after_bytes for one in part)) for part in parts),
        allocated_bytes=tuple(_of(sum, (one.allocated_bytes for one in part)) for part in parts),
    )


def _of(choose: Callable[[list[int]], int], values: Iterable[int | None]) -> int | None:
    """What `choose` makes of the known values; None where none is known."""
    known = [value for one in values if (value := whole(one)) is not None]
    return whole(choose(known)) if known else None


def _begin(one: Bucket) -> int | None:
    """Where a bucket lies: by uptime (it never jumps), else by the clock."""
    if one.uptime_ms is not None and math.isfinite(one.uptime_ms):
        return round(one.uptime_ms)
    return one.epoch_ms


def points(jvm: Jvm) -> shape.JvmPoints:
    """The longest pauses that have a time, in order of time."""
    begins = [at for one in jvm.buckets if (at := _begin(one)) is not None]
    if not begins:
        return shape.JvmPoints(False, (), (), (), (), ())  # noqa: FBT003 - a noun's field
    by_uptime = any(one.uptime_ms is not None for one in jvm.buckets)
    stamped = [
        (at, one) for one in jvm.pause_samples if (at := _moment(one, by_uptime)) is not None
    ]
    longest = sorted(stamped, key=lambda pair: (-num(pair[1].took_ms), pair[0]))[:MOST_POINTS]
    ordered = sorted(longest, key=lambda pair: (pair[0], pair[1].source, pair[1].line))
    first = min(begins)
    return shape.JvmPoints(
        all=len(ordered) == sum(one.count for one in jvm.pauses),
        offset_ms=tuple(max(at - first, 0) for at, _ in ordered),
        took_ms=tuple(num(one.took_ms) for _, one in ordered),
        kind=tuple(one.kind for _, one in ordered),
        before_bytes=tuple(whole(one.before_bytes) for _, one in ordered),
        after_bytes=tuple(whole(one.after_bytes) for _, one in ordered),
    )


def _moment(one: PauseSample, by_uptime: bool) -> int | None:  # noqa: FBT001 - a choice of clocks
    if not by_uptime:
        return one.epoch_ms
    if one.uptime_ms is None or not math.isfinite(one.uptime_ms):
        return None
    return round(one.uptime_ms)


def num(value: float, digits: int = 3) -> float:
    """The value rounded; 0 for what is no number."""
    return round(value, digits) if math.isfinite(value) else 0.0


def or_none(value: float | None, digits: int = 3) -> float | None:
    """The value rounded; None for what is no number."""
    return round(value, digits) if value is not None and math.isfinite(value) else None


def whole(value: int | None) -> int | None:
    """The value; None for one beyond 64 bits."""
    return value if value is not None and abs(value) < _MAX_INT else None
