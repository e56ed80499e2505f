import pytest

from h2o_forensics.report import build_report, view
from h2o_forensics.report.strip import WIDTH, lanes
from tests import report_cases as cases


def test_the_chain_runs_from_cause_to_symptom() -> None:
    report = build_report(cases.incident())
    steps = view.chain(report, report.root_causes[0])
    assert [(step.finding.id, step.cause) for step in steps] == [
        ("F1", None),
        ("F2", "F1"),
        ("F3", "F2"),
    ]
    assert steps[1].lag_ms == 96_367


@pytest.mark.parametrize(
    ("ms", "words"),
    (
        (None, "not known"),
        (0, "0 ms"),
        (950, "950 ms"),
        (1500, "1.5 s"),
        (96_367, "1 min 36 s"),
        (3_661_000, "1 h 1 min"),
        (90_000_000, "1 d 1 h"),
        (-2000, "-2 s"),
    ),
)
def test_durations(ms: int | None, words: str) -> None:
    assert view.duration(ms) == words


@pytest.mark.parametrize(
    ("number", "words"),
    (
        (None, "not known"),
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (4 * 2**30, "4 GB"),
        (2**50, "1024 TB"),
    ),
)
def test_sizes(number: int | None, words: str) -> None:
    assert view.size(number) == words


def test_facts_read_by_the_unit_in_their_name() -> None:
    assert view.fact("pojo_bytes", 3876192911) == "3.61 GB"
    assert view.fact("pause_ms", 61_000) == "1 min 1 s"
    assert view.fact("x", None) == "not known"
    assert view.fact("locked", value=True) == "yes"
    assert view.fact_name("silent_s") == "silent (s)"


def test_strips_stay_inside_the_window() -> None:
    strips = lanes(build_report(cases.incident()))
    assert [lane.node for lane in strips] == [cases.A, cases.B, cases.C]
    assert {mark.kind for mark in strips[1].marks} == {"life", "gap", "event", "finding", "cause"}
    for lane in strips:
        assert all(0 <= mark.x <= WIDTH for mark in lane.marks)
    assert lanes(build_report(cases.empty())) == ()
