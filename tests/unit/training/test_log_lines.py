"""Grids, AutoML runs and parameters of models as the log tells of them."""

import json
from collections.abc import Callable, Sequence

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.training import Grid
from h2o_forensics.readers import BUILTIN_SIGNALS, read_case

NODE = "127.0.0.1:54321"
Lines = Callable[..., str]
DUMP = '{"_train":{"name":"a.hex","type":"Key"},"_nfolds":0,"_max_depth":%d,"_is_cv_model":false}'


def record(second: float, text: str, thread: str = "FJ-1-1", level: str = "INFO") -> str:
    minute, rest = divmod(second, 60)
    clock = f"06:{int(minute):02}:{rest:06.3f}"
    return f"11-22 {clock} {NODE:<22}{12528:<6} {thread:>10} {level:>5} water.default: {text}\n"


def read(text: str, **others: object) -> EvidenceSet:
    files = {"h2o.log": text} | {f"{name}.json": json.dumps(one) for name, one in others.items()}
    return read_case(bundle_of_texts(files), BUILTIN_SIGNALS, Scanner(BUILTIN_SIGNALS))


def request(parms: str, size: int) -> str:
    return record(1, f"POST /99/Grid/gbm, parms: {{{parms}}}", "1-20") + record(
        2, f"Starting gridsearch: estimated size of search space = {size}", "1-20"
    )


def attempt(at: float, number: int, depth: int, grid: str = "g") -> str:
    return (
        record(at, "Building H2O GBM model with these parameters:", "FJ-2-1")
        + record(at, DUMP % depth, "FJ-2-1")
        + record(at, "train dataset already contains 8 chunks.", "FJ-2-1")
        + record(at, f"Starting model {grid}_model_{number}", "FJ-2-1")
    )


def failure(at: float, number: int) -> str:
    cls = "water.exceptions.H2OModelBuilderIllegalArgumentException"
    return record(
        at,
        "Grid search: model builder for parameters hex.P@1 failed! Exception: \n"
        f"{cls}: Illegal argument(s) for GBM model: g_model_{number}.  Details: ERRR on field: "
        "_max_depth: too deep.\n\tat hex.A.b(A.java:1)",
        level="WARN",
    )


def the_grid(evidence: EvidenceSet) -> Grid:
    (grid,) = evidence.training.saved.grids
    return grid


PARMS = 'grid_id=g, nfolds=3, hyper_parameters={"max_depth": [2, 3, 4], "ntrees": [5]}'


def test_a_search_from_request_to_end() -> None:
    text = request(PARMS, 3) + attempt(3, 1, 2) + attempt(13, 2, 3) + attempt(25, 3, 4)
    text += failure(25.1, 3) + record(26, "For grid: g built: 2 models.")
    evidence = read(text)
    grid = the_grid(evidence)
    assert (grid.id, grid.algo, grid.size, grid.size_from) == ("g", "gbm", 3, "log")
    assert (grid.strategy, grid.max_models, grid.nfolds) == ("Cartesian", None, 3)
    assert grid.hyper_values == {"max_depth": 3, "ntrees": 1}
    assert (grid.built, grid.status, grid.model_seconds) == (2, "DONE", 11.0)
    assert [one.params for one in grid.models] == [{"max_depth": 2}, {"max_depth": 3}]
    (failed,) = grid.failures
    assert failed.params == {"max_depth": 4}
    assert failed.reason == (
        "Illegal argument(s) for GBM model: ERRR on field: _max_depth: too deep."
    )
    assert grid.places["size"].line == 2
    assert grid.places["request"].line == 1
    assert "search space = 3" in grid.places["size"].text
    assert [one.model for one in evidence.training.saved.logs] == [
        "g_model_1", "g_model_2", "g_model_3"
    ]  # fmt: skip
    assert evidence.training.saved.logs[0].params["train"] == "a.hex"


def test_a_search_that_goes_on_has_not_built_its_last_model() -> None:
    grid = the_grid(read(request(PARMS, 3) + attempt(3, 1, 2) + attempt(13, 2, 3)))
    assert (grid.built, grid.status, grid.model_seconds) == (1, None, 10.0)


def test_criteria_bound_a_search() -> None:
    parms = (
        'grid_id=g, search_criteria={"strategy": "RandomDiscrete", "max_models": 5, '
        '"max_runtime_secs": 60}, hyper_parameters={"max_depth": [2, 3]}'
    )
    grid = the_grid(read(request(parms, 2)))
    assert (grid.strategy, grid.max_models, grid.max_runtime_secs) == ("RandomDiscrete", 5, 60.0)


def test_a_request_that_is_cut_says_nothing_of_bounds() -> None:
    text = request(PARMS, 3).replace("}}\n", "\n", 1)
    assert the_grid(read(text)).strategy is None


def test_folds_are_no_models_of_the_grid() -> None:
    fold = record(3, "Building H2O GBM model with these parameters:", "FJ-3-1") + record(
        3, "Starting model g_model_1_cv_1", "FJ-3-1"
    )
    evidence = read(request(PARMS, 3) + fold * 1 + attempt(9, 1, 2) + attempt(13, 2, 3))
    assert the_grid(evidence).built == 1
    assert len(evidence.training.saved.logs) == 2


def test_a_search_of_automl_is_not_ones_own() -> None:
    text = record(1, "Workflow: Project: p") + record(2, "Workflow: AutoML build started: x")
    text += record(3, "Starting gridsearch: estimated size of search space = 9720")
    text += attempt(4, 1, 2, "GBM_grid_1_AutoML_1_2026")
    assert read(text).training.saved.grids == ()


def test_the_job_and_the_json_belong_to_the_grid() -> None:
    document = {
        "__meta": {"schema_name": "GridSchemaV99"}, "grid_id": {"name": "g"}, "hyper_names":
        ["max_depth"], "model_ids": [{"name": "g_model_1"}], "failure_details": [],
    }  # fmt: skip
    job = {
        "key": {"name": "$1"}, "description": "GBM Grid Search", "status": "RUNNING",
        "progress": 7e-18, "msec": 9000, "start_time": 1795328857792, "dest": {"name": "g"},
    }  # fmt: skip
    evidence = read(request(PARMS, 3) + attempt(3, 1, 2), grid=document, jobs={"jobs": [job]})
    grid = the_grid(evidence)
    assert (grid.size, grid.built, grid.status, grid.job_ms) == (3, 1, "RUNNING", 9000)
    assert grid.source.path == "grid.json"
    assert (grid.places["status"].path, grid.places["status"].pointer) == ("jobs.json", "/jobs/0")


def test_a_job_alone_tells_of_its_grid() -> None:
    job = {"description": "GBM Grid Search", "status": "RUNNING", "progress": 7e-18,
           "dest": {"name": "g"}}  # fmt: skip
    grid = the_grid(read("", jobs={"jobs": [job]}))
    assert (grid.id, grid.progress, grid.source.path) == ("g", 7e-18, "jobs.json")


def events(lines: Sequence[str]) -> str:
    return "".join(record(90, line) for line in lines)


def test_a_run_of_automl_and_its_summary() -> None:
    text = record(1, "Workflow: Project: p") + record(2, "Workflow: AutoML build started: x")
    text += record(80, "Workflow: AutoML build done: built 2 models")
    text += record(81, "Workflow: AutoML duration: 79.0 sec")
    text += record(90, "AutoML run summary:") + events((
        "06:00:01.0   INFO  Workflow         Project: p  ",
        "06:00:02.000 INFO  Workflow         AutoML build started: x start_epoch 1795327202",
        "06:01:19.9   DEBUG ModelTraining    AutoML: out of time; skipping XGBoost lr_search  ",
        "06:01:20.000 INFO  Workflow         AutoML duration: 79.0 sec duration_secs 79",
    ))  # fmt: skip
    evidence = read(text)
    (run,) = evidence.training.saved.automl
    assert (run.id, run.project, run.node) == ("p", "p", NODE)
    assert run.events[2].message == "AutoML: out of time; skipping XGBoost lr_search"
    assert run.events[2].level == "DEBUG"
    assert evidence.tables["automl"]["skipped_for_time"].to_list() == [1]
    assert evidence.tables["automl"]["line"].to_list() == [1]
