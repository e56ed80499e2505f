import pytest

from h2o_forensics.gc.clock import EPOCH, UPTIME, Clock
from h2o_forensics.gc.events import When

START = 1_795_000_000_000


def test_uptime_is_the_axis_where_events_state_it() -> None:
    clock = Clock()
    clock.see(When(None, START))  # a header line with a date alone
    assert clock.at(When(500.0, START + 500)) == 500
    assert clock.at(When(None, START + 700)) == 700
    assert clock.axis == UPTIME


def test_dates_alone() -> None:
    clock = Clock()
    assert clock.at(When(None, START)) == START
    assert clock.at(When(5.0, None)) is None
    assert (clock.axis, clock.started()) == (EPOCH, None)


def test_start_holds_against_a_clock_that_was_wrong_at_first() -> None:
    clock = Clock()
    for i in range(300):
        off = 3_600_000 if i < 3 else 0
        clock.at(When(i * 100.0, START + i * 100 - off))
    assert clock.started() == START


def test_nothing() -> None:
    clock = Clock()
    assert clock.at(When(None, None)) is None
    assert (clock.axis, clock.first_uptime, clock.last_epoch) == (None, None, None)


def test_first_and_last_hold_against_disorder() -> None:
    clock = Clock()
    for at in (500.0, 400.0, 900.0, 800.0):
        clock.at(When(at, None))
    assert (clock.first_uptime, clock.last_uptime) == (400, 900)


@pytest.mark.parametrize(("mine", "theirs", "shift"), ((1, 0, -START), (0, 1, START), (0, 0, 0)))
def test_shift_between_axes(mine: int, theirs: int, shift: int) -> None:
    clocks = [Clock(), Clock()]
    clocks[0].at(When(None, START + 10))  # by dates
    clocks[1].at(When(10.0, START + 10))  # by uptime, and says when the start was
    assert clocks[mine].shift(clocks[theirs]) == shift
