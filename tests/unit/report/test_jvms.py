"""Runs of JVMs as the reports give them: the contract's names, nulls, sizes, secrets."""

import json
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from h2o_forensics.model.jvm import Bucket, HeapFigures, HistogramBin, Jvm, Rates
from h2o_forensics.report import build_gc_report, build_report, gc_json_schema, gc_to_json, to_json
from h2o_forensics.report.jvms_series import MOST_POINTS, MOST_STEPS
from tests import jvm_samples as samples
from tests import report_cases

CONTRACT: dict[str, set[str]] = {
    "": {
        "node", "run", "source", "pid", "collector", "jdk", "started", "uptime_ms",
        "heap_max_bytes", "lines", "lines_not_understood", "pauses", "cycles", "stalls",
        "safepoints", "heap", "rates", "loss", "full_streaks", "humongous", "metaspace",
    },
    "pauses": {
        "phase", "cause", "kind", "generation", "count", "total_ms", "max_ms", "p50_ms", "p95_ms",
        "p99_ms",
    },
    "cycles": {"kind", "cause", "count", "total_ms"},
    "stalls": {"count", "total_ms", "max_ms"},
    "safepoints": {"count", "total_ms", "sync_ms", "max_ms"},
    "heap": {
        "max_before_bytes", "max_after_bytes", "after_full_bytes", "live_slope_bytes_per_s",
        "live_slope_ci95",
    },
    "rates": {"allocation_bytes_per_s", "promotion_bytes_per_s"},
    "loss": {"pause_share", "stall_share", "worst_window"},
    "full_streaks": {"from", "count", "freed_share"},
}  # fmt: skip


def gc_json(*jvms: Jvm, **more: Any) -> Any:
    return json.loads(gc_to_json(build_gc_report(samples.analysis(*jvms, **more), version="0.0")))


def one(jvm: Jvm) -> Any:
    return gc_json(jvm)["jvms"][0]


@pytest.mark.parametrize("name", samples.ALL)
def test_names_are_the_contracts_and_fit_the_schema(name: str) -> None:
    report = gc_json(samples.ALL[name]())
    jsonschema.Draft202012Validator(gc_json_schema()).validate(report)
    assert report["schema"] == "h2o-forensics/gc/1"
    (jvm,) = report["jvms"]
    for part, names in CONTRACT.items():
        value = jvm if not part else jvm[part]
        for item in value if isinstance(value, list) else [value]:
            assert item is None or names <= set(item), part


def test_a_streak_and_a_window_are_told_with_time_and_line() -> None:
    jvm = one(samples.thrashing())
    (streak,) = jvm["full_streaks"]
    assert (streak["from"], streak["count"], streak["in_vain"]) == (
        "2026-11-22T09:03:00.000Z", 118, 112,
    )  # fmt: skip
    window = jvm["loss"]["worst_window"]
    assert (window["from"], window["seconds"]) == ("2026-11-22T09:03:00.000Z", 118.5)
    assert window["ended_by"]["path"] == "logs/gc.log"
    assert window["ended_by"]["line"] == 4011
    assert jvm["longest_pauses"][0]["took_ms"] == 12_203.4
    assert jvm["longest_pauses"][0]["path"] == "logs/gc.log"


def test_what_the_log_cannot_tell_is_null() -> None:
    jvm = one(samples.bare())
    for name in ("collector", "jdk", "pid", "started", "uptime_ms", "heap_max_bytes", "stalls"):
        assert jvm[name] is None, name
    for name in ("safepoints", "humongous", "metaspace", "series"):
        assert jvm[name] is None, name
    assert set(jvm["heap"].values()) == {None}
    assert set(jvm["rates"].values()) == {None}
    assert set(jvm["loss"].values()) == {None}
    assert jvm["pauses"] == []


def test_what_json_cannot_hold_is_null() -> None:
    absurd = samples.healthy(
        heap_max_bytes=10**30,
        heap=HeapFigures(2**80, 1, None, None, float("nan"), (float("-inf"), float("inf"))),
        rates=Rates(float("inf"), 1.23456),
        last_epoch_ms=10**19,
        uptime_ms=float("nan"),
    )
    jvm = one(absurd)
    assert jvm["heap_max_bytes"] is None
    assert jvm["heap"]["max_before_bytes"] is None
    assert jvm["heap"]["live_slope_bytes_per_s"] is None
    assert jvm["heap"]["live_slope_ci95"] is None
    assert jvm["rates"] == {"allocation_bytes_per_s": None, "promotion_bytes_per_s": 1.0}
    assert jvm["last"] is None
    assert jvm["uptime_ms"] is None


def test_numbers_are_rounded_to_microseconds() -> None:
    pauses = tuple(replace(item, total_ms=1 / 3) for item in samples.healthy().pauses)
    assert one(samples.healthy(pauses=pauses))["pauses"][0]["total_ms"] == 0.333


def test_a_long_series_is_put_together_and_loses_nothing() -> None:
    buckets = samples.Wave(1500, width_ms=4000, full_from=1400).buckets()
    series = one(samples.healthy(buckets=buckets))["series"]
    assert len(series["offset_ms"]) <= MOST_STEPS
    assert series["width_ms"] % 4000 == 0
    assert sum(series["pauses"]) == sum(item.pauses for item in buckets)
    assert sum(series["full"]) == 100
    assert sum(series["paused_ms"]) == pytest.approx(sum(item.paused_ms for item in buckets))
    assert max(series["max_before_bytes"]) == max(item.max_before_bytes or 0 for item in buckets)
    assert sum(series["allocated_bytes"]) == sum(item.allocated_bytes or 0 for item in buckets)


def test_a_series_with_holes_and_without_uptime() -> None:
    def bucket(epoch: int) -> Bucket:
        return Bucket(None, epoch, 1000, 1, 5.0, 5.0, 0, 0.0, 0, 0.0, None, None, None, None)

    series = one(samples.healthy(buckets=(bucket(samples.START + 60_000), bucket(samples.START))))
    assert series["series"]["from"] == "2026-11-22T09:00:00.000Z"
    assert series["series"]["offset_ms"] == [0, 60_000]
    assert series["series"]["allocated_bytes"] == [None, None]


def test_many_pauses_leave_the_longest_as_points() -> None:
    many = tuple(samples.sample(float(at), at / 10) for at in range(3000))
    points = one(samples.healthy(pause_samples=many))["points"]
    assert len(points["took_ms"]) == MOST_POINTS
    assert min(points["took_ms"]) == 2600.0
    assert points["offset_ms"] == sorted(points["offset_ms"])


def test_the_histogram_loses_none_and_puts_none_into_another_bin() -> None:
    """The run's bins are ten a decade, two of them make one here."""
    edges = [float(f"{10 ** (step / 10):.4g}") for step in range(-20, 41)]
    pairs = list(pairwise(edges))
    fine = tuple(HistogramBin("young", low, high, 1) for low, high in pairs)
    bins = one(samples.healthy(histogram=fine))["histogram"]
    assert [item["count"] for item in bins] == [2] * 30
    assert [item["from_ms"] for item in bins][10:16] == [1.0, 1.585, 2.512, 3.981, 6.31, 10.0]
    for low, high in pairs:
        inside = [item for item in bins if item["from_ms"] <= low and high <= item["to_ms"]]
        assert len(inside) == 1


def test_secrets_are_masked() -> None:
    facts = replace(samples.healthy().facts, flags="-Xmx4g -Djavax.net.ssl.trustStorePassword=x1")
    packed = gc_to_json(build_gc_report(samples.analysis(samples.healthy(facts=facts))))
    assert b"x1" not in packed
    assert b"trustStorePassword=[masked]" in packed


def test_same_runs_same_bytes_and_problems_in_order() -> None:
    first = gc_to_json(build_gc_report(samples.analysis(samples.thrashing())))
    assert first == gc_to_json(build_gc_report(samples.analysis(samples.thrashing())))
    assert gc_json()["problems"][0]["code"] == "cut"
    assert gc_json()["without_gc"] == ["logs/notes.txt"]


def test_the_incident_report_has_the_same_entries() -> None:
    report = json.loads(to_json(build_report(report_cases.incident())))
    assert [jvm["node"] for jvm in report["jvms"]] == [report_cases.B, report_cases.A]
    assert report["jvms"][0]["tied_by"] == "pid"
    alone = one(samples.thrashing(node=report_cases.B))
    assert report["jvms"][0] == alone
