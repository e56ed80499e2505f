"""`--since`, `--until`, `--node`, `--redact` and `--bundle`."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from h2o_forensics import cli
from h2o_forensics.cli import outcome
from h2o_forensics.diagnose.focus import in_focus
from h2o_forensics.diagnose.graph import Link
from h2o_forensics.model.settings import Settings
from tests.cli.refused_node import NODE, REFUSED, RULE
from tests.unit.diagnose.conftest import ONE, TWO, make_finding

RUN = CliRunner()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "h2o_10.0.0.3_54321-3-info.log"
    file.write_text(REFUSED)
    return file


def analyze(*arguments: object) -> Any:
    options = ("analyze", "--format", "json", "--output", "-", "--year", "2026")
    result = RUN.invoke(cli.app, [*options, "--timezone", "UTC", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("options", "found"),
    (
        (("--since", "2026-11-22T05:57"), True),
        (("--since", "2026-11-22T05:58"), False),
        (("--since", "2026-11-22T06:57:00+01:00", "--until", "2026-11-22T06:58+01:00"), True),
        (("--until", "2026-11-22"), False),
        (("--node", NODE), True),
        (("--node", "10.0.0.9:54321"), False),
    ),
)
def test_only_what_touches_is_judged(log: Path, options: tuple[str, ...], *, found: bool) -> None:
    report = analyze(log, *options)
    assert (RULE in {item["rule"] for item in report["findings"]}) is found
    assert ("left out" in report["summary"]) is not found
    assert options[0][2:] in report["settings"]


def test_causes_and_effects_stay() -> None:
    early, late = make_finding("a", 1000, ONE), make_finding("b", 50_000, TWO)
    other = make_finding("c", 1000, ONE)
    links = [Link(cause=0, effect=1, because="so", lag_ms=49_000)]
    assert in_focus([early, late, other], links, Settings(since_ms=40_000)) == {0, 1}
    assert in_focus([early, late, other], links, Settings(node=TWO)) == {0, 1}
    assert in_focus([early, late, other], links, Settings(until_ms=2000)) == {0, 1, 2}
    assert in_focus([make_finding("d", None, None)], [], Settings(since_ms=1, node=TWO)) == {0}


def test_no_time_is_wrong_usage(log: Path) -> None:
    result = RUN.invoke(cli.app, ["analyze", str(log), "--since", "yesterday"])
    assert result.exit_code == outcome.WRONG_USAGE
    assert "--since yesterday: no time; write 2026-11-22T05:57" in result.stderr


def test_redact_and_bundle(log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "support.zip"
    report = analyze(log, "--redact", "--bundle", packed)
    assert "10.0.0.3" not in json.dumps(report)
    assert report["findings"][0]["nodes"] == [report["case"]["nodes"][0]["node"]]
    with zipfile.ZipFile(packed) as archive:
        assert json.loads(archive.read("report.json")) == report
        assert all(b"10.0.0.3" not in archive.read(name) for name in archive.namelist())
        assert b"no longer accepting" in archive.read("evidence.txt")
    first = packed.read_bytes()
    analyze(log, "--redact", "--bundle", packed)
    assert packed.read_bytes() == first
