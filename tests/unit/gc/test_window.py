import random

import pytest

from h2o_forensics.gc import window as module
from h2o_forensics.gc.events import Place
from h2o_forensics.gc.origin import Origin
from h2o_forensics.gc.window import WorstWindow

NOWHERE = (Place(1, b""), Origin())


def window(*spans: tuple[float, float]) -> WorstWindow:
    made = WorstWindow()
    for begin, end in spans:
        made.add((begin, end, *NOWHERE))
    return made


def test_one_pause_is_its_own_window() -> None:
    worst = window((100, 300)).worst
    assert worst is not None
    assert (worst.begin, worst.end, worst.stopped_ms) == (100, 300, 200)


def test_pauses_close_enough_are_one_window() -> None:
    worst = window((0, 950), (1000, 2000), (9000, 9100)).worst
    assert worst is not None
    assert (worst.begin, worst.end, worst.stopped_ms) == (0, 2000, 1950)


def test_short_run_of_the_program_between_two_long_pauses_does_not_end_it() -> None:
    # 300 ms of running in the middle are 3 % of the whole
    worst = window((0, 5000), (5300, 10_000)).worst
    assert worst is not None
    assert worst.length == 10_000


def test_shift_moves_to_another_axis() -> None:
    made = WorstWindow()
    made.include(window((0, 10)), 500.0, 0.0)
    assert made.worst is not None
    assert (made.worst.begin, made.worst.end) == (500, 510)


def test_many_begins_are_thinned_within_the_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(5)  # noqa: S311  (no secret)
    at, spans = 0.0, []
    for i in range(6000):
        calm = (i // 500) % 3 != 1
        took = dice.uniform(20, 200)
        spans.append((at, at + took))
        at += took + (dice.uniform(100, 3000) if calm else dice.uniform(0, 12))
    exact = window(*spans)
    monkeypatch.setattr(module, "MOST", 600)
    thinned = window(*spans)
    assert len(exact._begins) > 1500  # else nothing was thinned
    assert len(thinned._begins) <= 600
    assert thinned.worst is not None
    assert exact.worst is not None
    assert exact.worst.length * 0.98 <= thinned.worst.length <= exact.worst.length
    assert thinned.worst.stopped_ms >= 0.9 * thinned.worst.length - 0.01
