import json
import re
from html.parser import HTMLParser
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from h2o_forensics.model.fleet import Breakdown, Fleet, Group
from h2o_forensics.report import (
    fleet_json_schema,
    fleet_to_html,
    fleet_to_json,
    fleet_to_markdown,
    fleet_to_text,
)
from h2o_forensics.report.fleet_json import SCHEMA_FILE, write_schema
from tests import fleet_pages

HOSTILE = (
    "</script><img src=x onerror=alert(1)><!--",
    '"><svg onload=alert(1)>\u2028\u202e',
    "{{7*7}}{% raw %}",
    "javascript:alert(1)",
    "| # [x](http://evil.invalid) `\x1b[31m",
    "\ud800 x" * 2000,
)


class Page(HTMLParser):
    """Links, attributes, ids and the script's data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self._in = ""
        self.block = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self._in = dict(attrs).get("id") or "" if tag == "script" else ""
        self.links += [value or "" for name, value in attrs if tag == "a" and name == "href"]

    def handle_data(self, data: str) -> None:
        if self._in == "fleet-data":
            self.block += data
        else:
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.block)
        return decoded


def members(data: dict[str, Any], key: str) -> set[int]:
    runs: set[int] = set()
    for part in data["sets"][key][1].split(","):
        first, _, last = part.partition("-")
        runs.update(range(int(first), int(last or first) + 1))
    return runs


def linked(fleet: Fleet) -> list[tuple[str, set[int]]]:
    """Every number of the page that is a link, and the runs it leads to."""
    page = fleet_to_html(fleet)
    data = Page(page).data
    found = re.findall(r'<a class="n" href="#runs(?:/([^"]*))?">([^<]*)</a>', page)
    everything = set(range(len(fleet.runs)))
    return [
        (text, everything.intersection(*(members(data, key) for key in keys.split("+") if key)))
        for keys, text in found
    ]


@pytest.fixture(scope="module")
def thousand() -> Fleet:
    return fleet_pages.fleet()


def test_every_number_that_counts_runs_leads_to_as_many(thousand: Fleet) -> None:
    wrong = []
    # Copies, occurrences and names of versions are no numbers of runs; neither are points.
    other = {f"{one.count:,}" for one in thousand.exceptions}
    other |= {f"{one.count:,}" for one in thousand.unexplained}
    other |= {str(thousand.totals["copies"])}
    numbers = linked(thousand)
    for text, runs in numbers:
        match = re.fullmatch(r"([0-9,]+)(?: runs?| points?)?", text)
        if match and text not in other and int(match[1].replace(",", "")) != len(runs):
            wrong.append((text, len(runs)))
    assert wrong == []
    assert len(numbers) > 700


def test_numbers_lead_to_the_runs_the_fleet_names(thousand: Fleet) -> None:
    page = fleet_to_html(thousand)
    data = Page(page).data
    for cause in thousand.causes:
        assert members(data, f"cause/{cause.condition}") == set(cause.runs)
    for part in thousand.breakdowns:
        for group in part.groups:
            keys = [key for key, (label, _) in data["sets"].items() if group.value in label]
            assert any(members(data, key) == set(group.runs) for key in keys)


def test_the_data_are_the_runs(thousand: Fleet) -> None:
    data = Page(fleet_to_html(thousand)).data

    def cell(name: str, at: int) -> Any:
        column = data["columns"][name]
        return column[at] if isinstance(column, list) else column["of"][column["is"][at]]

    def whole(name: str, at: int, inner: str) -> Any:
        pieces = cell(name, at)
        return pieces and inner[: data["columns"][name]["cut"]].join(pieces)

    for at, run in enumerate(thousand.runs):
        assert cell("verdict", at) == run.verdict
        assert cell("title", at) == run.title
        assert cell("h2o_version", at) == run.h2o_version
        assert whole("location", at, run.name) == run.location
        assert whole("command", at, run.run) == run.command
        assert whole("report", at, run.run) == run.report


def test_it_stays_small(thousand: Fleet) -> None:
    assert len(fleet_to_html(thousand).encode()) < 1_000_000


def test_the_first_rows_stand_in_the_page_without_its_script(thousand: Fleet) -> None:
    text = Page(fleet_to_html(thousand)).text
    assert sum(run.name in text for run in thousand.runs[:500]) == 500
    assert "500 more runs" in text


def test_parts_come_in_the_order_of_a_morning(thousand: Fleet) -> None:
    text = Page(fleet_to_html(thousand)).text
    wanted = (
        "2 new incidents in 10 new runs, 1 changed",
        "One machine is in trouble",
        "New since the last scan",
        "never seen before",
        "oom.train grew with 3.46.0.7",
        "Incidents by day",
        "Where it happens",
        "Worst nodes",
        "Concentrated on a user, machine or cluster",
        "Same exception, several runs",
        "Time lost to garbage collection",
        "What to fetch",
        "Warnings no rule knows",
        "Problems",
        "All runs",
    )
    places = [text.find(word, text.find("main")) for word in wanted]
    assert -1 not in places
    assert [text.index(word, place) for word, place in zip(wanted, places, strict=True)] == places


def test_reports_are_linked_below_the_base() -> None:
    fleet = fleet_pages.fleet(runs=4, days=2)
    run = next(run for run in fleet.runs if run.report)
    assert run.report in Page(fleet_to_html(fleet)).links
    assert f"../cat%20a/{run.report}" in Page(fleet_to_html(fleet, base="../cat a/")).links
    web = "https://logs.invalid/catalog"
    assert f"{web}/{run.report}" in Page(fleet_to_html(fleet, base=web)).links


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_no_markup(text: str) -> None:
    fleet = fleet_pages.everywhere(text)
    page = Page(fleet_to_html(fleet))
    plain = Page(fleet_to_html(fleet_pages.everywhere("plain_/text")))
    assert page.tags.count("script") == 2
    assert set(page.tags) <= set(plain.tags)
    assert page.names <= plain.names
    assert not [link for link in page.links if ":" in link.split("/")[0] and link[0] != "#"]
    assert page.data["runs"] == 6
    raw = fleet_to_html(fleet)
    assert not [char for char in "\u2028\u202e\x1b\ud800" if char in raw]
    assert raw.count("</script>") == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_the_short_forms(text: str) -> None:
    fleet = fleet_pages.everywhere(text)
    shown = fleet_to_text(fleet, 80)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    long = [
        line for line in shown.splitlines() if len(line) > 80 and fleet.runs[0].run[:4] not in line
    ]
    assert [line for line in long if not line.startswith("  ")] == []
    marked = fleet_to_markdown(fleet)
    assert "<img" not in re.sub(r"`+[^`]*`+", "", marked)
    assert not re.search(r"(?<!\\)\]\(http", re.sub(r"`+[^\n]*`+", "", marked))


def test_text_fits_eighty_columns(thousand: Fleet) -> None:
    lines = fleet_to_text(thousand, 80).splitlines()
    assert [x for x in lines if len(x) > 80 and not x.startswith("  h2o-forensics ")] == []
    assert lines[0] == "2 NEW INCIDENTS IN 10 NEW RUNS, 1 CHANGED"
    assert fleet_to_text(thousand, 80, color=True).startswith("\x1b[1;31m2 NEW")
    assert any("h2o-forensics catalog show" in line for line in lines)


def test_markdown_has_tables_of_ten_and_commands(thousand: Fleet) -> None:
    text = fleet_to_markdown(thousand)
    host = text.split("## Host")[1].split("##")[0]
    assert sum(line.startswith("| ml") for line in host.splitlines()) == 10
    assert "And 30 more" in host
    assert "`h2o-forensics catalog show " in text


def test_an_empty_fleet_has_a_page() -> None:
    empty = fleet_pages.fleet(runs=0)
    assert "No runs yet" in Page(fleet_to_html(empty)).text
    assert fleet_to_text(empty, 80).startswith("NO RUNS YET")
    assert fleet_to_markdown(empty).startswith("# No runs yet")
    jsonschema.validate(json.loads(fleet_to_json(empty)), fleet_json_schema())


def test_thousands_of_everything_stay_readable() -> None:
    many = fleet_pages.fleet(runs=3000, days=900, causes=400)
    page = fleet_to_html(many)
    assert len(page.encode()) < 3_000_000
    assert Page(page).tags.count("tr") < 1_200


def test_more_values_than_a_list_shows_are_one_link() -> None:
    fleet = fleet_pages.fleet(runs=300, days=20)
    groups = tuple(
        Group(f"host-{at}", (at,), 0, 0, (), None, None) for at in range(len(fleet.runs))
    )
    hosts = Breakdown("host", groups, ())
    page = fleet_to_html(replace(fleet, breakdowns=(*fleet.breakdowns[:3], hosts)))
    assert "260 more hosts" in Page(page).text
    assert members(Page(page).data, "more/host") == set(range(40, 300))
    assert "host-41" not in page.split('id="runs-table"')[0]


def test_same_fleet_same_bytes(thousand: Fleet) -> None:
    again = fleet_pages.fleet()
    assert fleet_to_html(thousand) == fleet_to_html(again)
    assert fleet_to_json(thousand) == fleet_to_json(again)


def test_json_fits_its_schema_and_the_file_is_fresh(thousand: Fleet, tmp_path: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(fleet_json_schema())
    validator = jsonschema.Draft202012Validator(fleet_json_schema())
    decoded = json.loads(fleet_to_json(thousand))
    validator.validate(decoded)
    assert not validator.is_valid(decoded | {"more": 1})
    assert not validator.is_valid({**decoded, "schema": "h2o-forensics/fleet/9"})
    del decoded["causes"]
    assert not validator.is_valid(decoded)
    write_schema(tmp_path / "fresh.json")
    assert (tmp_path / "fresh.json").read_bytes() == SCHEMA_FILE.read_bytes(), (
        "run h2o_forensics.report.fleet_json.write_schema()"
    )


def test_runs_are_marked_as_new_changed_or_gone(thousand: Fleet) -> None:
    page = fleet_to_html(thousand)
    table = page.split('id="runs-table"')[1].split("</table>")[0]
    shown = thousand.runs[:500]
    assert table.count('class="tag new"') == sum(run.fresh and not run.changed for run in shown)
    assert table.count('class="tag changed"') == 1
    assert table.count('class="tag gone"') == sum(run.gone for run in shown)
    gone = {at for at, run in enumerate(thousand.runs) if run.gone}
    assert members(Page(page).data, "scan/gone") == gone
    assert f"{len(gone)} runs are gone" in re.sub("<[^>]*>", "", page)
    first = replace(thousand, runs=tuple(replace(run, fresh=True) for run in thousand.runs))
    assert 'class="tag new"' not in fleet_to_html(first)
