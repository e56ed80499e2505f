"""Who hands out tasks to workers, watches them, and ends those that go beyond their limits.

All of it happens in one thread that takes one event after the other; nothing here is shared.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic

from msgspec import Struct

from h2o_forensics.batch import losses
from h2o_forensics.batch.frames import Answer, Job, Message, Noted, Ready
from h2o_forensics.batch.memory import MIB
from h2o_forensics.batch.process import Died, Worker
from h2o_forensics.model.catalog import RunOutcome, RunProblem, RunTask

MOST_TASKS = 500
"""Tasks of one process: whatever it leaks is gone with it.  A new one costs as much as a dozen
small runs (1.1 s, measured)."""
_LEAST_MB = 256
"""Twice what the program and its rules hold: no reason to begin anew."""
_MORE = 1.25
_LOOK_S = 0.1
_FAMILY_LOOKS = 10
"""Every so many looks, what workers started is looked at, too."""
_START_S = 120.0
_MOST_FAILED_STARTS = 3
"""In a row; then the program cannot be started, and trying on would take for ever."""
_TELL_S = 1.0
"""A worker ends itself, and tells where it was; where it does not in this time, it is killed."""
_SPARE_ANSWERS = 16
"""Outcomes per pool, beside one per worker, that may wait to be taken."""


class Wake(Struct, frozen=True):
    """An outcome was taken."""


class Close(Struct, frozen=True):
    """Kill all, and end."""


Event = RunTask | Wake | Close | tuple[Worker, Message | Died]


class _Attempt(Struct, eq=False):
    """A task on its way."""

    task: RunTask
    deaths: int = 0
    alone: bool = False
    """It took more memory than there was beside others."""
    run: str = ""


class _Seat(Struct, eq=False):
    """A worker, and what it is at."""

    worker: Worker
    since: float
    """Monotonic seconds: when it was started, or got its task, or its run's content was known."""
    ready: bool = False
    served: int = 0
    attempt: _Attempt | None = None
    doom: RunProblem | None = None
    """Why it was killed."""
    crowded: bool = False
    """It was killed for memory, of which alone it might have had enough."""
    leaving: bool = False
    """It gets no more to do."""


class Supervisor:
    """The pool's own thread."""

    def __init__(
        self,
        answers: SimpleQueue[RunOutcome | None],
        workers: int,
        memory_mb: int,
        entry: str,
        grace_s: float,
    ) -> None:
        self._answers = answers
        self._workers, self._memory_mb = workers, memory_mb
        self._entry, self._grace_s = entry, grace_s
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._waiting: deque[_Attempt] = deque()
        self._later: deque[_Attempt] = deque()
        """To be done alone, when nothing else is left."""
        self._seats: dict[Worker, _Seat] = {}
        self._failed_starts = 0
        self._looks = 0
        self._looked = 0.0

    def tell(self, event: Event) -> None:
        """Have an event taken care of; from any thread."""
        self._events.put(event)

    def run(self) -> None:
        """Take events until `Close`."""
        try:
            while self._step():
                pass
        finally:
            for seat in self._seats.values():
                with suppress(OSError):
                    seat.worker.kill()
            self._answers.put(None)

    def _step(self) -> bool:
        at_work = any(seat.attempt or not seat.ready for seat in self._seats.values())
        try:
            event = self._events.get(timeout=_LOOK_S if at_work else None)
        except Empty:
            event = Wake()
        if isinstance(event, Close):
            return False
        if isinstance(event, RunTask):
            self._waiting.append(_Attempt(event))
        elif isinstance(event, tuple):
            worker, message = event
            self._hear(self._seats[worker], message)
        if monotonic() - self._looked >= _LOOK_S:
            self._look()
        self._assign()
        return True

    def _hear(self, seat: _Seat, message: Message | Died) -> None:
        match message:
            case Ready():
                seat.ready, self._failed_starts = True, 0
            case Noted() if seat.attempt is not None:
                seat.attempt.run, seat.since = message.run, monotonic()
            case Answer() if seat.attempt is not None:
                self._answered(seat, message.outcome)
            case Died():
                del self._seats[seat.worker]
                if seat.attempt is not None:
                    self._lost(seat, seat.attempt, message)
                elif not seat.ready:
                    self._not_started(message)

    def _answered(self, seat: _Seat, outcome: RunOutcome) -> None:
        seat.attempt, seat.served = None, seat.served + 1
        self._answers.put(outcome)
        short = outcome.problem is not None and outcome.problem.code == "memory"
        held = seat.worker.held_bytes(family=False) / MIB
        most = max(_LEAST_MB, self._memory_mb / self._workers / 2)
        if short or seat.served >= MOST_TASKS or held > most:
            self._dismiss(seat)

    def _lost(self, seat: _Seat, attempt: _Attempt, died: Died) -> None:
        """Take care of a task whose process is gone."""
        late = self._limit(attempt)
        if seat.doom is not None:
            problem = seat.doom
            if seat.crowded and not attempt.alone:
                attempt.alone = True
                self._later.append(attempt)
                return
            if problem.code == "timeout":
                problem = losses.too_late(attempt.task, died.words)
        elif late is not None and monotonic() - seat.since >= late:
            problem = losses.too_late(attempt.task, died.words)
        elif attempt.deaths == 0:
            attempt.deaths = 1
            self._waiting.appendleft(attempt)
            return
        else:
            problem = losses.crashed(died.how, died.words)
        self._answers.put(losses.failed_outcome(attempt.task, attempt.run, problem))

    def _not_started(self, died: Died) -> None:
        self._failed_starts += 1
        if self._failed_starts < _MOST_FAILED_STARTS:
            return
        problem = losses.no_workers(died.how, died.words)
        for attempt in (*self._waiting, *self._later):
            self._answers.put(losses.failed_outcome(attempt.task, attempt.run, problem))
        self._waiting.clear()
        self._later.clear()

    def _look(self) -> None:
        """End who goes beyond a limit."""
        self._looked, self._looks = monotonic(), self._looks + 1
        for seat in self._seats.values():
            limit = _START_S if not seat.ready else None
            if seat.attempt is not None:
                limit = self._limit(seat.attempt)
                limit = None if limit is None else limit + _TELL_S
            if limit is not None and seat.doom is None and self._looked - seat.since > limit:
                self._kill(seat, RunProblem("timeout", ""))
        family = self._looks % _FAMILY_LOOKS == 0
        held = {
            worker: worker.held_bytes(family=family and seat.attempt is not None) / MIB
            for worker, seat in self._seats.items()
            if seat.doom is None
        }
        if sum(held.values()) > self._memory_mb:
            self._free_memory(held)

    def _free_memory(self, held: dict[Worker, float]) -> None:
        """End the largest of those at work that hold more than their share."""
        share = self._memory_mb / self._workers
        over = [
            (size, seat)
            for worker, size in held.items()
            if size > share and (seat := self._seats[worker]).attempt is not None
        ]
        if over:
            size, seat = max(over, key=lambda one: one[0])
            seat.crowded = size <= self._memory_mb
            self._kill(seat, losses.too_large(size, self._memory_mb))

    def _kill(self, seat: _Seat, why: RunProblem) -> None:
        seat.doom, seat.leaving = why, True
        seat.worker.kill()

    def _dismiss(self, seat: _Seat) -> None:
        seat.leaving = True
        seat.worker.retire()

    def _limit(self, attempt: _Attempt) -> float | None:
        """Seconds a run may take until its process is ended."""
        timeout = attempt.task.options.timeout_s
        return None if timeout is None else timeout * _MORE + self._grace_s

    def _assign(self) -> None:
        """Hand out what can be begun; start processes where there are too few."""
        while (attempt := self._next()) is not None:
            seat = self._free_seat(fresh=attempt.deaths > 0)
            if seat is None:
                break
            (self._later if attempt.alone else self._waiting).popleft()
            if attempt.alone:
                self._make_room(seat)
            seat.attempt, seat.since = attempt, monotonic()
            seat.worker.send(Job(attempt.task, self._limit(attempt)))
        self._start_workers()

    def _next(self) -> _Attempt | None:
        """What is to be begun next; None: nothing is, or nothing may."""
        if self._answers.qsize() >= self._workers + _SPARE_ANSWERS:
            return None  # whoever takes them does not keep up
        at_work = [seat.attempt for seat in self._seats.values() if seat.attempt is not None]
        if any(attempt.alone for attempt in at_work):
            return None
        if self._waiting:
            return self._waiting[0]
        return self._later[0] if self._later and not at_work else None

    def _free_seat(self, *, fresh: bool) -> _Seat | None:
        """Who can take a task now; where it has to be a new one, it takes an old one's place."""
        staying = [seat for seat in self._seats.values() if not seat.leaving]
        free = [seat for seat in staying if seat.ready and seat.attempt is None]
        fit = [seat for seat in free if not fresh or seat.served == 0]
        if fit:
            return fit[0]
        if free and all(seat.ready for seat in staying):
            self._dismiss(free[0])
        return None

    def _make_room(self, seat: _Seat) -> None:
        for other in self._seats.values():
            if other is not seat and not other.leaving:
                self._dismiss(other)

    def _start_workers(self) -> None:
        while self._missing() > 0:
            try:
                worker = Worker(self._entry, lambda worker, said: self.tell((worker, said)))
            except OSError as error:
                if self._seats:
                    return  # fewer will do
                self._not_started(Died(error.strerror or str(error), ""))
            else:
                self._seats[worker] = _Seat(worker, monotonic())

    def _missing(self) -> int:
        """How many more workers there could be something to do for."""
        at_work = sum(seat.attempt is not None for seat in self._seats.values())
        wanted = at_work + len(self._waiting)
        if not wanted and self._later:
            wanted = 1
        staying = sum(not seat.leaving for seat in self._seats.values())
        return min(self._workers, wanted) - staying
