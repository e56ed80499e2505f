"""An earlier life, and a stranger, neither silence nor cause."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from h2o_forensics.diagnose.graph import LATEST_MS
from h2o_forensics.diagnose.lives import NEAR_MS, RESTART_MS
from h2o_forensics.model.artifact import Artifact, Case, Node
from h2o_forensics.model.diagnosis import Diagnosis
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import CauseEdge, Yield

Find = Callable[..., Finding]
Judge = Callable[..., Diagnosis]
ONE, TWO = "10.0.0.1:54321", "10.0.0.2:54321"
BOOK: Any = {
    "node.frozen": ((), (Yield("gc.thrash", "a full heap explains it"),)),
    "node.lost": ((CauseEdge("gc.thrash", "it only collected"),), ()),
    "job.stalled": ((CauseEdge("gc.thrash", "it only collected", same="any"),), ()),
}


def restarted(case: Case, at: int) -> Case:
    nodes = (Node(ONE, 1, started=0), Node(ONE, 2, started=at), Node(TWO, 1))
    return replace(case, nodes=nodes)


def with_gc_logs(case: Case, *nodes: str | None) -> Case:
    logs = tuple(
        Artifact(f"G{at}", f"{at}/gc.log", "gc_log", node, 1, None, 1)
        for at, node in enumerate(nodes)
    )
    return replace(case, artifacts=(*case.artifacts, *logs))


def conditions(diagnosis: Diagnosis) -> list[str]:
    return sorted(judged.finding.condition for judged in diagnosis.findings)


def caused(diagnosis: Diagnosis) -> list[str]:
    return [judged.finding.condition for judged in diagnosis.findings if judged.caused_by]


def test_an_earlier_life_neither_silences_nor_causes(
    found: Find, judge: Judge, case: Callable[..., Case]
) -> None:
    findings = (found("gc.thrash", 10_000), found("node.frozen", 3_000_000),
                found("node.lost", 3_000_000))  # fmt: skip
    same = judge(*findings, book=BOOK, case=case())
    assert conditions(same) == ["gc.thrash", "node.lost"]
    assert caused(same) == ["node.lost"]
    apart = judge(*findings, book=BOOK, case=restarted(case(), 2_000_000))
    assert conditions(apart) == ["gc.thrash", "node.frozen", "node.lost"]
    assert caused(apart) == []


def test_how_a_life_ended_may_cause_what_begins_the_next_one(
    found: Find, judge: Judge, case: Callable[..., Case]
) -> None:
    for lag, linked in ((RESTART_MS, ["node.lost"]), (RESTART_MS + 1, [])):
        findings = (found("gc.thrash", 10_000), found("node.lost", 10_000 + lag))
        judged = judge(*findings, book=BOOK, case=restarted(case(), 300_000))
        assert caused(judged) == linked


def test_what_ended_long_ago_neither_silences_nor_causes(found: Find, judge: Judge) -> None:
    thrash = found("gc.thrash", 0, last_seen=1_000)
    near, far = found("node.frozen", 1_000 + NEAR_MS), found("node.frozen", 1_001 + NEAR_MS)
    assert conditions(judge(thrash, near, book=BOOK)) == ["gc.thrash"]
    assert conditions(judge(thrash, far, book=BOOK)) == ["gc.thrash", "node.frozen"]
    risk = replace(thrash, harm="risk")
    assert conditions(judge(risk, far, book=BOOK)) == ["gc.thrash"]
    lost = found("node.lost", 1_000 + LATEST_MS)
    assert caused(judge(thrash, lost, book=BOOK)) == ["node.lost"]
    assert caused(judge(thrash, replace(lost, first_seen=1_001 + LATEST_MS), book=BOOK)) == []


def test_a_strangers_log_neither_silences_nor_causes(
    found: Find, judge: Judge, case: Callable[..., Case]
) -> None:
    thrash = found("gc.thrash", None, None)
    (proof,) = thrash.evidence
    thrash = replace(thrash, evidence=(replace(proof, artifact="G0"),))
    frozen = found("node.frozen", 3_000)
    stalled = found("job.stalled", 3_000, None)
    unknown = judge(thrash, frozen, stalled, book=BOOK, case=with_gc_logs(case(), None, TWO))
    assert conditions(unknown) == ["gc.thrash", "job.stalled"]
    assert caused(unknown) == ["job.stalled"]
    known = judge(thrash, frozen, stalled, book=BOOK, case=with_gc_logs(case(), None, ONE, TWO))
    assert conditions(known) == ["gc.thrash", "job.stalled", "node.frozen"]
    assert caused(known) == []
