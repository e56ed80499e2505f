"""URLs: from memory, from a web server and from an S3 server, all on this machine."""

import gzip
import http.server
import subprocess
import sys
import threading
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake import open_bundle
from h2o_forensics.model.bundle import Bundle

fsspec = pytest.importorskip("fsspec")
LOG = b"11-22 05:54:00.000 127.0.0.1:54341 4242 FJ-1-1 INFO water.default: line\n" * 9000


def contents(bundle: Bundle) -> dict[str, bytes]:
    found = {}
    for member in bundle.members:
        with member.open() as stream:
            found[member.path] = stream.read()
    return found


def codes(bundle: Bundle) -> list[tuple[str, str]]:
    return [(problem.artifact, problem.code) for problem in bundle.problems()]


def make_zip(path: Path) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/a.log", LOG[::-1])
        archive.writestr("in/b.log", LOG[:5000])
    return path.read_bytes()


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


def test_below_a_prefix(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/case/n1/a.log", LOG)
    memory.pipe("/case/n2/logs.zip", make_zip(tmp_path / "x.zip"))
    memory.pipe("/case/b.log.gz", gzip.compress(LOG[:100]))
    memory.pipe("/other/c.log", b"not given")
    bundle = open_bundle(["memory://case"])
    assert contents(bundle) == {
        "b.log.gz": LOG[:100],
        "n1/a.log": LOG,
        "n2/logs.zip!in/a.log": LOG[::-1],
        "n2/logs.zip!in/b.log": LOG[:5000],
    }
    assert (bundle.sources, codes(bundle)) == (("case",), [])


def test_one_object_beside_a_directory(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/case/a.log", LOG)
    (tmp_path / "b.log").write_text("b")
    bundle = open_bundle(["memory://case/a.log", tmp_path])
    assert set(contents(bundle)) == {"a.log", f"{tmp_path.name}/b.log"}


def test_missing_object_is_named(memory: Any) -> None:
    memory.pipe("/case/a.log", LOG)
    bundle = open_bundle(["memory://case/a.log", "memory://case/b.log"])
    assert (set(contents(bundle)), codes(bundle)) == ({"a.log"}, [("b.log", "missing")])
    with pytest.raises(IntakeError, match="there is no such object"):
        open_bundle(["memory://nowhere"])


def test_object_that_vanishes_is_named(memory: Any) -> None:
    memory.pipe("/case/a.log", LOG)
    memory.pipe("/case/b.log", LOG[:99])
    bundle = open_bundle(["memory://case"])
    memory.rm("/case/a.log")
    assert contents(bundle) == {"a.log": b"", "b.log": LOG[:99]}
    assert codes(bundle) == [("a.log", "changed")]


def test_file_url_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "a b.log").write_text("a")
    (tmp_path / "out").symlink_to("/etc")
    url = "file://" + urllib.parse.quote(str(tmp_path))
    bundle = open_bundle([url])
    assert contents(bundle) == {"a b.log": b"a"}
    assert codes(bundle) == [("out", "not_a_file")]


def test_unknown_and_chained_schemes_are_refused() -> None:
    with pytest.raises(IntakeError, match=r"nosuch:// is no kind of address"):
        open_bundle(["nosuch://a/b"])
    with pytest.raises(IntakeError, match="chained"):
        open_bundle(["zip://a.log::file:///tmp/x.zip"])


@pytest.mark.parametrize(
    ("url", "extra"),
    (("s3://b/k", "h2o-forensics[s3]"), ("gs://b/k", "fsspec[gs]")),
)
def test_missing_library_is_named(url: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(IntakeError) as caught:
        open_bundle([url])
    assert f"pip install '{extra}'" in str(caught.value)


def test_fsspec_is_not_imported_for_a_path(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a")
    code = (
        "import sys, pathlib\n"
        "from h2o_forensics.intake import open_bundle\n"
        "open_bundle([pathlib.Path(sys.argv[1])]).members[0].open().read()\n"
        "bad = {'fsspec', 's3fs', 'botocore', 'aiohttp', 'requests'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)\n"
    )
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


class _Handler(http.server.BaseHTTPRequestHandler):
    """A server that knows one log, and ranges of it."""

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def do_GET(self) -> None:
        self._answer(send=True)

    def _answer(self, *, send: bool) -> None:
        if not self.path.startswith("/logs/a.log"):
            self.send_error(404)
            return
        data, status = LOG, 200
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes="):
            first, last = wanted.removeprefix("bytes=").split("-")
            data, status = LOG[int(first) : int(last) + 1 if last else None], 206
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(LOG)}")
        self.end_headers()
        if send:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    pytest.importorskip("aiohttp")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_web_address(web: str) -> None:
    url = f"http://user:secret@{web}/logs/a.log?signature=secret"
    bundle = open_bundle([url])
    assert contents(bundle) == {"a.log": LOG}
    assert "secret" not in repr((bundle.sources, bundle.problems(), bundle.listed))


def test_web_address_that_is_not_there(web: str) -> None:
    with pytest.raises(IntakeError, match="there is no such object") as caught:
        open_bundle([f"http://user:secret@{web}/b.log?signature=secret"])
    assert "secret" not in str(caught.value)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("evidence")
    yield system
    system.rm("evidence", recursive=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_bucket(bucket: Any, tmp_path: Path) -> None:
    bucket.pipe("evidence/case/n1/a.log", LOG)
    bucket.pipe("evidence/case/n2/logs.zip", make_zip(tmp_path / "x.zip"))
    bucket.pipe("evidence/case/../up.log", b"odd key")
    bucket.pipe("evidence/other/b.log", b"not given")
    bundle = open_bundle(["s3://evidence/case/"])
    found = contents(bundle)
    assert found["n1/a.log"] == LOG
    assert found["n2/logs.zip!in/a.log"] == LOG[::-1]
    assert found["n2/logs.zip!in/b.log"] == LOG[:5000]
    assert not any("other" in path or path.startswith(("/", "..")) for path in found)
    one = open_bundle(["s3://evidence/case/n1/a.log"])
    assert contents(one) == {"a.log": LOG}
    bucket.pipe("evidence/case/n1/a.log", LOG[1:])
    assert contents(one) != {"a.log": LOG}
    assert codes(one) == [("a.log", "changed")]
    with pytest.raises(IntakeError, match="cannot be read"):
        open_bundle(["s3://nosuchbucket/x"])
