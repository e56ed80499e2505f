"""Turn the words of a log into numbers and node names."""

from __future__ import annotations

import math
import re

from h2o_forensics.model.finding import Value

_INTEGER = re.compile(r"-?[0-9]{1,18}")
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


def read_value(kind: str, text: str | None) -> Value:
    """A capture as its signal types it (see `model.rule.CaptureType`); None: it is no such thing."""
    if text is None or kind == "str":
        return text
    if kind == "int":
        match = _INTEGER.fullmatch(text.replace(",", "").strip())
        return int(match[0]) if match else None
    if kind == "float":
        return _read_float(text)
    if kind == "bytes":
        return read_bytes(text)
    return read_duration(text) if kind == "duration" else read_node(text)


def _read_float(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
