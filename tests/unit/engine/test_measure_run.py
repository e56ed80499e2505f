"""Measures over evidence tables: rows, bounds, order, evidence."""

# ruff: noqa: S608 - the queries are what is tested

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from h2o_forensics.engine.clauses import Ground, find
from h2o_forensics.engine.measure import apart as apart_module
from h2o_forensics.engine.measure import unmeasured, with_measures
from h2o_forensics.engine.measure.run import (
    MAX_JOIN_ROWS,
    MAX_ROWS,
    MAX_TEXT,
    MeasureError,
    run_measure,
)
from h2o_forensics.model.artifact import Artifact, Case, Cloud
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import Measure, MeasureStep, Rule
from h2o_forensics.model.tables import make_table
from h2o_forensics.rulebook import load_rulebook
from h2o_forensics.rulebook.measures import compile_measure

ONE, TWO = "10.0.0.1:54321", "10.0.0.2:54321"
AT = datetime(2026, 11, 22, 6, 0, 0, tzinfo=UTC)
AT_MS = 1_795_327_200_000
PLACE = "SELECT node, ts, artifact, line"


def measure(sql: str, **more: object) -> Measure:
    compiled, faults = compile_measure(sql)
    assert compiled is not None, faults
    return Measure("measure", sql, compiled.steps, compiled.columns, **more)  # type: ignore[arg-type]


def requests(count: int, **same: object) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {
            "node": (ONE, TWO)[at % 2],
            "run": 1,
            "ts": AT + timedelta(seconds=at),
            "artifact": f"A{1 + at % 2}",
            "line": at + 1,
            "text": f"request {at}",
            "uri": "/3/Ping",
            "duration_ms": at,
            "status": 200,
            **same,
        }
        for at in range(count)
    ]
    return make_table("http_requests", rows)


def rows_of(sql: str, count: int = 6) -> list[dict[str, object]]:
    return [dict(row) for row in run_measure(measure(sql), {"http_requests": requests(count)})]


def test_rows_come_in_order_of_time_node_and_place_whatever_the_query_says() -> None:
    found = rows_of(f"{PLACE}, duration_ms AS d FROM http_requests ORDER BY duration_ms DESC")
    assert [row["d"] for row in found] == [0, 1, 2, 3, 4, 5]
    assert found[0] == {"node": ONE, "ts": AT_MS, "artifact": "A1", "line": 1, "d": 0}


def test_the_same_instant_is_ordered_by_node_then_place() -> None:
    table = requests(40, ts=AT)
    found = run_measure(measure(f"{PLACE} FROM http_requests"), {"http_requests": table})
    assert found == run_measure(
        measure(f"{PLACE} FROM http_requests"), {"http_requests": table.reverse()}
    )
    assert [row["node"] for row in found] == [ONE] * 20 + [TWO] * 20


def test_steps_read_the_steps_before() -> None:
    (row, *_) = rows_of(
        "WITH a AS (SELECT node, MAX(duration_ms) AS top FROM http_requests GROUP BY node), "
        "b AS (SELECT h.node, h.ts, h.artifact, h.line, a.top FROM http_requests AS h "
        "JOIN a ON a.node = h.node WHERE h.duration_ms = a.top) "
        f"{PLACE}, top, top / 2 AS half FROM b"
    )
    assert (row["line"], row["top"], row["half"]) == (5, 4, 2.0)


def test_only_so_many_rows_and_so_long_a_text() -> None:
    assert len(rows_of(f"{PLACE} FROM http_requests", 2500)) == MAX_ROWS
    table = {"http_requests": requests(1, text="x" * 5000)}
    (row,) = run_measure(measure(f"{PLACE}, text AS said FROM http_requests"), table)
    assert len(str(row["said"])) == MAX_TEXT


def test_what_is_no_number_becomes_null() -> None:
    (row, *_) = rows_of(
        f"{PLACE}, duration_ms / 0 AS x, LN(duration_ms - 9) AS y FROM http_requests"
    )
    assert (row["x"], row["y"]) == (None, None)


def test_a_table_that_is_not_there_has_no_rows() -> None:
    assert run_measure(measure(f"{PLACE} FROM chunks"), {}) == []


@pytest.mark.parametrize(
    ("sql", "said"),
    (
        (f"{PLACE}, LOWER(status) AS x FROM http_requests", "expected `String`"),
        ("SELECT node, uri AS ts, artifact, line FROM http_requests", "column ts is String"),
        ("SELECT node, ts, artifact, uri AS line FROM http_requests", "column line is String"),
        (f"{PLACE}, CAST(uri AS BIGINT) AS x FROM http_requests", "conversion"),
    ),
)
def test_what_polars_refuses_is_an_error_with_its_words(sql: str, said: str) -> None:
    with pytest.raises(MeasureError, match=said):
        rows_of(sql)


BOMB = (
    "SELECT a.node, a.ts, a.artifact, a.line, COUNT(*) AS n FROM http_requests AS a "
    "JOIN http_requests AS b ON b.uri = a.uri GROUP BY a.node, a.ts, a.artifact, a.line"
)


def test_a_join_that_would_explode_is_not_run() -> None:
    with pytest.raises(MeasureError, match=f"400020000 rows, more than {MAX_JOIN_ROWS}"):
        rows_of(BOMB, 20_000)
    assert len(rows_of(BOMB, 500)) == 500


def test_several_joins_are_counted_together() -> None:
    third = BOMB.replace(" GROUP BY", " JOIN http_requests AS c ON c.uri = b.uri GROUP BY")
    assert len(rows_of(third, 60)) == 60
    with pytest.raises(MeasureError, match="could make"):
        rows_of(third, 300)


def test_a_join_of_steps_is_counted_by_what_the_steps_left() -> None:
    few = (
        "WITH a AS (SELECT node, MAX(uri) AS uri FROM http_requests GROUP BY node) "
        "SELECT h.node, h.ts, h.artifact, h.line FROM http_requests AS h JOIN a ON a.uri = h.uri"
    )
    assert len(rows_of(few, 20_000)) == MAX_ROWS


def rule_with(found: Measure, *, foreign: bool = False, rule_id: str = "TST001") -> Rule:
    return Rule(
        id=rule_id, condition="node.frozen", name="x", title="x", status="stable", since="0.1.0",
        severity="low", confidence="low", harm="fault", signals=(), when=found, says="",
        explain="",
        false_positives="", facts=(), remedies=(), caused_by=(), yields_to=(), references=(),
        fires=(), silent=(), foreign=foreign,
    )  # fmt: skip


def evidence(table: pl.DataFrame) -> EvidenceSet:
    artifacts = tuple(
        Artifact(f"A{at}", f"logs/node{at}.log", "http_log", None, 1, None, 1) for at in (1, 2)
    )
    case = Case(("logs",), artifacts, (), {}, Cloud(), (), None, None)
    return EvidenceSet(case, {"http_requests": table}, (), ())


def hits_of(sql: str, count: int = 6) -> list[Hit]:
    done = with_measures([rule_with(measure(sql))], evidence(requests(count)))
    assert not done.case.problems
    return list(done.hits)


def test_rows_become_hits_that_quote_their_line() -> None:
    hit = hits_of(f"{PLACE}, duration_ms FROM http_requests WHERE duration_ms > 3")[0]
    assert (hit.signal, hit.path, hit.line, hit.text) == (
        "TST001.measure", "logs/node1.log", 5, "request 4",
    )  # fmt: skip
    assert (hit.node, hit.logged_by, hit.run, hit.ts) == (ONE, ONE, 1, AT_MS + 4000)
    assert hit.captures == {"duration_ms": 4}


def test_it_may_be_about_another_node_than_the_one_that_wrote_it() -> None:
    hit = hits_of("SELECT uri AS node, ts, artifact, line FROM http_requests")[0]
    assert (hit.node, hit.logged_by) == ("/3/Ping", ONE)


def test_one_match_per_node_or_one_for_the_case() -> None:
    found = hits_of(f"{PLACE} FROM http_requests")
    ground = Ground(hits={"measure": found}, signals={}, nodes=(), coverage=())
    sql = f"{PLACE} FROM http_requests"
    matches = find(measure(sql), ground).matches
    assert [(match.node, match.count) for match in matches] == [(ONE, 3), (TWO, 3)]
    (whole,) = find(measure(sql, per="case"), ground).matches
    assert (whole.whole_case, whole.count) == (True, 6)


def test_a_place_where_no_row_stands_is_refused() -> None:
    made_up = "SELECT node, ts, artifact, line + 100 AS line FROM http_requests"
    done = with_measures([rule_with(measure(made_up))], evidence(requests(2)))
    (problem,) = done.case.problems
    assert (problem.code, done.hits) == ("measure_failed", ())
    assert "take artifact and line from the same row" in problem.message


def test_a_measure_that_fails_is_named_and_the_rest_goes_on() -> None:
    good, bad = measure(f"{PLACE} FROM http_requests"), measure(BOMB)
    rules = [rule_with(bad, rule_id="TST001"), rule_with(good, rule_id="TST002")]
    done = with_measures(rules, evidence(requests(20_000)))
    assert [(p.artifact, p.code) for p in done.case.problems] == [("rule TST001", "measure_failed")]
    assert done.case.problems[0].message.startswith("TST001.measure was not evaluated")
    assert {hit.signal for hit in done.hits} == {"TST002.measure"}


def test_without_measures_the_evidence_is_the_same() -> None:
    given = evidence(requests(2))
    plain = [rule for rule in load_rulebook(plugins=False).rules if rule.signals][:3]
    assert with_measures(plain, given) is given


# -- in a process of its own -----------------------------------------------------------------------


def hostile(sql: str, tables: Iterable[str] = ("http_requests",)) -> Measure:
    """What the rulebook would never let through: the process must hold it, too."""
    return Measure("measure", sql, (MeasureStep("", sql, tuple(tables)),), ("node",))


def apart(*found: Measure, count: int = 6) -> EvidenceSet:
    rules = [rule_with(one, foreign=True, rule_id=f"TST{at:03}") for at, one in enumerate(found, 1)]
    return with_measures(rules, evidence(requests(count)))


def test_measures_of_other_packs_find_the_same_in_a_process_of_their_own() -> None:
    sql = f"{PLACE}, duration_ms / 3 AS x, DATE_TRUNC('minute', ts) AS m, uri FROM http_requests"
    found = apart(measure(sql))
    assert not found.case.problems
    assert list(found.hits) == hits_of(sql)


FACTS = ", 'n' AS node, 'A1' AS artifact, 1 AS line, NULL AS ts"


@pytest.mark.parametrize(
    ("sql", "said"),
    (
        # Minutes of work, or gigabytes
        ((f"SELECT SUM(a.line) AS s{FACTS} FROM http_requests a CROSS JOIN http_requests b "
         "CROSS JOIN http_requests c"), "longer than 2 s|more than 256 MB"),
        (f"SELECT LPAD(a.text, 1000000, 'x') AS s{FACTS} FROM http_requests a",
         "longer than 2 s|more than 256 MB"),
    ),
)  # fmt: skip
def test_the_process_ends_what_costs_too_much_and_the_next_measure_runs(
    sql: str, said: str
) -> None:
    good = measure(f"{PLACE} FROM http_requests WHERE line = 1")
    found = apart(hostile(sql), good, count=20_000)
    (problem,) = found.case.problems
    assert problem.artifact == "rule TST001"
    assert any(part in problem.message for part in said.split("|"))
    assert [hit.signal for hit in found.hits] == ["TST002.measure"]


def test_after_three_ends_the_rest_does_not_run() -> None:
    end = hostile(f"SELECT secret AS s{FACTS} FROM read_csv('none.csv')")
    found = apart(end, end, end, measure(f"{PLACE} FROM http_requests"))
    assert [problem.artifact for problem in found.case.problems] == [
        f"rule TST{at:03}" for at in range(1, 5)
    ]
    assert "too many measures" in found.case.problems[-1].message


def test_the_process_cannot_open_a_file(tmp_path: Path) -> None:
    canary = tmp_path / "canary.csv"
    canary.write_text("secret\nCANARY\n")
    sql = f"SELECT secret AS s{FACTS} FROM read_csv('{canary.as_posix()}')"
    found = apart(hostile(sql))
    assert not found.hits
    assert "CANARY" not in repr(found)
    (problem,) = found.case.problems
    assert problem.code == "measure_failed"


BIG = f"{PLACE}, " + ", ".join(f"'{'x' * 200}' AS c{at}" for at in range(28))


def test_an_answer_has_an_end() -> None:
    sql = f"{BIG} FROM http_requests"
    own = with_measures([rule_with(measure(sql))], evidence(requests(1000)))
    other = apart(measure(sql), count=1000)
    for done in (own, other):
        (problem,) = done.case.problems
        assert "its rows hold more than 4 MB" in problem.message
        assert not done.hits


def test_all_answers_of_other_packs_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart_module, "MAX_TOTAL_BYTES", 100_000)
    wide = measure(f"{BIG} FROM http_requests")
    found = apart(wide, wide, wide, count=12)  # 69 KB each
    assert {hit.signal for hit in found.hits} == {"TST001.measure"}
    assert all("in all" in problem.message for problem in found.case.problems)
    assert found.case.problems[-1].artifact == "rule TST003"


def test_no_more_is_run_when_the_time_is_over() -> None:
    slow = hostile(
        f"SELECT SUM(a.line) AS s{FACTS} FROM http_requests a CROSS JOIN http_requests b"
    )
    rules = [
        rule_with(slow, foreign=True, rule_id="TST001"),
        rule_with(measure(f"{PLACE} FROM http_requests"), rule_id="TST002"),
    ]
    asked: list[int] = []

    def stop() -> str | None:
        asked.append(1)
        return "enough" if len(asked) > 1 else None

    done = with_measures(rules, evidence(requests(20_000)), stop)
    assert [problem.message.partition(": ")[2][:28] for problem in done.case.problems] == [
        "enough. All other rules were",
        "it was not run: enough. All ",
    ]
    assert [gap.why.split(" ")[0] for gap in unmeasured(rules, done.case)] == [
        "TST001.measure",
        "TST002.measure",
    ]
