from msgspec.structs import replace

from h2o_forensics.batch.census import Known, lost_locations, take_census
from h2o_forensics.model.catalog import FileStat, FoundRun, IndexRow, State

KEY = "k2"


def found(location: str, size: int = 1, mtime: int = 5) -> FoundRun:
    stats = (FileStat(location.rpartition("/")[2], size, mtime),)
    return FoundRun(location, location, "/a", "archive", "it is an archive", (location,), stats)


def row(
    run: FoundRun, *, state: State = "present", analysis: str = KEY, content: str = "c"
) -> IndexRow:
    return IndexRow(
        location=run.location,
        name=run.name,
        archive=run.archive,
        kind=run.kind,
        stat=run.stat,
        run=content,
        analysis=analysis,
        holds_for=analysis,
        state=state,
        bytes=run.bytes,
        first_seen_ms=1,
        seen_ms=1,
    )


def known(*rows: IndexRow, results: tuple[tuple[str, str], ...] = (("c", KEY),)) -> Known:
    return Known({one.location: one for one in rows}, set(results), KEY, set(results))


def never(_run: FoundRun) -> bool:
    return False


def test_what_is_as_before_is_unchanged() -> None:
    run = found("/a/1.zip")
    census = take_census([run], known(row(run)), is_growing=never)
    assert census.unchanged == [run]
    assert not census.work


def test_another_size_or_time_is_work() -> None:
    run = found("/a/1.zip")
    for newer in (found("/a/1.zip", size=2), found("/a/1.zip", mtime=6)):
        census = take_census([newer], known(row(run)), is_growing=never)
        assert [(one.run, one.trusted) for one in census.work] == [(newer, False)]


def test_other_rules_are_work_whose_content_is_known() -> None:
    run = found("/a/1.zip")
    census = take_census([run], known(row(run, analysis="k1")), is_growing=never)
    assert [one.trusted for one in census.work] == [True]
    held = replace(row(run, analysis="k1"), holds_for=KEY)
    assert take_census([run], known(held, results=(("c", "k1"),)), is_growing=never).unchanged


def test_a_result_that_is_gone_is_work_again() -> None:
    run = found("/a/1.zip")
    assert take_census([run], known(row(run), results=()), is_growing=never).work


def test_what_grew_or_could_not_be_read_is_looked_at_again() -> None:
    run = found("/a/1.zip")
    states: tuple[State, ...] = ("growing", "unreadable", "gone", "replaced")
    for state in states:
        census = take_census([run], known(row(run, state=state)), is_growing=never)
        assert [one.trusted for one in census.work] == [False], state


def test_verify_trusts_nothing_and_retry_only_what_went_well() -> None:
    run = found("/a/1.zip")
    failed = replace(row(run), message="timeout")
    assert take_census([run], known(row(run)), is_growing=never, verify=True).work
    assert take_census([run], known(failed), is_growing=never).unchanged
    assert take_census([run], known(failed), is_growing=never, retry=True).work


def test_a_limit_counts_work_only_and_the_largest_goes_first() -> None:
    old, runs = found("/a/0.zip"), [found(f"/a/{at}.zip", size=at) for at in range(1, 6)]
    census = take_census([old, *runs], known(row(old)), is_growing=never, limit=3)
    assert [one.run.bytes for one in census.work] == [3, 2, 1]
    assert census.left == ["/a/4.zip", "/a/5.zip"]
    assert census.found == 6


def test_runs_that_grow_wait() -> None:
    runs = [found("/a/1.zip"), found("/a/2.zip")]
    census = take_census(runs, known(), is_growing=lambda run: run.name.endswith("2.zip"))
    assert [one.run.name for one in census.growing] == ["/a/2.zip"]
    assert [one.run.name for one in census.work] == ["/a/1.zip"]


def test_what_an_archive_holds_no_more_is_gone_and_what_is_cut_otherwise_replaced() -> None:
    runs = [found(f"/a/{name}") for name in ("here", "gone", "cut")]
    other = replace(row(found("/b/1")), archive="/b")
    index = {one.location: one for one in (*map(row, runs), other)}
    lost = lost_locations(index, ["/a"], {"/a/here"}, exists=lambda row: row.location == "/a/cut")
    assert [(one.location, state) for one, state in lost] == [
        ("/a/cut", "replaced"),
        ("/a/gone", "gone"),
    ]


def test_what_is_gone_is_not_gone_again() -> None:
    run = found("/a/1")
    index = {run.location: row(run, state="gone")}
    assert lost_locations(index, ["/a"], set(), exists=lambda _row: False) == []
