"""A hold-out of real H2O models whose truth is known, for `score.py`-like scoring.

    python benchmarks/model_lab.py FOLDER [--only TEXT] [--java PATH] [--port N] [--seed N]

Makes data (seeded), starts one H2O (extra `real`) on the loopback, trains the cases of
`lab_cases.py` and saves of each what an analyst gets: the model's JSON, metrics on the test, JSON
of both frames, of the grid or AutoML run with its leaderboard; and truth.json.  A case that is
there already is left alone.  The number in a name tells the half: even or odd.
"""

import argparse
import contextlib
import csv
import gzip
import json
import random
import sys
import tempfile
import time
import urllib.parse
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks.lab_cases import GROUPS, Case
from benchmarks.lab_data import TARGET, Table
from tests.real import h2o_node
from tests.real.h2o_node import Node

ZIPPED = 90_000
"""Bytes from which on a document is saved compressed, as the corpus does."""


def numbered() -> Iterator[tuple[str, Case]]:
    """All cases by name."""
    cases = [case for group in GROUPS for case in group()]
    for number, case in enumerate(cases):
        yield f"m{number:03d}_{case.name}_{case.algo}", case


def write_csv(path: Path, table: Table) -> None:
    """Write a table; missing values are empty."""
    with path.open("w", newline="", encoding="ascii") as file:
        out = csv.writer(file)
        out.writerow(table)
        out.writerows(zip(*table.values(), strict=True))


class Bench:
    """One case on a node: its keys, and the folder that gets its documents."""

    def __init__(self, node: Node, name: str, case: Case, folder: Path) -> None:
        self.node, self.name, self.case, self.folder = node, name, case, folder
        self.train, self.test = f"{name}_train", f"{name}_new"
        self.params: dict[str, object] = {}

    def save(self, name: str, content: bytes) -> None:
        """Write a document."""
        zipped = len(content) > ZIPPED
        path = self.folder / (f"{name}.json.gz" if zipped else f"{name}.json")
        path.write_bytes(gzip.compress(content, 6, mtime=0) if zipped else content)

    def load(self, scratch: Path, seed: int) -> None:
        """Make the data, have both frames parsed and saved."""
        pair = self.case.world(random.Random(seed))  # noqa: S311 - nothing secret
        kinds = dict(self.case.types) | ({TARGET: "Enum"} if _is_text(pair.train[TARGET]) else {})
        for frame, table in ((self.train, pair.train), (self.test, pair.test)):
            if table is None:
                continue
            write_csv(scratch / "data.csv", table)
            self.node.finish(self.node.parse(scratch / "data.csv", frame, kinds))
            what = "train_frame" if frame == self.train else "test_frame"
            if what == "train_frame" or self.case.test not in {"none", "training"}:
                self.save(what, self.node.read(f"/3/Frames/{frame}?row_count=5"))

    def build(self, seed: int) -> None:
        """Train and save."""
        case = self.case
        self.params = {**case.params, "response_column": TARGET}
        if case.ignored:
            self.params["ignored_columns"] = list(case.ignored)
        if case.folds:
            self.params["nfolds"] = case.folds
        if case.test == "validation":
            self.params["validation_frame"] = self.test
        if case.algo == "xgboost":
            self.params["nthread"] = 1  # its threads spin where others want the cores
        if case.algo not in {"naivebayes", "glm"}:
            self.params["seed"] = seed
        if case.algo in {"stack", "automl", "grid"}:
            getattr(self, f"_{case.algo}")(seed)
        else:
            self.node.train(case.algo, self.name, self.train, **self.params)
            self.keep(self.name, "model")

    def keep(self, model: str, name: str) -> None:
        """Save a model and its test."""
        self.save(name, self.node.read(f"/3/Models/{model}"))
        frame = {"none": None, "training": self.train}.get(self.case.test, self.test)
        if frame is not None:
            self.save(f"{name}_test" if name != "model" else "test_metrics",
                      self.node.score(model, frame))  # fmt: skip

    def _stack(self, seed: int) -> None:
        kept = {"keep_cross_validation_predictions": True, "fold_assignment": "Modulo"}
        base = {"response_column": TARGET, "nfolds": 5, **kept}
        models = [f"{self.name}_{algo}" for algo in ("gbm", "glm")]
        self.node.train("gbm", models[0], self.train, **base, **self.case.params, seed=seed)
        self.node.train("glm", models[1], self.train, **base)
        self.node.train(
            "stackedensemble", self.name, self.train, response_column=TARGET, base_models=models,
            metalearner_nfolds=5, seed=seed,
        )  # fmt: skip
        for number, model in enumerate((self.name, *models)):
            self.keep(model, "model" if not number else f"base_{number}")

    def _automl(self, seed: int) -> None:
        spec = {
            "build_control": {
                "project_name": self.name, "nfolds": 5,
                "stopping_criteria": {"max_models": 3, "max_runtime_secs": 300, "seed": seed},
            },
            "input_spec": {"training_frame": self.train, "response_column": TARGET},
            "build_models": {"exclude_algos": ["DeepLearning", "StackedEnsemble"]},
        }  # fmt: skip
        job = self.node.send_json("/99/AutoMLBuilder", spec)["job"]["key"]["name"]
        self.node.finish(job, 300)
        run = self.node.read(f"/99/AutoML/{self.name}")
        self.save("automl", run)
        project = urllib.parse.quote(json.loads(run)["automl_id"]["name"])
        self.save("leaderboard", self.node.read(f"/99/Leaderboards/{project}"))
        for number, model in enumerate(json.loads(run)["leaderboard"]["models"]):
            self.keep(model["name"], "model" if not number else f"model_{number}")

    def _grid(self, seed: int) -> None:
        hyper = {"max_depth": [2, 3, 4, 5], "learn_rate": [0.05, 0.1, 0.2]}
        criteria = {"strategy": "RandomDiscrete", "max_models": 5, "seed": seed}
        job = self.node.ask(
            "/99/Grid/gbm", grid_id=self.name, training_frame=self.train, response_column=TARGET,
            nfolds=5, ntrees=30, seed=seed, hyper_parameters=hyper, search_criteria=criteria,
        )["job"]["key"]["name"]  # fmt: skip
        self.node.finish(job, 300)
        grid = self.node.read(f"/99/Grids/{self.name}")
        self.save("grid", grid)
        for number, model in enumerate(json.loads(grid)["model_ids"]):
            self.keep(model["name"], "model" if not number else f"model_{number}")

    def tell(self, version: str) -> None:
        """Write what is true."""
        case = self.case
        truth = {
            "case": self.name, "root_cause": case.cause, "accept": list(case.accept),
            "absent": case.absent, "also_present": list(case.also), "h2o_version": version,
            "how": f"{case.name}: {case.algo} {json.dumps(dict(case.params))}, "
            f"folds {case.folds}, test {case.test}",
        }  # fmt: skip
        (self.folder / "truth.json").write_text(json.dumps(truth, indent=1), encoding="ascii")


def _is_text(column: Sequence[float | str | None]) -> bool:
    return any(isinstance(value, str) for value in column)


def make(node: Node, folder: Path, only: str, seed: int) -> int:
    """Make all cases that are not there; give how many could not be made."""
    version = str(node.ask("/3/Cloud")["version"])
    failed = 0
    for name, case in numbered():
        home = folder / name
        if only not in name or (home / "truth.json").exists():
            continue
        home.mkdir(parents=True, exist_ok=True)
        own = seed + zlib.crc32(name.encode()) % 1_000_000
        begun = time.monotonic()
        bench = Bench(node, name, case, home)
        try:
            with tempfile.TemporaryDirectory() as scratch:
                bench.load(Path(scratch), own)
                bench.build(own)
            bench.tell(version)
        except (OSError, RuntimeError, KeyError) as error:
            failed += 1
            print(f"{name}: {error} {_said(error)}", flush=True)
        else:
            print(f"{name} {time.monotonic() - begun:.1f} s", flush=True)
        with contextlib.suppress(OSError):
            node.remove_all()
    return failed


def _said(error: Exception) -> str:
    read = getattr(error, "read", None)
    return read().decode(errors="replace")[:600] if callable(read) else ""


def main() -> int:
    """Run the lab."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    words.add_argument("folder", type=Path)
    words.add_argument("--only", default="")
    words.add_argument("--java", type=Path)
    words.add_argument("--port", type=int)
    words.add_argument("--seed", type=int, default=20_260)
    given = words.parse_args()
    java, jar = given.java or h2o_node.find_java(), h2o_node.find_jar()
    with (
        tempfile.TemporaryDirectory() as home,
        h2o_node.running(
            java, jar, Path(home), flags=("-Xmx2g",), name="lab", port=given.port
        ) as node,
    ):
        node.wait()
        return make(node, given.folder, given.only, given.seed)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
