"""The report on models as HTML, JSON and text; models in the reports of `analyze`."""

import json
import re
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.training import Importance, Saved
from h2o_forensics.report import (
    build_models_report,
    build_report,
    models_json_schema,
    models_to_html,
    models_to_json,
    models_to_text,
    to_html,
    to_markdown,
    to_text,
)
from h2o_forensics.report.chart_axes import axis_between
from h2o_forensics.report.training_charts import curve, importance, rows_of, spread
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
    assert "A drop of 0.06 or more would have been seen" in page
    assert "z of two AUCs; z = 16.50" in page
    for part in ("AUC, side by side", "What the model goes by", "Learning curve", "Rows on each"):
        assert part in page


def test_healthy_says_what_was_looked_at() -> None:
    page = html(samples.healthy())
    assert "Nothing wrong was found" in page
    assert "1 model. 1 of them tested, none worse than its cross-validation." in page


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
    assert "700 of 700 models tested: 234 of them are worse" in page
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
        "HIGH: Rows",
        "Fix: Give fold_column.",
        "Model m1: Worse",
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
    assert 'id="grids"' in page
    assert "About" in page
    assert "About:  model m1" in to_text(report)
    assert "Node:" not in to_text(report)
    written = to_markdown(report)
    assert "- **About:** `model m1`" in written
    assert "## Models" in written
    assert "Models" not in to_text(build_report(samples.nothing()))


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
