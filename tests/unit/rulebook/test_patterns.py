import pytest

from h2o_forensics.rulebook.anchors import can_contain
from h2o_forensics.rulebook.patterns import begins_anchored, compile_pattern, looks_catastrophic


@pytest.mark.parametrize(
    "pattern",
    (
        r"(a+)+$",
        r"(?:.*)*x",
        r"^(?:\w+\s?)*$",
        r"(?:\s*\S+)*:",
        r"(a|b+)+c",
        r"(?:.*,)*$",
        r"(?:(?:a*)b?)*",
        r"(?:x{1,50}){2,90}",
    ),
)
def test_nested_repeats_over_the_same_text_look_catastrophic(pattern: str) -> None:
    assert looks_catastrophic(pattern)


@pytest.mark.parametrize(
    "pattern",
    (
        r"^a+b+$",
        r"^(?:.*\n)*?Caused by: (?P<cause>.+)$",
        r"(?:[^,]+,)*end",
        r"(?:\n\s+at .*)*",
        r"(?:\d+\.)+x",
        r"(?>a+)+",
        r"(?:a++b)*",
        r"(?:[a-z_]+\s+\d+\s*\n)*?end",
    ),
)
def test_repeats_that_cannot_take_the_same_text_are_fine(pattern: str) -> None:
    assert not looks_catastrophic(pattern)


@pytest.mark.parametrize(
    ("pattern", "anchor", "expected"),
    (
        (r"^Killing (?P<late>\S+) because", "because", True),
        (r"^Killing (?P<late>\S+) because", "Killing", True),
        (r"^Killing (?P<late>\S+) because", "was late", False),
        (r"^free \d+ MB \(max \d+\)", "MB (max ", True),
        (r"^free \d+ MB \(max \d+\)", "MB [max ", False),
        (r"^(?:lost|found) node", "found node", True),
        (r"^(?:lost|found) node", "seen node", False),
        (r"^Unable to (?:read )?file", "Unable to file", True),
        (r"^[Oo]ut of memory", "out of memory", True),
        (r"(?i)^out of memory", "Out Of Memory", True),
        (r"^node died because", "because of this", True),
        (r"memory: [0-9]+", "Out of memory", True),
        (r"^memory: [0-9]+", "Out of memory", False),
        (r"^a.c$", "b\u00df", False),
        (r"\p{Lu}x", "anything", True),
    ),
)
def test_an_anchor_must_find_room_in_its_pattern(
    pattern: str, anchor: str, *, expected: bool
) -> None:
    assert can_contain(pattern, anchor) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    (
        ("^a", True),
        (r"\Aa", True),
        ("(?:^a|^b)", True),
        ("(?:^a|b)", False),
        ("(?=x)^a", True),
        ("a", False),
        (".*^a", False),
        ("", False),
    ),
)
def test_where_a_match_can_begin(pattern: str, *, expected: bool) -> None:
    assert begins_anchored(pattern) is expected


def test_a_pattern_that_cannot_be_compiled_says_why() -> None:
    assert compile_pattern(r"(?P<a>x)(?P<b>y)") == (frozenset("ab"), None)
    for pattern, expected in (
        ("(", "bad regex: missing )"),
        ("[a", "bad regex: "),
        ("(" * 3000, "bad regex: "),
        ("x" * 5000, "longer than 4000 characters"),
    ):
        groups, wrong = compile_pattern(pattern)
        assert groups == frozenset()
        assert (wrong or "").startswith(expected)
