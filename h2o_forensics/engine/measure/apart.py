"""Runs measures of further packs in a child process; a new one only after one ended early."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from time import monotonic

import msgspec
import polars as pl

from h2o_forensics.engine.measure.wire import MAX_BYTES, MAX_SECONDS, Answer, Request
from h2o_forensics.model.rule import Measure

MAX_FAILURES = 3
"""Children that may end early; then the measures that are left do not run."""
START_SECONDS = 20.0
MAX_TOTAL_SECONDS = 60.0
_MODULE = "h2o_forensics.engine.measure.child"
_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR", "TEMP")
_TIMED_OUT = {-getattr(signal, name) for name in ("SIGALRM", "SIGXCPU") if hasattr(signal, name)}


def run_apart(measures: Sequence[Measure], tables: Mapping[str, pl.DataFrame]) -> list[Answer]:
    """One answer for each measure, in order; what a child did not survive is a fault.

    Args:
        measures: of packs that are not ours, at least one.
        tables: evidence tables by name.
    """
    answers: list[Answer] = []
    began = monotonic()
    failures = 0
    while len(answers) < len(measures):
        left = measures[len(answers) :]
        if failures >= MAX_FAILURES or monotonic() - began > MAX_TOTAL_SECONDS:
            why = "it was not run: too many measures of further packs failed before it"
            answers += [Answer(fault=why)] * len(left)
            break
        found, why = _session(left, tables)
        answers += found
        if len(found) < len(left):
            failures += 1
            answers.append(Answer(fault=why))
    return answers


def _session(
    measures: Sequence[Measure], tables: Mapping[str, pl.DataFrame]
) -> tuple[list[Answer], str]:
    """Answers of one child, in order, and why there are no more of them."""
    request = _request(measures, tables)
    try:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-B", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
    except OSError as error:
        return [], f"its process could not be started: {error.strerror}"
    late = False
    with child:
        try:
            out, _err = child.communicate(request, START_SECONDS + MAX_SECONDS * len(measures))
        except subprocess.TimeoutExpired:
            late = True
            child.kill()
            out, _err = child.communicate()
    answers = _answers(out)
    if not answers:
        return [], "its process did not start"
    if late or child.returncode in _TIMED_OUT:
        return answers[1:], f"it took longer than {MAX_SECONDS} s"
    return answers[1:], f"it needed more than {MAX_BYTES // 2**20} MB, or ended its process"


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
