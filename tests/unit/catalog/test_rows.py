"""Rows out of results: the schema's columns, what the report says, null for what it lacks."""

import json
from typing import Any

import polars as pl
import pytest
from msgspec import Raw
from msgspec.structs import replace

from h2o_forensics.catalog.rows import rows_of
from h2o_forensics.model.catalog import RunResult
from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS
from tests import catalog_runs as runs


def report_of(result: RunResult) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(bytes(result.report))
    return report


@pytest.mark.parametrize("result", runs.results(), ids=lambda one: one.name)
def test_every_table_has_its_columns_and_takes_its_rows(result: RunResult) -> None:
    rows = rows_of(result)
    assert list(rows) == list(CATALOG_SCHEMAS)
    for name, schema in CATALOG_SCHEMAS.items():
        assert all(list(row) == list(schema) for row in rows[name])
        frame = pl.DataFrame(rows[name], schema=schema, orient="row", strict=True)
        assert frame.height == len(rows[name])
        assert {row["run"] for row in rows[name]} <= {result.run}
        assert {row["analysis"] for row in rows[name]} <= {result.analysis}
    assert rows == rows_of(result)


def test_a_run_is_its_first_cause_and_that_causes_node() -> None:
    result = runs.result_of("cases/oom_import")
    (row,) = rows_of(result)["runs"]
    cause = report_of(result)["root_causes"][0]
    assert (row["verdict"], row["condition"], row["rule"]) == (
        "incident", "oom.import", cause["rule"],
    )  # fmt: skip
    assert row["cause_node"] == cause["nodes"][0] == "127.0.0.1:54381"
    at = pl.Series([cause["since"] or cause["first_seen"]]).str.to_datetime(time_unit="ms")
    assert row["cause_at"] == at.dt.epoch("ms")[0]
    assert (row["host"], row["user_name"], row["cloud_name"]) == ("vm", "root", "lab")
    assert (row["h2o_version"], row["java_version"]) == ("3.46.0.12", "17.0.15")
    assert (row["nodes"], row["cloud_largest"]) == (1, 1)
    assert (row["files"], row["bytes"], row["newest_file"]) == (2, 42, 1_795_000_000_123)


def test_findings_and_their_evidence_belong_together() -> None:
    result = runs.result_of("cases/node_killed")
    rows, report = rows_of(result), report_of(result)
    assert [row["finding"] for row in rows["findings"]] == [one["id"] for one in report["findings"]]
    ranked = [row["finding"] for row in rows["findings"] if row["rank"] == 1]
    assert ranked == [report["root_causes"][0]["id"]]
    assert len(rows["evidence"]) == sum(len(one["evidence"]) for one in report["findings"])
    last = rows["evidence"][-1]
    quoted = report["findings"][-1]["evidence"][-1]
    assert (last["path"], last["line"], last["text"]) == (
        quoted["path"], quoted["line"], quoted["text"],
    )  # fmt: skip
    told = next(one for one in report["findings"] if one["caused_by"])
    row = next(row for row in rows["findings"] if row["finding"] == told["id"])
    assert row["caused_by"].split(",") == [link["finding"] for link in told["caused_by"]]
    assert json.loads(row["facts"]) == told["facts"]
    assert row["nodes"].split(",") == told["nodes"]


def test_a_root_cause_counts_for_the_life_of_the_node_it_is_on() -> None:
    rows = rows_of(runs.result_of("cases/node_killed"))
    blamed = [row["node"] for row in rows["nodes"] if row["root_causes"]]
    assert blamed == [rows["runs"][0]["cause_node"]]


def test_jvms_are_summed_up() -> None:
    result = runs.result_of("cases/node_killed")
    rows = rows_of(result)["jvms"]
    for row, jvm in zip(rows, report_of(result)["jvms"], strict=True):
        assert row["pauses"] == sum(one["count"] for one in jvm["pauses"])
        full = sum(one["count"] for one in jvm["pauses"] if one["kind"] == "full")
        assert (row["full"], row["life"]) == (full, jvm["run"])
        assert row["max_pause_ms"] == max(one["max_ms"] for one in jvm["pauses"])


def test_a_model_has_the_metric_that_decides() -> None:
    (row,) = rows_of(runs.result_of("models/clean"))["models"]
    assert (row["metric"], row["state"], row["differs"]) == ("auc", "same", False)
    assert row["cross_validation"] == pytest.approx(0.776, abs=1e-3)
    assert row["test"] == pytest.approx(0.792, abs=1e-3)
    assert row["training"] > row["cross_validation"]
    assert row["family"].startswith("gbm of outcome on 6 columns (")


def test_a_family_hangs_on_the_columns() -> None:
    result = runs.result_of("models/clean")
    (own,) = rows_of(result)["models"]
    other = replace(result, beside={"predictors": [{"model": "loans", "hash": "ffffffff"}]})
    (row,) = rows_of(other)["models"]
    assert row["family"] != own["family"]
    (row,) = rows_of(replace(result, beside={}))["models"]
    assert row["family"] == "gbm of outcome on 6 columns"


def test_a_failed_run_has_one_row() -> None:
    rows = rows_of(runs.failed())
    assert {name for name, found in rows.items() if found} == {"runs"}
    (row,) = rows["runs"]
    assert (row["status"], row["problem"], row["verdict"]) == ("failed", "timeout", None)
    assert row["problem_message"] == "not done in 60 s; raise --timeout"
    assert (row["findings"], row["nodes"], row["partial"]) == (None, None, None)


@pytest.mark.parametrize(
    "report",
    (
        {},
        [],
        {"verdict": "healthy"},
        {"verdict": "incident", "root_causes": [{}], "findings": [{}], "case": {"nodes": [{}]}},
        {"verdict": 7, "root_causes": "x", "findings": [1, None], "case": None, "jvms": [{}, 3]},
        {"models": [{}], "gaps": [{"from": "no time", "to": 12.5}], "problems": [{"count": 2**70}]},
        {"case": {"nodes": [{"node": "a", "pid": "x", "cores": 1e300, "started": "1-1-1"}]}},
        {"unexplained": [{"evidence": []}, {"evidence": [{"line": 3.0}]}], "jvms": [{"heap": 1}]},
    ),
)
def test_reports_of_other_versions_are_read_as_far_as_they_go(report: object) -> None:
    result = replace(
        runs.result_of("cases/oom_import"), report=Raw(json.dumps(report).encode()), beside={}
    )
    rows = rows_of(result)
    for name, schema in CATALOG_SCHEMAS.items():
        pl.DataFrame(rows[name], schema=schema, orient="row", strict=True)
    assert len(rows["runs"]) == 1


def node(name: str, run: int, **more: object) -> dict[str, object]:
    return {"node": name, "run": run, **more}


def lives(cause_nodes: list[str], since: str, hosts: list[dict[str, Any]]) -> dict[str, Any]:
    cause = {"nodes": cause_nodes, "since": since, "condition": "oom.train"}
    nodes = [
        node("a:1", 1, started="2026-01-01T00:00:00.000Z", h2o_version="3.44.0.3"),
        node("a:1", 2, started="2026-01-02T00:00:00.000Z", h2o_version="3.46.0.7"),
        node("b:1", 1, started="2026-01-01T00:00:00.000Z", h2o_version="3.46.0.7"),
    ]
    report = {"verdict": "incident", "root_causes": [cause], "case": {"nodes": nodes}}
    result = replace(
        runs.result_of("cases/oom_import"),
        report=Raw(json.dumps(report).encode()),
        beside={"hosts": hosts},
    )
    (row,) = rows_of(result)["runs"]
    return row


@pytest.mark.parametrize(
    ("since", "version"),
    (("2026-01-01T12:00:00.000Z", "3.44.0.3"), ("2026-01-02T12:00:00.000Z", "3.46.0.7")),
)
def test_the_version_is_that_of_the_life_it_happened_in(since: str, version: str) -> None:
    hosts = [node("a:1", 1, host="old"), node("a:1", 2, host="new"), node("b:1", 1, host="x")]
    row = lives(["a:1"], since, hosts)
    assert row["h2o_version"] == version
    assert row["host"] == {"3.44.0.3": "old", "3.46.0.7": "new"}[version]


def test_without_a_node_to_blame_it_is_what_most_say() -> None:
    hosts = [node("a:1", 1, host="m1", user="u"), node("b:1", 1, host="m2", user="u")]
    row = lives([], "2026-01-02T12:00:00.000Z", hosts)
    assert (row["h2o_version"], row["host"], row["user_name"]) == ("3.46.0.7", "m1", "u")
    assert row["cause_node"] is None


def test_another_machine_is_not_blamed() -> None:
    hosts = [node("b:1", 1, host="m2", user="u"), node("c:1", 1, host="m3", user="u")]
    row = lives(["a:1"], "2026-01-02T12:00:00.000Z", hosts)
    assert (row["host"], row["user_name"]) == (None, "u")
