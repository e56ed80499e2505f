r"""Who killed a process, and with what exit code it ended: the kernel, YARN, Kubernetes, shells.

    [ 3614.252651] Memory cgroup out of memory: Killed process 7758 (java) ... anon-rss:225572kB, ...
    Container [pid=42,containerID=container_1] is running beyond physical memory limits. Current ...
        Last State:     Terminated
          Reason:       OOMKilled
          Exit Code:    137

One row per verdict.  Sources: Linux, mm/oom_kill.c; YARN, ContainersMonitorImpl.java; kubectl describe.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from h2o_forensics.model.values import read_bytes
from h2o_forensics.readers.h2o_log import H2OLogFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row = dict[str, Any]
MAX_ROWS = 500
"""Rows kept per artifact: the first ones."""
WORDS = (b"illed", b"xit", b"beyond", b"oom", b"Evicted")
"""Without any of these a text tells of no kill."""
_LINE = re.compile(r"^[^\n]*(?:illed|xit|beyond|oom|Evicted)[^\n]*", re.MULTILINE)
_MAX_LINES = 20_000
_CONTEXT_LINES = 60
_MAX_LINE = 4000

_KERNEL = re.compile(
    r"(?P<group>[Mm]emory cgroup o|O)ut of memory[^:]{0,40}: Kill(?:ed)? process (?P<pid>\d{1,10})"
    r"(?:, UID \d+,)? \((?P<comm>[^)]{1,64})\)(?:[^\n]*?anon-rss:(?P<rss>\d{1,15})kB)?"
)
_KILLED = re.compile(
    r"(?:^|\] |: )Killed process (?P<pid>\d{1,10})(?:, UID \d+,)? \((?P<comm>[^)]{1,64})\)"
    r"(?:,? UID \d+)? total-vm:\d+kB, anon-rss:(?P<rss>\d{1,15})kB"
)
_CONSTRAINT = re.compile(
    r"oom-kill:constraint=(\w+)[^\n]*?(?:oom_memcg=([^,\n]{1,300}))?[^\n]*?pid=(\d{1,10})"
)
_MEMCG = re.compile(r"oom_memcg=([^,\n]{1,300})")
_OLD_GROUP = re.compile(r"Task in \S{1,300} killed as a result of limit of (\S{1,300})")
_USAGE = re.compile(r"memory: usage \d{1,15}kB, limit (\d{1,15})kB")
_YARN = re.compile(
    r"Container \[pid=(?P<pid>\d{1,10}),\s*containerID=(?P<container>\w{1,100})\] is running (?:\d+B )?"
    r"beyond (?:the ')?(?P<kind>physical|virtual|PHYSICAL|VIRTUAL)'? memory limits?\b"
    r"(?:[^\n]*?Current usage: (?P<used>[\d.]+ ?[KMGT]?B) of (?P<limit>[\d.]+ ?[KMGT]?B) physical)?"
)
_YARN_SPARK = re.compile(
    r"Container killed by YARN for exceeding (?:physical |virtual )?memory limits\.\s+"
    r"(?P<used>[\d.]+ [KMGT]B) of (?P<limit>[\d.]+ [KMGT]B) (?:physical|virtual) memory used"
)
_EXIT = re.compile(
    r"(?P<reason>(?:exited with (?:a )?(?:non-zero )?(?:exit )?(?:code|status)"
    r"|[Ee]xit(?:ed)? ?(?:code|status)(?: is)?|return code|terminated with (?:exit )?(?:code|status))"
    r"(?: of)?:? ?\(?)(?P<code>-?\d{1,3})\b\)?(?![.\d])"
)
_SYSTEMD = re.compile(
    r"[Mm]ain process exited, code=(?P<how>killed|exited|dumped), status=(?P<code>\d{1,3})(?:/(?P<name>\w+))?"
)
_SHELL = re.compile(
    r"^(?:\S{1,200}: line \d+: +|bash: +(?:line \d+: +)?)?(?P<pid>\d{1,10})? {1,8}"
    r"(?P<how>Killed|Terminated|Aborted)(?: +\(core dumped\))? {2,}\S*java\b"
)
_TERMINATED = re.compile(r"^(?P<deep>\s*)(?P<which>Last State|State|lastState|state):(?:\s+Terminated)?\s*$")
_FIELD = re.compile(r'^(?P<deep>[\s-]*)"?(?P<name>[A-Za-z][\w .-]{0,60}?)"?:(?:\s+(?P<value>[^\n]{0,300}?))?,?\s*$')
_EVICTED = re.compile(r"Evicted\s[^\n]*?(The node was low on resource: memory[^\n]{0,300})")
_OF_JAVA = re.compile(r"\bjava\b|[Hh]2[Oo]|[Cc]ontainer|[Ee]xecutor|[Mm]apper|\bYARN\b|[Pp]rocess")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6}))?(Z|[+-]\d\d:?\d\d)")
_SYSLOG = re.compile(r"\[?(?:\w{3} )?(\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?: (\d{4})\])?")
_SIGNALS = {"Killed": 137, "Terminated": 143, "Aborted": 134}
_SIGNAL_BASE = 128


class Text:
    """A text in lines, numbered from `first_line`."""

    def __init__(self, text: str, first_line: int) -> None:
        self.lines = text.split("\n")
        self.first = first_line


def kill_rows(data: bytes, first_line: int = 1) -> list[Row]:
    """The verdicts in a text, in its order; `data` begins with its line `first_line`."""
    if not any(word in data for word in WORDS):
        return []
    text = Text(data.decode("utf-8", "replace").replace("\r\n", "\n"), first_line)
    rows: list[Row] = []
    killed: dict[int, Row] = {}
    form, looked_at = H2OLogFormat(), 0
    for at, line in enumerate(text.lines):
        if not _LINE.match(line) or len(line) > _MAX_LINE or form.header(line.encode(), 0):
            continue
        looked_at += 1
        if looked_at > _MAX_LINES or len(rows) >= MAX_ROWS:
            break
        row = next((found for read in _READERS if (found := read(text, at))), None)
        if row is None:
            continue
        row |= {"line": first_line + at, "text": line[:1000]} | _when(line)
        known = killed.get(row["pid"] or -1) if row["by"] in {"kernel", "cgroup"} else None
        if known is not None:  # old kernels say it in two lines
            known |= {name: value for name, value in row.items() if known.get(name) is None}
            continue
        if row["by"] in {"kernel", "cgroup"}:
            killed[row["pid"]] = row
        rows.append(row)
    return rows


def _row(by: str, **columns: object) -> Row:
    return {"pid": None, "process": None, "by": by, "rss_bytes": None, "limit_bytes": None,
            "cgroup": None, "exit_code": None, "reason": None} | columns  # fmt: skip


def _by_kernel(text: Text, at: int) -> Row | None:
    line = text.lines[at]
    match = _KERNEL.search(line) or _KILLED.search(line)
    if match is None:
        return None
    pid, found = int(match["pid"]), match.groupdict()
    group, limit = _group_of(text, at, pid)
    by_group = bool(found.get("group") and found["group"] != "O") or group is not None
    return _row(
        "cgroup" if by_group else "kernel", pid=pid, process=match["comm"],
        rss_bytes=int(match["rss"]) * 1024 if match["rss"] else None,
        cgroup=group, limit_bytes=limit if by_group else None, exit_code=137,
        reason=match[0].lstrip("]: ").split(" total-vm")[0][:200],
    )  # fmt: skip


def _group_of(text: Text, at: int, pid: int) -> tuple[str | None, int | None]:
    """The group whose limit was hit, and the limit, from the kernel's lines before the verdict."""
    group = limit = None
    for line in reversed(text.lines[max(0, at - _CONTEXT_LINES) : at]):
        if _KILLED.search(line) and f"process {pid} " not in line:
            break
        constraint, old = _CONSTRAINT.search(line), _OLD_GROUP.search(line)
        memcg = _MEMCG.search(line)
        if constraint and constraint[1] == "CONSTRAINT_MEMCG" and int(constraint[3]) == pid and memcg:
            group = group or memcg[1]
        if old:
            group = group or old[1]
        usage = _USAGE.search(line)
        if usage and limit is None and int(usage[1]) < 2**50:
            limit = int(usage[1]) * 1024
    return group, limit


def _by_yarn(text: Text, at: int) -> Row | None:
    line = text.lines[at]
    match = _YARN.search(line)
    if match:
        physical = match["kind"].lower() == "physical"
        return _row(
            "yarn", pid=int(match["pid"]), cgroup=match["container"],
            rss_bytes=read_bytes(match["used"]) if match["used"] else None,
            limit_bytes=read_bytes(match["limit"]) if match["limit"] and physical else None,
            reason=f"beyond {match['kind'].lower()} memory limits",
        )  # fmt: skip
    match = _YARN_SPARK.search(line)
    return match and _row(
        "yarn", rss_bytes=read_bytes(match["used"]), limit_bytes=read_bytes(match["limit"]),
        reason="killed by YARN for exceeding memory limits",
    )  # fmt: skip


def _by_kubernetes(text: Text, at: int) -> Row | None:
    """A terminated container, read at the line of its exit code; a pod that was evicted."""
    line = text.lines[at]
    evicted = _EVICTED.search(line)
    if evicted:
        return _row("k8s", reason=evicted[1][:300])
    field = _FIELD.match(line)
    if field is None or field["name"] not in {"Exit Code", "exitCode"}:
        return None
    deep = len(field["deep"].expandtabs())
    code = _code(field["value"])
    terminated = reason = None
    for near in _around(text, at, deep):
        found = _FIELD.match(near)
        if found and found["name"] in {"Reason", "reason"} and len(found["deep"].expandtabs()) == deep:
            reason = (found["value"] or "").strip('" ') or None
        terminated = terminated or (found is not None and found["name"].lower() in {"last state", "state", "terminated"})
    if code is None or not (terminated or reason):
        return None
    process, pod_ip, limit = _container_of(text, at, deep)
    return _row("k8s", process=process, exit_code=code, reason=reason or "Terminated",
                limit_bytes=limit, ip=pod_ip)  # fmt: skip


def _code(value: str | None) -> int | None:
    digits = (value or "").strip('" ')
    return int(digits) if re.fullmatch(r"-?\d{1,3}", digits) else None


def _around(text: Text, at: int, deep: int) -> Iterator[str]:
    """The lines of the same block of a description: as deep, without a break, and the one above."""
    for step in (-1, 1):
        here = at + step
        while 0 <= here < len(text.lines) and abs(here - at) < 12:
            line = text.lines[here]
            depth = len(line.expandtabs()) - len(line.expandtabs().lstrip(" -"))
            if depth < deep:
                if step < 0:
                    yield line
                break
            yield line
            here += step


def _container_of(text: Text, at: int, deep: int) -> tuple[str | None, str | None, int | None]:
    """Of a pod's description: the container's name, the pod's address, the container's limit."""
    name = pod_ip = None
    limit: int | None = None
    within, top = True, deep
    for back in range(at - 1, max(-1, at - 400), -1):
        field = _FIELD.match(text.lines[back])
        if field is None:
            continue
        depth = len(field["deep"].expandtabs())
        if pod_ip is None and field["name"] in {"IP", "podIP"} and field["value"]:
            pod_ip = field["value"].strip('" ')
        if within and depth < top - 2 and not field["value"]:
            name, within = field["name"], False
        if field["name"] in {"Name", "kind"} and not depth:
            break
    for ahead in range(at + 1, min(len(text.lines), at + 30)):
        field = _FIELD.match(text.lines[ahead])
        depth = len(field["deep"].expandtabs()) if field else deep
        if field and (depth < deep - 4 or field["name"] in {"Exit Code", "Containers"}):
            break
        if field and field["name"] == "Limits":
            limit = _memory_below(text, ahead, depth)
            break
    return name if name not in {"Containers", "terminated", "Last State", "State"} else None, pod_ip, limit


def _memory_below(text: Text, at: int, deep: int) -> int | None:
    for line in text.lines[at + 1 : at + 8]:
        field = _FIELD.match(line)
        if field is None or len(field["deep"].expandtabs()) <= deep:
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
    factor = (1024 if unit.endswith("i") else 1000) ** ("kmgt".index(unit[0].lower()) + 1 if unit else 0)
    return int(match[1]) * factor


def _by_shell(text: Text, at: int) -> Row | None:
    line = text.lines[at]
    systemd = _SYSTEMD.search(line)
    if systemd:
        code = int(systemd["code"])
        code = _SIGNAL_BASE + code if systemd["how"] != "exited" else code
        return _row("shell", exit_code=code, reason=systemd[0])
    shell = _SHELL.match(line)
    if shell:
        return _row("shell", pid=int(shell["pid"]) if shell["pid"] else None, process="java",
                    exit_code=_SIGNALS[shell["how"]], reason=shell["how"])  # fmt: skip
    match = _EXIT.search(line)
    if match is None or not _OF_JAVA.search(line):
        return None
    code = int(match["code"])
    if code == 0:
        return None
    return _row("yarn" if "ontainer exited" in line or "Container killed on request" in line else "shell",
                exit_code=code, reason=match[0].strip())  # fmt: skip


_READERS: tuple[Callable[[Text, int], Row | None], ...] = (
    _by_kernel, _by_yarn, _by_kubernetes, _by_shell,
)  # fmt: skip


def _when(line: str) -> dict[str, int]:
    """`at_ms` where the line states a date with an offset, `stamp_ms` where it states day and time only."""
    iso = _ISO.match(line)
    if iso:
        try:
            moment = datetime.fromisoformat(f"{iso[1]}T{iso[2]}").replace(tzinfo=UTC)
        except ValueError:
            return {}
        offset = timedelta(0)
        if iso[4] != "Z":
            sign = -1 if iso[4][0] == "-" else 1
            offset = sign * timedelta(hours=int(iso[4][1:3]), minutes=int(iso[4][-2:]))
        millis = int(f"{iso[3] or ''}000"[:3])
        return {"at_ms": int((moment - offset).timestamp()) * 1000 + millis}
    named = _SYSLOG.match(line)
    if named is None:
        return {}
    try:
        # A leap year: the line need not say which one it is of.
        moment = datetime.strptime(f"{named[2]} {named[1]} 2000 {named[3]}", "%d %b %Y %H:%M:%S")
    except ValueError:
        return {}
    return {"stamp_ms": int((moment - datetime(2000, 1, 1)).total_seconds()) * 1000}  # noqa: DTZ001 - local time


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


def _of(value: object, *names: str) -> Any:
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
            _row("cgroup" if oom else "shell", exit_code=code, process=name, limit_bytes=limit or None,
                 reason="OOMKilled" if oom else f"ExitCode {code}")
            | {"pointer": f"{pointer}/State",
               "text": f"container {name}: OOMKilled={str(oom).lower()}, ExitCode={code}"}
            | _when(str(state.get("FinishedAt") or ""))
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
    for at, status in enumerate(statuses[:100]):
        name = _of(status, "name")
        limit = memory.get(name) if isinstance(name, str) else None
        place = f"{pointer}/status/containerStatuses/{at}"
        if limit:
            limits.append({"pointer": place, "limit_bytes": limit, "ip": ip,
                           "text": f"container {name}: memory limit {limit}"})  # fmt: skip
        for which in ("lastState", "state"):
            ended = _of(status, which, "terminated")
            code = _whole(_of(ended, "exitCode"))
            if code:
                reason = str(_of(ended, "reason") or "Terminated")[:200]
                kills.append(
                    _row("k8s", process=str(name)[:200], exit_code=code, reason=reason, limit_bytes=limit, ip=ip)
                    | {"pointer": f"{place}/{which}/terminated",
                       "text": f"container {name}: {which} terminated, {reason}, exit code {code}"}
                    | _when(str(_of(ended, "finishedAt") or ""))
                )  # fmt: skip
