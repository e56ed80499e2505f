r"""What a container may use and how often it hit that: files of cgroup v1 and v2.

Alone, or pasted together:

    memory.limit_in_bytes 233832448          # name and value
    /sys/fs/cgroup/memory.max:268435456      # grep . /sys/fs/cgroup/*
    ==> memory.peak <==                      # head, tail
    nr_throttled 412                         # inside of cpu.stat

Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst
"""

from __future__ import annotations

import re
from typing import Any

Row = dict[str, Any]
MAX_ROWS = 200
"""Groups kept per artifact: the first ones."""
_NAMES = {
    "memory.limit_in_bytes": "limit_bytes", "memory.max": "limit_bytes",
    "memory.max_usage_in_bytes": "peak_bytes", "memory.peak": "peak_bytes",
    "oom_kill": "oom_kills", "nr_periods": "periods", "nr_throttled": "throttled",
    "throttled_usec": "throttled_ms", "throttled_time": "throttled_ms",
    "cpu.cfs_quota_us": "quota", "cpu.cfs_period_us": "period", "cpu.max": "quota",
}  # fmt: skip
_LINE = re.compile(
    r"(?:\$ ?cat |# ?)?(?P<path>\S{0,200}/)?"
    r"(?P<name>memory\.(?:limit_in_bytes|max_usage_in_bytes|max|peak)|oom_kill"
    r"|nr_periods|nr_throttled|throttled_usec|throttled_time|cpu\.(?:cfs_quota_us|cfs_period_us|max))"
    r"(?:[ \t:=]{1,40}(?P<value>-?\d{1,20}|max)(?:[ \t]{1,9}(?P<period>\d{1,12}))?)?"
    r"[ \t]{0,40}$"
)
_TITLE = re.compile(
    r"(?:==> ?|#{1,9} ?|-{1,20} ?|\$ ?cat |cat )?(?P<path>\S{0,200}/)?"
    r"(?P<name>[a-z]{1,20}\.[a-z_.]{1,60})"
    r"(?: ?<==|:| -{1,20})?\s{0,40}$"
)
_INSIDE = re.compile(
    r"\S{1,300}/(?:cpu\.stat|memory\.events(?:\.local)?|memory\.oom_control):(?=\w)"
)
_VALUE = re.compile(r"(?P<value>-?\d{1,20}|max)(?:[ \t]{1,9}(?P<period>\d{1,12}))?[ \t]{0,40}$")
_UNLIMITED = 2**60
"""cgroup v1 writes the largest number of pages for `no limit`."""
_DEFAULT_PERIOD_US = 100_000
HINTS = (b"ory.li", b"ory.ma", b"ory.pe", b"m_kil", b"nr_", b"ttled_", b"cpu.")
WORDS = (
    b"memory.limit_in_bytes", b"memory.max", b"memory.peak", b"oom_kill", b"nr_periods",
    b"nr_throttled", b"throttled_", b"cpu.max", b"cpu.cfs_",
)  # fmt: skip
"""A text without any of these tells of no limits."""


def limit_rows(text: str, path: str = "", first_line: int = 1) -> list[Row]:
    """Rows of `limits`, one per group: where a name comes again, another group (or moment) begins.

    Args:
        text: of the file.
        path: of the file, for files that hold a value and nothing else.
        first_line: number of the text's first line.
    """
    rows: list[Row] = []
    row: Row = {}
    pending, folder = path.replace("!", "/").rpartition("/")[2], ""
    for number, raw in enumerate(text.split("\n"), first_line):
        line = _INSIDE.sub("", raw.strip())
        found = _LINE.match(line)
        name, value = (
            (found["name"], found) if found and found["value"] else (pending, _VALUE.match(line))
        )
        if value is None or name not in _NAMES or not value["value"]:
            title = found or _TITLE.match(line)
            pending = title["name"] if title else pending if not line else ""
            continue
        column, where = _NAMES[name], (found["path"] or folder) if found else folder
        if column in row or (where and folder and where != folder):
            _close(row, rows)
            row = {}
        folder, pending = where or folder, ""
        row.setdefault("line", number)
        row.setdefault("text", raw.strip()[:300])
        row.setdefault("lines", {})[column] = (number, raw.strip()[:300])
        _take(row, name, column, value)
    _close(row, rows)
    return rows[:MAX_ROWS]


def _take(row: Row, name: str, column: str, value: re.Match[str]) -> None:
    number = None if value["value"] == "max" else int(value["value"])
    if column == "throttled_ms" and number is not None:
        row[column] = number / (1e6 if name == "throttled_time" else 1e3)
    elif column == "limit_bytes" and number is not None:
        row[column] = number if 0 < number < _UNLIMITED else None
    else:
        row[column] = number if number is None or abs(number) < _UNLIMITED else None
    if name == "cpu.max" and value["period"]:
        row["period"] = int(value["period"])


def _close(row: Row, rows: list[Row]) -> None:
    if not row:
        return
    quota, period = row.pop("quota", None), row.pop("period", None) or _DEFAULT_PERIOD_US
    row["quota_cores"] = quota / period if quota and quota > 0 else None
    places = row["lines"]
    if "quota" in places:
        places["quota_cores"] = places.pop("quota")
    places.pop("period", None)
    rows.append(row)
