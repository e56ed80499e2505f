"""Figures of grid searches: size, bound, failures and what they share, rate, advice."""

import pytest

from h2o_forensics.model.training import Grid, GridFailure, GridModel, Model, Scalar
from h2o_forensics.training.grids import grid_figures, shared_values

_TOO_SMALL = (
    "Illegal argument(s) for GBM model: g_model_{n}.  Details: ERRR on field: _min_rows: The data"
    "set size is too small to split for min_rows={rows}: must have at least {least} rows.\n"
)


def _failure(number: int, rows: float, depth: str) -> GridFailure:
    reason = _TOO_SMALL.format(n=number, rows=rows, least=2 * rows)
    return GridFailure({"max_depth": depth, "min_rows": str(rows)}, reason)


def _built(number: int, rows: float, depth: int) -> GridModel:
    return GridModel(f"g_model_{number}", {"max_depth": depth, "min_rows": rows}, 0.5)


def _partial() -> Grid:
    return Grid(
        "g",
        hyper_values={"max_depth": 2, "min_rows": 4},
        size_from="request",
        strategy="Cartesian",
        models=(_built(1, 2.0, 2), _built(2, 2.0, 3), _built(3, 5.0, 2), _built(4, 5.0, 3)),
        failures=(
            _failure(5, 300.0, "2"), _failure(6, 300.0, "3"), _failure(7, 500.0, "2"),
            _failure(8, 500.0, "3"),
        ),
    )  # fmt: skip


def _model(name: str, size: int, run_ms: int) -> Model:
    return Model(
        name, "gbm", None, None, None, None, (), {}, {}, {}, {}, None, (), size_bytes=size,
        run_ms=run_ms,
    )  # fmt: skip


def test_failures_are_grouped_by_reason_and_by_the_values_that_no_model_has() -> None:
    figures = grid_figures(_partial(), ())
    assert (figures.built, figures.failed, figures.cancelled) == (4, 4, 0)
    assert (figures.reasons, figures.reason_count) == (1, 4)
    assert figures.reason is not None
    assert figures.reason.startswith("ERRR on field: _min_rows: The dataset size")
    assert figures.shared == "min_rows in {300, 500}"
    assert figures.size == 8
    assert figures.missing == 0


def test_two_parameters_that_fail_each_for_itself_are_both_named() -> None:
    def fails(**params: Scalar) -> GridFailure:
        return GridFailure(dict(params), "bad")

    grid = Grid(
        "g",
        models=(GridModel("m1", {"a": 1, "b": 1}, None), GridModel("m2", {"a": 2, "b": 2}, None)),
        failures=(fails(a=9, b=1), fails(a=9, b=2), fails(a=1, b=7)),
    )
    assert shared_values(grid, grid.failures) == "a=9 or b=7"


def test_failures_whose_values_all_trained_share_nothing() -> None:
    grid = Grid(
        "g",
        models=(GridModel("m1", {"a": 1, "b": 1}, None), GridModel("m2", {"a": 2, "b": 2}, None)),
        failures=(GridFailure({"a": 1, "b": 2}, "bad"),),
    )
    assert shared_values(grid, grid.failures) is None


def test_where_nothing_was_built_only_the_field_that_the_reason_names_is_blamed() -> None:
    failures = (_failure(1, 300.0, "2"), _failure(2, 500.0, "3"))
    assert grid_figures(Grid("g", failures=failures), ()).shared == "min_rows in {300, 500}"
    unnamed = tuple(GridFailure(one.params, "bad") for one in failures)
    assert grid_figures(Grid("g", failures=unnamed), ()).shared is None


@pytest.mark.parametrize(
    "failure",
    (
        GridFailure({}, "Job Canceled"),
        GridFailure({}, "water.Job$JobCancelledException: job GBM [$03] was cancelled"),
        GridFailure({}, "", cancelled=True),
    ),
)
def test_builds_that_a_user_cancelled_are_counted_apart(failure: GridFailure) -> None:
    figures = grid_figures(Grid("g", failures=(failure,)), ())
    assert (figures.failed, figures.cancelled, figures.reason) == (0, 1, None)


def test_want_of_memory_is_never_the_first_reason_beside_another() -> None:
    memory = GridFailure({}, "java.lang.OutOfMemoryError: Java heap space")
    grid = Grid("g", failures=(memory, memory, _failure(3, 300.0, "2")))
    assert "min_rows" in (grid_figures(grid, ()).reason or "")
    assert grid_figures(grid, ()).reasons == 2


@pytest.mark.parametrize(
    ("grid", "bounded"),
    (
        (Grid("g"), None),
        (Grid("g", strategy="Cartesian"), False),
        (Grid("g", size_from="request", size=9), False),
        (Grid("g", strategy="RandomDiscrete", max_models=5), True),
        (Grid("g", strategy="RandomDiscrete", max_models=0, stopping_rounds=3), True),
        (Grid("g", strategy="Cartesian", stopping_rounds=3), False),
        (Grid("g", strategy="Cartesian", max_runtime_secs=60.0), True),
        (Grid("g", status="RUNNING", progress=7.48e-18), False),
        (Grid("g", status="RUNNING", progress=0.2), None),
        (Grid("g", status="RUNNING", progress=0.0), None),
    ),
)
def test_what_bounds_a_search(grid: Grid, *, bounded: bool | None) -> None:
    assert grid_figures(grid, ()).bounded is bounded


def test_an_endless_search_is_projected_at_its_rate() -> None:
    models = tuple(_built(at, 2.0, at) for at in range(4))
    grid = Grid("g", size=34_560, size_from="log", strategy="Cartesian", models=models,
                model_seconds=5.42)  # fmt: skip
    saved = [_model(f"g_model_{at}", 10_000, 900) for at in range(4)]
    figures = grid_figures(grid, [*saved, _model("other", 10**9, 10**9)])
    assert figures.full_hours == pytest.approx(52.03, abs=0.01)
    assert figures.left_hours == pytest.approx(34_556 * 5.42 / 3600)
    assert figures.missing == 34_556
    assert figures.full_bytes == pytest.approx(345_600_000)
    assert figures.advised_models == 60
    assert figures.advised_s == 660.0


def test_seconds_per_model_come_from_the_best_source_there_is() -> None:
    models = (_built(1, 2.0, 2), _built(2, 2.0, 3))
    saved = [_model("g_model_1", 1, 3_000), _model("g_model_2", 1, 5_000)]
    job = Grid("g", models=models, job_ms=20_000)
    assert grid_figures(job, saved).model_seconds == 10
    assert grid_figures(Grid("g", models=models, parallelism=2), saved).model_seconds == 2
    span = Grid("g", models=models, started=1_000, last_seen=13_000)
    assert grid_figures(span, ()).model_seconds == 6
    assert grid_figures(Grid("g", models=models), ()).model_seconds is None


def test_a_lower_bound_of_the_size_gives_no_advice_below_sixty() -> None:
    seen = Grid("g", hyper_values={"a": 2, "b": 4}, size_from="summary")
    assert grid_figures(seen, ()).size == 8
    assert grid_figures(seen, ()).advised_models is None
    stated = Grid("g", size=8, size_from="log")
    assert grid_figures(stated, ()).advised_models == 8
