import random

import pytest

from h2o_forensics.model import record
from h2o_forensics.model.record import starts_before, starts_from


def slow(data: bytes, begin: int, end: int) -> list[int]:
    lines = [0, *(at + 1 for at, byte in enumerate(data) if byte == ord("\n"))]
    return [at for at in lines if begin <= at < end and data[at : at + 1] in openings()]


def openings() -> list[bytes]:
    return [bytes((byte,)) for byte in b"0123456789["]


@pytest.mark.parametrize("window", (1, 3, 16 * 1024))
def test_starts_are_those_of_a_plain_loop(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_WINDOW_BYTES", window)
    rng = random.Random(7)  # noqa: S311 - a test
    for _ in range(500):
        data = bytes(rng.choices(b"\n\n1[x", k=rng.randrange(30)))
        lines = [0, *(at + 1 for at, byte in enumerate(data) if byte == ord("\n"))]
        begin, end = rng.choice(lines), rng.randrange(len(data) + 1)
        expected = slow(data, begin, end)
        assert list(starts_from(data, begin, end)) == expected
        assert list(starts_before(data, end, begin)) == expected[::-1]
