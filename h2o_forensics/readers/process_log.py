r"""Output of a process in which H2O is a guest: its own lines beside those of its host.

    26/11/22 07:22:19 WARN InternalH2OBackend: text                        Spark, Hadoop, YARN
    2026-11-22T07:27:45,197 WARN  [thread] full.class.Name: text           a site's own pattern
    2026-11-22 07:27:45,197 WARN full.class.Name: text
    2026-11-22 07:27:45.197 [thread] WARN  full.class.Name - text          logback

Spark prints `%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n` as long as nobody configures it, and H2O prints
its own layout from the moment it starts in the same process.  So both stand in one file.
Source: apache/spark, core/src/main/resources/org/apache/spark/log4j2-defaults.properties
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from h2o_forensics.model.record import Header
from h2o_forensics.readers.h2o_log import H2OLogFormat, minute_of_year

_LEVEL = rb"(FATAL|ERROR|WARN|INFO|DEBUG|TRACE)"
_SPARK = re.compile(rb"(\d\d/\d\d/\d\d \d\d:\d\d):(\d\d) +" + _LEVEL + rb" +([\w.$-]+): ?")
_SITE = re.compile(
    rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d):(\d\d)(?:[.,](\d{3})\d*)?(?:Z|[+-]\d\d:?\d\d)? +"
    rb"(?:" + _LEVEL + rb" +(?:\[([^\]\n]{0,100})\] +)?"  # 4 level, 5 thread
    rb"|\[([^\]\n]{0,100})\] +" + _LEVEL + rb" +)"  # 6 thread, 7 level
    rb"([\w.$/-]+)(?::\d+)?(?::| -)(?: |(?=\r?$))",  # 8 logger
    re.MULTILINE,
)
_CENTURY = 2000
_CACHE_MAX = 50_000
_DIGITS = frozenset(range(ord("0"), ord("9") + 1))


class _Minute(NamedTuple):
    """A minute as printed, twice."""

    yearless: int
    """Minutes since 1 January of a leap year: what H2O's own lines state."""
    local_ms: int
    """Milliseconds since 1970 of local time."""


class ProcessLogFormat(H2OLogFormat):
    """Header reader for H2O's lines and those of Spark, Hadoop and the like around them.

    Stamps are given without their year, as H2O's are, so that both kinds are on one axis; the year
    that the host's lines state is kept in `local_year_first` and `local_year_last`, local
    milliseconds since 1970.
    """

    def __init__(self) -> None:
        super().__init__()
        self._foreign_minutes: dict[bytes, _Minute | None] = {}
        self.local_year_first: int | None = None
        self.local_year_last: int | None = None

    def _foreign(self, buffer: bytes, at: int) -> Header | None:
        """Parse the header of a line of the host's."""
        if buffer[at + 2 : at + 3] == b"/":
            return self._of_spark(buffer, at)
        if buffer[at + 4 : at + 5] == b"-" and buffer[at] in _DIGITS:
            return self._of_site(buffer, at)
        return None

    def _of_spark(self, buffer: bytes, at: int) -> Header | None:
        match = _SPARK.match(buffer, at)
        if match is None:
            return None
        to_minute, seconds, level, logger = match.groups()
        stamp = self._stamp(to_minute, int(seconds) * 1000)
        if stamp is None:
            return None
        return Header(stamp, "", "", "", level.decode(), logger.decode("ascii"), match.end())

    def _of_site(self, buffer: bytes, at: int) -> Header | None:
        match = _SITE.match(buffer, at)
        if match is None:
            return None
        to_minute, seconds, millis, *words, logger = match.groups(b"")
        level, thread, thread_first, level_last = words
        stamp = self._stamp(to_minute, int(seconds) * 1000 + int(millis or 0))
        if stamp is None:
            return None
        name = (thread or thread_first).decode("utf-8", "replace")
        level = level or level_last
        return Header(stamp, "", "", name, level.decode(), logger.decode("ascii"), match.end())

    def _stamp(self, to_minute: bytes, millis: int) -> int | None:
        minute = self._foreign_minutes.get(to_minute, _UNREAD)
        if minute is _UNREAD:
            if len(self._foreign_minutes) > _CACHE_MAX:
                self._foreign_minutes.clear()
            minute = self._foreign_minutes[to_minute] = _read_minute(to_minute)
        if minute is None:
            return None
        moment = minute.local_ms + millis
        if self.local_year_first is None or moment < self.local_year_first:
            self.local_year_first = moment
        if self.local_year_last is None or moment > self.local_year_last:
            self.local_year_last = moment
        return minute.yearless * 60_000 + millis


_UNREAD = _Minute(-1, -1)


def _read_minute(text: bytes) -> _Minute | None:
    """`yy/MM/dd HH:mm` or `yyyy-MM-dd HH:mm`; None when it is no date."""
    year_digits = len(text) - len(b"/MM/dd HH:mm")
    year = int(text[:year_digits]) + (_CENTURY if year_digits == 2 else 0)  # noqa: PLR2004
    parts = [int(text[at : at + 2]) for at in range(year_digits + 1, len(text), 3)]
    month, day, hour, minute = parts
    yearless = minute_of_year(b"%02d-%02d %02d:%02d" % (month, day, hour, minute))
    if yearless is None:
        return None
    try:
        moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
    return _Minute(yearless, int(moment.timestamp()) * 1000)
