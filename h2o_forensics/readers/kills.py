r"""Who killed a process, and with what exit code it ended: the kernel, YARN, Kubernetes, shells.

    [ 3614.252651] Memory cgroup out of memory: Killed process 7758 (java) ... anon-rss:225572kB
    Container [pid=42,containerID=container_1] is running beyond physical memory limits. Current ...
        Last State:     Terminated
          Reason:       OOMKilled
          Exit Code:    137

One row per verdict.
Sources: Linux, mm/oom_kill.c; YARN, ContainersMonitorImpl.java; Spark, YarnAllocator.scala
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.model.values import read_bytes
from h2o_forensics.readers.h2o_log import H2OLogFormat
from h2o_forensics.readers.kill_lines import Row, Text, kill_row, when_of
from h2o_forensics.readers.pod_text import by_kubernetes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MAX_ROWS = 500
"""Rows kept per artifact: the first ones."""
WORDS = (
    b"Kill process ", b"Killed ", b"killed by YARN", b"xit", b" beyond ", b"Evicted",
    b"Terminated  ", b"Aborted  ",
)  # fmt: skip
"""Lines without any of these are no verdicts."""
HINTS = (b"Kil", b"d by YA", b"xit", b"beyo", b"Evi", b"Termi", b"Abor")
"""Of each word, what is rare and sought first."""
FEW_WORDS = (b"Killed ", b"killed by YARN", b"exit code", b"exited with")
FEW_HINTS = (b"Kil", b"d by YA", b"xit")
"""Those looked for in H2O's own logs, which are large, and in which few others can stand."""
_MAX_LINES = 20_000
_CONTEXT_LINES = 60
_AROUND_LINES = 500
"""More than any verdict is read with: 400 lines of a pod's description, on both sides."""
_MAX_LINE = 4000

_KERNEL = re.compile(
    r"(?P<group>[Mm]emory cgroup o|O)ut of memory[^:]{0,40}: Kill(?:ed)? process (?P<pid>\d{1,10})"
    r"(?:, UID \d+,)? \((?P<comm>[^)]{1,64})\)(?:[^\n]*?anon-rss:(?P<rss>\d{1,15})kB)?"
)
_KILLED = re.compile(
    r"(?:^|\] |: )Killed process (?P<pid>\d{1,10})(?:, UID \d+,)? \((?P<comm>[^)]{1,64})\)"
    r"(?:,? UID \d+)? total-vm:\d+kB, anon-rss:(?P<rss>\d{1,15})kB"
)
_CONSTRAINT = re.compile(r"oom-kill:constraint=(\w{1,60})[^\n]{0,2000}?,pid=(\d{1,10})")
_MEMCG = re.compile(r"oom_memcg=([^,\n]{1,300})")
_OLD_GROUP = re.compile(r"Task in \S{1,300} killed as a result of limit of (\S{1,300})")
_USAGE = re.compile(r"memory: usage \d{1,15}kB, limit (\d{1,15})kB")
_YARN = re.compile(
    r"Container \[pid=(?P<pid>\d{1,10}),\s*containerID=(?P<container>\w{1,100})\] is running "
    r"(?:\d+B )?beyond (?:the ')?(?P<kind>physical|virtual|PHYSICAL|VIRTUAL)'? memory limits?\b"
    r"(?:[^\n]*?Current usage: (?P<used>[\d.]+ ?[KMGT]?B) of (?P<limit>[\d.]+ ?[KMGT]?B) physical)?"
)
_YARN_SPARK = re.compile(
    r"Container killed by YARN for exceeding (?:physical |virtual )?memory limits\.\s+"
    r"(?P<used>[\d.]+ [KMGT]B) of (?P<limit>[\d.]+ [KMGT]B) (?:physical|virtual) memory used"
)
_EXIT = re.compile(
    r"(?P<reason>(?:exited with (?:a )?(?:non-zero )?(?:exit )?(?:code|status)"
    r"|[Ee]xit(?:ed)? ?(?:code|status)(?: is)?|return code"
    r"|terminated with (?:exit )?(?:code|status))"
    r"(?: of)?:? ?\(?)(?P<code>-?\d{1,3})\b\)?(?![.\d])"
)
_SYSTEMD = re.compile(
    r"[Mm]ain process exited, code=(?P<how>killed|exited|dumped), "
    r"status=(?P<code>\d{1,3})(?:/\w+)?"
)
_SHELL = re.compile(
    r"^(?:\S{1,200}: line \d+: +|bash: +(?:line \d+: +)?)?(?P<pid>\d{1,10})? {1,8}"
    r"(?P<how>Killed|Terminated|Aborted)(?: +\(core dumped\))? {2,}\S*java\b"
)
_OF_JAVA = re.compile(r"\bjava\b|[Hh]2[Oo]|[Cc]ontainer|[Ee]xecutor|[Mm]apper|\bYARN\b|[Pp]rocess")
_SIGNALS = {"Killed": 137, "Terminated": 143, "Aborted": 134}
_SIGNAL_BASE = 128
_H2O_NODE = re.compile(r"H2O node (\S{1,200}:\d{1,5})\b")


def kill_rows(
    data: bytes,
    first_line: int = 1,
    words: Sequence[bytes] = WORDS,
    starts: Sequence[int] | None = None,
) -> list[Row]:
    """The verdicts in a text, in its order.

    Args:
        data: the text.
        first_line: the number of its first line.
        words: lines with one of these are looked at.
        starts: what `verdict_starts` gives; None: to be found.
    """
    starts = verdict_starts(data, _places(data, words), words) if starts is None else starts
    starts = starts[:_MAX_LINES]
    if not starts:
        return []
    begin, end = _around(data, starts[0], starts[-1])
    first_line += data.count(b"\n", 0, begin)
    text = Text(data[begin:end].decode("utf-8", "replace").replace("\r\n", "\n"), first_line)
    wanted = _indices(data, begin, starts)
    rows: list[Row] = []
    killed: dict[int, Row] = {}
    for at in wanted:
        line = text.lines[at]
        found = next((told for read in _READERS if (told := read(text, at))), None)
        if found is None:
            continue
        row: Row = {"line": first_line + at, "text": line[:1000]} | when_of(line) | found
        if row["by"] in {"kernel", "cgroup"}:
            known = killed.setdefault(row["pid"], row)
            if known is not row:  # old kernels say it in two lines
                known |= {name: value for name, value in row.items() if known.get(name) is None}
                continue
        rows.append(row)
        if len(rows) >= MAX_ROWS:
            break
    return rows


def _places(data: bytes, words: Sequence[bytes]) -> list[int]:
    places = list[int]()
    for word in words:
        at = data.find(word)
        while at >= 0:
            places.append(at)
            end = data.find(b"\n", at)
            at = data.find(word, len(data) if end < 0 else end)
    return sorted(places)


def verdict_starts(data: bytes, places: Iterable[int], words: Sequence[bytes]) -> list[int]:
    """Where the lines begin that may be verdicts: with a word, and not one of H2O's records.

    Args:
        data: the text.
        places: ascending offsets in all lines that may be such.
        words: lines with one of these are.
    """
    form, starts, done = H2OLogFormat(), list[int](), 0
    for at in places:
        if at < done:
            continue
        begin, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
        done = len(data) if end < 0 else end
        if (
            done - begin <= _MAX_LINE
            and any(data.find(word, begin, done) >= 0 for word in words)
            and form.header(data, begin) is None
        ):
            starts.append(begin)
    return starts


def _around(data: bytes, first: int, last: int) -> tuple[int, int]:
    """The lines from `first` to `last`, and what they may be read with."""
    for _ in range(_AROUND_LINES):
        first = data.rfind(b"\n", 0, max(first - 1, 0)) + 1
    for _ in range(_AROUND_LINES):
        last = data.find(b"\n", last) + 1 or len(data)
    return first, last


def _indices(data: bytes, begin: int, starts: Sequence[int]) -> list[int]:
    """Which lines of the text from `begin` on these are."""
    indices, line = list[int](), 0
    for start in starts:
        line += data.count(b"\n", begin, start)
        indices.append(line)
        begin = start
    return indices


def _by_kernel(text: Text, at: int) -> Row | None:
    line = text.lines[at]
    match = _KERNEL.search(line) or _KILLED.search(line)
    if match is None:
        return None
    pid, found = int(match["pid"]), match.groupdict()
    group, limit = _group_of(text, at, pid)
    by_group = bool(found.get("group") and found["group"] != "O") or group is not None
    return kill_row(
        "cgroup" if by_group else "kernel", pid=pid, process=match["comm"],
        rss_bytes=int(match["rss"]) * 1024 if match["rss"] else None,
        cgroup=group, limit_bytes=limit if by_group else None, exit_code=137,
        reason=match[0].lstrip("]: ").split(" total-vm")[0][:200],
    )  # fmt: skip


def _group_of(text: Text, at: int, pid: int) -> tuple[str | None, int | None]:
    """The group whose limit was hit, and the limit, from the kernel's lines before the verdict."""
    group = limit = None
    for whole in reversed(text.lines[max(0, at - _CONTEXT_LINES) : at]):
        line = whole[:_MAX_LINE]
        if _KILLED.search(line) and f"process {pid} " not in line:
            break
        constraint, old = _CONSTRAINT.search(line), _OLD_GROUP.search(line)
        memcg = _MEMCG.search(line)
        mine = constraint is not None and constraint[1] == "CONSTRAINT_MEMCG"
        if mine and memcg and constraint is not None and int(constraint[2]) == pid:
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
        return kill_row(
            "yarn", pid=int(match["pid"]), cgroup=match["container"],
            rss_bytes=read_bytes(match["used"]) if match["used"] else None,
            limit_bytes=read_bytes(match["limit"]) if match["limit"] and physical else None,
            reason=f"beyond {match['kind'].lower()} memory limits",
        )  # fmt: skip
    match = _YARN_SPARK.search(line)
    return match and kill_row(
        "yarn", rss_bytes=read_bytes(match["used"]), limit_bytes=read_bytes(match["limit"]),
        reason="killed by YARN for exceeding memory limits",
    )  # fmt: skip


def _by_shell(text: Text, at: int) -> Row | None:
    line = text.lines[at]
    systemd = _SYSTEMD.search(line)
    if systemd:
        code = int(systemd["code"])
        code = _SIGNAL_BASE + code if systemd["how"] != "exited" else code
        return kill_row("shell", exit_code=code, reason=systemd[0])
    shell = _SHELL.match(line)
    if shell:
        return kill_row("shell", pid=int(shell["pid"]) if shell["pid"] else None, process="java",
                    exit_code=_SIGNALS[shell["how"]], reason=shell["how"])  # fmt: skip
    match = _EXIT.search(line)
    if match is None or not _OF_JAVA.search(line):
        return None
    code, node = int(match["code"]), _H2O_NODE.search(line)
    if code == 0:
        return None
    yarn = "ontainer exited" in line or "Container killed on request" in line
    return kill_row("yarn" if yarn else "shell", exit_code=code, reason=match[0].strip(),
                node=node[1] if node else None)  # fmt: skip


_READERS: tuple[Callable[[Text, int], Row | None], ...] = (
    _by_kernel, _by_yarn, by_kubernetes, _by_shell,
)  # fmt: skip
