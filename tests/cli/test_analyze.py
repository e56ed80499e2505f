"""One end to end through the command line: a node that came after the cloud had locked."""

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

import h2o_forensics
from h2o_forensics import cli
from h2o_forensics.cli import outcome, output

RUN = CliRunner()
RULE = "CLD001"

NODE = "10.0.0.3:54321          4242"
REFUSED = (
    f"11-22 05:57:10.101 {NODE}          main  INFO water.default: ----- H2O started  -----\n"
    f"11-22 05:57:11.178 {NODE}        FJ-1-1 ERROR water.default: Attempting to join an H2O cloud "
    "that is no longer accepting new H2O nodes from /10.0.0.1:54321\n"
    f"11-22 05:57:11.179 {NODE}        FJ-1-1 FATAL water.default: Exiting.\n"
)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "h2o_10.0.0.3_54321-3-info.log").write_text(REFUSED)
    return folder


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = RUN.invoke(cli.app, ["analyze", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def rules_found(report: str | bytes) -> set[str]:
    return {finding["rule"] for finding in json.loads(report)["findings"]}


def test_json_to_stdout_is_the_report_and_nothing_else(bundle: Path) -> None:
    code, out, err = invoke(bundle, "--format", "json", "--output", "-")
    assert code == 0
    report = json.loads(out)
    assert report["schema"] == "h2o-forensics/report/1"
    assert report["verdict"] == "incident"
    assert RULE in rules_found(out)
    assert err == ""


def test_all_formats_into_a_directory(bundle: Path, tmp_path: Path) -> None:
    formats = [word for kind in output.Format for word in ("--format", kind)]
    code, out, err = invoke(bundle, *formats, "--output", f"{tmp_path}/reports/")
    assert (code, out) == (0, "")
    for extension in ("html", "json", "md", "txt"):
        content = (tmp_path / "reports" / f"h2o-forensics-report.{extension}").read_text("utf-8")
        assert "no longer accepting" in content
    assert "report written:" in err
    assert not list((tmp_path / "reports").glob(".*"))


def test_html_is_the_default_and_lands_here(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = invoke(bundle)
    assert (code, out) == (0, "")
    page = (tmp_path / "h2o-forensics-report.html").read_text("utf-8")
    assert page.lower().startswith("<!doctype html>")
    assert "10.0.0.3:54321" in err
    assert "\x1b" not in err


def test_quiet_says_nothing(bundle: Path, tmp_path: Path) -> None:
    assert invoke(bundle, "--quiet", "--output", tmp_path / "r.html") == (0, "", "")


def test_fail_on(bundle: Path, tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    options = ("--format", "json", "--quiet", "--output", target)
    assert invoke(bundle, *options, "--fail-on", "low")[0] == outcome.FOUND
    severities = {finding["severity"] for finding in json.loads(target.read_bytes())["findings"]}
    expected = outcome.FOUND if "critical" in severities else 0
    assert invoke(bundle, *options, "--fail-on", "critical")[0] == expected


def test_disable_switches_a_rule_off(bundle: Path) -> None:
    code, out, _ = invoke(bundle, "--format", "json", "--output", "-", "--disable", RULE)
    assert code == 0
    assert RULE not in rules_found(out)


def test_same_input_same_bytes_and_no_path_of_this_machine(bundle: Path, tmp_path: Path) -> None:
    first = invoke(bundle, "--format", "json", "--output", "-")[1]
    assert invoke(bundle, "--format", "json", "--output", "-")[1] == first
    assert str(tmp_path) not in first


def test_a_zip_in_a_zip(bundle: Path, tmp_path: Path) -> None:
    inner, outer = tmp_path / "node0.zip", tmp_path / "h2ologs.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        for log in bundle.iterdir():
            archive.write(log, log.name)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, inner.name)
    code, out, _ = invoke(outer, "--format", "json", "--output", "-")
    assert code == 0
    assert RULE in rules_found(out)
    assert "node0.zip!h2o_10.0.0.3_54321-3-info.log" in out


@pytest.mark.parametrize("exists", (True, False))
def test_nothing_readable(tmp_path: Path, *, exists: bool) -> None:
    given = tmp_path / "given"
    if exists:
        given.mkdir()
    code, out, err = invoke(given, "--output", tmp_path / "r.html")
    assert (code, out) == (outcome.NOTHING_READABLE, "")
    assert err.startswith("h2o-forensics: ")
    assert not (tmp_path / "r.html").exists()


def test_broken_rules(bundle: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "BAD001_bad.yaml").write_text("id: BAD001\nseverity: awful\n")
    code, out, err = invoke(bundle, "--rules", pack, "--output", tmp_path / "r.html")
    assert (code, out) == (outcome.BROKEN_RULES, "")
    assert "BAD001_bad.yaml" in err
    lint = RUN.invoke(cli.app, ["rules", "lint", "--rules", str(pack)])
    assert lint.exit_code == outcome.BROKEN_RULES


def test_a_report_that_cannot_be_written(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "h2o-forensics-report.json").mkdir(parents=True)
    code, _, err = invoke(bundle, "--output", out, "--format", "md", "--format", "json")
    assert code == outcome.WRONG_USAGE
    assert "report.json: cannot be written: is a directory" in err
    # Where one of two cannot be written, the other is not left alone.
    assert [path.name for path in out.iterdir()] == ["h2o-forensics-report.json"]


def test_rules_commands_on_the_built_in_pack() -> None:
    listed = RUN.invoke(cli.app, ["rules", "list"])
    assert listed.exit_code == 0
    assert RULE in listed.stdout
    shown = RUN.invoke(cli.app, ["rules", "show", RULE])
    assert shown.exit_code == 0
    assert "no longer accepting new H2O nodes" in shown.stdout
    tried = RUN.invoke(cli.app, ["rules", "test"])
    assert tried.exit_code == 0, tried.output
    assert "rules pass their examples" in tried.stdout


def test_lint_warns_with_one() -> None:
    linted = RUN.invoke(cli.app, ["rules", "lint"])
    clean = "no warning" in linted.stdout
    assert linted.exit_code == (0 if clean else outcome.FOUND), linted.output


def test_python_api_gives_a_frozen_analysis(bundle: Path) -> None:
    analysis = h2o_forensics.analyze([bundle])
    assert analysis.diagnosis.verdict == "incident"
    with pytest.raises(AttributeError):
        analysis.case = None  # type: ignore[misc, assignment]


def test_python_api_takes_one_path_or_several_and_names_its_tables(bundle: Path) -> None:
    for given in (str(bundle), bundle, (bundle,), [str(bundle)]):
        assert h2o_forensics.analyze(given).diagnosis.verdict == "incident"
    tables = h2o_forensics.analyze(bundle).tables
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in tables)
    with pytest.raises(KeyError, match=r"no table 'fold_audits'; there are automl, .*warnings"):
        _ = tables["fold_audits"]
    with pytest.raises(TypeError):
        tables["members"] = tables["nodes"]  # type: ignore[index]
