from typing import Any

import pytest

from h2o_forensics.rulebook import find_rule, list_rules, load_rulebook, show_rule


def test_the_list_has_a_line_per_rule() -> None:
    book = load_rulebook()
    lines = list_rules(book).split("\n")
    assert len(lines) == len(book.rules)
    for rule, line in zip(book.rules, lines, strict=True):
        assert line.split()[:3] == [rule.id, rule.condition, rule.severity]
        assert line.endswith(rule.title)


def test_a_page_says_all_there_is_to_say(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    book = load_rulebook(pack.folder, built_in=False)
    page = show_rule(book, "tst001")
    for text in (
        "TST001  Node stops allocating\ngc.thrash: most time goes to",
        "fault, severity high, confidence high, stable, since 0.1.0, name swap-stall",
        "The working set does not fit.",
        "pause at least 3 times within 10 min, on one node",
        "pause not followed by resume within 1 min, on one node",
        "contains  Pausing to swap to disk",
        "free_bytes: min free of pause, node",
        "wanted_bytes: 2 * free_bytes, rounded up to",
        "One pause during a large parse is normal.",
        "- Give each node {wanted_bytes:bytes} more.",
        "heap.too_small (same node within 5 min, when free_bytes < 1000): less heap than data",
        "oom.import (same node): the end of the same story",
        "water/MemoryManager.java",
        "Example 1 on which it fires\n  example.log:\n    11-03 04:12:55.871",
        "Example 1 on which it stays silent\n  node1.log:",
    ):
        assert text in page
    assert not any(line != line.rstrip() for line in page.split("\n"))
    assert show_rule(book, "swap-stall") == page


def test_an_unknown_rule_gets_the_nearest_one() -> None:
    with pytest.raises(LookupError, match="no rule 'CLD01'; nearest: CLD001"):
        find_rule(load_rulebook(), "CLD01")


def test_every_shipped_rule_has_a_page() -> None:
    book = load_rulebook()
    for rule in book.rules:
        assert show_rule(book, rule.id).startswith(f"{rule.id}  {rule.title}\n")
