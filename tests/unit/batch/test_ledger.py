"""What a scan learned reaches the catalog in pieces, each run and row once."""

import pytest

from h2o_forensics.batch.ledger import MOST_RUNS, MOST_SECONDS, Ledger
from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.catalog.rows import rows_of
from h2o_forensics.model.catalog import (
    FileStat,
    FoundRun,
    IndexRow,
    RunOutcome,
    RunProblem,
    RunResult,
)
from tests.catalog_samples import ANALYSIS, sample

NOW = 1_700_000_000_000


@pytest.fixture
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return open_catalog(str(tmp_path_factory.mktemp("c")), create=True)


def found(number: int = 1) -> FoundRun:
    place = f"/archive/{number}.zip"
    return FoundRun(
        place, f"{number}.zip", "/archive", "archive", "", (place,), (FileStat("a", 1),)
    )


def outcome(result: RunResult) -> RunOutcome:
    return RunOutcome(
        "analyze", result.location, result.run, result.status, result.problem,
        result=encode_result(result), rows=rows_of(result), html=b"<html>",
    )  # fmt: skip


def ledger(catalog: Catalog, now_ms: int = NOW, *clock: float) -> Ledger:
    ticks = iter(clock)
    return Ledger(catalog, catalog.index(), ANALYSIS, now_ms, lambda: next(ticks, 0.0))


def row(catalog: Catalog, number: int = 1) -> IndexRow:
    return catalog.index()[f"/archive/{number}.zip"]


def test_a_result_is_there_at_once_and_its_rows_with_the_next_piece(catalog: Catalog) -> None:
    own = ledger(catalog)
    own.keep(found(), outcome(sample(1)), growing=False)
    assert catalog.results() == {(sample(1).run, ANALYSIS)}
    assert catalog.reports() == {sample(1).run}
    assert catalog.index() == {}
    own.publish()
    assert (row(catalog).run, row(catalog).state, row(catalog).message) == (
        sample(1).run,
        "present",
        "",
    )
    assert catalog.table("runs").collect().height == 1
    own.publish()  # nothing new: no further piece
    assert len(catalog._segments.snapshot().listed) == 1


def test_a_run_in_two_places_has_its_rows_once(catalog: Catalog) -> None:
    own = ledger(catalog)
    for number in (1, 2):
        own.keep(found(number), outcome(sample(1)), growing=False)
    own.publish()
    assert catalog.table("findings").collect().height == 2
    assert set(catalog.index()) == {"/archive/1.zip", "/archive/2.zip"}


def test_pieces_are_of_so_many_runs_or_so_much_time(catalog: Catalog) -> None:
    own = ledger(catalog)
    for number in range(MOST_RUNS):
        assert catalog.index() == {}
        own.unreadable(found(number), "unreadable: no")
    assert len(catalog.index()) == MOST_RUNS
    late = ledger(catalog, NOW, 0.0, 1.0, MOST_SECONDS + 1)
    late.unreadable(found(-1), "unreadable: no")
    assert len(catalog.index()) == MOST_RUNS
    late.unreadable(found(-2), "unreadable: no")
    assert len(catalog.index()) == MOST_RUNS + 2


@pytest.mark.parametrize(
    ("rows", "message"),
    (
        ({"runs": [{"problem": "crashed", "partial": None}]}, "crashed"),
        ({"runs": [{"problem": None, "partial": True}]}, "partial"),
        ({"runs": [{"problem": None, "partial": False}]}, ""),
        ({}, ""),
    ),
)
def test_what_is_worth_another_try_is_noted(
    catalog: Catalog, rows: dict[str, list[dict[str, object]]], message: str
) -> None:
    own = ledger(catalog)
    assert own.put_rows("r", rows) == message
    assert own.put_rows("r", rows) == message  # in another place, too


def test_a_failed_run_is_known_by_its_code(catalog: Catalog) -> None:
    from msgspec.structs import replace  # noqa: PLC0415

    failed = replace(sample(1), status="failed", problem=RunProblem("timeout", "too long"))
    own = ledger(catalog)
    own.keep(found(), outcome(failed), growing=False)
    own.publish()
    assert row(catalog).message == "timeout"


def test_when_it_was_first_seen_is_of_the_content(catalog: Catalog) -> None:
    def note(now_ms: int, run: str) -> IndexRow:
        own = ledger(catalog, now_ms)
        if run:
            own.refer(found(), run, ANALYSIS)
        else:
            own.unreadable(found(), "unreadable: no")
        own.publish()
        return row(catalog)

    assert note(1, "").first_seen_ms == 1
    assert note(2, "a" * 20).first_seen_ms == 2
    assert note(3, "a" * 20).first_seen_ms == 2
    assert note(4, "").state == "unreadable"
    assert note(5, "").first_seen_ms == 2
    again = note(6, "a" * 20)  # it was not readable for a while, and is no news
    assert (again.first_seen_ms, again.seen_ms, again.before) == (2, 6, "")
    other = note(7, "b" * 20)
    assert (other.first_seen_ms, other.before) == (7, "a" * 20)
    note(8, "")
    assert note(9, "c" * 20).first_seen_ms == 9


def test_what_is_lost_keeps_what_it_was(catalog: Catalog) -> None:
    own = ledger(catalog)
    own.refer(found(), "a" * 20, ANALYSIS)
    own.publish()
    later = ledger(catalog, NOW + 1)
    later.lost(row(catalog), "gone")
    later.publish()
    assert (row(catalog).state, row(catalog).run, row(catalog).seen_ms) == (
        "gone",
        "a" * 20,
        NOW + 1,
    )
