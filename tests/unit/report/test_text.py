import pytest

from h2o_forensics.report import build_report, to_text
from tests import report_cases as cases


@pytest.mark.parametrize("name", cases.ALL)
@pytest.mark.parametrize("width", (60, 100))
def test_fits_the_terminal(name: str, width: int) -> None:
    lines = to_text(build_report(cases.ALL[name]()), width=width).splitlines()
    assert len(lines) <= (42 if width == 100 else 60)
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
