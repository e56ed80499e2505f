"""Rules over an evidence set: findings, their evidence, and gaps."""

from msgspec.structs import replace

from h2o_forensics.engine.evaluate import MAX_NODES, evaluate
from h2o_forensics.engine.quotes import MAX_QUOTES, quote
from h2o_forensics.model.artifact import Artifact, Case, Cloud, Coverage, Node
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import (
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Fact,
    Remedy,
    Rule,
    Signal,
    Unanswered,
)
from h2o_forensics.model.tables import make_table

ONE, TWO = "10.0.0.1:54321", "10.0.0.2:54321"


def hit(
    name: str, ts: int | None, node: str | None = ONE, line: int = 1, artifact: str = "A1"
) -> Hit:
    return Hit(
        signal=f"TST001.{name}",
        artifact=artifact,
        path=f"{artifact}.log",
        line=line,
        line_end=None,
        pointer=None,
        ts=ts,
        node=node,
        logged_by=node,
        run=1,
        level="WARN",
        thread="t",
        text=f"line {line}",
        captures={"free": line},
    )


BASE = Rule(
    id="TST001",
    condition="gc.thrash",
    name="n",
    title="It thrashes",
    status="stable",
    since="0.1.0",
    severity="high",
    confidence="medium",
    harm="fault",
    signals=(
        Signal("TST001", "pause"),
        Signal("TST001", "resume"),
        Signal("TST001", "warned"),
        Signal("TST001", "row", table="nodes", where="xmx_bytes < 100"),
    ),
    when=AtLeast("pause"),
    says="{node}: {count} times, {nothing} more",
    explain="E",
    false_positives="",
    facts=(Fact("nothing", calc="1 / 0"),),
    remedies=(
        Remedy(
            do="Give {node} {free} more",
            why="W {nothing}",
            command="run {node}",
            risk="R {nothing}",
        ),
        Remedy(
            do="With {nothing}", why="W", otherwise="Without {nothing}", command="-Xmx{nothing}"
        ),
        Remedy(do="Only with {nothing}", why="W"),
    ),
    caused_by=(),
    yields_to=(),
    references=(),
    fires=(),
    silent=(),
)


def evidence(*hits: Hit, until: int = 0, xmx: int = 500) -> EvidenceSet:
    artifacts = tuple(
        Artifact(
            id=name, path=f"{name}.log", kind="h2o_log", node=ONE, bytes=1, sha256=None, lines=1
        )
        for name in ("A1", "A2")
    )
    case = Case(
        sources=("x",),
        artifacts=artifacts,
        nodes=(Node(ONE, 1), Node(TWO, 1)),
        clocks={},
        cloud=Cloud(),
        first_ms=None,
        last_ms=None,
        coverage=(Coverage(ONE, "A1", "h2o_log", "INFO", 0, until),),
    )
    rows: list[dict[str, object]] = [
        {"node": ONE, "artifact": "A1", "line": 77, "text": "heap", "xmx_bytes": xmx}
    ]
    return EvidenceSet(
        case=case, tables={"nodes": make_table("nodes", rows)}, hits=hits, unexplained=()
    )


def test_one_finding_per_node() -> None:
    findings, gaps = evaluate(
        [BASE], evidence(hit("pause", 5), hit("pause", 9, TWO, 2), hit("pause", 7, ONE, 3))
    )
    assert gaps == ()
    assert [(f.nodes, f.count, f.first_seen, f.last_seen) for f in findings] == [
        ((ONE,), 2, 5, 7),
        ((TWO,), 1, 9, 9),
    ]
    first = findings[0]
    assert first.message == f"{ONE}: 2 times, unknown more"
    assert (first.confidence, first.condition, first.harm) == (0.75, "gc.thrash", "fault")
    assert first.facts["free"] == 1
    assert list(first.facts) == sorted(first.facts)


def test_remedies_never_have_holes() -> None:
    (finding,) = evaluate([BASE], evidence(hit("pause", 5)))[0]
    first, second = finding.remedies
    assert (first.do, first.why, first.command, first.risk) == (
        f"Give {ONE} 1 more",
        "W unknown",
        f"run {ONE}",
        None,
    )
    assert (second.do, second.command) == ("Without unknown", None)


def test_order_of_hits_changes_nothing() -> None:
    hits = [hit("pause", 5, ONE, line) for line in (4, 2, 9)] + [hit("pause", None, TWO)]
    assert evaluate([BASE], evidence(*hits)) == evaluate([BASE], evidence(*reversed(hits)))


def test_deprecated_rules_do_not_run_and_absence_alone_proves_nothing() -> None:
    found = evidence(hit("pause", 5))
    assert evaluate([replace(BASE, status="deprecated")], found)[0] == ()
    assert evaluate([replace(BASE, when=Absent("resume"))], found)[0] == ()


def test_rows_and_records_join_and_the_row_does_not_date_the_harm() -> None:
    both = replace(BASE, when=AllOf((AtLeast("row"), AtLeast("pause"), Absent("resume"))))
    (finding,) = evaluate([both], evidence(hit("pause", 5), xmx=50))[0]
    assert {(one.line, one.text) for one in finding.evidence} == {(77, "heap"), (1, "line 1")}
    assert finding.first_seen == 5
    assert not evaluate([both], evidence(hit("pause", 5), xmx=500))[0]


def test_starts_from_dates_the_beginning() -> None:
    rule = replace(BASE, starts_from="warned")
    found, _ = evaluate([rule], evidence(hit("warned", 2), hit("pause", 5, line=2)))
    assert (found[0].since, found[0].first_seen) == (2, 5)
    late, _ = evaluate([rule], evidence(hit("warned", 8), hit("pause", 5, line=2)))
    assert late[0].since == 5
    assert evaluate([BASE], evidence(hit("pause", 5)))[0][0].since == 5


def test_a_finding_of_the_case_names_the_nodes_of_its_hits() -> None:
    rule = replace(BASE, when=AtLeast("pause", per="case"))
    found, _ = evaluate(
        [rule], evidence(hit("pause", 5, TWO), hit("pause", 6, ONE, 2), hit("pause", 7, None, 3))
    )
    assert found[0].nodes == (ONE, TWO)
    (unknown,) = evaluate([rule], evidence(hit("pause", 7, None, 3)))[0]
    assert unknown.nodes == ()
    assert unknown.message.startswith("unknown: 1")


def test_gaps_only_of_rules_that_look_for_a_fault() -> None:
    rule = replace(BASE, when=Unanswered("pause", "resume", within_ms=100))
    found, gaps = evaluate([rule], evidence(hit("pause", 5), until=50))
    assert found == ()
    assert gaps[0].node == ONE
    assert gaps[0].why.startswith("It thrashes: ")
    assert evaluate([replace(rule, harm="risk")], evidence(hit("pause", 5), until=50)) == ((), ())
    assert len(evaluate([rule], evidence(hit("pause", 5), until=105))[0]) == 1


def test_a_record_filter_is_applied() -> None:
    filtered = replace(
        BASE,
        signals=(
            Signal(
                "TST001",
                "pause",
                pattern=r"(?P<free>\d+)",
                captures={"free": "int"},
                where="free > 3",
            ),
        ),
    )
    found, _ = evaluate([filtered], evidence(hit("pause", 1, line=2), hit("pause", 5, line=4)))
    assert (found[0].count, found[0].first_seen) == (1, 5)


def test_a_signal_that_cannot_be_run_over_the_evidence_is_a_gap() -> None:
    rows: list[dict[str, object]] = [{"cloud_name": "lab(1", "peer_cloud_names": "lab(1,lab"}] * 2
    case = replace(evidence(hit("pause", 5)), tables={"nodes": make_table("nodes", rows)})
    named = Signal(
        "TST001", "same", table="nodes", where="STRPOS(peer_cloud_names, cloud_name) > 0"
    )
    rule = replace(BASE, signals=(*BASE.signals[:3], named))
    either = replace(rule, when=AnyOf((AtLeast("pause"), AtLeast("same"))))
    found, gaps = evaluate([either], case)
    assert [finding.nodes for finding in found] == [(ONE,)]
    assert ["TST001.same was not evaluated" in gap.why for gap in gaps] == [True]
    without = replace(rule, when=AllOf((AtLeast("pause"), Absent("same", per="case"))))
    found, gaps = evaluate([without], case)
    assert (found, len(gaps)) == ((), 1)


def test_nodes_are_capped() -> None:
    hits = [hit("pause", 1000 - n, f"10.0.1.{n}:54321", n) for n in range(60)]
    found, _ = evaluate([BASE], evidence(*hits))
    assert len(found) == MAX_NODES
    assert min(f.first_seen or 0 for f in found) == 941


def test_quotes_are_few_and_from_everywhere() -> None:
    hits = [hit("pause", n, line=n) for n in range(200)]
    hits += [
        hit("resume", 300, line=300),
        hit("pause", 301, line=5, artifact="A2"),
        hit("warned", None, line=400),
    ]
    shown = quote(hits)
    assert len(shown) == MAX_QUOTES
    lines = [(one.path, one.line) for one in shown]
    assert {("A1.log", 0), ("A1.log", 300), ("A2.log", 5), ("A1.log", 400)} <= set(lines)
    assert [one.time for one in shown][:-1] == sorted(one.time or 0 for one in shown[:-1])
    assert shown[-1].time is None


def test_quotes_name_a_place_once_and_hold_the_instant_of_the_finding() -> None:
    twice = [hit("pause", 5), hit("resume", 5), hit("pause", 6, line=2)]
    assert [one.line for one in quote(twice)] == [1, 2]
    many = [hit("pause", n, line=n) for n in range(1, 500)]
    assert 317 in {one.time for one in quote(many, 317)}
    assert quote([]) == ()


def test_kinds_of_evidence() -> None:
    one = hit("pause", 5)
    kinds = [
        quote([change])[0].kind
        for change in (
            one,
            replace(one, line_end=9),
            replace(one, line=None, pointer="/nodes/1"),
            replace(one, line=None),
        )
    ]
    assert kinds == ["line", "range", "pointer", "gap"]
