"""All that measures may say, Polars understands: each function, type, unit and operator is run."""

# ruff: noqa: S608 - the queries are what is tested

from datetime import UTC, datetime

import pytest

from h2o_forensics.engine.measure.run import run_measure
from h2o_forensics.model.rule import Measure
from h2o_forensics.model.tables import make_table
from h2o_forensics.rulebook.measure_words import (
    AGGREGATES,
    FUNCTIONS,
    PARTS,
    SCALARS,
    TYPES,
    UNITS,
    WINDOWS,
)
from h2o_forensics.rulebook.measures import translate

TABLE = make_table(
    "http_requests",
    [
        {"node": "n1", "ts": datetime(2026, 11, 22, 6, 5, at, tzinfo=UTC), "artifact": "A1",
         "line": at + 1, "uri": "/3/Ping", "status": 200 + at, "duration_ms": at * 1000}
        for at in range(3)
    ],
)  # fmt: skip
TABLES = {"http_requests": TABLE}
HEAD = "SELECT node, ts, artifact, line, "


def value(expression: str, *, grouped: bool = False) -> object:
    """The expression's value in the second row, or over all rows."""
    sql = f"{HEAD}{expression} AS x FROM http_requests"
    if grouped:
        sql = (
            f"WITH g AS (SELECT node, {expression} AS x FROM http_requests GROUP BY node) "
            "SELECT h.node, h.ts, h.artifact, h.line, g.x FROM http_requests AS h "
            "JOIN g ON g.node = h.node"
        )
    compiled, faults = translate(sql)
    assert compiled is not None, faults
    return run_measure(Measure("m", sql, compiled.steps, compiled.columns), TABLES)[1]["x"]


OF_ROWS = {
    "COUNT": ("COUNT(*)", 3), "SUM": ("SUM(status)", 603), "AVG": ("AVG(status)", 201.0),
    "MIN": ("MIN(uri)", "/3/Ping"), "MAX": ("MAX(status)", 202),
    "MEDIAN": ("MEDIAN(status)", 201.0),
    "STDDEV": ("STDDEV(status)", 1.0), "VARIANCE": ("VARIANCE(status)", 1.0),
    "FIRST": ("FIRST(status)", 200), "LAST": ("LAST(status)", 202),
    "QUANTILE_CONT": ("QUANTILE_CONT(status, 0.5)", 201.0),
    "QUANTILE_DISC": ("QUANTILE_DISC(status, 0.5)", 201.0),
    "CORR": ("ROUND(CORR(status, duration_ms), 3)", 1.0),
}  # fmt: skip
OVER = {
    "ROW_NUMBER": ("ROW_NUMBER() OVER (PARTITION BY node ORDER BY ts DESC)", 2),
    "RANK": ("RANK() OVER (ORDER BY uri)", 1),
    "DENSE_RANK": ("DENSE_RANK() OVER (ORDER BY status)", 2),
    "LAG": ("LAG(status, 1) OVER (PARTITION BY node ORDER BY ts)", 200),
    "LEAD": ("LEAD(status) OVER (ORDER BY ts)", 202),
    "FIRST_VALUE": ("FIRST_VALUE(status) OVER (PARTITION BY node ORDER BY status DESC)", 202),
    "LAST_VALUE": ("LAST_VALUE(status) OVER (PARTITION BY node ORDER BY ts DESC)", 201),
}
OF_ONE = {
    "ABS": ("ABS(0 - status)", 201), "CEIL": ("CEIL(status / 2)", 101.0),
    "FLOOR": ("FLOOR(status / 2)", 100.0), "SQRT": ("SQRT(duration_ms * 10)", 100.0),
    "LN": ("LN(EXP(2))", 2.0), "LOG2": ("LOG2(8)", 3.0), "LOG10": ("LOG10(duration_ms)", 3.0),
    "EXP": ("EXP(status - 201)", 1.0), "SIGN": ("SIGN(status)", 1),
    "LOWER": ("LOWER(uri)", "/3/ping"),
    "UPPER": ("UPPER(uri)", "/3/PING"), "LENGTH": ("LENGTH(uri)", 7),
    "CHAR_LENGTH": ("CHAR_LENGTH(uri)", 7), "OCTET_LENGTH": ("OCTET_LENGTH(uri)", 7),
    "TRIM": ("TRIM(uri)", "/3/Ping"), "YEAR": ("YEAR(ts)", 2026), "MONTH": ("MONTH(ts)", 11),
    "DAY": ("DAY(ts)", 22), "HOUR": ("HOUR(ts)", 6), "MINUTE": ("MINUTE(ts)", 5),
    "SECOND": ("SECOND(ts)", 1), "ROUND": ("ROUND(status / 7, 2)", 28.71),
    "POWER": ("POWER(status, 2)", 40401), "LEFT": ("LEFT(uri, 2)", "/3"),
    "RIGHT": ("RIGHT(uri, 2)", "ng"), "MOD": ("MOD(status, 7)", 5),
    "NULLIF": ("NULLIF(status, 201)", None), "IFNULL": ("IFNULL(method, 'none')", "none"),
    "GREATEST": ("GREATEST(status, 500)", 500), "LEAST": ("LEAST(status, 7)", 7),
    "COALESCE": ("COALESCE(method, uri, 'x')", "/3/Ping"), "IF": ("IF(status > 200, 1, 0)", 1),
    "SUBSTR": ("SUBSTR(uri, 2, 3)", "3/P"), "STRPOS": ("STRPOS(uri, 'P')", 4),
    "STARTS_WITH": ("STARTS_WITH(uri, '/3')", True), "ENDS_WITH": ("ENDS_WITH(uri, 'x')", False),
    "REGEXP_LIKE": ("REGEXP_LIKE(uri, '^/[0-9]+/P')", True),
    "STRFTIME": ("STRFTIME(ts, '%H:%M')", "06:05"), "LTRIM": ("LTRIM(uri, '/')", "3/Ping"),
    "RTRIM": ("RTRIM(uri, 'g')", "/3/Pin"), "SPLIT_PART": ("SPLIT_PART(uri, '/', 3)", "Ping"),
    "REPLACE": ("REPLACE(uri, '/3', 'v')", "v/Ping"),
    "CONCAT": ("CONCAT(uri, '?', status)", "/3/Ping?201"),
    "DATE_PART": ("DATE_PART('minute', ts)", 5),
    "DATE_TRUNC": ("DATE_TRUNC('minute', ts)", 1_795_327_500_000),
}  # fmt: skip
WORDS = {
    "status BETWEEN 200 AND 201": True, "status NOT BETWEEN 200 AND 201": False,
    "uri IN ('/3/Ping', 'b')": True, "status NOT IN (1, 2)": True, "uri LIKE '/3/%'": True,
    "uri NOT LIKE '/3/%'": False, "uri ILIKE '%PING'": True, "method IS NULL": True,
    "method IS NOT NULL": False, "(status > 1) IS TRUE": True, "NOT status = 201": False,
    "status <> 201 OR status = 201 AND TRUE": True, "- status + 1 * 2": -199,
    "status % 7": 5, "status / 2": 100.5, "uri || ':' || uri": "/3/Ping:/3/Ping",
    "CASE WHEN status > 200 THEN 'a' ELSE 'b' END": "a", "CASE status WHEN 201 THEN 1 END": 1,
    "status >= 201": True, "status <= 200": False, "status < 1": False, "1.5 * status": 301.5,
    "'it''s \\ \"x\"'": "it's \\ \"x\"", "COUNT(*) OVER (PARTITION BY node)": 3,
    "SUM(status) OVER (PARTITION BY node ORDER BY ts)": 401, "status::BIGINT": 201, "NULL": None,
}  # fmt: skip


def test_every_function_that_is_allowed_is_tried_here() -> None:
    assert set(OF_ROWS) == set(AGGREGATES)
    assert set(OVER) == set(WINDOWS)
    assert set(OF_ONE) == set(SCALARS)
    assert len(FUNCTIONS) == len(AGGREGATES) + len(WINDOWS) + len(SCALARS)


@pytest.mark.parametrize("name", OF_ROWS)
def test_aggregates(name: str) -> None:
    expression, expected = OF_ROWS[name]
    assert value(expression, grouped=True) == expected


def test_distinct_values_are_counted() -> None:
    assert value("COUNT(DISTINCT uri)", grouped=True) == 1


@pytest.mark.parametrize("name", OVER)
def test_windows(name: str) -> None:
    expression, expected = OVER[name]
    assert value(expression) == expected


@pytest.mark.parametrize("name", OF_ONE)
def test_functions(name: str) -> None:
    expression, expected = OF_ONE[name]
    assert value(expression) == (
        pytest.approx(expected) if name[0:2] in {"LN", "LO"} and name != "LOWER" else expected
    )


@pytest.mark.parametrize("expression", WORDS)
def test_operators(expression: str) -> None:
    assert value(expression) == WORDS[expression]


@pytest.mark.parametrize("kind", sorted({*TYPES.values(), "INT", "TEXT"}))
def test_types(kind: str) -> None:
    assert value(f"CAST({'ts' if kind == 'DATE' else 'status'} AS {kind})") is not None


def test_what_cannot_be_cast_may_be_null() -> None:
    assert value("TRY_CAST(uri AS BIGINT)") is None


@pytest.mark.parametrize("unit", UNITS)
def test_intervals(unit: str) -> None:
    assert isinstance(value(f"ts + INTERVAL '3 {unit.lower()}s'"), int)
    assert isinstance(value(f"ts - INTERVAL '1' {unit}"), int)


@pytest.mark.parametrize("part", PARTS)
def test_parts_of_a_time(part: str) -> None:
    assert value(f"DATE_PART('{part}', ts)") is not None
    if part in PARTS[:6]:
        assert isinstance(value(f"DATE_TRUNC('{part}', ts)"), int)


@pytest.mark.parametrize(
    ("kind", "lines"),
    (("JOIN", [1, 2]), ("LEFT JOIN", [1, 2, 3]), ("SEMI JOIN", [1, 2]), ("ANTI JOIN", [3])),
)
def test_joins(kind: str, lines: list[int]) -> None:
    sql = (
        "WITH b AS (SELECT line, uri FROM http_requests WHERE line < 3) "
        f"SELECT a.node, a.ts, a.artifact, a.line FROM http_requests AS a {kind} b "
        "ON b.line = a.line AND a.uri = b.uri ORDER BY a.ts LIMIT 10"
    )
    compiled, faults = translate(sql)
    assert compiled is not None, faults
    found = run_measure(Measure("m", sql, compiled.steps, compiled.columns), TABLES)
    assert [row["line"] for row in found] == lines
