"""`h2o-forensics scan` from the command line."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from h2o_forensics import cli, open_catalog
from h2o_forensics.catalog.verify import NOTE
from tests import batch_many
from tests.batch_archive import make_archive, make_old, state, table
from tests.batch_many import LOG, add_runs, text

pytestmark = pytest.mark.slow
RUN = CliRunner()
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120


def invoke(archive: object, catalog: object, *options: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    words = [str(one) for one in ("scan", archive, "--workers", 2, "--settle", 0, *options)]
    where = [] if catalog is None else ["--catalog", str(catalog)]
    result = RUN.invoke(cli.app, [*words, *where], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def line(archive: object, catalog: object, *options: object) -> list[str]:
    words = ("scan", archive, "--catalog", catalog, "--settle", 0, *options)
    return [sys.executable, "-m", "h2o_forensics", *map(str, words)]


def summary(catalog: Path, archive: Path, *options: object) -> Any:
    code, out, _err = invoke(archive, catalog, "--summary", "-", "--quiet", *options)
    assert code == 0
    return json.loads(out)


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    add_runs(tmp_path / "archive", range(4))
    return tmp_path / "archive", tmp_path / "catalog"


@pytest.mark.parametrize(
    ("options", "complaint"),
    (
        ((), "--catalog DIR"),
        (("--catalog", "c", "--newer-than", "soon"), "--newer-than soon"),
        (("--catalog", "c", "--newer-than", "2026-13-01"), "no time"),
        (("--catalog", "c", "--workers", "0"), "--workers"),
        (("--catalog", "c", "--limit", "0"), "--limit"),
        (("--catalog", "c", "--timeout", "0"), "--timeout"),
        (("--catalog", "c", "--settle", "-1"), "--settle"),
        (("--catalog", "c", "--format", "pdf"), "pdf"),
        (("--catalog", "c", "--fail-on", "awful"), "awful"),
        (("--catalog", "c", "--workers", "2", "--dask", "tcp://x:1"), "--dask"),
        (("--catalog", "c", "--timezone", "Nowhere/Land"), "Nowhere/Land"),
        (("--catalog", "c", "--config", "no/such.toml"), "no/such.toml"),
    ),
)
def test_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: Sequence[str], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    add_runs(tmp_path / "archive", [1])
    result = RUN.invoke(cli.app, ["scan", "archive", *options], env={"COLUMNS": "200"})
    assert result.exit_code == 2, result.output
    assert complaint in result.stderr
    assert result.stdout == ""
    assert [one.name for one in tmp_path.iterdir()] == ["archive"]


def test_an_archive_that_is_missing_makes_no_catalog(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    for options in ((), ("--dry-run",)):
        code, out, err = invoke(tmp_path / "nowhere", catalog, *options)
        assert (code, out) == (3, "")
        assert "nowhere: No such file or directory" in err
        assert not catalog.exists()


def test_rules_that_are_broken(small: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "ACM001_x.yaml").write_text("id: [", encoding="utf-8")
    for options in (("--rules", tmp_path / "pack"), ("--disable", "NOPE999")):
        code, out, err = invoke(*small, *options)
        assert (code, out) == (4, "")
        assert "the rules are broken" in err
        assert not small[1].exists()


def test_a_place_that_holds_something_else(small: tuple[Path, Path]) -> None:
    code, _out, err = invoke(small[0], small[0])
    assert code == 2
    assert "holds other files and no catalog" in err


def test_an_empty_archive_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    code, out, err = invoke(tmp_path / "archive", tmp_path / "catalog")
    assert (code, out) == (0, "")
    assert "no runs found" in err
    (tmp_path / "archive" / "notes.xlsx").write_text("nothing of H2O's", encoding="utf-8")
    record = summary(tmp_path / "catalog", tmp_path / "archive", "--fail-on", "info")
    assert (record["found"], record["ended"] is None) == (0, False)
    code, out, _err = invoke(tmp_path / "archive", None, "--dry-run")
    assert (code, out.splitlines()[0]) == (0, "0 runs, 0 files, 0 B")
    assert "notes.xlsx" in out or "left out: 1" in out


def test_an_archive_whose_disk_is_not_mounted_changes_nothing(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    assert invoke(archive, catalog)[0] == 0
    before = state(catalog)
    elsewhere = archive.rename(archive.with_name("elsewhere"))
    archive.mkdir()
    code, out, err = invoke(archive, catalog)
    assert (code, out) == (3, "")
    assert "mounted" in err
    assert state(catalog) == before
    archive.rmdir()
    elsewhere.rename(archive)
    record = summary(catalog, archive)
    assert (record["unchanged"], record["gone"]) == (4, 0)


def test_a_dry_run_lists_and_writes_nothing(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    code, out, err = invoke(archive, catalog, "--dry-run")
    assert (code, err) == (0, "")
    for number in range(4):
        assert f"run_{number:03}.zip" in out
    assert "4 runs, 4 files" in out
    assert not catalog.exists()
    code, out, _err = invoke(archive, None, "--dry-run", "--limit", 1, "--match", "*_003*")
    assert "run_003.zip" in out
    assert "1 run, 1 file," in out
    assert "run_001" not in out


def test_only_what_is_wanted(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    assert summary(catalog, archive, "--match", "run_00[12]*")["analyzed"] == 2
    assert summary(catalog, archive, "--limit", 1)["analyzed"] == 1
    new = archive / "run_003.zip"
    now = time.time()
    os.utime(new, (now - 3600, now - 3600))
    recent = summary(catalog, archive, "--newer-than", "7d")
    everything = summary(catalog, archive)
    assert recent["found"] + everything["found"] == 4 + 4  # a day old is newer than 7 days
    os.utime(archive / "run_000.zip", (now - 8 * 86400, now - 8 * 86400))
    assert summary(catalog, archive, "--newer-than", "7d")["found"] == 3
    assert summary(catalog, archive, "--newer-than", "2h")["found"] == 1
    assert len(table(catalog, "runs")) == 4
    assert summary(catalog, archive)["gone"] == 0


def test_the_summary_is_all_there_is_on_stdout(small: tuple[Path, Path], tmp_path: Path) -> None:
    archive, catalog = small
    (archive / "cut.zip").write_bytes(batch_many.encrypted())
    make_old(archive)
    done = subprocess.run(
        line(archive, catalog, "--summary", "-", "--workers", 2),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    record = json.loads(done.stdout)
    assert (record["schema"], record["found"]) == ("h2o-forensics/scan/1", 5)
    assert (record["analyzed"], record["failed"]) == (4, 1)
    assert len(record["problems"]) == 1
    assert "\x1b" not in done.stderr  # no terminal: nothing is drawn
    assert "\r" not in done.stderr
    said = done.stderr.splitlines()
    assert said[0].startswith("h2o-forensics: cut.zip: ")
    assert [one for one in said if one.startswith("5 runs: ")]
    assert len(said) < 8
    code, out, err = invoke(archive, catalog, "--summary", tmp_path / "s.json", "--quiet")
    assert (code, out, err) == (0, "", "")
    assert json.loads((tmp_path / "s.json").read_text())["unchanged"] == 5


def test_it_fails_on_what_is_grave_and_new(tmp_path: Path) -> None:
    archive, catalog = make_archive(tmp_path / "archive", ("oom_import",)), tmp_path / "catalog"
    news = ("--fail-on", "high", "--since-last")
    assert invoke(archive, catalog, *news)[0] == 1
    assert invoke(archive, catalog, *news)[0] == 0
    assert invoke(archive, catalog, "--fail-on", "high")[0] == 1
    add_runs(archive, [1])
    assert invoke(archive, catalog, *news)[0] == 0
    assert invoke(archive, catalog, "--fail-on", "info", "--since-last")[0] == 0
    make_archive(tmp_path / "other", ("disk_full",))
    assert invoke(tmp_path / "other", catalog)[0] == 0
    assert invoke(archive, catalog, *news)[0] == 0  # it was told by the scan of the other
    assert invoke(archive, catalog, "--fail-on", "high")[0] == 1


def test_pages_and_reports(small: tuple[Path, Path]) -> None:
    archive, catalog = small
    code, _out, err = invoke(archive, catalog, "--reports", "--format", "md", "--format", "text")
    assert code == 0
    assert sorted(one.name for one in catalog.glob("fleet.*")) == ["fleet.md", "fleet.txt"]
    assert f"{catalog}/fleet.md" in err
    runs = {run for (run,) in table(catalog, "runs", "run")}
    assert {one.stem for one in catalog.glob("reports/*.html")} == runs
    assert invoke(archive, catalog)[0] == 0
    assert json.loads((catalog / "fleet.json").read_text())
    assert (catalog / "fleet.html").read_text().startswith("<!doctype html>")


def strange(folder: Path) -> int:
    """Runs with names that are hard to write."""
    names = [
        b"with a space",
        "größer 日本".encode(),
        b"no \xff\xfe utf-8",
        b"line\nend",
        b"-x",
        b"a'b",
    ]
    for number, name in enumerate(names):
        place = os.path.join(os.fsencode(folder), name)  # noqa: PTH118 - names that are no text
        os.makedirs(place)  # noqa: PTH103
        with open(os.path.join(place, LOG.encode()), "wb") as file:  # noqa: PTH118, PTH123
            file.write(text(number).encode())
        with open(os.path.join(place, b"std\xe9rr.log"), "wb") as file:  # noqa: PTH118, PTH123
            file.write(b"of this run\n")
    make_old(folder)
    return len(names)


def test_names_that_are_hard_to_write(tmp_path: Path) -> None:
    archive = tmp_path / "an archive \udcff é"
    archive.mkdir()
    count = strange(archive)
    catalog = archive / "the catalog"  # it is no run of its archive
    done = subprocess.run(
        line(os.fsdecode(os.fsencode(archive)), catalog, "--summary", "-", "--reports"),
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["found"], record["analyzed"], record["problems"]) == (count, count, [])
    again = subprocess.run(
        line(os.fsdecode(os.fsencode(archive)), catalog, "--summary", "-"),
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=PATIENCE_S,
    )
    record = json.loads(again.stdout)
    assert (record["found"], record["unchanged"], record["gone"]) == (count, count, 0)
    assert b"\x1b" not in done.stderr + again.stderr
    names = {name for (name,) in table(catalog, "runs", "name")}
    assert len(names) == count
    assert {"with a space", "größer 日本"} <= names


def test_a_catalog_in_its_archive_is_no_run(small: tuple[Path, Path]) -> None:
    archive = small[0]
    assert summary(archive / "catalog", archive, "--reports")["found"] == 4
    record = summary(archive / "catalog", archive)
    assert (record["found"], record["unchanged"]) == (4, 4)
    assert summary(small[1], archive)["found"] == 4  # another's catalog neither


def on_a_terminal(command: Sequence[str], columns: int) -> tuple[int, str]:
    """Exit code, and what a terminal of this width was sent."""
    ours, theirs = pty.openpty()
    subprocess.run(["stty", "cols", str(columns), "rows", "24"], stdin=theirs, check=True)
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs, stdin=theirs
    ) as process:
        os.close(theirs)
        sent = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            sent += piece
        code = process.wait(PATIENCE_S)
    os.close(ours)
    return code, sent.decode()


@pytest.mark.parametrize("columns", (30, 120))
def test_a_terminal_is_shown_how_far_it_is(tmp_path: Path, columns: int) -> None:
    add_runs(tmp_path / "archive", range(40))
    code, sent = on_a_terminal(
        line(tmp_path / "archive", tmp_path / "catalog", "--workers", 1), columns
    )
    assert code == 0
    drawn, _, rest = sent.rpartition("\r\x1b[K")
    lines = drawn.split("\r\x1b[K")
    assert any(one.startswith("analyzing: ") for one in lines)
    assert max(map(len, lines)) < columns
    assert "\n" not in drawn
    assert rest.startswith("40 runs: 40 analyzed")
    if columns > 60:
        assert any(re.search(r"\d+ of 40 runs, \d of \d MiB, \d+ s left$", one) for one in lines)


def wait_for(catalog: Path, what: str, process: subprocess.Popen[str]) -> None:
    while not list(catalog.glob(what)):
        assert process.poll() is None
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_what_was_done(tmp_path: Path) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    add_runs(archive, range(40))
    (archive / "hangs.zip").write_bytes(batch_many.run_zip(-4))
    make_old(archive)
    script = tmp_path / "slow.py"
    script.write_text(
        "from h2o_forensics.batch import pool, scan\n"
        "real = scan.Pool\n"
        f"scan.Pool = lambda count, memory, entry: real(count, memory, {batch_many.ENTRY!r})\n"
        "from h2o_forensics.cli import main\n"
        "main()\n",
        encoding="utf-8",
    )
    with subprocess.Popen(
        [sys.executable, str(script), *line(archive, catalog, "--workers", 2)[3:]],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while len(list(catalog.glob("results/*/*"))) < 40:  # and one that hangs for ten minutes
            assert process.poll() is None
            time.sleep(0.05)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (130, "")
    assert "scan again, it goes on from here" in err
    assert "Traceback" not in err
    assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []
    opened = open_catalog(str(catalog))
    assert [one for one in opened.verify() if not one.startswith(NOTE)] == []
    assert len(table(catalog, "runs")) == 40
    assert opened.scans()[-1].ended is None
    record = summary(catalog, archive)
    assert (record["unchanged"], record["analyzed"], len(record["fresh"])) == (40, 1, 41)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_twice_ends_at_once(tmp_path: Path) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    add_runs(archive, range(100))
    with subprocess.Popen(
        line(archive, catalog, "--workers", 2),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for(catalog, "results/*/*", process)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGSTOP)  # both are there before it hears of one
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []
    assert [one for one in open_catalog(str(catalog)).verify() if not one.startswith(NOTE)] == []
    assert summary(catalog, archive)["found"] == 100
    assert len(table(catalog, "runs")) == 100
