import io
import time

import pytest

from h2o_forensics.engine.patience import BUDGET_S, GIVE_UP_AFTER, SHARE_S, Patience
from h2o_forensics.engine.probes import ROWS_PER_MINUTE, Probe
from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.model.rule import Signal
from h2o_forensics.model.scan import Scan
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.h2o_log import H2OLogFormat

HEAD = "11-22 06:01:46.386 127.0.0.1:54321       12528        main {level:>5} water.default: "


def log(*records: tuple[str, str]) -> bytes:
    return "".join(HEAD.format(level=level) + text + "\n" for level, text in records).encode()


def scan(data: bytes, *signals: Signal, threads: int = 1) -> Scan:
    form = H2OLogFormat()
    return Scanner(signals, threads).scan(BlockReader(io.BytesIO(data), form), form)


def signal(anchor: str, pattern: str | None = None, **rest: object) -> Signal:
    return Signal(rule_id="T", name="t", anchor=anchor, pattern=pattern, **rest)  # type: ignore[arg-type]


def test_a_pattern_is_searched_in_the_whole_record() -> None:
    data = log(
        ("ERROR", "\njava.io.IOException: x\n\tat a.b(C.java:1)\nCaused by: y"), ("INFO", "z")
    )
    found = scan(data, signal("Caused by", r"IOException: (?P<a>\w)[\s\S]*Caused by: (?P<b>\w)"))
    (hit,) = found.hits
    assert (hit.captures, hit.line, hit.record_at) == ({"a": "x", "b": "y"}, 4, 0)
    assert hit.raw
    assert hit.text == "Caused by: y"


def test_one_hit_a_record() -> None:
    data = log(("INFO", "OOM OOM\nOOM"), ("INFO", "OOM"))
    assert [hit.line for hit in scan(data, signal("OOM", "OOM")).hits] == [1, 3]


def test_without_a_pattern_the_message_begins_with_the_anchor() -> None:
    data = log(("INFO", "Exiting."), ("INFO", "not Exiting."), ("INFO", "x\nExiting."))
    assert [hit.line for hit in scan(data, signal("Exiting.")).hits] == [1]


@pytest.mark.parametrize(
    ("rest", "lines"),
    (
        ({}, [1, 2]),
        ({"levels": ("ERROR", "FATAL")}, [2]),
        ({"logger": "water.default"}, [1, 2]),
        ({"logger": "water"}, []),
        ({"thread": "mai."}, [1, 2]),
        ({"thread": "mai"}, []),
        ({"raw": True}, [3]),
        ({"raw": True, "levels": ("INFO",)}, []),
        ({"kinds": ("gc_log",)}, []),
        ({"kinds": ("console",)}, [1, 2]),
    ),
)
def test_what_a_signal_asks_of_the_header(rest: dict[str, object], lines: list[int]) -> None:
    data = log(("INFO", "OOM 1"), ("ERROR", "OOM 2")) + b"OOM 3\n"
    assert [hit.line for hit in scan(data, signal("OOM", "^OOM", **rest)).hits] == lines


def test_groups_of_the_thread_are_captures() -> None:
    (hit,) = scan(log(("INFO", "x")), signal("x", "(?P<a>x)", thread="(?P<t>m)ain")).hits
    assert hit.captures == {"a": "x", "t": "m"}


def test_lines_after_the_record_even_at_the_end_of_the_file() -> None:
    data = log(("INFO", "Table:"), ("INFO", "a 1"), ("INFO", "total 1")).removesuffix(b"\n")
    table = signal("Table:", r"^Table:\n(?P<rows>[\s\S]*?total \d)", lines_after=5)
    assert scan(data, table).hits[0].captures == {"rows": "a 1\ntotal 1"}


def test_levels_are_counted_even_where_nothing_matches() -> None:
    data = log(
        *[("WARN", "a")] * 3, ("ERROR", "x WARN y"), ("INFO", " WARN ERROR "), ("FATAL", "f")
    )
    found = scan(data)
    assert {level: count for (_, level), count in found.level_minutes.items()} == {
        "WARN": 3, "ERROR": 1, "FATAL": 1
    }  # fmt: skip


def test_shapes_differ_in_more_than_digits() -> None:
    data = log(
        ("WARN", "took 15 ms"), ("WARN", "took 9999 ms"), ("WARN", "took a while"), ("ERROR", "")
    )
    data += b"java.io.IOException: 5\n"
    shapes = {name: shape.count for name, shape in scan(data).shapes.items()}
    assert shapes == {
        "WARN water.default: took 0 ms": 2,
        "WARN water.default: took a while": 1,
        "ERROR water.default: java.io.IOException: 0": 1,
    }


def test_the_number_of_shapes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2o_forensics.engine.scan.MAX_SHAPES", 10)
    names = [chr(97 + n % 26) + chr(97 + n // 26) for n in range(200)]
    found = scan(log(*[("WARN", name) for name in names], ("WARN", names[0])))
    assert len(found.shapes) == 11
    assert sum(shape.count for shape in found.shapes.values()) == 201
    assert found.shapes[f"WARN water.default: {names[0]}"].count == 2


def test_a_slow_pattern_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2o_forensics.engine.probes.SEARCH_SECONDS", 0.01)
    slow = signal("aaa", r"^(?:a|a|aa)+$(?P<never>b)")
    data = log(*[("INFO", f"{'a' * 60}! {n}") for n in range(50_000)])
    assert len(data) > 2 * 2**20  # several blocks, one count
    begin = time.monotonic()
    found = scan(data, slow)
    assert found.timeouts == {0: GIVE_UP_AFTER}
    assert time.monotonic() - begin < 5


def test_searches_that_are_slow_together_use_up_one_budget() -> None:
    patience = Patience()
    assert not patience.spent(1, 0.001)
    assert not any(patience.spent(2, 0.25) for _ in range(int(BUDGET_S / 0.25)))
    assert patience.spent(2, 0.2)
    assert not patience.spent(2, 0.2), "told once"
    assert not patience.spent(3, SHARE_S / 2)
    assert patience.off == {2}
    assert patience.spent(3, SHARE_S)
    assert patience.off == {2, 3}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    (
        (r"^Got IO (?P<what>.*)$", True),
        (r"^Got IO[^\n]*x", True),
        (r"^Got IO (?:a|b)$", True),
        (r"Got IO|x", False),
        (r"(?:Got IO)?x", False),
        (r"(?:Got IO|x)y", False),
        (r"Got IO\s", False),
        (r"Got IO[^x]", False),
        (r"Got IO(?s:.)x", False),
        (r"(?<=a)Got IO", False),
        (r"Got IO\p{Cc}x", False),
        (r"Got IO[\x0a]x", False),
        (r"Got (?P<a>IO)", False),
    ),
)
def test_which_patterns_stay_in_the_line(pattern: str, *, expected: bool) -> None:
    assert Probe(0, signal("Got IO", pattern)).one_line is expected


def test_a_filter_sees_every_row_and_keeps_what_it_wants() -> None:
    data = log(*[("INFO", f"x {n}") for n in range(100)])
    assert len(scan(data, signal("x", "^x")).hits) == ROWS_PER_MINUTE
    (hit,) = scan(data, signal("x", r"^x (?P<n>\d+)", where="n = '99'")).hits
    assert (hit.captures, hit.weight) == ({"n": "99"}, 1)
    left = scan(data, signal("x", r"^x (?P<n>\d+)", where="node = 'a' OR n = '99'")).hits
    assert len(left) == ROWS_PER_MINUTE  # nodes are not settled yet: the filter waits


def test_nul_bytes_are_told() -> None:
    assert scan(log(("INFO", "x")) + b"\0\0\n").has_nul
    assert not scan(log(("INFO", "x"))).has_nul


def test_nothing_at_all() -> None:
    empty = scan(b"", signal("x"))
    assert (empty.lines, empty.bytes, empty.hits, empty.first_stamp) == (0, 0, [], None)
