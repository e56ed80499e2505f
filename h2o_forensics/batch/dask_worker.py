"""What a worker of a Dask cluster does for a scan: each run in a process of its own.

A run that crashes, hangs or takes too much takes no Dask worker with it.  The processes end with
their scan, with the Dask worker, and when nobody gave them anything to do for a minute.
"""

from __future__ import annotations

import importlib
import platform
from collections import deque
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics import __version__
from h2o_forensics.batch.memory import MIB, default_memory_mb
from h2o_forensics.batch.pool import Isolated
from h2o_forensics.model.catalog import RunOutcome, RunProblem, RunTask

if TYPE_CHECKING:
    from collections.abc import Iterator

IDLE_S = 60.0
"""A scan that was killed ends nothing; starting a process anew takes a second or two."""
_SHARE = 0.7
"""Of the memory that a Dask worker was given: itself needs some, too."""
_ENDED_SCANS = 1000


class _Processes:
    """Those of this Dask worker, by scan; from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._busy: dict[str, list[Isolated]] = {}
        self._free: dict[str, list[tuple[Isolated, Timer]]] = {}
        self._ended: deque[str] = deque(maxlen=_ENDED_SCANS)

    @contextmanager
    def one(self, scan: str, entry: str, memory_mb: int) -> Iterator[Isolated]:
        """Give one that nobody else has meanwhile.

        Raises:
            RuntimeError: the scan has ended.
        """
        with self._lock:
            if scan in self._ended:
                raise RuntimeError("the scan has ended")
            free = self._free.get(scan)
            process, timer = free.pop() if free else (Isolated(entry, memory_mb), None)
            self._busy.setdefault(scan, []).append(process)
        if timer is not None:
            timer.cancel()
        try:
            yield process
        finally:
            self._put_back(scan, process)

    def end(self, scan: str) -> None:
        """Kill all of a scan, whatever they are at; it gets no more."""
        with self._lock:
            self._ended.append(scan)
            free, busy = self._free.pop(scan, []), self._busy.pop(scan, [])
        for process, timer in free:
            timer.cancel()
            process.close()
        for process in busy:
            process.close()

    def _put_back(self, scan: str, process: Isolated) -> None:
        with self._lock:
            busy = self._busy.get(scan, [])
            if process not in busy:  # the scan ended meanwhile
                return
            busy.remove(process)
            timer = Timer(IDLE_S, self._idle, (scan, process))
            timer.daemon = True
            timer.start()
            self._free.setdefault(scan, []).append((process, timer))

    def _idle(self, scan: str, process: Isolated) -> None:
        with self._lock:
            free = self._free.get(scan, [])
            left = [one for one in free if one[0] is not process]
            if len(left) == len(free):
                return  # it was taken just now
            self._free[scan] = left
        process.close()


_PROCESSES = _Processes()


def run_on_worker(data: bytes, entry: str, memory_mb: int | None, version: str, scan: str) -> bytes:
    """Do one task in a process of its own.

    Args:
        data: the `RunTask`, as MessagePack.
        entry: what that process calls, as `module:function`.
        memory_mb: most memory it may take; None: its share of the Dask worker's.
        version: of this package where the scan was started.
        scan: which scan asks; `end_scan` ends what is done for it.

    Returns:
        The `RunOutcome`, as MessagePack.

    Raises:
        ImportError: another version of this package is here.
        RuntimeError: the scan has ended.
    """
    if version != __version__:
        raise ImportError(f"h2o-forensics {__version__} is installed on {platform.node()}")
    task = msgspec.msgpack.decode(data, type=RunTask)
    with _PROCESSES.one(scan, entry, memory_mb or _share_mb()) as process:
        outcome = process.run(task)
    if outcome.problem is not None and outcome.problem.code == "unreadable":
        outcome = _with_hint(outcome)
    return msgspec.msgpack.encode(outcome)


def end_scan(scan: str) -> None:
    """End all that is done for a scan on this Dask worker, at once."""
    _PROCESSES.end(scan)


def _share_mb() -> int:
    """Memory of one thread's run: Dask workers share a machine, their threads share a worker."""
    worker = importlib.import_module("distributed").get_worker()
    threads = max(1, int(worker.state.nthreads))
    given = worker.memory_manager.memory_limit
    machine = default_memory_mb()
    return max(1, (min(machine, int(given * _SHARE) // MIB) if given else machine) // threads)


def _with_hint(outcome: RunOutcome) -> RunOutcome:
    said = outcome.problem.message if outcome.problem else ""
    where = f"on Dask worker {platform.node()}: archives have to be where all workers see them"
    problem = RunProblem("unreadable", f"{said} ({where}, by the same path)")
    return msgspec.structs.replace(outcome, problem=problem)
