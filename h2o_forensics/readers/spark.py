"""Spark's executors, and how far Sparkling Water got: the tables `executors` and `spark`.

Sparkling Water runs one H2O node in each executor.  Which executor is which node, and what became
of it, stands in the driver's log; its heap stands in its own stderr; no single line tells all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2o_forensics.model.rule import Signal
from h2o_forensics.model.values import read_bytes
from h2o_forensics.readers.scanned import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from h2o_forensics.model.scan import RawHit
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned

_TEXTS = ("h2o_log", "console", "text")
_TEARDOWN_MS = 3_000
"""Executors that are lost this close to signs of the application's end are lost through it."""
_H2O_RUNS = frozenset({"banner", "cloud"})
"""H2O's own lines, which older releases print in Spark's layout, so that no node is named."""
Row = dict[str, Any]

_OF_DRIVERS = ("start", "spread", "nodes", "formed", "registered", "lost")
"""What only a driver writes."""


def _line(name: str, anchor: str, pattern: str, *, raw: bool = False) -> Signal:
    return Signal(
        rule_id="H2O", name=f"spark_{name}", anchor=anchor, pattern=pattern, raw=raw, kinds=_TEXTS
    )


SPARK_SIGNALS: tuple[Signal, ...] = (
    # org.apache.spark.deploy.worker.ExecutorRunner: first line of an executor's stderr
    _line(
        "command",
        'Spark Executor Command: "',
        r'\ASpark Executor Command: "(?P<java>[^"\n]*)"'
        r'(?:[^\n]*?"-Xmx(?P<xmx>\d{1,12}[kKmMgGtT]?)")?'
        r'[^\n]*?"--executor-id" "(?P<executor>[^"\n]{1,20})"',
        raw=True,
    ),
    # org.apache.spark.executor.Executor
    _line(
        "executor",
        "Starting executor ID ",
        r"\AStarting executor ID (?P<executor>\S{1,20}) on host (?P<host>\S+)",
    ),
    _line("task", "Running task ", r"\ARunning task [\d.]+ in stage (?P<stage>\d{1,9})\."),
    # org.apache.spark.scheduler.cluster.CoarseGrainedSchedulerBackend
    _line(
        "registered",
        "Registered executor ",
        r"\ARegistered executor [^\n]*?\bwith ID (?P<executor>\d{1,9})\b",
    ),
    # org.apache.spark.scheduler.TaskSchedulerImpl.logExecutorLoss
    _line(
        "lost",
        "Lost executor ",
        r"\ALost executor (?P<executor>\S{1,20}) on (?P<host>[^\s:]+):\s*(?P<reason>[^\n]*)",
    ),
    # what only an application that ends says
    _line(
        "ending",
        "hutdown",
        r"\A(?:Invoking stop\(\) from shutdown hook|Shutdown hook called)",
    ),
    _line("ending_worker", "Failed to launch executor ", r"\AFailed to launch executor "),
    _line(
        "ending_hooks",
        "Shutdown hooks cannot be modified during shutdown",
        r"Shutdown hooks cannot be modified during shutdown",
        raw=True,
    ),
    _line(
        "ending_driver",
        "Could not find CoarseGrainedScheduler",
        r"Could not find CoarseGrainedScheduler",
        raw=True,
    ),
    # org.apache.spark.h2o.backends.internal: InternalH2OBackend, SpreadRDDBuilder
    _line("start", "Increasing 'spark.locality.wait' to value 0 ", r"\AIncreasing 'spark\.local"),
    _line(
        "spread",
        " spark executors for ",
        r"\ADetected (?P<found>\d{1,9}) spark executors for (?P<wanted>\d{1,9}) H2O workers"
        r"(?P<again>, backend#isReady=\w+! Retrying)?",
    ),
    _line(
        "asked",
        "spark.ext.h2o.cluster.size",
        r"spark\.ext\.h2o\.cluster\.size['\"]?[ \t,=:]{1,20}['\"]?(?P<asked>\d{1,9})\b",
        raw=True,
    ),
    # it overrides the size; `--num-executors` sets it
    _line(
        "asked_instances",
        "spark.executor.instances",
        r"spark\.executor\.instances['\"]?[ \t,=:]{1,20}['\"]?(?P<asked>\d{1,9})\b",
        raw=True,
    ),
    _line(
        "asked_call",
        "NumH2OWorkers(",
        r"\bset_?NumH2OWorkers\((?P<asked>\d{1,9})\)",
        raw=True,
    ),
    # ai.h2o.sparkling.H2OContext.toString: it was made
    _line(
        "nodes",
        "list of used nodes:",
        r"list of used nodes:[ \t\r]{0,9}\n[ \t]{0,9}\(executorId, host, port\)[ \t\r]{0,9}\n"
        r"[ \t]{0,9}-{1,99}[ \t\r]{0,9}\n"
        r"(?P<nodes>(?:[ \t]{0,9}\([^()\n]{1,300}\)[ \t\r]{0,9}\n)++)",
        raw=True,
    ),
    _line("formed", "Sparkling Water Context:", r"\A[ \t]{0,9}Sparkling Water Context:", raw=True),
    _line(
        "connected",
        "Connecting to H2O server at ",
        r"\AConnecting to H2O server at \S+ ?\.+ successful",
        raw=True,
    ),
)  # fmt: skip
"""Found once, for the tables; the names of all begin with `spark_`."""


def spark_rows(
    artifacts: Sequence[Scanned], signals: Sequence[Signal], clocks: Mapping[str, SettledClock]
) -> tuple[list[Row], list[Row]]:
    """Rows of `executors` and of `spark` (one, where there are lines of Spark's at all)."""
    found: dict[str, list[Row]] = {}
    for artifact in artifacts:
        for hit in artifact.scan.hits:
            signal = signals[hit.signal]
            if signal.rule_id != "H2O":
                continue
            if signal.name in _H2O_RUNS:
                found.setdefault("formed", []).append(_event(artifact, hit, clocks))
            elif signal.name.startswith("spark_"):
                name = signal.name.removeprefix("spark_")
                found.setdefault(name, []).append(_event(artifact, hit, clocks))
    if not found.keys() - {"formed"}:
        return [], []
    executors = _executors(found)
    return executors, _application(found, executors, artifacts, clocks)


def _event(artifact: Scanned, hit: RawHit, clocks: Mapping[str, SettledClock]) -> Row:
    node = (hit.header.node if hit.header else "") or artifact.node or ""
    clock = clocks.get(node)
    stamp = hit.header.stamp_ms if hit.header else None
    return hit.captures | {
        "ts": clock.epoch(stamp) if clock else None, "artifact": artifact.id, "line": hit.line,
        "text": hit.text, "folder": folder_of(artifact.path), "owner": artifact.node,
    }  # fmt: skip


def _executors(found: Mapping[str, list[Row]]) -> list[Row]:
    nodes = _nodes_by_executor(found.get("nodes", ()))
    endings = _endings(found)
    rows: dict[str, Row] = {}
    for name in ("lost", "executor", "registered", "command"):
        for event in found.get(name, ()):
            row = rows.setdefault(str(event["executor"]), _place(event))
            if name == "lost" and not row.get("lost"):
                row |= {
                    "lost": True, "lost_at": event["ts"], "reason": event["reason"],
                    "in_teardown": any(
                        event["ts"] is None or end - event["ts"] <= _TEARDOWN_MS
                        for application, end in endings
                        if application in {None, event["artifact"]}
                    ),
                }  # fmt: skip
            if name == "command" and event.get("xmx"):
                row["xmx_bytes"] = read_bytes(str(event["xmx"]))
            row["host"] = row.get("host") or event.get("host")
            row["started"] = row.get("started") or name in {"executor", "registered"}
            if name in {"executor", "command"} and event["owner"] and event["folder"]:
                row["node"] = row.get("node") or event["owner"]
    for executor, row in rows.items():
        row["node"] = nodes.get(executor) or row.get("node")
        row |= {"executor": executor, "has_h2o": executor in nodes}
    return [rows[executor] for executor in sorted(rows)]


def _endings(found: Mapping[str, list[Row]]) -> list[tuple[str | None, int]]:
    """When an application ended, and the driver's log that says so; None: another log does.

    A bundle may hold the driver's logs of several applications, each with its own end.
    """
    drivers = {row["artifact"] for name in _OF_DRIVERS for row in found.get(name, ())}
    return [
        (row["artifact"] if row["artifact"] in drivers else None, row["ts"])
        for name, rows in found.items() if name.startswith("ending") for row in rows
        if row["ts"] is not None
    ]  # fmt: skip


def _place(event: Row) -> Row:
    return {key: event[key] for key in ("ts", "artifact", "line", "text")}


def _nodes_by_executor(lists: Iterable[Row]) -> dict[str, str]:
    nodes: dict[str, str] = {}
    for event in lists:
        for line in str(event["nodes"]).splitlines():
            executor, _, address = line.strip(" \t\r()").partition(",")
            host, _, port = address.rpartition(",")
            if host and port.strip().isdigit():
                nodes[executor.strip()] = f"{host.strip()}:{port.strip()}"
    return nodes


def _application(
    found: Mapping[str, list[Row]],
    executors: Sequence[Row],
    artifacts: Sequence[Scanned],
    clocks: Mapping[str, SettledClock],
) -> list[Row]:
    """One row: what Sparkling Water wanted, what it got, how long it has been trying."""
    starts = [row for row in found.get("start", ()) if row["ts"] is not None]
    spreads = found.get("spread", [])
    again = [row for row in spreads if row.get("again")]
    first = min(starts or again or next(iter(found.values())), key=lambda row: row["ts"] or 0)
    began = first["ts"] if starts or again else None
    last = _last_moment(artifacts, clocks)
    stages = [
        int(row["stage"]) for row in found.get("task", ())
        if began is not None and row["ts"] is not None and row["ts"] > began
    ]  # fmt: skip
    names = ("asked_instances",) if "asked_instances" in found else ("asked", "asked_call")
    asked = [int(row["asked"]) for name in names for row in found.get(name, ())]
    wanted = [int(row["wanted"]) for row in again]
    formed = any(found.get(name) for name in ("nodes", "formed", "connected")) or any(
        any(artifact.scan.nodes) for artifact in artifacts
    )
    row = _place(first) | {
        "internal": bool(starts or spreads), "formed": formed,
        "asked": max(asked or wanted, default=None),
        "executors_found": sum(bool(row["started"]) for row in executors) or max(
            (int(row["found"]) for row in again), default=None
        ),
        "retries": len(again),
        "stages": max(stages) - min(stages) if stages else 0,
        "waited_ms": last - began if last is not None and began is not None else None,
    }  # fmt: skip
    return [row]


def _last_moment(artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]) -> int | None:
    moments = []
    for artifact in artifacts:
        clock = clocks.get(artifact.node or "")
        moment = clock.epoch(artifact.scan.last_stamp) if clock else None
        if moment is not None and artifact.kind in {"h2o_log", "console"}:
            moments.append(moment)
    return max(moments, default=None)
