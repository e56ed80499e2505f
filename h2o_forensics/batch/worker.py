"""The process that works on runs: `python -m h2o_forensics.batch.worker ENTRY`.

Tasks come in by stdin, outcomes go out by what was stdout; whatever else is printed goes to
stderr.  It ends as soon as nobody holds the other end of stdin, also in the middle of its work.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from h2o_forensics.batch.frames import (
    Answer,
    BadFrameError,
    Job,
    Message,
    Noted,
    Ready,
    read_message,
    write_message,
)
from h2o_forensics.batch.guard import NOTE, guarded
from h2o_forensics.model.catalog import RunOutcome, RunProblem, RunTask

Entry = Callable[[RunTask], RunOutcome]

_GONE = 3
"""Exit code where the parent is gone; nobody sees it."""
_OOM_SCORE = Path("/proc/self/oom_score_adj")
_KILL_ME_FIRST = b"500"


def main(name: str) -> None:
    """Work until stdin ends.

    Args:
        name: `module:function` that is called with each task.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    source, sink = _own_pipes()
    faulthandler.enable()
    with suppress(OSError):  # short of memory, the system shall end this process, not the parent
        _OOM_SCORE.write_bytes(_KILL_ME_FIRST)
    jobs: SimpleQueue[Job] = SimpleQueue()
    threading.Thread(target=_listen, args=(source, jobs), daemon=True).start()
    entry = load_entry(name)
    NOTE.set(lambda run: _tell(sink, Noted(run)))
    _tell(sink, Ready())
    while True:
        job = jobs.get()
        if job.limit_s is not None:
            faulthandler.dump_traceback_later(job.limit_s, exit=True)
        outcome = _done(entry, job.task)
        faulthandler.cancel_dump_traceback_later()
        _answer(sink, job.task, outcome)


def load_entry(name: str) -> Entry:
    """The function behind `module:function`."""
    module, _, function = name.partition(":")
    entry: Entry = getattr(importlib.import_module(module), function)
    return entry


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The parent's pipes, where nothing that is printed or read by others gets between."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def _listen(source: IO[bytes], jobs: SimpleQueue[Job]) -> None:
    """Take tasks in, at any time, so that the parent's end is noticed at any time."""
    with suppress(OSError, BadFrameError):
        while isinstance(job := read_message(source), Job):
            jobs.put(job)
    os._exit(0)


def _done(entry: Entry, task: RunTask) -> RunOutcome:
    outcome: object = guarded(lambda: entry(task))
    if isinstance(outcome, RunOutcome):
        return outcome
    if not isinstance(outcome, RunProblem):
        outcome = RunProblem("fault", f"the worker's function gave {type(outcome).__name__}")
    return _failed(task, outcome)


def _failed(task: RunTask, problem: RunProblem) -> RunOutcome:
    return RunOutcome(task.kind, task.run.location, status="failed", problem=problem)


def _answer(sink: IO[bytes], task: RunTask, outcome: RunOutcome) -> None:
    try:
        _tell(sink, Answer(outcome))
    except (TypeError, ValueError, OverflowError) as error:
        problem = RunProblem("fault", f"its outcome cannot be told: {error}")
        _tell(sink, Answer(_failed(task, problem)))


def _tell(sink: IO[bytes], message: Message) -> None:
    try:
        write_message(sink, message)
    except OSError:  # nobody listens any more
        os._exit(_GONE)


if __name__ == "__main__":
    main(sys.argv[1])
