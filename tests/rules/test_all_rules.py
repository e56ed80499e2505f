"""Every shipped rule is held to the same bar."""

from pathlib import Path

import polars as pl
import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.rule import RECORDS, Example, Rule, RuleBook
from h2o_forensics.model.tables import make_table
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook import load_rulebook
from h2o_forensics.trial import examples_of, hits_of

# By file, not by loaded rule: a broken rule must fail its own tests, not the collection of all.
FILES = sorted(rules_dir().glob("*/*.yaml"))


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rulebook()


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def rule(request: pytest.FixtureRequest, book: RuleBook) -> Rule:
    path: Path = request.param
    relative = path.relative_to(rules_dir()).as_posix()
    return next(rule for rule in book.rules if rule.path == relative)


def found_in(example: Example, book: RuleBook) -> set[str]:
    """Rules that hold, before any of them gives way to another."""
    return {finding.rule for finding in pipeline.findings_of_texts(example.files, book)}


def test_it_fires_on_its_examples(rule: Rule, book: RuleBook) -> None:
    mute = [n for n, example in enumerate(rule.fires) if rule.id not in found_in(example, book)]
    assert not mute, f"{rule.id} does not fire on fires{mute}"


def test_it_is_silent_where_it_should_be(rule: Rule, book: RuleBook) -> None:
    loud = [n for n, example in enumerate(rule.silent) if rule.id in found_in(example, book)]
    assert not loud, f"{rule.id} fires on silent{loud}"


def test_its_findings_survive_or_give_way_to_a_named_condition(rule: Rule, book: RuleBook) -> None:
    stronger = {other.condition for other in rule.yields_to}
    for number, example in enumerate(rule.fires):
        judged = pipeline.examine_texts(example.files, book).diagnosis.findings
        rules = {one.finding.rule for one in judged}
        conditions = {one.finding.condition for one in judged}
        assert rule.id in rules or stronger & conditions, f"{rule.id} lost on fires[{number}]"


def test_only_its_own_signals_match_its_examples(rule: Rule, book: RuleBook) -> None:
    others = {other.id for other in book.rules} - {rule.id, *rule.may_also_match}
    foreign = [
        f"{name}: {hit.signal} matches {hit.path}:{hit.line} {hit.text}"
        for name, example in examples_of(rule)
        for hit in hits_of(example, book)
        if hit.signal.split(".")[0] in others
    ]
    assert not foreign, "\n".join(foreign)


def test_its_edges_resolve(rule: Rule, book: RuleBook) -> None:
    named = [edge.condition for edge in rule.caused_by]
    named += [other.condition for other in rule.yields_to]
    assert set(named) <= set(book.conditions) - {rule.condition}


def test_its_filters_are_sql_over_their_table(rule: Rule) -> None:
    filters = [(signal.table, signal.where) for signal in rule.signals if signal.table != RECORDS]
    filters += [(fact.table, fact.where) for fact in rule.facts if fact.table is not None]
    for table, where in filters:
        rows: pl.DataFrame = make_table(table, [])
        if where is not None:
            assert rows.sql(f"SELECT * FROM self WHERE {where}").columns == rows.columns  # noqa: S608


def test_there_are_rules() -> None:
    assert FILES
