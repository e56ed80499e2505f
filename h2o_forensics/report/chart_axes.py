"""Axes of charts: a round upper end, and labels at even distances."""

import math
from datetime import datetime, timedelta

from h2o_forensics.report import view
from h2o_forensics.report.jvms_shape import JvmSeries

_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_PARTS = 4
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
_KIB = 1024
_DAY_MS, _MINUTES_MS, _SECONDS_MS = 86_400_000, 600_000, 4_000
_MOST_PLACES = 6
_LOWEST = -4
"""Decades: a pause of 0.1 µs is the shortest any log states."""


def axis_bytes(most: float) -> tuple[float, tuple[str, ...]]:
    """Upper end in bytes, labels from top to bottom."""
    power = 0
    while most >= _KIB and power < len(_UNITS) - 1:
        most /= _KIB
        power += 1
    step = _round_step(most / _PARTS)
    labels = tuple(
        f"{step * part:g} {_UNITS[power]}" if part else "0" for part in range(_PARTS, -1, -1)
    )
    return step * _PARTS * _KIB**power, labels


def axis_share(most: float) -> tuple[float, tuple[str, ...]]:
    """Upper end as a share (1.0 at most), labels from top to bottom."""
    step = min(_round_step(max(most, 0.004) * 100 / _PARTS), 25.0)
    return step * _PARTS / 100, tuple(f"{step * part:g} %" for part in range(_PARTS, -1, -1))


def _round_step(least: float) -> float:
    """The next round number."""
    if least <= 0:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(least))
    return next(step for step in _STEPS if step * scale >= least * 0.999999) * scale


def axis_log(low: float, high: float, most: int) -> tuple[int, int, tuple[str, ...]]:
    """First decade, number of decades (2 to `most`), labels of milliseconds from top to bottom."""
    top = max(math.ceil(math.log10(max(high, 10.0**_LOWEST)) - 1e-9), _LOWEST + 2)
    bottom = max(math.floor(math.log10(max(low, 10.0**_LOWEST)) + 1e-9), top - most, _LOWEST)
    bottom = min(bottom, top - 2)
    return bottom, top - bottom, tuple(_ms(power) for power in range(top, bottom - 1, -1))


def _ms(power: int) -> str:
    if power >= 3:  # noqa: PLR2004 - from 1000 ms on
        return f"{10 ** (power - 3):,} s"
    return f"{10**power} ms" if power >= 0 else f"{10.0**power:g} ms"


def times(series: JvmSeries) -> tuple[str, ...]:
    """Five moments, from the first step to the end of the last one."""
    span = series.offset_ms[-1] + series.width_ms
    steps = [span * part / _PARTS for part in range(_PARTS + 1)]
    if series.from_ is None:
        first = series.from_uptime_ms or 0.0
        return tuple(view.duration(first + at) for at in steps)
    begin = datetime.fromisoformat(series.from_)
    moments = [begin + timedelta(milliseconds=at) for at in steps]
    form = "%m-%d %H:%M" if span >= _DAY_MS else "%H:%M" if span > _MINUTES_MS else "%H:%M:%S"
    if span < _SECONDS_MS:
        return tuple(f"{one:%H:%M:%S}.{one.microsecond // 1000:03}" for one in moments)
    return tuple(f"{one:{form}}" for one in moments)


def axis_between(
    low: float, high: float, most: float | None = None
) -> tuple[float, float, tuple[str, ...]]:
    """Both ends and five labels from left to right, around numbers of any size.

    `most`: what no number of this kind exceeds; the axis ends there rather than beyond.
    """
    least = (high - low) / _PARTS or abs(low) / _PARTS or 1.0
    step = _round_step(least)
    first = math.floor(low / step + 1e-9) * step
    while first + _PARTS * step < high - 1e-9 * step:
        step = _round_step(step * 1.0001)
        first = math.floor(low / step + 1e-9) * step
    if most is not None and high <= most < first + _PARTS * step:
        first = most - _PARTS * step
    places = max(0, min(-math.floor(math.log10(step)) + (_digits(step) > 1), _MOST_PLACES))
    labels = (f"{first + part * step:,.{places}f}" for part in range(_PARTS + 1))
    return first, first + _PARTS * step, tuple("0" if float(one) == 0 else one for one in labels)


def _digits(step: float) -> int:
    """Digits of a round number that count: 2 of 0.25, 1 of 0.2."""
    return len(f"{step:.1e}".partition("e")[0].replace(".", "").rstrip("0"))
