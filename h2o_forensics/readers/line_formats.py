r"""Kinds of text whose every line stands alone; what time they state, they state in the line.

[2026-11-22T06:12:45.464+0000][12.3s][info][gc] GC(3) Pause Full (System.gc()) 60M->33M(365M)
[ 3614.252651] Memory cgroup out of memory: Killed process 7758 (java) total-vm:3490376kB,
anon-rss:225572kB
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from h2o_forensics.model.record import Header

_ISO = re.compile(rb"\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)[.,](\d{3})\d*(Z|[+-]\d\d:?\d\d)?")
_GC_DECORATIONS = re.compile(rb"(?:\[[^\]\n]{0,64}\])+ ?")
_KERNEL = re.compile(rb"\[ *\d+\.\d+\] ")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive until its offset is added


def iso_ms(match: re.Match[bytes]) -> int | None:
    """Epoch ms of a stamp of the ISO pattern; UTC when it states an offset, else local time."""
    day, clock, millis, offset = match.groups()
    try:
        naive = datetime.fromisoformat(f"{day.decode()}T{clock.decode()}")
    except ValueError:
        return None
    if offset and offset != b"Z":
        sign = -1 if offset[:1] == b"-" else 1
        try:
            naive -= sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        except OverflowError:  # the first or last day of all calendars
            return None
    return (naive - _EPOCH) // timedelta(milliseconds=1) + int(millis)


class GcLineFormat:
    """Lines of a GC log as lines: the full reader of GC logs is a part of its own."""

    kind = "gc_log"
    has_year = True

    def header(self, buffer: bytes, at: int) -> Header | None:
        """The decorations; a line whose decorations state no date has no stamp."""
        match = _GC_DECORATIONS.match(buffer, at)
        if match is None:
            return None
        stamp = _ISO.match(buffer, at)
        return Header(
            iso_ms(stamp) if stamp and stamp[4] else None, "", "", "", "", "", match.end()
        )


class KernelLineFormat:
    """`dmesg`: seconds since boot only."""

    kind = "kernel_log"
    has_year = False

    def header(self, buffer: bytes, at: int) -> Header | None:
        """The stamp is skipped: seconds since boot are no time of day."""
        match = _KERNEL.match(buffer, at)
        return None if match is None else Header(None, "", "", "", "", "", match.end())


class PlainLineFormat:
    """Lines without any header."""

    has_year = False

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def header(self, buffer: bytes, at: int) -> Header | None:  # noqa: ARG002 - the protocol's
        """Never a header."""
        return None
