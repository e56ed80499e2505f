"""Of many runs of JVMs a page draws those that matter."""

from msgspec.structs import replace

from h2o_forensics.report import to_html
from h2o_forensics.report.build import build_report
from h2o_forensics.report.html import MOST_RUNS_BESIDE
from h2o_forensics.report.jvms_shown import runs_that_matter
from h2o_forensics.report.shape import Report
from tests import jvm_samples as samples
from tests import report_cases

MANY = 100
SICK = 70


def crowd() -> Report:
    """One run among many stands still for long; another one's line is quoted by a finding."""
    runs = [samples.healthy(node=f"10.0.0.1:{port}") for port in range(MANY)]
    runs[SICK] = samples.thrashing(node="10.0.0.1:70")
    return build_report(replace(report_cases.incident(), jvms=tuple(runs)))


def test_few_runs_are_all_shown_as_they_stand() -> None:
    report = build_report(report_cases.incident())
    assert runs_that_matter(report, len(report.jvms)) == report.jvms


def test_those_that_stood_still_longest_are_shown_in_order() -> None:
    names = [jvm.node for jvm in runs_that_matter(crowd(), 3)]
    assert names == ["10.0.0.1:0", "10.0.0.1:1", "10.0.0.1:70"]


def test_what_a_finding_quotes_is_shown_before() -> None:
    report = crowd()
    jvm = report.jvms[90]
    pause = replace(jvm.longest_pauses[0], path="logs/other.log", line=7)
    quoted = replace(jvm, longest_pauses=(pause,))
    finding = report.findings[0]
    evidence = (replace(finding.evidence[0], path="logs/other.log", line=7),)
    report = replace(
        report,
        jvms=(*report.jvms[:90], quoted, *report.jvms[91:]),
        findings=(replace(finding, evidence=evidence), *report.findings[1:]),
    )
    assert [one.node for one in runs_that_matter(report, 2)] == ["10.0.0.1:70", "10.0.0.1:90"]
    assert [one.node for one in runs_that_matter(report, 1)] == ["10.0.0.1:90"]


def test_the_page_tells_how_many_more_there_are() -> None:
    page = to_html(crowd())
    assert page.count('class="card jvm"') == MOST_RUNS_BESIDE
    assert f"{MOST_RUNS_BESIDE} of {MANY} runs are shown" in page
    assert "runs are shown" not in to_html(build_report(report_cases.incident()))
