"""The same incident in every form in which its logs may arrive: the same diagnosis."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.evidence import Analysis
from tests import layout_samples
from tests.forms import diagnosis, misquoted, text_of

CASES = Path(__file__).resolve().parents[2] / "fixtures" / "cases"
SAMPLES = CASES.parent / "samples" / "layouts"
NAMES = ("oom_import", "node_killed", "version_mismatch")


@cache
def plain(name: str) -> Analysis:
    return pipeline.analyze([CASES / name / "bundle"])


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
