"""A real Dask cluster for tests: a scheduler and workers, each a process of its own on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from h2o_forensics.model.catalog import RunOutcome, RunTask

ROOT = Path(__file__).resolve().parents[1]
_START_S = 60.0


class Cluster:
    """Started by `cluster`, which ends what is left of it."""

    def __init__(self, folder: Path, settings: dict[str, str], *, package: bool) -> None:
        self._folder, self._package = folder, package
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            **settings,
        }
        card = folder / "scheduler.json"
        arguments = ("--port", "0", "--no-dashboard", "--scheduler-file", str(card))
        self.scheduler = self._start("scheduler", *arguments)
        wait_until(lambda: card.exists() and card.stat().st_size > 0)
        self.address = str(json.loads(card.read_text(encoding="utf-8"))["address"])
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Give a worker that is ready; without a nanny unless asked for."""
        folder = self._folder / f"worker{len(self.workers)}"
        folder.mkdir()
        worker = self._start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(folder), *(arguments or ("--no-nanny",)),
        )  # fmt: skip
        self.workers.append(worker)
        log = self.log(worker)
        wait_until(lambda: "Registered to" in log.read_text(encoding="utf-8"))
        return worker

    def log(self, process: subprocess.Popen[bytes]) -> Path:
        return next(self._folder.glob(f"{process.pid}.log"))

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = dict(self._environment)
        environment["PYTHONPATH"] = str(ROOT if self._package else self._without_package())
        log = self._folder / f"{what}.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", what, "--host", "127.0.0.1", *arguments],
                env=environment, cwd=self._folder, stdin=subprocess.DEVNULL,
                stdout=stream, stderr=stream, start_new_session=True,
            )  # fmt: skip
        log.rename(self._folder / f"{process.pid}.log")
        return process

    def _without_package(self) -> Path:
        """Where it is sought first, and not found: the tests' Python may have it installed."""
        folder = self._folder / "without"
        folder.mkdir(exist_ok=True)
        missing = "No module named 'h2o_forensics'"
        text = f'raise ModuleNotFoundError("{missing}", name="h2o_forensics")\n'
        (folder / "h2o_forensics.py").write_text(text, encoding="utf-8")
        return folder

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            for one in descendants(process.pid):
                one.kill()
            process.kill()
            process.wait()


@contextmanager
def cluster(
    folder: Path, workers: int = 2, settings: dict[str, str] | None = None, *, package: bool = True
) -> Iterator[Cluster]:
    """Give a cluster, with nothing of it left afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Cluster(folder, settings or {}, package=package)
    try:
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        made.end()


def kill(process: subprocess.Popen[bytes]) -> None:
    """As a machine that is gone: nothing is told."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def working(made: Cluster) -> int:
    """How many processes of ours there are on its workers; those without a nanny."""
    ours = (one for worker in made.workers for one in descendants(worker.pid))
    return sum(one.status() != psutil.STATUS_ZOMBIE for one in ours)


def wait_until(there: Callable[[], bool], seconds: float = _START_S) -> None:
    """Wait for a function to give true."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.05)


def poison(given: RunTask) -> RunOutcome:
    """Entry of a worker: a run named so kills the Dask worker it is on."""
    if given.run.name == "poison":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    return RunOutcome("analyze", given.run.location, status="analyzed")


def hang(_given: RunTask) -> RunOutcome:
    """Entry of a worker: it never comes to an end."""
    time.sleep(600)
    raise AssertionError
