r"""H2O's access log: every request with status and duration, full date, local time.

    2026-11-22T05:54:06,887 127.0.0.1:54341       25610  4827909-19  INFO water.api.RequestServer:   GET     200     116 ms  /3/Cloud

log4j 2 writes a `T` in the stamp, log4j 1 (3.30, Hadoop, Sparkling Water) a blank.
Source: h2o-core/src/main/java/water/server/ServletUtils.java
"""  # noqa: E501 - a real line

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from h2o_forensics.model.record import Header

if TYPE_CHECKING:
    from h2o_forensics.model.scan import Block

_HEADER = re.compile(
    rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d),(\d{3}) "
    rb"(\S+) +(#?\d+) +(\S[^\n]{0,15}?) +(FATAL|ERROR|WARN|INFO|DEBUG|TRACE) (water\.api\.RequestServer): ?"
)
_REQUEST = re.compile(rb"\s*([A-Z]+)\s+(\d{3})\s+(-?\d+) ms\s+([^\n]*)")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local time until the clock is settled
MAX_ROWS = 20_000
"""Rows kept per artifact; requests that failed or took long are kept first."""
SLOW_MS = 5_000
FAILED_STATUS = 400


class HttpLogFormat:
    """Header reader of the access log."""

    kind = "http_log"
    has_year = True

    def header(self, buffer: bytes, at: int) -> Header | None:
        """Parse the header of the line at offset `at`."""
        match = _HEADER.match(buffer, at)
        if match is None:
            return None
        stamp, millis, node, pid, thread, level, logger = match.groups()
        try:
            when = datetime.fromisoformat(stamp.decode())
        except ValueError:
            return None
        local = (when - _EPOCH) // timedelta(milliseconds=1) + int(millis)
        texts = (part.decode("utf-8", "replace") for part in (node, pid, thread, level, logger))
        return Header(local, *texts, match.end())


def read_requests(block: Block, form: HttpLogFormat, room: int, first_line: int) -> list[dict[str, object]]:
    """Requests of one block, at most `room` plus all that failed or were slow (capped at `MAX_ROWS`).

    Returns:
        rows with `stamp_ms` (local), `node`, `line`, `method`, `status`, `duration_ms`, `uri`, `text`.
    """
    rows: list[dict[str, object]] = []
    at, number, plain = 0, first_line, 0
    data = block.data
    while at < block.size and len(rows) < MAX_ROWS:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        header = form.header(data, at)
        request = _REQUEST.match(data, header.message_at, end) if header else None
        if header and request:
            method, status, duration, uri = request.groups()
            notable = int(status) >= FAILED_STATUS or int(duration) >= SLOW_MS
            plain += not notable
            if notable or plain <= room:
                rows.append({
                    "stamp_ms": header.stamp_ms, "node": header.node, "line": number,
                    "method": method.decode(), "status": int(status), "duration_ms": int(duration),
                    "uri": uri[:500].decode("utf-8", "replace").rstrip("\r"),
                })  # fmt: skip
        at = end + 1
        number += 1
    return rows
