"""What a text tells of a JVM beside its log records: crashes, kills, limits, thread dumps.

Blocks pass on their way to the scan; rows are ready when the text was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from h2o_forensics.readers.container_json import read_inspect
from h2o_forensics.readers.hs_err import (
    HEAD,
    MAX_REPORT_BYTES,
    read_heads,
    read_hs_err,
    without_secrets,
)
from h2o_forensics.readers.kills import FEW_WORDS, WORDS, kill_rows
from h2o_forensics.readers.limits import WORDS as LIMIT_WORDS
from h2o_forensics.readers.limits import limit_rows
from h2o_forensics.readers.thread_dump import ThreadDumps, read_traces
from h2o_forensics.readers.threads import Dump

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from h2o_forensics.model.scan import Block

Row = dict[str, Any]
_CHUNK_BYTES = 4 * 2**20
"""A description or a kernel's report is read in stretches of this size."""
_MAX_CRASHES = 50
_JSON_WORDS = (b'"thread_traces"', b'"OOMKilled"', b'"containerStatuses"')
_NO_TEXT = frozenset({"http_log", "gc_log"})


class Side(Struct):
    """What one artifact tells."""

    crashes: list[Row] = []
    kills: list[Row] = []
    limits: list[Row] = []
    dumps: list[Dump] = []


class SideReader:
    """Reads one text as its blocks go by.

    Args:
        kind: of the artifact, as identified.
        path: of the file; a cgroup's file holds but a value, its name says which.
    """

    def __init__(self, kind: str, path: str) -> None:
        self.found = Side(crashes=[], kills=[], limits=[], dumps=[])
        self._kind, self._path = kind, path
        self._dumps = ThreadDumps()
        self._held: list[bytes] = []
        self._size = 0
        self._line = 1
        self._most = MAX_REPORT_BYTES if kind == "hs_err" else _CHUNK_BYTES

    def follow(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The same blocks; a crash report's without its secrets."""
        if self._kind == "hs_err":
            yield from without_secrets(self._noted(blocks))
        elif self._kind in _NO_TEXT:
            yield from blocks
        else:
            yield from self._noted(blocks)

    def close(self) -> Side:
        """What was found."""
        self._take()
        self.found.dumps.extend(self._dumps.close())
        return self.found

    def _noted(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            self._dumps.read(block.data, block.size)
            self._held.append(block.data[: block.size])
            self._size += block.size
            if self._size >= self._most:
                self._take()
            yield block

    def _take(self) -> None:
        data = b"".join(self._held)
        self._held, self._size = [], 0
        first, self._line = self._line, self._line + data.count(b"\n")
        if self._kind == "hs_err":
            row = read_hs_err(_text(data[:MAX_REPORT_BYTES])) if first == 1 else None
            self.found.crashes.extend([row] if row else [])
            return
        if HEAD in data and len(self.found.crashes) < _MAX_CRASHES:
            self.found.crashes.extend(read_heads(_text(data), first))
        self.found.kills.extend(
            kill_rows(data, first, FEW_WORDS if self._kind == "h2o_log" else WORDS)
        )
        named = self._path.rpartition("/")[2].startswith(("memory.", "cpu."))
        if self._kind in {"cgroup", "console", "text"} and (
            named or any(word in data for word in LIMIT_WORDS)
        ):
            self.found.limits.extend(limit_rows(_text(data), self._path, first))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def side_of_json(data: bytes) -> Side | None:
    """What `/3/JStack`, `docker inspect` and `kubectl get pods` tell; None: it is none of them."""
    if not any(word in data for word in _JSON_WORDS):
        return None
    try:
        document = msgspec.json.decode(data.lstrip(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    dumps = read_traces(document) if isinstance(document, dict) else []
    kills, limits = read_inspect(document)
    found = Side(crashes=[], kills=kills, limits=limits, dumps=dumps)
    return found if dumps or kills or limits else None
