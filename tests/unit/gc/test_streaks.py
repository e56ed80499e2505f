import pytest

from tests.gc_events import digest, full, jvm, pause


def test_full_collections_back_to_back_are_a_streak() -> None:
    made = digest(
        pause(500, 20, before=900, after=600),
        full(2000, 1000, 1000, 990),
        full(3200, 1000, 1000, 990, "G1 Evacuation Pause"),
        full(4400, 1000, 1000, 995, line=44),
        full(60_000, 1000, 1000, 400),
    )
    made.heap_max_bytes = 1000 << 20
    (streak,) = jvm(made).full_streaks
    assert (streak.uptime_ms, streak.to_uptime_ms) == (1000, 4400)
    assert (streak.count, streak.paused_ms, streak.in_vain, streak.line) == (3, 3000, 3, 44)
    assert streak.freed_share == pytest.approx(25 / 3000)
    assert streak.after_bytes == 995 << 20
    assert streak.cause == "G1 Compaction Pause"
    assert jvm(made).in_vain == 3
    assert jvm(made).in_vain_ms == 3000


def test_other_pauses_in_between_stop_the_program_too() -> None:
    made = digest(
        full(1000, 400, 100, 99), pause(1900, 800, before=100, after=99), full(2600, 300, 100, 99)
    )
    assert [s.count for s in jvm(made).full_streaks] == [2]


def test_program_that_ran_most_of_the_time_in_between_ends_it() -> None:
    made = digest(full(1000, 400, 100, 99), full(2600, 700, 100, 99))
    assert jvm(made).full_streaks == ()


def test_without_times_only_a_young_collection_that_found_room_ends_it() -> None:
    made = digest(
        full(None, 10, 100, 99),
        pause(None, 5, before=100, after=100),
        full(None, 10, 100, 99),
        pause(None, 5, before=100, after=50),
        full(None, 10, 100, 99),
    )
    (streak,) = jvm(made).full_streaks
    assert (streak.count, streak.uptime_ms, streak.epoch_ms) == (2, None, None)


def test_asked_for_and_metadata_collections_are_never_in_vain() -> None:
    made = digest(
        full(1000, 400, 100, 99, "System.gc()", capacity=100),
        full(1500, 400, 100, 99, "Metadata GC Threshold", capacity=100),
        full(2000, 400, 100, 99, "Heap Dump Initiated GC", capacity=100),
        full(2500, 400, 100, 99, "Allocation Failure", capacity=100),
    )
    assert [(s.count, s.in_vain) for s in jvm(made).full_streaks] == [(4, 1)]
    assert jvm(made).in_vain == 1


def test_heap_with_room_left_is_not_full() -> None:
    made = digest(full(1000, 400, 100, 99), full(1500, 400, 100, 99))
    made.heap_max_bytes = 1000 << 20
    assert [s.in_vain for s in jvm(made).full_streaks] == [0]


def test_streak_goes_on_in_the_next_part() -> None:
    pauses = [full(1000 + i * 1000, 900, 100, 99) for i in range(6)]
    for cut in range(7):
        (streak,) = jvm(digest(*pauses[:cut]), digest(*pauses[cut:])).full_streaks
        assert (streak.count, streak.uptime_ms, streak.to_uptime_ms) == (6, 100, 6000)


def test_the_longest_are_kept() -> None:
    pauses = []
    for i in range(500):
        took = 10.0 + i
        pauses += [full(i * 1e5 + took, took, 100, 99), full(i * 1e5 + 2 * took, took, 100, 99)]
    streaks = jvm(digest(*pauses)).full_streaks
    assert len(streaks) == 200
    assert min(s.paused_ms for s in streaks) == 2 * (10 + 300)
    assert [s.uptime_ms for s in streaks] == sorted(s.uptime_ms or 0 for s in streaks)
