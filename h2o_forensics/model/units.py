"""How sizes, durations and instants are written for people: one spelling in messages and summaries."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = 1024
_UNITS = ("KB", "MB", "GB", "TB", "PB")
_DURATIONS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))
_SECOND, _SHORT = 1000, 10_000
"""Milliseconds: below the first in ms, below the second with a decimal."""


def show_number(value: float) -> str:
    """At most three decimals, none where they are zero."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return f"{value:.3g}" if text in {"0", "-0", ""} else text


def show_bytes(size: float) -> str:
    """Bytes as H2O prints them, 1024 to a KB: `153.5 MB`."""
    if abs(size) < _STEP:
        return f"{size:.0f} bytes"
    for unit in _UNITS:
        size /= _STEP
        if abs(size) < _STEP or unit == _UNITS[-1]:
            return f"{show_number(round(size, 1))} {unit}"
    return ""


def show_duration(ms: float) -> str:
    """Milliseconds as the two largest units: `450 ms`, `2.4 s`, `1 min 20 s`."""
    if abs(ms) < _SECOND:
        return f"{ms:.0f} ms"
    if abs(ms) < _SHORT:
        return f"{show_number(round(ms / _SECOND, 1))} s"
    sign, rest = "-" if ms < 0 else "", round(abs(ms) / _SECOND) * _SECOND
    parts = []
    for size, unit in _DURATIONS:
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
    return sign + " ".join(parts[:2])


def show_time(ms: float) -> str:
    """Epoch milliseconds: `2026-11-22 05:54:54 UTC`; `unknown` where the calendar ends."""
    try:
        return f"{_EPOCH + timedelta(milliseconds=ms):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return "unknown"
