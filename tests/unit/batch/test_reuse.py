"""What has to be done about a result when the rules are others, rule by rule."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from h2o_forensics.batch.keys import analysis_key, base_key
from h2o_forensics.batch.reuse import Decision, Reuse, meanings
from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.model.catalog import RunOptions, RunProblem, RunResult, Touched
from h2o_forensics.model.rule import (
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Example,
    Measure,
    Rule,
    RuleBook,
    Signal,
    Unanswered,
)
from h2o_forensics.model.settings import Settings
from h2o_forensics.rulebook import load_rulebook
from tests.catalog_samples import sample

ONCE = AtLeast("seen")
HOLDS, ANALYZE = Decision("holds"), Decision("analyze")
TOUCHED = Touched(rules=("OLD001",), tables={"nodes": 3}, plain=True)
RUN = sample(1).run


@pytest.fixture(scope="module")
def model() -> Rule:
    return load_rulebook(plugins=False).rules[0]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return open_catalog(str(tmp_path / "c"), create=True)


def rule(model: Rule, name: str = "NEW001", when: Clause = ONCE, **signal: Any) -> Rule:
    """A rule that seeks one thing."""
    sought = Signal(name, "seen", **({"anchor": f"words of {name}"} | signal))
    return replace(model, id=name, signals=(sought,), when=when, caused_by=(), yields_to=())


def book(*rules: Rule, **conditions: str) -> RuleBook:
    return RuleBook("1", "0" * 64, rules, {"heap.too_small": "a heap too small"} | conditions)


def decided(
    catalog: Catalog,
    before: RuleBook,
    now: RuleBook,
    touched: Touched = TOUCHED,
    result: RunResult | None = None,
) -> Decision:
    """Of a run that was analyzed with one book, when another one is asked for."""
    key = analysis_key(RunOptions(), before)
    Reuse(catalog, before, RunOptions(key=key)).remember()
    made = replace(result or sample(1), analysis=key, touched=touched)
    catalog.put_result(RUN, key, encode_result(made))
    options = RunOptions(key=analysis_key(RunOptions(), now))
    return Reuse(catalog, now, options).decide(RUN, key)


def test_the_same_rules_hold(catalog: Catalog, model: Rule) -> None:
    assert decided(catalog, book(rule(model, "OLD001")), book(rule(model, "OLD001"))) == HOLDS


def test_a_new_rule_is_looked_for(catalog: Catalog, model: Rule) -> None:
    old = rule(model, "OLD001")
    decision = decided(catalog, book(old), book(old, rule(model)))
    assert decision == Decision("look", ("words of NEW001",))


def test_bytes_that_are_not_what_was_scanned_tell_nothing(catalog: Catalog, model: Rule) -> None:
    old, wrapped = rule(model, "OLD001"), replace(TOUCHED, plain=False)
    assert decided(catalog, book(old), book(old, rule(model)), wrapped) == ANALYZE


@pytest.mark.parametrize(("table", "decision"), (("nodes", ANALYZE), ("crashes", HOLDS)))
def test_a_new_rule_over_a_table_is_asked_where_there_are_rows(
    catalog: Catalog, model: Rule, table: str, decision: Decision
) -> None:
    new = rule(model, table=table, anchor=None)
    assert decided(catalog, book(), book(new)) == decision


def test_a_rule_that_is_gone_matters_where_it_touched(catalog: Catalog, model: Rule) -> None:
    assert decided(catalog, book(rule(model, "OLD001")), book()) == ANALYZE
    assert decided(catalog, book(rule(model, "OTH001")), book()) == HOLDS


MEASURE = Measure("measure", "select 1", (), ("node",))


@pytest.mark.parametrize(
    ("when", "signal"),
    (
        (ONCE, {"anchor": None, "pattern": "a|b"}),
        (Absent("seen"), {}),
        (MEASURE, {}),
        (AnyOf((ONCE, Absent("seen"))), {}),
        (AnyOf((ONCE, MEASURE)), {}),
        (AllOf((MEASURE, Absent("seen"))), {}),
        (AllOf(()), {}),
    ),
)
def test_no_run_is_safe_from_a_rule_that_needs_no_words(
    catalog: Catalog, model: Rule, when: Clause, signal: dict[str, Any]
) -> None:
    assert decided(catalog, book(), book(rule(model, when=when, **signal)), Touched()) == ANALYZE


@pytest.mark.parametrize(
    "when",
    (
        ONCE,
        Unanswered("seen", "seen", 5),
        AllOf((Absent("seen"), ONCE)),
        AnyOf((ONCE, AllOf((ONCE, MEASURE)))),
    ),
)
def test_a_rule_that_needs_words_is_looked_for(catalog: Catalog, model: Rule, when: Clause) -> None:
    decision = decided(catalog, book(), book(rule(model, when=when)))
    assert decision.what == "look"


@pytest.mark.parametrize(
    "change",
    (
        {"says": "in other words"},
        {"explain": "in other words"},
        {"title": "in other words"},
        {"severity": "info"},
        {"decided_by": ("a heap dump",)},
        {"remedies": ()},
        {"harm": "remark"},
        {"condition": "another"},
        {"foreign": True},
    ),
)
def test_a_rule_that_is_worded_otherwise_matters_where_it_touched(
    catalog: Catalog, model: Rule, change: dict[str, object]
) -> None:
    old = replace(rule(model, "OLD001"), harm="fault", severity="high", remedies=model.remedies)
    new = replace(old, **change)
    assert decided(catalog, book(old), book(new)) == ANALYZE
    untouched = decided(catalog, book(old), book(new), Touched(plain=True))
    assert untouched == Decision("look", ("words of OLD001",))


@pytest.mark.parametrize(
    "change",
    (
        {"fires": (Example({"a.log": "x"}),)},
        {"silent": (Example({"a.log": "x"}),)},
        {"may_also_match": ("MEM001",)},
        {"references": ("https://example.org",)},
        {"false_positives": "none"},
        {"path": "elsewhere.yaml"},
        {"since": "0.9.0"},
    ),
)
def test_what_no_report_shows_holds(
    catalog: Catalog, model: Rule, change: dict[str, object]
) -> None:
    old = rule(model, "OLD001")
    assert decided(catalog, book(old), book(replace(old, **change))) == HOLDS


def test_other_words_for_conditions_matter_where_any_rule_touched(
    catalog: Catalog, model: Rule
) -> None:
    old = rule(model, "OLD001")
    renamed = book(old, **{"heap.too_small": "otherwise"})
    assert decided(catalog, book(old), renamed) == ANALYZE
    assert decided(catalog, book(old), renamed, Touched(plain=True)) == HOLDS


@pytest.mark.parametrize(
    "result",
    (
        replace(sample(1), status="failed", problem=RunProblem("crashed", "it died")),
        replace(sample(1), report=msgspec.Raw(b'{"partial": ["the time was up"]}')),
    ),
)
def test_what_was_not_finished_is_analyzed_again(
    catalog: Catalog, model: Rule, result: RunResult
) -> None:
    old = rule(model, "OLD001")
    assert decided(catalog, book(old), book(old), result=result) == ANALYZE


def test_a_result_that_is_gone_or_damaged_is_made_anew(catalog: Catalog, model: Rule) -> None:
    before = book(rule(model, "OLD001"))
    key = analysis_key(RunOptions(), before)
    reuse = Reuse(catalog, before, RunOptions(key=key))
    reuse.remember()
    assert reuse.decide(RUN, key) == ANALYZE
    catalog.put_result(RUN, key, b"rubbish")
    assert reuse.decide(RUN, key) == ANALYZE


def test_another_version_setting_or_unknown_rules_are_not_compared(
    catalog: Catalog, model: Rule
) -> None:
    before = book(rule(model, "OLD001"))
    made = replace(sample(1), touched=TOUCHED)
    key = made.analysis
    catalog.put_result(RUN, key, encode_result(made))
    options = RunOptions(key="b" * 16)
    assert Reuse(catalog, before, options).decide(RUN, key) == ANALYZE  # what it meant is not known
    for base in ("of another version", base_key(RunOptions(settings=Settings(year=2020)))):
        data = msgspec.json.encode(meanings(before, base))
        catalog.put_rulebook(key, data)
        assert Reuse(catalog, before, options).decide(RUN, key) == ANALYZE
    catalog.put_rulebook(key, b"rubbish")
    assert Reuse(catalog, before, options).decide(RUN, key) == ANALYZE
    catalog.put_rulebook(key, msgspec.json.encode(meanings(before, base_key(options))))
    assert Reuse(catalog, before, options).decide(RUN, key) == HOLDS


def test_threads_and_limits_make_no_other_analysis(model: Rule) -> None:
    rulebook = book(rule(model))
    one = analysis_key(RunOptions(settings=Settings(threads=1), timeout_s=1.0), rulebook)
    other = analysis_key(RunOptions(settings=Settings(threads=4), memory_mb=99), rulebook)
    assert one == other
    assert one != analysis_key(RunOptions(settings=Settings(year=2020)), rulebook)
    assert one != analysis_key(RunOptions(), book())
