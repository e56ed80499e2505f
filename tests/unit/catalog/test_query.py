"""Questions to a catalog: answers, what is refused and how, which tables are opened."""

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2o_forensics.catalog.query import TABLES, query, read_select
from h2o_forensics.errors import CatalogError
from tests import catalog_runs as runs


@pytest.fixture(scope="module")
def full() -> runs.RowsAlone:
    return runs.RowsAlone(runs.results())


def ask(catalog: runs.RowsAlone, sql: str) -> list[tuple[object, ...]]:
    return query(catalog, sql).rows()


def test_causes_by_count(full: runs.RowsAlone) -> None:
    sql = """
        SELECT condition, COUNT(*) AS n  -- the first cause of each run
        FROM runs WHERE condition IS NOT NULL GROUP BY condition ORDER BY n DESC, condition;
    """
    assert ask(full, sql) == [
        ("distributed_exception", 1), ("node.killed", 1), ("oom.import", 1),
    ]  # fmt: skip


def test_tables_are_joined_by_run_and_analysis(full: runs.RowsAlone) -> None:
    sql = """
        WITH causes AS (SELECT run, analysis, finding FROM findings WHERE rank = 1)
        SELECT r.name, COUNT(*) AS lines FROM runs r
        JOIN causes c ON r.run = c.run AND r.analysis = c.analysis
        JOIN evidence e ON c.run = e.run AND c.analysis = e.analysis AND c.finding = e.finding
        GROUP BY r.name ORDER BY r.name
    """
    answer = ask(full, sql)
    assert [name for name, _ in answer] == [
        "cases/distributed_exception", "cases/node_killed", "cases/oom_import",
    ]  # fmt: skip
    assert all(isinstance(count, int) and count > 0 for _, count in answer)


@pytest.mark.parametrize(
    ("sql", "rows"),
    (
        ("SELECT COUNT(*) FROM locations WHERE state <> 'gone'", [(6,)]),
        ("SELECT name FROM runs WHERE status = 'failed'", [("cases/hangs",)]),
        ("SELECT name FROM runs WHERE summary ILIKE '%heap%' AND verdict IN ('incident')",
         [("cases/oom_import",)]),
        ('SELECT COUNT("from") FROM gaps', [(0,)]),
        ("SELECT run FROM runs WHERE name = 'it''s' UNION ALL SELECT run FROM jvms LIMIT 0", []),
        ("SELECT MAX(pauses)::bigint > 0 FROM jvms", [(True,)]),
        ("SELECT COUNT(*) FROM runs WHERE first > DATE '2020-01-01' AND first < '2099-01-01'",
         [(4,)]),
        ("(SELECT COUNT(*) FROM runs)", [(6,)]),
        ("SELECT EXTRACT(year FROM first) AS y FROM runs WHERE first IS NOT NULL GROUP BY y",
         [(2026,)]),
        ("SELECT 1 /* FROM read_csv('x') */", [(1,)]),
    ),
)  # fmt: skip
def test_what_it_answers(full: runs.RowsAlone, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert ask(full, sql) == rows


def test_only_named_tables_are_opened(full: runs.RowsAlone) -> None:
    full.opened.clear()
    ask(full, "SELECT COUNT(*) FROM findings f JOIN runs USING (run, analysis)")
    assert sorted(full.opened) == ["findings", "runs"]


@pytest.mark.parametrize(
    ("sql", "said"),
    (
        ("SELECT * FROM rums", "no table 'rums' in a catalog; nearest: runs"),
        ("SELECT * FROM Runs", "no table 'Runs' in a catalog; nearest: runs"),
        ("SELECT condtion FROM runs", "no column 'condtion'; nearest: condition"),
        ("SELECT r.condtion FROM runs r", "no column 'condtion'; nearest: condition"),
        ("SELECT foo(bytes) FROM runs", "unsupported function 'foo'"),
        ("SELECT * FROM x.runs", "tables have no schema in front"),
        ("SELECT run FROM", "cannot be read as SQL"),
        ("SELECT 'open", "cannot be read as SQL"),
        ("", "give one SELECT"),
        ("SELECT 1; SELECT 2", "one SELECT at a time"),
        ("DROP TABLE runs", "give one SELECT"),
        ("DELETE FROM runs", "give one SELECT"),
        ("EXPLAIN SELECT * FROM runs", "give one SELECT"),
        ("SELECT * INTO x FROM runs", "INTO is not for a query"),
        ("WITH x AS (DELETE FROM runs) SELECT 1", "is not for a query"),
        ("SELECT größe FROM runs", "double quotes"),
        ("SELECT " + "(" * 99 + "1" + ")" * 99 + " FROM runs", "nested deeper"),
        ("SELECT '" + "x" * 100_000 + "'", "longer than"),
    ),
)
def test_what_it_refuses_and_says(full: runs.RowsAlone, sql: str, said: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(said)) as caught:
        query(full, sql)
    assert str(caught.value).startswith("query: ")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "source",
    (
        "read_csv('{}')",
        "READ_CSV ('{}')",
        "\"read_csv\"('{}')",
        "read_parquet('{}')",
        "read_json('{}')",
        "scan_csv('{}')",
        "/* x */read_csv/* y */('{}')",
        "'{}'",
        '"{}"',
        "(SELECT * FROM read_csv('{}')) t",
        "runs r JOIN read_csv('{}') x ON r.run = x.run",
        "runs WHERE run IN (SELECT a FROM read_csv('{}'))",
        "runs, LATERAL read_csv('{}') x",
    ),
)
def test_files_are_out_of_reach(full: runs.RowsAlone, tmp_path: Path, source: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nhunter2\n")
    with pytest.raises(CatalogError) as caught:
        query(full, "SELECT * FROM " + source.format(secret))  # noqa: S608 - the attack
    assert "hunter2" not in str(caught.value)


def test_polars_itself_would_have_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("a\nhunter2\n")
    sql = f"SELECT * FROM read_csv('{path}')"  # noqa: S608 - the attack
    assert pl.SQLContext().execute(sql, eager=True).rows() == [("hunter2",)]


_WORDS = st.sampled_from(
    ["SELECT", "FROM", "runs", "read_csv", "(", ")", "'x'", '"y"', ",", "*", "--", "/*", "*/", ";",
     "'", '"', "$$", "E'\\''", "WITH", "a", "AS", ".", "JOIN", "\\", "\n", "`", "UNION", "1", "::"]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=14).map(lambda words: "SELECT " + " ".join(words)))
def test_whatever_is_asked_only_our_tables_come_through(sql: str) -> None:
    try:
        text, tables = read_select(sql)
    except CatalogError:
        return
    assert set(tables) <= set(TABLES)
    assert not re.search(r'(?i)read_csv"?\s*\(', re.sub(r"'(?:[^']|'')*'", "''", text))
    again, same = read_select(text)
    assert (again, same) == (text, tables)
