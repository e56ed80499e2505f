"""Worker processes under watch: every task is answered exactly once, whatever becomes of them.

A task that takes too long or too much memory is ended with its process; one whose process dies is
tried once more, in a fresh one.  Nothing a run does can end the pool, or the other runs.

Memory: all workers together may take `memory_mb`.  One that holds more than its share (an equal
part) may go on as long as all together stay below; else the largest of those over their share is
ended, and its task is tried again when nothing else is left to do, alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Self

from h2o_forensics.batch.memory import default_memory_mb
from h2o_forensics.batch.supervisor import Close, Supervisor, Wake
from h2o_forensics.model.catalog import RunOutcome, RunTask

ENTRY = "h2o_forensics.batch.work:do"
GRACE_S = 5.0
"""Seconds beyond its limit (and a quarter of it) that a run gets to end by itself."""
_LOOK_S = 0.5
_CLOSE_S = 10.0


class Pool:
    """Workers on this machine; started when there is something to do.

    Use it from one thread.  Tasks are begun in the order they are submitted.
    """

    def __init__(
        self,
        workers: int,
        memory_mb: int | None = None,
        entry: str = ENTRY,
        grace_s: float = GRACE_S,
    ) -> None:
        """Make ready; no process is started yet.

        Args:
            workers: most processes at a time.
            memory_mb: most memory of all of them together; None: 70 % of what this machine has.
            entry: `module:function` that is called with each task, in a worker.
            grace_s: see `GRACE_S`.
        """
        self.workers = max(1, workers)
        self.memory_mb = default_memory_mb() if memory_mb is None else memory_mb
        self._answers: SimpleQueue[RunOutcome | None] = SimpleQueue()
        self._supervisor = Supervisor(self._answers, self.workers, self.memory_mb, entry, grace_s)
        self._thread = Thread(target=self._supervisor.run, daemon=True, name="pool")
        self._thread.start()
        self._waiting = 0
        self._closed = False

    def submit(self, task: RunTask) -> None:
        """Have a task done, at some time; returns at once.

        Raises:
            RuntimeError: the pool is closed.
        """
        if self._closed:
            raise RuntimeError("the pool is closed")
        self._waiting += 1
        self._supervisor.tell(task)

    def outcomes(self) -> Iterator[RunOutcome | None]:
        """Outcomes as they come, until every task that was submitted is answered.

        None now and then, when there is none yet, so that who waits hears of the user's wishes.
        More may be submitted meanwhile.  Who does not take them holds up the work.

        Raises:
            RuntimeError: the pool was closed before.
        """
        while self._waiting:
            try:
                outcome = self._answers.get(timeout=_LOOK_S)
            except Empty:
                yield None
                continue
            if outcome is None:
                raise RuntimeError("the pool ended before all was done")
            self._waiting -= 1
            self._supervisor.tell(Wake())
            yield outcome

    def close(self) -> None:
        """Kill all workers, and forget what was not done."""
        if not self._closed:
            self._closed = True
            self._supervisor.tell(Close())
            self._thread.join(_CLOSE_S)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        self.close()


class Isolated:
    """One worker process with the same limits, for those who have workers of another kind.

    Safe to use from several threads; they wait for each other.
    """

    def __init__(
        self, entry: str = ENTRY, memory_mb: int | None = None, grace_s: float = GRACE_S
    ) -> None:
        """Make ready; the process is started by the first task.

        Args:
            entry: `module:function` that is called with each task.
            memory_mb: most memory it may take; None: 70 % of what this machine has.
            grace_s: see `GRACE_S`.
        """
        self._pool = Pool(1, memory_mb, entry, grace_s)
        self._lock = Lock()

    def run(self, task: RunTask) -> RunOutcome:
        """Do one task; never raises for what becomes of it.

        Raises:
            RuntimeError: it was closed before.
        """
        with self._lock:
            self._pool.submit(task)
            return next(one for one in self._pool.outcomes() if one is not None)

    def close(self) -> None:
        """Kill the process."""
        self._pool.close()
