"""The catalog as those see it who write and read it."""

import importlib
from pathlib import Path

import msgspec
import polars as pl
import pytest

from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.catalog.segments import segments_in
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import CATALOG_SCHEMA, ScanRecord
from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS, INDEX_SCHEMA
from tests.catalog_samples import ANALYSIS, expected, fill, place, run_id, sample, told


@pytest.fixture(params=("local", "memory"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "local":
        return str(tmp_path / "catalog [1] ü")
    importlib.import_module("fsspec").filesystem("memory").store.clear()
    return "memory://catalog"


@pytest.fixture
def catalog(url: str) -> Catalog:
    return open_catalog(url, create=True)


def test_what_is_added_is_seen(catalog: Catalog, url: str) -> None:
    fill(catalog, range(3))
    fill(catalog, range(3, 5))
    again = open_catalog(url)
    assert told(again) == expected(range(5))
    assert again.results() == again.tabled() == {(run_id(one), ANALYSIS) for one in range(5)}
    assert again.index()["/archive/3.zip"] == place(sample(3))
    assert again.read_result(run_id(2), ANALYSIS) == encode_result(sample(2))
    assert again.verify() == []


def test_every_table_has_its_schema(catalog: Catalog) -> None:
    for name, schema in {**CATALOG_SCHEMAS, "locations": INDEX_SCHEMA}.items():
        assert catalog.table(name).collect_schema() == pl.Schema(schema)
        assert catalog.table(name).collect().schema == pl.Schema(schema)
    fill(catalog, [1])
    for name, schema in {**CATALOG_SCHEMAS, "locations": INDEX_SCHEMA}.items():
        assert catalog.table(name).collect().schema == pl.Schema(schema)
    with pytest.raises(CatalogError, match="no such table"):
        catalog.table("x")


def test_tables_answer_lazily(catalog: Catalog) -> None:
    lazy = catalog.table("runs")
    fill(catalog, range(9))
    picked = lazy.filter(pl.col("name") == "4.zip").select("bytes", "verdict").collect()
    assert picked.rows() == [(1004, "incident")]
    assert lazy.head(2).collect().height == 2
    assert lazy.select(pl.len()).collect().item() == 9
    joined = pl.SQLContext(runs=lazy, findings=catalog.table("findings")).execute(
        "SELECT r.name, count(*) AS n FROM runs r JOIN findings f ON r.run = f.run "
        "WHERE r.bytes < 1002 GROUP BY r.name ORDER BY r.name"
    )
    assert joined.collect().rows() == [("0.zip", 2), ("1.zip", 2)]
    assert catalog.table("runs").collect()["run"].is_sorted()


def test_only_what_locations_refer_to_is_seen(catalog: Catalog) -> None:
    fill(catalog, range(4), seen_ms=1)
    other = msgspec.structs.replace(sample(77), location="/archive/0.zip", name="0.zip")
    catalog.put_result(other.run, ANALYSIS, encode_result(other))
    catalog.add([place(other, 2)], {})
    assert sorted(catalog.table("runs").collect()["name"]) == ["1.zip", "2.zip", "3.zip"]
    catalog.add([place(sample(1), 2, "gone"), place(sample(2), 2, "replaced")], {})
    assert sorted(catalog.table("runs").collect()["name"]) == ["1.zip", "3.zip"]
    catalog.compact()  # gives rows to the new content of 0.zip
    assert sorted(catalog.table("runs").collect()["bytes"]) == [1001, 1003, 1077]
    assert catalog.index()["/archive/1.zip"].state == "gone"
    catalog.add([place(sample(1), 1)], {})  # an older row: of a scan that took longer
    assert catalog.index()["/archive/1.zip"].state == "gone"


def test_the_same_run_in_two_segments_is_one(catalog: Catalog) -> None:
    fill(catalog, range(3))
    fill(catalog, range(1, 5))
    assert told(catalog) == expected(range(5))
    copy = msgspec.structs.replace(place(sample(1)), location="/elsewhere/1.zip")
    catalog.add([copy], {})
    assert catalog.table("runs").collect().height == 5
    assert len(catalog.index()) == 6


def test_odd_text_is_kept_readable(catalog: Catalog) -> None:
    row = msgspec.structs.replace(place(sample(1)), location="/archive/\udc80.zip", name="\udc80")
    catalog.add([row], {})
    assert list(catalog.index()) == ["/archive/\\udc80.zip"]


def test_reports_scans_and_rules(catalog: Catalog) -> None:
    catalog.put_report(run_id(1), b"<html>")
    assert catalog.reports() == {run_id(1)}
    assert catalog.read_report(run_id(1)) == b"<html>"
    with pytest.raises(CatalogError, match="no such file"):
        catalog.read_report(run_id(2))
    records = [
        ScanRecord("s", f"scan-{one}", f"2026-11-0{one}", None, ("/a",), "0", "", ANALYSIS)
        for one in (1, 2, 3)
    ]
    for record in reversed(records):
        catalog.put_scan(record)
    catalog.put_scan(msgspec.structs.replace(records[0], ended="2026-11-02", found=4))
    assert [one.found for one in catalog.scans()] == [4, 0, 0]
    assert catalog.scans(most=2) == records[1:]
    assert catalog.rulebook("ab") is None
    catalog.put_rulebook("ab", b"{}")
    assert catalog.rulebook("ab") == b"{}"


@pytest.mark.parametrize("name", ("../x", "", "a/b", ".hidden", "x" * 200))
def test_names_lead_nowhere_else(catalog: Catalog, name: str) -> None:
    with pytest.raises(CatalogError):
        catalog.put_report(name, b"")
    with pytest.raises(CatalogError):
        catalog.put_result(name, ANALYSIS, b"")
    with pytest.raises(CatalogError):
        catalog.put_rulebook(name, b"")


def test_nothing_is_made_where_something_else_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("x")
    with pytest.raises(CatalogError, match="holds other files and no catalog"):
        open_catalog(str(tmp_path), create=True)
    with pytest.raises(CatalogError, match="there is no catalog"):
        open_catalog(str(tmp_path / "new"))
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(CatalogError, match=r"[Nn]ot a directory"):
        open_catalog(str(tmp_path / "letter.txt"), create=True)


def test_making_one_may_be_interrupted(tmp_path: Path) -> None:
    (tmp_path / ".tmp-0123").write_text("half of a card")
    open_catalog(str(tmp_path), create=True)
    assert told(open_catalog(str(tmp_path))) == ([], [])


@pytest.mark.parametrize(
    ("card", "message"),
    (
        ('{"schema": "h2o-forensics/catalog/99"}', "newer version.*Upgrade"),
        ('{"schema": "something/1"}', "is no catalog of h2o-forensics"),
        ("{}", "is no catalog"),
        ("half", "is damaged.*catalog/1"),
    ),
)
def test_other_cards_are_refused(tmp_path: Path, card: str, message: str) -> None:
    (tmp_path / "catalog.json").write_text(card)
    with pytest.raises(CatalogError, match=message):
        open_catalog(str(tmp_path))


def test_a_segment_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    catalog = open_catalog(str(tmp_path), create=True)
    fill(catalog, [1])
    (manifest,) = (tmp_path / "segments").iterdir()
    newer = CATALOG_SCHEMA[:-1] + "2"
    manifest.write_text(manifest.read_text().replace(CATALOG_SCHEMA, newer))
    with pytest.raises(CatalogError, match="newer version"):
        open_catalog(str(tmp_path)).index()


def test_a_reader_is_not_disturbed_by_a_merge(url: str) -> None:
    writer = open_catalog(url, create=True)
    for one in range(4):
        fill(writer, [one])
    reader = open_catalog(url)
    old = reader._segments.snapshot()
    lazy = reader.table("findings")
    writer.compact()
    assert len(segments_in(writer._store)) == 1
    stale = [old, old]
    snapshot = reader._segments.snapshot
    reader._segments.snapshot = lambda: stale.pop() if len(stale) > 1 else snapshot()  # type: ignore[method-assign]
    assert lazy.collect().height == 8
    assert len(stale) == 1


def test_a_file_that_is_lost_is_named(tmp_path: Path) -> None:
    catalog = open_catalog(str(tmp_path), create=True)
    fill(catalog, [1])
    (file,) = (tmp_path / "tables" / "findings").iterdir()
    file.unlink()
    with pytest.raises(CatalogError, match=f"{file.name}.*is missing.*verify --repair"):
        catalog.table("findings").collect()
    file.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(CatalogError, match="is damaged"):
        catalog.table("findings").collect()
    assert catalog.table("runs").collect().height == 1
