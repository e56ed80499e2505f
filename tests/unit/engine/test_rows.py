"""Row signals over evidence tables."""

import json
from datetime import UTC, datetime

import pytest

from h2o_forensics.engine.rows import NotEvaluableError, check_where, keep_where, match_rows
from h2o_forensics.errors import RuleError
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import Signal
from h2o_forensics.model.tables import make_table

ONE, TWO = "10.0.0.1:54321", "10.0.0.2:54321"
AT = datetime(2026, 11, 22, 6, 0, 0, tzinfo=UTC)
AT_MS = 1_795_327_200_000


def row_signal(where: str | None, table: str = "nodes", about: str | None = None) -> Signal:
    return Signal(rule_id="R", name="s", table=table, where=where, about=about)


def test_matching_rows_become_hits() -> None:
    rows: list[dict[str, object]] = [
        {"node": TWO, "run": 1, "artifact": "A2", "line": 4, "ts": AT, "xmx_bytes": 100},
        {"node": ONE, "run": 1, "artifact": "A1", "line": 3, "ts": AT, "xmx_bytes": 900},
    ]
    tables = {"nodes": make_table("nodes", rows)}
    (hit,) = match_rows(row_signal("xmx_bytes * 2 <= 500"), tables, {"A2": "logs/two.log"})
    assert (hit.signal, hit.node, hit.path, hit.line, hit.ts) == (
        "R.s",
        TWO,
        "logs/two.log",
        4,
        AT_MS,
    )
    assert hit.text == "nodes: xmx_bytes=100"
    assert hit.captures["xmx_bytes"] == 100
    assert hit.captures["ts"] == AT_MS


def test_about_names_the_node_and_the_line_of_the_source_is_quoted() -> None:
    row: dict[str, object] = {
        "node": ONE,
        "artifact": "A1",
        "line": 3,
        "holder": TWO,
        "row_share": 0.99,
        "text": "as it stands",
    }
    tables = {"chunks": make_table("chunks", [row])}
    (hit,) = match_rows(row_signal("row_share > 0.9", "chunks", "holder"), tables, {"A1": "a"})
    assert (hit.node, hit.logged_by, hit.text) == (TWO, ONE, "as it stands")


def test_a_row_put_together_from_many_lines_quotes_the_column_of_the_filter() -> None:
    places = json.dumps({"xmx_bytes": ["A7", 70, "heap"], "pid": ["A8", 80, "pid"]})
    row: dict[str, object] = {"artifact": "A1", "line": 1, "text": "x", "pid": 5, "places": places}
    tables = {"nodes": make_table("nodes", [row])}
    (hit,) = match_rows(row_signal("pid = 5 AND node IS NULL"), tables, {"A8": "b.log"})
    assert (hit.artifact, hit.path, hit.line, hit.text) == ("A8", "b.log", 80, "pid")
    both = match_rows(row_signal("pid = 5 AND xmx_bytes IS NULL"), tables, {})
    assert [(hit.line, hit.weight) for hit in both] == [(70, 0), (80, 1)]


def test_json_rows_keep_their_pointer_and_null_is_not_true() -> None:
    rows: list[dict[str, object]] = [
        {"artifact": "A1", "pointer": "/nodes/0", "healthy": False},
        {"artifact": "A1", "pointer": "/nodes/1", "healthy": None},
    ]
    tables = {"cluster_nodes": make_table("cluster_nodes", rows)}
    (hit,) = match_rows(row_signal("NOT healthy", "cluster_nodes"), tables, {})
    assert (hit.line, hit.pointer, hit.ts) == (None, "/nodes/0", None)


def test_counted_tables_give_their_count_once() -> None:
    rows: list[dict[str, object]] = [
        {"artifact": "A1", "line": 1, "level": "WARN", "count": 40},
        {"artifact": "A1", "line": 9, "level": "WARN", "count": 0},
    ]
    tables = {"warnings": make_table("warnings", rows)}
    hits = match_rows(row_signal("level = 'WARN'", "warnings"), tables, {})
    assert [hit.weight for hit in hits] == [40, 0]
    samples = match_rows(row_signal("line = 9", "warnings"), tables, {})
    assert [hit.weight for hit in samples] == [1]


def test_a_missing_table_has_no_rows() -> None:
    assert match_rows(row_signal("pid = 1"), {}, {}) == []


@pytest.mark.parametrize("where", ("no_such = 1", "pid >", "pid = 'a' +"))
def test_a_broken_filter_is_the_rulebooks_fault(where: str) -> None:
    tables = {"nodes": make_table("nodes", [{"pid": 1}])}
    with pytest.raises(RuleError, match=r"R\.s"):
        match_rows(row_signal(where), tables, {})
    assert "R.s" in str(check_where(row_signal(where)))


def test_a_value_that_a_sound_filter_cannot_take_is_not_the_rulebooks_fault() -> None:
    signal = row_signal("STRPOS(peer_cloud_names, cloud_name) > 0")
    rows: list[dict[str, object]] = [{"cloud_name": "lab(1", "peer_cloud_names": "lab(1,lab"}] * 2
    with pytest.raises(NotEvaluableError, match=r"R\.s"):
        match_rows(signal, {"nodes": make_table("nodes", rows)}, {})
    assert check_where(signal) is None


def test_check_where_knows_tables_columns_and_groups() -> None:
    assert check_where(row_signal("pid = 1")) is None
    assert "nodes" in str(check_where(row_signal("pid = 1", "node")))
    record = Signal(
        rule_id="R",
        name="s",
        pattern=r"(?P<unit>\w+) (?P<n>\d+)",
        captures={"n": "int"},
        where="n > 3 AND unit = 'x' AND level = 'WARN'",
    )
    assert check_where(record) is None


def test_where_filters_record_hits_over_their_captures() -> None:
    signal = Signal(
        rule_id="R",
        name="s",
        pattern=r"(?P<n>\d+)(?P<u>\w)?",
        captures={"n": "float"},
        where="n >= 10 AND u IS NOT NULL",
    )

    def hit(n: float | None, u: str | None) -> Hit:
        return Hit(
            signal="R.s",
            artifact="A1",
            path="p",
            line=1,
            line_end=None,
            pointer=None,
            ts=1,
            node=ONE,
            logged_by=ONE,
            run=1,
            level="WARN",
            thread="t",
            text="t",
            captures={"n": n, "u": u},
        )

    good = hit(10.0, "x")
    assert keep_where(signal, [hit(9.9, "x"), good, hit(None, "x"), hit(50.0, None)]) == [good]


def test_a_run_of_a_jvm_is_dated_by_what_the_filter_asks_for() -> None:
    places = {"starved": ["A1", 7, "User=0.02s Real=30.11s"], "in_vain": ["A1", 3, "Pause Full"]}
    row = {
        "node": "n", "ts": 1_000, "artifact": "A1", "line": 3, "text": "Pause Full",
        "places": json.dumps(places), "starved": 1, "starved_from_ts": 5_000, "in_vain": 2,
    }  # fmt: skip
    tables = {"jvms": make_table("jvms", [row])}
    (hit,) = match_rows(Signal("R", "s", table="jvms", where="starved >= 1"), tables, {})
    assert (hit.line, hit.ts) == (7, 5_000)
    (hit,) = match_rows(Signal("R", "s", table="jvms", where="in_vain >= 1"), tables, {})
    assert (hit.line, hit.ts) == (3, 1_000)  # nothing says when it was
