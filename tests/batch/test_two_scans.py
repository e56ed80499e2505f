"""Two scans at once into one catalog: nothing is corrupt, nothing twice, both end well."""

import json
from pathlib import Path

import pytest

from h2o_forensics import open_catalog
from h2o_forensics.catalog.verify import NOTE
from tests.batch.test_faults import ended, start
from tests.batch_archive import make_archive, scanned, state, table
from tests.batch_many import add_runs

pytestmark = pytest.mark.slow
CASES = ("disk_full", "oom_import")


def sound(catalog: Path) -> None:
    opened = open_catalog(str(catalog))
    assert [line for line in opened.verify() if not line.startswith(NOTE)] == []
    runs = [run for (run,) in table(catalog, "runs", "run")]
    assert len(set(runs)) == len(runs)
    findings = table(catalog, "findings", "run", "finding")
    assert len(set(findings)) == len(findings)
    assert len({scan.scan for scan in opened.scans() if scan.ended}) == len(opened.scans())


def both(*lines: tuple[Path, Path, tuple[str, ...]]) -> None:
    """Run scans at once; each ends well, with a summary that fits it."""
    processes = [start(archive, catalog, *options) for archive, catalog, options in lines]
    found = [ended(process) for process in processes]
    assert [code for code, _err in found] == [0] * len(lines), found
    for _archive, catalog, _options in lines:
        assert json.loads((catalog / "fleet.json").read_text())


def test_the_same_archive_twice(tmp_path: Path) -> None:
    archive, catalog = make_archive(tmp_path / "archive", CASES), tmp_path / "catalog"
    add_runs(archive, range(20))
    both((archive, catalog, ()), (archive, catalog, ("--reports",)))
    sound(catalog)
    scanned(archive, tmp_path / "alone")
    assert state(catalog) == state(tmp_path / "alone")
    record = scanned(archive, catalog)
    assert (record.unchanged, record.found, record.fresh) == (22, 22, ())
    add_runs(archive, range(20, 30))
    both((archive, catalog, ()), (archive, catalog, ()))
    sound(catalog)
    assert len(table(catalog, "runs")) == 32


def test_archives_that_overlap(tmp_path: Path) -> None:
    top, catalog = tmp_path / "archive", tmp_path / "catalog"
    for number, name in enumerate(("2025", "2026")):
        make_archive(top / name, (CASES[number],))
        add_runs(top / name, range(10 * number, 10 * number + 10))
    both((top, catalog, ()), (top / "2026", catalog, ()))
    sound(catalog)
    scanned(top, tmp_path / "alone")
    scanned(top, catalog)
    told, alone = (
        {
            (location, run, state)
            for location, run, state in table(one, "locations", "location", "run", "state")
        }
        for one in (catalog, tmp_path / "alone")
    )
    assert told == alone
    assert len(table(catalog, "runs")) == 22
    assert scanned(top / "2026", catalog).analyzed == 0


def test_one_with_other_rules(tmp_path: Path) -> None:
    archive, catalog = make_archive(tmp_path / "archive", CASES), tmp_path / "catalog"
    add_runs(archive, range(8))
    both((archive, catalog, ("--disable", "MEM001")), (archive, catalog, ()))
    sound(catalog)
    assert len(table(catalog, "runs")) == 10
    record = scanned(archive, catalog)
    assert record.analyzed == 0
    scanned(archive, tmp_path / "alone")
    told, alone = (
        table(one, "findings", "run", "finding", "message", "facts")
        for one in (catalog, tmp_path / "alone")
    )
    assert told == alone
