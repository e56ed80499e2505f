r"""H2O's own log lines, formats B (log4j 1) and C (log4j 2): level files and captures of stdout or stderr.

    11-22 05:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: H2O started in 9186ms

Both print `%d{MM-dd HH:mm:ss.SSS} <ip:port pid> %10.10t %5.5p %c: %m%n` and differ in rotation only.
Source: h2o-logging/impl-{classic,log4j2}/src/main/java/water/util/LoggerBackend.java
"""

from __future__ import annotations

import re

from h2o_forensics.model.record import Header

_HEADER = re.compile(
    rb"(\d\d-\d\d \d\d:\d\d):(\d\d)\.(\d{3}) "  # 1 to the minute, 2 seconds, 3 ms; no year, no zone
    rb"(\S+) +(#?\d+) +"  # 4 ip:apiport, 5 pid (#: cut)
    rb"(\S[^\n]{0,15}?) +"  # 6 thread: its last ten characters; may hold a blank
    rb"(FATAL|ERROR|WARN|INFO|DEBUG|TRACE) "
    rb"([\w.$]+): ?"
)
_DAYS_BEFORE = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)
"""Days before each month of a leap year."""
_LEVELS = {token: token.decode() for token in (b"FATAL", b"ERROR", b"WARN", b"INFO", b"DEBUG", b"TRACE")}
_CACHE_MAX = 50_000


def minute_of_year(text: bytes) -> int | None:
    """`MM-dd HH:mm` to minutes since 1 January of a leap year; None when it is no date."""
    month, day, hour, minute = int(text[0:2]), int(text[3:5]), int(text[6:8]), int(text[9:11])
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60):
        return None
    return ((_DAYS_BEFORE[month - 1] + day - 1) * 24 + hour) * 60 + minute


class H2OLogFormat:
    """Header reader for formats B and C."""

    kind = "h2o_log"
    has_year = False

    def __init__(self) -> None:
        self._minutes: dict[bytes, int | None] = {}
        self._words: dict[bytes, str] = {}

    def header(self, buffer: bytes, at: int) -> Header | None:
        """Parse the header of the line at offset `at`; None: a continuation line."""
        if buffer[at + 2 : at + 3] != b"-":  # most continuation lines end here
            return None
        match = _HEADER.match(buffer, at)
        if match is None:
            return None
        to_minute, seconds, millis, node, pid, thread, level, logger = match.groups()
        minutes = self._minutes
        if to_minute not in minutes:
            if len(minutes) > _CACHE_MAX:
                minutes.clear()
            minutes[to_minute] = minute_of_year(to_minute)
        minute = minutes[to_minute]
        if minute is None:
            return None
        word = self._word
        return Header(
            minute * 60_000 + int(seconds) * 1000 + int(millis),
            word(node),
            word(pid),
            word(thread),
            _LEVELS[level],
            word(logger),
            match.end(),
        )

    def _word(self, raw: bytes) -> str:
        """Columns repeat: decode each value once."""
        words = self._words
        known = words.get(raw)
        if known is None:
            if len(words) > _CACHE_MAX:
                words.clear()
            known = words[raw] = raw.decode("utf-8", "replace")
        return known
