"""Files on disk: opened as what they were when they were listed, or said to have changed."""

import os
import stat
from collections.abc import Callable
from typing import BinaryIO

from msgspec import Struct

from h2o_forensics.intake.caps import Chunks, StreamError
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import BLOCK, FIRST

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # A file replaced by a FIFO must not hang us.
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Listed(Struct, frozen=True):
    """A file as it was when it was listed."""

    path: str
    shown: str
    status: os.stat_result
    note: Callable[[str, str, str], None]

    def open(self) -> BinaryIO:
        """Open this regular file, and nothing else.

        Raises:
            OSError: the system refuses.
            StreamError: `not_a_file` or `changed`, it is not what was listed.
        """
        try:
            descriptor = os.open(self.path, _FLAGS)
        except FileNotFoundError:
            raise StreamError(
                "changed", "vanished after it was listed; not read. Save a copy and give that."
            ) from None
        now = os.fstat(descriptor)
        if not stat.S_ISREG(now.st_mode):
            os.close(descriptor)
            raise StreamError("not_a_file", "is no regular file any more and was not read.")
        if (now.st_dev, now.st_ino) != (self.status.st_dev, self.status.st_ino):
            os.close(descriptor)
            raise StreamError(
                "changed",
                "was replaced by another file after it was listed, as when logs are rotated; "
                "not read. Save a copy of the directory and give that.",
            )
        self.compare(now)
        return os.fdopen(descriptor, "rb")

    def compare(self, now: os.stat_result) -> None:
        """Record what became of the file since it was listed."""
        old, new = self.status.st_size, now.st_size
        if new > old > 0:
            what = f"grew from {old} to {new} bytes while it was read; its first {old} were read."
        elif new < old:
            what = f"shrank from {old} to {new} bytes while it was read; what was left was read."
        elif now.st_mtime_ns != self.status.st_mtime_ns:
            what = "was written to while it was read; its parts may be of different times."
        else:
            return
        hint = "Run again when it is no longer written to, or save a copy and give that."
        self.note(self.shown, "changed", f"{self.shown}: {what} {hint}")

    def chunks(self) -> Chunks:
        """Read as many bytes as were listed: every reading sees the same part of a growing log."""
        # Files of size 0 may hold something all the same, as below /proc.
        left = self.status.st_size or None
        with self.open() as file:
            step = FIRST
            while left != 0 and (chunk := file.read(step if left is None else min(step, left))):
                left = None if left is None else left - len(chunk)
                step = BLOCK
                yield chunk
            self.compare(os.fstat(file.fileno()))


def file_blob(path: str, shown: str, status: os.stat_result, session: Session) -> Blob:
    """Describe a file on disk."""
    listed = Listed(path, shown, status, session.log.note)
    size, mtime = status.st_size, status.st_mtime
    return Blob(shown, listed.chunks, size, mtime, shown, file=listed.open)
