"""Roles, ranks, incidents, verdicts, words: the diagnosis as a whole."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from h2o_forensics.diagnose import diagnose
from h2o_forensics.model.artifact import Artifact, Case, Gap, Node
from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.diagnosis import Diagnosis, JudgedFinding
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import CauseEdge, RuleBook, Yield

Find = Callable[..., Finding]
Judge = Callable[..., Diagnosis]
MakeCase = Callable[..., Case]
ONE, TWO = "10.0.0.1:54321", "10.0.0.2:54321"
SECOND = 1000

CHAIN: Any = {
    "node.lost": ((CauseEdge("node.killed", "its process ended"),), ()),
    "job.stalled": ((CauseEdge("node.lost", "it waits for the node", same="any"),), ()),
}


def role(diagnosis: Diagnosis) -> dict[str, str]:
    return {one.finding.condition: one.role for one in diagnosis.findings}


def named(diagnosis: Diagnosis) -> list[JudgedFinding]:
    by_id = {one.id: one for one in diagnosis.findings}
    return [by_id[name] for name in diagnosis.root_causes]


def roots(diagnosis: Diagnosis) -> list[str]:
    return [one.finding.condition for one in named(diagnosis)]


def test_the_first_cause_the_symptoms_and_their_reasons(found: Find, judge: Judge) -> None:
    diagnosis = judge(
        found("job.stalled", 40 * SECOND, TWO, severity="medium"),
        found("node.lost", 12 * SECOND, confidence=0.5),
        found("node.killed", 11 * SECOND, severity="critical"),
        book=CHAIN,
    )
    assert diagnosis.verdict == "incident"
    assert roots(diagnosis) == ["node.killed"]
    assert [one.id for one in diagnosis.findings] == ["F1", "F2", "F3"]
    assert role(diagnosis) == {
        "node.killed": "root_cause",
        "node.lost": "symptom",
        "job.stalled": "symptom",
    }
    stalled = diagnosis.findings[2]
    (link,) = stalled.caused_by
    assert (link.cause, link.effect, link.lag_ms) == ("F2", "F3", 28 * SECOND)
    assert "node.lost, job.stalled" in diagnosis.findings[0].why_confident
    assert "1 s later" in diagnosis.findings[0].why_confident
    assert "it waits for the node" in stalled.why_confident
    assert len(diagnosis.incidents) == 1
    assert diagnosis.incidents[0].nodes == (ONE, TWO)
    assert (diagnosis.incidents[0].first_ms, diagnosis.incidents[0].last_ms) == (11_000, 40_000)
    assert diagnosis.summary.startswith("Title of node.killed on ")
    assert "Cure node.killed" in diagnosis.summary


def test_a_risk_is_first_only_where_harm_came_through_it(found: Find, judge: Judge) -> None:
    book: Any = {"oom.train": ((CauseEdge("heap.misallocated", "less heap than its peers"),), ())}
    small = found("heap.misallocated", 1, harm="risk", severity="medium")
    through = judge(small, found("oom.train"), book=book)
    assert roots(through) == ["heap.misallocated"]
    assert through.verdict == "incident"
    assert role(through)["oom.train"] == "symptom"
    (first,) = named(through)
    assert (first.finding.since, first.finding.first_seen) == (1, 10_000)
    elsewhere = judge(small, found("oom.train", node=TWO), book=book)
    assert roots(elsewhere) == ["oom.train"]
    assert role(elsewhere)["heap.misallocated"] == "risk"


def test_nothing_failed_but_a_risk_is_worth_acting_on(found: Find, judge: Judge) -> None:
    diagnosis = judge(
        found("grid.explosion", harm="risk", severity="medium"),
        found("heap.misallocated", 99_000, harm="risk", severity="high"),
        found("version.old", harm="remark", severity="info"),
        found("api.exposed", harm="risk", severity="low"),
    )
    assert diagnosis.verdict == "at_risk"
    assert roots(diagnosis) == ["heap.misallocated", "grid.explosion"]
    assert set(role(diagnosis).values()) == {"risk", "info"}
    assert role(diagnosis)["version.old"] == "info"
    assert diagnosis.incidents == ()


def test_small_and_doubtful_risks_leave_a_case_healthy(found: Find, judge: Judge) -> None:
    low = found("api.exposed", harm="risk", severity="low")
    doubtful = found("data.skew", harm="risk", severity="high", confidence=0.5)
    remark = found("version.old", harm="remark", severity="medium")
    diagnosis = judge(low, doubtful, remark)
    assert (diagnosis.verdict, diagnosis.root_causes) == ("healthy", ())
    assert set(role(diagnosis).values()) == {"risk"}
    assert "No fault was found in 2 H2O logs of 2 nodes" in diagnosis.summary


def test_what_a_users_cancel_explains_is_no_fault(found: Find, judge: Judge) -> None:
    book: Any = {"job.failed": ((CauseEdge("job.cancelled", "stopped by a user"),), ())}
    cancel = found("job.cancelled", 1, harm="remark", severity="info")
    diagnosis = judge(cancel, found("job.failed"), book=book)
    assert (diagnosis.verdict, diagnosis.root_causes) == ("healthy", ())
    assert role(diagnosis) == {"job.cancelled": "info", "job.failed": "symptom"}


def test_a_hypothesis_is_not_a_verdict(found: Find, judge: Judge) -> None:
    diagnosis = judge(found("node.lost", confidence=0.5))
    assert diagnosis.verdict == "insufficient_evidence"
    assert roots(diagnosis) == ["node.lost"]
    assert {gap.source for gap in diagnosis.gaps} == {"console", "gc_log", "kernel_log"}
    assert "does not decide" in diagnosis.summary
    assert "Title of node.lost" in diagnosis.summary


def test_what_is_sure_outranks_a_hypothesis_that_explains_more(found: Find, judge: Judge) -> None:
    book: Any = {"job.stalled": ((CauseEdge("node.lost", "x"),), ())}
    diagnosis = judge(
        found("node.lost", 1, confidence=0.5),
        found("job.stalled", 2),
        found("disk.full", 3, TWO),
        book=book,
    )
    assert diagnosis.verdict == "incident"
    assert roots(diagnosis) == ["disk.full", "node.lost"]


def test_rank_by_effects_then_severity_confidence_time(found: Find, judge: Judge) -> None:
    book: Any = {"effect": ((CauseEdge("explains", "x"),), ())}
    diagnosis = judge(
        found("early", 1, confidence=0.75, severity="medium"),
        found("late", 9, confidence=0.75, severity="medium"),
        found("sure", 9, severity="medium"),
        found("grave", 9, confidence=0.75, severity="critical"),
        found("explains", 9, confidence=0.75, severity="low"),
        found("effect", 10),
        book=book,
    )
    assert roots(diagnosis) == ["explains", "grave", "sure", "early", "late"]


def test_one_condition_on_two_nodes_is_ranked_by_time(found: Find, judge: Judge) -> None:
    book: Any = {"effect": ((CauseEdge("killed", "x"),), ())}
    diagnosis = judge(
        found("killed", 5, TWO),
        found("killed", 1, ONE),
        found("effect", 9, TWO),
        found("disk.full", 0),
        book=book,
    )
    assert [(one.finding.condition, one.finding.nodes) for one in named(diagnosis)] == [
        ("killed", (ONE,)),
        ("killed", (TWO,)),
        ("disk.full", (ONE,)),
    ]


def test_unrelated_incidents_are_two(found: Find, judge: Judge) -> None:
    near = judge(found("a", 0), found("b", 120 * SECOND), found("remark", 1, harm="remark"))
    assert [incident.findings for incident in near.incidents] == [("F1", "F2")]
    far = judge(found("a", 0), found("b", 121 * SECOND), found("c", 0, TWO))
    assert [(one.id, len(one.findings)) for one in far.incidents] == [
        ("I1", 1),
        ("I2", 1),
        ("I3", 1),
    ]
    assert far.incidents[-1].first_ms == 121 * SECOND


def test_losing_candidates_are_named_with_the_reason(found: Find, judge: Judge) -> None:
    diagnosis = judge(
        found("first", 0), found("second", 60 * SECOND), found("minor", 0, severity="low")
    )
    notes = {note.condition: note.because for note in diagnosis.findings[0].why_not}
    assert notes == {"second": "It began 1 min later.", "minor": "It is less severe."}


def test_confidence_sinks_where_another_cause_fits_as_well(found: Find, judge: Judge) -> None:
    tied = judge(found("one", 0), found("two", 1 * SECOND))
    assert named(tied)[0].finding.confidence == 0.81
    apart = judge(found("one", 0), found("two", 60 * SECOND))
    assert named(apart)[0].finding.confidence == 0.95


def test_confidence_sinks_where_no_clock_orders_cause_and_effect(found: Find, judge: Judge) -> None:
    diagnosis = judge(found("node.killed", None), found("node.lost"), book=CHAIN)
    assert named(diagnosis)[0].finding.confidence == 0.75
    assert "no time says" in diagnosis.findings[0].why_confident


def test_a_case_without_findings_is_healthy_only_where_a_fault_would_show(
    judge: Judge, case: MakeCase
) -> None:
    assert judge().verdict == "healthy"
    gap = Gap(ONE, "h2o_log", 1, 2, "too short", "more of it")
    assert judge(gaps=[gap]).verdict == "insufficient_evidence"
    assert "more of it" in judge(gaps=[gap]).summary
    known = case(gaps=(gap,))
    assert judge(gaps=[gap], case=known).verdict == "healthy"
    left = case(nodes=(Node(ONE, 1, end="exit"),))
    assert judge(gaps=[gap], case=left).verdict == "healthy"


def test_signs_of_a_fault_that_no_rule_names(found: Find, judge: Judge, case: MakeCase) -> None:
    risk = found("heap.misallocated", harm="risk")
    refused = case(problems=(Problem("node2.zip", "node_not_healthy", "no logs"),))
    killed = case(nodes=(Node(ONE, 1, end="killed"),))
    for sick in (refused, killed):
        assert judge(case=sick).verdict == "insufficient_evidence"
        assert judge(risk, case=sick).root_causes == ()
        assert judge(found("oom.train"), case=sick).verdict == "incident"
    assert judge(case=killed).gaps[0].node == ONE


def test_unreadable_logs_could_hide_a_fault(judge: Judge, case: MakeCase) -> None:
    for code, verdict in (("bad_zip", "insufficient_evidence"), ("bad_text", "healthy")):
        diagnosis = judge(case=case(problems=(Problem("logs.zip", code, "x"),)))
        assert diagnosis.verdict == verdict
    refused = Artifact("A3", "b.log", "h2o_log", None, 1, None, None, state="refused")
    model = Artifact("A4", "m.zip", "model", None, 1, None, None, state="listed")
    artifacts = case().artifacts
    assert judge(case=case(artifacts=(*artifacts, refused))).verdict == "insufficient_evidence"
    assert judge(case=case(artifacts=(*artifacts, model))).verdict == "healthy"
    nothing = judge(case=case(artifacts=(model,), nodes=()))
    assert nothing.verdict == "insufficient_evidence"
    assert [gap.source for gap in nothing.gaps] == ["h2o_log"]


def test_fingerprints_outlive_times_and_lines(found: Find, judge: Judge) -> None:
    facts = {"node": ONE, "frame": "train_7", "count": 3}
    one = judge(found("a", 1, facts=facts)).findings[0].fingerprint
    later = judge(found("a", 9, count=5, facts=facts | {"frame": "train_9", "count": 5}))
    assert later.findings[0].fingerprint == one
    assert len(one) == 16
    assert judge(found("a", 1, TWO, facts=facts)).findings[0].fingerprint != one
    assert judge(found("b", 1, facts=facts)).findings[0].fingerprint != one
    assert judge(found("a", 1, facts={"frame": "test"})).findings[0].fingerprint != one


NAMES = ("a", "b", "c", "d")
TANGLED: Any = {
    "a": ((CauseEdge("b", "ab", same="any"), CauseEdge("d", "ad")), ()),
    "b": ((CauseEdge("c", "bc"), CauseEdge("a", "ba")), (Yield("d", "bd"),)),
    "c": ((CauseEdge("a", "ca", same="other", within_ms=50_000),), ()),
    "d": ((), (Yield("b", "db"),)),
}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.one_of(st.none(), st.integers(0, 300).map(lambda at: at * SECOND)),
            st.sampled_from((None, ONE, TWO)),
            st.sampled_from(("fault", "risk", "remark")),
            st.sampled_from((0.5, 0.75, 0.95)),
            st.sampled_from(("low", "medium", "critical")),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_the_order_of_findings_changes_nothing(
    found: Find,
    make_rulebook: Callable[[Any], RuleBook],
    case: MakeCase,
    points: list[tuple[str, int | None, str | None, str, float, str]],
    random: Any,
) -> None:
    findings: list[Finding] = [
        found(name, at, node, harm=harm, confidence=sure, severity=severity)
        for name, at, node, harm, sure, severity in points
    ]
    shuffled = list(findings)
    random.shuffle(shuffled)
    book = make_rulebook(TANGLED)

    def judged(given_order: Sequence[Finding]) -> Diagnosis:
        return diagnose(given_order, (), book, case())

    one = judged(findings)
    assert msgspec.json.encode(one) == msgspec.json.encode(judged(shuffled))
    check_sound(one)


def check_sound(diagnosis: Diagnosis) -> None:
    """What must hold of every diagnosis."""
    ids = [one.id for one in diagnosis.findings]
    assert ids == [f"F{n}" for n in range(1, len(ids) + 1)]
    assert ids[: len(diagnosis.root_causes)] == list(diagnosis.root_causes)
    assert bool(diagnosis.root_causes) or diagnosis.verdict in {"healthy", "insufficient_evidence"}
    for one in diagnosis.findings:
        if one.role == "root_cause":
            assert not one.caused_by
        for link in one.caused_by:
            assert link.effect == one.id
            assert link.cause in ids
    in_incidents = [name for incident in diagnosis.incidents for name in incident.findings]
    assert len(in_incidents) == len(set(in_incidents))
    harmed = {one.id for one in diagnosis.findings if one.role in {"root_cause", "symptom"}}
    assert harmed <= set(in_incidents)


def test_unknown_rules_are_judged_without_edges(found: Find, judge: Judge) -> None:
    alien = replace(found("a"), rule="XYZ999")
    assert roots(judge(alien)) == ["a"]


def test_a_model_that_is_only_suspected_is_not_called_healthy(found: Find, judge: Judge) -> None:
    doubtful = found("cv.test_drift", harm="risk", severity="medium", confidence=0.5)
    about = replace(doubtful, subject="model m", decided_by=("Both frames.",))
    diagnosis = judge(about)
    assert (diagnosis.verdict, diagnosis.root_causes) == ("insufficient_evidence", ())
    assert [gap.fetch for gap in diagnosis.gaps if "decide" in gap.why] == ["Both frames."]
