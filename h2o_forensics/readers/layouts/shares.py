"""How much of a text has a certain shape."""

from __future__ import annotations

import re

_LINES = re.compile(rb"^[^\n]*\S[^\n]*$", re.MULTILINE)
_MOST_LINES = 400


def opening(head: bytes, lines: int = _MOST_LINES) -> bytes:
    """The first whole lines of a text (its only line, where it has no other)."""
    at = 0
    for _ in range(lines):
        after = head.find(b"\n", at) + 1
        if not after:
            break
        at = after
    return head[:at] if at else head


def share_of_lines(head: bytes, shape: re.Pattern[bytes]) -> tuple[float, int]:
    """Share of the first lines that match a pattern anchored at `^`, and how many match.

    Blank lines do not count.
    """
    text = opening(head)
    lines = sum(1 for _ in _LINES.finditer(text))
    found = sum(1 for _ in shape.finditer(text))
    return (found / lines if lines else 0.0), found
