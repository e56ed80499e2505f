"""DuckDB over a catalog's Parquet, as docs/catalog.md says: the same rows as the catalog's own."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from h2o_forensics.catalog import Catalog
from h2o_forensics.model.catalog import RunResult
from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS
from tests import catalog_runs as runs
from tests.unit.catalog.test_reference import blocks

VIEWS = next(one for one in blocks("sql") if one.startswith("CREATE MACRO"))
PLAIN = next(one for one in blocks("sql") if one.startswith("SELECT condition"))


def asked(catalog: Catalog) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(VIEWS.replace("runs.catalog", catalog.url))
    return connection


def ours(catalog: Catalog, table: str) -> list[tuple[Any, ...]]:
    moments = [
        name for name, kind in CATALOG_SCHEMAS[table].items() if isinstance(kind, pl.Datetime)
    ]
    frame = catalog.table(table).with_columns(pl.col(moments).dt.epoch("ms")).collect()
    return sorted(frame.rows(), key=repr)


def theirs(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    columns = [
        f'epoch_ms("{name}")' if isinstance(kind, pl.Datetime) else f'"{name}"'
        for name, kind in CATALOG_SCHEMAS[table].items()
    ]
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()  # noqa: S608 - ours
    return sorted(rows, key=repr)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    made = runs.real_catalog(tmp_path / "runs.catalog", runs.results())
    runs.add_to(made, [runs.result_of("cases/oom_import")], seen_ms=3)  # another scan did so, too
    return made


def test_a_fresh_catalog_is_its_files(tmp_path: Path) -> None:
    made = runs.real_catalog(tmp_path / "runs.catalog", runs.results())
    rows = duckdb.connect().execute(PLAIN.replace("runs.catalog", made.url)).fetchall()
    assert dict(rows) == {
        "oom.import": 1, "node.killed": 1, "distributed_exception": 1, None: 3,
    }  # fmt: skip


@pytest.mark.parametrize("table", ("runs", "findings"))
def test_rows_that_stand_twice_count_once(catalog: Catalog, table: str) -> None:
    files = f"{catalog.url}/tables/{table}/*.parquet"
    sql = f"SELECT count(*) FROM read_parquet('{files}')"  # noqa: S608 - ours
    ((raw,),) = duckdb.connect().execute(sql).fetchall()
    own = ours(catalog, table)
    assert raw > len(own)
    assert theirs(asked(catalog), table) == own
    assert len(own) == len({row[:3] for row in own})


@pytest.mark.parametrize(
    "table", sorted(set(CATALOG_SCHEMAS) - {"unexplained", "gaps", "problems"})
)
def test_the_same_view_for_any_table(catalog: Catalog, table: str) -> None:
    connection = asked(catalog)
    view = VIEWS[VIEWS.index("CREATE VIEW findings") :].replace("runs.catalog", catalog.url)
    connection.execute(view.replace("findings", table).replace("CREATE", "CREATE OR REPLACE"))
    own, found = ours(catalog, table), theirs(connection, table)
    assert own
    assert found == own


def test_after_a_merge_and_in_the_middle_of_one(catalog: Catalog, tmp_path: Path) -> None:
    before = ours(catalog, "findings")
    old = tmp_path / "old"
    shutil.copytree(catalog.url, old)
    catalog.compact()
    assert theirs(asked(catalog), "findings") == before
    shutil.copytree(old, catalog.url, dirs_exist_ok=True)  # as if nothing had been deleted yet
    assert theirs(asked(catalog), "findings") == before


def test_a_run_judged_anew_counts_with_its_new_analysis(catalog: Catalog) -> None:
    result: RunResult = runs.judged_anew("cases/oom_import", "ffffffffffffffff")
    runs.add_to(catalog, [result], seen_ms=9)
    found = theirs(asked(catalog), "runs")
    assert found == ours(catalog, "runs")
    assert {row[1] for row in found if row[0] == result.run} == {"ffffffffffffffff"}
