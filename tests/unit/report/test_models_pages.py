"""The report on models as HTML, JSON and text; models in the reports of `analyze`."""

import json
import re
from typing import Any

import jsonschema
import polars as pl
import pytest
from msgspec.structs import replace

from h2o_forensics.model.artifact import Gap
from h2o_forensics.model.diagnosis import CauseLink, JudgedFinding
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.training import FrameShare, Importance, Saved
from h2o_forensics.report import (
    build_models_report,
    build_report,
    models_json_schema,
    models_to_html,
    models_to_json,
    models_to_text,
    to_html,
    to_json,
    to_markdown,
    to_text,
)
from h2o_forensics.report.chart_axes import axis_between
from h2o_forensics.report.training_charts import curve, importance, rows_of, spread
from h2o_forensics.report.view import shown_facts
from tests import model_samples as samples

ALL = (samples.sick, samples.healthy, samples.damaged, samples.nothing)
CONTRACT = (
    "schema", "models", "leaderboards", "grids", "automl", "frames", "findings", "problems",
)  # fmt: skip


def html(analysis: Analysis) -> str:
    return models_to_html(build_models_report(analysis))


def text(analysis: Analysis, width: int = 100) -> str:
    return models_to_text(build_models_report(analysis), width)


@pytest.mark.parametrize("make", ALL)
def test_json_follows_its_schema_and_the_contract(make: Any) -> None:
    report = json.loads(models_to_json(build_models_report(make())))
    jsonschema.validate(report, models_json_schema())
    assert report["schema"] == "h2o-forensics/models/1"
    assert set(CONTRACT) <= set(report)


@pytest.mark.parametrize("make", ALL)
def test_pages_are_one_offline_file_whose_marks_are_whole(make: Any) -> None:
    page = html(make())
    assert not re.search(r"\s(?:style|on\w+)=", page)
    assert not re.search(r"(?:src|href)=\"(?!#|https://docs)", page)
    ids = re.findall(r'\sid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)
    assert page == html(make())


def test_the_page_answers_first() -> None:
    page = html(samples.sick())
    assert '<h1 id="verdict">Rows of one entity stand in several folds</h1>' in page
    at = [page.index(one) for one in ("What was found", "Leaderboard", 'id="m1"', 'id="grids"')]
    assert at == sorted(at)
    assert "0.330 worse, more than chance gives" in page
    assert "A measured drop of 0.06 or more would have counted" in page
    assert "z of two AUCs; z = 16.50" in page
    assert "What would decide:" in page
    assert "Nobody sees it: the rows." in page
    assert "70 %" not in page
    for part in ("AUC, side by side", "What the model goes by", "Learning curve", "Rows on each"):
        assert part in page


def test_healthy_says_what_was_looked_at() -> None:
    page = html(samples.healthy())
    assert "Nothing wrong was found" in page
    assert "1 model. 1 tested: no loss of quality that counts." in page
    assert "No loss that counts" in page


def test_remarks_stand_behind_a_fold() -> None:
    judged = samples.finding(None, "other.log")
    remark = replace(judged, id="F2", finding=replace(judged.finding, severity="info", title="Old"))
    base = samples.healthy()
    diagnosis = replace(base.diagnosis, findings=(remark,))
    page = html(replace(base, diagnosis=diagnosis))
    assert "Good to know (1)" in page
    told = text(replace(base, diagnosis=diagnosis))
    assert "Good to know: Old." in told
    assert "INFO" not in told


def test_names_hold_no_markup() -> None:
    name = samples.HOSTILE
    bad = samples.model(
        name, columns=(name,), importances=(Importance(name, 1.0, 1.0, 1.0),), warnings=(name,)
    )
    hostile = samples.analysis(
        Saved(
            models=(bad,),
            grids=(replace(samples.GRID, id=name, failures=(), warnings=(name,)),),
            automl=(replace(samples.AUTOML, id=name, skipped_for_time=(name,)),),
            frames=(replace(samples.FRAME, id=name),),
            leaderboards=(replace(samples.BOARD, id=name, rows=((name, 0.5),)),),
        ),
        (samples.judged(name, 0.8, 0.5, differs=True),),
        (samples.finding(f"model {name}"),),
    )
    for page in (html(hostile), to_html(build_report(hostile))):
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    written = to_markdown(build_report(hostile))
    assert "<script>" not in re.sub(r"`[^`\n]*`", "", written)  # as code it is text
    assert "\x1b" not in text(samples.analysis(Saved(models=(samples.model("a\x1b[31mb"),))))


def test_secrets_are_masked_everywhere() -> None:
    report = build_models_report(samples.sick())
    for page in (models_to_html(report), models_to_text(report), models_to_json(report).decode()):
        assert "hunter2" not in page


def test_a_large_directory_has_thirty_cards_and_says_how_many_more() -> None:
    page = html(samples.many(700))
    assert page.count('<article class="card model"') == 30
    assert "670 more models" in page
    assert "170 more in the JSON report" in page
    assert "700 of 700 models of this leaderboard tested: 234 of them are worse" in page
    assert len(page) < 1_500_000
    told = text(samples.many(700)).splitlines()
    assert len(told) < 200


@pytest.mark.parametrize("width", (60, 80, 100))
def test_text_keeps_to_its_width(width: int) -> None:
    lines = text(samples.sick(), width).splitlines()
    assert lines[0].startswith("ROWS OF ONE ENTITY")
    assert not [line for line in lines if len(line) > width]
    told = "\n".join(lines)
    for part in (
        "HIGH, likely: Rows",
        "Would decide: Nobody sees it",
        "Fix: Give fold_column.",
        "Model m1: high: Rows of one",
        "Grid g1",
        "skewed.hex",
    ):
        assert part in told


def test_text_in_colour_and_partial() -> None:
    partial = replace(samples.sick(), partial=("Time was over.",))
    shown = models_to_text(build_models_report(partial), color=True)
    assert shown.startswith("PARTIAL REPORT: Time was over.\n\x1b[1;33m")
    assert "Partial report.</strong> Time was over." in html(partial)


def test_analyze_shows_models_in_every_format() -> None:
    report = build_report(samples.sick())
    page = to_html(report)
    assert page.count('<article class="card model"') == 1
    assert "1 more model<" in page
    assert "What would decide:" in page
    assert 'id="grids"' in page
    assert "About" in page
    assert "About:  model m1" in to_text(report)
    assert "Nobody sees it: the rows." in to_text(report)
    assert "When:" not in to_text(report)
    assert "Node:" not in to_text(report)
    written = to_markdown(report)
    assert "- **About:** `model m1`" in written
    assert "## Models" in written
    assert "### What would decide" in written
    assert json.loads(to_json(report))["findings"][0]["decided_by"] == ["Nobody sees it: the rows."]
    assert "Models" not in to_text(build_report(samples.nothing()))


def of_cluster(ident: str = "F2", **changes: Any) -> JudgedFinding:
    """A finding about nodes, as the logs beside give it."""
    judged = samples.finding(None, "h2o.log", ident)
    found = replace(judged.finding, condition="node.killed", title="A node was killed", **changes)
    return replace(judged, finding=found)


def test_findings_about_the_cluster_are_left_to_analyze() -> None:
    report = build_models_report(
        samples.analysis(Saved(frames=(samples.FRAME,)), (), (of_cluster(),))
    )
    assert (report.verdict, report.findings, report.root_causes) == ("healthy", (), ())
    assert report.left_to_analyze == 1
    told = models_to_text(report)
    assert told.startswith("NOTHING WRONG WAS FOUND")
    assert "1 finding about the cluster is left to `h2o-forensics analyze`." in " ".join(
        told.split()
    )
    own = samples.finding()
    caused = replace(own, caused_by=(CauseLink("F2", "F1", "it was cut off", None),))
    both = build_models_report(
        samples.analysis(Saved(models=(samples.model(),)), (), (of_cluster(), caused))
    )
    assert [one.id for one in both.findings] == ["F2", "F1"]
    assert both.left_to_analyze == 0
    apart = samples.analysis(Saved(models=(samples.model(),)), (), (of_cluster(), own))
    risk = build_models_report(apart)
    assert (risk.root_causes, risk.left_to_analyze) == (("F1",), 1)


def undecided(saved: Saved) -> Analysis:
    base = samples.analysis(saved)
    gap = Gap(None, "h2o_log", None, None, "No log.", "The logs of every node.")
    diagnosis = replace(base.diagnosis, verdict="insufficient_evidence", gaps=(gap,))
    return replace(base, diagnosis=diagnosis)


def test_models_ask_for_no_logs() -> None:
    shares = tuple(FrameShare(f"10.0.0.{at}:54321", 300, 9, 8, 8) for at in (1, 2, 3))
    row = {"frame": "even.hex", "max_rows_over_mean": 1.0, "nodes": 3}
    even = undecided(Saved(frames=(replace(samples.FRAME, id="even.hex", shares=shares),)))
    report = build_models_report(replace(even, tables={"frames": pl.DataFrame([row])}))
    assert (report.verdict, report.gaps) == ("healthy", ())
    assert "1 frame, even over 3 nodes." in models_to_text(report)


def test_models_that_were_never_measured_are_not_healthy() -> None:
    bare = samples.model(metrics=(samples.metrics("training", 0.9),), folds=())
    report = build_models_report(undecided(Saved(models=(bare,))))
    assert report.verdict == "insufficient_evidence"
    assert [one.source for one in report.gaps] == ["model_metrics"]
    assert "No metrics of rows held out of training are among 1 model." in models_to_text(report)


def test_files_tell_models_of_one_name_apart() -> None:
    for told in (html(samples.damaged()), text(samples.damaged())):
        assert "m1.zip!model.ini" in told.replace("<wbr>", "")
    assert "m1 (m1.json): no test" in text(samples.damaged())


def test_few_scorings_are_points_and_ticks_are_whole() -> None:
    chart = curve(build_report(samples.sick()).models[0])
    assert chart is not None
    assert [path.kind for path in chart.paths if "dots" in path.kind] == ["train dots", "test dots"]
    assert chart.x == ("0", "10", "20", "30", "40")


def test_columns_that_are_not_used_are_not_shown() -> None:
    rows = (*samples.model().importances, Importance("x0", 0.0, 0.0, 0.0))
    (item,) = build_report(
        samples.analysis(Saved(models=(samples.model(importances=rows),)))
    ).models
    bars = importance(item)
    assert bars is not None
    assert [line.label for line in bars.lines] == ["color (2 levels)", "age"]


def test_numbers_are_known_ones_each_once() -> None:
    judged = samples.finding()
    facts = {
        "cv_value": 0.81,
        "cv_auc": 0.81,
        "lead_se": None,
        "train_to": 1795328734357,
        "a_or_not": "",
    }
    found = replace(judged, finding=replace(judged.finding, facts=facts))
    (item,) = build_report(
        samples.analysis(Saved(models=(samples.model(),)), (), (found,))
    ).findings
    assert shown_facts(item) == {"cv_value": "0.81", "train_to": "2026-11-22 06:25:34.357 UTC"}


def test_the_lines_of_a_card_share_an_axis() -> None:
    first = build_report(samples.sick()).models[0]
    chart = spread(first)
    assert chart is not None
    assert [line.label for line in chart.lines] == [
        "Training",
        "Cross-validation",
        "Its 4 folds",
        "Test",
    ]
    assert chart.x == ("0.40", "0.55", "0.70", "0.85", "1.00")
    points = [line.paths[-1].d for line in chart.lines]
    assert points[0] == "M900 10h0"
    assert points[1] == "M683 10h0"
    assert spread(replace(first, training=None, test=None, folds=())) is None
    bars = importance(first)
    assert bars is not None
    assert [line.label for line in bars.lines] == ["color (2 levels)", "age"]
    assert [line.words for line in bars.lines] == ["65 %", "35 %"]


def test_out_of_bag_training_is_called_so() -> None:
    first = build_report(samples.sick()).models[0]
    chart = spread(replace(first, signs={"in_sample": False}))
    assert chart is not None
    assert chart.lines[0].label == "Training (out of bag)"


def test_the_curve_marks_its_best_step() -> None:
    chart = curve(build_report(samples.sick()).models[0])
    assert chart is not None
    assert chart.tells == "logloss over trees: best at 20 (0.600), 0.635 at 30."
    assert [key.words for key in chart.legend][-1] == "best: 20 trees"
    assert any(path.d == "M500 0V200" for path in chart.paths)


def test_a_full_node_stands_out() -> None:
    (frame,) = build_report(samples.sick()).frames
    chart = rows_of(frame)
    assert chart is not None
    assert [line.paths[0].kind for line in chart.lines] == ["test bar", "train bar"]
    assert rows_of(replace(frame, nodes=frame.nodes[:1])) is None


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    (
        (0.0, 1.0, ("0", "0.25", "0.50", "0.75", "1.00")),
        (12.0, 340.0, ("0", "100", "200", "300", "400")),
        (-0.2, 0.9, ("-0.3", "0", "0.3", "0.6", "0.9")),
        (0.0, 0.0, ("0", "1", "2", "3", "4")),
    ),
)
def test_axes_have_round_ends_around_the_numbers(
    low: float, high: float, labels: tuple[str, ...]
) -> None:
    first, last, shown = axis_between(low, high)
    assert shown == labels
    assert first <= low <= high <= last + 1e-9


def test_an_axis_ends_where_no_number_can_be_beyond() -> None:
    assert axis_between(0.48, 0.94, 1.0)[2] == ("0.40", "0.55", "0.70", "0.85", "1.00")
