"""How much memory there is to work with."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

MIB = 2**20
_SHARE = 0.7
"""Of the machine: the parent, caches and others need some, too."""
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Of a container, which has less than the machine it runs on."""


def default_memory_mb() -> int:
    """What all workers together may take where nobody says, in MB."""
    total: int = psutil.virtual_memory().total
    for file in _LIMITS:
        with suppress(OSError, ValueError):  # no such limit, or `max`
            total = min(total, int(file.read_text(encoding="ascii")))
    return max(1, int(total * _SHARE) // MIB)
