"""What is known while one bundle is being opened, and what its streams share afterwards."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import RLock
from typing import BinaryIO

from msgspec import Struct

from h2o_forensics.intake.caps import Box, Chunks, Meter
from h2o_forensics.intake.names import Names
from h2o_forensics.intake.problems import ProblemLog
from h2o_forensics.intake.spool import Spool
from h2o_forensics.model.bundle import Limits, Met


class Blob(Struct, frozen=True):
    """Bytes met on the way: a file, an entry of an archive, the content of a gzip."""

    path: str
    chunks: Callable[[], Chunks]
    """Opens the content as pieces, uncaught: may raise `StreamError` and `OSError`."""
    size: int | None
    """Bytes, as the container states them."""
    mtime: float | None
    name: str
    """What its name says it is: the path, without the `.gz` of the gzip it was in."""
    depth: int = 0
    """How many containers it lies in."""
    file: Callable[[], BinaryIO] | None = None
    """Seekable access, where it costs nothing: files on disk, bytes in memory."""
    box: Box | None = None
    """The archive it lies in, if it is packed there."""
    packed: int | None = None
    """Size in bytes of the compressed file this is the content of."""
    mark: int = 0
    """CRC-32 of its first bytes: the same for the same contents."""
    hint: Callable[[], int | None] | None = None
    """Content size modulo 2**32, as the end of the gzip states it; may read all packed bytes."""


def outermost(blob: Blob) -> Box | None:
    """Give the box of what is not packed itself, if its size is known."""
    return None if blob.size is None else Box(blob.path, blob.size, None)


class Buffers:
    """Nested archives in memory; the longest unused goes first, and is read again if needed."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = RLock()  # Loading an archive in an archive asks for the outer one.
        self._held: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0  # Ten thousand small ones are held: not to be summed up at each look.

    def get(self, key: tuple[str, int], load: Callable[[], bytes]) -> bytes:
        """Give the bytes of an archive, loading them when they are not held."""
        with self._lock:
            data = self._held.get(key)
            if data is None:
                data = self._held[key] = load()
                self._size += len(data)
            self._held.move_to_end(key)
            while len(self._held) > 1 and self._size > self._room:
                self._size -= len(self._held.popitem(last=False)[1])
            return data


class Session:
    """The state of one `open_bundle`."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.log = ProblemLog()
        self.meter = Meter(limits)
        self.names = Names()
        self.buffers = Buffers(limits.max_buffered_archive_bytes)
        self.spool = Spool(limits.max_buffered_archive_bytes)
        self.leaves: list[Blob] = []
        self.listed: list[tuple[str, str]] = []
        self.lost_nodes: set[str] = set()
        """Paths of members that say `Node not healthy`."""
        self.streams: list[str] = []
        """Paths of archives that can only be read from their start on."""
        self._entries = 0
        self._over: str | None = None

    @property
    def full(self) -> bool:
        """Whether more was met than may be: no further archive or directory is opened."""
        return self._over is not None or self.stopped is not None

    @property
    def stopped(self) -> str | None:
        """Why reading has to end now, if it has to."""
        return self.limits.stop() if self.limits.stop is not None else None

    def met(self) -> Met:
        """Give what was met so far, to be told to another process."""
        return Met(self.log.each(), self.meter.charges(), self.meter.capped)

    def take(self, others: Sequence[Met]) -> bool:
        """Take over what other processes met in this bundle, unless a cap forbids it."""
        if any(one.capped for one in others):
            return False
        if not self.meter.take([charge for one in others for charge in one.charges]):
            return False
        for one in others:
            self.log.take(one.problems)
        return True

    def admit(self, owner: str) -> bool:
        """Count one more file or entry of `owner`; False, and a problem, when it is too many."""
        if (reason := self.stopped) is not None:
            self.log.note(owner, "stopped", f"{owner}: {reason}; the rest was not read.")
            return False
        self._entries += 1
        if self._entries <= self.limits.max_entries:
            return True
        self._over = self._over or owner  # One problem, wherever the rest would have been met.
        self.log.tally(
            self._over,
            "too_many",
            f"{self._over}: more than {self.limits.max_entries} files in the bundle; the rest was "
            "not read. Give only the directories that hold logs.",
        )
        return False
