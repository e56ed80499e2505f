import pytest

from h2o_forensics.gc.events import Pause, When
from tests.gc_events import digest, full, jvm, pause


def test_full_collections_back_to_back_are_a_streak() -> None:
    made = digest(
        pause(500, 20, before=900, after=600),
        full(2000, 1000, 1000, 990, line=22),
        full(3200, 1000, 1000, 990, "G1 Evacuation Pause"),
        full(4400, 1000, 1000, 995, line=44),
        full(60_000, 1000, 1000, 400),
    )
    made.heap_max_bytes = 1000 << 20
    (streak,) = jvm(made).full_streaks
    assert (streak.uptime_ms, streak.to_uptime_ms) == (1000, 4400)
    assert (streak.count, streak.paused_ms, streak.in_vain) == (3, 3000, 3)
    assert (streak.line, streak.text) == (22, "[2000ms] line 22")
    assert (streak.last_line, streak.last_text) == (44, "[4400ms] line 44")
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


def breathing(times: int) -> list[Pause]:
    """Five collections back to back, and a breath longer than one of them: 80 % stopped."""
    ends = (1000 + 1550 * i + 250 * j for i in range(times) for j in range(5))
    return [full(end, 240, 250, 249, line=int(end)) for end in ends]


def test_a_breath_divides_no_streak() -> None:
    (streak,) = jvm(digest(*breathing(40))).full_streaks
    assert (streak.count, streak.uptime_ms, streak.to_uptime_ms) == (200, 760, 62_450)
    assert (streak.line, streak.last_line) == (1000, 62_450)


def test_streaks_minutes_apart_stay_apart() -> None:
    later = [
        one._replace(when=When((one.when.uptime_ms or 0) + 300_000, None)) for one in breathing(40)
    ]
    assert [s.count for s in jvm(digest(*breathing(40), *later)).full_streaks] == [200, 200]


def test_full_collections_of_a_healthy_run_are_no_streak() -> None:
    hourly = [full(3_600_000.0 * i, 30_000, 900, 300, "System.gc()") for i in range(1, 50)]
    now_and_then = [full(2e8 + 6_000.0 * i, 900, 900, 300) for i in range(1, 50)]
    assert jvm(digest(*hourly, *now_and_then)).full_streaks == ()


def test_breath_of_more_than_seconds_divides() -> None:
    made = digest(*(full(i * 10_000.0 + j * 2_000, 2000, 9, 9) for i in (1, 2) for j in (0, 1)))
    assert [s.count for s in jvm(made).full_streaks] == [2, 2]


def test_short_collection_seconds_before_is_no_part_of_it() -> None:
    made = digest(full(96_500, 100, 50, 40), *(full(1e5 + i * 500, 490, 9, 9) for i in range(99)))
    assert [(s.count, s.uptime_ms) for s in jvm(made).full_streaks] == [(99, 1e5 - 490)]


def test_many_pieces_are_put_together_as_they_come() -> None:
    pauses = breathing(3000)
    (streak,) = jvm(digest(*pauses)).full_streaks
    assert streak.count == 15_000
    (streak,) = jvm(digest(*pauses[:7001]), digest(*pauses[7001:])).full_streaks
    assert (streak.count, streak.uptime_ms) == (15_000, 760)


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
        full(3000, 400, 100, 99, "Last ditch collection", capacity=100),
        full(3500, 400, 100, 99, "Permanent Generation Full", capacity=100),
    )
    assert [(s.count, s.in_vain) for s in jvm(made).full_streaks] == [(6, 1)]
    assert jvm(made).in_vain == 1
    metaspace = jvm(made).metaspace
    assert metaspace is not None
    assert metaspace.full_count == 3


def test_heap_is_full_when_what_it_can_use_is() -> None:
    # one survivor space of the maximum is always empty: 190 MB of which 183 can be used
    made = digest(
        full(1000, 400, 150, 150, capacity=183),
        full(1500, 400, 151, 150, capacity=183),
        full(5000, 400, 60, 60, capacity=183),
    )
    made.heap_max_bytes = 190 << 20
    assert jvm(made).in_vain == 2
    # a heap that may still grow by much is not full
    made.heap_max_bytes = 400 << 20
    assert jvm(made).in_vain == 0


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
