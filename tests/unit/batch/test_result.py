"""What is kept of a run: its report as it is, and what the catalog wants beside it, masked."""

import json

import pytest
from msgspec.structs import replace

from h2o_forensics.batch.result import make_result
from h2o_forensics.catalog.results import decode_result, encode_result
from h2o_forensics.model.catalog import Touched
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.tables import Tables, make_table
from h2o_forensics.report import build_report, to_json
from tests import catalog_runs as runs

CASE = "cases/distributed_exception"


def test_the_report_is_the_contracts() -> None:
    result = runs.result_of(CASE)
    assert json.loads(bytes(result.report)) == json.loads(
        to_json(build_report(runs.analysis_of(CASE)))
    )
    assert (result.status, result.problem, result.schema) == (
        "analyzed", None, "h2o-forensics/run/1",
    )  # fmt: skip
    assert (result.files, result.bytes, result.newest_ms) == (2, 42, 1_795_000_000_123)


def test_hosts_and_users_come_from_the_banner() -> None:
    hosts = runs.result_of(CASE).beside["hosts"]
    assert [(one["node"], one["run"], one["host"], one["user"]) for one in hosts] == [
        ("127.0.0.1:56781", 1, "vm", "root"),
        ("127.0.0.1:56783", 1, "vm", "root"),
    ]


def test_an_exception_is_one_row_however_often_it_was_logged() -> None:
    table = runs.analysis_of(CASE).tables["exceptions"]
    (row,) = runs.result_of(CASE).beside["exceptions"]
    assert table["fingerprint"].unique().to_list() == [row["fingerprint"]]
    assert row["count"] == table["count"].sum() == 3
    assert row["root_class"] == "java.lang.IllegalStateException"
    first = table.sort("ts")["ts"][0]
    assert row["first_ms"] == int(first.timestamp() * 1000) <= row["last_ms"]
    assert row["explained"] is True
    path = runs.FIXTURES / CASE / "bundle" / row["path"]
    assert " ERROR water.default:" in path.read_text().splitlines()[row["line"] - 1]


def test_families_know_the_columns() -> None:
    (row,) = runs.result_of("models/clean").beside["predictors"]
    assert (row["model"], row["columns"], len(row["hash"])) == ("loans", 6, 8)


def test_redacted_results_name_nobody() -> None:
    result = runs.result_of(CASE, redact=True)
    assert result.beside["hosts"] == []
    (row,) = result.beside["exceptions"]
    assert {row[name] for name in ("message", "root_message", "node", "path")} == {None}
    assert row["root_class"] == "java.lang.IllegalStateException"
    assert b"127.0.0.1:56781" not in json.dumps(result.beside).encode()


def with_exceptions(*rows: dict[str, object]) -> Analysis:
    analysis = runs.analysis_of(CASE)
    tables = dict(analysis.tables) | {"exceptions": make_table("exceptions", rows)}
    return replace(analysis, tables=Tables(tables))


def test_secrets_in_exceptions_are_masked() -> None:
    analysis = with_exceptions(
        {"fingerprint": "f", "class": "a.BError", "root_message": "jdbc password=hunter2 refused"}
    )
    result = make_result(runs.task_of(CASE), "r", analysis, build_report(analysis), Touched())
    (row,) = result.beside["exceptions"]
    assert row["root_message"] == "jdbc password=[masked] refused"
    assert row["explained"] is None
    assert b"hunter2" not in encode_result(result)
    assert b"hunter2" not in json.dumps(result.beside).encode()


@pytest.mark.parametrize("name", (CASE, "models/clean"))
def test_same_run_same_bytes_and_back(name: str) -> None:
    analysis = runs.analysis_of(name)
    again = make_result(
        runs.task_of(name), runs.IDS[name], analysis, build_report(analysis),
        Touched(rules=("MEM001",)),
    )  # fmt: skip
    packed = encode_result(runs.result_of(name))
    assert encode_result(again) == packed
    assert decode_result(packed) == runs.result_of(name)


def test_a_failed_run_says_why_and_has_no_report() -> None:
    result = runs.failed()
    assert (result.status, bytes(result.report)) == ("failed", b"null")
    assert result.problem is not None
    assert result.problem.code == "timeout"
    assert decode_result(encode_result(result)) == result
