r"""H2O's own log lines: level files and captures of stdout or stderr.

    11-22 05:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: H2O started in 9186ms

Formats B (log4j 1) and C (log4j 2) print `%d{MM-dd HH:mm:ss.SSS} <ip:port pid> %10.10t %5.5p %c: %m`
and differ in rotation only.  Format A (before 3.30.1) has no logger: see `_OLD_HEADER`.
Source: h2o-logging/impl-{classic,log4j2}/src/main/java/water/util/LoggerBackend.java
"""  # noqa: E501 - a real line

from __future__ import annotations

import re

from h2o_forensics.model.record import Header

_HEADER = re.compile(
    rb"(\d\d-\d\d \d\d:\d\d):(\d\d)\.(\d{3}) "  # 1 to the minute, 2 seconds, 3 ms
    rb"(#\S{21}(?=[#\d])|\S+(?= )) *(#?\d{1,12}) +"  # 4 ip:apiport, 5 pid (#: cut)
    rb"(\S[^\n]{0,15}?) +"  # 6 thread: its last ten characters; may hold a blank
    rb"(FATAL|ERROR|WARN|INFO|DEBUG|TRACE) "
    rb"([\w.$]+): ?"
)
_OLD_HEADER = re.compile(
    rb"(\d\d-\d\d \d\d:\d\d):(\d\d)\.(\d{3}) "
    rb"(?:(#\S{21}(?=[#\d])|\S+:\d+(?= )) *(#?\d{1,12}) +|\(exiting\) +)"
    rb"(#?\S[^\n]{0,15}?) *(FATAL|ERRR|WARN|INFO|DEBUG|TRACE): "
    rb"(?!\tat |\t\.\.\. |Caused by: )"  # a stack trace's lines have headers, too
)
"""Format A, up to 3.30.0.7: no logger, the level follows the padded thread.

Source: h2o-core/src/main/java/water/util/Log.java before commit 5bf8ca838c
"""
_DAYS_BEFORE = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)
"""Days before each month of a leap year."""
_LEVELS = {
    token: token.decode() for token in (b"FATAL", b"ERROR", b"WARN", b"INFO", b"DEBUG", b"TRACE")
}
_LEVELS[b"ERRR"] = "ERROR"
_MONTHS, _LONGEST_MONTH, _HOURS, _MINUTES = 12, 31, 24, 60
_CACHE_MAX = 50_000
_STAMP_BYTES = 19
"""`MM-dd HH:mm:ss.SSS` and a blank."""
_COLUMNS_MAX = 160
"""Bytes from the stamp to the message: longer ones are not remembered."""
_SECONDS = {b":%02d." % second: second * 1000 for second in range(100)}
_MILLIS = {b"%03d " % milli: milli for milli in range(1000)}


def minute_of_year(text: bytes) -> int | None:
    """`MM-dd HH:mm` to minutes since 1 January of a leap year; None when it is no date."""
    month, day, hour, minute = int(text[0:2]), int(text[3:5]), int(text[6:8]), int(text[9:11])
    if not (1 <= month <= _MONTHS and 1 <= day <= _LONGEST_MONTH):
        return None
    if hour >= _HOURS or minute >= _MINUTES:
        return None
    return ((_DAYS_BEFORE[month - 1] + day - 1) * 24 + hour) * 60 + minute


class H2OLogFormat:
    """Header reader for formats B and C."""

    kind = "h2o_log"
    has_year = False

    def __init__(self) -> None:
        self._minutes: dict[bytes, int | None] = {}
        self._words: dict[bytes, str] = {}
        self._columns: dict[bytes, tuple[str, str, str, str, str, int]] = {}

    def header(self, buffer: bytes, at: int) -> Header | None:
        """Parse the header of the line at offset `at`; None: a continuation line."""
        if buffer[at + 2 : at + 3] != b"-":  # most continuation lines end here
            return self._foreign(buffer, at)
        # What stands between a stamp and the first ": " repeats.  Where it once was a whole header
        # it is one again, as nothing that follows it can change how it is read.
        columns = self._columns.get(
            buffer[at + _STAMP_BYTES : buffer.find(b": ", at, at + _COLUMNS_MAX) + 2]
        )
        if columns is None:
            return self._parse(buffer, at)
        minute = self._minutes.get(buffer[at : at + 11])
        seconds = _SECONDS.get(buffer[at + 11 : at + 15])
        millis = _MILLIS.get(buffer[at + 15 : at + _STAMP_BYTES])
        if minute is None or seconds is None or millis is None:
            return self._parse(buffer, at)
        node, pid, thread, level, logger, length = columns
        stamp = minute * 60_000 + seconds + millis
        return Header(stamp, node, pid, thread, level, logger, at + length)

    def _foreign(self, buffer: bytes, at: int) -> Header | None:  # noqa: ARG002 - for others
        """A line that cannot be H2O's own."""
        return None

    def _parse(self, buffer: bytes, at: int) -> Header | None:
        match = _HEADER.match(buffer, at)
        if match is None:
            match = _OLD_HEADER.match(buffer, at)
            if match is None:
                return None
            logger = b""
            to_minute, seconds, millis, node, pid, thread, level = match.groups(b"")
        else:
            to_minute, seconds, millis, node, pid, thread, level, logger = match.groups()
        minute = self._minutes.get(to_minute, -1)
        if minute == -1:
            minute = self._remember(to_minute)
        if minute is None:
            return None
        word = self._word
        stamp = minute * 60_000 + int(seconds) * 1000 + int(millis)
        texts = (word(node), word(pid), word(thread), _LEVELS[level], word(logger))
        columns = buffer[at + _STAMP_BYTES : match.end()]
        if logger and columns.find(b": ") == len(columns) - 2:
            if len(self._columns) > _CACHE_MAX:
                self._columns.clear()
            self._columns[columns] = (*texts, match.end() - at)
        return Header(stamp, *texts, match.end())

    def _remember(self, to_minute: bytes) -> int | None:
        """Several threads share the cache: one may clear it at any time."""
        if len(self._minutes) > _CACHE_MAX:
            self._minutes.clear()
        minute = self._minutes[to_minute] = minute_of_year(to_minute)
        return minute

    def _word(self, raw: bytes) -> str:
        """Columns repeat: decode each value once."""
        words = self._words
        known = words.get(raw)
        if known is None:
            if len(words) > _CACHE_MAX:
                words.clear()
            known = words[raw] = raw.decode("utf-8", "replace")
        return known
