from datetime import UTC, datetime

import pytest

from h2o_forensics.readers.clock import (
    Anchor,
    SettledClock,
    archive_instant,
    assumed_clock,
    settle_from_anchor,
    settle_from_neighbours,
)
from h2o_forensics.readers.h2o_log import minute_of_year


def stamp(text: str) -> int:
    """`MM-dd HH:mm:ss` in ms of the yearless calendar."""
    minute = minute_of_year(text.encode())
    assert minute is not None
    return minute * 60_000 + int(text[12:14]) * 1000


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1000  # type: ignore[arg-type,misc]


def settled(text: str, epoch: int) -> SettledClock:
    clock = settle_from_anchor(Anchor(stamp(text), epoch, "a line"))
    assert clock is not None
    return clock


@pytest.mark.parametrize(
    ("local", "zone", "hours"),
    (
        ("11-22 06:00:05", "+00:00", 0),
        ("11-22 01:00:05", "-05:00", -5),
        ("11-22 02:30:05", "-03:30", -3.5),
        ("11-22 11:45:05", "+05:45", 5.75),
        ("11-22 20:00:05", "+14:00", 14),
    ),
)
def test_zone_from_an_anchor(local: str, zone: str, hours: float) -> None:
    clock = settled(local, ms(2026, 11, 22, 6))
    assert (clock.clock.zone, clock.clock.year, clock.clock.how) == (zone, 2026, "stated")
    assert clock.offset_ms == hours * 3_600_000
    assert clock.epoch(stamp(local)) == ms(2026, 11, 22, 6, 0, 5)


def test_an_anchor_some_minutes_before_its_line() -> None:
    assert settled("11-22 06:13:00", ms(2026, 11, 22, 6)).clock.zone == "+00:00"


def test_a_clock_set_back_between_anchor_and_line() -> None:
    assert settled("11-22 05:59:59", ms(2026, 11, 22, 6)).clock.zone == "+00:00"


def test_an_anchor_that_makes_no_sense_is_none() -> None:
    assert settle_from_anchor(Anchor(stamp("06-22 06:00:00"), ms(2026, 11, 22), "a line")) is None


def test_the_year_rolls_over() -> None:
    clock = settled("12-31 23:50:00", ms(2026, 12, 31, 23, 50))
    assert clock.epoch(stamp("12-31 23:59:59")) == ms(2026, 12, 31, 23, 59, 59)
    assert clock.epoch(stamp("01-01 00:00:01")) == ms(2027, 1, 1, 0, 0, 1)
    assert clock.epoch(stamp("12-20 00:00:00")) == ms(2026, 12, 20)


def test_local_new_year_in_another_zone() -> None:
    clock = settled("12-31 22:00:00", ms(2027, 1, 1, 3))
    assert (clock.clock.zone, clock.clock.year) == ("-05:00", 2026)
    assert clock.epoch(stamp("12-31 22:00:00")) == ms(2027, 1, 1, 3)


@pytest.mark.parametrize("year", (2024, 2026))
def test_days_after_february_fit_in_every_year(year: int) -> None:
    clock = settled("02-01 00:00:00", ms(year, 2, 1))
    assert clock.epoch(stamp("02-28 12:00:00")) == ms(year, 2, 28, 12)
    assert clock.epoch(stamp("03-01 12:00:00")) == ms(year, 3, 1, 12)
    assert clock.epoch(stamp("12-31 12:00:00")) == ms(year, 12, 31, 12)


def test_a_leap_day() -> None:
    clock = settled("02-29 06:00:00", ms(2024, 2, 29, 6))
    assert clock.epoch(stamp("02-29 07:00:00")) == ms(2024, 2, 29, 7)
    assert clock.epoch(None) is None


def test_neighbours_give_zone_and_year() -> None:
    other = settled("11-22 01:00:05", ms(2026, 11, 22, 6))
    clock = settle_from_neighbours([other], [], [])
    assert clock is not None
    assert (clock.clock.zone, clock.clock.year, clock.clock.how) == ("-05:00", 2026, "inferred")


def test_neighbours_that_disagree_give_no_zone() -> None:
    others = [
        settled("11-22 01:00:00", ms(2026, 11, 22, 6)),
        settled("11-22 06:00:00", ms(2026, 11, 22, 6)),
    ]
    clock = settle_from_neighbours(others, [(ms(2026, 11, 22), "a snapshot")], [])
    assert clock is not None
    assert (clock.clock.zone, clock.clock.year, clock.clock.how) == ("+00:00", 2026, "assumed")
    assert "zone assumed" in clock.clock.because


def test_an_access_log_gives_the_year() -> None:
    clock = settle_from_neighbours([], [], [(ms(2020, 8, 12, 5), "the access log x")])
    assert clock is not None
    assert clock.epoch(stamp("08-12 06:00:00")) == ms(2020, 8, 12, 6)
    assert "access log x" in clock.clock.because


def test_nothing_known() -> None:
    assert settle_from_neighbours([], [], []) is None
    clock = assumed_clock(2000)
    assert (clock.clock.how, clock.clock.year) == ("assumed", None)
    assert clock.epoch(stamp("01-01 00:00:00")) == ms(2000, 1, 1)
    assert clock.epoch(stamp("12-31 00:00:00")) == ms(2000, 12, 31)


def test_the_name_of_an_archive_gives_the_day_only() -> None:
    assert archive_instant("x/h2ologs_20261122_054632.zip") == ms(2026, 11, 22)
    assert archive_instant("h2ologs_20269922_054632.zip") is None
    assert archive_instant("other.zip") is None
