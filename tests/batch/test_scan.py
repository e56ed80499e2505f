"""A scan from one end to the other, with real runs and real processes."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from h2o_forensics import analyze, open_catalog
from h2o_forensics.batch.scan import ScanRequest, Watch, scan
from h2o_forensics.batch.tally import Tally
from h2o_forensics.catalog.results import decode_result
from h2o_forensics.model.catalog import RunOptions
from h2o_forensics.report import build_report, to_html, to_json
from tests.batch_archive import (
    CASES,
    FIRST_CAUSES,
    SMALL,
    causes,
    make_archive,
    make_old,
    scanned,
    state,
    table,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An archive of all cases and the catalog of its first scan, with reports."""
    folder = tmp_path_factory.mktemp("whole")
    archive, catalog = make_archive(folder / "archive"), folder / "catalog"
    record = scanned(archive, catalog, options=RunOptions(reports=True))
    assert (record.found, record.analyzed, record.failed) == (13, 13, 0)
    return archive, catalog


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    return make_archive(tmp_path / "archive", SMALL), tmp_path / "catalog"


def test_every_run_has_its_cause(whole: tuple[Path, Path]) -> None:
    assert causes(whole[1]) == FIRST_CAUSES


def test_a_runs_report_is_that_of_analyze(whole: tuple[Path, Path]) -> None:
    opened = open_catalog(str(whole[1]))
    for run, analysis, location in table(whole[1], "locations", "run", "analysis", "location"):
        result = decode_result(opened.read_result(str(run), str(analysis)))
        report = to_json(build_report(analyze(str(location))))
        assert msgspec.json.decode(result.report) == msgspec.json.decode(report)
        assert opened.read_report(str(run)).startswith(b"<!doctype html>")


def test_a_second_scan_analyzes_nothing(whole: tuple[Path, Path]) -> None:
    before = state(whole[1])
    record = scanned(*whole)
    assert (record.found, record.unchanged, record.analyzed) == (13, 13, 0)
    assert record.fresh == ()
    assert state(whole[1]) == before


def test_to_hash_everything_reads_everything_and_analyzes_nothing(whole: tuple[Path, Path]) -> None:
    before = state(whole[1])
    record = scanned(*whole, verify=True)
    assert (record.same_content, record.analyzed) == (13, 0)
    assert state(whole[1]) == before


def test_what_is_new_is_told_once(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    first = scanned(archive, catalog)
    assert len(first.fresh) == 5
    assert first.new_causes == ("disk.full", "oom.import", "port.conflict", "version.h2o_mismatch")
    shutil.copytree(CASES / "node_killed" / "bundle", archive / "another")
    make_old(archive / "another")
    second = scanned(archive, catalog)
    assert (second.analyzed, second.unchanged, len(second.fresh)) == (1, 5, 1)
    assert second.new_causes == ("node.killed",)
    assert second.verdicts == {"incident": 1}
    assert scanned(archive, catalog).new_causes == ()


def test_an_archive_that_moved_is_hashed_only(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    scanned(archive, catalog)
    before = table(catalog, "runs")
    moved = archive.rename(archive.parent / "elsewhere")
    record = scanned(moved, catalog)
    assert (record.same_content, record.analyzed) == (5, 0)
    assert table(catalog, "runs") == before


def test_a_copy_is_no_second_run(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    shutil.copytree(archive / "disk_full", archive / "old" / "copy")
    make_old(archive)
    record = scanned(archive, catalog)
    assert record.found == 6
    assert len(table(catalog, "runs")) == 5
    assert len(table(catalog, "locations")) == 6


def test_a_run_that_changed_replaces_what_it_was(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    scanned(archive, catalog)
    target = archive / "healthy_alarming_words.zip"
    shutil.copy(archive / "port_conflict.zip", target)
    os.utime(target, (1e9, 1e9))
    record = scanned(archive, catalog)
    assert (record.same_content, record.unchanged) == (1, 4)
    assert len(table(catalog, "runs")) == 4


def test_what_is_gone_stays_in_the_tables_and_is_told(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    scanned(archive, catalog)
    (archive / "port_conflict.zip").unlink()
    assert scanned(archive, catalog).gone == 1
    assert scanned(archive, catalog).gone == 0
    assert len(table(catalog, "runs")) == 5
    states = [state for (state,) in table(catalog, "locations", "state")]
    assert states.count("gone") == 1


def test_a_filter_takes_nothing_for_gone(small: tuple[Path, Path]) -> None:
    from h2o_forensics.batch.cut import Wanted  # noqa: PLC0415

    archive, catalog = small
    scanned(archive, catalog)
    record = scanned(archive, catalog, wanted=Wanted(match=("disk*",)))
    assert (record.found, record.gone) == (1, 0)


def test_a_limit_goes_on_where_the_last_one_ended(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    counts = [scanned(archive, catalog, limit=2).analyzed for _ in range(4)]
    assert counts == [2, 2, 1, 0]
    assert causes(catalog) == {name: FIRST_CAUSES[name] for name in SMALL}


def test_rules_that_touch_no_run_cost_no_analysis(small: tuple[Path, Path], tmp_path: Path) -> None:
    archive, catalog = small
    scanned(archive, catalog, options=RunOptions(disable=("HAD001", "SPK003")))
    with_another = RunOptions(disable=("SPK003",))
    record = scanned(archive, catalog, options=with_another)
    assert (record.still_holds, record.analyzed) == (5, 0)
    assert scanned(archive, catalog, options=with_another).unchanged == 5
    scanned(archive, tmp_path / "fresh", options=with_another)
    columns = ("run", "finding", "rule", "message", "facts", "caused_by", "confidence")
    held = table(catalog, "findings", *columns)
    assert held == table(tmp_path / "fresh", "findings", *columns)


def test_a_rule_that_touches_a_run_is_asked_again(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    scanned(archive, catalog, options=RunOptions(disable=("MEM001",)))
    assert "oom.import" not in causes(catalog).values()
    record = scanned(archive, catalog)
    assert record.analyzed >= 1
    assert record.still_holds + record.analyzed == 5
    assert causes(catalog) == {name: FIRST_CAUSES[name] for name in SMALL}


def test_an_end_by_the_user_is_taken_up_again(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    request = ScanRequest(archives=(str(archive),), catalog=str(catalog), workers=1, settle_s=0)
    tally = Tally()

    def note(_stage: str, now: Tally) -> None:
        nonlocal tally
        tally = now

    record = scan(request, Watch(show=note, stop=lambda: tally.done == 2))
    assert record.ended is None
    assert len(table(catalog, "runs")) == 2
    rest = scan(replace(request, workers=2))
    assert (rest.unchanged, rest.analyzed) == (2, 3)
    assert len(rest.fresh) == 5
    assert causes(catalog) == {name: FIRST_CAUSES[name] for name in SMALL}


def test_a_run_that_is_written_to_is_marked_and_done_again(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    log = next((archive / "disk_full").rglob("*.log"))
    request = ScanRequest(archives=(str(archive),), catalog=str(catalog), workers=2, settle_s=3.0)
    log.touch()

    def grow(_stage: str, _tally: object) -> None:
        with log.open("ab") as stream:
            stream.write(b"one more line\n")

    record = scan(request, Watch(show=grow))
    assert record.growing == 1
    assert ("growing",) in table(catalog, "locations", "state")
    make_old(archive)
    again = scan(request)
    assert (again.analyzed, again.unchanged, again.growing) == (1, 4, 0)
    assert len(table(catalog, "runs")) == 5


def test_the_same_bytes_with_other_times_are_dated_anew(tmp_path: Path) -> None:
    """H2O's logs print no year; the time of the file tells it."""
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    for year, name in ((2021, "a"), (2023, "b")):
        shutil.rmtree(archive, ignore_errors=True)
        log = archive / name / "h2o_10.0.0.1_54321-3-info.log"
        log.parent.mkdir(parents=True)
        log.write_bytes(YEARLESS)
        moment = datetime(year, 11, 23, tzinfo=UTC).timestamp()
        os.utime(log, (moment, moment))
        record = scanned(archive, catalog)
        assert (record.analyzed, record.same_content) == (1, 0)
        assert [first.year for (first,) in table(catalog, "runs", "first")] == [year]  # type: ignore[attr-defined]
    assert scanned(archive, catalog).unchanged == 1


LINE = b"11-22 05:5%d:00.123 10.0.0.1:54321        4242   main  INFO water.default: line %d\n"
YEARLESS = b"".join(LINE % (at, at) for at in range(9))


def test_reports_may_be_asked_for_later(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    scanned(archive, catalog)
    assert open_catalog(str(catalog)).reports() == set()
    record = scanned(archive, catalog, options=RunOptions(reports=True))
    assert (record.unchanged, record.analyzed) == (5, 0)
    opened = open_catalog(str(catalog))
    assert opened.reports() == {str(run) for (run,) in table(catalog, "runs", "run")}
    for run, location in table(catalog, "locations", "run", "location"):
        assert opened.read_report(str(run)).decode() == to_html(
            build_report(analyze(str(location)))
        )
