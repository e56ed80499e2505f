"""What belongs to one run of a JVM."""

from itertools import pairwise, permutations

import pytest

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import Pause, When
from h2o_forensics.gc.figures import figures
from h2o_forensics.gc.join import Sourced, join_digests
from tests.gc_events import digest, pause, safepoint, sourced


def parts_of(pauses: list[Pause], cuts: list[int], *, header: bool = True) -> list[RunDigest]:
    edges = [0, *cuts, len(pauses)]
    return [digest(*pauses[a:b], header=header and a == 0) for a, b in pairwise(edges)]


def collections(
    count: int, *, epoch: bool = False, ids: bool = True, took: float = 3.25
) -> list[Pause]:
    return [
        pause((i + 1) * 500.0, took + i / 64, gc_id=i if ids else None, line=i + 1, epoch=epoch)
        for i in range(count)
    ]


def joined(digests: list[Sourced]) -> list[list[str]]:
    return [[part.artifact for part in run.parts] for run in join_digests(digests)]


def test_rotated_set_is_one_run_whatever_its_names() -> None:
    parts = parts_of(collections(40), [10, 20, 30])
    names = ["gc.log.2", "gc.log", "gc.log.0", "gc.log.1"]
    given = [sourced(d, n, f"x/{n}") for d, n in zip(parts, names, strict=True)]
    whole = figures(join_digests([sourced(digest(*collections(40), header=True), "w")])[0])
    for order in permutations(given):
        (run,) = join_digests(list(order))
        assert [part.artifact for part in run.parts] == names
        assert figures(run).loss.pause_share == whole.loss.pause_share
        assert figures(run).full_streaks == whole.full_streaks
        assert figures(run).pauses == whole.pauses


def test_ring_that_lost_its_oldest_file_and_one_between() -> None:
    parts = parts_of(collections(40, epoch=True), [10, 20, 30])
    assert joined([sourced(parts[3], "a"), sourced(parts[1], "b")]) == [["b", "a"]]


def test_file_missing_between_proves_nothing_without_dates_or_pid() -> None:
    parts = parts_of(collections(40), [10, 20, 30])
    given = [sourced(parts[3], "a"), sourced(parts[1], "b")]
    assert len(joined(given)) == 2
    for part in parts:
        part.pid = 7
    assert joined(given) == [["b", "a"]]


def test_no_times_at_all_go_by_the_ids() -> None:
    pauses = [pause(None, 2.0 + i, gc_id=i) for i in range(30)]
    parts = parts_of(pauses, [10, 20])
    given = [sourced(parts[2], "c"), sourced(parts[0], "a"), sourced(parts[1], "b")]
    assert joined(given) == [["a", "b", "c"]]


def test_jdk8_parts_have_no_ids() -> None:
    parts = parts_of(collections(40, ids=False), [10, 20, 30])
    given = [sourced(part, str(3 - i)) for i, part in enumerate(parts)]
    assert joined(given) == [["3", "2", "1", "0"]]


def test_ids_or_times_that_go_on_by_chance_prove_nothing() -> None:
    short = digest(*collections(3))
    later = digest(*(pause(9000.0 + i, 2.0, gc_id=3 + i) for i in range(9)))
    given = [sourced(short, "a", "x/one.log"), sourced(later, "b", "x/other.log")]
    assert len(joined(given)) == 2
    unnamed = digest(*collections(9, ids=False)), digest(pause(9000.0, 2.0))
    given = [sourced(unnamed[0], "a", "x/one.log"), sourced(unnamed[1], "b", "x/other.log")]
    assert len(joined(given)) == 2


def test_header_again_in_each_file() -> None:
    pauses = [pause(3.6e6 + i * 500, 3, gc_id=None) for i in range(20)]
    parts = parts_of(pauses, [10])
    for part in parts:
        part.has_header = True
    assert joined([sourced(parts[0], "1"), sourced(parts[1], "2")]) == [["1", "2"]]


def test_restarted_jvm_is_another_run() -> None:
    first = digest(*collections(9), header=True)
    second = digest(*collections(5, took=6.5), header=True)
    assert len(joined([sourced(first, "A1", "gc.log"), sourced(second, "A1", "gc.log")])) == 2
    assert len(joined([sourced(first, "A1"), sourced(second, "A2")])) == 2


def test_restart_after_rotation() -> None:
    parts = parts_of(collections(40), [20])
    fresh = digest(*collections(5, took=9.0), header=True)
    # the second file holds the end of the first run and the second one
    given = [
        sourced(parts[1], "A2", "gc.log"),
        sourced(fresh, "A2", "gc.log"),
        sourced(parts[0], "A1", "gc.log.0"),
    ]
    assert sorted(joined(given)) == [["A1", "A2"], ["A2"]]


@pytest.mark.parametrize("fact", ("pid", "collector", "heap_max_bytes", "jdk"))
def test_parts_that_state_different_facts_are_of_different_jvms(fact: str) -> None:
    parts = parts_of(collections(20), [10])
    for part, value in zip(parts, (1, 2), strict=True):
        setattr(part, fact, value)
    assert len(joined([sourced(parts[0], "a"), sourced(parts[1], "b")])) == 2


def test_two_nodes_started_together_in_one_folder() -> None:
    one = parts_of(collections(40, epoch=True), [20])
    two = parts_of(collections(44, epoch=True, took=5.5), [22])
    given = [
        sourced(one[0], "1a", "x/one.log.0"),
        sourced(two[0], "2a", "x/two.log.0"),
        sourced(two[1], "2b", "x/two.log"),
        sourced(one[1], "1b", "x/one.log"),
    ]
    assert sorted(joined(given)) == [["1a", "1b"], ["2a", "2b"]]


def test_other_folders_and_nodes_stay_apart() -> None:
    parts = parts_of(collections(20), [10])
    assert (
        len(joined([sourced(parts[0], "a", folder="x"), sourced(parts[1], "b", folder="y")])) == 2
    )
    assert len(joined([sourced(parts[0], "a", node="n1"), sourced(parts[1], "b", node="n2")])) == 2
    assert len(joined([sourced(parts[0], "a", node="n1"), sourced(parts[1], "b")])) == 1


def stops(*ends: float, epoch: bool = True) -> RunDigest:
    made = RunDigest(1)
    for end in ends:
        made.safepoint(safepoint(end, 8.0, 1.0, epoch=epoch))
    return made


def test_safepoints_in_a_file_of_their_own_belong_to_the_run_of_their_time() -> None:
    log = digest(*collections(20), header=True)
    (run,) = join_digests([sourced(stops(500, 800, 9000), "s"), sourced(log, "g")])
    assert [part.artifact for part in run.parts] == ["g", "s"]
    got = figures(run)
    assert got.safepoints is not None
    assert got.safepoints.count == 3
    assert got.started_by == "log"  # their dates say when the JVM started
    assert got.pauses[0].count == 20
    assert {s.source for s in got.safepoint_samples} == {1}


def test_safepoints_of_one_run_of_two() -> None:
    one = digest(*(pause(i * 500.0, 3) for i in range(1, 20)), header=True)
    two = digest(*(pause(i * 470.0 + 33, 3) for i in range(1, 20)), header=True)
    its = stops(*(i * 470.0 + 34 for i in range(1, 20)), epoch=False)
    given = [sourced(one, "1", "a.log"), sourced(two, "2", "a2.log"), sourced(its, "s", "sp.log")]
    assert sorted(joined(given)) == [["1"], ["2", "s"]]


def test_safepoints_of_nobody_are_a_run_of_their_own() -> None:
    log = digest(*collections(4), header=True)
    late = RunDigest(1)
    late.safepoint(safepoint(9e6, 8.0))
    assert len(joined([sourced(late, "s"), sourced(log, "g")])) == 2


def test_safepoints_at_other_moments_are_of_another_jvm() -> None:
    log = digest(*collections(20), header=True)
    assert len(joined([sourced(stops(777, 888, epoch=False), "s"), sourced(log, "g")])) == 2


def test_copy_and_second_log_of_one_jvm_count_once() -> None:
    log = digest(*collections(20), header=True)
    copy = digest(*collections(20), header=True)
    brief = digest(*collections(20)[:12])
    brief.safepoint(safepoint(500, 9.0))
    (run,) = join_digests([sourced(copy, "c"), sourced(log, "b"), sourced(brief, "d")])
    got = figures(run)
    assert (got.pauses[0].count, len(got.sources)) == (20, 3)
    assert got.safepoints is not None
    assert got.safepoints.count == 1


def test_streams_without_any_stamp_do_not_join() -> None:
    bare = [digest(pause(None, 2.0)), digest(pause(None, 3.0))]
    assert len(joined([sourced(bare[0], "a"), sourced(bare[1], "b")])) == 2
    empty = RunDigest(1)
    empty.seen(When(None, None), 1)
    assert len(joined([sourced(empty, "a"), sourced(RunDigest(1), "b")])) == 2


def test_nothing_to_join() -> None:
    assert join_digests([]) == []
