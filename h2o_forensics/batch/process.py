"""A worker process, as its parent sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO

import psutil
from msgspec import Struct

from h2o_forensics.batch.frames import (
    BadFrameError,
    Job,
    Message,
    read_message,
    write_message,
)

_MODULE = "h2o_forensics.batch.worker"
_TAIL_BYTES = 8192
_WORDS_CHARS = 400
_PIECE = 64 * 2**10
_END_SECONDS = 1.0
"""A process that closed its pipe has so long to end by itself."""
_STACK = b"(most recent call first):\n"
_FRAME = re.compile(r'File "([^"]+)", line (\d+) in (\S+)')
_FRAMES = 3


class Died(Struct, frozen=True):
    """A worker's process is gone."""

    how: str
    """In words: `SIGKILL`, `exit code 3`."""
    words: str
    """What it last said on stderr, or where it was; empty: nothing."""


class Worker:
    """One process; what it says goes to `tell`, in threads of its own."""

    def __init__(self, entry: str, tell: Callable[[Worker, Message | Died], None]) -> None:
        self._tell = tell
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", _MODULE, entry],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the parent
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self.pid = self._process.pid
        self._status = psutil.Process(self.pid)
        self._orders: SimpleQueue[Job | None] = SimpleQueue()
        self._tail = b""
        self._hearing = self._start(self._hear, self._process.stderr)
        self._start(self._feed, self._process.stdin)
        self._start(self._listen, self._process.stdout)

    def send(self, job: Job) -> None:
        """Have it do this; it must have nothing else to do."""
        self._orders.put(job)

    def retire(self) -> None:
        """Have it end by itself, once it did all it was sent."""
        self._orders.put(None)

    def kill(self) -> None:
        """End it now, and what it started."""
        family: list[psutil.Process] = []
        with suppress(psutil.Error):
            family = self._status.children(recursive=True)
        self._process.kill()
        for child in family:
            with suppress(psutil.Error):
                child.kill()

    def held_bytes(self, *, family: bool) -> int:
        """Memory it holds, in bytes; with `family` also what it started (slow: asks the system)."""
        try:
            held: int = self._status.memory_info().rss
            children = self._status.children(recursive=True) if family else []
        except psutil.Error:
            return 0
        for child in children:
            with suppress(psutil.Error):
                held += child.memory_info().rss
        return held

    def _start(self, work: Callable[[IO[bytes]], None], pipe: IO[bytes] | None) -> Thread:
        assert pipe is not None  # noqa: S101 - as asked for
        thread = Thread(target=work, args=(pipe,), daemon=True)
        thread.start()
        return thread

    def _feed(self, sink: IO[bytes]) -> None:
        with suppress(OSError), sink:  # it may be gone before it read all
            while (order := self._orders.get()) is not None:
                write_message(sink, order)

    def _hear(self, source: IO[bytes]) -> None:
        with suppress(OSError), source:
            while piece := os.read(source.fileno(), _PIECE):
                self._tail = (self._tail + piece)[-_TAIL_BYTES:]

    def _listen(self, source: IO[bytes]) -> None:
        with suppress(OSError, BadFrameError), source:
            while (message := read_message(source)) is not None:
                self._tell(self, message)
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        self.retire()  # ends the thread that feeds it
        self._hearing.join(_END_SECONDS)
        self._tell(self, Died(_how(code), _last_words(self._tail)))


def _environment() -> dict[str, str]:
    """The parent's, with its modules; workers share the cores, so libraries get one each."""
    given = [entry for entry in sys.path if entry and Path(entry).is_absolute()]
    paths = dict.fromkeys((*given, str(Path(__file__).resolve().parents[2])))  # `python -c` has ""
    return {
        "POLARS_MAX_THREADS": "1",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONSAFEPATH": "1",
    }


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _last_words(tail: bytes) -> str:
    """Where it was, if it told its stack; else its last lines."""
    _before, found, stack = tail.rpartition(_STACK)
    if found:
        frames = _FRAME.findall(stack.decode("utf-8", "replace"))[:_FRAMES]
        where = " < ".join(f"{_shown(path)}:{line} {name}" for path, line, name in frames)
        return f"at {where}" if where else ""
    lines = [line.strip() for line in tail.decode("utf-8", "replace").splitlines()]
    text = " | ".join([line for line in lines if line][-_FRAMES:])
    shown = "".join(char if char.isprintable() else "?" for char in text)
    return f"it said: {shown[-_WORDS_CHARS:]}" if shown else ""


def _shown(path: str) -> str:
    """Without where this machine keeps it."""
    parts = Path(path).parts
    package = __name__.partition(".")[0]
    if package in parts:
        return "/".join(parts[len(parts) - parts[::-1].index(package) :])
    return "/".join(parts[-2:])
