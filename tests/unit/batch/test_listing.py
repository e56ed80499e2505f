import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from h2o_forensics.batch.content import content_of
from h2o_forensics.batch.find import find_runs
from h2o_forensics.batch.listing import Folder, absolute, files_below, meant, open_tree, said
from h2o_forensics.errors import IntakeError

fsspec = pytest.importorskip("fsspec")


@pytest.mark.parametrize("path", ("/a/b.log", "/a/b\udcff.log", "b\udce9/%25.log", "s3://b/k%20"))
def test_paths_can_be_stored_and_read_back(path: str) -> None:
    assert meant(said(path)) == path
    assert said(path).encode()


@pytest.mark.parametrize(
    ("given", "shown"),
    (
        ("s3://bucket/prefix/", "s3://bucket/prefix"),
        ("hdfs://me:secret@host:8020/logs", "hdfs://host:8020/logs"),
        ("https://host/x.zip?signature=secret", "https://host/x.zip"),
        ("file:///tmp/../etc", "/etc"),
    ),
)
def test_what_an_archive_is_known_as(given: str, shown: str) -> None:
    assert absolute(given) == shown
    assert absolute(shown) == shown


def test_an_empty_path_is_not_the_current_directory() -> None:
    with pytest.raises(IntakeError, match="an empty path"):
        absolute("")
    with pytest.raises(IntakeError, match="an empty path"):
        find_runs([""])


def test_nothing_is_listed_before_somebody_looks(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    tree = open_tree(str(tmp_path))
    assert isinstance(tree, Folder)
    (tmp_path / "a" / "b" / "late.log").write_text("x")
    assert [file.path for file in files_below(tree)] == ["a/b/late.log"]
    assert [below.relative for below in tree.listed.folders[0].listed.folders] == ["a/b"]


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere")
    tree = open_tree(str(tmp_path))
    assert isinstance(tree, Folder)
    assert (tree.listed.files, tree.listed.links, tree.listed.special) == ([], 1, 1)
    with pytest.raises(IntakeError, match="neither a directory nor a file"):
        open_tree(str(tmp_path / "pipe"))


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.get_host_and_port()[1]}")
    fsspec.filesystem("s3").clear_instance_cache()
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("fleet")
    yield system
    fsspec.filesystem("s3").clear_instance_cache()
    server.stop()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_bucket(s3: Any) -> None:
    s3.pipe("fleet/runs/job-1/node1/gc.log", b"one")
    s3.pipe("fleet/runs/job-1/node2/gc.log", b"two")
    s3.pipe("fleet/runs/a.zip", b"three")
    archive, job = find_runs(["s3://fleet/runs/"])
    assert (archive.location, job.location) == ("s3://fleet/runs/a.zip", "s3://fleet/runs/job-1")
    assert [(file.path, file.bytes) for file in job.files] == [
        ("node1/gc.log", 3),
        ("node2/gc.log", 3),
    ]
    assert all(file.tag and file.mtime_ns for file in job.files)
    before = content_of(job)
    assert not before[1]
    assert content_of(job, verify=True)[0] != before[0]
    s3.pipe("fleet/runs/job-1/node2/gc.log", b"2.0")
    _, again = find_runs(["s3://fleet/runs/"])
    assert (again.stat != job.stat, content_of(again) != before) == (True, True), "listed anew"
    (single,) = find_runs(["s3://fleet/runs/a.zip"])
    assert (single.location, content_of(single)) == (archive.location, content_of(archive))
    with pytest.raises(IntakeError, match="s3://fleet/none"):
        find_runs(["s3://fleet/none/"])
