import pytest
from msgspec.structs import replace

from h2o_forensics.report import build_report, to_text
from h2o_forensics.report.shape import ProblemItem, UnexplainedItem
from h2o_forensics.report.view import chain, quotes
from tests import report_cases as cases


@pytest.mark.parametrize("name", cases.ALL)
@pytest.mark.parametrize("width", (60, 100))
def test_fits_the_terminal(name: str, width: int) -> None:
    lines = to_text(build_report(cases.ALL[name]()), width=width).splitlines()
    assert len(lines) <= (54 if width == 100 else 74)
    assert all(len(line) <= width for line in lines if "java -X" not in line)


def test_says_the_answer_in_order() -> None:
    text = to_text(build_report(cases.incident()))
    wanted = [
        "INCIDENT",
        "Cause:  The heap",
        "Node:   10.0.0.2:54321",
        "When:   2026-11-22 09:12:04.551 UTC",
        "What followed",
        "09:14:30  A job made no more progress",
        "Evidence",
        "info.log:1811",
        "Fix:",
        "java -Xmx8g -jar h2o.jar",
        "JVM and memory",
        "10.0.0.2:54321: G1, JDK 17.0.15+6, heap up to 4 GB; 324 pauses, the longest 12.2 s",
        "Missing",
        "-Xlog:gc*",
        "Looked at 4 files, 3 nodes",
    ]
    assert [text.find(word) for word in wanted] == sorted(text.index(word) for word in wanted)


def test_healthy_is_short() -> None:
    text = to_text(build_report(cases.healthy()))
    assert text.startswith("HEALTHY\n")
    assert "Not judged\n  - models/drf_fraud.zip (model)" in text
    assert len(text.splitlines()) < 15


def test_leads_with_what_to_fetch() -> None:
    lines = to_text(build_report(cases.insufficient())).splitlines()
    assert lines[3] == "What to fetch"
    assert lines[4].startswith("  - 10.0.0.2:54321: dmesg -T")


def test_colour_is_asked_for() -> None:
    report = build_report(cases.incident())
    assert "\x1b" not in to_text(report)
    assert to_text(report, color=True).startswith("\x1b[1;31mINCIDENT\x1b[0m\n")


def test_log_text_drives_no_terminal() -> None:
    text = to_text(build_report(cases.everywhere("\x1b[2J\u202e\r\x9b evil\nmore")))
    assert not set(text) & set("\x1b\u202e\r\x9b")
    assert "␛[2J" in text


def test_an_unproven_cause_is_only_possible() -> None:
    report = build_report(cases.incident())
    text = to_text(replace(report, verdict="insufficient_evidence"))
    assert "Possible cause: The heap" in text
    assert "\nCause:" not in text


def test_fetch_names_the_node_once() -> None:
    report = build_report(cases.insufficient())
    (gap, *_) = report.gaps
    named = replace(gap, node="n:1", fetch="The INFO log of n:1.")
    nowhere = replace(gap, node=None, fetch="Every node: its console.")
    text = to_text(replace(report, gaps=(named, nowhere)))
    assert "  - The INFO log of n:1.\n  - Every node: its console.\n" in text


def test_shows_what_no_rule_knows_and_what_could_not_be_read() -> None:
    report = build_report(cases.incident())
    odd = UnexplainedItem("WARN water.default: odd", 7, "odd", ())
    bad = ProblemItem("a.zip", "bad_zip", "is cut off", 1)
    text = to_text(replace(report, unexplained=(odd,) * 5, problems=(bad,)))
    assert "5 kinds of warnings no rule knows:\n  - 7 x WARN water.default: odd\n" in text
    assert "  ... and 2 more, see the full report" in text
    assert "1 problem with the input:\n  - a.zip: is cut off\n" in text


def test_a_risk_is_quoted_with_the_first_harm() -> None:
    report = build_report(cases.incident())
    cause = report.root_causes[0]
    later = replace(cause, first_seen="2099-01-01T00:00:00.000Z")
    effect = next(step.finding for step in chain(report, cause)[1:] if step.finding.evidence)
    assert quotes(report, cause) == cause.evidence
    assert quotes(report, later) == (cause.evidence[0], effect.evidence[0])
