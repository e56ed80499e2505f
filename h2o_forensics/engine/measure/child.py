"""The process that runs measures of further packs: `python -m h2o_forensics.engine.measure.child`.

Reads one request from stdin: a line of JSON (`Request`), then the tables as Arrow IPC; answers with
one line of JSON per measure.  Before the first measure it gives up what it does not need: memory
above what it holds, CPU time, opening files or sockets, writing files.  A measure that takes too
long ends the process.
"""

import sys
from io import BytesIO
from typing import BinaryIO

import msgspec
import polars as pl

from h2o_forensics.engine.measure.run import MAX_SECONDS, MeasureError, run_measure
from h2o_forensics.engine.measure.wire import MAX_BYTES, Answer, Request

if sys.platform != "win32":  # no such limits there: only the parent's clock ends it
    import resource
    import signal


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer the one request there is."""
    request = msgspec.json.decode(source.readline(), type=Request)
    tables = {name: pl.read_ipc(BytesIO(source.read(size))) for name, size in request.tables}
    _warm_up()
    _limit()
    _send(sink, Answer())
    for measure in request.measures:
        _limit_time()
        try:
            answer = Answer(rows=tuple(run_measure(measure, tables)))
        except MeasureError as error:
            answer = Answer(fault=str(error))
        _send(sink, answer)


def _send(sink: BinaryIO, answer: Answer) -> None:
    sink.write(msgspec.json.encode(answer) + b"\n")
    sink.flush()


def _warm_up() -> None:
    """Have all threads and modules there before nothing more can be opened."""
    frame = pl.DataFrame({"a": [1, 2, 2], "b": ["x", "y", "y"]})
    with pl.SQLContext(frames={"t": frame}, register_globals=False, eager=False) as context:
        sql = "SELECT t.a, COUNT(*) AS n FROM t JOIN t AS u ON t.a = u.a GROUP BY t.a ORDER BY n"
        context.execute(sql).collect(engine="in-memory").to_dicts()


def _limit() -> None:
    if sys.platform == "win32":
        return
    # Not one file or socket more: 0, 1 and 2 are taken.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = _held_bytes()
    if held is not None:
        resource.setrlimit(resource.RLIMIT_AS, (held + MAX_BYTES, held + MAX_BYTES))


def _held_bytes() -> int | None:
    """Address space in use; None where the system does not say (then memory is not limited)."""
    try:
        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 - the shortest way to it
            return int(stream.read().split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return None


def _limit_time() -> None:
    """End the process `MAX_SECONDS` from now: SIGALRM's default action stops native code, too."""
    if sys.platform == "win32":
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(usage.ru_utime + usage.ru_stime) + MAX_SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
