"""`h2o-forensics catalog ...` and `query` from the command line, over a catalog of real runs."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from h2o_forensics import cli
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.cli.table_view import as_text
from h2o_forensics.model.catalog import ScanRecord
from h2o_forensics.report import build_report, to_json, to_text
from tests import catalog_runs as runs

RUN = CliRunner()
OOM = runs.IDS["cases/oom_import"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cli") / "runs.catalog"
    catalog = runs.real_catalog(made, runs.results())
    catalog.put_scan(
        ScanRecord(
            schema="h2o-forensics/scan/1", scan="s1", started="2026-11-22T05:57:00.000Z",
            ended=None, archives=("/archive",), tool_version="0.1.0", rulebook_sha256="0",
            analysis=runs.ANALYSIS, found=6, analyzed=5, failed=1,
        )
    )  # fmt: skip
    return made


def invoke(place: object, *arguments: object) -> tuple[int, str, str]:
    words = [str(one) for one in arguments]
    result = RUN.invoke(cli.app, [*words, "--catalog", str(place)], env={"COLUMNS": "100"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_show_says_what_it_holds(place: Path) -> None:
    code, out, err = invoke(place, "catalog", "show")
    assert (code, err) == (0, "")
    assert f"Catalog {place} (" in " ".join(out.split())
    assert "6 runs" in out
    assert "Verdicts: 1 failed, 1 healthy, 3 incident, 1 insufficient_evidence" in out
    assert "1 oom.import" in out
    assert "2026-11-22 05:57 6 runs found: 5 analyzed, 1 failed, not ended" in out
    code, out, _ = invoke(place, "catalog", "show", "--format", "json")
    seen = json.loads(out)
    assert (code, seen["runs"], seen["rows"]["locations"]) == (0, 6, 6)
    assert seen["scans"][0]["analyzed"] == 5
    files = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    assert seen["catalog_bytes"] == files


@pytest.mark.parametrize("wanted", (OOM, "aa11", "cases/oom_import", "/archive/cases/oom_import"))
def test_show_gives_a_runs_report(place: Path, wanted: str) -> None:
    report = build_report(runs.analysis_of("cases/oom_import"))
    code, out, err = invoke(place, "catalog", "show", wanted)
    assert (code, err) == (0, "")
    assert out == f"cases/oom_import ({OOM})\n{to_text(report, 100)}"


def test_a_stored_report_is_what_analyze_prints(place: Path) -> None:
    report = build_report(runs.analysis_of("cases/oom_import"))
    code, out, _ = invoke(place, "catalog", "show", OOM, "--format", "json")
    assert code == 0
    assert json.loads(out) == json.loads(to_json(report))
    code, page, _ = invoke(place, "catalog", "show", OOM, "--format", "html")
    assert (code, "<!doctype html>" in page.lower(), "oom.import" in page) == (0, True, True)
    code, page, _ = invoke(place, "catalog", "show", OOM, "--format", "md")
    assert (code, page.startswith("#")) == (0, True)


def test_output_goes_to_a_file(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    code, out, _ = invoke(place, "catalog", "show", OOM, "--format", "html", "--output", file)
    assert (code, out) == (0, "")
    assert file.read_text().lower().startswith("<!doctype html>")


def test_a_run_that_failed_says_why(place: Path) -> None:
    code, out, _ = invoke(place, "catalog", "show", "cases/hangs")
    assert (code, "timeout: not done in 60 s" in out) == (0, True)
    code, out, err = invoke(place, "catalog", "show", "cases/hangs", "--format", "html")
    assert (code, out) == (2, "")
    assert "could not be analyzed and has no report: timeout" in err


def test_a_report_of_another_version_is_shown_as_json(tmp_path: Path) -> None:
    result = runs.result_of("cases/oom_import")
    report = json.loads(bytes(result.report)) | {"schema": "h2o-forensics/report/0", "new": 1}
    old = runs.with_report(result, report)
    place = tmp_path / "old.catalog"
    runs.real_catalog(place, [old])
    code, out, _ = invoke(place, "catalog", "show", OOM, "--format", "json")
    assert (code, json.loads(out)) == (0, report)
    code, out, err = invoke(place, "catalog", "show", OOM)
    assert (code, out) == (2, "")
    assert "--format json only; scan again" in err


def test_runs_as_text_have_whole_lines(place: Path) -> None:
    code, out, _ = invoke(place, "catalog", "runs")
    head, rule, *rows, count = out.splitlines()
    assert (code, count) == (0, "6 rows")
    assert head.split() == [
        "at", "run", "verdict", "condition", "cloud_name", "h2o_version", "name",
    ]  # fmt: skip
    assert set(rule) == {"-", " "}
    assert next(row for row in rows if "oom_import" in row).split() == [
        "2026-11-22", "05:55Z", "aa1122334455", "incident", "oom.import", "lab", "3.46.0.12",
        "cases/oom_import",
    ]  # fmt: skip
    assert next(row for row in rows if "hangs" in row).split()[3] == "failed"


def test_runs_for_programs_have_all_columns(place: Path) -> None:
    code, out, _ = invoke(place, "catalog", "runs", "--format", "csv", "--condition", "oom.*")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (code, row["run"], row["cause_at"]) == (0, OOM, "2026-11-22T05:55:04.361Z")
    assert row["xmx_bytes"] == "160956416"
    code, out, _ = invoke(place, "catalog", "runs", "--format", "json", "--limit", "2")
    assert len(json.loads(out)) == 2
    code, out, _ = invoke(place, "catalog", "runs", "--format", "json", "--cloud", "nobody's")
    assert (code, json.loads(out)) == (0, [])


def test_findings_are_filtered_like_runs(place: Path) -> None:
    arguments = ("--verdict", "incident", "--version", "3.46.*", "--match", "cases/node_*")
    code, out, _ = invoke(place, "catalog", "findings", *arguments, "--format", "json")
    rows = json.loads(out)
    assert (code, {row["name"] for row in rows}) == (0, {"cases/node_killed"})
    assert rows[0]["facts"].startswith("{")
    code, out, _ = invoke(place, "catalog", "findings", "--condition", "node.killed")
    assert (code, " root_cause " in out) == (0, True)


def test_query_answers(place: Path, tmp_path: Path) -> None:
    sql = "SELECT condition, COUNT(*) AS n FROM runs WHERE condition LIKE 'oom%' GROUP BY condition"
    code, out, err = invoke(place, "query", sql)
    assert (code, err) == (0, "")
    assert out.splitlines() == ["condition   n", "----------  -", "oom.import  1", "1 row"]
    code, out, _ = invoke(place, "query", sql, "--format", "json")
    assert json.loads(out) == [{"condition": "oom.import", "n": 1}]
    code, out, _ = invoke(place, "query", sql, "--format", "csv", "--output", "-")
    assert out == "condition,n\noom.import,1\n"
    file = tmp_path / "answer.parquet"
    code, out, _ = invoke(place, "query", sql, "--format", "parquet", "--output", file)
    assert (code, pl.read_parquet(file).rows()) == (0, [("oom.import", 1)])


def test_query_from_stdin_and_the_environment(place: Path) -> None:
    result = RUN.invoke(
        cli.app, ["query", "-"], input="SELECT COUNT(*) AS n FROM runs;\n",
        env={"H2O_FORENSICS_CATALOG": str(place)},
    )  # fmt: skip
    assert (result.exit_code, result.stdout.splitlines()) == (0, ["n", "-", "6", "1 row"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    (
        (("query", "SELECT condtion FROM runs"), "no column 'condtion'; nearest: condition"),
        (("query", "SELECT * FROM rums"), "no table 'rums' in a catalog; nearest: runs"),
        (("query", "SELECT * FROM read_csv('/etc/passwd')"), "only tables of the catalog"),
        (("query", "DROP TABLE runs"), "give one SELECT"),
        (("catalog", "show", "cases/oom_inport"), "nearest: cases/oom_import"),
        (("catalog", "show", "--format", "html"), "give RUN"),
        (("catalog", "runs", "--output", "/nowhere/x.csv"), "cannot be written"),
    ),
)
def test_wrong_usage_is_one_line_and_two(place: Path, arguments: tuple[str], said: str) -> None:
    code, out, err = invoke(place, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", (("catalog", "show"), ("query", "SELECT 1 FROM runs")))
def test_no_catalog_there(tmp_path: Path, command: tuple[str]) -> None:
    code, _, err = invoke(tmp_path / "none", *command)
    assert (code, "there is no catalog" in err) == (2, True)
    assert not (tmp_path / "none").exists()
    result = RUN.invoke(cli.app, list(command), env={"H2O_FORENSICS_CATALOG": ""})
    assert (result.exit_code, "--catalog DIR" in result.stderr) == (2, True)


def test_verify_tells_by_its_exit_code(tmp_path: Path) -> None:
    place = tmp_path / "runs.catalog"
    catalog = runs.real_catalog(place, [runs.result_of("cases/oom_import")])
    assert invoke(place, "catalog", "verify") == (0, "no fault found\n", "")
    (table,) = (place / "tables" / "findings").iterdir()
    whole = catalog.table("findings").collect()
    table.write_bytes(b"torn")
    code, out, _ = invoke(place, "catalog", "verify", "--repair")
    assert (code, "findings" in out, "fault" in out) == (1, True, True)
    assert invoke(place, "catalog", "verify") == (0, "no fault found\n", "")
    code, out, _ = invoke(place, "query", "SELECT COUNT(*) AS n FROM findings", "--format", "json")
    assert json.loads(out) == [{"n": whole.height}]


def test_prune_says_what_goes(tmp_path: Path) -> None:
    place = tmp_path / "runs.catalog"
    result = runs.result_of("cases/oom_import")
    catalog = runs.real_catalog(place, [result])
    anew = runs.judged_anew("cases/oom_import", "f" * 16)
    runs.add_to(catalog, [anew], seen_ms=5)
    old = place / "results" / "aa" / f"{result.run}-{result.analysis}.json.zst"
    os.utime(old, (1, 1))
    code, out, _ = invoke(place, "catalog", "prune", "--dry-run")
    assert (code, old.name in out, "1 would be removed" in out, old.exists()) == (
        0, True, True, True,
    )  # fmt: skip
    code, out, _ = invoke(place, "catalog", "prune")
    assert (code, "1 removed" in out, old.exists()) == (0, True, False)
    assert encode_result(anew) == catalog.read_result(anew.run, anew.analysis)


def test_a_result_that_is_lost_is_one_line(tmp_path: Path) -> None:
    place = tmp_path / "runs.catalog"
    runs.real_catalog(place, [runs.result_of("cases/oom_import")])
    (file,) = (place / "results" / "aa").iterdir()
    file.write_bytes(b"torn")
    code, out, err = invoke(place, "catalog", "show", "cases/oom_import")
    assert (code, out) == (2, "")
    assert "damaged" in err


@pytest.mark.parametrize("width", (8, 20, 40, 79, 200))
def test_text_keeps_to_the_terminal(width: int) -> None:
    rows: list[list[object]] = [
        ["a" * 300, "b\x1b[31m\nc", None, "漢字" * 40],
        [1.5, True, [1, "x"], ""],
    ]
    text = as_text(["first", "second", "third", "fourth"], rows, width)
    assert "\x1b" not in text
    assert all(len(line) <= width for line in text.splitlines())
    wide = [line for line in text.splitlines() if "漢" in line]
    assert all(len(line) + sum(one in "漢字" for one in line) <= width * 2 for line in wide)
    assert text.endswith("2 rows\n")


def test_columns_that_stay_whole() -> None:
    text = as_text(["id", "words"], [["0123456789abcdef", "x" * 90]], 60, whole={"id"})
    assert "0123456789abcdef  " in text
    assert max(map(len, text.splitlines())) == 60


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_on_a_narrow_terminal(place: Path) -> None:
    code = (
        "import fcntl, struct, sys, termios\n"
        "fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 34, 0, 0))\n"
        "import typer\n"
        "from h2o_forensics.cli.catalog_commands import catalog_app\n"
        f"catalog_app(['runs', '--catalog', {str(place)!r}])\n"
    )
    master, slave = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen([sys.executable, "-c", code], stdout=slave, env=environment) as process:
        os.close(slave)
        said = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            said += part
        assert process.wait() == 0
    os.close(master)
    lines = said.decode().replace("\r", "").splitlines()
    assert "verdict: incident" in lines
    assert max(map(len, lines)) <= 34
