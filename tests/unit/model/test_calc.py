"""The expressions of rules."""

import pytest

from h2o_forensics.model.calc import calculate, holds
from h2o_forensics.model.finding import Value

FACTS: dict[str, Value] = {"a": 6, "b": 4.0, "none": None, "text": "G1", "yes": True}


@pytest.mark.parametrize(
    ("expression", "value"),
    (
        ("a + b * 2", 14),
        ("-a / b", -1.5),
        ("ceil(a / b)", 2),
        ("floor(a / b)", 1),
        ("max(a, b, 9) - min(a, b)", 5),
        ("a / 0", None),
        ("a + none", None),
        ("min(a, none)", None),
        ("a + text", None),
        ("missing", None),
        ("a > b and b >= 4", True),
        ("1 < a < 6", False),
        ("none > 3", None),
        ("none > 3 or a == 6", True),
        ("none > 3 and a == 7", False),
        ("not none", None),
        ("not a == 7", True),
        ("text == 'G1'", True),
        ("text != 'G1'", False),
        ("text > 3", None),
        ("1e308 * 1e308", None),
        ("known(none, a, b)", 6),
        ("known(none, text)", "G1"),
        ("known(none, none)", None),
        ("max(a, known(none, 0))", 6),
        ("only(a, a > 5)", 6),
        ("only(a, a > 6)", None),
        ("only(text, none > 6)", None),
    ),
)
def test_values(expression: str, value: Value) -> None:
    result = calculate(expression, FACTS)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    "expression",
    (
        "a ** 9", "__import__('os')", "a.real", "text[0]", "[a]", "lambda: 1", "a if b else 1",
        "open('x')", "ceil(a, b)", "max()", "known()", "only(a)",
        "only(a, b, a)", "a +", "None", "a in text", "~a", "max(*text)",
        "1+" * 300 + "1",
    ),
)  # fmt: skip
def test_nothing_else_is_evaluated(expression: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|expression|only|longer|ceil"):
        calculate(expression, FACTS)


def test_what_is_unknown_does_not_hold() -> None:
    assert holds("a > 5", FACTS)
    assert not holds("none > 5", FACTS)
