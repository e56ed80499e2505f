"""Grids, AutoML runs and frames are told of once each: by the log, by documents, or by both."""

import json
from typing import Any

import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.rulebook import load_rulebook

_LOG = "node_10.0.0.1_54321/h2o_10.0.0.1_54321-3-info.log"
_HEAD = "11-22 06:{at} 10.0.0.1:54321        4242   1519316-20  INFO water.default: {text}\n"
_TOO_SMALL = (
    "Illegal argument(s) for GBM model: g_model_{number}.  Details: ERRR on field: _min_rows: The"
    " dataset size is too small to split for min_rows=300.0"
)


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rulebook()


def _found(book: RuleBook, files: dict[str, str], rule: str) -> list[Finding]:
    return [one for one in pipeline.findings_of_texts(files, book) if one.rule == rule]


def _lines(*told: tuple[str, str]) -> str:
    return "".join(_HEAD.format(at=at, text=text) for at, text in told)


def _table(**columns: Any) -> dict[str, object]:
    return {"columns": [{"name": name} for name in columns], "data": list(columns.values())}


def _job(dest: str, status: str, progress: float) -> str:
    return json.dumps({"__meta": {"schema_name": "JobsV3"}, "jobs": [{
        "__meta": {"schema_name": "JobV3"}, "key": {"name": "$03"}, "status": status,
        "description": "GBM Grid Search", "progress": progress, "msec": 20_000,
        "start_time": 1_795_328_857_792, "dest": {"name": dest, "type": "Key<Grid>"},
    }]})  # fmt: skip


def _grid(*, failed: str | None = None, built: int = 1, kinds: int = 1) -> str:
    """A grid of one parameter: models with min_rows 2, 3, ...; failures with 300."""
    models = [f"g_model_{at}" for at in range(1, built + 1)]
    return json.dumps({
        "__meta": {"schema_name": "GridSchemaV99"}, "grid_id": {"name": "g"},
        "model_ids": [{"name": name} for name in models], "hyper_names": ["min_rows"],
        "failure_details": [failed] * kinds if failed else [],
        "failed_raw_params": [["300.0"]] * kinds if failed else [], "failed_params": [],
        "summary_table": _table(
            min_rows=[float(at + 2) for at in range(built)], model_ids=models,
            logloss=[0.5] * built),
    })  # fmt: skip


_REQUEST = (
    "POST /99/Grid/gbm, parms: {response_column=y, grid_id=g, training_frame=a.hex,"
    ' hyper_parameters={"min_rows": [1, 2, 3]}%s}'
)


def _search(size: int, criteria: str = "") -> str:
    return _lines(
        ("27:37.473", _REQUEST % criteria),
        ("27:37.549", f"Starting gridsearch: estimated size of search space = {size}"),
        ("27:37.821", "Due to the grid time limit, changing model max runtime to: 0.0 secs."),
    )


_ENDLESS = {
    "log": {_LOG: _search(34_560)},
    "log and job": {_LOG: _search(34_560), "job.json": _job("g", "RUNNING", 7.4e-18)},
    "all": {_LOG: _search(34_560), "job.json": _job("g", "CANCELLED", 1.0), "g.json": _grid()},
}


@pytest.mark.parametrize("files", _ENDLESS.values(), ids=_ENDLESS)
def test_an_endless_search_is_told_once(book: RuleBook, files: dict[str, str]) -> None:
    (finding,) = _found(book, files, "JOB002")
    assert "34,560 combinations" in finding.message
    assert '"max_models": 60' in (finding.remedies[0].command or "")


_BOUNDED = {
    "capped": {_LOG: _search(34_560, ', search_criteria={"strategy": "RandomDiscrete",'
                                     ' "max_models": 5}')},
    "small": {_LOG: _search(36)},
    "done": {_LOG: _search(600) + _lines(("59:00.000", "For grid: g built: 600 models."))},
    "unknown": {"g.json": _grid(built=600)},
}  # fmt: skip


@pytest.mark.parametrize("files", _BOUNDED.values(), ids=_BOUNDED)
def test_a_bounded_or_ended_search_is_healthy(book: RuleBook, files: dict[str, str]) -> None:
    assert _found(book, files, "JOB002") == []


_FAILED_LOG = _search(4) + (
    "11-22 06:27:58.872 10.0.0.1:54321        4242       FJ-1-3  WARN water.default: Grid search:"
    " model builder for parameters hex.tree.gbm.GBMModel$GBMParameters@680a8825 failed! Exception:"
    f" \nwater.exceptions.H2OModelBuilderIllegalArgumentException: {_TOO_SMALL.format(number=2)}\n"
)
_PARTIAL = {
    "log": {_LOG: _FAILED_LOG},
    "document": {"g.json": _grid(failed=_TOO_SMALL.format(number=2))},
    "both": {_LOG: _FAILED_LOG, "g.json": _grid(failed=_TOO_SMALL.format(number=2))},
}


@pytest.mark.parametrize("files", _PARTIAL.values(), ids=_PARTIAL)
def test_combinations_that_cannot_train_are_told_once(
    book: RuleBook, files: dict[str, str]
) -> None:
    (finding,) = _found(book, files, "JOB003")
    assert finding.message.startswith("1 combinations of a grid search could not be trained. 1 of")
    if "g.json" in files:
        assert "min_rows=300" in finding.remedies[0].do


def test_builds_that_a_user_cancelled_are_no_failures(book: RuleBook) -> None:
    assert _found(book, {"g.json": _grid(failed="Job Canceled")}, "JOB003") == []


def _automl(*messages: str) -> str:
    events = [
        {"timestamp": 1_795_328_918_000 + 1000 * at, "level": "DEBUG", "stage": "ModelTraining",
         "message": text, "name": None, "value": ""}
        for at, text in enumerate(messages)
    ]  # fmt: skip
    return json.dumps({
        "__meta": {"schema_name": "AutoMLV99"}, "automl_id": {"name": "aml@@y"},
        "project_name": "aml", "event_log": {"events": events},
    })  # fmt: skip


_SKIPPED = [f"AutoML: out of time; skipping GBM def_{at}" for at in range(6)]
_LATE = ("AutoML build done: built 15 models", "AutoML duration: 25.748 sec")


def test_max_models_asked_for_and_time_over_first(book: RuleBook) -> None:
    files = {"automl.json": _automl("No time limitation for GLM_1", *_SKIPPED, *_LATE)}
    (finding,) = _found(book, files, "JOB005")
    assert finding.message.startswith("AutoML ran out of time after 15 models; it skipped 6 steps")
    assert "max_runtime_secs=60" in finding.remedies[0].do


@pytest.mark.parametrize(
    "messages",
    (
        # a budget of time, used well
        ("Time assigned for GLM_1: 9.9s", *_SKIPPED, *_LATE),
        # max_models reached
        (
            "No time limitation for GLM_1",
            *(f"AutoML: hit the max_models limit; skipping GBM def_{at}" for at in range(9)),
            *_LATE,
        ),
    ),
)
def test_a_budget_that_was_used_well_is_healthy(book: RuleBook, messages: tuple[str, ...]) -> None:
    assert _found(book, {"automl.json": _automl(*messages)}, "JOB005") == []


def test_no_bound_and_ended_by_the_user(book: RuleBook) -> None:
    told = "User didn't set any runtime constraints (max runtime or max models), using default 1h"
    cancelled = "AutoML: job cancelled; skipping GBM grid_1"
    files = {"automl.json": _automl(told, cancelled, *_LATE)}
    assert len(_found(book, files, "JOB006")) == 1
    assert _found(book, {"automl.json": _automl(told, *_LATE)}, "JOB006") == []


def _frame(rows: list[int], chunks: list[int], sizes: list[str], size: int) -> dict[str, str]:
    nodes = [f"10.0.0.{at}:54321" for at in range(1, len(rows) + 1)]
    distribution = _table(**{
        "": nodes, "size": sizes, "number_of_rows": rows, "number_of_chunks_per_column": chunks,
        "number_of_chunks": [3 * one for one in chunks],
    })  # fmt: skip
    frame = {
        "__meta": {"schema_name": "FrameV3"}, "frame_id": {"name": "f"}, "rows": sum(rows),
        "byte_size": size, "num_columns": 3, "columns": [], "distribution_summary": distribution,
    }  # fmt: skip
    return {"f.json": json.dumps({"__meta": {"schema_name": "FramesV3"}, "frames": [frame]})}


@pytest.mark.parametrize(
    ("rows", "chunks", "size"),
    (
        ([8399, 0, 0], [10, 7, 7], 231_870),  # a slice
        ([150_000, 0, 0], [1, 0, 0], 6_000_000),  # one piece
        ([900_000, 250_000, 250_000], [8, 8, 8], 50_000_000),
    ),
)
def test_skew(book: RuleBook, rows: list[int], chunks: list[int], size: int) -> None:
    (finding,) = _found(book, _frame(rows, chunks, ["1.0 KB"] * 3, size), "DAT001")
    assert finding.nodes == ("10.0.0.1:54321",)
    assert finding.subject == "frame f"


@pytest.mark.parametrize(
    ("rows", "chunks", "size"),
    (
        ([49_918, 35_132, 34_950], [10, 7, 7], 3_134_016),
        ([15_000_000, 7_000_000, 7_000_000], [15, 7, 7], 900_000_000),  # H2O's own layout
        ([1500, 0, 0], [1, 0, 0], 24_000),  # a small file is one chunk
        ([840, 0, 0], [10, 7, 7], 23_000),  # a slice too small to matter
        ([60_000, 20_000, 20_000], [8, 8, 8], 2_000_000),
        ([0, 0, 0], [1, 1, 1], 0),
    ),
)
def test_no_skew(book: RuleBook, rows: list[int], chunks: list[int], size: int) -> None:
    assert _found(book, _frame(rows, chunks, ["1.0 KB"] * 3, size), "DAT001") == []


def test_a_skewed_frame_in_the_log_and_in_its_document_is_told_once(book: RuleBook) -> None:
    row = " {:>14} {:>11} {:>15} {:>28} {:>17}"
    log = _lines(
        ("06:36.000", "Parse result for f (150000 rows, 3 columns):"),
        ("06:36.310", "Frame distribution summary:"),
        ("06:36.311", "  Size  Number of Rows  Number of Chunks per Column  Number of Chunks"),
        ("06:36.311", row.format("10.0.0.1:54321", "5.7 MB", 150_000, 1, 11)),
        ("06:36.311", row.format("10.0.0.2:54321", "0  B", 0, 0, 0)),
        ("06:36.311", row.format("total", "5.7 MB", 150_000, 1, 11)),
    )
    document = _frame([150_000, 0], [1, 0], ["5.7 MB", "0  B"], 6_000_000)
    for files in ({_LOG: log}, document, {_LOG: log} | document):
        (finding,) = _found(book, files, "DAT001")
        assert finding.nodes == ("10.0.0.1:54321",)
        assert (finding.first_seen is not None) == (_LOG in files)
