"""What readers of kills share: the row, the text in lines, the time of a line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6}))?(Z|[+-]\d\d:?\d\d)")
_SYSLOG = re.compile(r"\[?(?:\w{3} )?(\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?: (\d{4})\])?")
_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)


class Text:
    """A text in lines, the first of which has the number `first_line`."""

    def __init__(self, text: str, first_line: int) -> None:
        self.lines = text.split("\n")
        self.first = first_line


def kill_row(by: str, **columns: object) -> Row:
    """A row of `kills` with all its own columns."""
    return {"pid": None, "process": None, "by": by, "rss_bytes": None, "limit_bytes": None,
            "cgroup": None, "exit_code": None, "reason": None} | columns  # fmt: skip


def when_of(line: str) -> dict[str, int]:
    """`at_ms` where the line begins with a date and offset; `stamp_ms`, yearless, with a date."""
    iso = _ISO.match(line)
    if iso:
        try:
            moment = datetime.fromisoformat(f"{iso[1]}T{iso[2]}").replace(tzinfo=UTC)
        except ValueError:
            return {}
        offset = timedelta(0)
        if iso[4] != "Z":
            sign = -1 if iso[4][0] == "-" else 1
            offset = sign * timedelta(hours=int(iso[4][1:3]), minutes=int(iso[4][-2:]))
        millis = int(f"{iso[3] or ''}000"[:3])
        try:
            return {"at_ms": int((moment - offset).timestamp()) * 1000 + millis}
        except OverflowError:  # the first or last day of all calendars
            return {}
    named = _SYSLOG.match(line)
    if named is None:
        return {}
    try:
        # A leap year: the line need not say which one it is of.
        text = f"{named[2]} {named[1]} 2000 {named[3]} +0000"
        moment = datetime.strptime(text, "%d %b %Y %H:%M:%S %z")
    except ValueError:
        return {}
    return {"stamp_ms": int((moment - _YEAR_2000).total_seconds()) * 1000}
