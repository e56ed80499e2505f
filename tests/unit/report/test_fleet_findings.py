"""What the fleet report says first, and in which words."""

import re

import pytest
from msgspec.structs import replace

from h2o_forensics.model.fleet import DayCount, Fleet
from h2o_forensics.report import fleet_charts as charts
from h2o_forensics.report import fleet_to_html, fleet_to_markdown, fleet_to_text
from h2o_forensics.report import fleet_words as words
from h2o_forensics.report.fleet_views import fresh_causes
from tests import fleet_pages


@pytest.fixture(scope="module")
def thousand() -> Fleet:
    return fleet_pages.fleet()


def test_the_first_screen_names_the_strongest_findings(thousand: Fleet) -> None:
    page = fleet_to_html(thousand)
    first = page.split('class="findings"')[1].split("</ul>")[0]
    lines = re.findall(r'<a href="#([a-z]+)">[A-Za-z ]+</a> <span>(.*?)</span>', first)
    assert [section for section, _ in lines] == [
        *(["new"] * sum(cause.new for cause in thousand.causes)),
        "regressions",
        *(["series"] * 2),
        "concentrations",
        "nodes",
    ]
    told = dict(lines)
    assert told["regressions"].startswith("oom.train grew with 3.46.0.7")
    assert told["regressions"].endswith("(q &lt; 0.0001).")
    assert "disk.full" not in told["regressions"]
    assert told["concentrations"].endswith("of others (q = 0.0004).")
    for face in (fleet_to_text(thousand, 120), fleet_to_markdown(thousand)):
        flat = " ".join(face.replace("\\", "").split())
        assert "oom.train grew with 3.46.0.7" in flat
        assert "net.reset: 3 of 200 runs of etl, 12 of 800 of others (q = 0.0004)." in flat


def test_q_is_explained_once_where_it_is_first_used(thousand: Fleet) -> None:
    for fleet in (thousand, replace(thousand, regressions=(), concentrations=(), series=())):
        page = fleet_to_html(fleet)
        about = "the share of such alarms that would be false"
        assert page.count(about) == 1
        assert about in page.split('class="tiles"')[0]
        assert fleet_to_text(fleet, 120).count(about) == 1
        assert fleet_to_markdown(fleet).count(about) == 1
        assert "by chance" not in page.lower()
        assert "in 1,000" not in page
    nodes = tuple(replace(node, q=0.4) for node in thousand.worst_nodes)
    causes = tuple(replace(cause, new=False) for cause in thousand.causes)
    quiet = replace(
        thousand, regressions=(), concentrations=(), series=(), causes=causes, worst_nodes=nodes
    )
    part = fleet_to_html(quiet).split('id="nodes"')[1].split("</section>")[0]
    assert about in part
    assert "None is beyond chance; nearest: " in part
    assert "q = 0.4." in part


def test_the_newest_run_of_a_new_cause_is_one_of_the_new(thousand: Fleet) -> None:
    part = fleet_to_markdown(thousand).split("## New since the last scan")[1].split("\n## ")[0]
    named = [row.split(" | ")[-1].strip(" |") for row in part.splitlines() if ".zip" in row]
    fresh = {run.name.replace("-", "") for run in thousand.runs if run.fresh}
    assert len(named) == sum(bool(cause.fresh) for cause in thousand.causes)
    assert {re.sub(r"[\\-]", "", name) for name in named} <= fresh


def test_causes_of_new_runs_come_by_severity(thousand: Fleet) -> None:
    order = ["critical", "high", "medium", "low", "info"]
    grave = [(order.index(cause.severity), -cause.fresh) for cause in fresh_causes(thousand)]
    assert grave == sorted(grave)


@pytest.mark.parametrize(
    ("remedy", "of"),
    (
        ("Start every node with -Xmx700m, as the largest has it.", "e.g."),
        ("See which program holds one of the ports 55381, 54552.", "e.g."),
        ("Look at the cause (java.lang.IllegalStateException).", "e.g."),
        ("Take out of the grid what cannot train: rate in {a, b}.", "e.g."),
        ("Start every node from the same h2o.jar file; H2O must be one.", ""),
        ("Free space on the disk, or move -ice_root to a larger one.", ""),
    ),
)
def test_the_values_of_one_run_are_no_advice_for_all(remedy: str, of: str) -> None:
    cause = replace(fleet_pages.fleet(60, 5).causes[0], remedy=remedy, runs=(1, 2))
    assert words.advice(cause) == (of, remedy)
    assert words.advice(replace(cause, runs=(1,))) == ("", remedy)


def test_an_exception_says_in_how_many_runs_it_is_explained(thousand: Fleet) -> None:
    page = re.sub("<[^>]*>", "", fleet_to_html(thousand))
    one = next(thrown for thrown in thousand.exceptions if not thrown.explained)
    assert f"explained in {len(one.explained_runs)} of {len(one.runs)}" in page
    none = replace(one, explained_runs=())
    assert "not explained" in fleet_to_html(replace(thousand, exceptions=(none,)))


def test_the_calendar_is_coloured_by_numbers_its_legend_tells() -> None:
    def scaled(*many: int) -> tuple[str, ...]:
        days = tuple(
            DayCount(f"2026-11-{at:02}", count, 0, 0, 0, 0, tuple(range(count)))
            for at, count in enumerate(many, 1)
        )
        return tuple(name for _, name in charts.steps(replace(fleet_pages.fleet(0), calendar=days)))

    assert scaled() == ()
    assert scaled(0, 1) == ("1",)
    assert scaled(1, 2, 1) == ("1", "2")
    assert scaled(1, 2, 3, 4) == ("1", "2", "3", "4")
    assert scaled(20, 3, 1) == ("1 to 5", "6 to 10", "11 to 15", "16 and more")
    assert scaled(*[2] * 29, 900)[-1] == "4 and more"


def test_a_line_is_drawn_only_where_there_is_a_trend(thousand: Fleet) -> None:
    for series in thousand.series:
        drawn = charts.plot(series, thousand.window)
        assert drawn is not None
        assert bool(drawn.line) == series.worse
    few = replace(thousand.series[0], p=None, q=None, worse=False)
    plotted = charts.plot(few, thousand.window)
    assert plotted is not None
    assert not plotted.line
    assert words.trend(few) == ("·", "too few runs")
