"""What a scan says while it goes on: one line on a terminal, a line now and then elsewhere."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from h2o_forensics.batch.tally import Tally

_REDRAW_S = 0.2
_LOG_S = 60.0
"""Between lines where nobody looks on."""
_MOST_COMPLAINTS = 20
"""Lines on stderr; the scan's record keeps more."""
_MIB = 2**20
_MINUTE = 60
_HOUR = 3600
_USUAL_WIDTH = 80


class ScanProgress:
    """Draws, or logs, how far a scan is."""

    def __init__(self, stream: TextIO | None, *, quiet: bool) -> None:
        self._stream = None if quiet else stream
        self._draws = self._stream is not None and self._stream.isatty()
        self._next = time.monotonic() + (0.0 if self._draws else _LOG_S)
        self._complaints = 0
        self._drawn = False

    def show(self, stage: str, tally: "Tally") -> None:
        """Say it, unless it was said just now."""
        now = time.monotonic()
        if self._stream is None or now < self._next:
            return
        self._next = now + (_REDRAW_S if self._draws else _LOG_S)
        line = line_of(stage, tally)
        if self._draws:
            self._stream.write(f"\r\x1b[K{line[: _width(self._stream) - 1]}")
            self._drawn = True
        else:
            self._stream.write(f"h2o-forensics: {line}\n")
        self._stream.flush()

    def say(self, line: str) -> None:
        """Complain, above the line that is drawn."""
        self._complaints += 1
        if self._stream is None or self._complaints > _MOST_COMPLAINTS + 1:
            return
        self.wipe()
        more = "further complaints are in the scan's record: catalog show"
        text = line if self._complaints <= _MOST_COMPLAINTS else more
        self._stream.write(f"h2o-forensics: {text}\n")
        self._stream.flush()

    def wipe(self) -> None:
        """Take away the line that is drawn."""
        if self._drawn and self._stream is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False


def _width(stream: TextIO) -> int:
    """Of the terminal that is drawn on: stdout may be another, or a file."""
    with suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH
    return _USUAL_WIDTH


@contextmanager
def scan_progress(stream: TextIO | None, *, quiet: bool) -> Iterator[ScanProgress]:
    """Give one that leaves no line behind."""
    progress = ScanProgress(stream, quiet=quiet)
    try:
        yield progress
    finally:
        progress.wipe()


def line_of(stage: str, tally: "Tally") -> str:
    """How far it is, in one line: runs, bytes, time left."""
    if not tally.total:
        return f"{stage}: {tally.found:,} found"
    parts = [
        f"{tally.done:,} of {tally.total:,} runs",
        f"{tally.done_bytes / _MIB:,.0f} of {tally.total_bytes / _MIB:,.0f} MiB",
    ]
    bad = tally.counts["failed"] + tally.counts["unreadable"]
    if bad:
        parts.append(f"{bad:,} failed")
    left = tally.seconds_left()
    if left is not None and tally.done < tally.total:
        parts.append(f"{in_words(left)} left")
    return f"{stage}: {', '.join(parts)}"


def in_words(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE)} min"
