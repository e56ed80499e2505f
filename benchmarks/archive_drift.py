"""What gets worse over the time of a made archive: a cluster's model, and another's pauses."""

import copy
import gzip
import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.archive_mover import File
from benchmarks.archive_plan import BEGIN, DAYS, Plan

SAVED = Path(__file__).resolve().parents[1] / "fixtures" / "models" / "clean"
CLUSTER = "churn"
"""Whose model it is."""
LOSS, NOISE = 0.06, 0.004
"""AUC that is lost over the archive's time; what it varies by from run to run."""
SLOW_CLUSTER = "pricing"
"""Whose collections take longer and longer."""
SLOWER = 3.0
"""How many times more they take at the end."""
NOT_SLOWER = "small_heap_in_cloud"
"""The case that is about collections."""
DURATION = re.compile(rb"\b(\d+\.\d{1,3})ms\b")
EPOCH = re.compile(r"\b1795370\d{6}\b")
LAST = 1_795_370_606_441
"""When the model was tested, epoch ms."""


def model_files(one: Plan) -> list[File]:
    """Give the model that was trained in a run, and its test; none of runs that went wrong."""
    if one.identity.cluster != CLUSTER or one.case.condition is not None:
        return []
    rng = random.Random(f"model {one.identity.seed}")  # noqa: S311 - repeatable is what is wanted
    elapsed = (one.began - BEGIN).days / DAYS
    name = f"churn_{one.began:%Y%m%d}_{one.number:05d}"
    move = round(one.moved(one.case.last).timestamp() * 1000) - LAST
    checksum = str(rng.getrandbits(62))
    model, test = (copy.deepcopy(document) for document in _documents())
    output = model["models"][0]["output"]
    loss = LOSS * elapsed + rng.uniform(-NOISE, NOISE)
    output["training_metrics"]["AUC"] -= loss / 3
    output["cross_validation_metrics"]["AUC"] -= loss
    test["model_metrics"][0]["AUC"] -= loss + rng.uniform(-NOISE, NOISE)
    old = str(test["model_metrics"][0]["model_checksum"])

    def text(document: Mapping[str, Any]) -> bytes:
        told = json.dumps(document, separators=(",", ":")).replace("loans", name)
        told = told.replace(old, checksum)
        return EPOCH.sub(lambda found: str(int(found[0]) + move), told).encode()

    return [
        File(f"models/{name}.json.gz", text(model)),
        File(f"models/{name}_test.json.gz", text(test)),
    ]


def with_pauses(one: Plan, files: Sequence[File]) -> list[File]:
    """Let the collections of a run take as long as they do in its cluster at its time."""
    if one.identity.cluster != SLOW_CLUSTER or one.case.slug == NOT_SLOWER:
        return list(files)
    factor = 1 + SLOWER * (one.began - BEGIN).days / DAYS

    def longer(found: re.Match[bytes]) -> bytes:
        return b"%.3fms" % (float(found[1]) * factor)

    return [
        file._replace(data=DURATION.sub(longer, file.data))
        if file.path.endswith("gc.log")
        else file
        for file in files
    ]


@cache
def _documents() -> tuple[dict[str, Any], dict[str, Any]]:
    model, test = (
        json.loads(gzip.decompress((SAVED / f"{name}.json.gz").read_bytes()))
        for name in ("model", "test_metrics")
    )
    return model, test
