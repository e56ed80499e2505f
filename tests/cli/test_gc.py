"""`h2o-forensics gc` from the command line: where reports go, what it says without GC logs."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from h2o_forensics import cli
from h2o_forensics.cli import outcome
from h2o_forensics.errors import IntakeError
from tests import jvm_samples as samples

RUN = CliRunner()


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = RUN.invoke(cli.app, ["gc", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def flow(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A flow that gives what it is told to: the command is tested apart from the reading."""
    told: dict[str, Any] = {"analysis": samples.analysis(samples.healthy(), samples.thrashing())}
    module = ModuleType("h2o_forensics.gc_flow")

    def analyze_gc(sources: list[str], **more: object) -> object:
        told["sources"], told["more"] = sources, more
        if isinstance(told["analysis"], Exception):
            raise told["analysis"]
        return told["analysis"]

    vars(module)["analyze_gc"] = analyze_gc
    monkeypatch.setitem(sys.modules, "h2o_forensics.gc_flow", module)
    return told


def test_text_to_stdout_is_the_default(flow: dict[str, Any]) -> None:
    code, out, err = invoke("gc.log", "more")
    assert (code, err) == (0, "")
    assert out.startswith("JVM 1 of 2: G1")
    assert flow["sources"] == ["gc.log", "more"]


def test_json_to_stdout_is_the_contracts(flow: dict[str, Any]) -> None:
    code, out, err = invoke("gc.log", "--format", "json", "--output", "-")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["schema"] == "h2o-forensics/gc/1"
    assert [jvm["collector"] for jvm in report["jvms"]] == ["G1", "G1"]
    assert len(report["problems"]) == len(flow["analysis"].problems)


@pytest.mark.usefixtures("flow")
def test_html_lands_here_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = invoke("gc.log", "--format", "html", "--format", "text")
    assert code == 0
    assert out.startswith("JVM 1 of 2")
    assert err == "report written: h2o-forensics-gc-report.html\n"
    assert "in trouble" in (tmp_path / "h2o-forensics-gc-report.html").read_text("utf-8")
    assert invoke("gc.log", "--format", "html", "--quiet")[2] == ""


@pytest.mark.usefixtures("flow")
def test_all_formats_into_a_directory(tmp_path: Path) -> None:
    kinds = ("--format", "html", "--format", "json", "--format", "text")
    code, out, _ = invoke("gc.log", *kinds, "--output", f"{tmp_path}/new/")
    assert (code, out) == (0, "")
    names = sorted(file.name for file in (tmp_path / "new").iterdir())
    assert names == [f"h2o-forensics-gc-report.{ext}" for ext in ("html", "json", "txt")]


def test_no_line_of_a_collector_ends_with_3(flow: dict[str, Any], tmp_path: Path) -> None:
    flow["analysis"] = samples.analysis()
    target = tmp_path / "r.json"
    code, out, err = invoke("x", "--format", "json", "--output", target)
    assert (code, out) == (outcome.NOTHING_READABLE, "")
    assert "no line of a garbage collector was found: read logs/notes.txt." in err
    assert "A9: the archive ends too early" in err
    assert "-Xlog:gc*,safepoint" in err
    assert not target.exists()


def test_a_log_of_unknown_events_is_not_called_one_without_a_collector(tmp_path: Path) -> None:
    log = tmp_path / "gc.log"
    lines = [f"[{i}.000s][info][gc] GC({i}) Pause zork (X) 24M->4M(256M) 1.500ms" for i in range(9)]
    log.write_text("\n".join(lines) + "\n")
    code, out, err = invoke(log)
    assert (code, out) == (outcome.NOTHING_READABLE, "")
    assert "nothing was understood, though lines look like a garbage collector's" in err
    assert "read gc.log." in err


def test_nothing_readable_ends_with_3(flow: dict[str, Any]) -> None:
    flow["analysis"] = IntakeError("no/such: no such file")
    code, _, err = invoke("no/such")
    assert (code, err) == (outcome.NOTHING_READABLE, "h2o-forensics: no/such: no such file\n")


def test_a_partial_report_says_so(flow: dict[str, Any]) -> None:
    flow["analysis"] = samples.analysis(samples.healthy(), partial=("The time was over.",))
    code, out, err = invoke("gc.log", "--timeout", 5)
    assert code == 0
    assert "PARTIAL REPORT: The time was over." in out
    assert err == "h2o-forensics: PARTIAL REPORT. The time was over.\n"


def test_help_tells_formats_and_exit_codes() -> None:
    result = RUN.invoke(cli.app, ["gc", "--help"])
    said = " ".join(result.stdout.split())
    assert "text|json|html" in said
    assert "3 nothing readable" in said
