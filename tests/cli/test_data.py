"""`--data` from the command line, and that no cell of it shows anywhere."""

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from h2o_forensics import cli
from tests import row_samples as samples

RUN = CliRunner()
HEAD = ("patient_id", "height", "weight", "pulse", "y")
FORMATS = ("html", "json", "md", "text")


def given(directory: Path, rows: samples.Rows | None = None) -> tuple[Path, Path]:
    evidence = directory / "case"
    evidence.mkdir()
    (evidence / "model.json").write_text(samples.model_json(HEAD[1:4]))
    data = directory / "train.csv"
    data.write_bytes(samples.csv_of(HEAD, rows or samples.grouped(60, 8)))
    return evidence, data


def run(command: str, *arguments: object) -> str:
    result = RUN.invoke(cli.app, [command, *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("command", ("analyze", "models"))
def test_rows_prove_what_metadata_cannot(tmp_path: Path, command: str) -> None:
    evidence, data = given(tmp_path)
    report = json.loads(
        run(command, evidence, "--data", data, "--format", "json", "--output", "-", "--quiet")
    )
    assert [one["condition"] for one in report["findings"]] == ["cv.leak_grouped"]
    assert report["findings"][0]["evidence"][0]["path"] == "train.csv"
    assert report["verdict"] == "at_risk"
    audit = report["audits"][0]
    assert (audit["data"], audit["role"], audit["rows"]) == ("train.csv", "training", 480)
    assert audit["facts"]["group_column"] == "patient_id"


def test_no_cell_is_in_any_report(tmp_path: Path) -> None:
    rows = samples.grouped(60, 8)
    secret = [["SECRETCELL" + str(row[0]), *row[1:4], f"SECRETLABEL{row[4]}"] for row in rows]
    evidence, data = given(tmp_path, secret + secret[:100])
    damaged = tmp_path / "damaged.csv"
    damaged.write_bytes(data.read_bytes() + b"SECRETCELL,1,2,3,4,5,6\nSECRETCELL\n\xff\xfe\n")
    files = ("--data", data, "--data", damaged, "--data", data)
    for kind in FORMATS:
        out = run("analyze", evidence, *files, "--format", kind, "--output", "-", "--quiet")
        assert "patient_id" in out
        assert "SECRET" not in out, kind
    for kind in ("html", "json", "text"):
        out = run("models", evidence, *files, "--format", kind, "--output", "-", "--quiet")
        assert "SECRET" not in out, kind
    packed = tmp_path / "support.zip"
    run("analyze", evidence, *files, "--bundle", packed, "--output", tmp_path / "r.html", "--quiet")
    with zipfile.ZipFile(packed) as archive:
        assert not [name for name in archive.namelist() if b"SECRET" in archive.read(name)]


def test_values_are_shown_when_asked_for(tmp_path: Path) -> None:
    evidence, data = given(tmp_path)
    out = run("models", evidence, "--data", data, "--show-values", "--quiet")
    assert "patient-0 (8 rows)" in " ".join(out.split())
    assert "patient-0" not in run("models", evidence, "--data", data, "--quiet")


def test_names_of_columns_are_escaped(tmp_path: Path) -> None:
    evidence, data = given(tmp_path)
    bad = '<img src=x onerror="alert(1)">'
    (evidence / "model.json").write_text(samples.model_json([bad, *HEAD[2:4]]))
    data.write_bytes(data.read_bytes().replace(b"height", bad.replace('"', "").encode(), 1))
    out = run("analyze", evidence, "--data", data, "--format", "html", "--output", "-", "--quiet")
    assert "<img" not in out


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    evidence, _ = given(tmp_path)
    result = RUN.invoke(cli.app, ["analyze", str(evidence), "--data", str(tmp_path / "no.csv")])
    assert result.exit_code == 2


def test_damaged_rows_are_a_problem_of_the_report(tmp_path: Path) -> None:
    evidence, data = given(tmp_path)
    data.write_bytes(b"\x00\x01\x02" * 999)
    report = json.loads(
        run("analyze", evidence, "--data", data, "--format", "json", "--output", "-", "--quiet")
    )
    assert [(one["artifact"], one["code"]) for one in report["problems"]] == [
        ("train.csv", "bad_data")
    ]
    assert report["audits"] == []
