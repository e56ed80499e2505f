"""GcReader: one stream, whatever stands in it."""

from __future__ import annotations

import pytest

from h2o_forensics.gc.read import GcReader
from tests.unit.gc.unified_logs import G1, G1_PAUSES, Told, decorate, told_of

PLAIN = ("uptime", "level", "tags")


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2o_forensics.gc.unified_run.RunDigest", Told)


def test_blocks_keep_the_line_numbers_of_the_stream() -> None:
    reader = GcReader(own_file=False)
    other = b"11-22 06:02:04.791 127.0.0.1:54321 main INFO: nothing of the kind\n" * 100
    log = decorate(G1, PLAIN)
    reader.read(other, len(other))
    reader.read(log + b"read ahead", len(log))
    reader.read(other, len(other))
    (told,) = told_of(reader.close())
    assert told.first_line == 101
    assert next(one.place.line for one in told.pauses) == 113
    assert len(told.pauses) == len(G1_PAUSES)
    assert told.lines == len(G1)


@pytest.mark.parametrize("own_file", (True, False))
def test_nothing_of_a_collector_is_no_run(*, own_file: bool) -> None:
    reader = GcReader(own_file=own_file)
    for block in (b"", b"\n", b"\x00\xff\xfe" * 1000, b"GC(", b"[gc] ", b"word " * 100_000):
        reader.read(block, len(block))
    assert reader.close() == []


def test_blocks_of_one_line_are_enough() -> None:
    reader = GcReader()
    for line in decorate(G1, PLAIN).splitlines(keepends=True):
        reader.read(line, len(line))
    (told,) = told_of(reader.close())
    assert len(told.pauses) == len(G1_PAUSES)
    assert told.first_line == 1
