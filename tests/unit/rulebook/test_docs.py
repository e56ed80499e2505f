"""The generated pages: one per rule, every link leads somewhere, no text of a rule is markup."""

import re
from typing import Any

import pytest

from h2o_forensics.model.rule import RuleBook
from h2o_forensics.model.table_notes import COLUMNS, COMMON, TABLES
from h2o_forensics.model.tables import SCHEMAS
from h2o_forensics.rulebook import load_rulebook, rule_pages

LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rulebook(plugins=False)


@pytest.fixture(scope="module")
def pages(book: RuleBook) -> dict[str, str]:
    return rule_pages(book)


FENCED = re.compile(r"^(`{3,})\n.*?^\1$", re.DOTALL | re.MULTILINE)


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCED.sub("", text))


def slugs(text: str) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_every_rule_has_its_page_and_every_link_leads_somewhere(
    book: RuleBook, pages: dict[str, str]
) -> None:
    assert {f"{rule.id}.md" for rule in book.rules} <= set(pages)
    dead = []
    for name, text in pages.items():
        for link in LINK.findall(without_code(text)):
            page, _hash, anchor = link.partition("#")
            target = pages.get(page or name)
            if target is None or (anchor and anchor not in slugs(target)):
                dead.append(f"{name}: {link}")
    assert dead == []


def test_the_matrix_says_which_evidence_a_condition_needs(pages: dict[str, str]) -> None:
    rows = [line.split(" | ") for line in pages["conditions.md"].splitlines() if "|" in line]
    head, lines = rows[0], {row[0].split("]")[0].lstrip("| ["): row for row in rows[2:]}
    column = next(at for at, kind in enumerate(head) if kind.strip(" |") == "h2o_log")
    assert "CLD001" in lines["cloud.locked_join"][column]
    assert len({len(row) for row in rows}) == 1


def test_a_deprecated_rule_says_so(pack: Any, rule_text: str) -> None:
    pack.write(rule_text.replace("status: stable", "status: deprecated\nreason: it *slept*"))
    pages = rule_pages(load_rulebook(pack.folder, built_in=False))
    assert "**deprecated**: it \\*slept\\*; it does not run by itself" in pages["TST001.md"]
    assert "(deprecated)" in pages["index.md"]


def test_text_of_a_rule_is_no_markup(pack: Any, rule_text: str) -> None:
    evil = "Node `stops` <b>[x](http://e)|"
    text = rule_text.replace("title: Node stops allocating", f"title: '{evil}'")
    text = text.replace("Pausing to swap to disk\n", "Pausing to swap to disk ```` x\n")
    pack.write(text)
    page = rule_pages(load_rulebook(pack.folder, built_in=False))["TST001.md"]
    assert page.startswith("# TST001: Node \\`stops\\` \\<b\\>\\[x\\](http://e)\\|\n")
    assert "`````\n11-03" in page


def test_every_table_and_noted_column_is_there() -> None:
    assert set(TABLES) == set(SCHEMAS), "a table needs its line in model/table_notes.py"
    assert set(COLUMNS) <= set(SCHEMAS)
    unknown = {(t, c) for t, notes in COLUMNS.items() for c in notes if c not in SCHEMAS[t]}
    assert unknown == set()
    assert all(set(COMMON) <= set(schema) for schema in SCHEMAS.values())
