"""Containers that ended, and their limits: `docker inspect` and `kubectl get pods -o json`."""

from __future__ import annotations

from h2o_forensics.readers.kill_lines import Row, kill_row, when_of
from h2o_forensics.readers.pod_text import container_of_h2o, quantity

MAX_ROWS = 500
"""Containers and pods that are looked at per document."""


def read_inspect(document: object) -> tuple[list[Row], list[Row]]:
    """Rows of `kills` and `limits` from `docker inspect` or `kubectl get pods -o json`."""
    kills: list[Row] = []
    limits: list[Row] = []
    if isinstance(document, list):
        for at, one in enumerate(document[:MAX_ROWS]):
            _read_docker(one, f"/{at}", kills, limits)
    elif isinstance(document, dict):
        items = document.get("items") if "items" in document else [document]
        for at, one in enumerate(items[:MAX_ROWS] if isinstance(items, list) else []):
            _read_pod(one, f"/items/{at}" if "items" in document else "", kills, limits)
    return kills, limits


def _of(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _whole(value: object) -> int | None:
    small = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62
    return value if small and isinstance(value, int) else None


def _read_docker(one: object, pointer: str, kills: list[Row], limits: list[Row]) -> None:
    state = _of(one, "State")
    if not isinstance(state, dict) or "ExitCode" not in state:
        return
    limit, code = _whole(_of(one, "HostConfig", "Memory")), _whole(state.get("ExitCode"))
    oom = state.get("OOMKilled") is True
    name = str(_of(one, "Name") or "")[:200].strip("/") or None
    if limit:
        limits.append({"pointer": f"{pointer}/HostConfig/Memory", "limit_bytes": limit,
                       "text": f"container {name}: Memory={limit}"})  # fmt: skip
    if oom or (code and state.get("Running") is False):
        kills.append(
            kill_row("cgroup" if oom else "shell", exit_code=code, process=name,
                     limit_bytes=limit or None,
                     reason="OOMKilled" if oom else f"ExitCode {code}")
            | {"pointer": f"{pointer}/State",
               "text": f"container {name}: OOMKilled={str(oom).lower()}, ExitCode={code}"}
            | when_of(str(state.get("FinishedAt") or ""))
        )  # fmt: skip


def _read_pod(one: object, pointer: str, kills: list[Row], limits: list[Row]) -> None:
    statuses = _of(one, "status", "containerStatuses")
    if not isinstance(statuses, list):
        return
    ip = _of(one, "status", "podIP")
    specs = _of(one, "spec", "containers")
    memory = {
        _of(spec, "name"): quantity(str(_of(spec, "resources", "limits", "memory") or ""))
        for spec in (specs if isinstance(specs, list) else [])
        if isinstance(_of(spec, "name"), str)
    }
    names = {str(_of(status, "name")) for status in statuses[:MAX_ROWS]}
    for at, status in enumerate(statuses[:MAX_ROWS]):
        name = _of(status, "name")
        mine = container_of_h2o(str(name), names)
        if mine is False:
            continue
        limit = memory.get(name) if isinstance(name, str) else None
        place = f"{pointer}/status/containerStatuses/{at}"
        if limit:
            limits.append({"pointer": place, "limit_bytes": limit, "ip": ip,
                           "unclear": mine is None,
                           "text": f"container {name}: memory limit {limit}"})  # fmt: skip
        for which in ("lastState", "state"):
            ended = _of(status, which, "terminated")
            code = _whole(_of(ended, "exitCode"))
            if code:
                reason = str(_of(ended, "reason") or "Terminated")[:200]
                kills.append(
                    kill_row("k8s", process=str(name)[:200], exit_code=code, reason=reason,
                             limit_bytes=limit, ip=ip, unclear=mine is None)
                    | {"pointer": f"{place}/{which}/terminated",
                       "text": f"container {name}: {which} terminated, {reason}, exit code {code}"}
                    | when_of(str(_of(ended, "finishedAt") or ""))
                )  # fmt: skip
