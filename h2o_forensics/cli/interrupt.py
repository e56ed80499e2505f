"""Ctrl-C: the first one ends the work early and reports what was done, the second one ends it."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from h2o_forensics.cli.outcome import INTERRUPTED

_FIRST = b"\ninterrupted: what was read so far is reported; Ctrl-C again ends at once\n"
_SECOND = b"\nh2o-forensics: interrupted, no report was written\n"


@contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """Call `interrupt` at the first Ctrl-C and end the process with 130 at the second.

    Python hears of signals in the main thread only; elsewhere nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = False

    def hear(_signal: int, _frame: FrameType | None) -> None:
        nonlocal heard
        _say(_SECOND if heard else _FIRST)
        if heard:
            os._exit(INTERRUPTED)  # an exception could be caught, or wait for another thread
        heard = True
        interrupt()

    after = usual = signal.signal(signal.SIGINT, hear)
    try:
        yield
        if usual is end_program:  # what was wanted is written: it is too late to end without
            after = signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, after)


def end_program(_signal: int, _frame: FrameType | None) -> None:
    """What Ctrl-C does in a process of ours while nothing is worth a report."""
    raise KeyboardInterrupt


@contextmanager
def own_interrupts() -> Iterator[None]:
    """Have Ctrl-C mean `end_program`, where nobody (`nohup`, a test) gave it another meaning."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, end_program)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is end_program:  # else a report was written
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _say(text: bytes) -> None:
    """Write past Python's buffers, which the signal may have found half written."""
    with suppress(OSError, ValueError):
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, text)
