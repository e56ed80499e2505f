"""The page of a fleet that fleet/build.py makes: numbers and the runs behind them agree."""

import random
import re

import pytest
from msgspec.structs import replace

from h2o_forensics.fleet.build import build_fleet
from h2o_forensics.model.fleet import Fleet
from h2o_forensics.report import fleet_to_html, fleet_to_markdown, fleet_to_text
from h2o_forensics.report.fleet_words import headline, tone
from tests import fleet_samples


def _worse(draw: random.Random, row: fleet_samples.Row) -> None:
    if row["h2o_version"] == "3.46.0.12" and draw.random() < 0.5:
        row |= {"verdict": "incident", "condition": "disk.full", "title": "A disk is full"}
        row |= {"rule": "RULE-disk.full", "severity": "high", "cause_at": row["last"]}
    if row["cloud_name"] == "risk":
        row["worse"] = (row["last"] - fleet_samples.START) / fleet_samples.DAY / 600


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    made = fleet_samples.catalog(400, 5, effect=_worse)
    newest = sorted(made["runs"], key=lambda row: row["last"])[-9:]
    scan = fleet_samples.scan(1, [row["run"] for row in newest])
    return build_fleet(fleet_samples.frames(made), scans=[scan], name="runs")


def test_links_of_counts_lead_to_as_many_runs(fleet: Fleet) -> None:
    page = fleet_to_html(fleet)
    sets = dict(re.findall(r'"((?:[a-z_0-9]+)/[^"]+)":\["[^"]*","([0-9,-]+)"\]', page))

    def runs(keys: str) -> set[int]:
        chosen = set(range(len(fleet.runs)))
        for key in keys.split("+"):
            own: set[int] = set()
            for part in sets[key].split(","):
                first, _, last = part.partition("-")
                own.update(range(int(first), int(last or first) + 1))
            chosen &= own
        return chosen

    times = {f"{one.count:,}" for one in fleet.exceptions}
    times |= {f"{one.count:,}" for one in fleet.unexplained}
    links = re.findall(r'<a class="n" href="#runs/([^"]*)">([0-9,]+)(?: runs?)?</a>', page)
    wrong = [
        (keys, text)
        for keys, text in links
        if text not in times and len(runs(keys)) != int(text.replace(",", ""))
    ]
    assert wrong == []
    assert len(links) > 300


def test_a_regression_links_what_was_compared(fleet: Fleet) -> None:
    assert [one.condition for one in fleet.regressions if one.dimension == "h2o_version"]
    part = fleet_to_html(fleet).split('id="regressions"')[1].split("</section>")[0]
    pairs = re.findall(r'<span class="v">(.*?) of (.*?) <span', part)
    assert len(pairs) >= 2
    assert all(text.startswith("<a ") or text == "0" for pair in pairs for text in pair)


def test_headlines(fleet: Fleet) -> None:
    assert re.fullmatch(r"(\d|No) new incidents? in 9 new runs", headline(fleet))
    old = replace(fleet, runs=tuple(replace(run, fresh=False) for run in fleet.runs))
    assert headline(old) == "No new runs in the last scan"
    first = replace(fleet, runs=tuple(replace(run, fresh=True) for run in fleet.runs))
    assert re.fullmatch(r"\d+ incidents in 400 runs", headline(first))
    assert "New since the last scan" not in fleet_to_html(first)
    healthy = tuple(replace(run, verdict="healthy") for run in fleet.runs)
    assert tone(replace(fleet, runs=healthy)) == "healthy"


def test_the_first_screen_says_nothing_twice(fleet: Fleet) -> None:
    first = fleet_to_html(fleet).split("<main")[1].split('class="tiles"')[0]
    assert fleet.summary.partition(": ")[0] in first
    for one in fleet.regressions:
        assert first.count(one.says.partition(". ")[0].rstrip(".")) <= 1
    assert any(one.says.partition(". ")[0].rstrip(".") in first for one in fleet.regressions)
    assert "worse over time" in fleet.summary
    assert "worse over time" not in first
    assert first.count("garbage collection, risk: rises from about") == 1


def test_the_short_forms_tell_trends_with_names(fleet: Fleet) -> None:
    for text in (fleet_to_text(fleet), fleet_to_markdown(fleet)):
        assert "Time lost to garbage collection, risk: " in " ".join(text.split())
