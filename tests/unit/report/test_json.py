import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from h2o_forensics.report import build_report, json_schema, to_json
from h2o_forensics.report.json import SCHEMA_FILE, write_schema
from tests import report_cases as cases

TOP = [
    "schema",
    "tool",
    "case",
    "verdict",
    "summary",
    "root_causes",
    "findings",
    "incidents",
    "unexplained",
    "gaps",
    "problems",
    "artifacts",
    "jvms",
    "models",
    "leaderboards",
    "grids",
    "automl",
    "frames",
    "audits",
    "timeline",
    "suppressed",
    "partial",
    "settings",
]
FINDING = [
    "id",
    "fingerprint",
    "rule",
    "condition",
    "title",
    "role",
    "severity",
    "confidence",
    "why_confident",
    "why_not",
    "nodes",
    "since",
    "first_seen",
    "last_seen",
    "count",
    "message",
    "facts",
    "caused_by",
    "evidence",
    "remedies",
    "explain",
    "subject",
    "decided_by",
]


def _report(name: str) -> Any:
    return json.loads(to_json(build_report(cases.ALL[name](), version="0.0")))


@pytest.mark.parametrize("name", cases.ALL)
def test_every_report_fits_the_schema(name: str) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(_report(name))


def test_hostile_text_fits_the_schema_and_keeps_its_value() -> None:
    text = '\x1b[31m\u202e</script>"\\\x00'
    packed = to_json(build_report(cases.everywhere(text, cases.SETTLED)))
    assert "\u202e".encode() not in packed
    report = json.loads(packed)
    jsonschema.Draft202012Validator(json_schema()).validate(report)
    assert report["findings"][0]["evidence"][0]["text"] == text


def test_the_schema_is_a_schema_and_the_file_is_fresh(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    write_schema(tmp_path / "fresh.json")
    assert (tmp_path / "fresh.json").read_bytes() == SCHEMA_FILE.read_bytes(), (
        "run h2o_forensics.report.json.write_schema()"
    )


def test_the_schema_refuses_what_is_unknown_or_missing() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not validator.is_valid(_report("incident") | {"more": 1})
    report = _report("incident")
    del report["gaps"]
    assert not validator.is_valid(report)
    assert not validator.is_valid(_report("incident") | {"verdict": "fine"})


def test_fields_are_those_of_the_contract_in_its_order() -> None:
    report = _report("incident")
    assert list(report) == TOP
    assert list(report["findings"][0]) == FINDING
    assert list(report["incidents"][0]) == ["id", "findings", "nodes", "from", "to"]
    assert list(report["gaps"][0]) == ["node", "source", "from", "to", "why", "fetch"]
    assert report["schema"] == "h2o-forensics/report/1"


def test_same_report_same_bytes() -> None:
    first, second = (to_json(build_report(cases.incident())) for _ in range(2))
    assert first == second
    assert first.endswith(b"}\n")
    assert first.splitlines()[1] == b' "schema": "h2o-forensics/report/1",'
