# ruff: noqa: E501 - lines of logs stand here as they are
import re

import pytest

from h2o_forensics.report import build_report, to_markdown
from h2o_forensics.report.markdown import block, code, escape
from tests import report_cases as cases

markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py renders the Markdown here")

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) ![x](http://evil/x.png)",
    "a | b | c\n| --- | --- |\n| d | e |",
    "# heading\n- list\n> quote\n```\nfence\n~~~~\n",
    "`code` ``more``` **bold** _it_ <b>x</b> &amp; https://evil.example www.evil.example a@b.example",
    "\x1b[31m\u202e",
    "1. one\n2) two\n***\n---\n===",
    "[x]: http://evil",
    "\\",
]


def _tags(text: str) -> set[str]:
    page = markdown_it.MarkdownIt("commonmark").enable("table").enable("strikethrough").render(text)
    return set(re.findall(r"<([a-z0-9]+)", page))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_makes_no_markup(hostile: str) -> None:
    text = to_markdown(build_report(cases.everywhere(hostile)))
    assert _tags(text) <= _tags(to_markdown(build_report(cases.everywhere("plain"))))
    assert not _tags(text) & {"a", "img", "script", "b"}
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_escaped_text_is_one_plain_paragraph(hostile: str) -> None:
    assert _tags(escape(hostile)) <= {"p"}
    assert _tags(code(hostile)) == {"p", "code"}
    assert _tags("\n".join(block(hostile))) == {"pre", "code"}


def test_says_the_answer() -> None:
    text = to_markdown(build_report(cases.incident()))
    assert text.startswith("# Incident\n")
    assert "## First cause: The heap ran out while a model was trained" in text
    assert "java -Xmx8g -jar h2o.jar" in text
    assert "drf_fraud" in text
    assert (
        text.index("### Evidence")
        < text.index("## What else was found")
        < text.index("## Timeline")
    )
    assert text.endswith("All times are UTC.\n")


def test_leads_with_what_to_fetch() -> None:
    text = to_markdown(build_report(cases.insufficient()))
    assert text.index("## What to fetch") < text.index("## What else was found")
