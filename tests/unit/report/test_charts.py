"""Charts as data: paths of numbers inside their box, labels at even distances."""

import re

import pytest
from msgspec.structs import replace

from h2o_forensics.report import build_gc_report
from h2o_forensics.report.chart_axes import axis_bytes, axis_log, axis_share, times
from h2o_forensics.report.charts import HEIGHT, WIDTH, charts
from h2o_forensics.report.jvms_shape import JvmItem
from tests import jvm_samples as samples

MIB, GIB = samples.MIB, samples.GIB


def item(name: str) -> JvmItem:
    return build_gc_report(samples.analysis(samples.ALL[name]())).jvms[0]


@pytest.mark.parametrize("name", samples.ALL)
def test_paths_stay_in_their_box(name: str) -> None:
    for chart in charts(item(name)):
        assert chart.paths
        assert len(chart.grid) == len(chart.y)
        assert (chart.grid[0], chart.grid[-1]) == (0, HEIGHT)
        for path in chart.paths:
            assert re.fullmatch(r"[MLVHhz0-9 ]+", path.d), chart.name
            for x, y in re.findall(r"[ML](\d+) (\d+)", path.d):
                assert int(x) <= WIDTH
                assert int(y) <= HEIGHT


def test_which_charts_there_are() -> None:
    names = [chart.name for chart in charts(item("healthy"))]
    assert names == ["heap", "pauses", "histogram", "allocation", "share"]
    assert [chart.name for chart in charts(item("healthy"), "heap")] == ["heap"]
    assert charts(item("bare")) == ()
    (stalls,) = charts(item("stalled"), "stalls")
    assert (stalls.y[0], "up to 40 %" in stalls.tells) == ("40 %", True)


def test_few_pauses_make_a_sawtooth() -> None:
    one = samples.sample
    pauses = (one(20.0, 1.0), one(30.0, 3.0), one(900.0, 5.0, "full", after_bytes=0))
    figures = (replace(samples.healthy().pauses[0], count=3),)
    run = samples.healthy(pauses=figures, pause_samples=pauses, buckets=samples.Wave(10).buckets())
    jvm = build_gc_report(samples.analysis(run)).jvms[0]
    (chart,) = charts(jvm, "heap")
    drawn = {path.kind: path.d for path in chart.paths}
    assert drawn["after line"] == "M100 112L100 112V156L300 112V156L500 112V200"
    assert drawn["full dots"] == "M500 200h0"
    more = replace(run, pauses=(replace(figures[0], count=4),))
    (chart,) = charts(build_gc_report(samples.analysis(more)).jvms[0], "heap")
    assert "before line" in {path.kind for path in chart.paths}


def test_full_collections_have_a_colour_of_their_own() -> None:
    by_name = {chart.name: chart for chart in charts(item("thrashing"))}
    assert "full dots" in {path.kind for path in by_name["heap"].paths}
    assert "full fill" in {path.kind for path in by_name["share"].paths}
    assert {key.kind for key in by_name["pauses"].legend} == {"young", "full", "stem"}
    assert by_name["heap"].y == ("4 GB", "3 GB", "2 GB", "1 GB", "0")


def test_a_dot_stands_where_its_pause_is() -> None:
    chart = next(chart for chart in charts(item("thrashing"), "pauses"))
    assert chart.y[0] == "100 s"
    full = next(path.d for path in chart.paths if path.kind == "full dots")
    heights = [int(y) for _, y in re.findall(r"M(\d+) (\d+)h0", full)]
    decades = len(chart.y) - 1
    assert min(heights) == pytest.approx(HEIGHT * (5 - 4.0865) / decades, abs=1)


def test_axes_are_round() -> None:
    assert axis_bytes(4 * GIB) == (4 * GIB, ("4 GB", "3 GB", "2 GB", "1 GB", "0"))
    assert axis_bytes(160 * MIB)[1] == ("160 MB", "120 MB", "80 MB", "40 MB", "0")
    assert axis_bytes(1000 * GIB)[0] == 1000 * GIB
    assert axis_bytes(0)[0] > 0
    assert axis_share(1.0) == (1.0, ("100 %", "75 %", "50 %", "25 %", "0 %"))
    assert axis_share(0.031)[1][0] == "3.2 %"
    assert axis_log(0.4, 61.0, 7) == (-1, 3, ("100 ms", "10 ms", "1 ms", "0.1 ms"))
    assert axis_log(20.0, 20.0, 7)[1] == 2
    assert axis_log(1e-9, 1e9, 7)[1] == 7


def test_times_without_a_date_are_uptimes() -> None:
    series = item("healthy").series
    assert series is not None
    assert times(series)[0] == "09:00:00"
    assert times(series)[-1] == "09:05:00"
    bare = build_gc_report(
        samples.analysis(
            samples.healthy(
                buckets=tuple(replace(one, epoch_ms=None) for one in samples.Wave(120).buckets())
            )
        )
    ).jvms[0]
    assert bare.series is not None
    assert times(bare.series) == ("0 ms", "30 s", "1 min 0 s", "1 min 30 s", "2 min 0 s")
