"""The evidence tables: one declared schema each, units in the names (see the contract's "Evidence tables").

Every table begins with `node, run, ts, artifact, line`: `ts` is a UTC datetime in ms, `artifact` the artifact's id,
`line` 1-based and null where the row comes from a JSON document (then `pointer` says where).  What tables and columns
hold stands in `table_notes`, for the reference that `rules docs` writes.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from h2o_forensics.model.training_tables import SCHEMAS as _TRAINING

if TYPE_CHECKING:
    from collections.abc import Sequence

UTC_MS = pl.Datetime("ms", "UTC")
_PLACE: dict[str, pl.DataType | type[pl.DataType]] = {
    "node": pl.String, "run": pl.Int32, "ts": UTC_MS, "artifact": pl.String, "line": pl.Int64, "pointer": pl.String,
    # the source line as it stands there, where there is one; `places`: JSON, column -> [artifact, line, text]
    "text": pl.String, "places": pl.String,
}  # fmt: skip

SCHEMAS: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    "hits": _PLACE | {"signal": pl.String, "logged_by": pl.String, "level": pl.String, "thread": pl.String,
                      "text": pl.String, "captures": pl.String, "weight": pl.Int64},
    "warnings": _PLACE | {"level": pl.String, "thread": pl.String, "logger": pl.String, "shape": pl.String,
                          "text": pl.String, "count": pl.Int64, "explained": pl.Boolean},
    "minutes": _PLACE | {"level": pl.String, "count": pl.Int64},
    "gaps": _PLACE | {"to_ts": UTC_MS, "silent_ms": pl.Int64, "returned": pl.Boolean,
                      "quiet_share": pl.Float64,
                      "peers_speaking": pl.Int32, "peers": pl.Int32,
                      "spoken_ms": pl.Int64,
                      "cut": pl.Boolean,
                      "level": pl.String},
    "log_files": _PLACE | {"bytes": pl.Int64, "whole_blocks": pl.Boolean, "behind_ms": pl.Int64,
                           "ends_in_line": pl.Boolean},
    "nodes": _PLACE | {"h2o_version": pl.String, "build_hash": pl.String, "java_version": pl.String, "pid": pl.Int64,
                       "host": pl.String, "xmx_bytes": pl.Int64, "physical_bytes": pl.Int64, "cores": pl.Int32,
                       "cloud_name": pl.String, "cluster_id": pl.Int64, "started": UTC_MS, "last_seen": UTC_MS,
                       "end": pl.String, "jvm_args": pl.String, "h2o_args": pl.String, "flatfile": pl.String,
                       "discovery": pl.String, "encrypted": pl.Boolean, "log_level": pl.String,
                       "cloud_settled_ms": pl.Int64, "named_in_cloud_size": pl.Int32,
                       "locked": pl.Boolean,
                       "cloud_size": pl.Int32, "peers": pl.Int32,
                       "peers_same_ip": pl.Int32,
                       "xmx_set_bytes": pl.Int64, "peer_max_xmx_set_bytes": pl.Int64,
                       "peer_min_xmx_bytes": pl.Int64, "peer_max_xmx_bytes": pl.Int64,
                       "peer_same_name": pl.Boolean, "peers_same_name": pl.Int32, "peer_name_alike": pl.Boolean,
                       "peer_cloud_names": pl.String, "peer_versions": pl.String,
                       "silent_at_end_ms": pl.Int64,
                       "host_xmx_bytes": pl.Int64, "runs": pl.Int32,
                       "limit_bytes": pl.Int64,
                       "has_logs": pl.Boolean},
    "members": _PLACE | {"size": pl.Int32, "members": pl.String, "leader": pl.String},
    "jobs": _PLACE | {"job": pl.String, "description": pl.String, "status": pl.String, "progress": pl.Float64,
                      "progress_msg": pl.String, "msec": pl.Int64, "dest": pl.String, "exception": pl.String,
                      "started": UTC_MS, "snapshots": pl.Int32, "progressed": pl.Boolean},
    "http_requests": _PLACE | {"method": pl.String, "status": pl.Int32, "duration_ms": pl.Int64, "uri": pl.String},
    "exceptions": _PLACE | {"class": pl.String, "message": pl.String, "root_class": pl.String,
                            "root_message": pl.String, "from_node": pl.String, "depth": pl.Int32,
                            "frames": pl.String, "operation": pl.String, "fingerprint": pl.String, "count": pl.Int64,
                            "source": pl.String},
    "imports": _PLACE | {"path": pl.String, "files": pl.Int64, "failed": pl.Int64,
                         "first_failed": pl.String},
    "chunks": _PLACE | {"frame": pl.String, "holder": pl.String, "rows": pl.Int64, "chunks_per_column": pl.Int64,
                        "size_bytes": pl.Int64, "frame_rows": pl.Int64, "nodes_in_frame": pl.Int32,
                        "row_share": pl.Float64, "max_over_mean": pl.Float64},
    "executors": _PLACE | {"executor": pl.String, "host": pl.String, "xmx_bytes": pl.Int64,
                           "started": pl.Boolean, "has_h2o": pl.Boolean,
                           "lost": pl.Boolean, "lost_at": UTC_MS, "reason": pl.String,
                           "in_teardown": pl.Boolean},
    "spark": _PLACE | {"internal": pl.Boolean, "formed": pl.Boolean,
                       "asked": pl.Int64, "executors_found": pl.Int64, "retries": pl.Int64,
                       "stages": pl.Int64, "waited_ms": pl.Int64},
    "jvms": _PLACE | {"pid": pl.Int64, "collector": pl.String, "jdk": pl.String, "tied_by": pl.String,
                      "started": UTC_MS, "begin_ts": UTC_MS, "last_seen": UTC_MS, "uptime_ms": pl.Float64,
                      "lines": pl.Int64, "lines_not_understood": pl.Int64, "path": pl.String,
                      "heap_max_bytes": pl.Int64, "heap_max_stated": pl.Boolean, "pauses": pl.Int64, "pause_ms": pl.Float64,
                      "max_pause_ms": pl.Float64, "max_pause_cause": pl.String, "max_pause_ts": UTC_MS,
                      "full": pl.Int64, "full_ms": pl.Float64, "max_full_ms": pl.Float64,
                      "max_full_ts": UTC_MS,
                      "in_vain": pl.Int64, "in_vain_ms": pl.Float64, "vain_ts": UTC_MS, "vain_to_ts": UTC_MS,
                      "asked_full": pl.Int64, "asked_full_ms": pl.Float64, "asked_ts": UTC_MS,
                      "metaspace_full": pl.Int64, "degenerated": pl.Int64, "no_room": pl.Int64,
                      "stalls": pl.Int64, "stall_ms": pl.Float64, "max_stall_ts": UTC_MS, "safepoints": pl.Int64,
                      "safepoint_ms": pl.Float64, "sync_ms": pl.Float64, "max_sync_ms": pl.Float64,
                      "max_sync_ts": UTC_MS,
                      "max_before_bytes": pl.Int64, "max_after_bytes": pl.Int64, "after_full_bytes": pl.Int64,
                      "max_after_full_bytes": pl.Int64, "max_after_full_ts": UTC_MS,
                      "live_slope_bytes_per_s": pl.Float64, "live_slope_low": pl.Float64,
                      "live_slope_high": pl.Float64,
                      "allocation_bytes_per_s": pl.Float64, "promotion_bytes_per_s": pl.Float64,
                      "pause_share": pl.Float64, "stall_share": pl.Float64,
                      "worst_ts": UTC_MS, "worst_to_ts": UTC_MS, "worst_s": pl.Float64, "worst_share": pl.Float64,
                      "starved": pl.Int64, "starved_real_ms": pl.Float64, "starved_cpu_ms": pl.Float64,
                      "max_starved_ms": pl.Float64, "starved_ts": UTC_MS, "starved_from_ts": UTC_MS,
                      "humongous_share": pl.Float64, "humongous_collections": pl.Int64, "region_bytes": pl.Int64,
                      "metaspace_used_bytes": pl.Int64, "metaspace_committed_bytes": pl.Int64,
                      "cpus": pl.Int32, "memory_bytes": pl.Int64, "ended_in_order": pl.Boolean},
    "gc_streaks": _PLACE | {"to_ts": UTC_MS, "lasted_ms": pl.Float64, "count": pl.Int64, "in_vain": pl.Int64,
                            "paused_ms": pl.Float64, "freed_share": pl.Float64, "after_bytes": pl.Int64,
                            "heap_max_bytes": pl.Int64, "cause": pl.String},
    "gc_pauses": _PLACE | {"uptime_ms": pl.Float64, "phase": pl.String, "cause": pl.String, "kind": pl.String,
                           "generation": pl.String, "duration_ms": pl.Float64, "before_bytes": pl.Int64,
                           "after_bytes": pl.Int64, "capacity_bytes": pl.Int64, "user_ms": pl.Float64,
                           "sys_ms": pl.Float64, "real_ms": pl.Float64},
    "gc_minutes": _PLACE | {"uptime_ms": pl.Float64, "span_ms": pl.Int64, "pauses": pl.Int64,
                            "paused_ms": pl.Float64, "max_pause_ms": pl.Float64, "full": pl.Int64,
                            "full_ms": pl.Float64, "stalls": pl.Int64, "stall_ms": pl.Float64,
                            "max_before_bytes": pl.Int64, "min_after_bytes": pl.Int64,
                            "max_after_bytes": pl.Int64, "allocated_bytes": pl.Int64},
    "safepoints": _PLACE | {"uptime_ms": pl.Float64, "operation": pl.String, "total_ms": pl.Float64,
                            "sync_ms": pl.Float64},
    "threads": _PLACE | {"dump": pl.Int32, "thread": pl.String, "state": pl.String, "top_frame": pl.String,
                         "frames": pl.String, "waits_for": pl.String, "held_by": pl.String,
                         "deadlocked": pl.Boolean, "pool": pl.String},
    "thread_dumps": _PLACE | {"dump": pl.Int32, "threads": pl.Int32, "complete": pl.Boolean,
                              "has_heartbeat": pl.Boolean, "has_tcp_accept": pl.Boolean,
                              "deadlocked": pl.Int32, "most_waited_lock": pl.String,
                              "most_waited_count": pl.Int32, "most_waited_holder": pl.String,
                              "pool_threads": pl.Int32, "pool_busy": pl.Int32,
                              "stuck": pl.Int32, "stuck_ms": pl.Int64},
    "crashes": _PLACE | {"pid": pl.Int64, "kind": pl.String, "signal": pl.String, "error": pl.String,
                         "frame": pl.String, "library": pl.String, "thread": pl.String, "jdk": pl.String,
                         "uptime_s": pl.Float64, "xmx_bytes": pl.Int64, "heap_used_bytes": pl.Int64,
                         "physical_bytes": pl.Int64, "free_bytes": pl.Int64, "limit_bytes": pl.Int64,
                         "asked_bytes": pl.Int64, "sent_by_kill": pl.Boolean},
    "kills": _PLACE | {"pid": pl.Int64, "process": pl.String, "by": pl.String, "rss_bytes": pl.Int64,
                       "limit_bytes": pl.Int64, "cgroup": pl.String, "exit_code": pl.Int32,
                       "reason": pl.String},
    "limits": _PLACE | {"limit_bytes": pl.Int64, "peak_bytes": pl.Int64, "oom_kills": pl.Int64,
                        "quota_cores": pl.Float64, "periods": pl.Int64, "throttled": pl.Int64,
                        "throttled_ms": pl.Float64},
    "cluster_nodes": _PLACE | {"cloud_name": pl.String, "cloud_size": pl.Int32, "cloud_healthy": pl.Boolean,
                               "bad_nodes": pl.Int32, "consensus": pl.Boolean, "locked": pl.Boolean,
                               "version": pl.String, "healthy": pl.Boolean, "last_ping": UTC_MS,
                               "ping_age_ms": pl.Int64,
                               "pid": pl.Int64, "num_cpus": pl.Int32, "sys_load": pl.Float64,
                               "free_mem_bytes": pl.Int64, "max_mem_bytes": pl.Int64, "pojo_mem_bytes": pl.Int64,
                               "mem_value_bytes": pl.Int64, "swap_mem_bytes": pl.Int64, "free_disk_bytes": pl.Int64,
                               "max_disk_bytes": pl.Int64, "rpcs_active": pl.Int32, "open_fds": pl.Int32,
                               "is_self": pl.Boolean, "seen_by": pl.String},
} | {name: _PLACE | columns for name, columns in _TRAINING.items()}  # fmt: skip


def make_table(name: str, rows: "Sequence[dict[str, object]]") -> pl.DataFrame:
    """A table of the declared schema; absent keys become null, rows keep their order."""
    if not rows:
        return _empty(name).clone()
    schema = SCHEMAS[name]
    columns = {column: [row.get(column) for row in rows] for column in schema}
    return pl.DataFrame(columns, schema=schema, strict=False)


@cache
def _empty(name: str) -> pl.DataFrame:
    """Most cases leave most tables empty, and to make one costs as much as to make one of a few rows."""
    return pl.DataFrame(schema=SCHEMAS[name])


class Tables(Mapping[str, pl.DataFrame]):
    """Evidence tables by name, which nobody can add to or take from."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self._tables = dict(tables)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """The table of this name.

        Raises:
            KeyError: there is none; it lists those that there are.
        """
        try:
            return self._tables[name]
        except KeyError:
            known = ", ".join(sorted(self._tables))
            raise KeyError(f"no table {name!r}; there are {known}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)
