"""Turn the words of a log into numbers and node names."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*([\d.,]+)\s*(B|bytes?|KB|MB|GB|TB|kB|[KMGT]i?B?)?\s*$", re.IGNORECASE)
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_DURATION = re.compile(r"\s*([\d.]+)\s*(ms|s|sec|secs|seconds?|m|min|minutes?|h|hours?)\s*$")
_LARGEST = 2**62
_FACTORS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
_NODE = re.compile(r"(?:[^/\s]*/)?(\[?[0-9A-Fa-f.:%\w-]+\]?:\d+)$")


def read_bytes(text: str) -> int | None:
    """`91.1 MB`, `4096`, `Zero` (as H2O's PrettyPrint writes sizes) to bytes; None: no size."""
    if text.strip() == "Zero":
        return 0
    match = _SIZE.match(text)
    if match is None:
        return None
    unit = (match[2] or "b").lower()
    power = _POWERS["b" if unit.startswith("byte") else unit[0]]
    return _whole(match[1].replace(",", "."), 1024**power)


def read_duration(text: str) -> int | None:
    """`90 s`, `1.5 min`, `60997.160ms` to ms; None when it is no duration."""
    match = _DURATION.match(text)
    if match is None:
        return None
    unit = match[2] if match[2] in _FACTORS else match[2][0]
    return _whole(match[1], _FACTORS[unit])


def _whole(digits: str, factor: int) -> int | None:
    """What the digits say, in whole units; None where they are no number, or past 64 bits."""
    try:
        value = float(digits) * factor
    except ValueError:
        return None
    return int(value) if abs(value) < _LARGEST else None


def read_node(text: str) -> str | None:
    """`localhost/127.0.0.1:54321`, `/10.0.0.3:54321`, `10.0.0.3:54321,` to `ip:port`."""
    match = _NODE.match(text.strip().rstrip(".,;'"))
    return match[1] if match else None


def resolve_tail(tail: str, nodes: frozenset[str]) -> str | None:
    """The one known node whose name ends in `tail`: thread names keep their last ten characters."""
    fitting = [node for node in nodes if node.endswith(tail)]
    return fitting[0] if len(fitting) == 1 else None
