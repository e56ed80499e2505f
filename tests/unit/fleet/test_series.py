"""Values over time: of clusters, of families of models."""

import random

import pytest

from h2o_forensics.model.fleet import Series
from tests.fleet_samples import GB, Row, fleet, of, run


def of_kind(series: tuple[Series, ...], what: str) -> list[Series]:
    return [one for one in series if one.what == what]


def ten(count: int = 10, **told: str) -> list[Row]:
    return [run(n, **({"cloud_name": "lab"} | told)) for n in range(count)]


def test_live_heap_rises() -> None:
    rows = ten()
    jvms = [
        of(row, heap_max_bytes=4 * GB, after_full_bytes=int(GB * (1 + n / 4)) - half * GB // 2)
        for n, row in enumerate(rows)
        for half in (0, 1)
    ]
    [one] = of_kind(fleet(rows, jvms=jvms).series, "live_heap")
    assert (one.name, one.unit, one.worse) == ("lab", "share", True)
    assert one.trend_per_day == pytest.approx(1 / 16)
    assert one.points[0].value == pytest.approx(0.1875)  # 1 GB and 0.5 GB, of 8 GB
    assert one.points[0].run == 9  # the oldest
    assert one.says.startswith("It rises from about 18.8% to 75.0% (10 runs, 2024-03-01 to")


def test_gc_loss_is_weighted_by_time_and_takes_what_is_worse() -> None:
    rows = ten(3)
    jvms = [
        of(row, uptime_ms=time, pause_share=pause, stall_share=stall)
        for row in rows
        for time, pause, stall in ((3e6, 0.1, None), (1e6, 0.1, 0.5), (1e6, None, None))
    ]
    [one] = of_kind(fleet(rows, jvms=jvms).series, "gc_loss")
    assert [point.value for point in one.points] == pytest.approx([0.2] * 3)
    assert (one.p, one.q, one.worse, one.trend_per_day) == (None, None, False, None)
    assert "too few" in one.says


def test_a_falling_loss_is_not_worse() -> None:
    rows = ten(20)
    jvms = [of(row, uptime_ms=1e6, pause_share=0.5 - n / 100) for n, row in enumerate(rows)]
    [one] = of_kind(fleet(rows, jvms=jvms).series, "gc_loss")
    assert one.q is not None
    assert one.q < 0.05
    assert not one.worse
    assert one.says.startswith("It falls from about 50.0% to 31.0%")


@pytest.mark.parametrize(
    ("metric", "step", "worse"),
    (("auc", -0.01, True), ("auc", 0.01, False), ("logloss", 0.01, True), ("RMSE", -0.01, False)),
)
def test_model_drift_knows_which_way_is_worse(metric: str, step: float, *, worse: bool) -> None:
    draw = random.Random(1)  # noqa: S311 - repeatable
    rows = ten(30)
    models = [
        of(row, family="gbm of y", metric=metric, test=0.7 + n * step + draw.gauss(0, 0.01))
        for n, row in enumerate(rows)
    ]
    [one] = fleet(rows, models=models).series
    assert (one.what, one.unit, one.name) == ("model_metric", metric, "gbm of y (test)")
    assert one.worse == worse


def test_of_an_unknown_metric_no_way_is_worse() -> None:
    rows = ten(30)
    models = [of(r, family="f", metric="custom", test=float(n)) for n, r in enumerate(rows)]
    [one] = fleet(rows, models=models).series
    assert one.q is not None
    assert one.q < 0.05
    assert not one.worse


def test_test_and_cross_validation_are_not_mixed_and_the_median_counts() -> None:
    rows = ten(3)
    models = [
        of(row, family="f", metric="auc", test=test, cross_validation=cv)
        for row in rows
        for test, cv in ((0.7, None), (None, 0.8), (0.9, None), (0.71, None))
    ]
    folds, tests = sorted(fleet(rows, models=models).series, key=lambda one: one.name)
    assert folds.name == "f (cross-validated)"
    assert [point.value for point in tests.points] == [0.71] * 3


def test_two_points_and_undated_ones_are_no_series() -> None:
    rows = [*ten(2), run(50, cloud_name="lab", day=None)]
    jvms = [of(row, uptime_ms=1e6, pause_share=0.1) for row in rows]
    assert fleet(rows, jvms=jvms).series == ()
