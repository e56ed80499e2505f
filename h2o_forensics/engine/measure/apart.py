"""Runs measures of further packs in a child process; a new one only after one ended early."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import IO

import msgspec
import polars as pl

from h2o_forensics.engine.measure.run import MAX_SECONDS
from h2o_forensics.engine.measure.wire import MAX_BYTES, Answer, Request
from h2o_forensics.model.rule import Measure

MAX_FAILURES = 3
"""Children that may end early; then the measures that are left do not run."""
START_SECONDS = 20.0
MAX_TOTAL_SECONDS = 60.0
MAX_TOTAL_BYTES = 64 * 2**20
"""Of answers, as JSON."""
_POLL_SECONDS = 0.1
_PIECE = 64 * 2**10
_MODULE = "h2o_forensics.engine.measure.child"
_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR", "TEMP")
_TIMED_OUT = {-getattr(signal, name) for name in ("SIGALRM", "SIGXCPU") if hasattr(signal, name)}


def run_apart(
    measures: Sequence[Measure],
    tables: Mapping[str, pl.DataFrame],
    stop: Callable[[], str | None] | None = None,
) -> list[Answer]:
    """One answer for each measure, in order; what a child did not survive is a fault.

    Args:
        measures: of packs that are not ours, at least one.
        tables: evidence tables by name.
        stop: asked again and again: None, or why no more may be run.
    """
    answers: list[Answer] = []
    room = Room(monotonic() + MAX_TOTAL_SECONDS, MAX_TOTAL_BYTES, stop)
    failures = 0
    while len(answers) < len(measures):
        left = measures[len(answers) :]
        ended = room.ended()
        if failures >= MAX_FAILURES:
            ended = "too many measures of further packs failed before it"
        if ended is not None:
            answers += [Answer(fault=f"it was not run: {ended}")] * len(left)
            break
        found, why = _session(left, tables, room)
        answers += found
        if len(found) < len(left):
            failures += 1
            answers.append(Answer(fault=why))
    return answers


class Room:
    """What all children together may still take."""

    def __init__(
        self, deadline: float, most: int, stop: Callable[[], str | None] | None = None
    ) -> None:
        self._deadline = deadline
        self._stop = stop
        self.left = most
        """Bytes that may still be read from children."""

    def ended(self) -> str | None:
        """Why no more may be run, in words; None: it may."""
        if self._stop is not None and (reason := self._stop()) is not None:
            return reason
        if monotonic() > self._deadline:
            return f"measures of further packs may take {MAX_TOTAL_SECONDS:g} s in all"
        if self.left <= 0:
            return f"measures of further packs may return {MAX_TOTAL_BYTES // 2**20} MB in all"
        return None


def _session(
    measures: Sequence[Measure], tables: Mapping[str, pl.DataFrame], room: Room
) -> tuple[list[Answer], str]:
    """Answers of one child, in order, and why there are no more of them."""
    try:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-B", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the parent, which ends it
        )
    except OSError as error:
        return [], f"its process could not be started: {error.strerror}"
    with child:
        out, ended = _talk(child, _request(measures, tables), room, len(measures))
    answers = _answers(out)
    if ended is not None:
        return answers[1:], ended
    if not answers:
        return [], "its process did not start"
    if child.returncode in _TIMED_OUT:
        return answers[1:], f"it took longer than {MAX_SECONDS} s"
    return answers[1:], f"it needed more than {MAX_BYTES // 2**20} MB, or ended its process"


def _talk(
    child: subprocess.Popen[bytes], request: bytes, room: Room, count: int
) -> tuple[bytes, str | None]:
    """What a child says, and why it was ended before it did."""
    assert child.stdin is not None  # noqa: S101 - pipes, as asked for
    assert child.stdout is not None  # noqa: S101
    said: list[bytes] = []
    threads = (
        Thread(target=_feed, args=(child.stdin, request)),
        Thread(target=_drain, args=(child.stdout, said, room)),
    )
    for thread in threads:
        thread.start()
    late = monotonic() + START_SECONDS + MAX_SECONDS * count
    ended = None
    while ended is None:
        threads[1].join(_POLL_SECONDS)
        if not threads[1].is_alive() and room.left > 0:
            break  # it closed its end
        ended = room.ended()
        if ended is None and monotonic() > late:
            ended = f"it took longer than {MAX_SECONDS} s"
    child.kill()
    for thread in threads:
        thread.join()
    child.wait()
    return b"".join(said), ended


def _feed(sink: IO[bytes], request: bytes) -> None:
    with suppress(OSError), sink:  # it may be gone before it read all
        sink.write(request)


def _drain(source: IO[bytes], said: list[bytes], room: Room) -> None:
    while room.left > 0 and (piece := os.read(source.fileno(), _PIECE)):
        said.append(piece)
        room.left -= len(piece)


def _request(measures: Sequence[Measure], tables: Mapping[str, pl.DataFrame]) -> bytes:
    named = {name for measure in measures for step in measure.steps for name in step.tables}
    packed = {name: _ipc(tables[name]) for name in sorted(named & set(tables))}
    sizes = tuple((name, len(data)) for name, data in packed.items())
    header = msgspec.json.encode(Request(tuple(measures), sizes))
    return b"".join([header, b"\n", *packed.values()])


def _ipc(table: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    table.write_ipc(buffer)
    return buffer.getvalue()


def _answers(out: bytes) -> list[Answer]:
    """Every whole line the child wrote, up to the first that is no answer."""
    answers = []
    for line in out.split(b"\n")[:-1]:
        try:
            answers.append(msgspec.json.decode(line, type=Answer))
        except msgspec.DecodeError:
            break
    return answers


def _environment() -> dict[str, str]:
    """Nothing of the user's: only where the modules are, which the current directory is not."""
    paths = [entry for entry in sys.path if entry and Path(entry).is_absolute()]
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "POLARS_MAX_THREADS": "1"}
