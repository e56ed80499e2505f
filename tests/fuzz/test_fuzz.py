"""A short run of the fuzzer; the long one is `python -m tests.fuzz` (100,000 inputs a reader)."""

import random

import pytest

from tests.fuzz.mutations import mutate
from tests.fuzz.reading import fuzz, seeds

SHORT = 60
READERS = sorted(seeds())


@pytest.mark.parametrize("reader", READERS)
def test_damaged_evidence_never_raises(reader: str) -> None:
    fuzz(reader, SHORT, seed=0)


def test_the_readers_are_all_there() -> None:
    assert {"h2o_log", "http_log", "gc_log", "kernel_log", "console", "zip", "gzip"} <= set(READERS)


def test_the_same_seed_gives_the_same_inputs_and_another_one_others() -> None:
    made = [mutate(random.Random(seed), seeds()["h2o_log"]) for seed in (1, 1, 2)]  # noqa: S311
    assert made[0] == made[1] != made[2]
