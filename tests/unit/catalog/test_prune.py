"""Pruning drops what is named, and nothing else."""

import os
import time
from pathlib import Path

import msgspec
import pytest

from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.results import encode_result, result_name
from h2o_forensics.model.catalog import ScanRecord
from tests.catalog_samples import ANALYSIS, expected, fill, place, rows_of_all, run_id, sample, told

NOW_MS = int(time.time() * 1000)
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    made = open_catalog(str(tmp_path / "c"), create=True)
    fill(made, range(4), seen_ms=1)
    for one in range(4):
        made.put_report(run_id(one), b"<html>")
    made.add([place(sample(1), 2, "gone"), place(sample(2), NOW_MS, "gone")], {})
    return made


def files(one: int) -> list[str]:
    return [result_name(run_id(one), ANALYSIS), f"reports/{run_id(one)}.html"]


def test_what_is_gone_goes(catalog: Catalog) -> None:
    would = catalog.prune(gone=True, dry_run=True)
    assert set(would) == {"/archive/1.zip", "/archive/2.zip", *files(1), *files(2)}
    assert told(catalog) == expected(range(4))
    assert catalog.prune(gone=True) == would
    assert told(catalog) == expected([0, 3])
    assert catalog.results() == {(run_id(one), ANALYSIS) for one in (0, 3)}
    assert catalog.reports() == {run_id(0), run_id(3)}
    assert catalog.verify() == []
    catalog.compact()
    assert told(catalog) == expected([0, 3])
    assert catalog.prune(gone=True) == []


def test_what_is_gone_for_long_goes(catalog: Catalog) -> None:
    assert set(catalog.prune(gone=True, older_than_days=1)) == {"/archive/1.zip", *files(1)}
    assert told(catalog) == expected([0, 2, 3])


def test_what_is_to_be_kept_stays(catalog: Catalog) -> None:
    assert "/archive/1.zip" not in catalog.prune(gone=True, keep=[run_id(1)])
    assert told(catalog) == expected([0, 1, 3])


def test_a_copy_elsewhere_keeps_a_run(catalog: Catalog) -> None:
    copy = msgspec.structs.replace(place(sample(1)), location="/copy/1.zip")
    catalog.add([copy], {})
    catalog.prune(gone=True)
    runs = catalog.table("runs").collect()["name"].to_list()
    assert sorted(runs) == ["0.zip", "1.zip", "3.zip"]
    assert (run_id(1), ANALYSIS) in catalog.results()


def test_what_a_scan_looked_at_is_not_old(catalog: Catalog) -> None:
    def scanned(name: str, started: str, ended: str | None) -> None:
        catalog.put_scan(ScanRecord("s", name, started, ended, ("/archive",), "0", "", ANALYSIS))

    started = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    scanned("1", started, None)
    would = catalog.prune(older_than_days=1, dry_run=True)
    assert {one for one in would if one.startswith("/")} == {
        f"/archive/{one}.zip" for one in (0, 1, 3)
    }
    scanned("2", started, started)  # it found 0 and 3 as they were
    catalog.prune(older_than_days=1)
    assert told(catalog) == expected([0, 2, 3])


def test_former_results_go_when_no_scan_can_need_them(catalog: Catalog, tmp_path: Path) -> None:
    newer = sample(0, "b" * 16)
    catalog.put_result(newer.run, newer.analysis, encode_result(newer))
    catalog.add([place(newer, 9)], rows_of_all([newer]))
    stray = sample(50)
    catalog.put_result(stray.run, stray.analysis, encode_result(stray))
    assert catalog.prune() == []  # both are young
    for one in (0, 50):
        os.utime(tmp_path / "c" / result_name(run_id(one), ANALYSIS), (1, 1))
    assert sorted(catalog.prune()) == sorted(result_name(run_id(one), ANALYSIS) for one in (0, 50))
    assert told(catalog) == expected(range(4))
    assert catalog.verify() == []
