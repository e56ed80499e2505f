"""Processes timed alternately, and tables of what was measured."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Run(NamedTuple):
    """One process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    rss: int
    """Peak bytes of resident memory."""
    out: str


class Spread(NamedTuple):
    """Several runs of one command."""

    wall: float
    """Median, seconds."""
    low: float
    high: float
    cpu: float
    rss: int
    """Highest peak, bytes."""
    out: str
    """Of the last run."""


def once(command: Sequence[str]) -> Run:
    """Run a process to its end; its own peak memory, as the system counted it."""
    start = time.perf_counter()
    # The package is found from the checkout, whether it is installed or not.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        out = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    kilo = 1 if platform.system() == "Darwin" else 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kilo, out)


def alternate(commands: Sequence[Sequence[str]], rounds: int) -> list[Spread]:
    """Run A B C A B C ...: what disturbs the machine disturbs all."""
    runs: list[list[Run]] = [[] for _ in commands]
    for _ in range(rounds):
        for done, command in zip(runs, commands, strict=True):
            done.append(once(command))
    return [spread(done) for done in runs]


def spread(runs: Sequence[Run]) -> Spread:
    """Summarize runs of one command."""
    walls = [run.wall for run in runs]
    return Spread(
        statistics.median(walls),
        min(walls),
        max(walls),
        statistics.median(run.cpu for run in runs),
        max(run.rss for run in runs),
        runs[-1].out,
    )


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def verdict(ratio: float, bound: float, *, at_least: bool) -> str:
    """Say whether a goal is met."""
    met = ratio >= bound if at_least else ratio <= bound
    return f"{'met' if met else 'MISSED'} ({'>=' if at_least else '<='} {bound:g})"


def machine() -> str:
    """Describe what it was measured on; no names."""
    model, memory = platform.processor() or platform.machine(), 0
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    rows = [
        ("CPU", f"{model}, {os.cpu_count()} cores"),
        ("memory", f"{memory / 2**30:.0f} GiB"),
        ("system", f"{platform.system()} {platform.machine()}"),
        ("load before the start", f"{os.getloadavg()[0]:.2f}"),
        ("Python", platform.python_version()),
        ("ripgrep", once(["rg", "--version"]).out.split("\n")[0]),
        *((name, version(name)) for name in ("hyperscan", "regex", "polars", "isal", "msgspec")),
    ]
    return table(("what", "which"), rows)


def python(script: str, *arguments: str) -> list[str]:
    """Command of a script of this directory."""
    return [sys.executable, str(ROOT / "benchmarks" / script), *arguments]
