"""A run that is ended early gives a report on what was read, which says so."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from h2o_forensics.budget import Budget
from h2o_forensics.cli import outcome
from h2o_forensics.cli.interrupt import interruptible
from h2o_forensics.model.rule import measures_of
from h2o_forensics.pipeline import analyze
from h2o_forensics.report import build_report, to_json
from h2o_forensics.rulebook import load_rulebook

ENV = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
NODE = "10.0.0.3:54321          4242"
RECORDS = "".join(
    f"11-22 05:57:{second:02d}.{ms:03d} {NODE}        FJ-1-1  INFO water.default: "
    f"Building chunk {ms} of a frame that is as long as frames are, {second} s into it\n"
    for second in range(60)
    for ms in range(0, 1000, 10)
)
START = f"11-22 05:57:00.000 {NODE}          main  INFO water.default: ----- H2O started  -----\n"
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 200 MB of one healthy node's log: some seconds of work."""
    folder = tmp_path_factory.mktemp("large")
    block = RECORDS * 2
    with (folder / "h2o_10.0.0.3_54321-3-info.log").open("w") as log:
        log.write(START)
        for _ in range(200 * 2**20 // len(block)):
            log.write(block)
    (folder / "z_never_reached.log").write_text(START + RECORDS[:10_000])
    return folder


def command(large: Path, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "h2o_forensics", "analyze", str(large)),
        *("--format", "json", "--output", "r.json", *options),
    ]


def report_in(folder: Path) -> Any:
    return json.loads((folder / "r.json").read_bytes())


def check_partial(report: Any, why: str) -> None:
    assert report["verdict"] == "insufficient_evidence"
    assert report["summary"].startswith("Partial report. ")
    assert any(why in sentence for sentence in report["partial"])
    stopped = [problem for problem in report["problems"] if problem["code"] == "stopped"]
    assert any(why in problem["message"] for problem in stopped)
    whole = [item for item in report["artifacts"] if item["path"] == "z_never_reached.log"]
    assert all(item["state"] == "refused" for item in whole)


@pytest.mark.slow
def test_a_timeout_gives_a_partial_report(large: Path, tmp_path: Path) -> None:
    began = time.monotonic()
    done = subprocess.run(
        command(large, "--timeout", "0.5", "--quiet"),
        cwd=tmp_path, env=ENV, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "PARTIAL REPORT" in done.stderr
    assert "--timeout 0.5" in done.stderr
    check_partial(report_in(tmp_path), "--timeout 0.5")
    assert time.monotonic() - began < 30


def test_memory_that_is_full_before_reading_begins_is_said(large: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        command(large, "--max-memory", "20"),
        cwd=tmp_path, env=ENV, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == outcome.NOTHING_READABLE
    assert "Ended before anything was read: the memory limit was reached" in done.stderr


def test_memory_that_fills_gives_a_partial_analysis(large: Path) -> None:
    held = iter(range(30, 10_000))
    budget = Budget(memory_mb=100, resident=lambda: next(held) * 2**20)
    analysis = analyze(large, budget=budget)
    report = json.loads(to_json(build_report(analysis)))
    check_partial(report, "--max-memory 100")


def healthy_log(folder: Path) -> Path:
    log = folder / "h2o_10.0.0.3_54321-3-info.log"
    log.write_text(START + RECORDS[:50_000])
    return log


def test_rules_that_were_not_evaluated_are_named(tmp_path: Path) -> None:
    log, asked = healthy_log(tmp_path), iter(range(10_000))
    budget = Budget(seconds=1000)
    # The limit is reached when nine rules were evaluated: the measures ask before, each and all.
    before = 1 + sum(len(list(measures_of(rule.when))) for rule in load_rulebook().rules)
    reached = before + 9
    budget.stop_judging = lambda: "it took too long" if next(asked) >= reached else None  # type: ignore[method-assign]
    analysis = analyze(log, budget=budget)
    assert analysis.diagnosis.verdict == "insufficient_evidence"
    problem = next(one for one in analysis.case.problems if one.artifact == "rules")
    rules = [rule.id for rule in load_rulebook().rules]
    assert not set(rules[:9]) & set(re.findall(r"[A-Z]{3}[0-9]{3}", problem.message))
    assert rules[-1] in problem.message
    assert "were not evaluated" in analysis.partial[0]


def test_a_whole_run_says_nothing_of_it(tmp_path: Path) -> None:
    analysis = analyze(healthy_log(tmp_path), budget=Budget(seconds=1000, memory_mb=100_000))
    assert analysis.partial == ()
    assert not [one for one in analysis.case.problems if one.code == "stopped"]


def started(large: Path, folder: Path) -> subprocess.Popen[str]:
    """A run that reads: it has the log open."""
    run = subprocess.Popen(command(large), cwd=folder, env=ENV, stderr=subprocess.PIPE, text=True)
    log = str(next(large.glob("h2o_*.log")).resolve())
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and run.poll() is None:
        try:
            links = {str(link.resolve()) for link in Path(f"/proc/{run.pid}/fd").iterdir()}
        except OSError:
            links = set()
        if log in links:
            return run
        time.sleep(0.01)
    run.kill()
    pytest.fail(f"did not begin to read: {run.communicate()}")


@posix
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at open files")
def test_ctrl_c_gives_a_partial_report(large: Path, tmp_path: Path) -> None:
    run = started(large, tmp_path)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    assert "Ctrl-C again ends at once" in err
    assert "PARTIAL REPORT" in err
    check_partial(report_in(tmp_path), "Ctrl-C")


@posix
def test_the_second_ctrl_c_ends_at_once(tmp_path: Path) -> None:
    code = (
        "import os, signal, time\n"
        "from h2o_forensics.cli.interrupt import interruptible\n"
        "heard = []\n"
        "with interruptible(lambda: heard.append(1)):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    assert heard == [1]\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(30)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=ENV, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == outcome.INTERRUPTED
    assert "no report was written" in done.stderr


@posix
def test_what_ctrl_c_did_before_it_does_afterwards() -> None:
    usual = signal.getsignal(signal.SIGINT)
    with interruptible(lambda: None):
        assert signal.getsignal(signal.SIGINT) is not usual
    assert signal.getsignal(signal.SIGINT) is usual


def test_threads_leave_signals_alone() -> None:
    seen = []

    def work() -> None:
        usual = signal.getsignal(signal.SIGINT)
        with interruptible(lambda: None):
            seen.append(signal.getsignal(signal.SIGINT) is usual)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]
