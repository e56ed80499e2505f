"""The work of a scan on a Dask cluster that is there: its workers read the runs themselves.

Where the workers come from (Kubernetes, YARN, Slurm, SSH) is Dask's business.  On each, a run has a
process of its own, as it has here: one that crashes takes no Dask worker with it.  A worker that is
lost gives its runs back to the others.
"""

from __future__ import annotations

import importlib
import platform
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Self

import msgspec

from h2o_forensics import __version__
from h2o_forensics.batch.losses import failed_outcome
from h2o_forensics.batch.memory import default_memory_mb
from h2o_forensics.batch.pool import ENTRY, Isolated
from h2o_forensics.errors import IntakeError
from h2o_forensics.model.catalog import RunOutcome, RunProblem, RunTask

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONNECT_S = 30
_RETRIES = 2
"""Of a task that raised; the loss of a worker is counted by the scheduler (`allowed-failures`)."""
_PER_THREAD = 2
"""Tasks under way per thread of the cluster: enough that none waits, few enough to hold results."""
_LEAST = 4
_LOCAL = threading.local()


class DaskPool:
    """As `Pool`, with the workers of a cluster.  Use it from one thread."""

    def __init__(self, address: str, entry: str = ENTRY, memory_mb: int | None = None) -> None:
        """Connect to the scheduler.

        Args:
            address: `tcp://host:8786`.
            entry: `module:function` that is called with each task.
            memory_mb: of one run on a worker; None: 70 % of its machine, shared by its threads.

        Raises:
            IntakeError: the library is not installed, or nobody answers.
        """
        try:
            distributed: Any = importlib.import_module("distributed")  # an extra, without types
        except ImportError as error:
            raise IntakeError("--dask needs: pip install 'h2o-forensics[dask]'") from error
        try:
            self._client: Any = distributed.Client(
                address, timeout=_CONNECT_S, set_as_default=False, name="h2o-forensics"
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise IntakeError(
                f"--dask {address}: no scheduler answers there ({type(error).__name__}); start one "
                "with `dask scheduler`, and workers with `dask worker ADDRESS`"
            ) from error
        self._completed: Any = distributed.as_completed(loop=self._client.loop)
        self.workers = sum(self._client.nthreads().values()) or 1
        """Threads of the cluster as it is now; more may come."""
        self._entry, self._memory_mb = entry, memory_mb
        self._queue: deque[RunTask] = deque()
        self._tasks: dict[Any, RunTask] = {}

    def submit(self, task: RunTask) -> None:
        """Have a task done, at some time; returns at once."""
        self._queue.append(task)

    def outcomes(self) -> Iterator[RunOutcome]:
        """Outcomes as they come, until every task that was submitted is answered."""
        self._fill()
        while self._tasks:
            future = next(self._completed)
            task = self._tasks.pop(future.key)
            yield self._outcome(future, task)
            future.release()
            self._fill()

    def close(self) -> None:
        """Forget what was not done, and leave the cluster as it was."""
        self._queue.clear()
        self._client.close(timeout=_CONNECT_S)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        self.close()

    def _fill(self) -> None:
        """Keep the cluster busy, and no more: results that wait would fill its memory."""
        threads = sum(self._client.nthreads().values()) if self._queue else 0
        most = max(_LEAST, threads * _PER_THREAD)
        while self._queue and len(self._tasks) < most:
            task = self._queue.popleft()
            future = self._client.submit(
                run_on_worker,
                msgspec.msgpack.encode(task),
                self._entry,
                self._memory_mb,
                __version__,
                pure=False,
                retries=_RETRIES,
            )
            self._tasks[future.key] = task
            self._completed.add(future)

    def _outcome(self, future: Any, task: RunTask) -> RunOutcome:  # noqa: ANN401 - distributed has no types
        if future.status == "finished":
            return msgspec.msgpack.decode(future.result(), type=RunOutcome)
        error = future.exception() if future.status == "error" else None
        said = f"{type(error).__name__}: {error}" if error else future.status
        return failed_outcome(task, "", RunProblem("lost", _lost(said)))


def _lost(said: str) -> str:
    return f"the cluster lost it: {said[:300]}; scan again, it is tried again then"


def run_on_worker(data: bytes, entry: str, memory_mb: int | None, version: str) -> bytes:
    """Do one task in a process of its own; runs on a worker of the cluster.

    Args:
        data: the `RunTask`, as MessagePack.
        entry: what that process calls.
        memory_mb: most memory it may take.
        version: of this package where the scan was started.

    Returns:
        The `RunOutcome`, as MessagePack.
    """
    task = msgspec.msgpack.decode(data, type=RunTask)
    if version != __version__:
        where = f"worker {platform.node()} has h2o-forensics {__version__}, the scan {version}"
        problem = RunProblem("fault", f"{where}: install the same on both")
        return msgspec.msgpack.encode(failed_outcome(task, "", problem))
    outcome = _own_process(entry, memory_mb).run(task)
    if outcome.problem is not None and outcome.problem.code == "unreadable":
        outcome = _with_hint(outcome)
    return msgspec.msgpack.encode(outcome)


def _own_process(entry: str, memory_mb: int | None) -> Isolated:
    """The process of this thread of this worker; kept, as starting one takes a second."""
    known: dict[tuple[str, int | None], Isolated] = _LOCAL.__dict__.setdefault("known", {})
    if (entry, memory_mb) not in known:
        known[entry, memory_mb] = Isolated(entry, memory_mb or default_memory_mb() // _threads())
    return known[entry, memory_mb]


def _threads() -> int:
    """Of the worker this runs on: its threads share the machine's memory."""
    import distributed  # noqa: PLC0415 - an extra

    return max(1, int(distributed.get_worker().state.nthreads))


def _with_hint(outcome: RunOutcome) -> RunOutcome:
    said = outcome.problem.message if outcome.problem else ""
    hint = f"{said} (on worker {platform.node()}: the archive has to be where all workers see it)"
    return msgspec.structs.replace(outcome, problem=RunProblem("unreadable", hint))
