"""Real incidents with known causes (fixtures/cases): what is found, where, and if it is there."""

import gzip
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from h2o_forensics import pipeline
from h2o_forensics.model.diagnosis import JudgedFinding
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.finding import Evidence
from h2o_forensics.report import build_report, json_schema, to_json

CASES = Path(__file__).resolve().parents[2] / "fixtures" / "cases"
NAMES = tuple(sorted(path.parent.name for path in CASES.glob("*/expected.yaml")))
INCIDENTS = tuple(
    name for name in NAMES if "\nroot: null" not in (CASES / name / "expected.yaml").read_text()
)


def bundle(name: str) -> Path:
    return CASES / name / "bundle"


@cache
def expected(name: str) -> dict[str, Any]:
    known = yaml.safe_load((CASES / name / "expected.yaml").read_text(encoding="utf-8"))
    assert isinstance(known, dict)
    return known


@cache
def analysis(name: str) -> Analysis:
    return pipeline.analyze([bundle(name)])


@cache
def report(name: str) -> bytes:
    return to_json(build_report(analysis(name)))


def by_id(found: Analysis) -> dict[str, JudgedFinding]:
    return {judged.id: judged for judged in found.diagnosis.findings}


def root(name: str) -> JudgedFinding:
    found = analysis(name)
    assert found.diagnosis.root_causes, found.diagnosis.summary
    return by_id(found)[found.diagnosis.root_causes[0]]


def zip_of(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return target


def essence(found: Analysis) -> list[tuple[object, ...]]:
    """What must not depend on the wrapping of the evidence."""
    return [
        (one.finding.rule, one.finding.nodes, one.finding.first_seen, one.finding.count, one.role)
        for one in found.diagnosis.findings
    ]


def content(folder: Path, path: str) -> bytes:
    """Bytes of a member, archives in archives and gzip opened with the standard library."""
    outer, *inner = path.split("!")
    data = (folder / outer).read_bytes()
    for name in inner:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(name)
    return gzip.decompress(data) if path.endswith(".gz") else data


def evidence(name: str) -> list[Evidence]:
    return [
        item for judged in analysis(name).diagnosis.findings for item in judged.finding.evidence
    ]


def test_there_are_incidents_healthy_runs_and_all_ways_of_packing() -> None:
    assert len(INCIDENTS) >= 9
    assert len(NAMES) - len(INCIDENTS) >= 3
    assert "oom_import" in INCIDENTS  # the demo in README.md
    files = [path for name in NAMES for path in bundle(name).rglob("*") if path.is_file()]
    for pattern in ("download/*.zip", "rest/*.json", "stdout.log.gz"):
        assert any(path.match(pattern) for path in files), pattern
    for name in NAMES:
        assert (CASES / name / "README.md").stat().st_size > 500
        assert sum(path.stat().st_size for path in bundle(name).rglob("*")) < 300_000


@pytest.mark.parametrize("name", NAMES)
def test_verdict(name: str) -> None:
    diagnosis = analysis(name).diagnosis
    assert diagnosis.verdict == expected(name)["verdict"], diagnosis.summary


@pytest.mark.parametrize("name", INCIDENTS)
def test_root_cause_and_node(name: str) -> None:
    judged = root(name)
    assert judged.finding.condition == expected(name)["root"], analysis(name).diagnosis.summary
    assert judged.role == "root_cause"
    blamed = expected(name)["nodes"]
    assert not blamed or list(judged.finding.nodes) == blamed


@pytest.mark.parametrize("name", INCIDENTS)
def test_first_harm_is_dated(name: str) -> None:
    seen = root(name).finding.first_seen
    assert seen is not None
    wanted = datetime.fromisoformat(expected(name)["first_seen"]).timestamp() * 1000
    assert abs(seen - wanted) <= expected(name)["within_s"] * 1000


@pytest.mark.parametrize("name", NAMES)
def test_conditions_present_and_absent(name: str) -> None:
    found = {judged.finding.condition for judged in analysis(name).diagnosis.findings}
    assert found & set(expected(name)["absent"]) == set()
    assert found >= set(expected(name)["also"])


@pytest.mark.parametrize("name", NAMES)
def test_every_quoted_line_stands_there(name: str) -> None:
    for judged in analysis(name).diagnosis.findings:
        assert judged.finding.evidence, judged.finding.rule
    for item in evidence(name):
        data = content(bundle(name), item.path)
        if item.kind not in {"line", "range"}:
            continue
        lines = data.decode("utf-8", "replace").split("\n")
        assert item.line is not None
        assert 1 <= item.line <= len(lines)
        stands = lines[item.line - 1].rstrip("\r")
        quoted = item.text.split("\n")[0]
        assert quoted == stands or (len(quoted) >= 200 and stands.startswith(quoted.rstrip("…")))


@pytest.mark.parametrize("name", NAMES)
def test_every_artifact_is_a_file_of_the_bundle(name: str) -> None:
    found = analysis(name)
    for artifact in found.case.artifacts:
        content(bundle(name), artifact.path)
    known = {artifact.id for artifact in found.case.artifacts}
    assert {item.artifact for item in evidence(name)} <= known


@pytest.mark.parametrize("name", NAMES)
def test_json_report_is_valid(name: str) -> None:
    printed = msgspec.json.decode(report(name))
    jsonschema.validate(printed, json_schema())
    assert printed["schema"] == "h2o-forensics/report/1"
    assert printed["verdict"] == expected(name)["verdict"]


@pytest.mark.parametrize("name", NAMES)
def test_same_input_gives_the_same_bytes(name: str) -> None:
    again = to_json(build_report(pipeline.analyze([bundle(name)])))
    assert again == report(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ("node_killed", "small_heap_in_cloud"))
def test_same_bytes_whatever_the_order_of_sets(name: str) -> None:
    script = (
        "import sys; from h2o_forensics import pipeline, report;"
        "found = pipeline.analyze([sys.argv[1]]);"
        "sys.stdout.buffer.write(report.to_json(report.build_report(found)))"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", script, str(bundle(name))],
            check=True,
            capture_output=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1] == report(name)


def _zipped(name: str, folder: Path) -> list[Path]:
    return [zip_of(bundle(name), folder / "evidence.zip")]


def _both(name: str, folder: Path) -> list[Path]:
    return [bundle(name), *_zipped(name, folder)]


@pytest.mark.parametrize("wrap", (_zipped, _both), ids=("zip", "directory and its zip"))
@pytest.mark.parametrize("name", NAMES)
def test_wrapping_changes_nothing(
    name: str, wrap: Callable[[str, Path], list[Path]], tmp_path: Path
) -> None:
    wrapped = pipeline.analyze(wrap(name, tmp_path))
    assert essence(wrapped) == essence(analysis(name))
    assert wrapped.diagnosis.verdict == expected(name)["verdict"]
    assert wrapped.case.nodes == analysis(name).case.nodes
