"""Most memory this process held since a moment, as Linux counts it."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

_FORGET = Path("/proc/self/clear_refs")
_PEAK = b"5"
_STATUS = Path("/proc/self/status")
_LINE = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_KIB = 1024


def forget_peak() -> None:
    """Begin anew; where the system cannot, the peak is that of the whole process."""
    with suppress(OSError):
        _FORGET.write_bytes(_PEAK)


def peak_mb() -> float:
    """The peak, in MB; 0 where the system does not tell."""
    try:
        found = _LINE.search(_STATUS.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return 0.0
    return 0.0 if found is None else round(int(found[1]) / _KIB, 1)
