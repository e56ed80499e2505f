from typing import Any

import pytest

from h2o_forensics.rulebook import lint, load_rulebook

QUIET = {
    "TST001: caused_by[0].condition: no rule reports heap.too_small",
    "TST001: yields_to[0].condition: no rule reports oom.import",
}


def test_the_small_rule_has_only_its_edges_to_nowhere(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    assert set(lint(load_rulebook(pack.folder, built_in=False))) == QUIET


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    (
        (
            '{anchor: "Continuing after swapping"',
            '{anchor: "Cont"',
            "resume.anchor: 'Cont' is weak",
        ),
        ('{anchor: "Continuing after swapping"', '{anchor: "12:34:56.7"', "resume.anchor: '12:34:"),
        ("'^Pausing", "'Pausing", "signals.pause.pattern: does not begin with ^"),
        ("; (?P<free>", "; (?:a+)+(?P<free>", "signals.pause.pattern: a repeat inside a repeat"),
        ("; (?P<free>", "; (a)(?P<free>", "signals.pause.pattern: captures a group without a name"),
        ("about: peer", "in: [gc_log]", "signals.pause.in: these kinds have no header"),
        ("references: [water/MemoryManager.java]\n", "", "references: missing"),
        ("    otherwise: Give each node more.\n", "", "remedies[0]: `do` uses a fact; say in"),
        (
            "Give each node {wanted_bytes:bytes} more",
            "More",
            "remedies: none has a number or a fact",
        ),
        (
            "examples:",
            "may_also_match: [TST002]\nexamples:",
            "may_also_match[0]: unknown rule TST002",
        ),
        ("by: resume", "by: pause", "signals.resume: neither when, facts nor starts_from use it"),
    ),
)
def test_a_warning_for_each_weakness(
    pack: Any, rule_text: str, old: str, new: str, expected: str
) -> None:
    assert old in rule_text
    pack.write(rule_text.replace(old, new, 1))
    found = lint(load_rulebook(pack.folder, built_in=False))
    assert any(expected in warning for warning in found), found
