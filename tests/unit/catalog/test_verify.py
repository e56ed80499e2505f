"""Verify names what is lost or damaged; repair makes again what can be made."""

import os
from pathlib import Path

import pytest

from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.results import encode_result, result_name
from h2o_forensics.catalog.verify import NOTE
from h2o_forensics.errors import CatalogError
from tests.catalog_samples import ANALYSIS, expected, fill, place, run_id, sample, told


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "c"


@pytest.fixture
def catalog(root: Path) -> Catalog:
    made = open_catalog(str(root), create=True)
    fill(made, range(3))
    fill(made, range(3, 6))
    assert made.verify() == []
    return made


def damage(file: Path, how: str) -> None:
    data = file.read_bytes()
    if how == "gone":
        file.unlink()
    elif how == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        file.write_bytes(b"")
    else:
        middle = len(data) // 3
        file.write_bytes(data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :])


@pytest.mark.parametrize("how", ("gone", "cut", "empty", "flipped"))
@pytest.mark.parametrize("table", ("runs", "findings", "locations"))
def test_tables_are_made_again(catalog: Catalog, root: Path, table: str, how: str) -> None:
    file = min((root / "tables" / table).iterdir())
    damage(file, how)
    lines = catalog.verify()
    assert any(str(file) in line for line in lines), lines
    assert open_catalog(str(root)).verify(repair=True) == lines
    again = open_catalog(str(root))
    assert again.verify() == []
    assert told(again) == expected(range(6))
    assert not file.exists()


@pytest.mark.parametrize("how", ("gone", "cut", "empty"))
def test_manifests_are_made_again(catalog: Catalog, root: Path, how: str) -> None:
    file = min((root / "segments").iterdir())
    damage(file, how)
    if how != "gone":
        with pytest.raises(CatalogError, match=r"is damaged.*verify --repair"):
            open_catalog(str(root)).index()
        assert f"{file}: is damaged" in catalog.verify()
        open_catalog(str(root)).verify(repair=True)
        assert told(open_catalog(str(root))) == expected(range(6))
    else:  # nothing tells that there was one; results say that they are not referred to
        lines = catalog.verify()
        assert len(lines) == 3
        assert all(line.startswith(NOTE) for line in lines)


def test_all_tables_are_lost(catalog: Catalog, root: Path) -> None:
    for file in root.glob("tables/*/*"):
        file.unlink()
    open_catalog(str(root)).verify(repair=True)
    again = open_catalog(str(root))
    assert told(again) == expected(range(6))
    assert {row.stat for row in again.index().values()} == {""}  # the next scan looks again
    assert catalog.verify() == []


@pytest.mark.parametrize("how", ("gone", "cut", "empty", "flipped"))
def test_a_lost_result_is_named_and_analyzed_again(catalog: Catalog, root: Path, how: str) -> None:
    file = root / result_name(run_id(4), ANALYSIS)
    damage(file, how)
    lines = catalog.verify()
    assert len(lines) == 1
    assert str(file) in lines[0]
    assert catalog.verify(repair=True) == lines
    assert told(catalog) == expected(range(6))
    assert (run_id(4), ANALYSIS) not in catalog.results()
    stats = {one: row.stat for one, row in catalog.index().items()}
    assert [one for one, stat in stats.items() if not stat] == ["/archive/4.zip"]
    fill(catalog, [4], seen_ms=9)  # as the next scan does
    assert catalog.verify() == []


def test_results_of_others_are_named(catalog: Catalog, root: Path) -> None:
    stray = sample(9)
    catalog.put_result(stray.run, ANALYSIS, encode_result(stray))
    (line,) = catalog.verify()
    assert line.startswith(NOTE)
    assert "no location refers to it" in line
    (root / result_name(stray.run, ANALYSIS)).write_bytes(b"x")
    assert "damaged" in catalog.verify(repair=True)[0]
    assert catalog.verify() == []
    catalog.put_result(stray.run, ANALYSIS, encode_result(sample(8)))
    assert "is another run's" in catalog.verify()[0]


def test_results_without_rows_are_named(catalog: Catalog) -> None:
    late = sample(7)
    catalog.put_result(late.run, ANALYSIS, encode_result(late))
    catalog.add([place(late)], {})
    (line,) = catalog.verify(repair=True)
    assert "has no rows" in line
    assert catalog.verify() == []
    assert told(catalog) == expected([*range(6), 7])


def test_old_garbage_and_damaged_scans(catalog: Catalog, root: Path) -> None:
    garbage = root / "tables" / "runs" / "0000000000001-0.parquet"
    garbage.write_bytes(b"x")
    os.utime(garbage, (1, 1))
    (root / "scans").mkdir()
    (root / "scans" / "1.json").write_bytes(b"{")
    assert catalog.scans() == []
    lines = catalog.verify()
    assert [line.startswith(NOTE) for line in lines] == [False, True]
    catalog.verify(repair=True)
    assert catalog.verify() == []
    assert not garbage.exists()
