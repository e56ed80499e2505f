"""Rows of `runs`, `nodes` and `jvms`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from h2o_forensics.catalog.stored import Row, StoredReport, epoch_ms, items, part, texts
from h2o_forensics.model.catalog import RunResult

_CAUSE = ("condition", "rule", "title", "severity", "confidence")
_COUNTED = ("findings", "models", "jvms", "gaps", "problems", "unexplained")
_OF_NODE = ("cloud_name", "h2o_version", "java_version", "xmx_bytes")


def run_row(result: RunResult, report: StoredReport, hosts: Sequence[Row]) -> Row:
    """The run in one row: the first root cause, and the node it was on."""
    own = {
        "name": result.name, "location": result.location, "archive": result.archive,
        "kind": result.kind, "status": result.status,
        "problem": result.problem.code if result.problem else None,
        "problem_message": result.problem.message if result.problem else None,
        "newest_file": result.newest_ms, "files": result.files, "bytes": result.bytes,
        "tool_version": result.tool_version, "rulebook_sha256": result.rulebook_sha256,
    }  # fmt: skip
    return own | (_judged(report, hosts) if result.status == "analyzed" else {})


def _judged(report: StoredReport, hosts: Sequence[Row]) -> Row:
    causes = items(report.root_causes)
    cause = causes[0] if causes else {}
    nodes = items(part({"case": report.case}, "case").get("nodes"))
    lives = texts(cause.get("nodes"))
    cause_node, cause_at = (lives[0] if lives else None), _moment(cause)
    life = _life_at(nodes, cause_node, cause_at)
    cloud, window = (part(report.case, name) for name in ("cloud", "window"))
    return {
        "verdict": report.verdict,
        "summary": report.summary,
        "partial": bool(report.partial),
        **{name: cause.get(name) for name in _CAUSE},
        "cause_node": cause_node,
        "cause_at": cause_at,
        "causes": len(causes),
        "first": window.get("first"),
        "last": window.get("last"),
        **{name: _told(life, nodes, name) for name in _OF_NODE},
        "host": _host(hosts, life, cause_node, "host"),
        "user_name": _host(hosts, life, cause_node, "user"),
        "nodes": len({one.get("node") for one in nodes}),
        "cloud_expected": cloud.get("expected"),
        "cloud_largest": cloud.get("largest"),
        **{name: len(items(getattr(report, name))) for name in _COUNTED},
        "unpacked_bytes": _unpacked(items(report.artifacts)),
    }


def _moment(finding: Mapping[str, Any]) -> int | None:
    """When its condition began, else the first evidence of harm."""
    since = epoch_ms(finding.get("since"))
    return epoch_ms(finding.get("first_seen")) if since is None else since


def _life_at(nodes: Sequence[Row], node: str | None, at: int | None) -> Row | None:
    """The life of a node at a moment: the last that had begun; the first where none had."""
    lives = [one for one in nodes if one.get("node") == node]
    if node is None or not lives:
        return None
    begun = [
        one
        for one in lives
        if at is not None and (epoch_ms(one.get("started")) or at + 1) <= at
    ]  # fmt: skip
    return begun[-1] if begun else lives[0]


def _told(life: Row | None, nodes: Iterable[Row], name: str) -> object:
    """What the cause's node says, else what most nodes say."""
    if life is not None and life.get(name) is not None:
        return life[name]
    said = Counter(one[name] for one in nodes if isinstance(one.get(name), str | int))
    return said.most_common(1)[0][0] if said else None


def _host(hosts: Sequence[Row], life: Row | None, node: str | None, name: str) -> object:
    """Of the cause's node; where that does not tell, what all others agree on.

    Of the first node that tells, where no node is to blame.
    """
    run = life.get("run") if life else None
    told = [one for one in hosts if one.get(name)]
    ours = sorted((one for one in told if one.get("node") == node),
                  key=lambda one: one.get("run") != run)  # fmt: skip
    if ours:
        return ours[0][name]
    agreed = node is None or len({one[name] for one in told}) == 1
    return told[0][name] if told and agreed else None


def _unpacked(artifacts: Iterable[Row]) -> int:
    """Bytes of what is no archive."""
    sizes = (
        one.get("bytes")
        for one in artifacts
        if one.get("kind") != "archive" and one.get("state") != "opened"
    )
    return sum(size for size in sizes if isinstance(size, int))


def node_rows(report: StoredReport, hosts: Sequence[Row]) -> Iterable[Row]:
    """One for each life of each node, with the root causes that name it."""
    nodes = items(part({"case": report.case}, "case").get("nodes"))
    known = {(one.get("node"), one.get("run")): one for one in hosts}
    blamed = Counter(
        id(life)
        for cause in items(report.root_causes)
        for name in texts(cause.get("nodes"))
        if (life := _life_at(nodes, name, _moment(cause))) is not None
    )
    for one in nodes:
        host = known.get((one.get("node"), one.get("run")), {})
        yield one | {
            "life": one.get("run"),
            "host": host.get("host"),
            "user_name": host.get("user"),
            "root_causes": blamed[id(one)],
        }


def jvm_rows(report: StoredReport) -> Iterable[Row]:
    """One for each run of each JVM, everything counted over its whole log."""
    for one in items(report.jvms):
        pauses = items(one.get("pauses"))
        full = [pause for pause in pauses if pause.get("kind") == "full"]
        heap, rates, loss = (part(one, name) for name in ("heap", "rates", "loss"))
        stalls = part(one, "stalls")
        slope = heap.get("live_slope_ci95")
        low, high = slope if isinstance(slope, list) and len(slope) == 2 else (None, None)  # noqa: PLR2004
        yield one | {
            "life": one.get("run"),
            "pauses": _sum(pauses, "count"),
            "pause_ms": _sum(pauses, "total_ms"),
            "max_pause_ms": max((pause.get("max_ms") or 0 for pause in pauses), default=None),
            "full": _sum(full, "count"),
            "full_ms": _sum(full, "total_ms"),
            "stalls": stalls.get("count"),
            "stall_ms": stalls.get("total_ms"),
            "pause_share": loss.get("pause_share"),
            "stall_share": loss.get("stall_share"),
            "worst_share": part(loss, "worst_window").get("stopped_share"),
            "after_full_bytes": heap.get("after_full_bytes"),
            "max_after_bytes": heap.get("max_after_bytes"),
            "live_slope_bytes_per_s": heap.get("live_slope_bytes_per_s"),
            "live_slope_low": low,
            "live_slope_high": high,
            "allocation_bytes_per_s": rates.get("allocation_bytes_per_s"),
        }


def _sum(rows: Iterable[Row], name: str) -> float:
    return sum(row.get(name) or 0 for row in rows)
