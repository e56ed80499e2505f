"""How long and how large an analysis may get, and the user's wish to end it.

Reading asks `stop_reading` at every piece, the rules ask `stop_judging` one by one.  What was done
until then is reported, as a partial report that says so.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

READING_SHARE = 0.75
"""Of the time and of the memory: what was read has to be put together and judged, too."""
_STATM = Path("/proc/self/statm")
_KIB = 1024


def resident_bytes() -> int | None:
    """Memory this process holds, in bytes; its peak where the present one is not told.

    None where the system tells neither (Windows).
    """
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return _peak_bytes()
    return pages * os.sysconf("SC_PAGE_SIZE")


def _peak_bytes() -> int | None:
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:  # pragma: no cover
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIB


class Budget:
    """Limits of one analysis.  A limit that was reached stays reached.

    Safe to ask from several threads, and from a signal's handler.
    """

    def __init__(
        self,
        seconds: float | None = None,
        memory_mb: int | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        resident: Callable[[], int | None] = resident_bytes,
    ) -> None:
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._now = now
        self._resident = resident
        self._began = now()
        self._pending = False
        self.interrupted = False
        """The user wanted to end it, at whatever stage."""
        self._reading: str | None = None
        self._judging: str | None = None

    def begin(self) -> None:
        """Start the clock: the time to load this program and its rules is not the input's."""
        self._began = self._now()

    def interrupt(self) -> None:
        """Note that the user wants to end it: what goes on now ends, what comes after is done."""
        self._pending = self.interrupted = True

    def stop_reading(self) -> str | None:
        """Why reading has to end now, in words; None: it may go on."""
        if self._reading is None:
            self._reading = self._ended(READING_SHARE) or self._full()
        return self._reading

    def end_reading(self) -> str | None:
        """Why reading ended early; None: it did not.  An interrupt that ended it is spent."""
        if self._reading is not None:
            self._pending = False
        return self._reading

    def stop_judging(self) -> str | None:
        """Why no further rule may be evaluated, in words; None: the next one may."""
        if self._judging is None:
            self._judging = self._ended(1.0)
        return self._judging

    def _ended(self, share: float) -> str | None:
        if self._pending:
            return "interrupted (Ctrl-C)"
        if self._seconds is not None and self._now() - self._began > self._seconds * share:
            return f"the time limit was reached (--timeout {self._seconds:g})"
        return None

    def _full(self) -> str | None:
        """Asked while reading only: rules hold little, and ending them would free nothing."""
        held = None if self._memory_mb is None else self._resident()
        if held is None or self._memory_mb is None:
            return None
        if held > self._memory_mb * _KIB * _KIB * READING_SHARE:
            return f"the memory limit was reached (--max-memory {self._memory_mb})"
        return None
