"""Warnings about rules that load but may serve badly: weak anchors, loose patterns, vague words."""

import re
from collections.abc import Iterator

from h2o_forensics.model.rule import (
    RECORDS,
    Absent,
    Measure,
    Pack,
    Rule,
    RuleBook,
    Sequence,
    Signal,
)
from h2o_forensics.rulebook.check import remedy_texts
from h2o_forensics.rulebook.clauses import walk
from h2o_forensics.rulebook.healthy import healthy_share
from h2o_forensics.rulebook.lock import LOCK, check_lock
from h2o_forensics.rulebook.patterns import (
    begins_anchored,
    has_unnamed_group,
    looks_catastrophic,
)
from h2o_forensics.rulebook.templates import placeholders

_SHORT_ANCHOR = 8
_WEAK_SHARE = 0.005
"""Of the lines of healthy logs: above it, an anchor makes the scan slow and tells nothing."""
_WITH_HEADERS = {"h2o_log", "console"}
"""Kinds whose records say level, logger and thread."""


def lint(rulebook: RuleBook, packs: tuple[Pack, ...] | None = None) -> list[str]:
    """One line per warning: `rule id: field: what`, in rule order.

    Args:
        rulebook: all rules.
        packs: those of its packs that are judged; None: all.
    """
    judged = rulebook.packs if packs is None else packs
    own = {rule_id for pack in judged for rule_id in pack.rules}
    reported = {rule.condition for rule in rulebook.rules}
    ids = {rule.id for rule in rulebook.rules}
    found = [
        f"{rule.id}: {field}: {what}"
        for rule in rulebook.rules
        if rule.id in own
        for field, what in _lint_rule(rule, reported, ids)
    ]
    return [*found, *_lint_packs(rulebook, judged)]


def _lint_packs(book: RuleBook, packs: tuple[Pack, ...]) -> Iterator[str]:
    rules = (*book.rules, *book.deprecated)
    used = {signal.shared for rule in rules for signal in rule.signals}
    for pack in packs:
        for name in pack.shared:
            if name not in used:
                yield f"{pack.name}/signals.yaml: {name}: no rule uses it"
        for difference in check_lock(book, pack) or ():
            yield f"{pack.name}/{LOCK}: {difference} (`rules lock` writes it anew)"


def _lint_rule(rule: Rule, reported: set[str], ids: set[str]) -> Iterator[tuple[str, str]]:
    for signal in rule.signals:
        for field, what in _lint_signal(signal):
            yield f"signals.{signal.name}.{field}", what
    yield from _lint_unused(rule)
    yield from _lint_remedies(rule)
    for index, edge in enumerate(rule.caused_by):
        if edge.condition not in reported:
            yield f"caused_by[{index}].condition", f"no rule reports {edge.condition}"
    for index, other in enumerate(rule.yields_to):
        if other.condition not in reported:
            yield f"yields_to[{index}].condition", f"no rule reports {other.condition}"
    yield from _lint_todo(rule)
    for index, other_id in enumerate(rule.may_also_match):
        if other_id not in ids:
            yield f"may_also_match[{index}]", f"unknown rule {other_id}"
    if not rule.references:
        yield "references", "missing: where does H2O, the JVM or the system say so?"


def _lint_signal(signal: Signal) -> Iterator[tuple[str, str]]:
    if signal.table != RECORDS or signal.anchor is None:
        return
    short = len(signal.anchor) < _SHORT_ANCHOR or not any(map(str.isalpha, signal.anchor))
    # What tables of other programs print can be short; there are few of their lines.
    if short and ("h2o_log" in signal.kinds or not begins_anchored(signal.pattern or "")):
        yield (
            "anchor",
            f"{signal.anchor!r} is weak: take {_SHORT_ANCHOR} characters or more, with letters",
        )
    elif (said := healthy_share(signal.anchor))[0] > _WEAK_SHARE * said[1]:
        yield "anchor", f"{signal.anchor!r} is weak: {said[0]} of {said[1]} healthy lines have it"
    if (signal.levels or signal.logger or signal.thread) and not _WITH_HEADERS & set(signal.kinds):
        yield "in", "these kinds have no header: a level, logger or thread never fits"
    if signal.pattern is None:
        return
    # What other programs print has prefixes of its own; only H2O's messages begin where `^` says.
    if not signal.raw and "h2o_log" in signal.kinds and not begins_anchored(signal.pattern):
        yield "pattern", "does not begin with ^: names of files, frames or columns could satisfy it"
    if looks_catastrophic(signal.pattern):
        yield (
            "pattern",
            "a repeat inside a repeat can take the same text: catastrophic backtracking",
        )
    if has_unnamed_group(signal.pattern):
        yield "pattern", "captures a group without a name: write (?:...) or (?P<name>...)"


def _lint_unused(rule: Rule) -> Iterator[tuple[str, str]]:
    used = {fact.signal for fact in rule.facts} | {rule.starts_from}
    for _field, clause, _inside in walk(rule.when):
        if isinstance(clause, Sequence):
            used.update(clause.signals)
        elif isinstance(clause, Absent):
            used.add(clause.signal)
        elif isinstance(clause, Measure):  # its SQL reads the table `hits`
            used.update(one.name for one in rule.signals if f"'{one.id}'" in clause.sql)
        else:
            used.update((getattr(clause, "signal", None), getattr(clause, "by", None)))
    for signal in rule.signals:
        if signal.name not in used:
            yield f"signals.{signal.name}", "neither when, facts nor starts_from use it"


def _lint_todo(rule: Rule) -> Iterator[tuple[str, str]]:
    """What `rules new` left for the author."""
    texts = {
        "title": rule.title,
        "says": rule.says,
        "explain": rule.explain,
        "false_positives": rule.false_positives,
        "remedies": " ".join(remedy.do + remedy.why for remedy in rule.remedies),
        "references": " ".join(rule.references),
    }
    for field, text in texts.items():
        if "TODO" in text:
            yield field, "still has a TODO in it"


def _lint_remedies(rule: Rule) -> Iterator[tuple[str, str]]:
    if not rule.remedies and rule.harm != "remark":
        yield "remedies", "missing: a reader wants to know what to do"
    facts = {fact.name for fact in rule.facts}
    concrete = False
    for index, remedy in enumerate(rule.remedies):
        texts = dict(remedy_texts(remedy))
        names = {name for text in texts.values() for name in placeholders(text)[0]}
        concrete = concrete or bool(names & facts) or any(map(_has_number, texts.values()))
        if facts.intersection(placeholders(remedy.do)[0]) and remedy.otherwise is None:
            yield f"remedies[{index}]", "`do` uses a fact; say in `otherwise` what to do without it"
    if facts and rule.remedies and not concrete:
        yield "remedies", "none has a number or a fact, although the rule has facts"


def _has_number(text: str) -> bool:
    return re.search(r"\d", text) is not None
