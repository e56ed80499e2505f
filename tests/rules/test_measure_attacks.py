"""What a pack may try with a measure is refused at load, with file and line; nothing is read."""

# ruff: noqa: S608 - the queries are what is tested

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import polars as pl
import pytest

from h2o_forensics.errors import RuleError
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook import load_rulebook
from h2o_forensics.rulebook.measures import COMPILED, translate
from h2o_forensics.rulebook.measures_file import compiled_file

PLACE = "node, ts, artifact, line"
SELECT = f"SELECT {PLACE}"
H = "hits.node, hits.ts, hits.artifact, hits.line"
CANARY = "CANARY-7f3a"

RULE = """\
id: TST900
condition: node.frozen
name: probe
title: Probe
status: stable
since: 0.1.0
severity: low
confidence: low
harm: remark
when:
  measure:
    sql: {sql}
says: "{{node}}"
explain: x
remedies: []
caused_by: []
yields_to: []
false_positives: x
references: [x]
examples:
  fires: [x]
  silent: [x]
"""
LINE_OF_SQL = 12


@pytest.fixture(autouse=True)
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A canary in the current directory, and nobody may open a socket or let Polars read a file."""
    for name in ("file.csv", "hits.csv", "secret.parquet"):
        (tmp_path / name).write_text(f"secret\n{CANARY}\n")
    monkeypatch.chdir(tmp_path)

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a measure tried to reach out")

    monkeypatch.setattr(socket, "socket", refuse)
    for name in ("scan_csv", "read_csv", "scan_parquet", "scan_ipc", "scan_ndjson", "read_parquet"):
        monkeypatch.setattr(pl, name, refuse)
    monkeypatch.setattr(pl.SQLContext, "execute", refuse)
    yield
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert left == ["file.csv", "hits.csv", "secret.parquet"]


def refusal(sql: str, folder: Path) -> str:
    """The fault a pack with this measure gets."""
    pack = folder / "pack"
    (pack / "x").mkdir(parents=True)
    text = '"' + sql.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    (pack / "x" / "TST900_probe.yaml").write_text(RULE.format(sql=text), encoding="utf-8")
    began = perf_counter()
    with pytest.raises(RuleError) as caught:
        load_rulebook(pack, built_in=False, plugins=False)
    assert perf_counter() - began < 20
    ours = [fault for fault in caught.value.faults if "TST900" in fault]
    assert ours, caught.value.faults
    assert CANARY not in "\n".join(caught.value.faults)
    assert ours[0].startswith(f"pack/x/TST900_probe.yaml:{LINE_OF_SQL}: when.measure.sql: "), ours[
        0
    ]
    return ours[0]


ONE = "exactly one SELECT"
NO_FUNCTION = "no table functions"
ON = "only INNER, LEFT, SEMI and ANTI joins"
EQUAL = "column = earlier_table.column"

ATTACKS = {
    # Files and the network
    "SELECT * FROM read_csv('/etc/passwd')": NO_FUNCTION,
    f"{SELECT} FROM read_csv('file.csv')": NO_FUNCTION,
    f"{SELECT} FROM \"read_csv\"('file.csv')": NO_FUNCTION,
    f"{SELECT} FROM READ_PARQUET('secret.parquet')": NO_FUNCTION,
    f"{SELECT} FROM `read_csv`('file.csv')": "cannot be read as SQL",
    f"{SELECT} FROM `file.csv`": "cannot be read as SQL",
    f"{SELECT} FROM [file.csv]": "cannot be read as SQL",
    f"{SELECT} FROM read/**/_csv('file.csv')": "unknown table 'read'",
    f"{SELECT} FROM read_csv/**/('file.csv')": NO_FUNCTION,
    f"{SELECT} FROM /* hits */ read_csv('file.csv') -- hits": NO_FUNCTION,
    f"{SELECT} FROM 'file.csv'": "unknown table 'file.csv'",
    f'{SELECT} FROM "file.csv"': "unknown table 'file.csv'",
    f"{SELECT} FROM file.csv": "db",
    f"{SELECT} FROM 'http://127.0.0.1/x.csv'": "unknown table 'http://127.0.0.1/x.csv'",
    f"{SELECT} FROM read_csv('http://127.0.0.1/x.csv')": NO_FUNCTION,
    f"{SELECT} FROM read_parquet('s3://bucket/x')": NO_FUNCTION,
    f"{SELECT} FROM hits AS h, read_csv('file.csv') AS f": NO_FUNCTION,
    f"{SELECT} FROM hits JOIN read_csv('file.csv') AS f ON f.node = hits.node": NO_FUNCTION,
    f"WITH a AS (SELECT * FROM read_csv('file.csv')) {SELECT} FROM a": NO_FUNCTION,
    f"WITH read_csv AS (SELECT node FROM hits) {SELECT} FROM read_csv('file.csv')": NO_FUNCTION,
    f"{SELECT}, read_csv('file.csv') AS x FROM hits": "unknown function READ_CSV",
    f"{SELECT}, LOAD_FILE('file.csv') AS x FROM hits": "unknown function LOAD_FILE",
    f"{SELECT} FROM TABLE(read_csv('file.csv'))": NO_FUNCTION,
    f"{SELECT} FROM UNNEST(ARRAY[1, 2]) AS x": "only evidence tables",
    f"{SELECT} FROM generate_series(1, 1000000000) AS x": NO_FUNCTION,
    f"{SELECT} FROM information_schema.tables": "db",
    f"{SELECT} FROM self": "unknown table 'self'",
    # Other statements
    "DROP TABLE hits": ONE,
    "DELETE FROM hits": ONE,
    "UPDATE hits SET node = 1": ONE,
    "INSERT INTO hits SELECT node FROM hits": ONE,
    "CREATE TABLE x AS SELECT node FROM hits": ONE,
    f"CREATE VIEW x AS {SELECT} FROM hits": ONE,
    "TRUNCATE TABLE hits": ONE,
    "COPY hits TO 'out.csv'": ONE,
    "SHOW TABLES": ONE,
    f"EXPLAIN {SELECT} FROM hits": ONE,
    "SET x = 1": ONE,
    "PRAGMA x": ONE,
    "VALUES (1)": ONE,
    "TABLE hits": ONE,
    "FROM hits": ONE,
    f"({SELECT} FROM hits)": ONE,
    "'); DROP TABLE hits; --": "cannot be read as SQL",
    f"{SELECT} FROM hits; DROP TABLE hits": "without ;",
    f"{SELECT} FROM hits;": "without ;",
    f"{SELECT} INTO x FROM hits": "into",
    f"{SELECT} FROM hits UNION ALL {SELECT} FROM hits": ONE,
    " UNION ALL ".join([f"{SELECT} FROM hits"] * 100): ONE,
    f"{SELECT} FROM hits EXCEPT {SELECT} FROM hits": ONE,
    f"WITH a AS ({SELECT} FROM hits UNION ALL {SELECT} FROM hits) {SELECT} FROM a": "plain SELECT",
    f"WITH RECURSIVE a AS ({SELECT} FROM hits) {SELECT} FROM a": "recursive",
    f"WITH a AS ({SELECT} FROM a) {SELECT} FROM a": "unknown table 'a'",
    f"WITH hits AS ({SELECT} FROM jobs) {SELECT} FROM hits": "there is a table of this name",
    f"WITH a AS (WITH b AS ({SELECT} FROM hits) {SELECT} FROM b) {SELECT} FROM a": "plain SELECT",
    f"WITH a AS (DELETE FROM hits) {SELECT} FROM a": "plain SELECT",
    # Joins that multiply
    f"SELECT {H} FROM hits, jobs": ON,
    f"SELECT {H} FROM hits CROSS JOIN jobs": ON,
    f"SELECT {H} FROM hits JOIN jobs": ON,
    f"SELECT {H} FROM hits JOIN jobs USING (node)": ON,
    f"SELECT {H} FROM hits JOIN jobs USING ()": "",
    f"SELECT {H} FROM hits NATURAL JOIN jobs": ON,
    f"SELECT {H} FROM hits FULL JOIN jobs ON jobs.node = hits.node": ON,
    f"SELECT {H} FROM hits RIGHT JOIN jobs ON jobs.node = hits.node": ON,
    f"SELECT {H} FROM hits ASOF JOIN jobs ON jobs.node = hits.node": "",
    f"SELECT {H} FROM hits JOIN jobs ON TRUE": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON 1 = 1": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON jobs.node = jobs.node": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON hits.node = hits.node": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON 'a' = jobs.node": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON jobs.ts > hits.ts": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON jobs.node = hits.node AND jobs.ts > hits.ts": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON jobs.node = hits.node OR TRUE": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON NOT (jobs.node = hits.node)": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON jobs.node <> hits.node": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON LEFT(jobs.node, 0) = LEFT(hits.node, 0)": EQUAL,
    f"SELECT {H} FROM hits JOIN jobs ON node = node": EQUAL,
    f"SELECT {H} FROM hits " + " ".join(
        f"JOIN hits AS h{at} ON h{at}.node = hits.node" for at in range(20)): "more than 6 joins",
    f"SELECT {H} FROM hits JOIN LATERAL (SELECT 1) AS x ON TRUE": "only evidence tables",
    "SELECT node, ts, artifact, line FROM (SELECT * FROM hits) AS x": "steps named in WITH",
    f"{SELECT} FROM hits WHERE node IN (SELECT node FROM jobs)": "query",
    f"{SELECT} FROM hits WHERE EXISTS (SELECT 1 FROM jobs)": "no SELECT inside a SELECT",
    f"{SELECT}, (SELECT MAX(msec) FROM jobs) AS x FROM hits": "no SELECT inside a SELECT",
    # Work for the parser
    "(" * 10_000: "longer than 8192",
    "SELECT " + "(" * 1000: "nested deeper",
    "SELECT " + "(" * 2000 + "1" + ")" * 2000 + " AS x FROM hits": "has more than 1200 words",
    "SELECT " + "'" * 8000: "",
    f"{SELECT} FROM hits WHERE " + "NOT " * 1100 + "TRUE": "nested too deeply",
    f"{SELECT} FROM hits WHERE line = " + "- " * 1100 + "1": "nested too deeply",
    f"{SELECT} FROM hits WHERE " + "CASE WHEN " * 300 + "1": "nested deeper",
    f"SELECT {'COALESCE(' * 400}line FROM hits": "nested deeper",
    f"{SELECT} FROM hits WHERE {' AND '.join(['line = 1'] * 250)}": "more than 40 terms",
    f"{SELECT} FROM hits WHERE {' OR '.join(['line = 1'] * 2000)}": "longer than 8192",
    f"{SELECT} FROM hits WHERE line IN ({'1, ' * 500}1)": "IN wants 1 to 100",
    f"{SELECT} FROM hits WHERE line IN ({'1, ' * 2000}1)": "has more than 1200 words",
    f"{SELECT}, {', '.join(f'line AS c{at}' for at in range(200))} FROM hits": "more than 32",
    f"{SELECT} FROM hits /* {'x' * 100_000} */": "longer than 8192",
    f"WITH {', '.join(f'a{at} AS ({SELECT} FROM hits)' for at in range(20))} {SELECT} FROM a1":
        "more than 8 steps",
    "SELECT " + "[" * 1000: "nested deeper",
    "SELECT " + "{" * 1000: "nested deeper",
    # Work for Polars
    f"{SELECT}, SUM(line) OVER (ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS x "
    "FROM hits": "spec",
    f"{SELECT}, SUM(line) OVER () AS x FROM hits": "wants PARTITION BY or ORDER BY",
    f"{SELECT}, SUM(line) OVER w AS x FROM hits WINDOW w AS (PARTITION BY node)": "windows",
    f"{SELECT}, STRING_AGG(text, ',') AS x FROM hits GROUP BY node": "STRING_AGG",
    f"{SELECT}, ARRAY_AGG(text) AS x FROM hits": "unknown function ARRAY_AGG",
    f"{SELECT}, REPEAT(text, 1000000000) AS x FROM hits": "unknown function REPEAT",
    f"{SELECT}, LPAD(text, 1000000000, 'x') AS x FROM hits": "unknown function LPAD",
    f"{SELECT}, RPAD(text, 1000000000) AS x FROM hits": "unknown function RPAD",
    f"{SELECT}, REPLACE(text, '', 'xxxxxxxx') AS x FROM hits": "must not be longer",
    f"{SELECT}, REPLACE(text, 'a', text) AS x FROM hits": "wants a literal",
    f"{SELECT}, {' || '.join(['text'] * 30)} AS x FROM hits": "8 times at most",
    f"{SELECT}, CONCAT({', '.join(['text'] * 30)}) AS x FROM hits": "2 to 8 argument",
    f"WITH a AS ({SELECT}, text || text AS t FROM hits) {SELECT}, t || t AS x FROM a":
        "in the last SELECT only",
    f"{SELECT} FROM hits WHERE REGEXP_LIKE(text, text)": "wants a literal",
    f"{SELECT} FROM hits WHERE REGEXP_LIKE(text, '(a{{1000}}){{1000}}')": "repeats more than 100",
    f"{SELECT} FROM hits WHERE REGEXP_LIKE(text, '{'(x+x+)+' * 40}y')": "more than 200 characters",
    f"{SELECT} FROM hits WHERE text ~ '(a+)+$'": "cannot be read as SQL",
    f"{SELECT} FROM hits WHERE text REGEXP '(a+)+$'": "REGEXP_LIKE",
    f"{SELECT} FROM hits WHERE text SIMILAR TO 'a'": "REGEXP_LIKE",
    f"{SELECT} FROM hits WHERE text LIKE text": "wants a literal",
    f"{SELECT} FROM hits WHERE text LIKE '{'%a' * 200}'": "more than 200 characters",
    f"{SELECT}, POWER(line, line) AS x FROM hits": "wants a literal",
    f"{SELECT}, {'9' * 400} AS x FROM hits": "no plain number",
    f"{SELECT}, 1e308 AS x FROM hits": "no plain number",
    f"{SELECT}, ts + INTERVAL '99999999999 years' AS x FROM hits": "INTERVAL",
    f"{SELECT}, PG_SLEEP(100) AS x FROM hits": "unknown function PG_SLEEP",
    f"{SELECT}, NOW() AS x FROM hits": "unknown function NOW",
    f"{SELECT}, RANDOM() AS x FROM hits": "unknown function RANDOM",
    f"{SELECT}, CURRENT_TIMESTAMP AS x FROM hits": "no column",
    f"{SELECT}, CAST(text AS BLOB) AS x FROM hits": "CAST to",
    f"{SELECT} FROM hits LIMIT 5": "ORDER BY in front",
    # Names
    f"{SELECT} FROM hіts": "only texts in quotes",  # noqa: RUF001 - a Cyrillic letter
    f"{SELECT} FROM ｈｉｔｓ": "only texts in quotes",  # noqa: RUF001 - full-width letters
    "SELECT nоde, ts, artifact, line FROM hits": "only texts in quotes",  # noqa: RUF001
    f"{SELECT} FROM hits WHERE text = '\u202e'": "cannot be printed",
    f'{SELECT}, line AS "x; DROP" FROM hits': "no plain name",
    f'{SELECT}, line AS "x"" FROM y" FROM hits': "no plain name",
    f"{SELECT} FROM hits AS \"h'\"": "no plain name",
    f"{SELECT}, {{fn now()}} AS x FROM hits": "unknown function NOW",
    f"{SELECT}, @@version AS x FROM hits": "not allowed",
    f"{SELECT}, :x AS x FROM hits": "not allowed",
    f"{SELECT}, $1 AS x FROM hits": "no plain name",
    f"{SELECT}, node[1] AS x FROM hits": "not allowed",
    f"{SELECT}, line -> 1 AS x FROM hits": "not allowed",
    "SELECT * FROM hits": "no *",
    "SELECT hits.* FROM hits": "",
    "SELECT * EXCLUDE (node) FROM hits": "no *",
    f"{SELECT}, COLUMNS('.*') AS x FROM hits": "unknown function COLUMNS",
    f"{SELECT} FROM hits TABLESAMPLE (10)": "sample",
    f"{SELECT} FROM hits PIVOT(SUM(line) FOR node IN ('x'))": "pivots",
    f"{SELECT} FROM hits FOR UPDATE": "locks",
    f"{SELECT} FROM hits QUALIFY ROW_NUMBER() OVER (ORDER BY ts) = 1": "qualify",
    f"{SELECT} FROM hits GROUP BY ROLLUP (node)": "",
    f"{SELECT} FROM hits GROUP BY 1": "not their numbers",
    f"SELECT DISTINCT ON (node) {PLACE} FROM hits": "on",
    f"SELECT /*+ X */ {PLACE} FROM hits": "hint",
}  # fmt: skip


@pytest.mark.parametrize("sql", ATTACKS, ids=lambda sql: repr(sql[:60]))
def test_it_is_refused_and_nothing_is_read(
    sql: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fault = refusal(sql, tmp_path_factory.mktemp("rules"))
    assert ATTACKS[sql] in fault


MISTAKES = {
    "SELECT nod, ts, artifact, line FROM hits": "no column 'nod'; nearest: node",
    f"{SELECT} FROM hitz": "unknown table 'hitz'; nearest: hits",
    f"{SELECT}, SUMM(line) AS x FROM hits": "unknown function SUMM; nearest: SUM",
    "SELECT h.nod, ts, artifact, line FROM hits AS h": "no column 'nod' in hits; nearest: node",
    "SELECT x.node, ts, artifact, line FROM hits AS h": "unknown table 'x'",
    "SELECT node, ts FROM hits": "missing: artifact",
    "SELECT node, ts, artifact FROM hits": "missing: line",
    f"{SELECT}, line + 1 FROM hits": "give it a name with AS",
    f"{SELECT}, level AS node FROM hits": "two columns are named 'node'",
    "SELECT node, hits.ts, hits.artifact, hits.line FROM hits JOIN jobs ON jobs.node = hits.node":
        "'node' is a column of hits and jobs: say which",
    f"{SELECT} FROM hits WHERE": "line 1 of the query",
}  # fmt: skip


@pytest.mark.parametrize("sql", MISTAKES, ids=lambda sql: sql[:60])
def test_a_mistake_is_told_with_the_nearest_choice(
    sql: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert MISTAKES[sql] in refusal(sql, tmp_path_factory.mktemp("rules"))


@pytest.mark.parametrize(
    "sql", (f"{SELECT} FROM hits" + " " * (1 << 20), "(" * (1 << 20), f"{SELECT} FROM hits -- \x00")
)
def test_so_is_what_no_rule_file_can_hold(sql: str) -> None:
    began = perf_counter()
    compiled, faults = translate(sql)
    assert (compiled is None) == (len(sql) > 8192)
    assert bool(faults) == (len(sql) > 8192)
    assert perf_counter() - began < 10


def test_comments_and_quotes_of_the_author_do_not_reach_polars() -> None:
    sql = "SELECT \"NODE\", TS, artifact, /* */ line--b\nFROM \"Hits\" AS h WHERE text = '--; ''x'"
    compiled, _faults = translate(sql)
    assert compiled is not None
    assert [step.sql for step in compiled.steps] == [
        (
            'SELECT "node" AS "node", "ts" AS "ts", "artifact" AS "artifact", "line" AS "line" '
            'FROM "hits" AS "h" WHERE ("text" = \'--; \'\'x\')'
        )
    ]
    assert compiled.steps[0].tables == ("hits",)


def test_the_compiled_file_is_what_the_rules_say() -> None:
    fresh = compiled_file(load_rulebook(plugins=False))
    hint = "run: python -m h2o_forensics.rulebook.measures_file"
    assert (rules_dir() / COMPILED).read_bytes() == fresh, hint


def test_our_own_measures_need_no_parser() -> None:
    code = (
        "import sys; from h2o_forensics.rulebook import load_rulebook; "
        "load_rulebook(plugins=False); sys.exit('sqlglot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, env=_our_path())
    assert done.returncode == 0


def _our_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
