"""Hostile documents about training: nothing raises, damage is named, the clean stay unaccused.

`python -m tests.properties.hostile_models --inputs 3000` is the long run.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.properties import hostile_models
from tests.properties.hostile_models import Damaged

ROOT = Path(__file__).parents[2]
MEMORY_MB = 400
HOSTILE_MOJOS = {case.what: case for case in hostile_models.hostile_mojos()}


def test_whole_the_model_is_clean_and_tested() -> None:
    case = Damaged("whole", hostile_models.clean_files(), clean=True)
    analysis = hostile_models.judge(case, reports=True)
    (judged,) = analysis.training.judged
    assert judged.signs["judged"]
    assert not judged.signs["differs"]
    assert analysis.case.problems == ()


@pytest.mark.parametrize("what", sorted(hostile_models.CHANGES))
def test_damage_accuses_no_clean_model(what: str) -> None:
    rng = random.Random(f"clean {what}")  # noqa: S311 - nothing secret
    change = hostile_models.CHANGES[what]
    for number in range(10):
        name = hostile_models.CLEAN[number % len(hostile_models.CLEAN)]
        files = hostile_models.clean_files()
        files[f"{name}.json"] = change(rng, files[f"{name}.json"])
        case = Damaged(f"{what} {name}", files, clean=True, named=what in {"cut", "deep"})
        hostile_models.judge(case, reports=number < 2)


@pytest.mark.parametrize("name", hostile_models.OTHERS)
def test_damaged_searches_and_frames_raise_nothing(name: str) -> None:
    rng = random.Random(f"other {name}")  # noqa: S311 - nothing secret
    whole = hostile_models.saved("documents", name)
    changes = [*hostile_models.CHANGES.values(), hostile_models.scramble]
    for number, change in enumerate(changes):
        case = Damaged(f"{number} {name}", {"it.json": change(rng, whole)}, clean=False)
        hostile_models.judge(case, reports=number % 3 == 0)


@pytest.mark.parametrize("what", sorted(HOSTILE_MOJOS))
def test_bad_mojos_are_named(what: str) -> None:
    hostile_models.judge(HOSTILE_MOJOS[what], reports=True)


def test_names_that_stand_twice_in_a_mojo() -> None:
    case = Damaged("doubled", {"m.zip": hostile_models.doubled_mojo()}, clean=True)
    analysis = hostile_models.judge(case)
    assert len(analysis.tables["models"].rows()) == 1


def test_a_large_document_of_nothing_needs_little_memory() -> None:
    numbers = json.dumps([[0.5] * 1000] * 6000).encode()
    model = hostile_models.saved("clean", "model")
    swollen = model[:-1].rstrip(b"}") + b',"rows":' + numbers  # 30 MB, and cut
    program = (
        "import sys; from tests.properties.hostile_models import *\n"
        "judge(Damaged('large', {'m.json': sys.stdin.buffer.read()}, clean=True, named=True))\n"
        "print(peak_mb())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, input=swollen, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert int(done.stdout) < MEMORY_MB + 10 * len(numbers) // 2**20
