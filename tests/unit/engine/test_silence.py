import pytest

from h2o_forensics.engine import silence
from h2o_forensics.engine.merge import empty_scan
from h2o_forensics.engine.silence import find_silences
from h2o_forensics.model.record import Header
from h2o_forensics.model.scan import Block, Scan
from h2o_forensics.readers.h2o_log import H2OLogFormat


def record(second: float, lines: int = 0, level: str = "INFO") -> bytes:
    minutes, rest = divmod(second, 60)
    stamp = f"11-22 06:{int(minutes):02d}:{int(rest):02d}.{round(rest * 1000) % 1000:03d}"
    text = (
        f"{stamp} 127.0.0.1:54321       12528        main {level:>5} water.default: at {second}\n"
    )
    return text.encode() + b"continued\n" * lines


def found_in(data: bytes, size: int | None = None) -> Scan:
    out = empty_scan()
    out.lines = len(data[: size or len(data)].splitlines())
    find_silences(Block(data, 0, len(data) if size is None else size), H2OLogFormat(), out)
    return out


@pytest.mark.parametrize(("second", "silences"), ((9.999, 0), (10.0, 0), (10.001, 1), (80.0, 1)))
def test_the_threshold(second: float, silences: int) -> None:
    assert len(found_in(record(0) + record(second)).silences) == silences


def test_where_a_silence_is() -> None:
    out = found_in(record(0) + record(5, 3) + record(65) + record(66))
    (hole,) = out.silences
    assert (hole.to_ms - hole.from_ms, hole.line, hole.text[-4:]) == (60_000, 6, "at 5")
    assert (out.quiet_ms, out.first_record_line, out.last_record_line) == (60_000, 1, 7)
    assert out.last_record_text.endswith("at 66")


def test_context_after_the_block_is_not_its_own() -> None:
    block = record(0) + record(1)
    out = found_in(block + record(500), len(block))
    assert out.silences == []
    assert out.last_record_text.endswith("at 1")


def test_a_long_record_without_a_newline_in_it() -> None:
    data = record(0) + record(1).rstrip(b"\n") + b"x" * 300_000 + b"\n" + record(30)
    (hole,) = found_in(data).silences
    assert hole.to_ms - hole.from_ms == 29_000


def test_most_records_at_one_end_of_a_stride(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    class Counting(H2OLogFormat):
        def header(self, buffer: bytes, at: int) -> Header | None:
            nonlocal calls
            calls += 1
            return super().header(buffer, at)

    monkeypatch.setattr(silence, "STRIDE_BYTES", 2**24)
    data = b"".join(record(n / 10) for n in range(500)) + b"continued\n" * 20_000 + record(100)
    out = empty_scan()
    find_silences(Block(data, 0, len(data)), Counting(), out)
    assert [hole.to_ms - hole.from_ms for hole in out.silences] == [50_100]
    assert calls < 200_000  # a few readings of each line, not one for each pair of records


def test_very_many_silences_keep_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(record(20 * n + (300 if n > 90 else 0)) for n in range(150))
    count = len(found_in(data).silences)
    assert count == 149
    monkeypatch.setattr(silence, "KEPT_PER_BLOCK", 5)
    out = found_in(data)
    assert len(out.silences) == 5
    assert max(hole.to_ms - hole.from_ms for hole in out.silences) == 320_000
    assert out.quiet_ms == 148 * 20_000 + 320_000


def test_levels_and_nodes_are_sampled() -> None:
    out = found_in(record(0, level="DEBUG") + record(1, level="WARN"))
    assert out.levels == {"DEBUG"}
    assert out.nodes == {"127.0.0.1:54321": 1}


@pytest.mark.parametrize("data", (b"", b"no record\n", b"\n\n", b"x"))
def test_no_records(data: bytes) -> None:
    out = found_in(data)
    assert (out.first_stamp, out.last_stamp, out.silences) == (None, None, [])


def stamped(stamp: str, node: str = "127.0.0.1:54321") -> bytes:
    return f"{stamp} {node:<22}12528        main  INFO water.default: text\n".encode()


def test_where_stamps_go_back() -> None:
    data = stamped("10-25 02:10:00.000") * 900 + stamped("10-25 02:59:59.000")
    data += stamped("10-25 02:00:01.000") + b"continued\n" + stamped("10-25 03:00:00.000") * 900
    (jump,) = found_in(data).jumps
    assert (jump.from_ms - jump.to_ms, jump.line, jump.node) == (3_598_000, 902, "127.0.0.1:54321")
    assert jump.text.startswith("10-25 02:59:59.000")


@pytest.mark.parametrize("second", ("10-25 02:59:57.000", "10-25 02:50:00.000"))
def test_records_out_of_order_are_no_jump(second: str) -> None:
    assert not found_in(stamped("10-25 02:59:59.000") + stamped(second)).jumps


def test_nodes_that_write_in_turn_each_have_their_clock() -> None:
    turn = stamped("10-25 07:00:00.000") + stamped("10-25 02:00:00.000", "127.0.0.1:54323")
    assert not found_in(turn * 3).jumps


@pytest.mark.parametrize("filler", (b"\n", b"\r\n", b"word\n"))
def test_lines_that_begin_as_no_header_are_not_asked_about(filler: bytes) -> None:
    asked = 0

    class Counted(H2OLogFormat):
        def header(self, buffer: bytes, at: int) -> Header | None:
            nonlocal asked
            asked += 1
            return super().header(buffer, at)

    line = b"11-22 06:00:%02d.123 127.0.0.1:54321       12528        main  INFO water.default: x\n"
    data = line % 1 + filler * 300_000 + line % 59
    out = empty_scan()
    out.lines = data.count(b"\n")
    find_silences(Block(data, 0, len(data)), Counted(), out)
    assert out.quiet_ms == 58_000
    assert asked < 200
