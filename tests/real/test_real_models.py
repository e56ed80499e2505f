"""A real H2O trains a leaky and a clean model; what it saves is judged, both as a case and alone.

Newer builds of H2O refuse to export MOJOs (a matter of its licence): then the JSON is all there is.
"""

import contextlib
import csv
import json
import math
import os
import random
import subprocess
import sys
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from tests.real.h2o_node import Node, running

ROOT = Path(__file__).parents[2]
ENV = os.environ | {"PYTHONPATH": str(ROOT)}
ROWS, TEST_ROWS = 1000, 600
SETTINGS = {"response_column": "churned", "nfolds": 4, "ntrees": 20, "seed": 7}
pytestmark = [pytest.mark.slow]


def write_rows(path: Path, draw: random.Random, rows: int, *, later: bool) -> None:
    """Write customers, and the refund that is booked when one has left."""
    with path.open("w", newline="", encoding="ascii") as file:
        out = csv.writer(file)
        out.writerow(["visits", "balance", "noise", "refund", "churned"])
        for _ in range(rows):
            x = [draw.gauss(0, 1) for _ in range(3)]
            left = draw.random() < 1 / (1 + math.exp(-1.2 * x[0] - 0.6 * x[1]))
            known = (left if draw.random() < 0.98 else not left) and not later
            out.writerow([*x, 50 + draw.random() if known else 0, "yes" if left else "no"])


def train_and_save(node: Node, scratch: Path, leaky: Path, clean: Path) -> None:
    """Train both models; each folder gets what an analyst would be sent."""
    draw = random.Random(11)  # noqa: S311 - nothing secret
    for frame, rows in (("customers", ROWS), ("new_customers", TEST_ROWS)):
        write_rows(scratch / "rows.csv", draw, rows, later=frame == "new_customers")
        node.finish(node.parse(scratch / "rows.csv", frame))
    for folder, ignored in ((leaky, []), (clean, ["refund"])):
        folder.mkdir()
        model = f"{folder.name}_gbm"
        node.train("gbm", model, "customers", **SETTINGS, max_depth=3, ignored_columns=ignored)
        save_all(node, folder, model)
    grid_id = "clean_grid"
    job = node.ask(
        "/99/Grid/gbm", grid_id=grid_id, training_frame="customers", ignored_columns=["refund"],
        hyper_parameters={"max_depth": [2, 3]}, **SETTINGS,
    )  # fmt: skip
    node.finish(job["job"]["key"]["name"])
    (clean / "grid.json").write_bytes(node.read(f"/99/Grids/{grid_id}"))


def save_all(node: Node, folder: Path, model: str) -> None:
    """Save what H2O gives away about a model and its frames."""
    documents = {
        "model.json": f"/3/Models/{model}",
        "customers.json": "/3/Frames/customers",
        "new_customers.json": "/3/Frames/new_customers",
        "chunks.json": "/3/FrameChunks/customers",
        "cloud.json": "/3/Cloud",
        "jobs.json": "/3/Jobs",
    }
    for name, path in documents.items():
        (folder / name).write_bytes(node.read(path))
    (folder / "test_metrics.json").write_bytes(node.score(model, "new_customers"))
    with contextlib.suppress(urllib.error.HTTPError):  # builds that refuse
        (folder / "model.zip").write_bytes(node.read(f"/3/Models/{model}/mojo"))


@pytest.fixture(scope="module")
def saved(java: Path, jar: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders `leaky` and `clean`."""
    home, out = tmp_path_factory.mktemp("node"), tmp_path_factory.mktemp("saved")
    with running(java, jar, home, name="models") as node:
        node.wait()
        train_and_save(node, home, out / "leaky", out / "clean")
    return out


def judged(command: str, folder: Path) -> dict[str, Any]:
    words = [sys.executable, "-m", "h2o_forensics", command, str(folder)]
    done = subprocess.run(
        [*words, "--format", "json", "--output", "-", "--quiet"],
        env=ENV, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return dict(json.loads(done.stdout))


def root_causes(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the findings that are root causes; `models` names them by id."""
    by_id = {finding["id"]: finding for finding in report["findings"]}
    return [by_id[cause] if isinstance(cause, str) else cause for cause in report["root_causes"]]


@pytest.mark.parametrize("command", ("analyze", "models"))
def test_the_leaky_model_is_found(saved: Path, command: str) -> None:
    first = root_causes(judged(command, saved / "leaky"))[0]
    assert first["condition"] == "cv.leak_target"
    assert "refund alone carries" in first["message"]


@pytest.mark.parametrize("command", ("analyze", "models"))
def test_the_clean_model_is_not_accused(saved: Path, command: str) -> None:
    report = judged(command, saved / "clean")
    assert report["root_causes"] == []
    assert {f["role"] for f in report["findings"]} <= {"info"}


def test_the_numbers_are_h2os_own(saved: Path) -> None:
    report = judged("models", saved / "leaky")
    model = json.loads((saved / "leaky" / "model.json").read_bytes())["models"][0]
    test = json.loads((saved / "leaky" / "test_metrics.json").read_bytes())["model_metrics"][0]
    text = json.dumps(report)
    assert model["model_id"]["name"] in text
    for metrics in (model["output"]["cross_validation_metrics"], test):
        assert f"{metrics['AUC']:.3f}"[:5] in text
