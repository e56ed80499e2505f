"""Killed, without space, with what cannot be read: nothing is lost, nothing twice, all is named."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from typer.testing import CliRunner

from h2o_forensics import cli, open_catalog
from h2o_forensics.batch.scan import ScanRequest, Watch, scan
from h2o_forensics.batch.tally import Tally
from h2o_forensics.catalog.verify import NOTE
from h2o_forensics.model.catalog import RunOptions
from tests import batch_many
from tests.batch_archive import CASES, make_archive, make_old, pack, scanned, state, table
from tests.batch_many import BAD, LOG, add_bad, add_runs, text

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals, pipes and limits of POSIX"),
]
ROOT = Path(__file__).resolve().parents[2]
KILLS = 20
PATIENCE_S = 120


def command(archive: Path, catalog: Path, *options: str) -> list[str]:
    given = ["--catalog", str(catalog), "--workers", "2", "--settle", "0", *options]
    return [sys.executable, "-m", "h2o_forensics", "scan", str(archive), *given]


def start(archive: Path, catalog: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(archive, catalog, *options),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and stderr."""
    _out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, err


class Moment(NamedTuple):
    """When to kill: so many more files of a kind are there, and some time passed."""

    files: str
    more: int
    delay_s: float

    def count(self, catalog: Path) -> int:
        """Files of the kind; of pages their age, as they are written anew."""
        found = list(catalog.glob(self.files))
        if self.files.startswith("fleet"):
            return sum(one.stat().st_mtime_ns for one in found)
        return len(found)

    def wait(self, catalog: Path, process: subprocess.Popen[str], before: int) -> bool:
        """Whether it came before the process ended."""
        while process.poll() is None:
            with suppress(FileNotFoundError):
                now = self.count(catalog)
                if now > before and (now - before >= self.more):
                    time.sleep(self.delay_s)
                    return True
            time.sleep(0.002)
        return False


def moments(order: random.Random) -> list[Moment]:
    """Spread over all a scan does: its start, hashing, analysis, publishing, merging, report."""
    kinds = {
        "scans/*": 1.2,  # Workers start, hash and analyze
        "results/*/*": 0.4,
        "tables/runs/*": 0.05,
        "segments/*": 0.1,  # and then they are merged
        "fleet.html": 0.01,
    }
    made = [
        Moment(files, order.randint(1, 3) if files.startswith("results") else 1, order.random() * s)
        for files, s in kinds.items()
        for _ in range(KILLS // 5)
    ]
    order.shuffle(made)
    return made


def looked_at(catalog: Path) -> set[str]:
    """The runs that are seen; everything that reads a catalog works on it."""
    if not (catalog / "catalog.json").exists():
        return set()
    opened = open_catalog(str(catalog))
    assert [line for line in opened.verify() if not line.startswith(NOTE)] == []
    shown = CliRunner().invoke(cli.app, ["catalog", "show", "--catalog", str(catalog)])
    assert shown.exit_code == 0, shown.output
    sql = "select run, count(*) as rows from runs group by run"
    asked = CliRunner().invoke(
        cli.app, ["query", sql, "--format", "json", "--catalog", str(catalog)]
    )
    assert asked.exit_code == 0, asked.output
    rows = json.loads(asked.stdout)
    assert [row for row in rows if row["rows"] != 1] == []
    return {row["run"] for row in rows}


def test_sigkill_at_random_moments(tmp_path: Path) -> None:
    archive, catalog = make_archive(tmp_path / "archive", ("disk_full",)), tmp_path / "catalog"
    order = random.Random(20)  # noqa: S311 - the same each time
    seen, killed = set[str](), list[str]()
    for number, moment in enumerate(moments(order)):
        add_runs(archive, range(3 * number, 3 * number + 3))
        before = moment.count(catalog)
        process = start(archive, catalog)
        family = []
        if moment.wait(catalog, process, before):
            family = psutil.Process(process.pid).children(recursive=True)
            if number % 5 == 0:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        if ended(process)[0] == -signal.SIGKILL:
            killed.append(moment.files)
        assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []
        now = looked_at(catalog)
        assert now >= seen
        seen = now
    assert len(killed) >= KILLS - 4
    assert len(set(killed)) == 5
    assert ended(start(archive, catalog))[0] == 0
    whole = tmp_path / "undisturbed"
    assert ended(start(archive, whole))[0] == 0
    assert len(looked_at(catalog)) == 3 * KILLS + 1
    assert state(catalog) == state(whole)
    last = open_catalog(str(catalog)).scans()[-1]
    assert (last.failed, last.ended is None) == (0, False)


def test_a_failure_that_was_not_published_is_known_to_have_failed(tmp_path: Path) -> None:
    """Killed between a result's file and the tables: the file tells that it is worth a retry."""
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    add_runs(archive, [1])
    (archive / "run_001.zip").rename(archive / "crashes.zip")
    first = scanned(archive, catalog, entry=batch_many.ENTRY)
    assert first.failed == 1
    for folder in ("segments", "tables"):
        shutil.rmtree(catalog / folder)
    second = scanned(archive, catalog, entry=batch_many.ENTRY)
    assert (second.same_content, second.failed) == (1, 0)
    assert table(catalog, "runs", "status", "problem") == [("failed", "crashed")]
    third = scanned(archive, catalog, retry=True)
    assert (third.analyzed, third.failed) == (1, 0)
    assert table(catalog, "runs", "status", "problem") == [("analyzed", None)]


def test_a_result_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    add_runs(archive, range(3))
    scanned(archive, catalog)
    before = state(catalog)
    for folder in ("segments", "tables"):
        shutil.rmtree(catalog / folder)
    next(catalog.glob("results/*/*")).write_bytes(b"rubbish")
    record = scanned(archive, catalog)
    assert (record.same_content, record.analyzed) == (2, 1)
    assert state(catalog) == before


LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from h2o_forensics.cli import main
sys.argv[:2] = ["h2o-forensics"]
main()
"""
FULL = """
import errno, sys
from h2o_forensics.catalog import local_store
left, real = int(sys.argv[1]), local_store._write
def write(path, data):
    global left
    left -= 1
    if left < 0:
        path.write_bytes(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))
    real(path, data)
local_store._write = write
from h2o_forensics.cli import main
sys.argv[:2] = ["h2o-forensics"]
main()
"""


@pytest.mark.parametrize(
    ("how", "limits", "words"),
    (
        (FULL, (0, 2, 5, 9, 12, 15), "No space left on device"),
        (LIMITED, (4000,), "File too large"),
    ),
)
def test_the_disk_is_full(tmp_path: Path, how: str, limits: tuple[int, ...], words: str) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    script = tmp_path / "limited.py"
    script.write_text(how, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for number, limit in enumerate(limits, 1):
        add_runs(archive, range(8 * number))
        line = [sys.executable, str(script), str(limit), *command(archive, catalog)[3:]]
        done = subprocess.run(
            line, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert words in done.stderr
        assert str(catalog) in done.stderr.replace("\n", "")
        assert "Traceback" not in done.stderr
        assert list(catalog.rglob("*tmp*")) == []
        looked_at(catalog)
    assert scanned(archive, catalog).failed == 0
    scanned(archive, tmp_path / "undisturbed")
    assert state(catalog) == state(tmp_path / "undisturbed")


def odd(archive: Path) -> None:
    """Runs of which something is no file, beside good ones."""
    for number, name in enumerate(("pipe", "vanishes", "loop", "swapped", "folder", "gone"), 10):
        target = archive / name
        target.mkdir(parents=True)
        (target / LOG).write_text(text(number), encoding="utf-8")
    os.mkfifo(archive / "pipe" / "more.log")
    (archive / "vanishes" / "stderr.log").write_text("it will not be there\n", encoding="utf-8")
    (archive / "folder" / "logs").mkdir()
    (archive / "folder" / "logs" / "stderr.log").write_text("nor this\n", encoding="utf-8")
    add_runs(archive / "good", range(3))
    (archive / "swapped.zip").write_bytes(batch_many.run_zip(99))
    make_old(archive)
    (archive / "loop" / "again").symlink_to(archive / "loop", target_is_directory=True)
    (archive / "loop" / "nowhere.log").symlink_to(archive / "no such file")


def test_what_vanishes_or_becomes_something_else_harms_no_other(tmp_path: Path) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    archive.mkdir()
    odd(archive)
    done = False

    def change(_stage: str, tally: Tally) -> None:
        """After all was listed, before anything is read."""
        nonlocal done
        if not done and tally.found == 10:
            done = True
            (archive / "vanishes" / "stderr.log").unlink()
            shutil.rmtree(archive / "folder" / "logs")
            shutil.rmtree(archive / "gone")
            (archive / "swapped.zip").unlink()
            os.mkfifo(archive / "swapped.zip")

    request = ScanRequest(
        archives=(str(archive),), catalog=str(catalog), workers=2, settle_s=0, options=WITH_LIMIT
    )
    record = scan(request, Watch(show=change))
    assert done
    assert (record.found, record.failed) == (10, 0)
    assert record.unreadable == 2
    assert sorted(line.partition(":")[0] for line in record.problems) == ["gone", "swapped.zip"]
    states = {Path(str(one)).name: what for one, what in table(catalog, "locations", *PLACE)}
    assert states["gone"] == states["swapped.zip"] == "unreadable"
    assert states["vanishes"] == states["folder"] == "growing"
    assert states["pipe"] == states["loop"] == states["run_001.zip"] == "present"
    assert len(table(catalog, "runs")) == 8
    assert dict_of(catalog)["good/run_001.zip"] == "analyzed"
    again = scan(request)
    assert (again.found, again.unchanged, again.unreadable) == (8, 6, 0)
    assert (again.same_content + again.analyzed, again.gone) == (2, 2)
    after = {Path(str(one)).name: what for one, what in table(catalog, "locations", *PLACE)}
    assert (after["gone"], after["swapped.zip"]) == ("gone", "replaced")
    assert len(table(catalog, "runs")) == 8


WITH_LIMIT = RunOptions(timeout_s=60.0)
PLACE = ("location", "state")


def dict_of(catalog: Path) -> dict[object, object]:
    """Status by name."""
    return {name: status for name, status in table(catalog, "runs", "name", "status")}  # noqa: C416


def test_what_the_disk_cannot_read_is_named(tmp_path: Path) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    add_runs(archive, range(2))
    for name in ("broken", "whole"):
        (archive / name).mkdir()
        (archive / name / LOG).write_text(text(len(name)), encoding="utf-8")
        (archive / name / "stderr.log").write_text(f"of {name}\n", encoding="utf-8")
    (archive / "broken.zip").write_bytes(batch_many.run_zip(7))
    make_old(archive)
    record = scanned(archive, catalog, entry="tests.batch_many:broken_disk")
    assert (record.found, record.unreadable, record.failed, record.analyzed) == (5, 1, 0, 4)
    (line,) = record.problems
    assert line.startswith("broken.zip: ")
    assert "unreadable" in line
    assert "Input/output error" in line
    rows = table(catalog, "problems", "run", "artifact", "message")
    names = {run: name for run, name in table(catalog, "runs", "run", "name")}  # noqa: C416
    told = [(path, message) for run, path, message in rows if names[run] == "broken"]
    assert any("stderr.log" in str(path) and "Input/output" in str(text) for path, text in told)
    record = scanned(archive, catalog)
    assert (record.unchanged, record.same_content + record.analyzed) == (4, 1)


def test_bad_runs_among_good_ones(tmp_path: Path) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    add_runs(archive, range(50))
    add_bad(archive)
    options, memory_mb = RunOptions(timeout_s=3.0), 1500
    given = {"options": options, "memory_mb": memory_mb, "entry": batch_many.ENTRY}
    record = scanned(archive, catalog, **given)
    assert (record.found, record.analyzed, record.failed) == (50 + len(BAD), 52, 5)
    assert record.unreadable == 0
    assert len({str(run) for (run,) in table(catalog, "runs", "run")}) == 57
    rows: dict[Any, list[Any]] = {name: rest for name, *rest in table(catalog, "runs", *STATUS)}
    for number in range(50):
        assert rows[f"run_{number:03}.zip"][:2] == ["analyzed", None]
    codes = {name.removesuffix(".zip"): code for name, (_, code, *_) in rows.items() if code}
    assert codes == {
        "bomb": "nothing", "encrypted": "nothing", "hangs": "timeout", "crashes": "crashed",
        "eats": "memory",
    }  # fmt: skip
    assert "archive bombs" in rows["bomb.zip"][2]
    assert "SIGSEGV" in rows["crashes.zip"][2]
    for name in ("cut.zip", "long.zip"):
        assert rows[name][0] == "analyzed"
        assert rows[name][3] > 0
    again = scanned(archive, catalog, **given)
    assert (again.unchanged, again.failed, again.analyzed) == (57, 0, 0)
    hashed = scanned(archive, catalog, verify=True, **given)
    assert (hashed.same_content, hashed.failed, hashed.analyzed) == (57, 0, 0)
    retried = scanned(archive, catalog, retry=True)
    assert (retried.unchanged, retried.analyzed, retried.failed) == (52, 3, 2)
    assert {name for name, code in table(catalog, "runs", "name", "problem") if code} == {
        "bomb.zip",
        "encrypted.zip",
    }


STATUS = ("name", "status", "problem", "problem_message", "problems")


def test_a_run_that_was_not_finished_in_its_time_is_retried(tmp_path: Path) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    archive.mkdir()
    pack(CASES / "node_killed" / "bundle", archive / "a.zip")
    make_old(archive)
    short = RunOptions(timeout_s=0.01)
    record = scanned(archive, catalog, options=short)
    assert (record.analyzed, record.failed) == (1, 0)
    assert table(catalog, "runs", "partial") == [(True,)]
    assert scanned(archive, catalog).unchanged == 1
    assert scanned(archive, catalog, retry=True).analyzed == 1
    assert table(catalog, "runs", "partial", "condition") == [(False, "node.killed")]
    assert scanned(archive, catalog, retry=True).unchanged == 1


def older(catalog: Path) -> None:
    """Make it what version 0 might have left."""
    for file in (catalog / "catalog.json", *catalog.glob("segments/*")):
        file.write_text(file.read_text().replace("/catalog/1", "/catalog/0"), encoding="utf-8")


def test_a_catalog_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    add_runs(archive, range(3))
    scanned(archive, catalog)
    older(catalog)
    assert len(looked_at(catalog)) == 3
    add_runs(archive, range(2, 5))
    assert ended(start(archive, catalog))[0] == 0
    assert "/catalog/0" not in "".join(one.read_text() for one in catalog.glob("**/*.json"))
    scanned(archive, tmp_path / "fresh")
    assert state(catalog) == state(tmp_path / "fresh")


@pytest.mark.parametrize("file", ("catalog.json", "segments/*"))
def test_a_catalog_of_a_newer_version_is_refused(tmp_path: Path, file: str) -> None:
    archive, catalog = tmp_path / "archive", tmp_path / "catalog"
    add_runs(archive, range(2))
    scanned(archive, catalog)
    (newer,) = catalog.glob(file)
    newer.write_text(newer.read_text().replace("/catalog/1", "/catalog/9"), encoding="utf-8")
    before = {one: one.read_bytes() for one in catalog.rglob("*") if one.is_file()}
    code, err = ended(start(archive, catalog))
    assert code == 2
    assert "newer version" in err
    assert "Upgrade" in err
    assert {one: one.read_bytes() for one in catalog.rglob("*") if one.is_file()} == before
