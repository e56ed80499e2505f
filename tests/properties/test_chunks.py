"""Reading in pieces equals reading as a whole, for every kind of text."""

import hashlib
import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.engine.silence import THRESHOLD_MS
from h2o_forensics.model.rule import Signal
from h2o_forensics.model.scan import Scan
from h2o_forensics.readers import blocks
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.http_log import HttpLogFormat, Requests
from h2o_forensics.readers.identify import identify
from h2o_forensics.readers.inventory import BUILTIN_SIGNALS
from h2o_forensics.readers.layouts.text_stream import TextStream
from h2o_forensics.readers.read_artifacts import form_of
from h2o_forensics.rulebook import load_rulebook
from tests.properties.oracle import stamps_of

DATA = Path(__file__).resolve().parents[1] / "data"
KINDS = {
    "oom_train.log": "h2o_log",
    "import_pattern.log": "h2o_log",
    "suspects_debug.log": "h2o_log",
    "requests.log": "http_log",
    "gc.log": "gc_log",
    "dmesg.log": "kernel_log",
    "heap_full_stderr.log": "console",
}
LOOSE = (
    Signal("T", "pause", kinds=("gc_log",), anchor="Pause", pattern=r"Pause (?P<what>\w+)"),
    Signal("T", "slow", kinds=("http_log",), anchor="/3/", pattern=r"(?P<ms>\d+) ms +(?P<uri>\S+)"),
    Signal("T", "killed", kinds=("kernel_log",), anchor="Killed", pattern=r"process (?P<pid>\d+)"),
    Signal("T", "plain", kinds=("cgroup",), anchor="oom_kill", pattern=r"^oom_kill (?P<n>\d+)"),
)  # fmt: skip


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner((*BUILTIN_SIGNALS, *load_rulebook().signals, *LOOSE))


def read(data: bytes, kind: str, scanner: Scanner, size: int) -> tuple[Scan, str, int]:
    form = form_of(kind)
    text = TextStream(io.BytesIO(data))
    scan = scanner.scan(BlockReader(text, form, size), form)
    return scan, text.sha256, text.raw_bytes


def told(scan: Scan) -> dict[str, Any]:
    """All of a scan that must not depend on where blocks end."""
    hits = [
        (h.signal, h.offset, h.line, h.record_at, h.header and h.header[:6], h.raw, h.text,
         str(h.captures), h.minute, h.weight)
        for h in scan.hits
    ]  # fmt: skip
    shapes = {
        name: (shape.level, shape.count,
               [(s.offset, s.line, s.text, s.line_text) for s in shape.samples])
        for name, shape in scan.shapes.items()
    }  # fmt: skip
    return {
        "hits": sorted(hits, key=str), "shapes": shapes, "minutes": scan.level_minutes,
        "silences": scan.silences, "quiet": scan.quiet_ms, "lines": scan.lines, "bytes": scan.bytes,
        "first": (scan.first_stamp, scan.first_record_line),
        "last": (scan.last_stamp, scan.last_record_line, scan.last_record_text),
        "nul": scan.has_nul, "hit_records": scan.hit_records,
    }  # fmt: skip


@pytest.mark.parametrize("end", (b"\n", b"", b"\r\n"))
@pytest.mark.parametrize("name", KINDS)
def test_blocks_do_not_matter(
    name: str, end: bytes, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (DATA / name).read_bytes().removesuffix(b"\n")
    data = data.replace(b"\n", b"\r\n") + end if end == b"\r\n" else data + end
    kind = identify(data)
    assert kind == KINDS[name]
    monkeypatch.setattr(blocks, "LOOK_AHEAD_BYTES", 12 * 1024)
    whole, digest, total = read(data, kind, scanner, 2**22)
    assert digest == hashlib.sha256(data).hexdigest()
    assert total == len(data)
    assert whole.lines == len(data.splitlines())
    assert whole.hits
    for size in (1, 97, 1_500, 20_000) if len(data) < 15_000 else (400, 1_500, 20_000):
        part, part_digest, part_total = read(data, kind, scanner, size)
        assert told(part) == told(whole), size
        assert (part_digest, part_total) == (digest, total)


def test_plain_text_has_no_records(scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(b"oom_kill %d\nlow 0\n" % number for number in range(15))
    monkeypatch.setattr(blocks, "LOOK_AHEAD_BYTES", 100)
    monkeypatch.setattr(blocks, "LOOK_BACK_BYTES", 50)
    whole, _, _ = read(data, "cgroup", scanner, 2**22)
    mine = [hit for hit in whole.hits if scanner.signals[hit.signal].name == "plain"]
    assert [hit.captures["n"] for hit in mine] == [str(number) for number in range(15)]
    for size in (1, 10, 333):
        part, _, _ = read(data, "cgroup", scanner, size)
        assert told(part) == told(whole), size


def test_requests_do_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LOOK_AHEAD_BYTES", 100)
    data = (DATA / "requests.log").read_bytes()
    form = HttpLogFormat()
    found = []
    for size in (50, 700, 2**22):
        requests = Requests(form)
        for block in BlockReader(io.BytesIO(data), form, size):
            requests.read(block)
        found.append(requests.rows)
    assert len(found[0]) == data.count(b" ms ")
    assert found[0] == found[1] == found[2]


def naive_silences(data: bytes) -> list[tuple[int, int, int]]:
    """(from, to, line of the record after it), from all headers."""
    stamps = stamps_of(data)
    return [
        (before, after, line)
        for (_, before), (line, after) in pairwise(stamps)
        if after - before > THRESHOLD_MS
    ]


@pytest.mark.parametrize("name", ("oom_train.log", "suspects_debug.log", "peer_killed_stdout.log"))
def test_silences_of_real_logs_are_those_of_all_headers(name: str, scanner: Scanner) -> None:
    data = (DATA / name).read_bytes()
    stamps = [stamp for _, stamp in stamps_of(data)]
    assert stamps == sorted(stamps)
    scan, _, _ = read(data, "h2o_log", scanner, 2**22)
    assert [(s.from_ms, s.to_ms, s.line) for s in scan.silences] == naive_silences(data)
    assert (scan.first_stamp, scan.last_stamp) == (stamps[0], stamps[-1])


STEPS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 900, 9_999, 10_000, 10_001, 11_000, 80_000)),
        st.one_of(st.integers(0, 3), st.sampled_from((0, 0, 0, 30, 300))),
    ),
    max_size=60,
)


@settings(max_examples=120)
@given(steps=STEPS, size=st.integers(1, 20_000), stride=st.sampled_from((64, 1000, 65_536)))
def test_silences_are_those_of_all_headers(
    steps: list[tuple[int, int]], size: int, stride: int
) -> None:
    now, parts = 21_686_000, [b"before the first record\n"]
    for step, lines in steps:
        now += step
        clock = b"%02d:%02d:%02d.%03d" % (
            now // 3_600_000,
            now // 60_000 % 60,
            now // 1000 % 60,
            now % 1000,
        )
        head = b"11-22 %s 127.0.0.1:54321       12528        main  INFO water.default: text" % clock
        parts.append(b"\n".join([head, *[b"continued"] * lines]) + b"\n")
    data = b"".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "LOOK_AHEAD_BYTES", 200)
        patch.setattr("h2o_forensics.engine.silence.STRIDE_BYTES", stride)
        scan, _, _ = read(data, "h2o_log", Scanner(BUILTIN_SIGNALS, 1), size)
    wanted = naive_silences(data)
    assert [(s.from_ms, s.to_ms, s.line) for s in scan.silences] == wanted
    assert scan.quiet_ms == sum(end - begin for begin, end, _ in wanted)
    stamps = stamps_of(data)
    if stamps:
        assert (scan.first_record_line, scan.first_stamp) == stamps[0]
        assert (scan.last_record_line, scan.last_stamp) == stamps[-1]
