"""The wheel alone, in an empty venv, somewhere else: rules, templates and entry point are in it."""

import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NODE = "10.0.0.3:54321          4242        FJ-1-1"
LOG = (
    f"11-22 05:57:11.178 {NODE} ERROR water.default: Attempting to join an H2O cloud "
    "that is no longer accepting new H2O nodes from /10.0.0.1:54321\n"
    f"11-22 05:57:11.178 {NODE} FATAL water.default: Exiting.\n"
)


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a step; show all it said when it fails."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    line = [str(word) for word in command]
    done = subprocess.run(
        line, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory with the sdist, and the wheel made from that sdist."""
    out = tmp_path_factory.mktemp("dist")
    # `./run test` brings hatchling, pinned; elsewhere `build` fetches one.
    options = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    run(sys.executable, "-m", "build", *options, "--outdir", out, ROOT, cwd=out)
    return out


def committed(folder: str) -> set[str]:
    """Files below a folder of the checkout, relative to it."""
    base = ROOT / folder
    return {path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file()}


def test_the_wheel_carries_rules_and_templates(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"h2o_forensics/_rules/{name}" for name in committed("rules")} <= names
    assert {f"h2o_forensics/_templates/{name}" for name in committed("reports/templates")} <= names
    assert "h2o_forensics/py.typed" in names
    foreign = {name for name in names if not name.startswith(("h2o_forensics/", "h2o_forensics-"))}
    assert not foreign


def test_the_sdist_can_build_again(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"pyproject.toml", "LICENSE", "README.md", "rules/conditions.yaml"}
    assert wanted <= names
    assert not {name for name in names if name.startswith(("fixtures", "tests", "."))} - {
        ".gitignore"
    }


def test_the_wheel_works_in_an_empty_venv(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    home = tmp_path / "elsewhere"
    home.mkdir()
    venv.EnvBuilder(with_pip=False).create(home / "venv")
    scripts = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-input")
    pins = ROOT / "requirements" / "run.txt"
    run(*pip, "--require-hashes", "-r", pins, cwd=home)
    run(*pip, "--no-deps", wheel, cwd=home)
    (home / "logs").mkdir()
    (home / "logs" / "h2o_10.0.0.3_54321-3-info.log").write_text(LOG)

    command = (scripts / "h2o-forensics", "analyze", "logs", "--format", "html", "--format", "json")
    done = run(*command, "--output", "out/", cwd=home)

    report = json.loads((home / "out" / "h2o-forensics-report.json").read_bytes())
    assert report["tool"]["rulebook"]["rules"] == len(list((ROOT / "rules").glob("*/*.yaml")))
    assert "CLD001" in {finding["rule"] for finding in report["findings"]}
    page = (home / "out" / "h2o-forensics-report.html").read_text("utf-8")
    assert page.lower().startswith("<!doctype html>")
    assert "no longer accepting new H2O nodes" in page
    assert "report written:" in done.stderr
    where = "import h2o_forensics.resources as r; print(r.rules_dir(), r.templates_dir())"
    assert str(ROOT) not in run(python, "-c", where, cwd=home).stdout
