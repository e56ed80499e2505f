import math

import msgspec
import pytest

from h2o_forensics.model.evidence import Analysis
from h2o_forensics.report import build_report
from h2o_forensics.report.moments import iso
from tests import report_cases as cases


def test_times_are_iso_in_utc_with_milliseconds() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(cases.at("09:12:04.551")) == "2026-11-22T09:12:04.551Z"
    assert iso(-1) == "1969-12-31T23:59:59.999Z"
    assert iso(None) is None
    assert iso(10**18) is None


def test_root_causes_are_findings() -> None:
    report = build_report(cases.incident())
    assert [item.id for item in report.root_causes] == ["F1"]
    assert [item.id for item in report.findings] == ["F1", "F2", "F3", "F4"]
    assert report.root_causes[0] == report.findings[0]
    assert report.findings[1].caused_by[0].finding == "F1"


def test_what_is_not_known_is_null() -> None:
    report = build_report(cases.empty())
    assert report.case.window.first is None
    assert report.case.cloud.expected is None
    assert report.findings == ()


def test_the_window_covers_what_findings_quote() -> None:
    analysis = cases.incident()
    case = msgspec.structs.replace(analysis.case, last_ms=cases.at("09:12:00"))
    window = build_report(msgspec.structs.replace(analysis, case=case)).case.window
    quoted = [
        one.time
        for judged in analysis.diagnosis.findings
        for one in judged.finding.evidence
        if one.time is not None
    ]
    assert window.last is not None
    assert window.last >= (iso(max(quoted)) or "")


def test_evidence_is_quoted_byte_for_byte() -> None:
    analysis = cases.incident()
    report = build_report(analysis)
    for judged, shown in zip(analysis.diagnosis.findings, report.findings, strict=True):
        assert [item.text for item in shown.evidence] == [
            item.text for item in judged.finding.evidence
        ]


def test_frames_come_from_the_chunks_table() -> None:
    frame = build_report(cases.incident()).frames[0]
    assert (frame.frame, frame.rows) == ("fraud.hex", 6_000_000)
    assert [(item.node, item.rows) for item in frame.nodes] == [
        (cases.A, 2_040_000),
        (cases.B, 1_990_000),
        (cases.C, 1_970_000),
    ]


def test_gaps_of_reading_and_of_the_diagnosis_are_told_once() -> None:
    analysis = cases.incident()
    gap = analysis.diagnosis.gaps[0]
    twice = msgspec.structs.replace(
        analysis, case=msgspec.structs.replace(analysis.case, gaps=(gap, gap))
    )
    assert len(build_report(twice).gaps) == 1


def test_secrets_are_masked_in_every_field() -> None:
    report = build_report(cases.everywhere("run -jks_pass Tr0ub4dor now", cases.SETTLED))
    packed = msgspec.json.encode(report).decode()
    assert "Tr0ub4dor" not in packed
    assert packed.count("-jks_pass [masked] now") > 60


def test_a_fact_named_like_a_secret_is_masked() -> None:
    analysis = _with_facts(
        {"db_password": "correct horse battery", "xmx_mb": 160, "big": 2**70, "nan": math.nan}
    )
    facts = build_report(analysis).findings[0].facts
    assert facts["db_password"] == "[masked]"  # noqa: S105 - the mask
    assert facts["xmx_mb"] == 160
    assert facts["big"] == pytest.approx(2.0**70)


def test_broken_surrogates_do_not_stop_the_report() -> None:
    report = build_report(cases.everywhere("a\ud800b", cases.SETTLED))
    assert report.summary == "a\ufffdb"


def test_the_order_of_the_timeline_does_not_depend_on_its_input() -> None:
    analysis = cases.incident()
    turned = msgspec.structs.replace(analysis, timeline=analysis.timeline[::-1])
    assert build_report(turned) == build_report(analysis)


def _with_facts(facts: dict[str, str | int | float | bool | None]) -> Analysis:
    analysis = cases.incident()
    first = analysis.diagnosis.findings[0]
    first = msgspec.structs.replace(
        first, finding=msgspec.structs.replace(first.finding, facts=facts)
    )
    diagnosis = msgspec.structs.replace(
        analysis.diagnosis, findings=(first, *analysis.diagnosis.findings[1:])
    )
    return msgspec.structs.replace(analysis, diagnosis=diagnosis)
