"""Rows of JVM runs: each value with the time and the line it was read from."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from h2o_forensics.model.evidence import EvidenceSet

Read = Callable[..., EvidenceSet]
HEAD = """\
[2026-11-22T06:00:00.010+0000][0.010s][info][gc] Using G1
[2026-11-22T06:00:00.011+0000][0.011s][info][gc,init] Heap Max Capacity: 512M
"""


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-22T{clock}+00:00").astimezone(UTC)


def pause(clock: str, uptime: float, number: int, *, real_ms: int, full: bool = False) -> str:
    what = "Pause Full (G1 Compaction Pause)" if full else "Pause Young (Normal) (G1 Preventive)"
    stamps = f"[2026-11-22T{clock}+0000][{uptime:.3f}s]"
    times = f"User=0.01s Sys=0.01s Real={real_ms / 1000:.2f}s"
    return (
        f"{stamps}[info][gc     ] GC({number}) {what} 60M->30M(256M) {real_ms:.3f}ms\n"
        f"{stamps}[info][gc,cpu ] GC({number}) {times}\n"
    )


def row_of(evidence: EvidenceSet) -> dict[str, Any]:
    (row,) = evidence.tables["jvms"].to_dicts()
    return dict(row)


def test_a_row_has_the_time_of_the_line_it_quotes(read: Read) -> None:
    log = HEAD + pause("06:00:05.000", 5, 0, real_ms=20)
    log += pause("06:40:00.000", 2400, 1, real_ms=30_000)
    log += pause("06:50:00.000", 3000, 2, real_ms=400, full=True)
    row = row_of(read({"gc.log": log}))
    assert row["ts"] == at("06:40:00")
    assert "GC(1) Pause Young" in row["text"]
    assert row["begin_ts"] == at("06:00:00.010")
    assert row["path"] == "gc.log"


def test_what_a_run_is_remembered_for_has_its_own_time_and_line(read: Read) -> None:
    log = HEAD + pause("06:00:05.000", 5, 0, real_ms=20)
    log += pause("06:40:00.000", 2400, 1, real_ms=30_000)
    log += pause("06:50:00.000", 3000, 2, real_ms=400, full=True)
    row = row_of(read({"gc.log": log}))
    assert row["starved_ts"] == row["max_pause_ts"] == at("06:40:00")
    assert row["starved_from_ts"] == at("06:39:30")
    assert row["max_full_ts"] == row["max_after_full_ts"] == at("06:50:00")
    assert (row["asked_ts"], row["vain_ts"], row["max_stall_ts"]) == (None, None, None)
    places = json.loads(row["places"])
    assert places["starved_ts"][1:] == [6, log.splitlines()[5]]
    assert places["max_full_ts"][1] == 7


def test_a_heap_that_is_only_seen_is_not_stated(read: Read) -> None:
    assert row_of(read({"gc.log": HEAD + pause("06:00:05.000", 5, 0, real_ms=9)}))[
        "heap_max_stated"
    ]
    plain = HEAD.splitlines(keepends=True)[0] + pause("06:00:05.000", 5, 0, real_ms=9)
    assert row_of(read({"gc.log": plain}))["heap_max_stated"] is False


def test_full_collections_in_vain_have_the_time_of_the_first_and_of_the_last(read: Read) -> None:
    log = HEAD
    for at_s in range(10, 40):
        stamps = f"[2026-11-22T06:00:{at_s}.000+0000][{at_s}.000s]"
        log += f"{stamps}[info][gc] GC({at_s}) Pause Full (G1 Compaction Pause) 510M->509M(512M) 900.000ms\n"  # noqa: E501
    evidence = read({"gc.log": log})
    row = row_of(evidence)
    assert (row["ts"], row["vain_ts"]) == (at("06:00:09.100"), at("06:00:09.100"))
    assert row["vain_to_ts"] == at("06:00:39")
    assert (row["in_vain"], row["in_vain_ms"]) == (30, 27_000)
    (streak,) = evidence.tables["gc_streaks"].to_dicts()
    assert (streak["ts"], streak["to_ts"]) == (row["vain_ts"], row["vain_to_ts"])
    lines = log.splitlines()
    assert (streak["line"], streak["text"]) == (3, lines[2])
    assert json.loads(streak["places"])["to_ts"] == [streak["artifact"], 32, lines[31]]


def test_collections_for_classes_and_those_asked_for_are_not_in_vain(read: Read) -> None:
    log = HEAD
    for number, cause in enumerate(("System.gc()", "Last ditch collection", "Metadata GC")):
        stamps = f"[2026-11-22T06:00:1{number}.000+0000][1{number}.000s]"
        log += f"{stamps}[info][gc] GC({number}) Pause Full ({cause}) 510M->509M(512M) 900.000ms\n"
    row = row_of(read({"gc.log": log.replace("(Metadata GC)", "(Metadata GC Threshold)")}))
    assert (row["in_vain"], row["asked_full"], row["metaspace_full"]) == (0, 1, 2)
    assert row["asked_ts"] == at("06:00:10")
    assert json.loads(row["places"])["metaspace_full"][1] == 4
