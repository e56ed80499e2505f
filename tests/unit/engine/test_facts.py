"""Facts: captures, inventory, signals, tables, arithmetic, text."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from h2o_forensics.engine.clauses import Ground
from h2o_forensics.engine.clauses.ground import match_of
from h2o_forensics.engine.facts import Scene, compute_facts
from h2o_forensics.engine.lives import company_of, lives_of
from h2o_forensics.errors import RuleError
from h2o_forensics.model.artifact import Node
from h2o_forensics.model.finding import Hit, Value
from h2o_forensics.model.rule import AtLeast, Fact, Facts, Rule
from h2o_forensics.model.tables import make_table

ONE, TWO = "10.0.0.1:54321", "10.0.0.2:54321"
AT = datetime(2026, 11, 22, 6, 0, 0, tzinfo=UTC)


def hit(ts: int | None, node: str, captures: dict[str, Value], logged_by: str | None = None) -> Hit:
    return Hit(
        signal="R.s",
        artifact="A1",
        path="p",
        line=ts,
        line_end=None,
        pointer=None,
        ts=ts,
        node=node,
        logged_by=logged_by or node,
        run=1,
        level="WARN",
        thread="t",
        text="t",
        captures=captures,
    )


def rule(*facts: Fact) -> Rule:
    return Rule(
        id="TST001",
        condition="gc.thrash",
        name="n",
        title="T",
        status="stable",
        since="0.1.0",
        severity="high",
        confidence="high",
        harm="fault",
        signals=(),
        when=AtLeast("s"),
        says="",
        explain="",
        false_positives="",
        facts=facts,
        remedies=(),
        caused_by=(),
        yields_to=(),
        references=(),
        fires=(),
        silent=(),
    )


INVENTORY = (
    Node(node=ONE, run=2, pid=22, xmx_bytes=2),
    Node(node=ONE, run=1, pid=11, xmx_bytes=1),
)


def facts_of(*facts: Fact, hits: tuple[Hit, ...], node: str | None = ONE) -> Facts:
    rows: list[dict[str, object]] = [
        {"node": ONE, "ts": AT, "max_mem_bytes": 100, "version": "3.46"},
        {"node": TWO, "ts": AT, "max_mem_bytes": 700, "version": "3.46"},
        {"node": TWO, "max_mem_bytes": 300, "version": None},
    ]
    match = match_of(node, [one for one in hits if node in {None, one.node}])
    scene_nodes = (node,) if node else ()
    scene = Scene(
        match=match,
        nodes=scene_nodes,
        ground=Ground(hits={"s": hits}, signals={}, nodes=(ONE, TWO), coverage=()),
        tables={"cluster_nodes": make_table("cluster_nodes", rows)},
        company=company_of(scene_nodes, match.hits, match.first, match.last, lives_of(INVENTORY)),
        since=None,
    )
    return compute_facts(rule(*facts), scene)


HITS = (
    hit(10, ONE, {"kv": None, "free": 7, "line": 999}),
    hit(20, ONE, {"kv": 5, "free": 9}),
    hit(30, TWO, {"kv": 50, "free": 1}, logged_by=ONE),
)


def test_captures_inventory_and_counts_are_always_there() -> None:
    facts = facts_of(hits=HITS)
    assert (facts["kv"], facts["free"]) == (5, 7)
    assert "line" not in facts
    assert (facts["node"], facts["nodes"], facts["count"]) == (ONE, ONE, 2)
    assert (facts["first_seen"], facts["last_seen"], facts["since"]) == (10, 20, None)
    assert (facts["node_pid"], facts["node_xmx_bytes"], facts["node_h2o_version"]) == (11, 1, None)


@pytest.mark.parametrize(
    ("take", "scope", "value"),
    (
        ("first", "node", 5),
        ("last", "node", 5),
        ("max", "case", 50),
        ("sum", "case", 55),
        ("min", "peers", 50),
        ("count", "case", 2),
        ("list", "case", "5, 50"),
    ),
)
def test_over_hits(take: str, scope: str, value: Value) -> None:
    fact = Fact("x", signal="s", of="kv", take=take, scope=scope)  # type: ignore[arg-type]
    assert facts_of(fact, hits=HITS)["x"] == value


def test_hits_logged_by_the_node_count_where_none_is_about_it() -> None:
    told = (hit(30, TWO, {"kv": 50}, logged_by=ONE),)
    assert facts_of(Fact("x", signal="s", of="kv"), hits=told)["x"] == 50


def test_count_without_a_capture_counts_events() -> None:
    assert facts_of(Fact("x", signal="s", take="count", scope="case"), hits=HITS)["x"] == 3
    assert facts_of(Fact("x", signal="none", take="count"), hits=HITS)["x"] == 0
    assert facts_of(Fact("x", signal="none", of="kv", take="max"), hits=HITS)["x"] is None


@pytest.mark.parametrize(
    ("take", "scope", "where", "value"),
    (
        ("first", "node", None, 100),
        ("max", "peers", None, 700),
        ("last", "peers", None, 300),
        ("sum", "case", None, 1100),
        ("count", "case", "max_mem_bytes >= 300", 2),
        ("first", "case", "max_mem_bytes > 9999", None),
    ),
)
def test_over_tables(take: str, scope: str, where: str | None, value: Value) -> None:
    over: dict[str, Any] = {"take": take, "scope": scope, "where": where}
    fact = Fact("x", table="cluster_nodes", of="max_mem_bytes", **over)
    assert facts_of(fact, hits=HITS)["x"] == value


def test_instants_are_epoch_ms_and_texts_are_listed_once() -> None:
    at = facts_of(Fact("x", table="cluster_nodes", of="ts"), hits=HITS)["x"]
    assert at == int(AT.timestamp() * 1000)
    versions = Fact("x", table="cluster_nodes", of="version", take="list", scope="case")
    assert facts_of(versions, hits=HITS)["x"] == "3.46"


def test_arithmetic_over_earlier_facts() -> None:
    facts = facts_of(
        Fact("twice", calc="2 * free + 1", round_up=10),
        Fact("share", calc="kv / free"),
        Fact("none", calc="kv / (free - 7)"),
        Fact("said", text="{twice} of {node}"),
        Fact("unsaid", text="{none} of {node}"),
        hits=HITS,
    )
    assert facts["twice"] == 20
    assert facts["share"] == pytest.approx(5 / 7)
    assert facts["none"] is None
    assert facts["said"] == f"20 of {ONE}"
    assert facts["unsaid"] is None


def test_a_rules_fact_overrides_a_capture() -> None:
    assert facts_of(Fact("kv", calc="1"), hits=HITS)["kv"] == 1


@pytest.mark.parametrize(
    "fact",
    (
        Fact("x", calc="free ** 2"),
        Fact("x", text="{free.real}"),
        Fact("x", table="cluster_nodes", of="nothing"),
        Fact("x", table="cluster_nodes", of="version", where="nothing = 1"),
    ),
)
def test_broken_facts_are_the_rulebooks_fault(fact: Fact) -> None:
    with pytest.raises(RuleError):
        facts_of(fact, hits=HITS)


def test_a_finding_of_no_node_takes_all() -> None:
    facts = facts_of(Fact("x", signal="s", of="kv", take="max"), hits=HITS, node=None)
    assert (facts["x"], facts["node"], facts["nodes"]) == (50, None, None)
    assert "node_pid" not in facts


def _restarted(*hits: Hit) -> Facts:
    rows: list[dict[str, object]] = [
        {"node": ONE, "run": 1, "ts": AT, "xmx_bytes": 1, "xmx_set_bytes": 1},
        {"node": ONE, "run": 2, "ts": AT, "xmx_bytes": 8, "xmx_set_bytes": 8},
    ]
    lives = (Node(node=ONE, run=1, started=0, xmx_bytes=1),
             Node(node=ONE, run=2, started=1000, xmx_bytes=8))  # fmt: skip
    match = match_of(ONE, hits)
    scene = Scene(
        match=match,
        nodes=(ONE,),
        ground=Ground(hits={"s": hits}, signals={}, nodes=(ONE,), coverage=()),
        tables={"nodes": make_table("nodes", rows)},
        company=company_of((ONE,), hits, match.first, match.last, lives_of(lives)),
        since=None,
    )
    wanted = (
        Fact("most", table="nodes", of="xmx_bytes", take="max"),
        Fact("all", table="nodes", of="xmx_bytes", take="max", scope="case"),
    )
    return compute_facts(rule(*wanted), scene)


def test_facts_are_of_the_run_that_failed_not_of_the_restart() -> None:
    facts = _restarted(hit(10, ONE, {}))
    assert (facts["most"], facts["node_xmx_bytes"], facts["all"]) == (1, 1, 1)


@pytest.mark.parametrize(("ts", "heap"), ((10, 1), (2000, 8)))
def test_what_others_say_of_a_node_belongs_to_its_run_of_that_time(ts: int, heap: int) -> None:
    facts = _restarted(hit(ts, ONE, {}, logged_by=TWO))
    assert (facts["most"], facts["node_xmx_bytes"]) == (heap, heap)


def test_of_several_unknown_processes_only_the_one_that_is_quoted_counts() -> None:
    quoted = replace(hit(5, ONE, {}), node=None, logged_by=None, artifact="A7", path="x/gc.log")
    rows = [
        {"artifact": "A7", "heap_max_bytes": 150},
        {"artifact": "A8", "heap_max_bytes": 700},
    ]
    ground = Ground(hits={}, signals={}, nodes=(), coverage=())
    nodes = [{"node": name, "artifact": "A1", "xmx_bytes": 700} for name in (ONE, TWO)]
    scene = Scene(
        match_of(None, [quoted]),
        (),
        ground,
        {"jvms": make_table("jvms", rows), "nodes": make_table("nodes", nodes)},
        company_of((), [quoted], 5, 5, lives_of(())),
        None,
    )
    heap = Fact("heap", table="jvms", of="heap_max_bytes", take="max")
    xmx = Fact("xmx", table="nodes", of="xmx_bytes", take="last")
    facts = compute_facts(rule(heap, xmx), scene)
    assert (facts["heap"], facts["xmx"]) == (150, None)
    assert facts["node"] == "the node of x/gc.log"
