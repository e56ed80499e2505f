"""Unified logging (JDK 9 and later): blocks of lines in, a digest for each run of a JVM out.

Lines are told apart by their shape: the line without digits, hex letters, dots and blanks.  Shapes
are few, so each is looked at once and then known; of the lines of a block, only those whose shape
says something are looked at.  That costs three passes in C, whatever the level.  What follows:

* Every line counts, and so does every line not understood, at every level.
* A line below `info` that is no event is a detail, never one not understood; so is, where tags are
  written, a line of `gc,heap`, `gc,phases` and the like.
* Two lines that differ in nothing but numbers are understood alike; where numbers are taken from a
  line, they are read strictly.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from h2o_forensics.gc.candidates import ENGAGED, lines_with, words_in
from h2o_forensics.gc.decorations import NONE, Stamp
from h2o_forensics.gc.events import Place
from h2o_forensics.gc.unified_layouts import Layouts
from h2o_forensics.gc.unified_messages import (
    BELOW_INFO,
    Kind,
    detail_of,
    is_idle,
    is_numbered,
    kind_of,
)
from h2o_forensics.gc.unified_run import HANDLERS, LOOSE, UnifiedRun
from h2o_forensics.gc.unified_runs import UnifiedRuns
from h2o_forensics.line_ends import LineEnds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from h2o_forensics.gc.candidates import Lines
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.gc.events import When

    Handler = Callable[[UnifiedRun, bytes, When, Place], bool | None]
    Loose = Callable[[UnifiedRun, bytes, int], bool]

_NOISE = b"0123456789abcdefABCDEFx. \r"
_CHUNK = 1 << 18
_MOST_SHAPES = 20_000
_LONGEST_SHAPE = 400
_LONGEST_LINE = 8192
_TAIL = 2048
_STEPS = 2000
_LINES_AT_ONCE = 2000
_ONLY_IN_OWN_FILE = frozenset(
    {Kind.FACT, Kind.VERSION, Kind.EXIT, Kind.ENTERING, Kind.STOPPED, Kind.INITIALIZING}
)
_PIDS = re.compile(rb"\[(\d{1,9})[] ]")
_ANCHORS = (b"GC(", b"Using ", b"afepoint ")
_HEADER = UnifiedRun.header


class _Piece:
    """Lines that are read at once; `numbers`: of each one in the stream; None: as they stand."""

    def __init__(self, block: bytes, first_line: int, numbers: Sequence[int] | None = None) -> None:
        self.block = block
        self.keys = block.translate(None, _NOISE).split(b"\n")
        self.lines = block.split(b"\n")
        self.numbers = numbers or range(first_line, first_line + len(self.lines))
        self.cut = len(self.lines) - 1 if self.lines[-1] else -1
        """The line that has no end, as the last one of a stream may."""
        self.counted = 0


def _places(data: bytes, size: int) -> Iterator[int]:
    for anchor in _ANCHORS:
        at = data.find(anchor, 0, size)
        while at >= 0:
            yield at
            end = data.find(b"\n", at, size)
            at = data.find(anchor, size if end < 0 else end, size)


class UnifiedParser:
    """Reads unified logging in a stream; see `gc.read`.

    Args:
        own_file: see GcReader.
    """

    def __init__(self, *, own_file: bool = True) -> None:
        self._own_file = own_file
        self.next_line = 1
        """Number of the line after the last block of a log of its own."""
        self._layouts = Layouts(own_file=own_file)
        self._runs = UnifiedRuns()
        self._run: UnifiedRun | None = None
        """That of the last line."""
        self._single: UnifiedRun | None = None
        """The same, if there is but one process."""
        self._has_strangers = False
        """Lines of something else stand in the file, too."""
        self._forget()

    def _forget(self) -> None:
        """Shapes are known only for the layouts that were known when they were seen."""
        self._quiet: set[bytes] = {b""}
        self._ours = set[bytes]()
        self._handlers: dict[bytes, Handler] = {}
        self._loose: dict[bytes, Loose] = {}

    @property
    def engaged(self) -> bool:
        """A line's decorations are known."""
        return bool(self._layouts.known)

    @property
    def knows_all(self) -> bool:
        """Every line so far was of unified logging."""
        return self._own_file and self.engaged and not self._has_strangers

    def gate(self, data: bytes, size: int, places: Iterable[int] | None = None) -> bool:
        """Whether a line stands in the block that only unified logging writes.

        Args:
            data: the block is `data[:size]`.
            size: of the block.
            places: in lines that may be such; None: to be looked for.
        """
        done = 0
        for at in _places(data, size) if places is None else places:
            if places is not None and at < done:
                continue
            begin = data.rfind(b"\n", max(0, at - _LONGEST_LINE), at) + 1
            end = data.find(b"\n", at, size)
            done = size if end < 0 else end
            if self._layouts.of_sure(data[begin : min(done, begin + _LONGEST_LINE)].rstrip(b"\r")):
                return True
        return False

    def read_some(self, lines: Lines) -> None:
        """The next block of a program's output, of which only some lines may be the JVM's."""
        for at in range(0, len(lines.texts), _LINES_AT_ONCE):
            texts = lines.texts[at : at + _LINES_AT_ONCE]
            numbers = lines.numbers[at : at + _LINES_AT_ONCE]
            self._read(_Piece(b"".join(texts), numbers[0], [*numbers, numbers[-1] + 1]))

    def read(self, data: bytes, size: int, first_line: int) -> None:
        """The next block, in pieces that fit a processor's cache."""
        if not self._own_file:
            found = words_in(data, size, ENGAGED)
            self.read_some(lines_with(data, size, found, first_line, LineEnds(data, size)))
            return
        at, line = 0, first_line
        while at < size:
            end = size
            if size - at > _CHUNK:
                end = (
                    data.rfind(b"\n", at, at + _CHUNK) + 1 or data.find(b"\n", at, size) + 1 or size
                )
            piece = _Piece(data[at:end], line)
            self._read(piece)
            line += len(piece.lines) - 1
            at = end
        self.next_line = line

    def _read(self, piece: _Piece) -> None:
        index = 0
        while index >= 0:
            index = self._read_from(piece, index)
        self._end(piece)

    def close(self) -> list[RunDigest]:
        """The runs; in a program's output, an undecorated header alone is none."""
        sure = self._own_file or any(layout is not NONE for layout in self._layouts.known)
        return [run.close() for run in self._runs.all if sure or run.has_begun]

    def _read_from(self, piece: _Piece, start: int) -> int:
        """Read lines; the index to read again from, as decorations were learnt there; -1: done."""
        quiet = self._quiet
        hits = [
            index
            for index, key in enumerate(piece.keys[start:] if start else piece.keys, start)
            if key not in quiet
        ]
        keys, lines, numbers = piece.keys, piece.lines, piece.numbers
        loose, handlers = self._loose, self._handlers
        for index in hits:
            key = keys[index]
            if (run := self._single) is not None:
                line = lines[index]
                if (quick := loose.get(key)) is not None:
                    if not quick(run, line, numbers[index]):
                        run.digest.not_understood(line, numbers[index])
                    continue
                if (handler := handlers.get(key)) is not None and self._at_once(
                    run, handler, line, numbers[index]
                ):
                    continue
            if key not in quiet and (again := self._slowly(piece, index)) >= 0:
                return again
        return -1

    def _slowly(self, piece: _Piece, index: int) -> int:
        """A line of any kind; the index to read again from, -1: nothing was learnt."""
        raw = piece.lines[index]
        if raw.endswith(b"\r"):
            raw = raw[:-1]
        stamp = self._layouts.stamp(raw[:_LONGEST_LINE])
        if stamp is not None:
            self._line(piece, index, raw[:_LONGEST_LINE], stamp)
        elif self._layouts.learn(raw[:_LONGEST_LINE], piece.lines):
            again = len(self._layouts.known) > 1
            if again and self._run is not None and len(self._runs.by_pid) == 1:
                self._run.digest.lines += self._count(piece, index)
            self._forget()
            if again:
                return index
            self._has_strangers = False
            return 0
        else:
            self._unstamped(piece, index, raw)
        return -1

    def _at_once(self, run: UnifiedRun, handler: Handler, raw: bytes, line: int) -> bool:
        """The short way: a known shape, one process, time going forward; False: not so."""
        moment = self._layouts.known[0].moment(raw)
        if moment is None or handler is _HEADER or raw[-1:] == b"\r":
            return False
        when, end, pid = moment
        uptime = when.uptime_ms
        if pid != run.digest.pid or (uptime is not None and uptime < run.last_uptime):
            return False
        done = handler(run, raw[end:], when, Place(line, raw))
        if done is None:
            return False
        if uptime is not None:
            run.last_uptime = uptime
        if not done:
            run.digest.not_understood(raw, line)
        return True

    def _line(self, piece: _Piece, index: int, raw: bytes, stamp: Stamp) -> None:
        key, message = piece.keys[index], raw[stamp.end :]
        handler = self._handlers.get(key)
        if handler is None and (quick := self._loose.get(key)) is not None:
            quick(self._run_of(piece, index, stamp), raw, piece.numbers[index])
            return
        if handler is None:
            kind = self._kind(message, stamp)
            if index == piece.cut and kind is Kind.UNKNOWN:
                return  # It may have been anything.
            handler = self._remember(key, kind)
            if kind is Kind.FOREIGN:
                return
            if kind in LOOSE:
                LOOSE[kind](self._run_of(piece, index, stamp), raw, piece.numbers[index])
                return
        run = self._run_of(piece, index, stamp)
        if handler is None:
            return
        line = piece.numbers[index]
        done = (
            None
            if handler is _HEADER and run.begins_again(message)
            else handler(run, message, stamp.when, Place(line, raw))
        )
        if done is None:
            run = self._runs.begin(stamp, line)
            self._changed(piece, index, run)
            done = handler(run, message, stamp.when, Place(line, raw))
        if not done:
            run.digest.not_understood(raw, line)

    def _kind(self, message: bytes, stamp: Stamp) -> Kind:
        kind = kind_of(message)
        if is_idle(kind, stamp.tags):
            return Kind.DETAIL
        bare = stamp.end == 0
        if not self._own_file and bare and kind in _ONLY_IN_OWN_FILE:
            return Kind.FOREIGN
        if kind is not None and (kind is not Kind.UNKNOWN or stamp.level not in BELOW_INFO):
            return kind
        if not self._own_file and stamp.tags is None and not is_numbered(message):
            return Kind.FOREIGN
        return detail_of(message, stamp.level, stamp.tags)

    def _remember(self, key: bytes, kind: Kind) -> Handler | None:
        """What to do with lines of this shape from now on."""
        handler = HANDLERS.get(kind)
        if len(key) > _LONGEST_SHAPE:
            return handler
        if len(self._quiet) + len(self._handlers) > _MOST_SHAPES:
            self._quiet.clear()  # In place: the loop that asks holds it.
            self._quiet.add(b"")
            self._ours.clear()
            self._handlers.clear()
            self._loose.clear()
        if kind in LOOSE:
            self._loose[key] = LOOSE[kind]
        elif handler is None:
            self._quiet.add(key)
        else:
            self._handlers[key] = handler
        if kind is Kind.FOREIGN:
            self._has_strangers = True
        else:
            self._ours.add(key)
        return handler

    def _unstamped(self, piece: _Piece, index: int, raw: bytes) -> None:
        """A line without the decorations: a stranger's, or one into which the JVM wrote."""
        key, line = piece.keys[index], piece.numbers[index]
        tail = raw[-_TAIL:]
        stamp = self._layouts.inside(tail)
        if stamp is not None:
            message = tail[stamp.end :]
            kind = kind_of(message)
            handler = HANDLERS.get(kind) if kind else None
            run = self._runs.by_pid.get(stamp.pid)
            if handler and run is not None and run.goes_on_with(message, stamp.when):
                handler(
                    self._run_of(piece, index, stamp),
                    message,
                    stamp.when,
                    Place(line, tail[stamp.begin :]),
                )
            return
        if (
            not self._own_file
            or line == 1
            or index == piece.cut
            or not self.engaged
            or self._layouts.is_others(raw)
            or self._layouts.decorate_all
        ):
            self._remember(key, Kind.FOREIGN)
        else:
            self._has_strangers = True
            if self._run is not None:
                self._run.digest.not_understood(raw[:_LONGEST_LINE], line)

    def _run_of(self, piece: _Piece, index: int, stamp: Stamp) -> UnifiedRun:
        run = self._runs.of(stamp, piece.numbers[index])
        if run is not self._run:
            self._changed(piece, index, run)
        return run

    def _changed(self, piece: _Piece, index: int, run: UnifiedRun) -> None:
        """Another run than the line before: if it has just begun, that line ended the other."""
        before, self._run = self._run, run
        self._single = run if len(self._runs.by_pid) == 1 else None
        if (
            before is not None
            and run.digest.first_line == piece.numbers[index]
            and len(self._runs.by_pid) == 1
        ):
            before.digest.lines += self._count(piece, index)
            self._see_last(piece, index, before)

    def _count(self, piece: _Piece, until: int) -> int:
        keys = piece.keys[piece.counted : until]
        piece.counted = until
        all_ours = self._own_file and not self._has_strangers
        return len(keys) - keys.count(b"") if all_ours else sum(map(self._ours.__contains__, keys))

    def _end(self, piece: _Piece) -> None:
        by_pid = self._runs.by_pid
        if len(by_pid) == 1 and self._run is not None:
            self._run.digest.lines += self._count(piece, len(piece.keys))
            self._see_last(piece, len(piece.keys), *by_pid.values())
        elif by_pid:
            counts = Counter(_PIDS.findall(piece.block))
            for pid, run in by_pid.items():
                run.digest.lines += counts[b"%d" % (pid or 0)]
            self._see_last_of_all(piece, dict(by_pid))
        for run in by_pid.values():
            run.flush()

    def _see_last_of_all(self, piece: _Piece, left: dict[int | None, UnifiedRun]) -> None:
        """As `_see_last`, of many processes: each line is looked at once."""
        for index in range(len(piece.keys) - 1, max(-1, len(piece.keys) - 1 - _STEPS), -1):
            if not left:
                return
            if (stamp := self._stamp_of_ours(piece, index)) is None:
                continue
            for pid in list(left) if stamp.pid is None else (stamp.pid, None):
                if (run := left.pop(pid, None)) is not None:
                    _saw(run, stamp, piece.numbers[index])

    def _stamp_of_ours(self, piece: _Piece, index: int) -> Stamp | None:
        if piece.keys[index] not in self._ours:
            return None
        return self._layouts.stamp(piece.lines[index][:_LONGEST_LINE])

    def _see_last(self, piece: _Piece, until: int, run: UnifiedRun) -> None:
        """Tell the run's digest of its last line before an index."""
        for index in range(until - 1, max(-1, until - 1 - _STEPS), -1):
            stamp = self._stamp_of_ours(piece, index)
            if stamp is not None and run.is_of(stamp):
                _saw(run, stamp, piece.numbers[index])
                return


def _saw(run: UnifiedRun, stamp: Stamp, line: int) -> None:
    run.digest.seen(stamp.when, line)
    run.digest.last_line = max(run.digest.last_line, line)
