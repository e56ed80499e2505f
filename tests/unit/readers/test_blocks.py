import io

from h2o_forensics.model.record import Header
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.process_log import ProcessLogFormat


def test_runs_of_line_ends_are_not_asked_about() -> None:
    asked = 0

    class Counted(ProcessLogFormat):
        def header(self, buffer: bytes, at: int) -> Header | None:
            nonlocal asked
            asked += 1
            return super().header(buffer, at)

    line = b"11-22 06:00:01.123 127.0.0.1:54321       12528        main  INFO water.default: x\n"
    data = line + b"\n" * 3_000_000 + line
    blocks = list(BlockReader(io.BytesIO(data), Counted()))
    assert b"".join(block.data[: block.size] for block in blocks) == data
    assert asked < 20
