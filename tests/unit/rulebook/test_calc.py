import pytest

from h2o_forensics.rulebook.calc import check_calc


@pytest.mark.parametrize(
    ("text", "names"),
    (
        ("2 * a + b / (c - 1)", {"a", "b", "c"}),
        ("max(a, min(b, 3))", {"a", "b"}),
        ("-ceil(a)", {"a"}),
        ("1.5", set()),
        ("known(a, only(b, c > 2), 0)", {"a", "b", "c"}),
    ),
)
def test_arithmetic_over_facts(text: str, names: set[str]) -> None:
    assert check_calc(text) == (frozenset(names), None)


@pytest.mark.parametrize(
    "text", ("a > 0.5 * b", "a == 'x' and not b != 2", "a <= b or (a >= 1)", "1 < a < 3")
)
def test_conditions_compare(text: str) -> None:
    assert check_calc(text)[1] is None


@pytest.mark.parametrize(
    "text",
    (
        "", "a +", "a ** 9", "a // 2", "a % 2", "a.b", "a[0]", "f(a)", "max(a, key=b)", "max(*a)",
        "ceil()", "ceil(a, b)", "only(a)", "known()", "unknown(a)", "[a]", "lambda: 1",
        "a if b else c", "(a := 1)", "f'{a}'", "None",
        "True", "1j", "b'x'", "a in b", "__import__('os').system('x')", "a\x00",
        "(" * 400, "a " * 400,
    ),
)  # fmt: skip
def test_nothing_else_is_an_expression(text: str) -> None:
    assert check_calc(text)[1] is not None
