"""`h2o-forensics models` from the command line."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from h2o_forensics import cli
from h2o_forensics.cli import outcome
from h2o_forensics.errors import IntakeError
from tests import model_samples as samples

RUN = CliRunner()
NAME = "h2o-forensics-models-report"


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = RUN.invoke(cli.app, ["models", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def flow(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A flow that gives what it is told to: the command is tested apart from the reading."""
    told: dict[str, Any] = {"analysis": samples.sick()}
    module = ModuleType("h2o_forensics.pipeline")

    def analyze(sources: list[str], **more: object) -> object:
        told["sources"], told["more"] = sources, more
        if isinstance(told["analysis"], Exception):
            raise told["analysis"]
        return told["analysis"]

    vars(module)["analyze"] = analyze
    monkeypatch.setitem(sys.modules, "h2o_forensics.pipeline", module)
    return told


def test_text_to_stdout_is_the_default(flow: dict[str, Any]) -> None:
    code, out, err = invoke("m.json", "more")
    assert (code, err) == (0, "")
    assert out.startswith("ROWS OF ONE ENTITY STAND IN SEVERAL FOLDS")
    assert flow["sources"] == ["m.json", "more"]


@pytest.mark.usefixtures("flow")
def test_json_to_stdout_is_the_contracts() -> None:
    code, out, err = invoke("m.json", "--format", "json", "--output", "-")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["schema"] == "h2o-forensics/models/1"
    assert [one["model"] for one in report["models"]] == ["m1", "m2"]
    assert report["root_causes"] == ["F1"]


@pytest.mark.usefixtures("flow")
def test_html_lands_here_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = invoke("m.json", "--format", "html", "--format", "text")
    assert code == 0
    assert out.startswith("ROWS OF")
    assert err == f"report written: {NAME}.html\n"
    assert "side by side" in (tmp_path / f"{NAME}.html").read_text("utf-8")
    assert invoke("m.json", "--format", "html", "--quiet")[2] == ""


@pytest.mark.usefixtures("flow")
def test_all_formats_into_a_directory(tmp_path: Path) -> None:
    kinds = ("--format", "html", "--format", "json", "--format", "text")
    code, out, _ = invoke("m.json", *kinds, "--output", f"{tmp_path}/new/")
    assert (code, out) == (0, "")
    names = sorted(file.name for file in (tmp_path / "new").iterdir())
    assert names == [f"{NAME}.{ext}" for ext in ("html", "json", "txt")]


def test_nothing_about_training_ends_with_3(flow: dict[str, Any], tmp_path: Path) -> None:
    flow["analysis"] = samples.nothing()
    target = tmp_path / "out.txt"
    code, _, err = invoke("notes.txt", "--output", target)
    assert code == outcome.NOTHING_READABLE
    assert "no model, grid, AutoML run or frame was found: read notes.txt." in err
    assert "Give what H2O saved" in err
    assert not target.exists()


def test_nothing_readable_ends_with_3(flow: dict[str, Any]) -> None:
    flow["analysis"] = IntakeError("nothing there")
    assert invoke("gone")[0] == outcome.NOTHING_READABLE


@pytest.mark.usefixtures("flow")
def test_wrong_usage_ends_with_2() -> None:
    assert invoke()[0] == outcome.WRONG_USAGE
    assert invoke("m.json", "--format", "md")[0] == outcome.WRONG_USAGE
    assert invoke("m.json", "--open", "--output", "-", "--format", "html")[0] == outcome.WRONG_USAGE


def test_a_partial_report_says_so(flow: dict[str, Any]) -> None:
    flow["analysis"] = replace(samples.sick(), partial=("Time was over.",))
    code, out, err = invoke("m.json", "--timeout", "5")
    assert code == 0
    assert out.startswith("PARTIAL REPORT: Time was over.")
    assert err == "h2o-forensics: PARTIAL REPORT. Time was over.\n"
    assert flow["more"]["budget"] is not None


@pytest.mark.parametrize(("bar", "code"), (("high", outcome.FOUND), ("critical", 0)))
@pytest.mark.usefixtures("flow")
def test_a_severe_finding_may_fail_the_build(bar: str, code: int) -> None:
    assert invoke("m.json", "--fail-on", bar)[0] == code


def test_help_names_formats_and_exit_codes() -> None:
    code, out, _ = invoke("--help")
    said = " ".join(out.split())
    assert code == 0
    assert "text|json|html" in said
    assert "3 nothing readable" in said
