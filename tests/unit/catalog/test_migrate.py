"""Catalogs of older versions are read as they are, and brought up to date when written to."""

from pathlib import Path

import msgspec
import polars as pl
import pytest

from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.local_store import LocalStore
from h2o_forensics.catalog.results import result_name
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import CATALOG_SCHEMA
from tests.catalog_samples import ANALYSIS, expected, fill, run_id, told

OLD = CATALOG_SCHEMA.rpartition("/")[0] + "/0"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A catalog as version 0 might have left it: columns fewer, other and of other types."""
    root = tmp_path / "c"
    catalog = open_catalog(str(root), create=True)
    for numbers in (range(3), range(2, 5)):
        fill(catalog, numbers)
    for file in [root / "catalog.json", *root.glob("segments/*")]:
        file.write_text(file.read_text().replace(CATALOG_SCHEMA, OLD))
    for file in root.glob("segments/*"):
        manifest = msgspec.json.decode(file.read_bytes())
        del manifest["sums"], manifest["replaces"]
        file.write_bytes(msgspec.json.encode(manifest))
    for file in root.glob("tables/runs/*"):
        pl.read_parquet(file).drop("verdict", "nodes").with_columns(
            pl.col("bytes").cast(pl.Int32), pl.lit(1).alias("former")
        ).write_parquet(file)
    for file in root.glob("tables/locations/*"):
        pl.read_parquet(file).drop("holds_for", "message", "first_seen_ms").write_parquet(file)
    return root


def test_it_is_read_as_it_is(root: Path) -> None:
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    catalog = open_catalog(str(root))
    assert told(catalog) == expected(range(5))
    runs = catalog.table("runs").collect()
    assert runs["verdict"].null_count() == 5
    assert "former" not in runs.columns
    assert sorted(runs["bytes"]) == [1000, 1001, 1002, 1003, 1004]
    row = catalog.index()["/archive/1.zip"]
    assert (row.holds_for, row.first_seen_ms, row.state) == ("", 0, "present")
    assert catalog.verify() == []
    catalog.prune(dry_run=True)
    assert {file: file.read_bytes() for file in root.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("how", ("add", "compact", "prune", "repair"))
def test_it_is_brought_up_to_date_when_written_to(root: Path, how: str) -> None:
    catalog = open_catalog(str(root))
    if how == "add":
        fill(catalog, [7])
    elif how == "compact":
        catalog.compact()
    elif how == "prune":
        catalog.prune()
    else:
        catalog.verify(repair=True)
    catalog = open_catalog(str(root))
    assert OLD not in "".join(file.read_text() for file in root.glob("**/*.json"))
    assert told(catalog) == expected([*range(5), *([7] if how == "add" else [])])
    assert catalog.table("runs").collect()["verdict"].to_list() == ["incident"] * len(
        catalog.index()
    )
    assert catalog.verify() == []


def test_what_cannot_be_made_again_keeps_its_rows(root: Path) -> None:
    (root / result_name(run_id(2), ANALYSIS)).unlink()
    (root / result_name(run_id(4), ANALYSIS)).write_bytes(b"x")
    catalog = open_catalog(str(root))
    catalog.compact()
    assert told(catalog) == expected(range(5))
    unknown = catalog.table("runs").filter(pl.col("verdict").is_null()).collect()
    assert sorted(unknown["name"]) == ["2.zip", "4.zip"]


def test_large_ones_are_made_again_in_parts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2o_forensics.catalog.rebuild.BATCH", 1)
    catalog = open_catalog(str(root))
    catalog.compact()
    assert told(catalog) == expected(range(5))
    assert catalog.verify() == []


class Killed(BaseException):
    """Nothing may catch this."""


def test_killed_at_any_moment_it_goes_on_later(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left, real = {"ops": 0}, (LocalStore.write, LocalStore.delete)

    def until(work: str) -> None:
        if left["ops"] <= 0:
            raise Killed(work)
        left["ops"] -= 1

    def write(self: LocalStore, name: str, data: bytes) -> None:
        until(name)
        real[0](self, name, data)

    def delete(self: LocalStore, name: str) -> None:
        until(name)
        real[1](self, name)

    monkeypatch.setattr(LocalStore, "write", write)
    monkeypatch.setattr(LocalStore, "delete", delete)
    kills = 0
    while True:  # each attempt gets one step further than it must, or it would never end
        left["ops"] = 4 + kills
        try:
            open_catalog(str(root)).compact()
            break
        except Killed:
            kills += 1
            assert told(open_catalog(str(root))) == expected(range(5))
    left["ops"] = 1000
    assert kills > 2
    catalog = Catalog(LocalStore(str(root)), 1)
    assert told(catalog) == expected(range(5))
    assert catalog.verify() == []
    assert catalog.table("runs").collect()["verdict"].null_count() == 0


def test_one_of_a_newer_version_is_left_alone(root: Path) -> None:
    (root / "catalog.json").write_text((root / "catalog.json").read_text().replace("/0", "/2"))
    with pytest.raises(CatalogError, match="Upgrade"):
        open_catalog(str(root), create=True)
