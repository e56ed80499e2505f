r"""H2O's access log: every request with status and duration, full date, local time.

    2026-11-22T05:54:06,887 127.0.0.1:54341       25610  4827909-19  INFO water.api.RequestServer:   GET     200     116 ms  /3/Cloud

log4j 2 writes a `T` in the stamp, log4j 1 (3.30, Hadoop, Sparkling Water) a blank.
Source: h2o-core/src/main/java/water/server/ServletUtils.java
"""  # noqa: E501 - a real line

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from h2o_forensics.model.record import Header

if TYPE_CHECKING:
    from h2o_forensics.model.scan import Block

_HEADER = re.compile(
    rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d),(\d{3}) "
    rb"(#\S{21}(?=[#\d])|\S+(?= )) *(#?\d{1,12}) +(\S[^\n]{0,15}?) +"
    rb"(FATAL|ERROR|WARN|INFO|DEBUG|TRACE) (water\.api\.RequestServer): ?"
)
_REQUEST = re.compile(rb"\s*([A-Z]+)\s+(\d{3})\s+(-?\d{1,15}) ms\s+([^\n]*)")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local time until the clock is settled
MAX_ROWS = 20_000
"""Rows kept per artifact."""
MAX_PLAIN_ROWS = MAX_ROWS // 2
"""Of these, requests that neither failed nor took long."""
MAX_URI, MAX_TEXT = 500, 2000
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
        return Header(
            local,
            node.decode("utf-8", "replace"),
            pid.decode(),
            thread.decode("utf-8", "replace"),
            level.decode(),
            logger.decode(),
            match.end(),
        )


class Requests:
    """The requests of one artifact: all that failed or were slow, the first ones of the rest."""

    def __init__(self, form: HttpLogFormat) -> None:
        self.rows: list[dict[str, Any]] = []
        """`stamp_ms` (local), `node`, `line`, `method`, `status`, `duration_ms`, `uri`, `text`."""
        self._form = form
        self._plain = 0
        self._line = 1

    def read(self, block: Block) -> None:
        """Take over the requests of the next block."""
        if len(self.rows) >= MAX_ROWS:
            return
        at, number, data = 0, self._line, block.data
        while at < block.size and len(self.rows) < MAX_ROWS:
            end = data.find(b"\n", at, block.size)
            end = block.size if end < 0 else end
            header = self._form.header(data, at)
            request = _REQUEST.match(data, header.message_at, end) if header else None
            if header and request:
                self._keep(header, request, number, data[at:end])
            at = end + 1
            number += 1
        self._line = number

    def _keep(self, header: Header, request: re.Match[bytes], line: int, text: bytes) -> None:
        method, status, duration, uri = request.groups()
        if int(status) < FAILED_STATUS and int(duration) < SLOW_MS:
            self._plain += 1
            if self._plain > MAX_PLAIN_ROWS:
                return
        self.rows.append({
            "stamp_ms": header.stamp_ms, "node": header.node, "line": line,
            "method": method.decode(), "status": int(status), "duration_ms": int(duration),
            "uri": uri[:MAX_URI].decode("utf-8", "replace").rstrip("\r"),
            "text": text[:MAX_TEXT].decode("utf-8", "replace").rstrip("\r"),
        })  # fmt: skip
