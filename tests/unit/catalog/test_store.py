"""Files are written whole or not at all, through no link, and faults name no secret."""

import errno
import importlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from h2o_forensics.catalog import open_catalog
from h2o_forensics.catalog.local_store import LocalStore
from h2o_forensics.catalog.remote_store import RemoteStore
from h2o_forensics.catalog.store import Store, open_store, shown_url
from h2o_forensics.errors import CatalogError
from tests.catalog_samples import expected, fill, told


@pytest.fixture(params=("local", "file", "memory", "renamed"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "memory":
        importlib.import_module("fsspec").filesystem("memory").store.clear()
        return open_store("memory://catalog/")
    if request.param == "renamed":  # as HDFS and SFTP: nothing appears as a whole
        made = RemoteStore(f"file://{tmp_path}/catalog")
        assert not made._whole
        return made
    return open_store(("file://" if request.param == "file" else "") + str(tmp_path / "catalog"))


def test_there_and_back(store: Store) -> None:
    assert store.read("a/b") is None
    assert store.names() == store.names("a") == []
    assert store.modified("a/b") is None
    store.delete("a/b")
    store.write("a/b", b"1")
    store.write("a/c/d", b"")
    store.write("e", b"2")
    store.write("a/b", b"3")
    store.settle()
    assert store.names() == ["a/b", "a/c/d", "e"]
    assert store.names("a") == ["a/b", "a/c/d"]
    assert [store.read(name) for name in store.names()] == [b"3", b"", b"2"]
    assert abs((store.modified("a/b") or 0) - time.time()) < 60
    store.delete("a/b")
    assert store.names("a") == ["a/c/d"]


def test_what_killed_writers_left_is_not_seen_and_goes(tmp_path: Path) -> None:
    for store in (LocalStore(str(tmp_path)), RemoteStore(f"file://{tmp_path}")):
        store.write("a/b", b"1")
        old, new = tmp_path / "a" / ".tmp-old", tmp_path / "a" / ".tmp-new"
        old.write_bytes(b"x")
        new.write_bytes(b"x")
        os.utime(old, (1, 1))
        assert store.names() == ["a/b"]
        store.sweep()
        assert sorted(one.name for one in (tmp_path / "a").iterdir()) == [".tmp-new", "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    other, root = tmp_path / "other", tmp_path / "catalog"
    other.mkdir()
    root.mkdir()
    (root / "results").symlink_to(other)
    store = LocalStore(str(root))
    with pytest.raises(CatalogError, match=r"results: cannot be written: is a symbolic link"):
        store.write("results/ab/x", b"1")
    (other / "file").write_bytes(b"theirs")
    (root / "e").symlink_to(other / "file")
    store.write("e", b"ours")  # takes the place of the link
    assert (other / "file").read_bytes() == b"theirs"
    assert not (root / "e").is_symlink()
    assert [one.name for one in other.iterdir()] == ["file"]


def test_a_full_disk_leaves_what_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(str(tmp_path))
    store.write("a", b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CatalogError, match=r"a: cannot be written: No space left.*Free some space"):
        store.write("a", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
    assert store.read("a") == b"old"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do all")
def test_no_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CatalogError, match="access denied"):
        LocalStore(str(tmp_path)).write("a", b"")


def test_files_have_the_users_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        LocalStore(str(tmp_path)).write("a", b"")
    finally:
        os.umask(before)
    if os.name == "posix":
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("url", "message"),
    (
        ("nosuch://b/k", "no kind of address"),
        ("zip::memory://b/k", "chained"),
        ("memory://a::b", "chained"),
    ),
)
def test_addresses_that_cannot_be(url: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        RemoteStore(url)


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_url: str) -> None:
        raise ImportError("install x")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(CatalogError, match=r"pip install 'h2o-forensics\[s3\]'"):
        open_store("s3://b/k")


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "s3://user:secret@bucket/cat?signature=secret"
    assert shown_url(url) == "s3://bucket/cat"
    system = importlib.import_module("fsspec").filesystem("memory")
    monkeypatch.setattr("fsspec.core.url_to_fs", lambda _url: (system, "/cat"))
    store = RemoteStore(url)

    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError("secret key refused at host.internal")

    for name in ("cat_file", "pipe_file", "find", "rm_file"):
        monkeypatch.setattr(system, name, denied)
    said = []
    for work in (
        lambda: store.read("a"),
        lambda: store.write("a", b""),
        store.names,
        lambda: store.delete("a"),
    ):
        with pytest.raises(
            CatalogError, match=r"s3://bucket/cat.*: access denied\. Check"
        ) as caught:
            work()
        said.append(str(caught.value))
    assert "secret" not in "".join(said)
    assert "internal" not in "".join(said)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.get_host_and_port()[1]}")
    fsspec = importlib.import_module("fsspec")
    fsspec.filesystem("s3").clear_instance_cache()
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir("catalogs")
    yield "s3://catalogs/some/catalog"
    fsspec.filesystem("s3").clear_instance_cache()
    server.stop()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_catalog_in_a_bucket(s3: str) -> None:
    with pytest.raises(CatalogError, match="there is no catalog"):
        open_catalog(s3)
    with pytest.raises(CatalogError, match="there is no such bucket"):
        open_catalog("s3://nosuchbucket/x", create=True)
    writer, reader = open_catalog(s3, create=True), open_catalog(s3)
    for one in range(4):
        fill(writer, range(3 * one, 3 * one + 4), seen_ms=one)
        assert told(reader) == expected(range(3 * one + 4))
    lazy = reader.table("findings")
    writer.compact()
    assert lazy.collect().height == 2 * 13
    assert told(open_catalog(s3)) == expected(range(13))
    assert writer.verify() == []
    writer._store.delete(writer._store.names("tables/runs")[0])
    assert any("is missing" in line for line in reader.verify())
    writer.verify(repair=True)
    assert reader.verify() == []
    assert told(reader) == expected(range(13))
    assert writer.prune() == []
