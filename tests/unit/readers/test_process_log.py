"""Lines of Spark, Hadoop and the like, beside those of H2O in the same file."""

import pytest

from h2o_forensics.readers.h2o_log import H2OLogFormat, minute_of_year
from h2o_forensics.readers.process_log import ProcessLogFormat

H2O_LINE = b"11-22 07:22:19.000 10.0.0.1:54321   4242   (TID 491)  INFO ai.h2o.X: text"
STAMP = (minute_of_year(b"11-22 07:22") or 0) * 60_000 + 19_000


@pytest.mark.parametrize(
    ("line", "level", "thread", "logger", "millis"),
    (
        (b"26/11/22 07:22:19 WARN InternalH2OBackend: text", "WARN", "", "InternalH2OBackend", 0),
        (b"26/11/22 07:22:19 INFO mapreduce.Job: text", "INFO", "", "mapreduce.Job", 0),
        (b"2026-11-22T07:22:19,197 WARN  [main a] a.b.C: text", "WARN", "main a", "a.b.C", 197),
        (b"2026-11-22 07:22:19,197 ERROR a.b.C: text", "ERROR", "", "a.b.C", 197),
        (b"2026-11-22 07:22:19 WARN  C:72 - text", "WARN", "", "C", 0),
        (b"2026-11-22 07:22:19.197 [main] INFO  a.b.C - text", "INFO", "main", "a.b.C", 197),
    ),
)
def test_a_host_program_s_line(
    line: bytes, level: str, thread: str, logger: str, millis: int
) -> None:
    header = ProcessLogFormat().header(b"x\n" + line, 2)
    assert header is not None
    assert (header.level, header.thread, header.logger) == (level, thread, logger)
    assert header.stamp_ms == STAMP + millis
    assert header.node == ""
    assert (b"x\n" + line)[header.message_at :] == b"text"


def test_h2o_s_own_line_reads_as_ever() -> None:
    assert ProcessLogFormat().header(H2O_LINE, 0) == H2OLogFormat().header(H2O_LINE, 0)


@pytest.mark.parametrize(
    "line",
    (
        b"",
        b"26",
        b"\tat org.apache.spark.X.y(X.scala:7)",
        b"26/13/22 07:22:19 WARN X: no such month",
        b"26/02/29 07:22:19 WARN X: no such day",
        b"26/11/22 is a date",
        b"2026-11-22T05:54:06,887 127.0.0.1:54341  25610  4827909-19  INFO water.api.X: GET",
        b"2026-11-22T06:12:45.464+0000: 1.2: [GC pause (G1 Evacuation Pause) (young), 0.1 secs]",
    ),
)
def test_what_is_no_header(line: bytes) -> None:
    assert ProcessLogFormat().header(line, 0) is None


def test_the_year_is_kept_aside() -> None:
    assert ProcessLogFormat().local_year_first is None
    form = ProcessLogFormat()
    for text in (b"26/11/22 07:22:19", b"26/11/22 07:22:01", b"26/11/22 07:23:00"):
        form.header(text + b" INFO X: y", 0)
    assert form.local_year_first == 1_795_332_121_000
    assert form.local_year_last == 1_795_332_180_000
