"""A naive reading of records signals: line by line, every pattern on every record.

Written from the words of `model.rule.Signal` alone; shares no code with the engine.
"""

import json
import re
from itertools import pairwise
from typing import NamedTuple

import regex

from h2o_forensics.model.rule import RECORDS, Signal

HEADER = re.compile(
    r"(?P<date>(\d\d)-(\d\d) (\d\d):(\d\d)):(\d\d)\.(\d{3}) (?P<node>\S+) +(?P<pid>#?\d+) +"
    r"(?P<thread>\S.{0,15}?) +(?P<level>FATAL|ERROR|WARN|INFO|DEBUG|TRACE) (?P<logger>[\w.$]+): ?",
    re.ASCII,
)
LOGS = {"h2o_log", "console"}
DAYS = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)


class Head(NamedTuple):
    stamp: int
    node: str
    thread: str
    level: str
    logger: str
    message: str


class Line(NamedTuple):
    text: str
    head: Head | None


class Found(NamedTuple):
    """A match: of which signal, in which record (raw: line), with which captures."""

    signal: str
    line: int
    captures: str


def head_of(text: str) -> Head | None:
    match = HEADER.match(text)
    if match is None:
        return None
    month, day, hour, minute, second, millis = (int(match[n]) for n in (2, 3, 4, 5, 6, 7))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59):
        return None
    days = DAYS[month - 1] + day - 1
    stamp = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis
    message = text[match.end() :]
    return Head(stamp, match["node"], match["thread"], match["level"], match["logger"], message)


def lines_of(data: bytes) -> list[Line]:
    pieces = data.split(b"\n")
    if pieces[-1] == b"":
        pieces.pop()
    texts = (piece.decode("utf-8", "replace").removesuffix("\r") for piece in pieces)
    return [Line(text, head_of(text)) for text in texts]


def records_of(lines: list[Line]) -> list[tuple[int, int]]:
    """(first line, line after the last one) of every record, 0-based."""
    starts = [number for number, line in enumerate(lines) if line.head]
    return [*pairwise([*starts, len(lines)])]


def expect(data: bytes, signals: tuple[Signal, ...]) -> set[Found]:
    """What must be found in a log."""
    lines = lines_of(data)
    found: set[Found] = set()
    for signal in signals:
        if signal.table == RECORDS and LOGS & set(signal.kinds) and signal.rule_id != "H2O":
            find = _raw if signal.raw else _records
            found |= find(signal, lines)
    return found


def _records(signal: Signal, lines: list[Line]) -> set[Found]:
    found = set()
    for first, after in records_of(lines):
        head = lines[first].head
        assert head is not None
        body = lines[first:after]
        if not any((signal.anchor or "") in line.text for line in body):
            continue
        text = "\n".join([head.message, *(line.text for line in body[1:])]).rstrip("\n")
        more = [line.head.message if line.head else line.text for line in lines[after:]]
        text = "\n".join([text, *more[: signal.lines_after]])
        captures = _match(signal, text, head)
        if captures is not None:
            found.add(Found(signal.id, first + 1, captures))
    return found


def _raw(signal: Signal, lines: list[Line]) -> set[Found]:
    found = set()
    owner: Head | None = None
    for number, line in enumerate(lines):
        if line.head:
            owner = line.head
        elif (signal.anchor or "") in line.text:
            texts = [line.text]
            for following in lines[number + 1 : number + 41]:
                if following.head:
                    break
                texts.append(following.text)
            captures = _match(signal, "\n".join(texts), owner)
            if captures is not None:
                found.add(Found(signal.id, number + 1, captures))
    return found


def _match(signal: Signal, text: str, head: Head | None) -> str | None:
    if signal.levels and (head is None or head.level not in signal.levels):
        return None
    if signal.logger is not None and (head is None or head.logger != signal.logger):
        return None
    groups: dict[str, str | None] = {}
    if signal.thread is not None:
        thread = regex.fullmatch(signal.thread, head.thread) if head else None
        if thread is None:
            return None
        groups = thread.groupdict()
    if signal.pattern is None:
        return json.dumps(groups) if text.startswith(signal.anchor or "") else None
    match = regex.search(signal.pattern, text, regex.MULTILINE)
    return json.dumps(match.groupdict() | groups) if match else None


def stamps_of(data: bytes) -> list[tuple[int, int]]:
    """(line, stamp) of every record, 1-based."""
    return [(number, line.head.stamp) for number, line in enumerate(lines_of(data), 1) if line.head]
