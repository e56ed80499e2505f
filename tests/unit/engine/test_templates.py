"""Templates: our formats, and nothing of str.format's reach."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2o_forensics.engine.templates import check_template, render, show
from h2o_forensics.errors import RuleError
from h2o_forensics.model.rule import Facts


@pytest.mark.parametrize(
    ("value", "spec", "shown"),
    (
        (160_957_235, "bytes", "153.5 MB"),
        (1_503_238_553, "bytes", "1.4 GB"),
        (12, "bytes", "12 bytes"),
        (1_503_238_553, "mb", "1434"),
        (80_000, "duration", "1 min 20 s"),
        (2400, "duration", "2.4 s"),
        (450, "duration", "450 ms"),
        (7_265_000, "duration", "2 h 1 min"),
        (1_795_327_200_000, "time", "2026-11-22 06:00:00 UTC"),
        (10**18, "time", "unknown"),
        (12_345, "count", "12,345"),
        (0.984, "percent", "98.4 %"),
        (2.50, "plain", "2.5"),
        (3.0, "plain", "3"),
        (True, "plain", "yes"),
        ("text", "bytes", "text"),
    ),
)
def test_formats(value: float | str, spec: str, shown: str) -> None:
    assert show(value, spec) == shown


def test_names_are_filled_in_and_times_are_known_by_name() -> None:
    text = render("{node} {{x}} {first_seen}", {"node": "a:1", "first_seen": 1_795_327_200_000})
    assert text == "a:1 {x} 2026-11-22 06:00:00 UTC"


def test_an_unknown_fact_takes_the_text_away_or_is_named() -> None:
    assert render("a {b} c", {"b": None}) is None
    assert render("a {b} c", {}) is None
    assert render("a {b:bytes} c", {}, missing="unknown") == "a unknown c"


@pytest.mark.parametrize(
    "template",
    ("{a.__class__}", "{a[0]}", "{}", "{0}", "{a!r}", "{a:>10}", "{a", "{a:{b}}"),
)
def test_nothing_but_plain_names(template: str) -> None:
    assert check_template(template)
    with pytest.raises(RuleError):
        render(template, {"a": "x", "b": "y"})


def test_foreign_text_in_a_command_is_quoted() -> None:
    facts: Facts = {"file": "x; rm -rf ~", "xmx": 5, "node": "10.0.0.1:54321"}
    command = render("java -Xmx{xmx}m {file} {node}", facts, quoted=True)
    assert command == "java -Xmx5m 'x; rm -rf ~' 10.0.0.1:54321"


@given(st.text())
def test_values_are_never_templates(value: str) -> None:
    assert render("{a}", {"a": value}) == value
