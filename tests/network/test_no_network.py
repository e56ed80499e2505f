"""Nothing touches the network unless a URL was given: a whole run without any gives the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENV = os.environ | {"PYTHONPATH": str(ROOT)}
NODE = "10.0.0.3:54321          4242"
LOG = (
    f"11-22 05:57:10.101 {NODE}          main  INFO water.default: ----- H2O started  -----\n"
    f"11-22 05:57:11.178 {NODE}        FJ-1-1 ERROR water.default: Attempting to join an H2O cloud "
    "that is no longer accepting new H2O nodes from /10.0.0.1:54321\n"
    f"11-22 05:57:11.179 {NODE}        FJ-1-1 FATAL water.default: Exiting.\n"
)
# Python's own hooks hear of every socket that is made and every name that is looked up.
FORBID = """\
import sys

def hear(event, _arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise AssertionError("the network was touched")

sys.addaudithook(hear)
from h2o_forensics.cli import main
main()
"""


@pytest.fixture
def given(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "h2o_10.0.0.3_54321-3-info.log").write_text(LOG)
    shutil.make_archive(str(folder / "more"), "zip", folder)
    return folder


def run(command: list[str], given: Path) -> subprocess.CompletedProcess[bytes]:
    words = ["analyze", str(given), "--format", "json", "--output", "-"]
    return subprocess.run(
        [*command, *words], env=ENV, capture_output=True, check=False, timeout=120
    )


def test_a_run_with_sockets_forbidden_gives_the_same(given: Path) -> None:
    usual = run([sys.executable, "-m", "h2o_forensics"], given)
    assert usual.returncode == 0, usual.stderr
    alone = run([sys.executable, "-c", FORBID], given)
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout == usual.stdout
    assert b"no longer accepting" in alone.stdout


def test_the_guard_guards() -> None:
    code = FORBID.replace(
        "from h2o_forensics.cli import main\nmain()",
        "import urllib.request as u; u.urlopen('http://127.0.0.1:9')",
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "the network was touched" in done.stderr


@pytest.mark.slow
def test_every_report_and_command_goes_without(given: Path, tmp_path: Path) -> None:
    for words in (
        ["analyze", str(given), "--format", "html", "--format", "md", "--output", f"{tmp_path}/r/"],
        ["analyze", str(given), "--explain", "CLD001"],
        ["rules", "profile", str(given)],
        ["rules", "list"],
        ["rules", "lint"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", FORBID, *words], env=ENV, capture_output=True, text=True,
            check=False, timeout=120,
        )  # fmt: skip
        assert "the network was touched" not in done.stderr
        assert done.returncode in {0, 1}, done.stderr


def test_a_run_in_a_network_namespace_without_routes_gives_the_same(given: Path) -> None:
    unshare = shutil.which("unshare")
    apart = [unshare or "unshare", "--net", "--map-root-user", "--"]
    if (
        unshare is None
        or subprocess.run([*apart, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no network namespace can be made here")
    usual = run([sys.executable, "-m", "h2o_forensics"], given)
    alone = run([*apart, sys.executable, "-m", "h2o_forensics"], given)
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout == usual.stdout
