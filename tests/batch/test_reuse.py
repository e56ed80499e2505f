"""Whether results still hold under other rules: exactly where a fresh analysis would say the same.

Rulebooks that differ by rules that are missing or changed are put to real runs; every result that
is said to hold, by its rules alone or by a look at the run's bytes, is compared with a new one.
"""

import random
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.batch.judge import put_together
from h2o_forensics.batch.keys import analysis_key
from h2o_forensics.batch.look import look
from h2o_forensics.batch.reuse import Reuse
from h2o_forensics.batch.rules import Rules
from h2o_forensics.budget import Budget
from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.results import decode_result
from h2o_forensics.model.catalog import FileStat, FoundRun, RunOptions, RunOutcome, RunTask
from h2o_forensics.model.rule import RECORDS, Rule, RuleBook
from h2o_forensics.opened import open_within
from h2o_forensics.pipeline import examine, scanner_of
from h2o_forensics.rulebook import load_rulebook
from tests.batch_archive import CASES, FIRST_CAUSES, SMALL, make_archive, make_old, scanned, table

pytestmark = pytest.mark.slow
NAMES = tuple(FIRST_CAUSES)
IDS = {name: f"{number:020x}" for number, name in enumerate(NAMES)}
BOOKS = 14
HEAD = "11-22 06:23:43.000 127.0.0.1:55381    1  main  INFO water.default:"
RULE = """
id: ACM001
condition: heap.misallocated
name: probe
title: A rule of a further pack
status: draft
since: 0.1.0
severity: low
confidence: high
harm: remark
signals:
  seen:
    anchor: "{anchor}"
when:
  at_least: {{signal: seen, count: 1, per: case}}
says: It was seen {{count}} times.
explain: A rule that a test made.
false_positives: None.
remedies:
  - do: Nothing.
    why: It is a test.
references: []
examples:
  fires:
    - "{head} {anchor}"
  silent:
    - "{head} {silent}"
"""


class Book(Struct):
    """A rulebook as a scan knows it."""

    rulebook: RuleBook
    options: RunOptions
    reports: dict[str, Any] = {}
    """By run: what it gives of it."""


def reworded(rule: Rule, order: random.Random) -> Rule:
    """A rule that says or seeks something else."""
    how = order.randrange(5)
    if how == 0:
        return replace(rule, title=f"{rule.title}, said otherwise")
    if how == 1:
        return replace(rule, caused_by=())
    if how == 2:
        return replace(rule, severity="info" if rule.severity != "info" else "low")
    if how == 3:
        return replace(rule, explain="Something else.", fires=())
    signals = tuple(
        replace(one, anchor=f"{one.anchor} and more") if one.table == RECORDS else one
        for one in rule.signals
    )
    return replace(rule, signals=signals)


def books() -> Iterator[RuleBook]:
    """Today's, and such that lack some rules, or have them otherwise."""
    today = load_rulebook(plugins=False)
    yield today
    ids = [rule.id for rule in today.rules]
    order = random.Random(6)  # noqa: S311 - the same each time
    for number in range(BOOKS):
        missing = set(order.sample(ids, order.choice((0, 1, 1, 2, 10))))
        changed = set(order.sample(ids, order.choice((0, 1, 1, 5))))
        rules = [
            reworded(rule, order) if rule.id in changed else rule
            for rule in today.rules
            if rule.id not in missing
        ]
        yield replace(today, sha256=f"{number:064x}", rules=tuple(rules))


def judged(catalog: Catalog, book: Book) -> None:
    """Analyze all cases with a book, as a worker does."""
    rules = Rules(book.rulebook, scanner_of(book.rulebook))
    for name in NAMES:
        run = found(name)
        rules.scanner.forget()
        bundle = open_within(run.sources, Budget())
        analysis = examine(bundle, book.rulebook, book.options.settings, scanner=rules.scanner)
        task = RunTask("analyze", run, book.options)
        hashed = RunOutcome("analyze", run.location, run=IDS[name])
        outcome = put_together(task, hashed, analysis, rules)
        catalog.put_result(IDS[name], book.options.key, outcome.result)
        report = msgspec.json.decode(decode_result(outcome.result).report)
        del report["tool"]["rulebook"]
        book.reports[name] = report


def found(name: str) -> FoundRun:
    source = str(CASES / name / "bundle")
    files = (FileStat("a.log", 1, 1),)
    return FoundRun(source, name, str(CASES), "directory", "a test", (source,), files)


@pytest.fixture(scope="module")
def judgments(tmp_path_factory: pytest.TempPathFactory) -> tuple[Catalog, list[Book]]:
    catalog = open_catalog(str(tmp_path_factory.mktemp("judged")), create=True)
    made = []
    for rulebook in books():
        key = analysis_key(RunOptions(), rulebook)
        options = RunOptions(rulebook_sha256=rulebook.sha256, key=key)
        made.append(Book(rulebook, options))
        judged(catalog, made[-1])
        Reuse(catalog, rulebook, options).remember()
    return catalog, made


def test_what_is_said_to_hold_is_what_a_fresh_analysis_gives(
    judgments: tuple[Catalog, list[Book]],
) -> None:
    catalog, made = judgments
    bundles = {name: open_within(found(name).sources, Budget()) for name in NAMES}
    said: Counter[str] = Counter()
    for before, now in permutations(made, 2):
        reuse = Reuse(catalog, now.rulebook, now.options)
        for name in NAMES:
            decision = reuse.decide(IDS[name], before.options.key)
            how: str = decision.what
            if how == "look":
                how = "found" if look(bundles[name], decision.literals) else "not found"
            same = before.reports[name] == now.reports[name]
            said[f"{how}, {'same' if same else 'other'}"] += 1
            assert same or how in {"analyze", "found"}, (name, decision)
    assert said["holds, same"] > 100
    assert said["not found, same"] > 100
    assert said["analyze, other"] > 500
    assert said["found, other"] > 3


SENTENCE = "The acme probe was here"


def pack(folder: Path, text: str = SENTENCE, silent: str = "nothing of the kind") -> RunOptions:
    """A pack of one rule that seeks a text."""
    folder.mkdir(exist_ok=True)
    (folder / "ACM001_probe.yaml").write_text(
        RULE.format(anchor=text, head=HEAD, silent=silent), encoding="utf-8"
    )
    return RunOptions(packs=(str(folder),))


def test_a_new_rule_is_put_to_the_runs_that_hold_its_words(tmp_path: Path) -> None:
    archive, catalog = make_archive(tmp_path / "archive", SMALL), tmp_path / "catalog"
    with zipfile.ZipFile(archive / "port_conflict.zip", "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("more/h2o_127.0.0.1_55381-3-info.log", f"{HEAD} {SENTENCE}\n" * 3)
    make_old(archive)
    scanned(archive, catalog)
    record = scanned(archive, catalog, options=pack(tmp_path / "pack"))
    assert (record.analyzed, record.still_holds, record.unchanged) == (1, 4, 0)
    found = [(name, count) for name, rule, count in acme(catalog) if rule == "ACM001"]
    assert found == [("port_conflict.zip", 3)]
    again = scanned(archive, catalog, options=pack(tmp_path / "pack"))
    assert (again.analyzed, again.still_holds, again.unchanged) == (0, 0, 5)
    other = scanned(archive, catalog, options=pack(tmp_path / "pack", silent="and more of it"))
    assert (other.analyzed, other.still_holds) == (0, 5)
    gone = scanned(archive, catalog, options=pack(tmp_path / "pack", "The probe of nobody"))
    assert (gone.analyzed, gone.still_holds) == (1, 4)
    assert not [rule for _name, rule, _count in acme(catalog) if rule == "ACM001"]
    back = scanned(archive, catalog)
    assert (back.analyzed, back.same_content, back.unchanged) == (0, 1, 4)


def acme(catalog: Path) -> list[tuple[object, ...]]:
    names = {run: name for run, name in table(catalog, "runs", "run", "name")}  # noqa: C416
    rows = table(catalog, "findings", "run", "rule", "count")
    return [(names[run], rule, count) for run, rule, count in rows]
