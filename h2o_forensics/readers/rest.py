"""REST snapshots as JSON files: `/3/Cloud`, `/3/Jobs`, job documents and error answers.

At INFO nothing else tells of a frozen node.  Fields differ by version: a missing one is unknown,
never an error.
"""

from __future__ import annotations

import math
import re
from typing import Any

from h2o_forensics.model.values import read_node
from h2o_forensics.readers.exceptions import ParsedException, parse_exception

_BANNER = re.compile(r"\s{0,80}ERROR MESSAGE:\s*")
_YEAR_2000, _YEAR_2200 = 946_684_800_000, 7_258_118_400_000
_LARGEST, _INT32 = 2**62, 2**31
Row = dict[str, Any]
Tables = dict[str, list[Row]]


def read_rest(document: dict[str, Any]) -> tuple[str, Tables]:
    """Kind of artifact and rows by table (without `artifact`).

    Rows carry `at_ms` (epoch ms, where the document states an instant) in place of `ts`,
    and `pointer`.
    """
    schema = _scalar(_dict(document.get("__meta")).get("schema_name"))
    if schema.startswith("CloudV") or {"cloud_size", "nodes"} <= document.keys():
        return "rest_cloud", {"cluster_nodes": _cloud(document)}
    if schema.startswith("JobsV") or isinstance(document.get("jobs"), list):
        jobs = document.get("jobs")
        rows = [
            _job(job, f"/jobs/{at}")
            for at, job in enumerate(jobs if isinstance(jobs, list) else [])
        ]
        return "rest_jobs", {"jobs": [row for row in rows if row]}
    if schema.startswith("JobV") or {"status", "progress", "description"} <= document.keys():
        row = _job(document, "")
        return "rest_jobs", {"jobs": [row] if row else []}
    if schema.startswith("ImportFiles"):
        return "rest_other", {"imports": [_import(document)]}
    if "Error" in schema or {"http_status", "exception_type"} <= document.keys():
        return "rest_error", {"exceptions": [_error(document)]}
    return "rest_other", {}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return int(value) if abs(value) < _LARGEST else None


def _instant(value: object) -> int | None:
    """Epoch ms inside H2O's own times; a damaged number must not leave the calendar."""
    whole = _whole(value)
    return whole if whole is not None and _YEAR_2000 < whole < _YEAR_2200 else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _real(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > _LARGEST:
        return None
    return None if math.isnan(value) else float(value)


def _text(value: object, limit: int = 20_000) -> str | None:
    return value[:limit] if isinstance(value, str) else None


def _scalar(value: object) -> str:
    """For a text: a document's own nesting is not walked."""
    return "" if value is None or isinstance(value, dict | list) else str(value)[:2000]


def _small(value: object) -> int | None:
    whole = _whole(value)
    return whole if whole is not None and abs(whole) < _INT32 else None


def _cloud(document: dict[str, Any]) -> list[Row]:
    nodes = (
        [_dict(node) for node in document["nodes"]]
        if isinstance(document.get("nodes"), list)
        else []
    )
    pings = [ping for node in nodes if (ping := _instant(node.get("last_ping"))) is not None]
    freshest = max(pings, default=None)
    self_index = _whole(document.get("node_idx"))
    seen_by = next((_node_name(node) for at, node in enumerate(nodes) if at == self_index), None)
    rows = []
    for at, node in enumerate(nodes):
        ping = _instant(node.get("last_ping"))
        name = _node_name(node)
        rows.append({
            "node": name, "at_ms": freshest, "pointer": f"/nodes/{at}",
            "text": f"{name}: healthy={_scalar(node.get('healthy')).lower()}, last_ping={ping}, "
                    f"cloud_healthy={_scalar(document.get('cloud_healthy')).lower()}, "
                    f"bad_nodes={_scalar(document.get('bad_nodes'))}",
            "cloud_name": _text(document.get("cloud_name"), 200),
            "cloud_size": _small(document.get("cloud_size")),
            "cloud_healthy": _flag(document.get("cloud_healthy")),
            "bad_nodes": _small(document.get("bad_nodes")),
            "consensus": _flag(document.get("consensus")), "locked": _flag(document.get("locked")),
            "version": _text(document.get("version"), 100), "healthy": _flag(node.get("healthy")),
            "last_ping": ping, "ping_age_ms": freshest - ping if freshest and ping else None,
            "pid": _whole(node.get("pid")), "num_cpus": _small(node.get("num_cpus")),
            "sys_load": _real(node.get("sys_load")), "free_mem_bytes": _whole(node.get("free_mem")),
            "max_mem_bytes": _whole(node.get("max_mem")),
            "pojo_mem_bytes": _whole(node.get("pojo_mem")),
            "mem_value_bytes": _whole(node.get("mem_value_size")),
            "swap_mem_bytes": _whole(node.get("swap_mem")),
            "free_disk_bytes": _whole(node.get("free_disk")),
            "max_disk_bytes": _whole(node.get("max_disk")),
            "rpcs_active": _small(node.get("rpcs_active")),
            "open_fds": _small(node.get("open_fds")),
            "is_self": at == self_index, "seen_by": seen_by,
            "timezone": _text(document.get("cloud_internal_timezone"), 60),
        })  # fmt: skip
    return rows


def _node_name(node: dict[str, Any]) -> str | None:
    return _text(node.get("ip_port"), 200) or read_node(_text(node.get("h2o"), 200) or "")


def _job(document: object, pointer: str) -> Row | None:
    job = _dict(document)
    if "status" not in job:
        return None
    started, took = _instant(job.get("start_time")), _whole(job.get("msec"))
    ended = _instant(started + took) if started and took is not None else started
    exception = _text(job.get("exception"))
    stack = _text(job.get("stacktrace"))
    status, progress = _text(job.get("status"), 40), _real(job.get("progress"))
    description = _text(job.get("description"), 300)
    told = (exception or "").strip()
    return {
        "node": None, "pointer": pointer or "/", "at_ms": ended,
        "text": f"{description}: status={status}, progress={progress}, msec={took}"
                + (f", exception={told.splitlines()[0][:300]}" if told else ""),
        "job": _text(_dict(job.get("key")).get("name"), 300), "description": description,
        "status": status, "progress": progress,
        "progress_msg": _text(job.get("progress_msg"), 300), "msec": took,
        "dest": _text(_dict(job.get("dest")).get("name"), 300), "exception": exception,
        "started": started,
        "stack": stack,
    }  # fmt: skip


def _import(document: dict[str, Any]) -> Row:
    """The answer to an import: what some node lacks stands here and in no log."""
    failed = document.get("fails")
    names = [_scalar(name) for name in failed[:1]] if isinstance(failed, list) else []
    files = document.get("files")
    return {
        "node": None, "pointer": "/fails", "at_ms": None,
        "text": f"import of {_scalar(document.get('path'))[:500]}: fails={names}",
        "path": _text(document.get("path"), 500),
        "files": len(files) if isinstance(files, list) else None,
        "failed": len(failed) if isinstance(failed, list) else None,
        "first_failed": names[0][:500] if names else None,
    }  # fmt: skip


def _error(document: dict[str, Any]) -> Row:
    stack = document.get("stacktrace")
    lines = [_scalar(line) for line in stack[:60]] if isinstance(stack, list) else []
    status, url = _scalar(document.get("http_status")), _scalar(document.get("error_url"))
    message = _BANNER.sub(
        "", _text(document.get("msg")) or _text(document.get("exception_msg")) or ""
    ).strip()
    kind = _text(document.get("exception_type"), 300) or ""
    parsed = parse_exception(
        f"{kind}: {message}\n" + "\n".join(f"\tat {line.strip()}" for line in lines[1:])
    )
    return {
        "node": None, "pointer": "/msg", "at_ms": _instant(document.get("timestamp")),
        "text": f"HTTP {status} {url}: {message}"[:2000],
        "class": kind, "message": message[:2000], "root_class": kind,
        "root_message": message[:2000],
        "from_node": None, "depth": 1, "frames": "\n".join(parsed.frames) if parsed else "",
        "operation": url[:300],
        "fingerprint": parsed.fingerprint if parsed else "", "count": 1,
        "source": f"rest {status}",
    }  # fmt: skip


def job_exception(row: Row) -> Row | None:
    """The exception a failed job's document carries, as a row of `exceptions`."""
    if not row.get("exception"):
        return None
    parsed = parse_exception(
        str(row.get("stack") or "") or str(row["exception"])
    ) or parse_exception(str(row["exception"]))
    if parsed is None:
        return None
    return exception_row(parsed) | {
        "node": None, "pointer": f"{row['pointer'].rstrip('/')}/exception", "at_ms": row["at_ms"],
        "text": row["text"], "count": 1, "source": "job",
    }  # fmt: skip


def exception_row(parsed: ParsedException) -> Row:
    """The columns that a parsed chain gives."""
    return {
        "class": parsed.cls, "message": parsed.message, "root_class": parsed.root_class,
        "root_message": parsed.root_message, "from_node": parsed.from_node, "depth": parsed.depth,
        "frames": "\n".join(parsed.frames), "operation": parsed.operation,
        "fingerprint": parsed.fingerprint,
    }  # fmt: skip
