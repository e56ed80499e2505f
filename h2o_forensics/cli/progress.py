"""What is drawn on a terminal while the work goes on."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_QUIET_S = 1.0
"""A bar appears only when the work takes longer than this."""
_REDRAW_S = 0.1


def terminal(stream: TextIO | None) -> tuple[int, bool]:
    """Width to wrap at, and whether colours are welcome."""
    if stream is None or not stream.isatty():
        return 100, False
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return min(shutil.get_terminal_size().columns, 120), not plain


@contextmanager
def progress(
    stream: TextIO | None, *, quiet: bool
) -> Iterator[Callable[[str, int, int | None], None] | None]:
    """Give a callback that draws one line on a terminal, and wipe that line at the end."""
    if quiet or stream is None or not stream.isatty():
        yield None
        return
    next_draw = time.monotonic() + _QUIET_S
    drawn = False

    def show(stage: str, done: int, total: int | None) -> None:
        nonlocal next_draw, drawn
        now = time.monotonic()
        if now < next_draw:
            return
        next_draw = now + _REDRAW_S
        drawn = True
        share = f" {done / total:4.0%}" if total else ""
        stream.write(f"\r\x1b[K{stage}: {done / 2**20:,.0f} MiB{share}")
        stream.flush()

    try:
        yield show
    finally:
        if drawn:
            stream.write("\r\x1b[K")
            stream.flush()
