"""The same incident in every form in which its logs may arrive: the same diagnosis."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.evidence import Analysis
from tests import layout_samples

CASES = Path(__file__).resolve().parents[2] / "fixtures" / "cases"
SAMPLES = CASES.parent / "samples" / "layouts"
NAMES = ("oom_import", "node_killed", "version_mismatch")


@cache
def plain(name: str) -> Analysis:
    return pipeline.analyze([CASES / name / "bundle"])


def diagnosis(found: Analysis) -> Any:
    judged = {one.id: one for one in found.diagnosis.findings}
    roots = [
        (one.finding.condition, one.finding.nodes, (one.finding.first_seen or 0) // 1000,
         one.finding.message)
        for one in map(judged.__getitem__, found.diagnosis.root_causes)
    ]  # fmt: skip
    everything = sorted((one.finding.condition, one.role) for one in found.diagnosis.findings)
    return found.diagnosis.verdict, roots, everything


def text_of(path: Path) -> str:
    raw = layout_samples.content(path)
    if raw.startswith(b"\xff\xfe"):
        return raw.decode("utf-16")
    return raw.decode("utf-8", "replace")


def misquoted(found: Analysis, source: Path) -> list[str]:
    wrong = []
    for judged in found.diagnosis.findings:
        for item in judged.finding.evidence:
            if item.line is None or "!" in item.path or source.is_file():
                continue
            lines = re.split("\r\n|\n|\r", text_of(source / item.path))
            if item.text.split("\n")[0] not in lines[item.line - 1]:
                wrong.append(f"{item.path}:{item.line}: {item.text}")
    return wrong


@pytest.mark.parametrize("form", tuple(layout_samples.FORMS))
@pytest.mark.parametrize("name", NAMES)
def test_same_diagnosis(name: str, form: str, tmp_path: Path) -> None:
    make: Callable[..., Path] = layout_samples.FORMS[form]
    source = make(CASES / name / "bundle", tmp_path / form)
    found = pipeline.analyze([source])
    assert diagnosis(found) == diagnosis(plain(name))
    assert misquoted(found, source) == []


@pytest.mark.parametrize("form", ("kubectl", "cri", "docker_json", "journal", "journal_json"))
def test_what_stands_in_the_file_is_quoted(form: str, tmp_path: Path) -> None:
    source = layout_samples.FORMS[form](CASES / "oom_import" / "bundle", tmp_path / form)
    found = pipeline.analyze([source])
    first = found.diagnosis.root_causes[0]
    root = next(one.finding for one in found.diagnosis.findings if one.id == first)
    quoted = [item for item in root.evidence if item.path.endswith(".log")]
    assert quoted
    for item in quoted:
        assert item.line is not None
        assert item.text == text_of(source / item.path).split("\n")[item.line - 1]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*")), ids=lambda path: path.parent.name)
def test_samples(path: Path) -> None:
    found = pipeline.analyze([path.parent])
    first = next(
        one.finding for one in found.diagnosis.findings if one.id in found.diagnosis.root_causes
    )
    assert (first.condition, first.nodes) == ("oom.import", ("127.0.0.1:54381",))
    assert misquoted(found, path.parent) == []
    assert found.case.problems == ()
