"""A new rule works before it is changed."""

from typing import Any

import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.rulebook import draft_rule, load_rulebook

HEADER = "06-01 10:00:00.123 10.0.0.3:54321 4242 FJ-1-5 "
LINES = (
    None,
    HEADER + "ERROR water.default: Could not find the licence file /etc/acme/9.key for user 'bob'",
    HEADER
    + "WARN: The scoring service (v2) at http://acme:80 doesn't answer; giving up after 3 tries",
    HEADER
    + "ERROR water.default: water.util.Acme: it's gone\n\tat water.util.Acme.run(Acme.java:3)",
    "acme-agent: cannot reach the vault at 10.1.1.1, no secrets",
    'H2O_ACME "quoted" {braces} \\ back: x',
    HEADER + "WARN water.default: 123 456",
)


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rulebook(plugins=False)


@pytest.mark.parametrize("line", LINES)
def test_its_examples_pass(pack: Any, book: RuleBook, line: str | None) -> None:
    draft = draft_rule(book, "ACM", "job.failed", line=line)
    assert draft.name == "ACM001_job_failed.yaml"
    pack.write(draft.text, f"jobs/{draft.name}")
    own = load_rulebook(pack.folder, built_in=False)
    assert pipeline.trial(own) == []
    if line is not None:
        assert own.rules[0].fires[0].files["example.log"].rstrip("\n") == line


def test_the_anchor_is_the_longest_run_of_words_that_stay(pack: Any, book: RuleBook) -> None:
    draft = draft_rule(book, "ACM007", "job.failed", "licence-gone", LINES[1])
    pack.write(draft.text, draft.name)
    (rule,) = load_rulebook(pack.folder, built_in=False).rules
    assert (rule.id, rule.name) == ("ACM007", "licence-gone")
    assert rule.signals[0].anchor == "Could not find the licence file"
    assert rule.signals[0].pattern == r"^Could not find the licence file \S+"
    assert rule.signals[0].levels == ("ERROR",)


@pytest.mark.parametrize(
    ("wanted", "condition", "name", "why"),
    (
        (
            "MEM001",
            "job.failed",
            None,
            "MEM001 is taken, ids are never used twice; next free: MEM0",
        ),
        ("mem1", "job.failed", None, "'mem1' is no id"),
        ("ACM001", "job.fail", None, "unknown condition 'job.fail'; nearest: job.failed"),
        ("ACM001", "job.failed", "Job Failed", "small letters"),
    ),
)
def test_what_cannot_be_begun(
    book: RuleBook, wanted: str, condition: str, name: str | None, why: str
) -> None:
    with pytest.raises(LookupError) as caught:
        draft_rule(book, wanted, condition, name)
    assert why in str(caught.value)


def test_a_retired_number_is_not_free(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    pack.write("TST004: it was wrong\n", "retired.yaml")
    book = load_rulebook(pack.folder)
    assert draft_rule(book, "TST", "job.failed").name.startswith("TST005_")
    with pytest.raises(LookupError, match="TST004 is taken"):
        draft_rule(book, "TST004", "job.failed")
