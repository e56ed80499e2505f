"""Year and zone of yearless local stamps, per node, from anchors in the evidence.

The decision is kept and shown.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.model.artifact import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable

_DAY_MS = 86_400_000
_FIRST_MS, _LAST_MS = -62_000_000_000_000, 253_000_000_000_000
_FIRST_YEAR, _LAST_YEAR = 4, 9988
"""In the years 5 and 9987: room for the years beside them."""
_FEB_29_END = 60 * _DAY_MS
_QUARTER_MS = 15 * 60_000
_MAX_ZONE_MS = 14 * 3_600_000
_CLOCK_STEP_MS = 5_000
"""A clock that is set back between the anchor and its line must not cost a quarter of an hour."""
_LOOK_BACK_MS = 30 * _DAY_MS
"""A record may be this much older than its node's anchor before the year after is assumed."""
_LOOK_BACK_FROM_END_MS = 335 * _DAY_MS
"""As above, where the instant is of evidence that was gathered after the record."""
YEAR_MS = 366 * _DAY_MS
"""Stamps are counted in a leap year's calendar; with a year they are `year * YEAR_MS + stamp`."""
_ARCHIVE_STAMP = re.compile(r"h2ologs_(\d{4})(\d\d)(\d\d)_\d{6}")


class Anchor(Struct, frozen=True):
    """A local stamp of a node whose absolute time is known."""

    stamp_ms: int
    epoch_ms: int
    what: str
    line: int = 0
    """Where it stands in its artifact; -1: not known."""
    outer: bool = False
    """The time was put before the line by what carried it: just after it was printed."""


class SettledClock(Struct, frozen=True):
    """Turns stamps of one node into epoch ms."""

    offset_ms: int
    """Local time minus UTC."""
    anchor_ms: int
    """An instant (epoch ms) near which the records lie; decides the year."""
    clock: Clock
    look_back_ms: int = _LOOK_BACK_MS
    """A record may be this much older than `anchor_ms`."""

    @property
    def skew_ms(self) -> int:
        """How much the clock is ahead of the other nodes'; part of `offset_ms`."""
        return self.clock.skew_ms or 0

    def epoch(self, stamp_ms: int | None) -> int | None:
        """Epoch ms of a stamp: one with its year, or a yearless one."""
        if stamp_ms is None:
            return None
        if stamp_ms >= YEAR_MS:
            year, rest = divmod(stamp_ms, YEAR_MS)
            return in_year(rest, year) - self.offset_ms
        year = year_of(self.anchor_ms)
        for candidate in (year - 1, year, year + 1):
            moment = in_year(stamp_ms, candidate) - self.offset_ms
            if moment >= self.anchor_ms - self.look_back_ms:
                return moment
        return in_year(stamp_ms, year) - self.offset_ms

    def epoch_of_local(self, local_ms: int) -> int:
        """Epoch ms of a local stamp that states its year."""
        return local_ms - self.offset_ms


def in_year(stamp_ms: int, year: int) -> int:
    """A stamp counted in a leap year's calendar, as local ms since 1970 of `year`."""
    year = min(max(year, _FIRST_YEAR), _LAST_YEAR)
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return start + stamp_ms - (0 if leap or stamp_ms < _FEB_29_END else _DAY_MS)


def zone_text(offset_ms: int) -> str:
    """`+05:30`."""
    minutes = abs(offset_ms) // 60_000
    return f"{'-' if offset_ms < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def settle_from_anchor(anchor: Anchor) -> SettledClock | None:
    """A clock whose zone and year the log itself states; None when the anchor makes no sense."""
    year = year_of(anchor.epoch_ms)
    best = min(
        (
            in_year(anchor.stamp_ms, candidate) - anchor.epoch_ms
            for candidate in (year - 1, year, year + 1)
        ),
        key=abs,
    )
    # The anchor is taken some seconds before its line is printed (a starved start: minutes).
    slack = _QUARTER_MS // 2 if anchor.outer else _CLOCK_STEP_MS
    offset = ((best + slack) // _QUARTER_MS) * _QUARTER_MS
    if abs(offset) > _MAX_ZONE_MS:
        return None
    local_year = year_of(anchor.epoch_ms + offset)
    return SettledClock(
        offset, anchor.epoch_ms, Clock(zone_text(offset), local_year, "stated", anchor.what)
    )


def settle_from_neighbours(
    others: Iterable[SettledClock],
    instants: Iterable[tuple[int, str]],
    local_instants: Iterable[tuple[int, str]],
) -> SettledClock | None:
    """A clock for a node without an anchor.

    Args:
        others: clocks of other nodes of the case: their zone is taken over when they agree.
        instants: (epoch ms, what) known from other evidence: JSON snapshots, file times.
        local_instants: (local ms since 1970, what) known from this node's access log.
    """
    settled = sorted(others, key=lambda one: one.anchor_ms)
    offsets = sorted({one.offset_ms for one in settled})
    offset = offsets[0] if len(offsets) == 1 else 0
    zone_why = (
        "zone taken over from the other nodes" if len(offsets) == 1 else "zone assumed to be UTC"
    )
    for local_ms, what in local_instants:
        how = "inferred" if len(offsets) == 1 else "assumed"
        moment = local_ms - offset
        return SettledClock(
            offset,
            moment,
            Clock(zone_text(offset), year_of(local_ms), how, f"year from {what}; {zone_why}"),
        )
    for moment, what in instants:
        how = "inferred" if len(offsets) == 1 else "assumed"
        because = f"year from {what}; {zone_why}"
        return SettledClock(
            offset,
            moment,
            Clock(zone_text(offset), year_of(moment + offset), how, because),
            _LOOK_BACK_FROM_END_MS,
        )
    if settled:
        because = f"year taken over from the other nodes; {zone_why}"
        year = year_of(settled[0].anchor_ms + offset)
        return SettledClock(
            offset, settled[0].anchor_ms, Clock(zone_text(offset), year, "inferred", because)
        )
    return None


def assumed_clock(year: int) -> SettledClock:
    """When nothing states a year: stamps are shown in a stated assumption."""
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000 + _LOOK_BACK_MS
    because = "no line, file name or snapshot states the year or the zone"
    return SettledClock(0, start, Clock("+00:00", None, "assumed", because))


def archive_instant(path: str) -> int | None:
    """The day in the name of H2O's log download; its hour is of a 12-hour clock and not used."""
    match = _ARCHIVE_STAMP.search(path)
    if match is None:
        return None
    try:
        day = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
    except ValueError:
        return None
    return int(day.timestamp()) * 1000


def year_of(ms: int) -> int:
    """The year of milliseconds since 1970; damaged stamps end at what a calendar knows."""
    return datetime.fromtimestamp(min(max(ms, _FIRST_MS), _LAST_MS) // 1000, UTC).year
