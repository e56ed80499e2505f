"""`rules new | docs | schema | lock | lint`, as they are typed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from h2o_forensics import cli
from h2o_forensics.cli import outcome

LINE = (
    "06-01 10:00:00.123 10.0.0.3:54321 4242 FJ-1-5 ERROR water.default: "
    "Could not find the licence file acme.key"
)


def run(*arguments: object, text: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, ["rules", *map(str, arguments)], input=text)


def test_from_a_line_to_a_locked_rule(tmp_path: Path) -> None:
    pack = tmp_path / "acme"
    begun = run("new", "ACM", "--condition", "job.failed", "--area", pack, "--line", "-", text=LINE)
    assert begun.exit_code == 0, begun.output
    assert "its examples pass" in begun.stdout
    (path,) = pack.glob("*.yaml")
    linted = run("lint", "--rules", pack)
    assert "ACM001: title: still has a TODO in it" in linted.stdout
    second = run("new", "ACM", "--condition", "job.failed", "--area", pack)
    assert (pack / "ACM002_job_failed.yaml").is_file(), second.output

    assert run("lock", "--check", "--rules", pack).exit_code == outcome.FOUND
    assert run("lock", "--rules", pack).exit_code == 0
    assert run("lock", "--check", "--rules", pack).exit_code == 0
    path.write_text(path.read_text("utf-8").replace("count: 1", "count: 2"), "utf-8")
    stale = run("lock", "--check", "--rules", pack)
    assert stale.exit_code == outcome.FOUND
    assert stale.stdout == "ACM001: when changed\n"
    path.unlink()
    gone = run("lock", "--rules", pack)
    assert gone.exit_code == outcome.BROKEN_RULES
    assert "acme/rules.lock: ACM001: is gone" in gone.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    (
        (("new", "MEM001", "--condition", "job.failed"), "MEM001 is taken"),
        (("new", "ACM001", "--condition", "job.fail"), "nearest: job.failed"),
        (("new", "ACM001"), "Missing option '--condition'"),
    ),
)
def test_wrong_usage_of_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == outcome.WRONG_USAGE
    assert complaint in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "ACM001_job_failed.yaml"
    target.write_text("mine: true\n")
    result = run("new", "ACM001", "--condition", "job.failed", "--area", tmp_path)
    assert result.exit_code != 0
    assert target.read_text() == "mine: true\n"


def test_docs_are_written_into_a_directory(tmp_path: Path) -> None:
    result = run("docs", "--output", tmp_path / "pages")
    assert result.exit_code == 0
    names = {path.name for path in (tmp_path / "pages").iterdir()}
    assert {"index.md", "conditions.md", "tables.md", "MEM001.md"} <= names
    (tmp_path / "file").write_text("")
    assert run("docs", "--output", tmp_path / "file").exit_code == outcome.WRONG_USAGE


def test_docs_are_not_written_through_links(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.md").symlink_to(victim)
    result = run("docs", "--output", pages)
    assert result.exit_code == outcome.WRONG_USAGE
    assert "index.md cannot be written: is a symbolic link" in result.stderr
    assert victim.read_text() == "mine"
    assert [path.name for path in pages.iterdir()] == ["index.md"]


def test_the_schema_is_printed() -> None:
    assert json.loads(run("schema").stdout)["$schema"].endswith("2020-12/schema")


def test_an_installed_package_is_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    info = site / "acme_rules-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rules\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[h2o_forensics.rules]\nacme = acme_pack\n")
    pack = site / "acme_pack"
    assert (
        run("new", "ACM", "--condition", "job.failed", "--area", pack, "--line", LINE).exit_code
        == 0
    )
    (pack / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(site)
    log = tmp_path / "node.log"
    log.write_text(LINE + "\n")

    def tool(*options: str) -> Any:
        command = ["analyze", str(log), "--format", "json", "--output", "-", *options]
        return json.loads(CliRunner().invoke(cli.app, command).stdout)

    report = tool()
    assert "ACM001" in {finding["rule"] for finding in report["findings"]}
    assert report["tool"]["rulebook"]["packs"][1] == {
        "name": "acme",
        "source": "package acme-rules 1.2",
        "version": "0.1.0",
        "rules": 1,
    }
    without = tool("--no-plugins")
    assert "ACM001" not in {finding["rule"] for finding in without["findings"]}
    assert len(without["tool"]["rulebook"]["packs"]) == 1
    assert without["tool"]["rulebook"]["sha256"] != report["tool"]["rulebook"]["sha256"]
