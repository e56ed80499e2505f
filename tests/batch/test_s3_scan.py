"""Archives and catalogs in a bucket: real HTTP, a real S3 server, real worker processes."""

import importlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from h2o_forensics import open_catalog
from h2o_forensics.batch.scan import ScanRequest, scan
from h2o_forensics.errors import CatalogError, IntakeError
from h2o_forensics.model.catalog import RunOptions, ScanRecord
from tests.batch_archive import CASES, FIRST_CAUSES, SMALL, causes, make_archive, state

pytest.importorskip("s3fs")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # botocore's own
]
ROOT = Path(__file__).resolve().parents[2]
KEY, SECRET = "AKIAFORTESTSONLY", "s3cr3t-f0r-t3sts-only"


class Bucket:
    """`s3://fleet` of a server of its own, which tells what it was asked."""

    def __init__(self, system: Any, asked: list[str]) -> None:
        self.system, self.asked = system, asked

    def put(self, folder: Path, name: str) -> str:
        """Give the URL of a copy of a directory."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                below = path.relative_to(folder).as_posix()
                self.system.pipe_file(f"fleet/{name}/{below}", path.read_bytes())
        self.system.invalidate_cache()
        return f"s3://fleet/{name}"

    def texts(self) -> Iterator[tuple[str, bytes]]:
        self.system.invalidate_cache()
        for name in self.system.find("fleet"):
            yield name, self.system.cat_file(name)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    server_module = pytest.importorskip("moto.server")
    asked: list[str] = []
    application = importlib.import_module("moto.moto_server.werkzeug_app")
    dispatch = application.DomainDispatcherApplication.__call__

    def listen(self: Any, environ: dict[str, str], start_response: Any) -> Any:
        asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        return dispatch(self, environ, start_response)

    monkeypatch.setattr(application.DomainDispatcherApplication, "__call__", listen)
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.get_host_and_port()[1]}",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    fsspec = importlib.import_module("fsspec")
    fsspec.filesystem("s3").clear_instance_cache()
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("fleet")
    yield Bucket(system, asked)
    fsspec.filesystem("s3").clear_instance_cache()
    importlib.import_module("moto.backends").get_backend("s3").reset()  # outlives its server
    server.stop()


def scanned(archive: Path | str, catalog: Path | str, **more: Any) -> ScanRecord:
    return scan(
        ScanRequest(archives=(str(archive),), catalog=str(catalog), workers=2, settle_s=0, **more)
    )


def test_archive_and_catalog_in_a_bucket(bucket: Bucket, tmp_path: Path) -> None:
    local = make_archive(tmp_path / "archive", SMALL)
    archive, catalog = bucket.put(local, "archive"), "s3://fleet/kept/catalog"
    record = scanned(archive, catalog, options=RunOptions(reports=True))
    assert (record.found, record.analyzed, record.problems) == (5, 5, ())
    assert causes(catalog) == {name: FIRST_CAUSES[name] for name in SMALL}
    assert len(open_catalog(catalog).reports()) == 5
    before = state(catalog)
    bucket.asked.clear()
    again = scanned(archive, catalog)
    assert (again.unchanged, again.analyzed) == (5, 0)
    assert [one for one in bucket.asked if "/archive/" in one] == []  # nothing was read
    assert state(catalog) == before
    bucket.put(CASES / "node_killed" / "bundle", "archive/another")
    more = scanned(archive, catalog)
    assert (more.unchanged, more.analyzed, len(more.fresh)) == (5, 1, 1)
    assert more.new_causes == ("node.killed",)
    bucket.system.rm("fleet/archive/port_conflict.zip")
    assert scanned(archive, catalog).gone == 1
    told = [(name, data) for name, data in bucket.texts() if "/archive/" not in name]
    assert len(told) > 10
    assert [name for name, data in told if SECRET.encode() in data or KEY.encode() in data] == []


def test_a_bucket_and_a_disk(bucket: Bucket, tmp_path: Path) -> None:
    local = make_archive(tmp_path / "archive", SMALL[:3])
    expected = {name: FIRST_CAUSES[name] for name in SMALL[:3]}
    archive = bucket.put(local, "archive")
    assert scanned(archive, tmp_path / "catalog").analyzed == 3
    assert causes(tmp_path / "catalog") == expected
    assert scanned(archive, tmp_path / "catalog").unchanged == 3
    assert scanned(local, "s3://fleet/catalog").analyzed == 3
    assert causes("s3://fleet/catalog") == expected
    assert scanned(local, "s3://fleet/catalog").unchanged == 3


def test_an_archive_that_holds_its_catalog(bucket: Bucket, tmp_path: Path) -> None:
    archive = bucket.put(make_archive(tmp_path / "archive", SMALL[:2]), "archive")
    assert scanned(archive, f"{archive}/catalog").analyzed == 2
    assert scanned(archive, f"{archive}/catalog").found == 2


def test_the_command_writes_the_fleet_report_there(bucket: Bucket, tmp_path: Path) -> None:
    archive = bucket.put(make_archive(tmp_path / "archive", SMALL[:2]), "archive")
    done = command("scan", archive, "--catalog", "s3://fleet/catalog", "--settle", "0", "--reports")
    assert done.returncode == 0, done.stderr
    assert "fleet report: s3://fleet/catalog/fleet.html" in done.stderr
    page = bucket.system.cat_file("fleet/catalog/fleet.html")
    assert page.startswith(b"<!doctype html>")
    assert bucket.system.exists("fleet/catalog/fleet.json")
    asked = command("query", "--catalog", "s3://fleet/catalog", "SELECT condition FROM runs")
    assert "disk.full" in asked.stdout
    for said in (done.stderr, done.stdout, asked.stderr):
        assert SECRET not in said
        assert KEY not in said


def test_what_is_wrong_is_told_without_secrets(bucket: Bucket, tmp_path: Path) -> None:
    archive = bucket.put(make_archive(tmp_path / "archive", SMALL[:1]), "archive")
    place = archive.replace("s3://", f"s3://{KEY}:{SECRET}@")
    for given in (
        ("s3://nosuchbucket/x", "s3://fleet/catalog"),
        ("s3://fleet/nothing/here", "s3://fleet/catalog"),
        (archive, "s3://nosuchbucket/catalog"),
        (archive, f"s3://{KEY}:{SECRET}@nosuchbucket/catalog"),
        (f"{place}/nothing", str(tmp_path / "catalog")),
    ):
        done = command("scan", given[0], "--catalog", given[1], "--settle", "0")
        assert done.returncode in {2, 3}, done.stderr
        assert "nosuchbucket" in done.stderr or "nothing" in done.stderr
        assert "Traceback" not in done.stderr
        assert SECRET not in done.stderr + done.stdout


def test_a_refused_key_is_named_not_shown(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = bucket.put(make_archive(tmp_path / "archive", SMALL[:1]), "archive")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    importlib.import_module("fsspec").filesystem("s3").clear_instance_cache()
    with pytest.raises((IntakeError, CatalogError), match="Check the address") as caught:
        scanned(archive, tmp_path / "catalog")
    assert SECRET not in str(caught.value)


def test_a_later_scan_asks_little(bucket: Bucket, tmp_path: Path) -> None:
    source = CASES / "port_conflict" / "bundle"
    log = next(path for path in sorted(source.rglob("*")) if path.is_file())
    path = tmp_path / "run.zip"
    for number in range(200):
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(log.name, log.read_bytes() + f"\nrun {number}\n".encode())
        bucket.system.pipe_file(f"fleet/archive/run-{number:03d}.zip", path.read_bytes())
    assert scanned("s3://fleet/archive", "s3://fleet/catalog").analyzed == 200
    scans = open_catalog("s3://fleet/catalog").scans()
    for number in range(40):  # as many scans later
        older = replace(scans[0], scan=f"20000101T0000{number:02d}000Z-1", started="2000-01-01")
        open_catalog("s3://fleet/catalog").put_scan(older)
    bucket.asked.clear()
    assert scanned("s3://fleet/archive", "s3://fleet/catalog").unchanged == 200
    assert [one for one in bucket.asked if "run-" in one] == []
    assert len(bucket.asked) <= 45  # with the listings of the catalog and the archive


def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "h2o_forensics", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120, env=dict(os.environ),
    )  # fmt: skip
