import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2o_forensics.report.safe_text import json_visible, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("a\x07b\x00", "a\\x07b\\x00"),
        ("a\rb", "a\\x0db"),
        ("\u202eexe.gpj", "\\u202eexe.gpj"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("half \ud800", "half \\ud800"),
        ("tab\tline\nä 日本 ✓", "tab\tline\nä 日本 ✓"),
    ),
)
def test_shows_what_cannot_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line_marks_breaks_and_cuts() -> None:
    assert one_line("a\n\tb") == "a ⏎ b"
    assert one_line("abcdef", 4) == "abc…"


@given(st.text())
def test_json_keeps_its_value(text: str) -> None:
    assert json.loads(json_visible(json.dumps(text, ensure_ascii=False))) == text


@given(st.text())
def test_visible_once_is_visible_for_ever(text: str) -> None:
    assert visible(visible(text)) == visible(text)
