import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from h2o_forensics.report import build_report, to_html
from tests import report_cases as cases

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{7*7}}{% raw %}",
    "javascript:alert(1)",
    "--><style>*{display:none}</style>",
]


class Page(HTMLParser):
    """Tags, attributes, ids and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def _page(name: str) -> Page:
    return Page(to_html(build_report(cases.ALL[name]())))


@pytest.mark.parametrize("name", cases.ALL)
def test_the_page_is_one_file_without_handlers_or_styles(name: str) -> None:
    page = _page(name)
    names = {attribute for _, attribute, _ in page.attributes}
    assert "style" not in names
    assert not [item for item in names if item.startswith("on")]
    assert not [
        item for item in page.attributes if item[1] in {"src", "srcset", "action", "background"}
    ]
    assert "link" not in page.tags
    assert page.tags.count("h1") == page.tags.count("main") == page.tags.count("footer") == 1


def test_the_policy_names_the_hashes_of_our_style_and_script() -> None:
    page = to_html(build_report(cases.incident()))
    policy = next(value for _, _, value in Page(page).attributes if "default-src" in value)
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "img-src data:; base-uri 'none'; form-action 'none'" in policy
    assert "unsafe" not in policy


def test_the_answer_comes_in_order() -> None:
    text = _page("incident").text
    wanted = [
        "Incident",
        "The heap ran out while a model was trained",
        "10.0.0.2:54321",
        "java -Xmx8g",
        "From cause to symptom",
        "The evidence",
        ":1811",
        "How to fix it",
        "Why this, and not something else",
        "What else was found",
        "Timeline",
        "Nodes",
        "JVM and memory",
        "118 full collections in a row",
        "What is missing",
        "Warnings no rule knows",
        "Problems with the input",
        "Files",
        "rulebook 0.1.0",
    ]
    body = re.sub(r"(\S) (?=\S)", r"\1 ", text)
    at = 0
    for word in wanted:
        at = body.replace("java -Xmx8g", "java -Xmx8g").find(word.split(" -")[0], at)
        assert at >= 0, word


def test_every_evidence_line_is_there() -> None:
    text = _page("incident").text
    for judged in cases.incident().diagnosis.findings:
        for item in judged.finding.evidence:
            assert " ".join(item.text.split()) in text


def test_not_enough_evidence_leads_with_what_to_fetch() -> None:
    text = _page("insufficient").text
    assert 0 < text.find("What to fetch") < text.find("dmesg -T") < text.find("What else was found")


def test_healthy_says_what_was_looked_at_and_what_was_not_judged() -> None:
    text = _page("healthy").text
    assert "We looked at 2 files, 1 node" in text
    assert "What could not be judged" in text
    assert "drf_ fraud.zip (model)" in text
    assert "First cause" not in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(hostile: str) -> None:
    page = Page(to_html(build_report(cases.everywhere(hostile))))
    clean = Page(to_html(build_report(cases.everywhere("plain"))))
    assert page.tags.count("img") == 0
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert set(page.tags) <= set(clean.tags) | {"wbr"}
    assert not [
        item for item in page.attributes if item[1] == "href" and not item[2].startswith("#")
    ]
    assert not [item for item in page.attributes if item[1].startswith("on")]
    assert "49" not in re.sub(r"\d\d:49|\d{3,}", "", page.text) or hostile != HOSTILE[2]


def test_invisible_characters_are_shown() -> None:
    page = to_html(build_report(cases.everywhere("a\x1b[31mb\u202ec\x00")))
    assert "a␛[31mb\\u202ec\\x00" in page
    assert not set(page) & set("\x1b\u202e\x00")


def test_long_text_is_cut_and_says_so() -> None:
    page = to_html(build_report(cases.everywhere("x" * 100_000)))
    assert "(94,000 more characters)" in page
    assert len(page) < 3_000_000


def test_same_report_same_page() -> None:
    assert to_html(build_report(cases.incident())) == to_html(build_report(cases.incident()))
