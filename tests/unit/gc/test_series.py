from h2o_forensics.gc.series import MOST, Series


def test_stretch_is_spread_over_its_buckets() -> None:
    series = Series()
    series.paused(500, 3250)
    got = {begin: slot.paused_ms for begin, slot in series.in_order()}
    assert got == {0: 500, 1000: 1000, 2000: 1000, 3000: 250}


def test_width_doubles_while_there_are_too_many() -> None:
    series = Series()
    for second in range(MOST + 1):
        series.at(second * 1000.0).pauses += 1
    assert series.width == 2000
    assert sum(slot.pauses for _, slot in series.in_order()) == MOST + 1


def test_long_gap_costs_nothing() -> None:
    series = Series()
    series.at(0.0)
    series.at(1e15)
    assert series.width == 1000
    assert len(series.slots) == 2


def test_absurd_stretch_is_bounded() -> None:
    series = Series()
    series.spread(0, 1e15, "stall_ms")
    assert len(series.slots) <= MOST
    assert sum(slot.stall_ms for _, slot in series.in_order()) == 1e15


def test_bucket_of_another_width_and_axis_is_put_in() -> None:
    narrow, wide = Series(), Series()
    narrow.at(100.0).pauses = 1
    for second in range(MOST + 1):
        wide.at(second * 1000.0).pauses += 1
    narrow.include(wide, 4000.0)
    assert narrow.width == 2000
    assert sum(slot.pauses for _, slot in narrow.in_order()) == MOST + 2
    assert narrow.in_order()[1][0] == 4000
