"""Containers that ended, as `kubectl describe` and `kubectl get -o yaml` tell of them.

Last State:     Terminated
Reason:       OOMKilled
Exit Code:    137
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.readers.kill_lines import Row, Text, kill_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_FIELD = re.compile(
    r'^(?P<deep>[\s-]*)"?(?P<name>[A-Za-z][\w .-]{0,60}?)"?:(?:\s+(?P<value>[^\n]{0,300}?))?,?\s*$'
)
_EVICTED = re.compile(r"Evicted\s[^\n]*?(The node was low on resource: memory[^\n]{0,300})")
_NO_CONTAINER = frozenset(
    {"Containers", "Init Containers", "terminated", "Last State", "State", "lastState", "state",
     "status", "containerStatuses"}
)  # fmt: skip
_POD = re.compile(r"(?:Name|kind): ")
_ID = re.compile(r"\s{1,40}Container ID: ")
_BLOCK_LINES, _LIMITS_LINES, _CONTAINER_LINES, _POD_LINES = 12, 8, 30, 400
"""How far around the exit code the rest of its block, container and pod is looked for."""


def by_kubernetes(text: Text, at: int) -> Row | None:
    """A terminated container, read at the line of its exit code; a pod that was evicted."""
    line = text.lines[at]
    evicted = _EVICTED.search(line)
    if evicted:
        return kill_row("k8s", reason=evicted[1][:300])
    field = _FIELD.match(line)
    if field is None or field["name"] not in {"Exit Code", "exitCode"}:
        return None
    deep = _depth(field)
    code = _code(field["value"])
    terminated, reason = False, None
    for near in _around(text, at, deep):
        found = _FIELD.match(text.lines[near])
        if found is None:
            continue
        if found["name"] in {"Reason", "reason"} and _depth(found) == deep and found["value"]:
            reason, at = found["value"].strip('" ')[:200], near
        terminated = terminated or found["name"].lower() in {"last state", "state", "terminated"}
    if not code or not (terminated or reason):
        return None
    process, pod_ip, limit = _container_of(text, at, deep)
    mine = container_of_h2o(process, _names_in_pod(text, at))
    if mine is False:
        return None
    row = kill_row("k8s", process=process, exit_code=code, reason=reason or "Terminated",
                   limit_bytes=limit, ip=pod_ip, unclear=mine is None)  # fmt: skip
    return row | {"line": text.first + at, "text": text.lines[at]}


def _depth(field: re.Match[str]) -> int:
    return len(field["deep"].expandtabs())


def _code(value: str | None) -> int | None:
    digits = (value or "").strip('" ')
    return int(digits) if re.fullmatch(r"-?\d{1,3}", digits) else None


def _around(text: Text, at: int, deep: int) -> Iterator[int]:
    """Indices of the lines of the same block of a description, and of the line above it."""
    for step in (-1, 1):
        here = at + step
        while 0 <= here < len(text.lines) and abs(here - at) <= _BLOCK_LINES:
            line = text.lines[here]
            depth = len(line.expandtabs()) - len(line.expandtabs().lstrip(" -"))
            if depth < deep:
                if step < 0:
                    yield here
                break
            yield here
            here += step


def container_of_h2o(name: str | None, all_names: Collection[str]) -> bool | None:
    """Whether a pod's container runs H2O; None: the names do not tell which one does."""
    if len(all_names) <= 1:
        return True
    named = {one for one in all_names if "h2o" in one.lower()}
    return name in named if named else None


def _names_in_pod(text: Text, at: int) -> set[str]:
    """Names of all containers of the pod that line `at` is about."""
    first = next((one for one in range(at, -1, -1) if _POD.match(text.lines[one])), 0)
    after = range(at, len(text.lines))
    last = next((one for one in after if _POD.match(text.lines[one])), len(text.lines))
    last, first = min(last, at + _POD_LINES), max(first, at - _POD_LINES)
    ids = (one for one in range(first + 1, last) if _ID.match(text.lines[one]))
    return {text.lines[one - 1].strip(" :") for one in ids}


def _container_of(text: Text, at: int, deep: int) -> tuple[str | None, str | None, int | None]:
    """Of a pod's description: the container's name, the pod's address, the container's limit."""
    name = pod_ip = None
    limit: int | None = None
    within, top = True, deep
    for back in range(at - 1, max(-1, at - _POD_LINES), -1):
        field = _FIELD.match(text.lines[back])
        if field is None:
            continue
        depth = _depth(field)
        if pod_ip is None and field["name"] in {"IP", "podIP"} and field["value"]:
            pod_ip = field["value"].strip('" ')
        if within and depth < top - 2 and not field["value"]:
            name, within = field["name"], False
        if field["name"] in {"Name", "kind"} and not depth:
            break
    for ahead in range(at + 1, min(len(text.lines), at + _CONTAINER_LINES)):
        field = _FIELD.match(text.lines[ahead])
        depth = _depth(field) if field else deep
        if field and depth <= deep - 4:
            break
        if field and field["name"] == "Limits":
            limit = _memory_below(text, ahead, depth)
            break
    known = name if name not in _NO_CONTAINER else None
    return known, pod_ip, limit


def _memory_below(text: Text, at: int, deep: int) -> int | None:
    for line in text.lines[at + 1 : at + _LIMITS_LINES]:
        field = _FIELD.match(line)
        if field is None or _depth(field) <= deep:
            return None
        if field["name"] == "memory" and field["value"]:
            return quantity(field["value"].strip('" '))
    return None


def quantity(text: str) -> int | None:
    """`4Gi`, `512M`, `2000000000` as Kubernetes writes sizes, in bytes; None: none."""
    match = re.fullmatch(r"(\d{1,18})(?:\.\d+)?([KMGTk]i?)?", text)
    if match is None:
        return None
    unit = match[2] or ""
    power = "kmgt".index(unit[0].lower()) + 1 if unit else 0
    return int(match[1]) * int((1024 if unit.endswith("i") else 1000) ** power)
