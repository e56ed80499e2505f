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
    HEAD_HINT,
    MAX_REPORT_BYTES,
    read_heads,
    read_hs_err,
)
from h2o_forensics.readers.kills import (
    FEW_HINTS,
    FEW_WORDS,
    HINTS,
    WORDS,
    kill_rows,
    verdict_starts,
)
from h2o_forensics.readers.limits import HINTS as LIMIT_HINTS
from h2o_forensics.readers.limits import WORDS as LIMIT_WORDS
from h2o_forensics.readers.limits import limit_rows
from h2o_forensics.readers.thread_dump import HINTS as DUMP_HINTS
from h2o_forensics.readers.thread_dump import ThreadDumps, read_traces
from h2o_forensics.readers.threads import Dump

if TYPE_CHECKING:
    from h2o_forensics.literals import Found
    from h2o_forensics.model.scan import Block

Row = dict[str, Any]
_CHUNK_BYTES = 4 * 2**20
"""A description or a kernel's report is read in stretches of this size."""
_MAX_CRASHES = 50
_JSON_WORDS = (b'"thread_traces"', b'"OOMKilled"', b'"containerStatuses"')
_NO_TEXT = frozenset({"http_log", "gc_log"})
_WITH_LIMITS = frozenset({"cgroup", "console", "text"})


class Side(Struct):
    """What one artifact tells."""

    crashes: list[Row] = []
    kills: list[Row] = []
    limits: list[Row] = []
    dumps: list[Dump] = []


class SideReader:
    """Reads one text as its blocks go by, see `readers.watch`.

    Args:
        kind: of the artifact, as identified.
        path: of the file; a cgroup's file holds but a value, its name says which.
    """

    def __init__(self, kind: str, path: str) -> None:
        self.found = Side(crashes=[], kills=[], limits=[], dumps=[])
        self.words = () if kind in _NO_TEXT or kind == "hs_err" else _words_of(kind)
        """What each block is to be searched for."""
        self._kind, self._path = kind, path
        self._kill_words = FEW_WORDS if kind == "h2o_log" else WORDS
        self._is_named = path.rpartition("/")[2].startswith(("memory.", "cpu."))
        self._dumps = ThreadDumps()
        self._held: list[Block] = []
        self._verdicts: list[int] = []
        """Where lines begin in what is held that may be verdicts."""
        self._has_head = self._has_limits = False
        self._size = 0
        self._line_ends = 0
        self._line = 1
        self._most = MAX_REPORT_BYTES if kind == "hs_err" else _CHUNK_BYTES

    def look(self, block: Block, found: Found, line_ends: int) -> None:
        """Take the next block with so many line ends, in which the `words` were found."""
        if self._kind in _NO_TEXT:
            return
        words = self.words
        if self._dumps.waits or any(words[index] in DUMP_HINTS for _, index in found):
            self._dumps.read(block.data, block.size)
        else:
            self._dumps.skip(block.data, block.size, line_ends)
        if found:
            self._note(block, {words[index] for _, index in found}, found)
        self._held.append(block)
        self._size += block.size
        self._line_ends += line_ends
        if self._size >= self._most:
            self._take()

    def _note(self, block: Block, words: set[bytes], found: Found) -> None:
        """What the words stand for, told from what merely looks like it."""
        data = block.data
        if not words.isdisjoint(HINTS):
            ends = (end - 1 for end, index in found if self.words[index] in HINTS)
            starts = verdict_starts(data, ends, self._kill_words)
            self._verdicts.extend(self._size + start for start in starts)
        self._has_head |= HEAD_HINT in words and HEAD in data
        self._has_limits |= not words.isdisjoint(LIMIT_HINTS) and any(
            word in data for word in LIMIT_WORDS
        )

    def close(self) -> Side:
        """What was found."""
        self._take()
        self.found.dumps.extend(self._dumps.close())
        return self.found

    def _take(self) -> None:
        blocks, verdicts, first = self._held, self._verdicts, self._line
        has_head = self._has_head and len(self.found.crashes) < _MAX_CRASHES
        has_limits = self._kind in _WITH_LIMITS and (self._has_limits or self._is_named)
        self._line += self._line_ends
        self._held, self._verdicts, self._size, self._line_ends = [], [], 0, 0
        self._has_head = self._has_limits = False
        is_report = self._kind == "hs_err"
        if not (verdicts or is_report or has_head or has_limits):
            return
        data = b"".join(block.data[: block.size] for block in blocks)
        if is_report:
            row = read_hs_err(_text(data[:MAX_REPORT_BYTES])) if first == 1 else None
            self.found.crashes.extend([row] if row else [])
            return
        if has_head:
            self.found.crashes.extend(read_heads(_text(data), first))
        self.found.kills.extend(kill_rows(data, first, self._kill_words, verdicts))
        if has_limits:
            self.found.limits.extend(limit_rows(_text(data), self._path, first))


def _words_of(kind: str) -> tuple[bytes, ...]:
    limits = LIMIT_HINTS if kind in _WITH_LIMITS else ()
    kills = FEW_HINTS if kind == "h2o_log" else HINTS
    return (*DUMP_HINTS, HEAD_HINT, *kills, *limits)


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
