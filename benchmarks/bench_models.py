"""Reading saved models: one of 100 KB, and directories of many, made of a real one, renamed.

    python benchmarks/bench_models.py [--models 1000] [--rounds 3]

One: decoding, reading and judging in this process, CPU time, the median of many.  Many: whole
processes of `h2o-forensics models`, CPU seconds of all threads, and peak memory of a directory
against one of a tenth: memory is flat when a model adds no more than its figures need.
"""

import argparse
import gzip
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import measure
from h2o_forensics.training.cut_json import decode
from h2o_forensics.training.documents import read_document
from h2o_forensics.training.judge import judge

MODEL = measure.ROOT / "fixtures" / "models" / "clean" / "model.json.gz"
TEST = MODEL.with_name("test_metrics.json.gz")
BYTES = 100_000
ONE_MS, MANY_S, KB_PER_MODEL = 10, 20, 100
"""Goals: one, a thousand, and what one more may add to the peak (its JSON has 100 KB)."""


def of_size(text: bytes) -> dict[str, Any]:
    """Leave out of the folds' histories what makes the model larger than the goal speaks of."""
    document: dict[str, Any] = json.loads(text)
    histories = document["models"][0]["output"]["cv_scoring_history"]
    while histories and len(json.dumps(document, separators=(",", ":"))) > BYTES:
        histories.pop()
    return document


def variants(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Models and their tests: names, checksums and AUC are each one's own."""
    model = of_size(gzip.decompress(MODEL.read_bytes()))
    test = json.loads(gzip.decompress(TEST.read_bytes()))
    draw = random.Random(5)  # noqa: S311 - nothing secret
    output = model["models"][0]["output"]
    checksum = test["model_metrics"][0]["model_checksum"]
    auc = output["cross_validation_metrics"]["AUC"]
    for number in range(count):
        output["cross_validation_metrics"]["AUC"] = auc - draw.random() / 50
        texts = (json.dumps(document, separators=(",", ":")) for document in (model, test))
        saved, tested = (
            text.replace("loans", f"loans_{number:05d}").replace(str(checksum), str(number + 1))
            for text in texts
        )
        yield saved.encode(), tested.encode()


def one(rounds: int) -> float:
    """Median ms of CPU for one model, all in: decoded, read, judged."""
    (data, _), *_ = variants(1)
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        document, _whole = decode(data)
        found = read_document(document)
        if found is None or not judge(found[1]):
            raise SystemExit("the model was not read")
        taken.append((time.process_time() - begun) * 1000)
    return statistics.median(taken)


def directory(folder: Path, count: int) -> None:
    """Write models and their tests."""
    folder.mkdir()
    for number, (model, test) in enumerate(variants(count)):
        (folder / f"{number:05d}.json").write_bytes(model)
        (folder / f"{number:05d}_test.json").write_bytes(test)


def command(folder: Path) -> list[str]:
    """The tool's."""
    out = ["--format", "json", "--output", str(folder.with_suffix(".json")), "--quiet"]
    return [sys.executable, "-m", "h2o_forensics", "models", str(folder), *out]


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    words.add_argument("--models", type=int, default=1000)
    words.add_argument("--rounds", type=int, default=3)
    given = words.parse_args()
    milliseconds = one(30)
    counts = (given.models // 10, given.models)
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / f"of_{count}" for count in counts]
        for folder, count in zip(folders, counts, strict=True):
            directory(folder, count)
        few, many = measure.alternate([command(folder) for folder in folders], given.rounds)
    added = (many.rss - few.rss) / (counts[1] - counts[0]) / 1024
    print(f"one model of {BYTES // 1000} KB: {milliseconds:.1f} ms of CPU (goal {ONE_MS})")
    goal = MANY_S * given.models / 1000
    print(
        f"{given.models} models, tests: {many.cpu:.1f} s CPU, {many.wall:.1f} s (goal {goal:.0f})"
    )
    print(f"each model more: {(many.cpu - few.cpu) / (counts[1] - counts[0]) * 1000:.1f} ms of CPU")
    print(f"peak: {few.rss / 1e6:.0f} MB of {counts[0]}, {many.rss / 1e6:.0f} MB of {counts[1]}, "
          f"{added:.0f} KB each (goal {KB_PER_MODEL})")  # fmt: skip
    return int(milliseconds > ONE_MS or many.cpu > goal or added > KB_PER_MODEL)


if __name__ == "__main__":
    sys.exit(main())
