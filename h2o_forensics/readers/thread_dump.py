r"""Thread dumps: jstack and jcmd output, `kill -3` inside standard output, H2O's own, `/3/JStack`.

    2026-11-22 14:17:53
    Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode, sharing):
    "Worker-2" #13 prio=5 os_prio=0 cpu=0.51ms tid=0x00007f90d40b7b80 nid=0x4c3d waiting for ...
       java.lang.Thread.State: BLOCKED (on object monitor)
            at Dead.lock(Dead.java:5)
            - waiting to lock <0x00000000ffd199a0> (a java.lang.Object)
            - locked <0x00000000ffd199b0> (a java.lang.Object)
    JNI global refs: 4, weak refs: 0
    Found one Java-level deadlock:

H2O's own stand in its log behind H2O's header, between `HttpReq traces` and the row `TOTAL`; they
tell of no locks.  Lines of a program that stand inside a dump are passed over.
Sources: OpenJDK, src/hotspot/share/services/threadService.cpp; h2o-core,
water/util/JStackCollectorTask.java
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from h2o_forensics.readers.h2o_log import H2OLogFormat
from h2o_forensics.readers.threads import Dump, Thread, tie

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DUMPS = 200
"""Dumps kept per artifact: the first ones."""
MAX_THREADS = 5_000
"""Threads kept per dump; the others are counted."""
MAX_FRAMES = 30
MAX_LOCKS = 100
_MAX_DUMP_LINES, _MAX_STRANGE_LINES = 400_000, 2_000
_MAX_NAME, _MAX_LINE, _MAX_TEXT = 200, 4096, 1024
_START, _START_H2O = b"Full thread dump ", b"HttpReq traces"
HINTS = (b"Full thread dum", b"pReq t")
"""Where none of these stands, no dump begins."""
_STAMP_BYTES = 40
_STAMP = re.compile(r"(?:^|\n)(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$")
_HEAD = re.compile(
    r'"(?P<name>.*)"(?: #\d+)?(?: \[\d+\])?(?P<daemon> daemon)?(?: prio=\d+)?(?: os_prio=-?\d+)?'
    r"(?: cpu=\S+)?(?: elapsed=\S+)?(?: allocated=\S+)?(?: defined_classes=\d+)?"
    r" tid=(?:0x[0-9a-f]+ nid=|\d+ java\.lang\.Thread\.State: (?P<state>[A-Z_]+))"
)
_OLD_FRAME = re.compile(rb"\d\d-\d\d [^\n]{20,120}?: (?=\tat )")
_STATE = re.compile(r"\s{0,40}java\.lang\.Thread\.State: ([A-Z_]+)")
_LOCK = re.compile(
    r"\s{0,40}- (?P<how>waiting to lock|waiting to re-lock in wait\(\)|waiting on"
    r"|parking to wait for|locked|eliminated)? {0,2}<(?P<at>0x[0-9a-f]+)>"
    r"(?: \(an? (?P<of>[^)]{1,200})\))?"
)
_COMPLETE = re.compile(r"JNI global ref|JNI weak refs")
_DEADLOCK = re.compile(r"Found (?:one|an?|\d+) (?:Java-level )?deadlocks?[:.]")
_NAMED = re.compile(r'"(.*)":$')
_FRAME_PREFIX = re.compile(
    r"^[\w.]{0,100}@?[\w.+-]{0,100}//?(?=[\w$.]{1,300}\()|\((java[\w.]{1,40}@[\w.+-]{1,60}/)"
)


class ThreadDumps:
    """Finds the dumps in a text that is read line by line, in blocks."""

    def __init__(self) -> None:
        self.dumps: list[Dump] = []
        self.left_out = 0
        """Dumps beyond those that are kept."""
        self._form = H2OLogFormat()
        self._dump: Dump | None = None
        self._thread: Thread | None = None
        self._section = ""
        """Empty: threads.  `deadlock`: names of threads; `after`: to be passed over."""
        self._before = ""
        self._line = 1

    def read(self, data: bytes, size: int) -> None:
        """The next block, `data[:size]`."""
        at, line = 0, self._line
        self._line += data.count(b"\n", 0, size)
        while at < size:
            if self._dump is None:
                found = _next_start(data, at, size)
                if found < 0:
                    break
                begin = data.rfind(b"\n", at, found) + 1 or at
                line += data.count(b"\n", at, begin)
                if begin > 0:
                    self._before = _decoded(data[max(0, begin - _STAMP_BYTES) : begin - 1])
                at = begin
            end = data.find(b"\n", at, size)
            end = size if end < 0 else end
            self._take(data, at, end, line)
            self._before = _decoded(data[max(at, end - _STAMP_BYTES) : end])
            at, line = end + 1, line + 1
        self._before = _decoded(data[max(0, size - _STAMP_BYTES) : size]).rstrip("\n")

    @property
    def waits(self) -> bool:
        """A dump has begun, and goes on in the next block."""
        return self._dump is not None

    def skip(self, data: bytes, size: int, line_ends: int) -> None:
        """The next block, in which no dump begins or goes on."""
        self._line += line_ends
        self._before = _decoded(data[max(0, size - _STAMP_BYTES) : size]).rstrip("\n")

    def close(self) -> list[Dump]:
        """The dumps, in order."""
        self._end()
        return self.dumps

    def _take(self, data: bytes, at: int, end: int, line: int) -> None:
        header = self._form.header(data, at)
        begin = header.message_at if header else at
        text = _decoded(data[begin : min(end, at + _MAX_LINE)])
        whole = _decoded(data[at : min(end, at + _MAX_TEXT)])
        if text.startswith("Full thread dump ") or (header and text == "HttpReq traces"):
            self._begin(Dump(line=line, text=whole, stamp=header, threads=[]))
            return
        dump = self._dump
        if dump is None:
            return
        frame = header is None and dump.stamp is not None and _OLD_FRAME.match(data, at, end)
        if frame:  # format A gives them a header, too
            text = _decoded(data[frame.end() : min(end, at + _MAX_LINE)])
        dump.lines += 1
        dump.strange += 1
        if dump.lines > _MAX_DUMP_LINES or dump.strange > _MAX_STRANGE_LINES:
            self._end()
        elif (header is None) != (dump.stamp is None) and not frame:
            return  # of the program, between the lines of the dump
        elif dump.stamp is not None:
            self._take_h2o(dump, text, line, whole)
        else:
            self._take_jvm(dump, text, line, whole)

    def _begin(self, dump: Dump) -> None:
        self._end()
        stamp = _STAMP.search(self._before) if dump.stamp is None else None
        dump.local = stamp[1] if stamp else None
        dump.node = dump.stamp.node if dump.stamp else None
        self._dump, self._section, self._thread = dump, "", None

    def _end(self) -> None:
        if self._dump is not None and (self._dump.threads or self._dump.complete):
            tie(self._dump)
            if len(self.dumps) < MAX_DUMPS:
                self.dumps.append(self._dump)
            else:
                self.left_out += 1
        self._dump = self._thread = None

    def _take_h2o(self, dump: Dump, text: str, line: int, whole: str) -> None:
        if text.lstrip().startswith("TOTAL "):
            dump.complete = True
            self._end()
        elif not text.startswith("Thread "):
            self._thread = take_line(dump, self._thread, text, line, whole)

    def _take_jvm(self, dump: Dump, text: str, line: int, whole: str) -> None:
        if _COMPLETE.match(text):
            dump.complete, self._section, self._thread = True, "after", None
        elif _DEADLOCK.match(text):
            self._section, dump.strange = "deadlock", 0
        elif text.startswith("Java stack information for the threads listed above"):
            self._section, dump.strange = "after", 0
        elif self._section == "deadlock":
            named = _NAMED.match(text)
            for thread in dump.threads if named else ():
                thread.deadlocked |= named is not None and thread.name == named[1][:_MAX_NAME]
        elif not self._section:
            self._thread = take_line(dump, self._thread, text, line, whole)
        elif text == "Heap":
            self._end()


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\r")


def _next_start(data: bytes, at: int, size: int) -> int:
    found = [where for word in (_START, _START_H2O) if (where := data.find(word, at, size)) >= 0]
    return min(found, default=-1)


def take_line(
    dump: Dump, thread: Thread | None, text: str, line: int | None, whole: str
) -> Thread | None:
    """Take one line into the dump; the thread it belongs to from now on."""
    head = _HEAD.match(text) if text.startswith('"') else None
    if head is not None:
        fresh = Thread(head["name"][:_MAX_NAME], line, whole, head["state"], frames=[], holds=[])
        if len(dump.threads) < MAX_THREADS:
            dump.threads.append(fresh)
        else:
            dump.more += 1
        dump.strange = 0
        return fresh
    if thread is None:
        return None
    if text.startswith("\tat ") or text.lstrip().startswith("at "):
        if len(thread.frames) < MAX_FRAMES:
            thread.frames.append(_FRAME_PREFIX.sub(_plain, text.strip()[3:])[:300])
        dump.strange = 0
    elif (lock := _LOCK.match(text)) is not None:
        _take_lock(thread, lock)
    elif (state := _STATE.match(text)) is not None:
        thread.state = state[1]
    return thread


def _plain(match: re.Match[str]) -> str:
    """Without the module and its version: they differ between dumps that are compared."""
    return "(" if match[1] else ""


def _take_lock(thread: Thread, lock: re.Match[str]) -> None:
    how, at = lock["how"], lock["at"]
    if how in {"locked", None}:
        if len(thread.holds) < MAX_LOCKS:
            thread.holds.append(at)
        return
    if thread.blocked_on is None and how != "eliminated":
        thread.blocked_on, thread.of = at, lock["of"]
        thread.monitor = how.startswith("waiting to ")


def read_traces(document: dict[str, Any]) -> list[Dump]:
    """The dumps of a `/3/JStack` answer, one per node."""
    traces = document.get("traces")
    dumps = []
    for number, one in enumerate(traces[:MAX_DUMPS] if isinstance(traces, list) else []):
        texts = one.get("thread_traces") if isinstance(one, dict) else None
        if not isinstance(texts, list):
            continue
        node, moment = one.get("node"), one.get("time")
        name = node.rpartition("/")[2] if isinstance(node, str) else None
        dump = Dump(
            line=None, text=f"thread traces of {name}", node=name, pointer=f"/traces/{number}",
            at_ms=moment if isinstance(moment, int) else None, threads=[],
        )  # fmt: skip
        _take_traces(dump, texts, number)
        if dump.threads:
            dumps.append(dump)
    return dumps


def _take_traces(dump: Dump, texts: Iterable[object], number: int) -> None:
    for at, text in enumerate(texts):
        if not isinstance(text, str):
            continue
        dump.complete |= text.startswith("Thread Summary") and "TOTAL" in text
        thread: Thread | None = None
        for line in text.split("\n")[: MAX_FRAMES + 1]:
            thread = take_line(dump, thread, line, None, line[:1024])
        if thread is not None:
            thread.text = f"/traces/{number}/thread_traces/{at}: {thread.text}"[:1024]
