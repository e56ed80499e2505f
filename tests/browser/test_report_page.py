# ruff: noqa: E501 - the script in the page reads better in long lines
"""The page in a real browser: it runs nothing, asks for nothing, and can be read."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import pytest

from h2o_forensics.report import build_gc_report, build_report, gc_to_html, to_html
from tests import jvm_samples
from tests import report_cases as cases

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the package playwright is not installed"
)
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}: apt-get install chromium"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = {
    "markup": "</script></style></title><img src=x onerror=alert(1)><svg onload=window.owned=1>",
    "attribute": "\" autofocus onfocus=alert(1) x=' onmouseover=window.owned=1",
    "template": "{{7*7}} {% raw %} ${window.owned=1}",
    "comment": "<!-- <script>window.owned=1</script> -->",
    "link": "javascript:window.owned=1",
    "request": "https://evil.invalid/x?<img src=https://evil.invalid/a.png>",
    "terminal": "\x1b]0;owned\x07\x1b[31m\u202egpj.exe\u2066\x00",
    "long": "x" * 100_000,
    "long_words": "<img src=x onerror=alert(1)> " * 3_500,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as tool:
        running = tool.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


class Watched:
    """A page and everything it did that it must not."""

    def __init__(self, browser: Any, page: str, folder: Path, **options: Any) -> None:
        file = folder / "report.html"
        file.write_text(page, encoding="utf-8")
        self.faults: list[str] = []
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self._request(request.url, file.as_uri()))
        self.page.goto(file.as_uri())

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str, own: str) -> None:
        if url != own:
            self.faults.append(f"request: {url}")

    @property
    def text(self) -> str:
        """All text that stands in the page, closed parts too."""
        return str(self.page.locator("body").text_content())

    @property
    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


GC_PAGES = [f"gc {name}" for name in (*jvm_samples.ALL, "all")]
PAGES = [*cases.ALL, *GC_PAGES]


def _html(name: str) -> str:
    if name in cases.ALL:
        return to_html(build_report(cases.ALL[name]()))
    wanted = name.removeprefix("gc ")
    runs = [make() for one, make in jvm_samples.ALL.items() if wanted in {one, "all"}]
    return gc_to_html(build_gc_report(jvm_samples.analysis(*runs)))


@pytest.mark.parametrize("name", PAGES)
def test_does_nothing_and_fits_a_phone(browser: Any, tmp_path: Path, name: str) -> None:
    with Watched(browser, _html(name), tmp_path, viewport={"width": 390, "height": 844}) as watched:
        watched.page.evaluate(
            "for (const part of document.querySelectorAll('details')) part.open = true"
        )
        assert watched.overflow <= 0
        assert watched.faults == []


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_does_not_run(browser: Any, tmp_path: Path, kind: str) -> None:
    report = build_report(cases.everywhere(HOSTILE[kind]))
    _runs_nothing(browser, tmp_path, to_html(report))
    runs = jvm_samples.analysis(jvm_samples.hostile(HOSTILE[kind]), sources=(HOSTILE[kind],))
    _runs_nothing(browser, tmp_path, gc_to_html(build_gc_report(runs)))


def _runs_nothing(browser: Any, tmp_path: Path, page: str) -> None:
    with Watched(browser, page, tmp_path, viewport={"width": 390, "height": 844}) as watched:
        watched.page.evaluate(
            "for (const part of document.querySelectorAll('details')) part.open = true"
        )
        for link in watched.page.locator("a[href^='#']").all()[:3]:
            link.evaluate("link => link.click()")
        watched.page.wait_for_timeout(50)
        assert watched.faults == []
        assert watched.page.evaluate("window.owned === undefined && document.images.length === 0")
        assert watched.page.evaluate("document.querySelectorAll('script').length") == 1
        assert watched.overflow <= 0


@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_colours_have_contrast(browser: Any, tmp_path: Path, scheme: str) -> None:
    """Every element with text of its own reaches 4.5 to 1 against the background it stands on."""
    script = """() => {
      const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
      const rgba = (value) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = value; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data]; };
      const light = (c) => { const f = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        return .2126 * f(c[0]) + .7152 * f(c[1]) + .0722 * f(c[2]); };
      const ground = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
        if (c[3] === 255) return c; } return [255, 255, 255]; };
      const bad = [];
      for (const e of document.querySelectorAll('body *')) {
        if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.closest('script, svg')) continue;
        const a = light(rgba(getComputedStyle(e).color)), b = light(ground(e));
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < 4.5) bad.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)}`);
      }
      return [...new Set(bad)];
    }"""
    for name in PAGES:
        with Watched(browser, _html(name), tmp_path, color_scheme=scheme) as watched:
            assert watched.page.evaluate(script) == [], name


def test_can_be_read_without_scripts(browser: Any, tmp_path: Path) -> None:
    with Watched(browser, _html("incident"), tmp_path, java_script_enabled=False) as watched:
        text = watched.text
        assert "The heap ran out while a model was trained" in text
        assert "java -Xmx8g -jar h2o.jar -name fraud-train" in text
        assert "Java heap space" in text
        assert watched.page.locator("button").count() == 0
        assert watched.page.get_by_role(
            "heading", name="The heap ran out while a model was trained"
        ).first.is_visible()


def test_the_first_cause_stands_above_the_fold(browser: Any, tmp_path: Path) -> None:
    with Watched(
        browser, _html("incident"), tmp_path, viewport={"width": 1280, "height": 720}
    ) as watched:
        for selector in ("h1", "#cause", ".cause .key", ".cause .command"):
            box = watched.page.locator(selector).first.bounding_box()
            assert box["y"] + box["height"] <= 720, selector


def test_scripts_add_a_button_that_copies(browser: Any, tmp_path: Path) -> None:
    with Watched(
        browser, _html("incident"), tmp_path, permissions=["clipboard-read", "clipboard-write"]
    ) as watched:
        watched.page.get_by_role("button", name="Copy this command").first.click()
        watched.page.wait_for_function("document.querySelector('button').textContent !== 'Copy'")
        assert watched.page.evaluate("navigator.clipboard.readText()") == (
            "java -Xmx8g -jar h2o.jar -name fraud-train -flatfile flatfile.txt -port 54321"
        )
        assert watched.faults == []


def test_a_link_opens_the_part_it_leads_to(browser: Any, tmp_path: Path) -> None:
    with Watched(browser, _html("incident"), tmp_path) as watched:
        watched.page.locator(".chain a").first.click()
        assert watched.page.url.endswith("#F2")
        assert watched.page.locator("article#F2").is_visible()


def test_print_shows_closed_parts(browser: Any, tmp_path: Path) -> None:
    with Watched(browser, _html("incident"), tmp_path) as watched:
        watched.page.emulate_media(media="print")
        assert watched.page.get_by_text("Bind to one address.").is_visible()
        assert watched.page.pdf(format="A4").startswith(b"%PDF")
        assert not watched.page.locator("button").first.is_visible()


def test_the_page_is_made_of_landmarks_and_ordered_headings(browser: Any, tmp_path: Path) -> None:
    with Watched(browser, _html("incident"), tmp_path) as watched:
        page = watched.page
        assert [page.locator(name).count() for name in ("main", "header", "footer", "h1")] == [
            1,
            1,
            1,
            1,
        ]
        assert page.locator("table:not(:has(caption))").count() == 0
        assert page.locator("html").get_attribute("lang") == "en"
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((item) => item.id)")
        assert len(ids) == len(set(ids))
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map((item) => +item.tagName[1])"
        )
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_charts_have_names_and_their_labels_do_not_overlap(browser: Any, tmp_path: Path) -> None:
    script = """() => [...document.querySelectorAll('.plot')].filter((plot) => {
      const boxes = [...plot.querySelectorAll('.xs span')].map((e) => e.getBoundingClientRect())
        .filter((box) => box.width > 0);
      return boxes.some((box, at) => at > 0 && box.left < boxes[at - 1].right);
    }).length"""
    for width in (390, 1280):
        size = {"width": width, "height": 844}
        with Watched(browser, _html("gc all"), tmp_path, viewport=size) as watched:
            assert watched.page.evaluate(script) == 0
            figures = watched.page.locator("figure svg[role=img]")
            assert figures.count() >= 13
            for figure in figures.all():
                assert figure.evaluate(
                    "svg => svg.getAttribute('aria-labelledby').split(' ')"
                    ".every((id) => document.getElementById(id).textContent.length > 3)"
                )
