"""The catalog's tables: one declared schema each, units in the names.

Every table begins with `run` (hash of the run's content) and `analysis` (rules, version and
settings it was judged with), and is joined by both.  Times are UTC, in ms.  A number the evidence
cannot give is null.  `NOTES` says what columns hold, for docs/catalog.md.
"""

import polars as pl

UTC_MS = pl.Datetime("ms", "UTC")
_Types = dict[str, pl.DataType | type[pl.DataType]]
_RUN: _Types = {"run": pl.String, "analysis": pl.String}

CATALOG_SCHEMAS: dict[str, _Types] = {
    "runs": _RUN | {
        "name": pl.String, "location": pl.String, "archive": pl.String, "kind": pl.String,
        "status": pl.String, "problem": pl.String, "problem_message": pl.String,
        "verdict": pl.String, "summary": pl.String, "partial": pl.Boolean,
        "condition": pl.String, "rule": pl.String, "title": pl.String, "severity": pl.String, "confidence": pl.Float64,
        "cause_node": pl.String, "cause_at": UTC_MS, "causes": pl.Int32, "findings": pl.Int32,
        "first": UTC_MS, "last": UTC_MS, "newest_file": UTC_MS,
        "cloud_name": pl.String, "h2o_version": pl.String, "java_version": pl.String,
        "host": pl.String, "user_name": pl.String,
        "nodes": pl.Int32, "cloud_expected": pl.Int32, "cloud_largest": pl.Int32, "xmx_bytes": pl.Int64,
        "models": pl.Int32, "jvms": pl.Int32, "gaps": pl.Int32, "problems": pl.Int32, "unexplained": pl.Int32,
        "files": pl.Int32, "bytes": pl.Int64, "unpacked_bytes": pl.Int64,
        "tool_version": pl.String, "rulebook_sha256": pl.String,
    },
    "findings": _RUN | {
        "finding": pl.String, "fingerprint": pl.String, "rule": pl.String, "condition": pl.String, "title": pl.String,
        "role": pl.String, "severity": pl.String, "confidence": pl.Float64, "rank": pl.Int32,
        "node": pl.String, "nodes": pl.String, "subject": pl.String,
        "since": UTC_MS, "first_seen": UTC_MS, "last_seen": UTC_MS, "count": pl.Int64,
        "message": pl.String, "facts": pl.String, "caused_by": pl.String, "remedy": pl.String, "command": pl.String,
    },
    "evidence": _RUN | {
        "finding": pl.String, "number": pl.Int32, "path": pl.String, "kind": pl.String,
        "line": pl.Int64, "line_end": pl.Int64, "pointer": pl.String, "time": UTC_MS, "node": pl.String, "text": pl.String,
    },
    "nodes": _RUN | {
        "node": pl.String, "life": pl.Int32, "host": pl.String, "user_name": pl.String,
        "h2o_version": pl.String, "java_version": pl.String, "pid": pl.Int64,
        "xmx_bytes": pl.Int64, "physical_bytes": pl.Int64, "cores": pl.Int32, "cloud_name": pl.String,
        "started": UTC_MS, "last_seen": UTC_MS, "end": pl.String, "root_causes": pl.Int32,
    },
    "jvms": _RUN | {
        "node": pl.String, "life": pl.Int32, "collector": pl.String, "jdk": pl.String, "pid": pl.Int64,
        "started": UTC_MS, "uptime_ms": pl.Float64, "heap_max_bytes": pl.Int64,
        "pauses": pl.Int64, "pause_ms": pl.Float64, "max_pause_ms": pl.Float64, "full": pl.Int64, "full_ms": pl.Float64,
        "stalls": pl.Int64, "stall_ms": pl.Float64, "pause_share": pl.Float64, "stall_share": pl.Float64,
        "worst_share": pl.Float64, "after_full_bytes": pl.Int64, "max_after_bytes": pl.Int64,
        "live_slope_bytes_per_s": pl.Float64, "live_slope_low": pl.Float64, "live_slope_high": pl.Float64,
        "allocation_bytes_per_s": pl.Float64, "lines": pl.Int64, "lines_not_understood": pl.Int64,
    },
    "models": _RUN | {
        "model": pl.String, "algorithm": pl.String, "category": pl.String, "response": pl.String, "frame": pl.String,
        "built": UTC_MS, "state": pl.String, "metric": pl.String,
        "training": pl.Float64, "validation": pl.Float64, "cross_validation": pl.Float64, "test": pl.Float64,
        "gap": pl.Float64, "detectable": pl.Float64, "differs": pl.Boolean,
        "rows": pl.Float64, "columns": pl.Int64, "folds": pl.Int32, "family": pl.String,
    },
    "exceptions": _RUN | {
        "fingerprint": pl.String, "class": pl.String, "message": pl.String, "root_class": pl.String,
        "root_message": pl.String, "operation": pl.String, "node": pl.String, "count": pl.Int64,
        "first_seen": UTC_MS, "last_seen": UTC_MS, "path": pl.String, "line": pl.Int64, "explained": pl.Boolean,
    },
    "unexplained": _RUN | {
        "shape": pl.String, "count": pl.Int64, "example": pl.String, "path": pl.String, "line": pl.Int64,
    },
    "gaps": _RUN | {
        "node": pl.String, "source": pl.String, "from": UTC_MS, "to": UTC_MS, "why": pl.String, "fetch": pl.String,
    },
    "problems": _RUN | {
        "artifact": pl.String, "code": pl.String, "message": pl.String, "count": pl.Int64,
    },
}  # fmt: skip

INDEX_SCHEMA: _Types = {
    "location": pl.String, "name": pl.String, "archive": pl.String, "kind": pl.String, "stat": pl.String,
    "run": pl.String, "analysis": pl.String, "holds_for": pl.String, "state": pl.String, "bytes": pl.Int64,
    "first_seen_ms": pl.Int64, "seen_ms": pl.Int64, "message": pl.String,
    "before": pl.String,
}  # fmt: skip
"""`IndexRow` as a table: `locations` to those who ask questions."""
