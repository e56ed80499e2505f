"""Time zones as the tz database knows them: what the user names, and when clocks are changed.

Local stamps alone cannot tell a clock that was changed from a node that stood still, or from files
put together; the calendar of the zones can.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from h2o_forensics.errors import SettingsError

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?")
_MAX_HOURS, _HOUR_MINUTES = 14, 60
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CALENDARS = (
    "Europe/London", "Europe/Berlin", "Europe/Athens", "Atlantic/Azores", "Africa/Cairo",
    "Asia/Jerusalem", "Asia/Beirut", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Anchorage", "America/Halifax", "America/St_Johns",
    "America/Havana", "America/Santiago", "Australia/Sydney", "Australia/Adelaide",
    "Australia/Lord_Howe", "Pacific/Auckland",
)  # fmt: skip
"""One zone for each way to set clocks forward and back that is in use."""
_SLACK_MS = 5_000
"""Records of several threads are not strictly in order."""


class Change(Struct, frozen=True):
    """The moment at which local time of a node was set forward or back."""

    at_ms: int
    """Epoch ms."""
    delta_ms: int
    """Added to local time minus UTC; negative: clocks went back."""
    why: str


def read_zone(text: str) -> tzinfo:
    """A zone the user names: `Europe/Berlin`, `UTC`, `+02:00`, `-0530`, `UTC+2`.

    Raises:
        SettingsError: there is no such zone.
    """
    match = _OFFSET.fullmatch(text.strip())
    if match is not None:
        hours, minutes = int(match[2]), int(match[3] or 0)
        if hours > _MAX_HOURS or minutes >= _HOUR_MINUTES:
            raise SettingsError(f"--timezone {text}: an offset is between -14:00 and +14:00")
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if match[1] == "-" else offset)
    zone = find_zone(text.strip())
    if zone is None:
        raise SettingsError(
            f"--timezone {text}: no such time zone; give an IANA name such as Europe/Berlin, "
            "UTC, or an offset such as +02:00"
        )
    return zone


def find_zone(name: str) -> tzinfo | None:
    """A zone by its name in the tz database."""
    if name.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, no name at all, a directory
        return None


def offset_at(zone: tzinfo, epoch_ms: int) -> int:
    """Local time minus UTC, in ms."""
    offset = zone.utcoffset((_EPOCH + timedelta(milliseconds=epoch_ms)).astimezone(zone))
    return 0 if offset is None else offset // timedelta(milliseconds=1)


def offset_at_local(zone: tzinfo, local_ms: int) -> int:
    """As `offset_at`, for local ms since 1970; the earlier one where local time repeats."""
    naive = _EPOCH.replace(tzinfo=None) + timedelta(milliseconds=local_ms)
    offset = zone.utcoffset(naive)
    return 0 if offset is None else offset // timedelta(milliseconds=1)


def changes_of(zone: tzinfo, begin_ms: int, end_ms: int, why: str) -> list[Change]:
    """All changes of a zone between two instants."""
    found = []
    at, offset = begin_ms, offset_at(zone, begin_ms)
    while at < end_ms:
        following = min(at + _DAY_MS, end_ms)
        after = offset_at(zone, following)
        if after != offset:
            moment = _moment(zone, at, following)
            found.append(Change(moment, after - offset, why))
        at, offset = following, after
    return found


def _moment(zone: tzinfo, low: int, high: int) -> int:
    """The first ms of the offset that holds at `high`."""
    offset = offset_at(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, middle) == offset:
            high = middle
        else:
            low = middle
    return high


def known_change(
    offset_ms: int | None, before_ms: int, after_ms: int, delta_ms: int, within_ms: int
) -> Change | None:
    """The change in the calendar of a zone that explains two neighbouring local stamps.

    Args:
        offset_ms: local time minus UTC at the first of them; None: not known.
        before_ms: the first stamp, as local ms since 1970.
        after_ms: the second one.
        delta_ms: what is to be added to the offset between them.
        within_ms: how much time may have passed.
    """
    if not -_SLACK_MS <= after_ms - before_ms - delta_ms <= within_ms:
        return None
    for name in _CALENDARS:
        zone = find_zone(name)
        if zone is None:
            continue
        offset = offset_at_local(zone, before_ms) if offset_ms is None else offset_ms
        begin = before_ms - offset - _SLACK_MS
        end = after_ms - offset - delta_ms + _SLACK_MS
        if (offset_at(zone, begin), offset_at(zone, end)) == (offset, offset + delta_ms):
            return Change(_moment(zone, begin, end), delta_ms, f"as in {name}")
    return None
