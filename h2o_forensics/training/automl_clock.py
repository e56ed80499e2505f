"""Dates for the times of day of AutoML's event table.

The table has `06:28:37.778` in the server's zone.  Events that state an epoch
(`start_epoch` = 1795328918, in seconds) tell date and zone at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# ".30" is 30 ms: H2O does not pad them.
_TIME = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?")
_DAY = 86_400_000
_QUARTER = 900_000
"""Time zones differ by quarters of an hour."""
_ROUNDING = 60_000
"""The stated epoch is of whole seconds, and a little before the line."""
_BACKWARDS = 3_600_000
"""Lines are in order, but for neighbours written at once; an hour back is midnight."""


def event_times(rows: Sequence[tuple[str | None, int | None]]) -> list[int | None]:
    """Epoch ms, UTC, of each row; None where it has no time, or nothing tells the date.

    Args:
        rows: time of day, and the epoch in seconds that the row states, if it states one.
    """
    running = _running([time for time, _epoch in rows])
    shift = _shift(running, [epoch for _time, epoch in rows])
    return [None if at is None or shift is None else at + shift for at in running]


def _running(times: Sequence[str | None]) -> list[int | None]:
    """Milliseconds since midnight of the first row's day."""
    found: list[int | None] = []
    day, last = 0, 0
    for time in times:
        match = _TIME.fullmatch(time.strip()) if time else None
        if match is None:
            found.append(None)
            continue
        hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3])
        at = ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(match[4] or 0)
        if day + at < last - _BACKWARDS:
            day += _DAY
        last = day + at
        found.append(last)
    return found


def _shift(running: Sequence[int | None], epochs: Sequence[int | None]) -> int | None:
    """From the rows' clock to UTC: the first stated epoch that fits a time zone."""
    for at, epoch in zip(running, epochs, strict=True):
        if at is None or epoch is None:
            continue
        apart = epoch * 1000 - at
        zoned = round(apart / _QUARTER) * _QUARTER
        if abs(apart - zoned) <= _ROUNDING:
            return zoned
    return None
