"""The engine finds what a naive reading finds: no more, no less, wherever blocks are cut."""

import io
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from h2o_forensics import literals
from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.model.rule import RuleBook, Signal
from h2o_forensics.model.scan import Scan
from h2o_forensics.readers import blocks
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.h2o_log import H2OLogFormat
from h2o_forensics.rulebook import load_rulebook
from tests.properties.oracle import Found, expect

DATA = Path(__file__).resolve().parents[1] / "data"
LOGS = (
    "oom_train.log",
    "custom_metric.log",
    "import_pattern.log",
    "suspects_debug.log",
    "peer_killed_stdout.log",
    "heap_full_stderr.log",
)


def signal(name: str, anchor: str, pattern: str | None = None, **rest: object) -> Signal:
    return Signal(rule_id="T", name=name, anchor=anchor, pattern=pattern, **rest)  # type: ignore[arg-type]


SIGNALS = (
    signal("begins", "OOM: "),
    signal("overlaps", "OOM: OOM", r"OOM: OOM, \(K/V:(?P<kv>[^ ]+)"),
    signal("within", "OM: O", r"^(?P<start>\w*)OM: O"),
    signal("in_line", "Got IO", r"^Got IO error (?P<what>[^\n]*)$"),
    signal("across", "Got IO", r"^Got IO error[^\n]*\n(?P<cls>[\w.]+)"),
    signal("either", "IO", r"^(?:Got IO|IO lost) (?P<rest>.*)"),
    signal("last", "Caused by", r"Caused by: (?P<cls>[\w.$]+)(?:: (?P<msg>.*))?\Z"),
    signal("grave", "OOM", "OOM", levels=("ERROR", "FATAL")),
    signal("logged", "OOM", "OOM", logger="water.default"),
    signal("threaded", "Got IO", "Got IO", thread=r"\.?(?P<tail>[\d.]+:\d+)"),
    signal(
        "table", "Summary:", r"^Summary: *\n(?P<rows>(?:[^\n]*\n)*?total\b[^\n]*)", lines_after=5
    ),
    signal("bare", "Terminating due to", raw=True),
    signal("bare_pattern", "thrown from", r"^Exception: (?P<cls>\S+) thrown from", raw=True),
    signal("bare_next", "Caused by", r"^Caused by: (?P<cls>\S+)\n(?P<frame>\tat \S+)$", raw=True),
    signal("bare_grave", "at water.", r"at water\.(?P<where>\S+)$", raw=True, levels=("ERROR",)),
    signal("unicode", "Größe", r"Größe (?P<size>\d+)$"),
)


def scanned(data: bytes, signals: tuple[Signal, ...], size: int, threads: int) -> Scan:
    form = H2OLogFormat()
    return Scanner(signals, threads).scan(BlockReader(io.BytesIO(data), form, size), form)


def found_by(scan: Scan, data: bytes, signals: tuple[Signal, ...]) -> tuple[set[Found], set[str]]:
    """What was found, and the signals of which rows were folded into weights."""
    found, folded = set(), set()
    for hit in scan.hits:
        at = hit.offset if hit.raw and signals[hit.signal].raw else hit.record_at
        line = data.count(b"\n", 0, at) + 1
        assert hit.line == data.count(b"\n", 0, hit.offset) + 1
        assert (signals[hit.signal].anchor or "") in hit.text
        for alike in scan.alike[hit.signal]:
            name = signals[alike].id
            found.add(Found(name, line, json.dumps(hit.captures)))
            if hit.weight > 1:
                folded.add(name)
    return found, folded


def check(data: bytes, signals: tuple[Signal, ...], size: int, threads: int) -> None:
    signals = tuple(replace(one, where=None) for one in signals)  # filters have tests of their own
    scan = scanned(data, signals, size, threads)
    wanted = expect(data, signals)
    found, folded = found_by(scan, data, signals)
    whole = {one for one in wanted if one.signal not in folded}
    assert {one for one in found if one.signal not in folded} == whole
    assert found <= wanted
    counts = Counter[str]()
    for hit in scan.hits:
        for alike in scan.alike[hit.signal]:
            counts[signals[alike].id] += hit.weight
    assert counts == Counter(one.signal for one in wanted)


@pytest.fixture(scope="module")
def rulebook() -> RuleBook:
    return load_rulebook()


@pytest.fixture(params=("hyperscan", "plain"))
def prefilter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With hyperscan and without it."""
    monkeypatch.setattr(literals, "HAS_HYPERSCAN", request.param == "hyperscan")
    return str(request.param)


@pytest.mark.usefixtures("prefilter")
@pytest.mark.parametrize("threads", (1, 2))
@pytest.mark.parametrize("name", LOGS)
def test_real_logs(
    name: str, threads: int, rulebook: RuleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LOOK_AHEAD_BYTES", 16 * 1024)
    data = (DATA / name).read_bytes()
    for signals in (SIGNALS, rulebook.signals):
        for size in (700, 9_000, 4 * 2**20):
            check(data, signals, size, threads)


@pytest.mark.usefixtures("prefilter")
def test_real_log_with_windows_line_ends(
    rulebook: RuleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LOOK_AHEAD_BYTES", 16 * 1024)
    for name in LOGS:
        data = (DATA / name).read_bytes().replace(b"\n", b"\r\n")
        check(data, (*SIGNALS, *rulebook.signals), 3_000, 2)


def test_real_log_larger_than_the_look_ahead(rulebook: RuleBook) -> None:
    data = b"".join((DATA / name).read_bytes() for name in LOGS)
    assert len(data) > 2 * blocks.LOOK_AHEAD_BYTES
    check(data, (*SIGNALS, *rulebook.signals), 5_000, 2)


MESSAGES = st.sampled_from((
    b"OOM: OOM, (K/V:91.1 MB + POJO:29.3 MB",
    b"Swapping!  OOM: OOM, (K/V:1 MB",
    b"OOM: OOM: OOM, (K/V:2",
    b"Got IO error when sending a batch of bytes: ",
    b"IO lost and found, IO IO",
    b"",
    b" ",
    b"Summary:",
    b"total 3",
    b"a total of 9",
    "Die Größe 15".encode(),
    "Größe 1\N{LINE SEPARATOR}2".encode(),
    b"Gr\xf6\xc3\x9fe \xff\xfe OOM",
    b"Exiting.",
    b"xOM: Ox",
    b"\x00 nul",
))  # fmt: skip
CONTINUED = st.sampled_from((
    b"java.net.ConnectException: Connection refused",
    b"Caused by: java.io.IOException: Broken pipe",
    b"Caused by: java.lang.OutOfMemoryError",
    b"\tat water.MRTask.getResult(MRTask.java:660)",
    b"\tat water.parser.ParseDataset",
    b"Terminating due to java.lang.OutOfMemoryError: Java heap space",
    b"Exception: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler",
    b"",
    b"Got IO error in a quoted text",
    b"total of all",
    b"11-22 but no header OOM: OOM, (K/V:3",
    b"11-45 06:00:00.000 1.2.3.4:5 6 main INFO a.b: no such day",
    b"\xe2\x28\xa1 OOM: ",
))  # fmt: skip
HEADS = st.tuples(
    st.sampled_from((b"127.0.0.1:54321      ", b"10.0.0.3:5 ", b"[::1]:54321          ")),
    st.sampled_from((b"12528 ", b"#3456 ")),
    st.sampled_from((b"      main", b"ion Thread", b".0.1:54323", b"    FJ-1-3")),
    st.sampled_from((b" INFO", b" WARN", b"ERROR", b"FATAL", b"DEBUG")),
    st.sampled_from((b"water.default", b"hex.tree.SharedTree")),
)


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """One record, or some lines without a header."""
    lines = draw(st.lists(CONTINUED, max_size=4))
    if draw(st.integers(0, 9)):
        seconds = draw(st.integers(0, 59))
        node, pid, thread, level, logger = draw(HEADS)
        stamp = b"11-22 06:01:%02d.386" % seconds
        head = b"%s %s %s %s %s %s: " % (stamp, node, pid, thread, level, logger)
        lines.insert(0, head + draw(MESSAGES))
    return b"".join(line + b"\n" for line in lines)


TEXTS = st.lists(records(), max_size=40).map(b"".join)


@settings(max_examples=150)
@given(
    text=TEXTS,
    size=st.integers(1, 3000),
    threads=st.integers(1, 2),
    ended=st.booleans(),
    windows=st.booleans(),
    plain=st.booleans(),
)
def test_made_up_records(
    text: bytes, size: int, threads: int, *, ended: bool, windows: bool, plain: bool
) -> None:
    text = text if ended else text[:-1]
    text = text.replace(b"\n", b"\r\n") if windows else text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "LOOK_AHEAD_BYTES", 1024)
        patch.setattr(literals, "HAS_HYPERSCAN", not plain)
        check(text, SIGNALS, size, threads)


def test_an_anchor_at_every_place_of_a_block_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LOOK_AHEAD_BYTES", 512)
    head = b"11-22 06:01:46.386 127.0.0.1:54321       12528        main ERROR water.default: "
    body = (
        head
        + b"Got IO error x\njava.net.ConnectException: refused\n"
        + head
        + b"OOM: OOM, (K/V:1\n"
    )
    text = body * 20
    for size in range(1, 400, 7):
        check(text, SIGNALS, size, 1)
