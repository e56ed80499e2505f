r"""Crash reports of a JVM: `hs_err_pid*.log` of JDK 8 to 25, and their heads on consoles.

    #  SIGSEGV (0xb) at pc=0x00007f4014d87f14 (sent by kill), pid=21014, tid=21014
    #  Internal Error (debug.cpp:362), pid=19566, tid=19567
    #  fatal error: OutOfMemory encountered: Java heap space
    # Native memory allocation (mmap) failed to map 214748364800 bytes. Error detail: ...

A report holds the whole environment and command line, secrets included.  Rows hold what was parsed
and lines of the head, nothing else; `without_secrets` takes those lines out of what is scanned.
Source: OpenJDK, src/hotspot/share/utilities/vmError.cpp
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from h2o_forensics.model.scan import Block
from h2o_forensics.model.values import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = dict[str, Any]
MAX_REPORT_BYTES = 8 * 2**20
"""A report is read up to here; real ones have some 50 to 500 KB."""
MAX_TEXT = 300
HEAD = b" the Java Runtime Environment"
"""In the second line of a report, and of what Java prints on standard output."""
HEAD_HINT = b"time Env"
_HEAD_LINES, _HEAD_WIDTH = 60, 1000
_FAULT = re.compile(
    r"#  ?(?P<what>SIG[A-Z]{2,8}|EXCEPTION_[A-Z_]{3,60}|Internal Error|Out of Memory Error)"
    r"(?P<rest>[^\n]{0,200}?), pid=(?P<pid>\d{1,10}),"
)
_TOLD = re.compile(r"#  ?((?:fatal error|guarantee|assert|Error|error)\b[: (][^\n]+)")
_ASKED = re.compile(
    r"# (Native memory allocation \(\w+\) failed to (?:map|allocate|commit|reserve) "
    r"(\d{1,18}) bytes[^\n]*|Cannot create [^\n]{0,80}thread[^\n]*)"
)
_JDK = re.compile(r"# JRE version:[^\n(]{0,200}(?:\(TM\)[^\n(]{0,200})?\((\d[^\n)]{0,60})\)")
_LIBRARY = re.compile(r"[CV] +\[([^\]+\n]{1,100})(?:\+0x[0-9a-fA-F]+)?\]")
_THREAD = re.compile(
    r'^Current thread \(0x[0-9a-f]+\):  \w+ (?:"([^\n]{0,200}?)" *(?:daemon )?\[|\[)'
    r"|^Current thread is (native thread)",
    re.MULTILINE,
)
_SENT = re.compile(
    r"^siginfo: ?[^\n]{0,80}\bsi_code[=:] ?-?\d{1,3} \(SI_(?:USER|TKILL|QUEUE)\)", re.MULTILINE
)
_UPTIME = re.compile(r"^(?:Time: [^\n]{0,60}? )?elapsed time: ([\d.]{1,20}) seconds", re.MULTILINE)
_TIME = re.compile(
    r"^[Tt]ime: \w{3} (\w{3}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})(?: ([\w+:/ -]{1,60}?))?"
    r"(?: elapsed time:|$)",
    re.MULTILINE,
)
_ZONE = re.compile(r"^timezone: (\w{1,10})", re.MULTILINE)
_HEAP = re.compile(r"^Heap:\n(?P<lines>(?:[^\n]+\n){1,60})", re.MULTILINE)
_GENERATION = re.compile(
    r"^ ?(?!\s|Metaspace|class space|[\w-]*[Pp]erm|compacting perm)[^\n]{1,60}? "
    r"(?:total (?:reserved )?\d+[KMG], (?:committed \d+[KMG], )?)?used (\d+[KMG])\b"
    r"|^ (?:\d+[KMG] [a-z ]{1,20}, ){1,3}(\d+[KMG]) used",
    re.MULTILINE,
)
_MAX_HEAP = re.compile(r"^ *(?:size_t|uintx) +MaxHeapSize +:?= *(\d{1,18})\b", re.MULTILINE)
_ARGUMENTS = re.compile(r"^(?:jvm_args|Command Line): ([^\n]*)", re.MULTILINE)
_XMX = re.compile(r"(?:^| )-(?:Xmx|XX:MaxHeapSize=)(\d{1,12}[kKmMgGtT]?)(?= |$)")
_MEMORY = re.compile(
    r"^Memory: [^\n]{0,40}?physical (\d{1,15}[kKMG]) ?\((\d{1,15}[kKMG]) free\)", re.MULTILINE
)
_LIMIT = re.compile(
    r"^memory_limit(?:_in_bytes)?: (\d{1,18})(?: ?([kKMG])(?:i?B)?)?$", re.MULTILINE
)
_UNLIMITED = 2**60
_SECRET = re.compile(
    rb"^(?:Command Line|jvm_args|jvm_flags|java_command|java_class_path(?: \(initial\))?)"
    rb": ?(?P<rest>[^\n]*)"
    rb"|^Environment Variables:\r?\n(?P<block>(?:[^\r\n]+\r?\n?)*)",
    re.MULTILINE,
)
_REST_OF_BLOCK = re.compile(rb"(?P<rest>)(?P<block>(?:[^\r\n]+\r?\n?)*)")


def read_hs_err(text: str, first_line: int = 1) -> Row | None:
    """The row of `crashes` of a report; None: it is none.

    Holds `line` and `text` of the line that says what happened, `lines` (column -> (line, text) of
    others), and `at_ms` (UTC) or `local_ms` (ms since 1970 of local time) where it states a time.
    """
    head = _head_of(text)
    fault = _FAULT.search(head)
    if fault is None:
        return None
    told, asked = _TOLD.search(head), _ASKED.search(head)
    starved = fault["what"] == "Out of Memory Error" or "insufficient memory" in head[:300]
    full = told is not None and "OutOfMemory" in told[1]
    signal = fault["what"] if fault["what"][:3] in {"SIG", "EXC"} else None
    said = asked if starved and asked else told
    best = said or fault
    frame = _after(head, "# Problematic frame:\n# ")
    library = _LIBRARY.match(frame or "")
    memory, limit = _MEMORY.search(text), _LIMIT.search(text)
    thread = _THREAD.search(text)
    row: Row = {
        "line": first_line + head.count("\n", 0, best.start()),
        "text": _line_at(head, best.start()), "pid": int(fault["pid"]),
        "kind": "oom" if starved or full else "signal" if signal else "internal",
        "signal": signal, "error": said[1].strip()[:MAX_TEXT] if said else None,
        "frame": frame, "library": library[1] if library else None,
        "thread": (thread[1] or thread[2]) if thread else None,
        "jdk": found[1] if (found := _JDK.search(head)) else None,
        "uptime_s": _real(_UPTIME.search(text)),
        "xmx_bytes": _heap_asked_for(text), "heap_used_bytes": _heap_used(text),
        "physical_bytes": read_bytes(memory[1]) if memory else None,
        "free_bytes": read_bytes(memory[2]) if memory else None,
        "limit_bytes": _limit(limit) if limit else None,
        "asked_bytes": int(asked[2]) if asked and asked[2] else None,
        "sent_by_kill": _is_sent(fault["rest"], text) if signal else None,
    }  # fmt: skip
    row |= _when(text)
    places = {"physical_bytes": memory, "free_bytes": memory, "limit_bytes": limit,
              "xmx_bytes": _MAX_HEAP.search(text)}  # fmt: skip
    row["lines"] = {
        name: (first_line + text.count("\n", 0, match.start()), _line_at(text, match.start()))
        for name, match in places.items()
        if match
    }
    return row


def read_heads(text: str, first_line: int = 1) -> Iterator[Row]:
    """The reports whose heads a program's output shows."""
    for match in re.finditer(r"^# (?:A fatal error has|There is insuff)", text, re.MULTILINE):
        row = read_hs_err(
            _head_of(text[match.start() : match.start() + 16_384]),
            first_line + text.count("\n", 0, match.start()),
        )
        if row is not None:
            yield row


def without_secrets(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks of a report, with command line and environment made unreadable, line by line."""
    within = False
    for block in blocks:
        data = _REST_OF_BLOCK.sub(_blank, block.data, count=1) if within else block.data
        last = next(reversed(list(_SECRET.finditer(data, 0, block.size))), None)
        within = last is not None and last["block"] is not None and last.end() == block.size
        yield Block(_SECRET.sub(_blank, data), block.offset, block.size, block.line_ends)


def _blank(match: re.Match[bytes]) -> bytes:
    """As long as before, so that offsets and lines stay."""
    name = "block" if match["block"] is not None else "rest"
    kept = match[0][: match.start(name) - match.start()]
    return kept + re.sub(rb"[^\r\n]", b".", match[name])


def _head_of(text: str) -> str:
    """The lines with `#` at the beginning; blank ones may stand before."""
    lines = []
    for line in text.lstrip("\ufeff\r\n ").split("\n", _HEAD_LINES)[:_HEAD_LINES]:
        if not line.startswith("#"):
            break
        lines.append(line[:_HEAD_WIDTH].rstrip("\r"))
    return "\n".join(lines) + "\n"


def _after(text: str, marker: str) -> str | None:
    at = text.find(marker)
    return _line_at(text, at + len(marker)).strip() if at >= 0 else None


def _line_at(text: str, at: int) -> str:
    end = text.find("\n", at)
    return text[at : end if end >= 0 else len(text)].rstrip("\r")[:MAX_TEXT]


def _is_sent(rest: str, text: str) -> bool:
    """A process sent the signal; before JDK 11 only the line of `siginfo` says so."""
    return "sent by kill" in rest or _SENT.search(text) is not None


def _real(match: re.Match[str] | None) -> float | None:
    try:
        return float(match[1]) if match else None
    except ValueError:
        return None


def _heap_asked_for(text: str) -> int | None:
    stated = _MAX_HEAP.search(text)
    if stated:
        return int(stated[1])
    for arguments in _ARGUMENTS.finditer(text):
        flags = _XMX.findall(arguments[1])
        if flags:
            return read_bytes(flags[-1])
    return None


def _heap_used(text: str) -> int | None:
    heap = _HEAP.search(text)
    lines = heap["lines"] if heap else ""
    used = [read_bytes(one[1] or one[2]) for one in _GENERATION.finditer(lines)]
    return sum(size or 0 for size in used) if used else None


def _limit(match: re.Match[str]) -> int | None:
    size = read_bytes(f"{match[1]}{match[2] or ''}")
    return size if size is not None and 0 < size < _UNLIMITED else None


def _when(text: str) -> dict[str, int]:
    match = _TIME.search(text)
    if match is None:
        return {}
    month, day, clock, year, zone = match.groups()
    named = _ZONE.search(text)
    try:
        when = datetime.strptime(f"{day} {month} {year} {clock} +0000", "%d %b %Y %H:%M:%S %z")
    except ValueError:
        return {}
    known = (zone or (named[1] if named else "")).strip() in {"UTC", "GMT", "Z"}
    moment = int(when.timestamp()) * 1000
    return {"at_ms": moment} if known else {"local_ms": moment}
