import io
from collections.abc import Iterator

import pytest

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.model.record import Header
from h2o_forensics.model.rule import Signal
from h2o_forensics.model.scan import Block
from h2o_forensics.readers import blocks
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.h2o_log import H2OLogFormat

LINE = b"11-22 %02d:%02d:46.386 127.0.0.1:54321     12528    main ERROR water.default: OOM %d\n"
OOM = Signal(rule_id="T", name="oom", anchor="OOM", pattern=r"^OOM (?P<n>\d+)")


@pytest.mark.parametrize("threads", (1, 2, 4))
def test_results_are_in_the_order_of_the_file(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LOOK_AHEAD_BYTES", 500)
    data = b"".join(LINE % (n // 10 // 60, n // 10 % 60, n) for n in range(1200))
    form = H2OLogFormat()
    scan = Scanner((OOM,), threads).scan(BlockReader(io.BytesIO(data), form, 700), form)
    assert [hit.captures["n"] for hit in scan.hits] == [str(number) for number in range(1200)]
    assert [hit.line for hit in scan.hits] == list(range(1, 1201))
    assert (scan.lines, scan.bytes) == (1200, len(data))


@pytest.mark.parametrize("threads", (1, 2))
def test_blocks_are_read_a_few_ahead(threads: int) -> None:
    read: list[int] = []
    ahead: list[int] = []
    scanned = 0

    class Slow(H2OLogFormat):
        def header(self, buffer: bytes, at: int) -> Header | None:
            nonlocal scanned
            scanned = max(scanned, int(buffer.split(b"OOM ")[1]))
            return super().header(buffer, at)

    def stream() -> Iterator[Block]:
        for number in range(1, 60):
            read.append(number)
            ahead.append(number - scanned)
            data = LINE % (6, 1, number)
            yield Block(data, 0, len(data))

    scan = Scanner((OOM,), threads).scan(stream(), Slow())
    assert (scan.lines, scanned, len(read)) == (59, 59, 59)
    assert max(ahead) <= 8


@pytest.mark.parametrize("threads", (1, 2))
def test_an_error_while_reading_is_raised(threads: int) -> None:
    def stream() -> Iterator[Block]:
        yield Block(LINE % (6, 1, 1), 0, len(LINE) - 6)
        yield Block(LINE % (6, 1, 2), 0, len(LINE) - 6)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Scanner((OOM,), threads).scan(stream(), H2OLogFormat())


def test_no_blocks() -> None:
    assert Scanner((OOM,)).scan([], H2OLogFormat()).lines == 0


def test_signals_are_compiled_once_a_kind() -> None:
    scanner = Scanner((OOM,))
    assert scanner.matcher("h2o_log") is scanner.matcher("h2o_log")
    assert scanner.matcher("gc_log").probes == []
