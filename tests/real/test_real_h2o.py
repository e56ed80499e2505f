"""A real H2O whose heap is too small for an import: `analyze` finds what was done to it."""

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real.h2o_node import PATIENCE_S, Node, running

ROOT = Path(__file__).parents[2]
ENV = os.environ | {"PYTHONPATH": str(ROOT)}
XMX_MB = 140
CSV_MB = 100
FLAGS = (f"-Xmx{XMX_MB}m", "-XX:+UseSerialGC", "-Xlog:gc*:file=gc.log:time,uptime,level,tags")
pytestmark = [pytest.mark.slow]


def wait_for_end(node: Node) -> None:
    """Wait until the job has ended, or for as long as patience lasts: its heap may crawl."""
    end = time.monotonic() + PATIENCE_S
    status = "RUNNING"
    while time.monotonic() < end and status in {"CREATED", "RUNNING"}:
        time.sleep(0.5)
        with contextlib.suppress(OSError):  # a time-out: it does nothing but collect
            for job in node.ask("/3/Jobs")["jobs"]:
                if job["dest"]["name"] == "too_big.hex":
                    status = job["status"]


def write_csv(path: Path) -> None:
    """Write numbers of few characters and many magnitudes: eight bytes each in memory."""
    draw = random.Random(1)  # noqa: S311 - nothing secret
    rows = (
        ",".join(f"{draw.randrange(1, 10)}e{draw.randrange(-99, 99)}" for _ in range(20))
        for _ in range(10_000)
    )
    block = "\n".join(rows) + "\n"
    with path.open("w", encoding="ascii") as out:
        out.write(",".join(f"c{number}" for number in range(20)) + "\n")
        for _ in range(CSV_MB * 1_000_000 // len(block)):
            out.write(block)


def written(folder: Path) -> Iterator[Path]:
    """What H2O and its JVM printed, the GC log apart."""
    yield folder / "stdout.txt"
    yield from (folder / "logs").rglob("*.log")


def analyzed(folder: Path) -> dict[str, Any]:
    words = [sys.executable, "-m", "h2o_forensics", "analyze", str(folder)]
    done = subprocess.run(
        [*words, "--format", "json", "--output", "-", "--quiet"],
        env=ENV, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return dict(json.loads(done.stdout))


def test_an_import_that_cannot_fit_is_found(java: Path, jar: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    csv = tmp_path / "too_big.csv"
    write_csv(csv)
    with running(java, jar, bundle, flags=FLAGS, name="too_small") as node:
        node.wait()
        with contextlib.suppress(OSError):  # the heap may fill up before it has answered
            node.parse(csv, "too_big.hex")
        wait_for_end(node)
    report = analyzed(bundle)
    assert report["verdict"] == "incident"
    first = report["root_causes"][0]
    # An allocation that threw, else a heap that lets nothing else happen. The job's own status may
    # not tell: a node that crawls answers too late, or never.
    threw = any(b"java.lang.OutOfMemoryError" in log.read_bytes() for log in written(bundle))
    # H2O's own warnings tell of a heap that is full of data before anything throws, or instead.
    full = any(b"OOM, (K/V:" in log.read_bytes() for log in written(bundle))
    told = {"oom.import"} if threw else {"oom.import", "gc.thrash"} if full else {"gc.thrash"}
    assert first["condition"] in told, first
    (jvm,) = report["jvms"]
    assert jvm["node"] == report["case"]["nodes"][0]["node"]
    assert jvm["collector"] == "Serial"
    assert sum(pause["count"] for pause in jvm["pauses"] if pause["kind"] == "full") > 3
