"""Tables of rows for tests of the fold audit, clean and with faults built in."""

import json
import math
import random
from collections.abc import Sequence

from h2o_forensics.model.training import Model, Saved, TrainingEvidence

Rows = list[list[object]]


def csv_of(head: Sequence[str], rows: Rows) -> bytes:
    lines = [",".join(head), *(",".join(map(str, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def case_of(
    columns: Sequence[str], category: str = "Binomial", **params: str | int | None
) -> TrainingEvidence:
    """A case with one model that predicts `y` from these columns with five random folds."""
    model = Model(
        id="m1", algo="gbm", algo_name=None, category=category, h2o_version=None, response="y",
        columns=tuple(columns), column_types={}, cardinality={},
        params={"nfolds": 5, "fold_assignment": "Random", **params},
        given={}, checksum=None, metrics=(),
    )  # fmt: skip
    return TrainingEvidence(saved=Saved(models=(model,)))


def model_json(columns: Sequence[str]) -> str:
    """The same as H2O writes it."""
    values = {"nfolds": 5, "fold_assignment": "Random"}
    params = [{"name": name, "actual_value": value} for name, value in values.items()]
    model = {
        "model_id": {"name": "m1"}, "algo": "gbm", "response_column_name": "y",
        "parameters": params, "output": {"model_category": "Binomial", "names": [*columns, "y"]},
    }  # fmt: skip
    return json.dumps({"__meta": {"schema_name": "ModelsV3"}, "models": [model]})


def clean(n: int, seed: int = 1) -> Rows:
    """Columns a, b, y: numbers, and a class that follows them."""
    chance = random.Random(seed)  # noqa: S311 - reproducible samples
    rows: Rows = []
    for _ in range(n):
        a, b = round(chance.gauss(0, 1), 3), round(chance.gauss(0, 1), 3)
        rows.append([a, b, "yes" if chance.random() < _logistic(a + b) else "no"])
    return rows


def grouped(groups: int, each: int, seed: int = 1, spread: float = 3.0) -> Rows:
    """Columns patient_id, height, weight, pulse, y: patients differ in what no column tells."""
    chance = random.Random(seed)  # noqa: S311 - reproducible samples
    rows: Rows = []
    for patient in range(groups):
        traits = [round(chance.gauss(0, 1), 3) for _ in range(2)]
        own = chance.gauss(0, spread)
        for _ in range(each):
            y = "yes" if chance.random() < _logistic(own) else "no"
            rows.append([f"patient-{patient}", *traits, round(chance.gauss(0, 1), 3), y])
    chance.shuffle(rows)
    return rows


def timed(n: int, seed: int = 1, memory: float = 0.97) -> Rows:
    """Columns hour, a, y: the class follows a level that wanders slowly."""
    chance = random.Random(seed)  # noqa: S311 - reproducible samples
    level, rows = 0.0, list[list[object]]()
    for hour in range(n):
        level = memory * level + chance.gauss(0, 0.8)
        y = "yes" if chance.random() < _logistic(2 * level) else "no"
        rows.append([hour, round(chance.gauss(0, 1), 3), y])
    return rows


def told(n: int, seed: int = 1, *, works: bool = True) -> Rows:
    """Columns a, refund, y: the refund is paid where y is yes, or (`works` False) never."""
    chance = random.Random(seed)  # noqa: S311 - reproducible samples
    rows: Rows = []
    for _ in range(n):
        paid = chance.random() < 0.4
        refund = 50 + chance.randrange(20) if paid and works else 0
        rows.append([round(chance.gauss(0, 1), 3), refund, "yes" if paid else "no"])
    return rows


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
