"""Evidence tables of JVM runs: `jvms`, `gc_streaks`, `gc_pauses`, `gc_minutes`, `safepoints`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from h2o_forensics.model.gc_causes import HUMONGOUS, asked, for_metadata
from h2o_forensics.readers.jvm_fit import begin_ms
from h2o_forensics.readers.jvm_moments import longest_of, moments, most

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.jvm import Bucket, FullStreak, Jvm, PauseSample

JVM_TABLES = ("gc_minutes", "gc_pauses", "gc_streaks", "jvms", "safepoints")
Row = dict[str, Any]
_MINUTE_MS = 60_000
_STARVED = ("starved", "starved_real_ms", "starved_cpu_ms", "max_starved_ms", "starved_ts",
            "starved_from_ts")  # fmt: skip
_KILLED, _TERMINATED = 137, 143
"""Exit codes of a process that SIGKILL and SIGTERM ended: 128 and the signal's number."""


class _Placed(Protocol):
    @property
    def source(self) -> int: ...
    @property
    def line(self) -> int | None: ...
    @property
    def text(self) -> str: ...


def jvm_rows(jvms: Sequence[Jvm]) -> dict[str, list[Row]]:
    """Rows of all tables, by table."""
    tables: dict[str, list[Row]] = {name: [] for name in JVM_TABLES}
    for jvm in jvms:
        tables["jvms"].append(_jvm(jvm))
        tables["gc_streaks"] += _streaks(jvm)
        tables["gc_pauses"] += _pauses(jvm)
        tables["gc_minutes"] += _minutes(jvm)
        tables["safepoints"] += _safepoints(jvm)
    return tables


def ends_of(tables: Mapping[str, Sequence[Row]]) -> dict[tuple[str, int], str]:
    """How lives ended, by node and run, as their JVMs and those who killed them tell.

    Args:
        tables: rows of `jvms`, `crashes` and `kills`.
    """
    ends: dict[tuple[str, int], str] = {}
    kills = tables["kills"]
    told = (
        ("terminated", [row for row in tables["jvms"] if row["ended_in_order"]]),
        ("terminated", [row for row in kills if row.get("exit_code") == _TERMINATED]),
        ("crash", [row for row in tables["crashes"] if not row.get("sent_by_kill")]),
        ("killed", [row for row in kills if row.get("exit_code") in {None, _KILLED}]),
    )
    for end, rows in told:  # the last one is the gravest, and stays
        ends |= {
            (row["node"], row["run"]): end
            for row in rows
            if row.get("node") is not None and row.get("run") is not None
        }
    return ends


def _place(jvm: Jvm, one: _Placed | None, ts: int | None = None) -> Row:
    where: Row = {"node": jvm.node, "run": jvm.run, "ts": ts}
    if one is None or one.line is None:
        return where | {"artifact": jvm.artifacts[0] if jvm.artifacts else None, "line": None}
    return where | {"artifact": jvm.artifacts[one.source], "line": one.line, "text": one.text}


def _jvm(jvm: Jvm) -> Row:
    samples = jvm.pause_samples
    longest = most(samples, "took_ms")
    vain = max(jvm.full_streaks, key=lambda one: one.in_vain, default=None)
    proof: _Placed | None = vain if vain is not None and vain.in_vain else longest
    if proof is None:
        others: tuple[_Placed, ...] = (*jvm.stall_samples, *jvm.safepoint_samples)
        proof = others[0] if others else None
    return (
        _place(jvm, proof, _moment(jvm, proof))
        | _header(jvm, proof)
        | _collections(jvm, longest)
        | _rest(jvm)
        | moments(jvm)
        | {"places": _places(jvm, longest)}
    )


def _moment(jvm: Jvm, proof: _Placed | None) -> int | None:
    """When the quoted line was written; where none is quoted, when the run began."""
    if proof is None or proof.line is None:
        return begin_ms(jvm)
    return getattr(proof, "epoch_ms", None)


def _header(jvm: Jvm, proof: _Placed | None) -> Row:
    facts = jvm.facts
    return {
        "begin_ts": begin_ms(jvm), "heap_max_stated": jvm.heap_max_stated,
        "path": jvm.sources[proof.source if proof is not None else 0] if jvm.sources else None,
        "pid": jvm.pid, "collector": jvm.collector, "jdk": jvm.jdk, "tied_by": jvm.tied_by,
        "started": jvm.started, "last_seen": jvm.last_epoch_ms, "uptime_ms": jvm.uptime_ms,
        "lines": jvm.lines, "lines_not_understood": jvm.lines_not_understood,
        "heap_max_bytes": jvm.heap_max_bytes, "cpus": facts.cpus,
        "memory_bytes": facts.memory_bytes, "ended_in_order": facts.ended_in_order,
        "region_bytes": facts.region_bytes,
    }  # fmt: skip


def _collections(jvm: Jvm, longest: PauseSample | None) -> Row:
    full = [one for one in jvm.pauses if one.kind == "full"]
    wished = [one for one in full if asked(one.cause)]
    return {
        "pauses": sum(one.count for one in jvm.pauses),
        "pause_ms": sum(one.total_ms for one in jvm.pauses),
        "max_pause_ms": max((one.max_ms for one in jvm.pauses), default=None),
        "max_pause_cause": longest.cause if longest is not None else None,
        "max_pause_ts": longest.epoch_ms if longest is not None else None,
        "full": sum(one.count for one in full),
        "full_ms": sum(one.total_ms for one in full),
        "max_full_ms": max((one.max_ms for one in full), default=None),
        "in_vain": jvm.in_vain, "in_vain_ms": jvm.in_vain_ms,
        "asked_full": sum(one.count for one in wished),
        "asked_full_ms": sum(one.total_ms for one in wished),
        "metaspace_full": jvm.metaspace.full_count if jvm.metaspace else None,
        "degenerated": sum(one.count for one in jvm.pauses if one.kind == "degenerated"),
        "no_room": jvm.to_space_exhausted,
    }  # fmt: skip


def _rest(jvm: Jvm) -> Row:
    heap, points, window = jvm.heap, jvm.safepoints, jvm.loss.worst_window
    slope, starved = heap.live_slope_ci95, jvm.starved
    row: Row = {
        "max_before_bytes": heap.max_before_bytes, "max_after_bytes": heap.max_after_bytes,
        "after_full_bytes": heap.after_full_bytes,
        "max_after_full_bytes": heap.max_after_full_bytes,
        "live_slope_bytes_per_s": heap.live_slope_bytes_per_s,
        "live_slope_low": slope[0] if slope else None,
        "live_slope_high": slope[1] if slope else None,
        "allocation_bytes_per_s": jvm.rates.allocation_bytes_per_s,
        "promotion_bytes_per_s": jvm.rates.promotion_bytes_per_s,
        "pause_share": jvm.loss.pause_share, "stall_share": jvm.loss.stall_share,
    }  # fmt: skip
    if jvm.stalls is not None:
        row |= {"stalls": jvm.stalls.count, "stall_ms": jvm.stalls.total_ms}
    if points is not None:
        row |= {"safepoints": points.count, "safepoint_ms": points.total_ms,
                "sync_ms": points.sync_ms, "max_sync_ms": points.max_sync_ms}  # fmt: skip
    if window is not None:
        row |= {"worst_s": window.seconds, "worst_share": window.stopped_share}
    if starved is not None:
        row |= {"starved": starved.count, "starved_real_ms": starved.real_ms,
                "starved_cpu_ms": starved.cpu_ms,
                "max_starved_ms": starved.max_real_ms}  # fmt: skip
    if jvm.humongous is not None:
        row |= {"humongous_share": jvm.humongous.peak_share,
                "humongous_collections": jvm.humongous.collections}  # fmt: skip
    if jvm.metaspace is not None:
        row |= {"metaspace_used_bytes": jvm.metaspace.used_bytes,
                "metaspace_committed_bytes": jvm.metaspace.committed_bytes}  # fmt: skip
    return row


class _Exit(msgspec.Struct, frozen=True):
    """Where the summary of an orderly exit stands."""

    source: int
    line: int | None
    text: str


def _places(jvm: Jvm, longest: PauseSample | None) -> str:
    """Column -> artifact, line, text of the line that proves it."""
    facts, found = jvm.facts, _of_pauses(jvm, longest)
    vain = max(jvm.full_streaks, key=lambda one: one.in_vain, default=None)
    if vain is not None and vain.in_vain:
        found |= dict.fromkeys(("in_vain", "in_vain_ms", "vain_ts"), vain)
    window = jvm.loss.worst_window
    found |= dict.fromkeys(("worst_ts", "worst_to_ts", "worst_s", "worst_share"), window)
    found |= dict.fromkeys(_STARVED, jvm.starved)
    stall = max(jvm.stall_samples, key=lambda one: one.took_ms, default=None)
    found |= dict.fromkeys(("stalls", "stall_ms", "stall_share", "max_stall_ts"), stall)
    sync = max(jvm.safepoint_samples, key=lambda one: one.sync_ms or 0, default=None)
    found |= dict.fromkeys(("sync_ms", "max_sync_ms", "max_sync_ts"), sync)
    stop = max(jvm.safepoint_samples, key=lambda one: one.total_ms, default=None)
    found |= dict.fromkeys(("safepoints", "safepoint_ms"), stop)
    found["ended_in_order"] = _Exit(facts.exit_source, facts.exit_line, facts.exit_text)
    stated = {
        column: [jvm.artifacts[one.source], one.line, one.text]
        for column, one in sorted(found.items())
        if one is not None and one.line is not None and one.text
    }
    return msgspec.json.encode(stated).decode()


def _of_pauses(jvm: Jvm, longest: PauseSample | None) -> dict[str, _Placed | None]:
    """The pauses that prove a column."""
    samples = jvm.pause_samples
    full = [one for one in samples if one.kind == "full"]
    last = max(
        (one for one in full if one.after_bytes is not None),
        key=lambda one: (one.uptime_ms or 0, one.epoch_ms or 0, one.source, one.line),
        default=None,
    )
    found: dict[str, _Placed | None] = dict.fromkeys(
        ("max_pause_ms", "max_pause_cause", "max_pause_ts", "pauses", "pause_ms", "pause_share"),
        longest,
    )
    found |= dict.fromkeys(("full", "full_ms", "max_full_ms", "max_full_ts"), most(full, "took_ms"))
    wished = longest_of(full, asked)
    found |= dict.fromkeys(("asked_full", "asked_full_ms", "asked_ts"), wished)
    humongous = longest_of(samples, lambda cause: cause == HUMONGOUS)
    found |= dict.fromkeys(("humongous_share", "humongous_collections"), humongous)
    degenerated = [one for one in samples if one.kind == "degenerated"]
    return found | {
        "metaspace_full": longest_of(samples, for_metadata),
        "degenerated": most(degenerated, "took_ms"),
        "max_before_bytes": most(samples, "before_bytes"),
        "max_after_bytes": most(samples, "after_bytes"),
        "after_full_bytes": last,
        **dict.fromkeys(("max_after_full_bytes", "max_after_full_ts"), most(full, "after_bytes")),
    }


def _streaks(jvm: Jvm) -> list[Row]:
    return [
        _place(jvm, one, one.epoch_ms) | {
            "to_ts": one.to_epoch_ms,
            "lasted_ms": one.to_uptime_ms - one.uptime_ms
            if one.to_uptime_ms is not None and one.uptime_ms is not None else
            one.to_epoch_ms - one.epoch_ms
            if one.to_epoch_ms is not None and one.epoch_ms is not None else None,
            "count": one.count, "in_vain": one.in_vain, "paused_ms": one.paused_ms,
            "freed_share": one.freed_share, "after_bytes": one.after_bytes,
            "heap_max_bytes": jvm.heap_max_bytes, "cause": one.cause,
            "places": _ends_of(jvm, one),
        }
        for one in jvm.full_streaks
    ]  # fmt: skip


def _ends_of(jvm: Jvm, one: FullStreak) -> str | None:
    """Where a streak's first and last collection stand."""
    if one.line is None or one.last_line is None:
        return None
    first = [jvm.artifacts[one.source], one.line, one.text]
    last = [jvm.artifacts[one.last_source], one.last_line, one.last_text]
    return msgspec.json.encode({"to_ts": last, "ts": first}).decode()


def _pauses(jvm: Jvm) -> list[Row]:
    return [
        _place(jvm, one, one.epoch_ms) | {
            "uptime_ms": one.uptime_ms, "phase": one.phase, "cause": one.cause, "kind": one.kind,
            "generation": one.generation, "duration_ms": one.took_ms,
            "before_bytes": one.before_bytes, "after_bytes": one.after_bytes,
            "capacity_bytes": one.capacity_bytes, "user_ms": one.user_ms, "sys_ms": one.sys_ms,
            "real_ms": one.real_ms,
        }
        for one in jvm.pause_samples
    ]  # fmt: skip


def _minutes(jvm: Jvm) -> list[Row]:
    """Stretches of a minute, or of a bucket where these are longer."""
    groups: dict[float, list[Bucket]] = {}
    for bucket in jvm.buckets:
        begin = bucket.uptime_ms if bucket.uptime_ms is not None else bucket.epoch_ms
        if begin is not None:
            span = max(_MINUTE_MS, bucket.width_ms)
            groups.setdefault(begin // span, []).append(bucket)
    return [_minute(jvm, same) for _, same in sorted(groups.items())]


def _minute(jvm: Jvm, buckets: Sequence[Bucket]) -> Row:
    first = buckets[0]
    longest = max(buckets, key=lambda one: (one.line is not None, one.max_pause_ms))
    before = [one.max_before_bytes for one in buckets if one.max_before_bytes is not None]
    low = [one.min_after_bytes for one in buckets if one.min_after_bytes is not None]
    high = [one.max_after_bytes for one in buckets if one.max_after_bytes is not None]
    allocated = [one.allocated_bytes for one in buckets if one.allocated_bytes is not None]
    return _place(jvm, longest, first.epoch_ms) | {
        "uptime_ms": first.uptime_ms, "span_ms": max(_MINUTE_MS, first.width_ms),
        "pauses": sum(one.pauses for one in buckets),
        "paused_ms": sum(one.paused_ms for one in buckets),
        "max_pause_ms": longest.max_pause_ms,
        "full": sum(one.full for one in buckets), "full_ms": sum(one.full_ms for one in buckets),
        "stalls": sum(one.stalls for one in buckets),
        "stall_ms": sum(one.stall_ms for one in buckets),
        "max_before_bytes": max(before, default=None),
        "min_after_bytes": min(low, default=None), "max_after_bytes": max(high, default=None),
        "allocated_bytes": sum(allocated) if allocated else None,
    }  # fmt: skip


def _safepoints(jvm: Jvm) -> list[Row]:
    return [
        _place(jvm, one, one.epoch_ms) | {
            "uptime_ms": one.uptime_ms, "operation": one.operation, "total_ms": one.total_ms,
            "sync_ms": one.sync_ms,
        }
        for one in jvm.safepoint_samples
    ]  # fmt: skip
