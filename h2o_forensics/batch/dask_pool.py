"""The work of a scan on a Dask cluster that is there: its workers read the runs themselves.

Where the workers come from (Kubernetes, YARN, Slurm, SSH) is Dask's business.  A worker that is
lost gives its runs back to the others; the scheduler gives a run up when it lost so many workers
(`distributed.scheduler.allowed-failures`, 3), and all runs that were with it, although only one of
them may be to blame: each of them is tried once more, alone.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import operator
import pkgutil
import secrets
import warnings
from collections import deque
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec import Struct

from h2o_forensics import __version__
from h2o_forensics.batch.dask_worker import end_scan
from h2o_forensics.batch.losses import failed_outcome
from h2o_forensics.batch.pool import ENTRY
from h2o_forensics.errors import IntakeError
from h2o_forensics.model.catalog import RunOutcome, RunProblem, RunTask

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

CONNECT_S = 30.0
PATIENCE_S = 300.0
"""Without any worker; clusters that grow when there is work take minutes for their first one."""
_RETRIES = 2
"""Of a task that raised on its Dask worker: whatever a run does is no exception there."""
_PER_THREAD = 2
"""Tasks under way per thread of the cluster: enough that none waits, few enough to hold results."""
_LEAST = 4
_BEAT_S = 0.5
_LOOK_S = 2.0
_ANSWER_S = 10.0
"""What a scheduler gets to answer a small question."""
_WORK = "h2o_forensics.batch.dask_worker:run_on_worker"
"""Named, not sent as a function: a scheduler or worker that lacks the package could not even read
that, and nobody would hear why nothing happens."""
_LOGGERS = ("distributed", "distributed.client", "tornado")
"""Dask gives these a handler on stderr; what they say of lost workers is said by us."""
_LARGE = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}
"""What was read of a large run is many MB, and has to go where it is judged."""


class _Sent(Struct, frozen=True):
    """A task that the cluster has."""

    task: RunTask
    alone: bool = False
    """It was given up together with others."""


class DaskPool:
    """As `Pool`, with the workers of a cluster.  Use it from one thread."""

    def __init__(
        self,
        address: str,
        entry: str = ENTRY,
        memory_mb: int | None = None,
        *,
        connect_s: float = CONNECT_S,
        patience_s: float = PATIENCE_S,
        version: str = __version__,
    ) -> None:
        """Connect to the scheduler.

        Args:
            address: `tcp://host:8786`.
            entry: `module:function` that is called with each task.
            memory_mb: of one run on a worker; None: 70 % of the Dask worker's, shared by its
                threads.
            connect_s: until the scheduler has to be there.
            patience_s: without any worker, after which nothing more is waited for.
            version: of this package; a worker with another one ends the scan.

        Raises:
            IntakeError: the library is not installed, or nobody answers.
        """
        try:
            distributed: Any = importlib.import_module("distributed")  # an extra, without types
        except ImportError as error:
            raise IntakeError("--dask needs: pip install 'h2o-forensics[dask]'") from error
        self._address, self._patience_s = address, patience_s
        self._given = (entry, memory_mb, version, secrets.token_hex(8))
        self._levels = _silence()
        try:
            distributed.comm.get_address_host_port(address)
            _reach(distributed, address, connect_s)
            with _no_warnings():
                self._client: Any = distributed.Client(
                    address, timeout=connect_s, set_as_default=False, name="h2o-forensics"
                )
        except (OSError, TimeoutError, ValueError, ImportError) as error:
            _speak(self._levels)
            raise IntakeError(_nobody(address, error)) from error
        self._config: Any = importlib.import_module("dask").config
        self._waiting: deque[RunTask] = deque()
        self._again: deque[RunTask] = deque()
        """Given up by the cluster once: done alone, when nothing else is left to do."""
        self._sent: dict[Any, _Sent] = {}
        self._answers: SimpleQueue[tuple[Any, Future[bytes]]] = SimpleQueue()
        self._looked = self._met = monotonic()
        self._threads = 0
        self._look()
        self.workers = self._threads or 1
        """Threads of the cluster when the scan began; more may come."""

    def submit(self, task: RunTask) -> None:
        """Have a task done, at some time; returns at once."""
        self._waiting.append(task)

    def outcomes(self) -> Iterator[RunOutcome | None]:
        """Outcomes as they come, until every task that was submitted is answered.

        None now and then, when there is none yet, so that who waits hears of the user's wishes.

        Raises:
            IntakeError: the scheduler is gone, or all workers are and none came for a while; or one
                has no h2o-forensics, or another one: it would fail so fast that it got most runs.
        """
        self._fill()
        while self._sent:
            try:
                future, answer = self._answers.get(timeout=_BEAT_S)
            except Empty:
                self._check()
                yield None
                continue
            sent = self._sent.pop(future)
            outcome = self._outcome(sent, answer)
            self._met = monotonic()
            if outcome is not None:
                yield outcome
            self._fill()

    def close(self) -> None:
        """Forget what was not done, end what is being done, and leave the cluster as it was."""
        futures = list(self._sent)
        for kept in (self._waiting, self._again, self._sent):
            kept.clear()
        with suppress(OSError, TimeoutError, CancelledError, RuntimeError), _no_warnings():
            if self._client.status == "running":
                self._wait_for(self._end(futures))
        with suppress(OSError, TimeoutError, CancelledError), _no_warnings():
            self._client.close(timeout=_ANSWER_S)
        _speak(self._levels)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        self.close()

    def _fill(self) -> None:
        """Keep the cluster busy, and no more: results that wait would fill its memory."""
        if monotonic() - self._looked > _LOOK_S:
            self._look()
        most = max(_LEAST, self._threads * _PER_THREAD)
        while self._waiting and len(self._sent) < most:
            self._send(_Sent(self._waiting.popleft()))
        if self._again and not self._sent:
            self._send(_Sent(self._again.popleft(), alone=True))

    def _send(self, sent: _Sent) -> None:
        data = msgspec.msgpack.encode(sent.task)
        with self._config.set(_LARGE):
            key = f"h2o-forensics-{secrets.token_hex(16)}"
            work = (operator.call, (pkgutil.resolve_name, _WORK), data, *self._given)
            future = self._client.get({key: work}, key, sync=False, retries=_RETRIES)
        self._sent[future] = sent
        answer = self._on_loop(self._collect(future))
        answer.add_done_callback(lambda done: self._answers.put((future, done)))

    async def _collect(self, future: Any) -> bytes:  # noqa: ANN401 - distributed has no types
        outcome: bytes = await self._client.gather(future)
        return outcome

    def _outcome(self, sent: _Sent, answer: Future[bytes]) -> RunOutcome | None:
        """What became of a task; None: it is tried again."""
        error = None if answer.cancelled() else answer.exception()
        if not answer.cancelled() and error is None:
            return msgspec.msgpack.decode(answer.result(), type=RunOutcome)
        if self._client.status != "running":
            raise IntakeError(self._gone("its scheduler is gone"))
        if isinstance(error, ImportError | AttributeError):
            raise IntakeError(
                self._gone(f"a worker cannot do it: {error}: install {self._given[2]} on all")
            )
        if not sent.alone:
            self._again.append(sent.task)
            return None
        return failed_outcome(sent.task, "", RunProblem("lost", _lost(error)))

    def _check(self) -> None:
        """See whether there still is a cluster; only who waits has to ask."""
        if self._client.status != "running":
            raise IntakeError(self._gone("its scheduler is gone"))
        if monotonic() - self._looked > _LOOK_S:
            self._look()
        if monotonic() - self._met > self._patience_s:
            raise IntakeError(self._gone(f"no worker was there for {self._patience_s:g} s"))

    def _look(self) -> None:
        """Count the cluster's threads."""
        self._looked = monotonic()
        with suppress(OSError, TimeoutError, CancelledError):
            self._threads = self._wait_for(self._count())
            if self._threads:
                self._met = monotonic()

    async def _count(self) -> int:
        return sum((await self._client.nthreads()).values())

    async def _end(self, futures: list[Any]) -> None:
        await self._client.cancel(futures)
        await self._client.run(end_scan, self._given[3], on_error="ignore")

    def _gone(self, what: str) -> str:
        return f"--dask {self._address}: {what}; what was done is kept: scan again, it goes on"

    def _wait_for(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - as above
        return self._on_loop(work).result(_ANSWER_S)

    def _on_loop(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._client.loop.asyncio_loop)


def _reach(distributed: Any, address: str, connect_s: float) -> None:  # noqa: ANN401 - as above
    """Connect once, and give up in time: a client waits for ever for one that answers wrongly.

    In a thread of its own: the caller's may have a loop that runs, as in a notebook.
    """

    async def reach() -> None:
        options = distributed.Security().get_connection_args("client")
        connecting = distributed.comm.connect(address, timeout=connect_s, **options)
        (await asyncio.wait_for(connecting, connect_s)).abort()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, reach()).result()


def _nobody(address: str, error: Exception) -> str:
    if isinstance(error, ValueError):
        return f"--dask {address}: no address of a scheduler ({error}); write tcp://HOST:8786"
    return (
        f"--dask {address}: no scheduler answers there ({type(error).__name__}); start one with "
        "`dask scheduler`, and workers with `dask worker ADDRESS`"
    )


def _lost(error: BaseException | None) -> str:
    said = " ".join(f"{type(error).__name__}: {error}".split()) if error else "it was cancelled"
    return f"the cluster lost it: {said[:200]}; the workers' logs say more"


def _silence() -> dict[str, int]:
    """Have Dask say nothing on stderr; gives the levels as they were."""
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return levels


def _speak(levels: dict[str, int]) -> None:
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Have Dask complain of nobody's Dask version: what does not work will be told."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
