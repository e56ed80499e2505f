"""Times of scans, as their records write them."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

_UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000}


def now_ms() -> int:
    """Epoch ms."""
    return time.time_ns() // 1_000_000


def iso(moment_ms: int) -> str:
    """ISO 8601, UTC, with milliseconds: sorts as the times do."""
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def compact(moment_ms: int) -> str:
    """The same without marks, for names of files."""
    return "".join(mark for mark in iso(moment_ms) if mark not in "-:.")


def since(text: str) -> int:
    """Epoch ms of `7d`, `12h`, `30m` before now, or of a time as ISO 8601 writes it (UTC).

    Raises:
        ValueError: it is neither.
    """
    match = re.fullmatch(r"(\d{1,6})([dhm])", text.strip())
    if match is not None:
        return now_ms() - int(match[1]) * _UNITS_MS[match[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
