"""The fleet page in a real browser: a thousand runs, sorted, filtered and linked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from h2o_forensics.model.fleet import Fleet
from h2o_forensics.report import fleet_to_html
from tests import fleet_pages

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the package playwright is not installed"
)
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}: apt-get install chromium"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
HOSTILE = (
    "</script><img src=x onerror=window.owned=1><svg onload=window.owned=1>",
    "\" autofocus onfocus=window.owned=1 x=' onmouseover=window.owned=1",
    "<!-- <script>window.owned=1</script> \u2028 -->",
    "javascript:window.owned=1",
    "x" * 20_000,
    "\u202egpj.exe\u2066 " * 400,
)
MOST_BYTES = 3_000_000
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as tool:
        running = tool.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return fleet_pages.fleet()


@pytest.fixture(scope="module")
def file(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fleet") / "fleet.html"
    made.write_text(fleet_to_html(fleet), encoding="utf-8")
    assert made.stat().st_size < MOST_BYTES
    return made


class Opened:
    """The page, and whatever it did that it must not."""

    def __init__(self, browser: Any, file: Path, fragment: str = "", **options: Any) -> None:
        self.faults: list[str] = []
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self._request(request.url, file.as_uri()))
        self.page.goto(file.as_uri() + fragment)

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str, own: str) -> None:
        if url.partition("#")[0] != own:
            self.faults.append(f"request: {url}")

    @property
    def runs(self) -> list[int]:
        """Indices of the rows that are shown."""
        found: list[int] = self.page.evaluate(
            "[...document.querySelectorAll('#runs-table tbody tr[data-run]')]"
            ".map((row) => +row.dataset.run)"
        )
        return found

    def cells(self, column: int) -> list[str]:
        """A column as it is shown."""
        found: list[str] = self.page.evaluate(
            "(at) => [...document.querySelectorAll('#runs-table tbody tr[data-run]')]"
            ".map((row) => row.cells[at].textContent)",
            column,
        )
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
        assert self.faults == []


def test_it_opens_without_a_fault(browser: Any, file: Path) -> None:
    with Opened(browser, file) as opened:
        assert opened.runs == list(range(200))
        opened.page.get_by_role("button", name="Show 200 more").click()
        assert opened.runs == list(range(400))


def test_a_number_filters_to_its_runs_and_back_restores(
    browser: Any, file: Path, fleet: Fleet
) -> None:
    cause = fleet.causes[1]
    with Opened(browser, file) as opened:
        before = opened.page.evaluate("scrollY")
        opened.page.locator(f".causes a[href='#runs/cause/{cause.condition}']").first.click()
        opened.page.wait_for_function("document.querySelector('.chip:not([hidden])')")
        assert opened.runs == list(cause.runs)
        chip = opened.page.locator(".chip").text_content()
        assert chip.startswith(f"{len(cause.runs)} runs: {cause.condition}")
        assert opened.page.evaluate("document.activeElement.id") == "runs"
        top = opened.page.locator("#runs").bounding_box()["y"]
        assert 0 <= top < 200
        opened.page.go_back()
        opened.page.wait_for_function("document.querySelector('.chip').hidden")
        assert opened.runs == list(range(200))
        opened.page.go_forward()
        opened.page.wait_for_function("!document.querySelector('.chip').hidden")
        assert opened.runs == list(cause.runs)
        opened.page.get_by_role("button", name="Show all").click()
        opened.page.wait_for_function("document.querySelector('.chip').hidden")
        assert len(opened.runs) == 200
        assert before == 0


def test_numbers_of_every_kind_filter_exactly(browser: Any, file: Path, fleet: Fleet) -> None:
    """Each distinct link of a sample: as many rows as its number says."""
    with Opened(browser, file) as opened:
        links = opened.page.evaluate(
            """() => [...document.querySelectorAll("a.n[href^='#runs/']")].map((a) => [
            a.getAttribute("href"), a.textContent])"""
        )
        chosen: dict[str, tuple[str, int]] = {}
        for href, text in links:
            kinds = "+".join(part.split("/")[0] for part in href[6:].split("+"))
            if re.fullmatch(r"[0-9]+( runs?| points?)?", text) and not kinds.startswith("copies"):
                chosen.setdefault(kinds, (href, int(text.split()[0])))
        assert len(chosen) > 20
        exact = {f"{one.count}" for one in (*fleet.exceptions,)}
        for href, many in chosen.values():
            opened.page.evaluate("(href) => { location.hash = href }", href)
            opened.page.wait_for_function(
                "(href) => location.hash === href && !document.querySelector('.chip').hidden",
                arg=href,
            )
            opened.page.wait_for_timeout(20)
            chip = opened.page.locator(".chip span").text_content()
            if str(many) not in exact:
                assert chip.startswith(f"{many} run"), (href, chip)
                assert len(opened.runs) == min(many, 200), href


def test_a_link_opens_filtered_sorted_and_searched(browser: Any, file: Path, fleet: Fleet) -> None:
    wanted = [
        at
        for at, run in enumerate(fleet.runs)
        if run.condition == "oom.train" and run.h2o_version == "3.46.0.7"
    ]
    fragment = "#runs/cause/oom.train+h2o_version/3.46.0.7"
    with Opened(browser, file, fragment) as opened:
        assert opened.runs == wanted
        chip = opened.page.locator(".chip span").text_content()
        assert chip == f"{len(wanted)} runs: oom.train, H2O 3.46.0.7"
    with Opened(browser, file, f"{fragment}?q=prod-a&sort=at") as opened:
        chosen = [at for at in wanted if "prod-a" in fleet.runs[at].name]
        dated = [at for at in chosen if fleet.runs[at].at]
        assert opened.runs == [*reversed(dated), *(at for at in chosen if at not in dated)]
        assert opened.page.locator("input").input_value() == "prod-a"
    with Opened(browser, file, "#runs/cause/no.such") as opened:
        assert opened.runs == []
        assert "no runs named" in opened.page.locator(".chip").text_content()


def test_every_column_sorts_both_ways_by_click_and_key(browser: Any, file: Path) -> None:
    with Opened(browser, file, "#runs/day/2026-11-22") as opened:
        many = len(opened.runs)
        heads = opened.page.locator("#runs-table thead th")
        assert heads.count() == 10
        for column in range(10):
            seen = []
            for press in ("click", "key"):
                button = heads.nth(column).locator("button")
                if press == "click":
                    button.click()
                else:
                    button.focus()
                    opened.page.keyboard.press("Enter")
                seen.append((heads.nth(column).get_attribute("aria-sort"), opened.cells(column)))
                assert len(opened.runs) == many
            assert {way for way, _ in seen} == {"ascending", "descending"}
            up, down = (cells for _, cells in sorted(seen))
            known = [
                [cell for cell in cells if cell not in {"\u2013", "no date"}]
                for cells in (up, down)
            ]
            assert known[0] == known[1][::-1] or len(set(known[0])) < len(known[0])
            assert [*dict.fromkeys(known[0])] == [*dict.fromkeys(known[1])][::-1]
            assert heads.evaluate_all(
                "(all) => all.filter((one) => one.getAttribute('aria-sort') !== 'none').length"
            ) == 1  # fmt: skip
        assert "sort=" in opened.page.url


def test_versions_sort_by_their_numbers(browser: Any, file: Path) -> None:
    with Opened(browser, file, "#runs?sort=-h2o_version") as opened:
        assert opened.cells(5)[0] == "3.46.0.10"


def test_words_filter_and_the_rest_is_told(browser: Any, file: Path, fleet: Fleet) -> None:
    with Opened(browser, file) as opened:
        opened.page.get_by_label("Filter").fill("fraud-train gc.thrash")
        opened.page.wait_for_url(re.compile("q="))  # what polls is no script of the page's policy
        wanted = [
            at
            for at, run in enumerate(fleet.runs)
            if run.cloud_name == "fraud-train" and run.condition == "gc.thrash"
        ]
        assert opened.runs == wanted
        status = opened.page.get_by_role("status").text_content()
        assert status == f"{len(wanted)} of 1,000 runs"


def test_a_row_leads_to_its_report_or_its_command(browser: Any, file: Path, fleet: Fleet) -> None:
    clipboard = ["clipboard-read", "clipboard-write"]
    with Opened(browser, file, permissions=clipboard) as opened:
        at = next(at for at, run in enumerate(fleet.runs) if run.report)
        row = opened.page.locator(f"tr[data-run='{at}']")
        assert row.locator("a").get_attribute("href") == fleet.runs[at].report
        at = next(at for at, run in enumerate(fleet.runs) if not run.report)
        row = opened.page.locator(f"tr[data-run='{at}']")
        row.get_by_role("button").click()
        opened.page.get_by_role("button", name="Copy this command").click()
        opened.page.wait_for_function(
            "document.querySelector('.more-of button').textContent !== 'Copy'"
        )
        assert opened.page.evaluate("navigator.clipboard.readText()") == fleet.runs[at].command
        row.get_by_role("button").click()
        assert opened.page.locator(".more-of").count() == 0


@pytest.mark.parametrize("width", (390, 760, 1024))
def test_no_width_scrolls_the_page_sideways(browser: Any, file: Path, width: int) -> None:
    with Opened(browser, file, viewport={"width": width, "height": 844}) as opened:
        opened.page.evaluate(
            "for (const part of document.querySelectorAll('details')) part.open = true"
        )
        opened.page.locator(".open").first.click()
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        assert opened.page.evaluate(wide) <= 0


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_not_run(browser: Any, tmp_path: Path, text: str) -> None:
    file = tmp_path / "fleet.html"
    file.write_text(fleet_to_html(fleet_pages.everywhere(text)), encoding="utf-8")
    with Opened(browser, file, viewport=PHONE) as opened:
        for link in opened.page.locator("a.n").all()[:5]:
            link.evaluate("(link) => link.click()")
        opened.page.locator(".open").first.evaluate("(button) => button.click()")
        opened.page.evaluate(
            "for (const part of document.querySelectorAll('details')) part.open = true"
        )
        assert opened.page.evaluate("window.owned === undefined && document.images.length === 0")
        assert opened.page.evaluate("document.querySelectorAll('script').length") == 2
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        assert opened.page.evaluate(wide) <= 0


def test_it_can_be_read_without_scripts(browser: Any, file: Path, fleet: Fleet) -> None:
    with Opened(browser, file, java_script_enabled=False) as opened:
        assert opened.page.locator("#runs-table tbody tr").count() == 500
        assert opened.page.locator("button").count() == 0
        text = opened.page.locator("#runs-table").text_content()
        assert fleet.runs[499].name in text


def test_landmarks_names_and_print(browser: Any, file: Path) -> None:
    with Opened(browser, file) as opened:
        page = opened.page
        assert [page.locator(name).count() for name in ("main", "header", "footer", "h1")] == [
            1
        ] * 4
        assert page.locator("table:not(:has(caption))").count() == 0
        assert page.locator("svg:not([aria-hidden]):not([aria-label])").count() == 0
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((item) => item.id)")
        assert len(ids) == len(set(ids))
        page.emulate_media(media="print")
        assert not page.locator("#runs-tools").is_visible()
        assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_colours_have_contrast(browser: Any, file: Path, scheme: str) -> None:
    script = """() => {
      const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
      const rgba = (value) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = value;
        canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
      const part = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
      const light = (c) => .2126 * part(c[0]) + .7152 * part(c[1]) + .0722 * part(c[2]);
      const ratio = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
      const ground = (e) => { for (; e; e = e.parentElement) {
        const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; }
        return [255, 255, 255]; };
      const bad = [];
      for (const e of [...document.querySelectorAll('main *')].slice(0, 4000)) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        if (!own || e.closest('script, svg')) continue;
        const found = ratio(light(rgba(getComputedStyle(e).color)), light(ground(e)));
        if (found < 4.5) bad.push(`${e.tagName}.${e.className} ${found.toFixed(2)}`);
      }
      for (const e of document.querySelectorAll('.month a text')) {
        const under = rgba(getComputedStyle(e.previousElementSibling).fill);
        const found = ratio(light(rgba(getComputedStyle(e).fill)), light(under));
        if (found < 4.5) bad.push(`${e.getAttribute('class')} ${found.toFixed(2)}`);
      }
      return [...new Set(bad)];
    }"""
    with Opened(browser, file, color_scheme=scheme) as opened:
        assert opened.page.evaluate(script) == []


def test_arrows_lead_through_the_calendar(browser: Any, file: Path, fleet: Fleet) -> None:
    days = [day for day in fleet.calendar if day.runs]
    with Opened(browser, file) as opened:
        page = opened.page
        assert page.locator(".month a[tabindex='0']").count() == 1
        page.locator(".month a[tabindex='0']").focus()
        assert days[-1].day in page.locator("#day-told").text_content()
        page.keyboard.press("ArrowLeft")
        assert days[-2].day in page.locator("#day-told").text_content()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("#runs/day"))
        assert opened.runs == list(days[-2].runs)


@pytest.mark.parametrize("width", (390, 1400))
def test_all_runs_are_one_click_away(browser: Any, file: Path, width: int) -> None:
    with Opened(browser, file, viewport={"width": width, "height": 844}) as opened:
        opened.page.mouse.wheel(0, 5000)
        link = opened.page.get_by_role("navigation").get_by_role("link", name="All runs")
        link.click()
        opened.page.wait_for_url(re.compile("#runs$"))
        box = opened.page.locator("#runs").bounding_box()
        assert 0 <= box["y"] < 200


def test_names_of_files_and_users_stay_whole(browser: Any, file: Path) -> None:
    with Opened(browser, file, viewport={"width": 1400, "height": 900}) as opened:
        lines = opened.page.evaluate(
            """() => [...document.querySelectorAll('#runs-table tbody tr')].slice(0, 50)
            .flatMap((row) => [row.querySelector('.file'), row.cells[8]]).map((item) => {
              const range = document.createRange(); range.selectNodeContents(item);
              return new Set([...range.getClientRects()].map((box) => box.top)).size; })"""
        )
        assert set(lines) == {1}
