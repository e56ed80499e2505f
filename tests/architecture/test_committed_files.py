"""What must stand in no committed file, and what must be documented."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import get_args

import pytest
import typer

from h2o_forensics import cli
from h2o_forensics.cli import outcome
from h2o_forensics.cli.judging_options import Severity
from h2o_forensics.model import rule

ROOT = Path(__file__).resolve().parents[2]
EXEMPT = ("fixtures/", "tests/architecture/test_committed_files.py")

# Addresses of package registries and mirrors; the pins work behind any of them.
REGISTRY = re.compile(
    r"pypi\.(org|python\.org)|pythonhosted\.org|registry\.npmjs|crates\.io|repo1?\.maven|"
    r"(artifactory|nexus)[\w.-]*[/:]|--(extra-)?index-url\s+\S+|/simple\b",
    re.IGNORECASE,
)
MACHINE_PATH = re.compile(r"(?<![\w.*}/-])/(work|opt|root|home)/[\w.-]+")
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|gh[pousr]_\w{30,}|AKIA[0-9A-Z]{16}")


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("git, or the repository's .git, is missing: the committed files are not known")
    names = [name for name in os.fsdecode(listed.stdout).split("\0") if name]
    return [
        ROOT / name for name in names if not name.startswith(EXEMPT) and (ROOT / name).is_file()
    ]


def offences(pattern: re.Pattern[str], *, skip: tuple[str, ...] = ()) -> list[str]:
    found = []
    for path in committed():
        name = path.relative_to(ROOT).as_posix()
        content = path.read_bytes()
        if b"\0" in content or name.startswith(skip):
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            found += [f"{name}:{number}: {m[0]}" for m in pattern.finditer(line)]
    return found


def test_no_registry_address() -> None:
    assert offences(REGISTRY) == []


def test_no_machine_path() -> None:
    # Rules and tests quote evidence: paths of clusters that are no more.
    assert offences(MACHINE_PATH, skip=("rules/", "tests/", "docs/rules/")) == []


def test_no_path_of_this_checkout() -> None:
    assert offences(re.compile(rf"{re.escape(str(ROOT))}(?![\w-])")) == [] or len(ROOT.parts) < 3


def test_no_secret() -> None:
    # The tests of redaction make up secrets of their own.
    assert offences(SECRET, skip=("tests/unit/report/",)) == []


def test_pins_are_hashed_and_name_no_address() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path.name
        pins = re.findall(r"^[\w.-]+==.*$", text, re.MULTILINE)
        assert pins, path.name
        assert all(pin.endswith("\\") for pin in pins), f"{path.name}: a pin without a hash"


def test_pins_cover_what_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = {
        "run.txt": project["dependencies"],
        "test.txt": project["dependencies"] + extras["test"],
        "dev.txt": project["dependencies"] + extras["test"] + extras["dev"] + extras["live"],
    }
    for name, requirements in needed.items():
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8").lower()
        for requirement in requirements:
            package = re.split(r"[^\w.-]", requirement.lower())[0].replace(".", "-")
            if package != "h2o-forensics":
                assert f"\n{package}==" in text, f"{name} lacks {package}: run scripts/pin.sh"


def test_every_command_and_option_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    group = typer.main.get_command(cli.app)
    commands = getattr(group, "commands", {})
    known = {"analyze", "catalog", "gc", "models", "query", "rules", "scan"}
    assert set(commands) == known
    for name in commands:
        assert f"h2o-forensics {name}" in readme, name
    for group_name in ("rules", "catalog"):
        for name in commands[group_name].commands:
            assert re.search(rf"{group_name} .*\b{name}\b", readme), f"{group_name} {name}"
    for parameter in (*commands["analyze"].params, *commands["scan"].params):
        for option in (o for o in parameter.opts if o.startswith("--")):
            assert f"`{option}" in readme, option


def test_exit_codes_are_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    codes = (0, outcome.FOUND, outcome.WRONG_USAGE, outcome.NOTHING_READABLE, outcome.BROKEN_RULES)
    assert codes == (0, 1, 2, 3, 4)
    assert all(f"**{code}**" in readme for code in codes)


def test_severities_of_the_command_line_are_those_of_rules() -> None:
    assert tuple(map(str, Severity)) == get_args(rule.Severity)


@pytest.mark.parametrize(
    "name", ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE")
)
def test_documents_exist_and_the_readme_names_them(name: str) -> None:
    assert (ROOT / name).stat().st_size > 500
    assert name.removesuffix(".md") in (ROOT / "README.md").read_text(encoding="utf-8") or (
        name == "LICENSE"
    )


def test_every_rule_is_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    ids = {path.name.partition("_")[0] for path in (ROOT / "rules").glob("*/*.yaml")}
    assert ids
    assert {name for name in ids if name not in changelog} == set()
