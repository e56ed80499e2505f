"""The brackets before a message of unified logging: any subset, any order; learnt from a line."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.gc.events import When

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = re.compile(rb"(?:\[[^\[\]\n]{0,200}\]){1,14}(?= |\r?$)")
_TOKEN = re.compile(rb"\[([^\]]*)\]")
_EPOCH_MS = 10**11  # In 1973: no JVM is up for longer, and none wrote a unified log before.
_START_NS = 60 * 10**9  # A JVM that says which collector it uses has just begun.
_FIRST_YEAR, _MONTHS, _DAYS = 1970, 12, 31
_TAGS = rb"(?:gc|safepoint)(?:,[a-z0-9_]+)*"
_PATTERNS = {
    "time": rb"\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.,](\d{3})([+-]\d{4}) *\]",
    "uptime": rb"\[(\d{1,12}[.,]\d{3})s *\]",
    "timemillis": rb"\[(\d{12,17})ms *\]",
    "uptimemillis": rb"\[(\d{1,11})ms *\]",
    "nanos": rb"\[\d{1,20}ns *\]",
    "uptimenanos": rb"\[(\d{1,18})ns *\]",
    "pid": rb"\[(\d{1,10}) *\]",
    "tid": rb"\[\d{1,20} *\]",
    "level": rb"\[(error|warning|info|debug|trace) *\]",
    "tags": rb"\[(" + _TAGS + rb") *\]",
    "hostname": rb"\[[^\[\]\s]{0,200} *\]",
}
_GROUPS = {
    "time": 3,
    "uptime": 1,
    "timemillis": 1,
    "uptimemillis": 1,
    "uptimenanos": 1,
    "pid": 1,
    "level": 1,
    "tags": 1,
}
_SHAPES = tuple(
    (kind, re.compile(_PATTERNS[kind] + rb"$")) for kind in ("time", "uptime", "level", "tags")
)
_NUMBER = re.compile(rb"(\d{1,20})(ms|ns|) *$")


class Stamp(NamedTuple):
    """What the decorations of a line say."""

    when: When
    pid: int | None
    level: bytes | None
    tags: bytes | None
    begin: int
    """Where the decorations begin in the line."""
    end: int
    """Where the message begins in the line."""


class Layout:
    """One set of decorations in one order.

    Args:
        kinds: names of the decorators; empty: `none`.
    """

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self.kinds = kinds
        body = b"".join(_PATTERNS[kind] for kind in kinds)
        self.pattern = re.compile(body + b" " if kinds else b"")
        at, groups = 1, dict[str, int]()
        for kind in kinds:
            groups.setdefault(kind, at)
            at += _GROUPS.get(kind, 0)
        self._pid, self._level, self._tags = (groups.get(kind) for kind in ("pid", "level", "tags"))
        self._time, self._millis = groups.get("time"), groups.get("timemillis")
        self._uptime, self._up_ms, self._up_ns = (
            groups.get(kind) for kind in ("uptime", "uptimemillis", "uptimenanos")
        )
        self._has_other_uptime = self._uptime is None and bool(self._up_ms or self._up_ns)
        self._has_epoch = bool(self._time or self._millis)
        self._match = self.pattern.match
        self.has_tags = self._tags is not None
        self.has_pid = self._pid is not None
        self.is_sure = any(
            kind in kinds
            for kind in ("time", "uptime", "level", "tags", "uptimemillis", "timemillis")
        )

    def moment(self, line: bytes) -> tuple[When, int, int | None] | None:
        """When, where the message begins, and the process: what most lines are asked for."""
        found = self._match(line)
        if found is None:
            return None
        pid = int(found.group(self._pid)) if self._pid else None
        if not (self._time and self._uptime):
            return self._when(found), found.end(), pid
        at = self._time
        second, milli, zone, uptime = found.group(at, at + 1, at + 2, self._uptime)
        base = _second(second, zone)
        epoch = None if base is None else base + int(milli)
        return When(float(uptime[:-4] + uptime[-3:]), epoch), found.end(), pid

    def stamp(self, line: bytes, *, anywhere: bool = False) -> Stamp | None:
        """The decorations at the line's begin, or anywhere in it; None: it has not all of them."""
        found = self.pattern.search(line) if anywhere else self._match(line)
        if found is None:
            return None
        group = found.group
        return Stamp(
            self._when(found),
            int(group(self._pid)) if self._pid else None,
            group(self._level) if self._level else None,
            group(self._tags) if self._tags else None,
            found.start(),
            found.end(),
        )

    def _when(self, found: re.Match[bytes]) -> When:
        if self._uptime:
            text = found.group(self._uptime)
            return When(
                float(text[:-4] + text[-3:]), self._epoch_ms(found) if self._has_epoch else None
            )
        return When(
            self._uptime_ms(found) if self._has_other_uptime else None,
            self._epoch_ms(found) if self._has_epoch else None,
        )

    def _uptime_ms(self, found: re.Match[bytes]) -> float | None:
        if self._up_ms:
            return float(found.group(self._up_ms))
        return int(found.group(self._up_ns)) / 1e6 if self._up_ns else None

    def _epoch_ms(self, found: re.Match[bytes]) -> int | None:
        if self._time:
            second, milli, zone = found.group(self._time, self._time + 1, self._time + 2)
            base = _second(second, zone)
            return None if base is None else base + int(milli)
        return int(found.group(self._millis)) if self._millis else None


@lru_cache(maxsize=256)
def _second(text: bytes, zone: bytes) -> int | None:
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    if not (0 < month <= _MONTHS and 0 < day <= _DAYS and year >= _FIRST_YEAR):
        return None
    seconds = calendar.timegm(
        (year, month, day, int(text[11:13]), int(text[14:16]), int(text[17:19]))
    )
    offset = int(zone[1:3]) * 3600 + int(zone[3:5]) * 60
    return (seconds + offset if zone[:1] == b"-" else seconds - offset) * 1000


@lru_cache(maxsize=256)
def _layout(kinds: tuple[str, ...]) -> Layout:
    return Layout(kinds)


NONE = _layout(())


def head_of(line: bytes) -> int:
    """Where the message begins, if what stands before it may be decorations; else 0."""
    found = _HEAD.match(line)
    return min(found.end() + 1, len(line)) if found else 0


def learn(line: bytes, around: Iterable[bytes] = ()) -> Layout | None:
    """The layout of a line of the collector's; None: it has none that unified logging writes.

    Args:
        line: the line, whose message the caller knows to be a collector's.
        around: other lines of the stream: they tell whether a number is the process or the thread.
    """
    end = head_of(line)
    if not end:
        return NONE
    tokens = _TOKEN.findall(line[: end - 1])
    kinds = [_kind(token) for token in tokens]
    if kinds.count("hostname") > 1 or kinds.count("tags") > 1 or kinds.count("level") > 1:
        return None
    ints = [at for at, kind in enumerate(kinds) if kind == "int"]
    if len(ints) > 2:  # noqa: PLR2004 - pid and tid
        return None
    for at, kind in zip(ints, ("pid", "tid"), strict=False):
        kinds[at] = kind
    _tell_nanos(kinds, tokens, b"Using " in line[end:] or b"nitializing " in line[end:])
    if ints and not _is_process(_layout(tuple(kinds)), around):
        swapped = list(kinds)
        for at in ints:
            swapped[at] = "tid" if kinds[at] == "pid" else "pid"
        if len(ints) == 1 or _is_process(_layout(tuple(swapped)), around):
            kinds = swapped
    return _layout(tuple(kinds))


def _kind(token: bytes) -> str:
    whole = b"[" + token + b"]"
    for kind, pattern in _SHAPES:
        if pattern.match(whole):
            return kind
    number = _NUMBER.match(token)
    if number is None:
        return "hostname"
    if number.group(2) == b"ms":
        return "timemillis" if int(number.group(1)) >= _EPOCH_MS else "uptimemillis"
    return "nanos" if number.group(2) == b"ns" else "int"


def _tell_nanos(kinds: list[str], tokens: list[bytes], is_start: bool) -> None:  # noqa: FBT001
    """`timenanos` counts from any moment and says nothing; `uptimenanos` stands after it."""
    at = [index for index, kind in enumerate(kinds) if kind == "nanos"]
    if not at:
        return
    alone = len(at) == 1
    number = int(tokens[at[-1]].strip()[:-2])
    known = any(kind in kinds for kind in ("uptime", "uptimemillis"))
    if number < 10**18 and not (
        alone and (number > _START_NS if is_start else known or "time" in kinds)
    ):
        kinds[at[-1]] = "uptimenanos"


def _is_process(layout: Layout, around: Iterable[bytes]) -> bool:
    """Whether the number taken for the process is it: the thread that starts never collects."""
    starters, collectors = set[int | None](), set[int | None]()
    seen = dict[bytes, int | None]()
    for line in around:
        stamp = layout.stamp(line)
        if stamp is None:
            continue
        message = line[stamp.end :].rstrip()
        if message.startswith(b"Using "):
            starters.add(stamp.pid)
        elif message.startswith(b"GC("):
            collectors.add(stamp.pid)
            if (
                b"ms" in message[-2:]
                and seen.setdefault(message.partition(b")")[0] + message[8:24], stamp.pid)
                != stamp.pid
            ):
                return True  # The same collection twice: two JVMs.
    if starters:
        return collectors <= starters
    return len(collectors) <= 1
