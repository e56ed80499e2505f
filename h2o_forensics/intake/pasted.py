"""Standard input: text that is pasted or piped in, or an archive."""

import io
import sys
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from h2o_forensics.intake.containers import HEAD, container_of
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import BLOCK, file_chunks, unreadable

NAME = "pasted.txt"
"""What the text is shown as: `pasted.txt:12` says more than `-:12`."""
PACKED = "pasted"
"""What an archive is shown as: `pasted!logs/h2o.log`."""


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
        while len(data) <= most and (piece := stream.read(min(BLOCK, most + 1 - len(data)))):
            data += piece
            if (reason := session.stopped) is not None:
                session.log.note(
                    name, "stopped", f"{name}: {reason}; the rest of the input was not read."
                )
                break
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
