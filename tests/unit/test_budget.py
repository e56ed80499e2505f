import pytest

from h2o_forensics.budget import READING_SHARE, Budget, resident_bytes


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_without_limits_nothing_ends() -> None:
    budget = Budget()
    assert budget.stop_reading() is None
    assert budget.end_reading() is None
    assert budget.stop_judging() is None


def test_reading_leaves_time_to_judge() -> None:
    clock = Clock()
    budget = Budget(seconds=10, now=clock)
    clock.at += 50
    budget.begin()
    clock.at += 10 * READING_SHARE
    assert budget.stop_reading() is None
    clock.at += 0.1
    assert budget.stop_reading() == "the time limit was reached (--timeout 10)"
    assert budget.stop_judging() is None
    clock.at += 10
    assert budget.stop_judging() == "the time limit was reached (--timeout 10)"


def test_a_limit_that_was_reached_stays_reached() -> None:
    held = [2**30]
    budget = Budget(memory_mb=100, resident=lambda: held[0])
    assert budget.stop_reading() == "the memory limit was reached (--max-memory 100)"
    held[0] = 0
    assert budget.stop_reading() is not None
    assert budget.end_reading() is not None
    assert budget.stop_judging() is None  # rules hold little


@pytest.mark.parametrize(("held", "full"), ((70, False), (80, True), (None, False)))
def test_memory_is_left_for_what_follows_reading(held: int | None, *, full: bool) -> None:
    budget = Budget(memory_mb=100, resident=lambda: held and held * 2**20)
    assert (budget.stop_reading() is not None) is full


def test_an_interrupt_ends_what_goes_on_and_not_what_follows() -> None:
    budget = Budget()
    budget.interrupt()
    assert budget.stop_reading() == "interrupted (Ctrl-C)"
    assert budget.end_reading() == "interrupted (Ctrl-C)"
    assert budget.stop_judging() is None


def test_an_interrupt_after_reading_ends_judging() -> None:
    budget = Budget()
    assert budget.stop_reading() is None
    assert budget.end_reading() is None
    budget.interrupt()
    assert budget.stop_judging() == "interrupted (Ctrl-C)"


def test_memory_of_this_process_is_known() -> None:
    held = resident_bytes()
    assert held is not None
    assert 2**20 < held < 2**40
