"""What nobody saw: nodes without logs, terse or short logs, exceptions no rule knows."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from h2o_forensics.intake.caps import CUT, DAMAGE
from h2o_forensics.model.artifact import Artifact, Case, Coverage, Gap, Node
from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.diagnosis import Diagnosis, OpenEnd, UnknownException
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import CauseEdge

Find = Callable[..., Finding]
Judge = Callable[..., Diagnosis]
MakeCase = Callable[..., Case]
ONE, TWO, THREE = "10.0.0.1:54321", "10.0.0.2:54321", "10.0.0.3:54321"
UNKNOWN = UnknownException(
    "ERROR", "java.lang.NullPointerException", "no vec", "n/a.log", 17, 50_000, ONE
)


def test_a_rule_switched_off_leaves_the_case_open(judge: Judge, case: MakeCase) -> None:
    slow = Problem("n/a.log", "rule_timeout", "signal MEM002.died took too long 3 times.")
    diagnosis = judge(case=case(problems=(slow,)))
    assert diagnosis.verdict == "insufficient_evidence"
    (gap,) = diagnosis.gaps
    assert gap.why == "Rule MEM002 took too long and did not see all of n/a.log."


REFUSED = ("encrypted", "missing", "too_deep", "too_many", "hole")


@pytest.mark.parametrize("code", (*DAMAGE, *CUT, *REFUSED))
def test_what_was_not_read_leaves_the_case_open(judge: Judge, case: MakeCase, code: str) -> None:
    for path in ("A1.log", "gone.log.gz"):  # read in part, and not at all
        diagnosis = judge(case=case(problems=(Problem(path, code, f"{path}: why"),)))
        assert diagnosis.verdict == "insufficient_evidence"
        assert any(path in gap.why for gap in diagnosis.gaps)
    assert judge(case=case(problems=(Problem("A1.log", "long_line", "x"),))).verdict == "healthy"


@pytest.mark.parametrize("kind", ("model", "http_log", "rest_other"))
def test_what_is_no_log_hides_nothing(judge: Judge, case: MakeCase, kind: str) -> None:
    other = Artifact("A3", "x.zip", kind, None, 1, None, None, state="listed")
    cut = case(artifacts=(*case().artifacts, other), problems=(Problem("x.zip", "truncated", "x"),))
    assert judge(case=cut).verdict == "healthy"


def test_an_exception_no_rule_knows_is_quoted(found: Find, judge: Judge) -> None:
    diagnosis = judge(unknown=[UNKNOWN])
    assert diagnosis.verdict == "insufficient_evidence"
    (gap,) = diagnosis.gaps
    assert gap.why == (
        "An exception no rule knows: java.lang.NullPointerException: no vec, n/a.log:17"
    )
    assert (gap.node, gap.from_ms, gap.to_ms) == (ONE, -10_000, 110_000)
    assert judge(found("oom.train"), unknown=[UNKNOWN]).verdict == "incident"


@pytest.mark.parametrize(
    "changes",
    (
        {"name": "water.exceptions.H2OIllegalArgumentException"},
        {"name": "water.exceptions.H2OModelBuilderIllegalArgumentException"},
        {"name": "water.exceptions.H2OKeyNotFoundArgumentException"},
        {"name": "water.exceptions.H2ONotFoundArgumentException"},
        {"name": "water.Job$JobCancelledException"},
        {"message": "_ntrees: must be positive"},
        {"message": "ERRR on field: _ntrees: must be positive"},
        {"name": "java.lang.IllegalArgumentException", "answered": True},
    ),
)
def test_a_refusal_is_no_fault(judge: Judge, changes: dict[str, Any]) -> None:
    assert judge(unknown=[replace(UNKNOWN, **changes)]).verdict == "healthy"


def test_an_argument_error_nobody_was_told_is_open(judge: Judge) -> None:
    silent = replace(UNKNOWN, name="java.lang.IllegalArgumentException")
    assert judge(unknown=[silent]).verdict == "insufficient_evidence"


def test_connections_break_at_an_orderly_end(judge: Judge, case: MakeCase) -> None:
    ended = case(nodes=(Node(ONE, 1, last_seen=55_000, end="exit"), Node(TWO, 1)))
    broken = replace(UNKNOWN, name="java.io.EOFException")
    assert judge(unknown=[broken], case=ended).verdict == "healthy"
    earlier = replace(broken, ts=40_000)
    assert judge(unknown=[earlier], case=ended).verdict == "insufficient_evidence"
    assert judge(unknown=[UNKNOWN], case=ended).verdict == "insufficient_evidence"


def test_a_member_nobody_logged_leaves_the_case_open(judge: Judge, case: MakeCase) -> None:
    gap = Gap(THREE, "h2o_log", None, None, "no log of it was given", "copy it")
    assert judge(case=case(gaps=(gap,))).verdict == "insufficient_evidence"
    console = Artifact("A3", "stdout", "console", THREE, 1, None, None)
    spoken = case(gaps=(gap,), artifacts=(*case().artifacts, console))
    assert judge(case=spoken).verdict == "healthy"


def test_logs_of_warnings_only_leave_the_case_open(judge: Judge, case: MakeCase) -> None:
    warn = Coverage(TWO, "A2", "h2o_log", "WARN", 0, 100_000)
    info = case().coverage[0]
    assert judge(case=case(coverage=(info, warn))).verdict == "insufficient_evidence"
    more = replace(warn, level="DEBUG")
    assert judge(case=case(coverage=(info, warn, more))).verdict == "healthy"


def test_a_few_seconds_of_log_show_nothing(judge: Judge, case: MakeCase) -> None:
    assert judge(case=case(last_ms=4_999)).verdict == "insufficient_evidence"
    assert judge(case=case(last_ms=5_000)).verdict == "healthy"
    begun = (Node(ONE, 1, started=0),)
    assert judge(case=case(last_ms=3_000, nodes=begun)).verdict == "healthy"
    assert judge(case=case(last_ms=2_999, nodes=begun)).verdict == "insufficient_evidence"


def test_healthy_counts_nodes_with_logs_and_files_not_judged(judge: Judge, case: MakeCase) -> None:
    model = Artifact("A3", "m.zip", "model", None, 1, None, None, state="listed")
    nodes = (*case().nodes, Node(THREE, 1))
    summary = judge(case=case(nodes=nodes, artifacts=(*case().artifacts, model))).summary
    assert "2 H2O logs of 2 nodes" in summary
    assert "; 1 model file was not judged." in summary


BOOK: Any = {"gc.thrash": ((CauseEdge("data.skew", "x"), CauseEdge("oom.train", "x")), ())}


def test_a_first_cause_whose_causes_could_not_be_seen_is_a_guess(
    found: Find, judge: Judge, case: MakeCase
) -> None:
    thrash = found("gc.thrash", 50_000)
    terse = case(coverage=(Coverage(ONE, "A1", "h2o_log", "WARN", 0, 100_000),))
    assert judge(thrash, book=BOOK).verdict == "incident"
    diagnosis = judge(thrash, book=BOOK, case=terse)
    assert diagnosis.verdict == "insufficient_evidence"
    assert diagnosis.findings[0].finding.confidence == 0.5
    (gap,) = diagnosis.gaps
    assert gap.node == ONE
    assert "may follow from data.skew, oom.train" in gap.why
    assert "INFO log of 10.0.0.1:54321" in gap.fetch
    # Without causes to miss, or with its cause at hand, it is as sure as its rule.
    assert judge(thrash, case=terse).verdict == "incident"
    both = judge(found("data.skew", 40_000), thrash, book=BOOK, case=terse)
    assert both.verdict == "incident"


def test_a_log_that_began_later_does_not_show_the_causes(
    found: Find, judge: Judge, case: MakeCase
) -> None:
    thrash = found("gc.thrash", 50_000)
    for begin, end, verdict in (
        (50_001, 90_000, "insufficient_evidence"),
        (0, 49_000, "incident"),
        (-700_000, -600_000, "insufficient_evidence"),
    ):
        covered = case(coverage=(Coverage(ONE, "A1", "h2o_log", "INFO", begin, end),))
        assert judge(thrash, book=BOOK, case=covered).verdict == verdict


ANYWHERE: Any = {"distributed_exception": ((CauseEdge("node.killed", "x", same="any"),), ())}


def test_clouds_that_never_met_are_two_incidents(found: Find, judge: Judge, case: MakeCase) -> None:
    findings = (found("node.killed", 10_000, ONE), found("distributed_exception", 20_000, TWO))
    apart = case(nodes=(Node(ONE, 1, cloud=(ONE,)), Node(TWO, 1, cloud=(TWO, THREE))))
    diagnosis = judge(*findings, book=ANYWHERE, case=apart)
    assert len(diagnosis.root_causes) == len(diagnosis.incidents) == 2
    met = case(nodes=(Node(ONE, 1, cloud=(ONE, THREE)), Node(TWO, 1, cloud=(TWO, THREE))))
    assert len(judge(*findings, book=ANYWHERE, case=met).root_causes) == 1
    unknown = case(nodes=(Node(ONE, 1, cloud=(ONE, THREE)), Node(TWO, 1)))
    assert len(judge(*findings, book=ANYWHERE, case=unknown).root_causes) == 1


def test_a_finding_of_two_clouds_joins_no_incident_by_time(
    found: Find, judge: Judge, case: MakeCase
) -> None:
    apart = case(nodes=(Node(ONE, 1, cloud=(ONE,)), Node(TWO, 1, cloud=(TWO,))))
    spanning = found("a", 1, nodes=(ONE, TWO))
    assert len(judge(spanning, found("b", 2, TWO), case=apart).incidents) == 2
    assert len(judge(spanning, found("b", 2, TWO)).incidents) == 1


END = OpenEnd("work", "27. tree was built", "n/a.log", 90, 90_000, ONE, sure=True)


def test_a_log_that_ends_in_the_middle_of_work_shows_no_health(judge: Judge) -> None:
    diagnosis = judge(ends=[END])
    assert diagnosis.verdict == "insufficient_evidence"
    (gap,) = diagnosis.gaps
    assert gap.why == (
        f"The log of {ONE} ends while a model was being trained (n/a.log:90: "
        "'27. tree was built'), and nothing here says how that went on."
    )
    memory = replace(END, what="memory", text="OOM!")
    assert "while memory had run out" in judge(ends=[memory]).gaps[0].why


def test_work_at_the_end_of_a_copy_is_said_and_no_more(found: Find, judge: Judge) -> None:
    diagnosis = judge(ends=[replace(END, sure=False)])
    assert (diagnosis.verdict, len(diagnosis.gaps)) == ("healthy", 1)
    assert diagnosis.summary.endswith(
        f"The log of {ONE} ends while a model was being trained; whether that went well, it does "
        "not say."
    )
    risk = found("grid.explosion", harm="risk", severity="medium")
    assert judge(risk, ends=[END]).verdict == "at_risk"
    assert judge(found("oom.train"), ends=[END]).verdict == "incident"


def test_what_a_job_throws_is_told_to_nobody(judge: Judge) -> None:
    name = "water.exceptions.H2OModelBuilderIllegalArgumentException"
    thrown = replace(UNKNOWN, name=name, in_job=True)
    assert judge(unknown=[thrown]).verdict == "insufficient_evidence"
    assert judge(unknown=[replace(thrown, answered=True)]).verdict == "healthy"
    cancelled = replace(thrown, name="water.Job$JobCancelledException")
    assert judge(unknown=[cancelled]).verdict == "healthy"


def test_work_cut_off_by_a_stop_in_order_is_open(found: Find, judge: Judge) -> None:
    book: Any = {"server.died": ((CauseEdge("shutdown.requested", "somebody stopped it"),), ())}
    stop = found("shutdown.requested", 1, harm="remark", severity="info")
    diagnosis = judge(stop, found("server.died"), book=book)
    assert (diagnosis.verdict, diagnosis.root_causes) == ("insufficient_evidence", ())
    assert diagnosis.gaps[0].why == (
        "Title of server.died, because somebody stopped it: nothing here says whether that was "
        "meant."
    )
    assert judge(stop).verdict == "healthy"
