"""docs/scanning.md and its examples: our own parser takes their commands, theirs the rest."""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
import yaml

from h2o_forensics import cli
from h2o_forensics.cli import outcome
from h2o_forensics.model.catalog import RunProblem, ScanRecord
from tests.batch_archive import SMALL, make_archive

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "scanning.md").read_text(encoding="utf-8")
EXAMPLES = DOCS / "examples"
CRON, DAG = EXAMPLES / "cron.sh", EXAMPLES / "airflow_dag.py"


def parsed(words: list[str]) -> dict[str, Any]:
    """Give the options of a command; fails where it has none of such a name, or value."""
    group: Any = typer.main.get_command(cli.app)
    assert words[0] == "h2o-forensics"
    command, rest = group, words[1:]
    while hasattr(command, "commands"):
        command, rest = command.commands[rest[0]], rest[1:]
    return dict(command.make_context(command.name, list(rest)).params)


def commands_of(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.strip().startswith("h2o-forensics "):
            yield shlex.split(line.partition(" | ")[0], comments=True)


def test_commands_of_the_guide() -> None:
    blocks = re.findall(r"^```\w*\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    commands = [words for block in blocks for words in commands_of(block)]
    assert len(commands) >= 7
    assert all(parsed(words) for words in commands)


def test_options_and_links_of_the_guide() -> None:
    source = (DOCS.parent / "h2o_forensics" / "cli").glob("*.py")
    known = set(re.findall(r"--[a-z][a-z-]+", "".join(one.read_text("utf-8") for one in source)))
    scan: Any = typer.main.get_command(cli.app).commands["scan"]  # type: ignore[attr-defined]
    known |= {option for one in scan.params for option in one.opts}
    dasks = {"--nworkers", "--nthreads", "--memory-limit"}
    pips = {"--no-cache-dir"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", GUIDE)) - known - dasks - pips == set()
    for link in re.findall(r"\]\(([^)]+)\)", GUIDE):
        assert (DOCS / link).is_file(), link


def test_codes_keys_and_problems_of_the_guide() -> None:
    known = vars(outcome).items()
    codes = {value for name, value in known if name.isupper() and isinstance(value, int)} | {0}
    codes -= {value for name, value in known if name.startswith("_") and isinstance(value, int)}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", GUIDE, re.MULTILINE)} == codes
    fields = {field.name for field in msgspec.structs.fields(ScanRecord)}
    table = GUIDE.partition("| key | |")[2].partition("\n\n")[0]
    named = {word for row in table.splitlines() for word in re.findall(r"`(\w+)`", row[:80])}
    assert named - {"ended"} <= fields
    problems = GUIDE.partition("| problem |")[2].partition("\n\n")[0]
    stated = set(re.findall(r"^\| `(\w+)`", problems, re.MULTILINE))
    assert stated == set(re.findall(r"`(\w+)`", str(_doc_of_problem())))


def _doc_of_problem() -> str:
    source = (DOCS.parent / "h2o_forensics" / "model" / "catalog.py").read_text(encoding="utf-8")
    return (
        source.partition(f"class {RunProblem.__name__}")[2]
        .partition('code: str\n    """')[2]
        .split('"""')[0]
    )


@pytest.mark.skipif(shutil.which("flock") is None, reason="no shell of that kind")
def test_cron(tmp_path: Path) -> None:
    subprocess.run(["sh", "-n", str(CRON)], check=True)
    found = list(commands_of(CRON.read_text(encoding="utf-8")))
    assert [words[1] for words in found] == ["scan", "catalog"]
    assert all(parsed(words) for words in found)
    tool = tmp_path / "bin" / "h2o-forensics"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m h2o_forensics "$@"\n')
    tool.chmod(0o755)
    archive = make_archive(tmp_path / "archive", SMALL[:2])
    environment = {
        "PATH": f"{tool.parent}:/usr/bin:/bin", "PYTHONPATH": str(DOCS.parent),
        "H2O_LOGS": str(archive), "H2O_FORENSICS_CATALOG": str(tmp_path / "catalog"),
    }  # fmt: skip
    said = []
    for _ in range(2):
        done = subprocess.run(
            ["sh", str(CRON)], env=environment, capture_output=True, text=True, check=False
        )
        said.append((done.returncode, done.stdout, done.stderr))
    code, told, complaints = said[0]
    assert (code, complaints) == (1, "")
    assert "New H2O runs with grave findings" in told
    assert "disk.full" in told
    assert said[1] == (0, "", "")
    assert json.loads((tmp_path / "catalog.last.json").read_bytes())["unchanged"] == 2


def test_kubernetes() -> None:
    job = yaml.safe_load((EXAMPLES / "cronjob.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    spec = job["spec"]["jobTemplate"]["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    options = parsed([*container["command"], *container["args"]])
    assert (options["since_last"], options["summary"]) == (True, "-")
    rule = spec["podFailurePolicy"]["rules"][0]["onExitCodes"]
    assert rule["containerName"] == container["name"]
    assert pod["restartPolicy"] == "Never"  # the policy is refused with another one
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes


class _Fail(Exception):  # noqa: N818 - Airflow's
    pass


@pytest.fixture
def airflow_tasks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[..., Any]]:
    """The tasks of the DAG as plain functions; Airflow itself is not needed."""
    tasks: dict[str, Callable[..., Any]] = {}

    def task(function: Any = None, **options: Any) -> Any:
        if function is None:
            assert set(options) <= {"retries", "retry_delay", "execution_timeout"}
            return task
        tasks[function.__name__] = function
        return lambda *_given: None

    sdk, exceptions = types.ModuleType("airflow.sdk"), types.ModuleType("airflow.sdk.exceptions")
    vars(sdk).update(task=task, dag=lambda **_options: lambda function: function)
    vars(exceptions).update(AirflowFailException=_Fail)
    monkeypatch.setitem(sys.modules, "airflow", types.ModuleType("airflow"))
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
    monkeypatch.setitem(sys.modules, "airflow.sdk.exceptions", exceptions)
    spec = importlib.util.spec_from_file_location("airflow_dag", DAG)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return tasks


def test_airflow(
    airflow_tasks: dict[str, Callable[..., Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [0, 1, 3, 130, -9]
    seen: list[dict[str, Any]] = []

    def run(words: list[str], *, check: bool) -> "subprocess.CompletedProcess[bytes]":
        assert not check
        seen.append(parsed(words))
        record = ScanRecord("h2o-forensics/scan/1", "x", "x", "x", (), "1", "", "", found=7)
        Path(seen[-1]["summary"]).write_bytes(msgspec.json.encode(record))
        return subprocess.CompletedProcess(words, codes[len(seen) - 1])

    monkeypatch.setattr(subprocess, "run", run)
    scan, judge = airflow_tasks["scan"], airflow_tasks["judge"]
    assert scan() | {"verdicts": None} == {
        "grave": False, "found": 7, "analyzed": 0, "failed": 0, "unreadable": 0,
        "verdicts": None, "new_causes": [],
    }  # fmt: skip
    grave = scan()
    assert grave["grave"]
    with pytest.raises(_Fail, match="3"):
        scan()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="was ended"):
            scan()
    judge(grave | {"grave": False})
    with pytest.raises(_Fail, match="grave findings"):
        judge(grave)
    assert all(one["since_last"] and one["reports"] for one in seen)
