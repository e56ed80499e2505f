"""Standard input: text that is pasted or piped in, or an archive."""

import io
import os
import select
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import BinaryIO

from h2o_forensics.intake.caps import Chunks, StreamError, check_stop
from h2o_forensics.intake.containers import HEAD, container_of
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import BLOCK, file_chunks, unreadable
from h2o_forensics.model.bundle import Limits

NAME = "pasted.txt"
"""What the text is shown as: `pasted.txt:12` says more than `-:12`."""
PACKED = "pasted"
"""What an archive is shown as: `pasted!logs/h2o.log`."""
_Come = Callable[[], bytes | None]
"""Gives the next bytes, none at the end; None: nothing yet."""
_WAIT_S = 0.2
"""Between two questions whether to go on waiting for who writes."""


def pasted_blob(name: str, stdin: BinaryIO | None, session: Session) -> Iterator[Blob]:
    """Give what stands on standard input: it can be read once only, so it is held in memory.

    Args:
        name: what the source is shown as.
        stdin: read instead of the process's own.
        session: receives the problem when there is more than is held.
    """
    data = bytearray()
    most = session.limits.max_buffered_archive_bytes
    stream = sys.stdin.buffer if stdin is None else stdin
    try:
        for piece in _pieces(stream, session.limits):
            data += piece[: most + 1 - len(data)]
            if len(data) > most:
                break
    except StreamError as fault:
        session.log.note(name, fault.code, f"{name}: {fault.message}")
    except OSError as fault:
        session.log.note(name, "unreadable", unreadable(name, fault))
    packed = container_of("", bytes(data[:HEAD])) is not None
    shown = session.names.claim(PACKED if packed else NAME)
    if len(data) > most:
        del data[most:]
        session.log.note(
            shown,
            "too_big",
            f"{shown}: more than {most} bytes on standard input; the rest was not read. "
            "Save it to a file and give that.",
        )
    opener = partial(io.BytesIO, bytes(data))
    yield Blob(shown, partial(file_chunks, opener), len(data), None, shown, file=opener)


def _pieces(stream: BinaryIO, limits: Limits) -> Chunks:
    """Give what comes, and ask before each piece whether to go on waiting.

    Raises:
        StreamError: `stopped`.
        OSError: reading failed.
    """
    number = _number(stream)
    if number is None or stat.S_ISREG(os.fstat(number).st_mode):
        come: _Come = partial(stream.read, BLOCK)
    else:
        come = _waiting(number)
    while True:
        check_stop(limits)
        piece = come()
        if piece == b"":
            return
        if piece is not None:
            yield piece


def _waiting(number: int) -> _Come:
    return _by_thread(number) if os.name == "nt" else partial(_come, number)


def _number(stream: BinaryIO) -> int | None:
    """The file descriptor; None for what has none, as in tests and notebooks."""
    try:
        return stream.fileno()
    except (AttributeError, OSError):
        return None


def _come(number: int) -> bytes | None:
    """What is there to read; None: nothing yet."""
    ready, _, _ = select.select([number], [], [], _WAIT_S)
    return os.read(number, BLOCK) if ready else None


def _by_thread(number: int) -> _Come:
    """As `_come`, where only sockets can be waited for.  The thread ends with the process."""
    read: SimpleQueue[bytes | OSError] = SimpleQueue()

    def work() -> None:
        piece = b"?"
        try:
            while piece:
                piece = os.read(number, BLOCK)
                read.put(piece)
        except OSError as fault:
            read.put(fault)

    Thread(target=work, daemon=True).start()

    def come() -> bytes | None:
        try:
            got = read.get(timeout=_WAIT_S)
        except Empty:
            return None
        if isinstance(got, OSError):
            raise got
        return got

    return come
