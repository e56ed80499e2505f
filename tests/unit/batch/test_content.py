import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from h2o_forensics.batch import content
from h2o_forensics.batch.content import content_of, restat, still_growing
from h2o_forensics.batch.find import find_runs
from h2o_forensics.model.catalog import FileStat, FoundRun

fsspec = pytest.importorskip("fsspec")
BUNDLE = Path(__file__).resolve().parents[3] / "fixtures" / "cases" / "node_killed" / "bundle"
S = 10**9


def only(place: Path | str) -> FoundRun:
    (run,) = find_runs([str(place)])
    return run


def test_the_same_bytes_elsewhere_are_the_same_run(tmp_path: Path) -> None:
    shutil.copytree(BUNDLE, tmp_path / "a" / "job-1")
    shutil.copytree(BUNDLE, tmp_path / "b" / "other" / "job-9")
    first, second = only(tmp_path / "a"), only(tmp_path / "b")
    assert first.location != second.location
    assert content_of(first) == content_of(second)
    run, changed = content_of(first)
    assert (len(run), set(run) <= set("0123456789abcdef"), changed) == (20, True, False)


def test_a_byte_or_a_name_makes_another_run(tmp_path: Path) -> None:
    shutil.copytree(BUNDLE, tmp_path / "top")
    before = content_of(only(tmp_path / "top"))[0]
    cloud = tmp_path / "top" / "rest" / "cloud.json"
    cloud.rename(cloud.with_name("clouds.json"))
    renamed = content_of(only(tmp_path / "top"))[0]
    cloud.with_name("clouds.json").rename(cloud)
    assert content_of(only(tmp_path / "top"))[0] == before
    with cloud.open("ab") as file:
        file.write(b"\n")
    assert len({before, renamed, content_of(only(tmp_path / "top"))[0]}) == 3


def test_an_archive_may_be_renamed_a_loose_file_may_not(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip", "a.log", "b.log"):
        (tmp_path / name).write_bytes(b"same")
    ids = [content_of(only(tmp_path / name))[0] for name in ("a.zip", "b.zip", "a.log", "b.log")]
    assert ids[0] == ids[1]
    assert ids[2] != ids[3]


def test_files_that_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gc.log", "stdout"):
        (tmp_path / name).write_bytes(b"line\n")
    run = only(tmp_path)
    assert not content_of(run)[1]
    with (tmp_path / "gc.log").open("ab") as file:
        file.write(b"more\n")
    assert content_of(run)[1], "since it was found"
    run = restat(run)
    assert run == only(tmp_path)
    assert not content_of(run)[1]
    really = hashlib.file_digest

    def digest(stream: Any, kind: str) -> Any:
        with open(stream.fileno(), "rb", closefd=False):
            os.utime(stream.fileno(), ns=(1, 1))
        return really(stream, kind)

    monkeypatch.setattr(hashlib, "file_digest", digest)
    assert content_of(run)[1], "while it was read"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for name in ("gc.log", "stdout"):
        (tmp_path / name).write_bytes(b"line\n")
    run = only(tmp_path)
    whole = content_of(run)
    (tmp_path / "stdout").unlink()
    part = content_of(run)
    assert part[1], "it vanished"
    assert part[0] != whole[0]
    (tmp_path / "stdout").mkdir()
    assert content_of(run) == (part[0], False), "it is there, and cannot be read"
    (tmp_path / "gc.log").unlink()
    with pytest.raises(OSError, match=r"gc\.log"):
        content_of(run)
    assert restat(run).files == ()


def test_pipes_are_not_waited_for_nor_links_followed(tmp_path: Path) -> None:
    for name in ("gc.log", "stdout"):
        (tmp_path / name).write_bytes(b"line\n")
    run = only(tmp_path)
    for name in ("gc.log", "stdout"):
        (tmp_path / name).unlink()
    os.mkfifo(tmp_path / "gc.log")
    (tmp_path / "stdout").symlink_to("/dev/zero")
    with pytest.raises(OSError, match=r"gc\.log"):
        content_of(run)


def test_restat_of_every_kind(tmp_path: Path) -> None:
    root = tmp_path / "top"
    shutil.copytree(BUNDLE, root / "job-1")
    for name in ("a.zip", "gc.log", "stdout"):
        (root / name).write_bytes(name.encode())
    base = os.fsencode(root) + b"/caf\xe9"
    os.makedirs(base)  # noqa: PTH103 - a path of bytes
    with open(base + b"/gc\xff.log", "wb") as file:  # noqa: PTH123 - as above
        file.write(b"line\n")
    runs = list(find_runs([str(root)]))
    assert sorted(run.kind for run in runs) == ["archive", "directory", "directory", "files"]
    for run in runs:
        assert restat(run) == run
        content_of(run)
    (root / "job-1" / "new.log").write_text("x")
    assert [one.location for one in runs if restat(one) != one] == [str(root / "job-1")]


def test_still_growing() -> None:
    def run(*times: int | None) -> FoundRun:
        files = tuple(FileStat("a", 1, at) for at in times)
        return FoundRun("/a", "a", "/", "directory", "", ("/a",), files)

    now = time.time_ns()
    assert still_growing(run(now - 1 * S), now, 10)
    assert still_growing(run(0, now - 9 * S), now, 10)
    assert not still_growing(run(0, now - 11 * S), now, 10)
    assert not still_growing(run(now - 1 * S), now, 0)
    assert not still_growing(run(None), now, 10)
    assert still_growing(run(now + 5 * S), now, 10), "a clock that goes a little ahead"
    assert not still_growing(run(now + 3600 * S), now, 10), "a wrong clock never settles"


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


def test_objects(memory: Any, tmp_path: Path) -> None:
    shutil.copytree(BUNDLE, tmp_path / "job")
    for path in sorted((tmp_path / "job").rglob("*")):
        if path.is_file():
            memory.pipe(f"/case/{path.relative_to(tmp_path / 'job').as_posix()}", path.read_bytes())
    here, there = only(tmp_path / "job"), only("memory://case")
    assert content_of(there) == content_of(here), "no tags: the bytes are read"
    assert restat(there) == there
    tags = tuple(replace(file, tag=f"t{number}") for number, file in enumerate(there.files))
    tagged = replace(there, files=tags)
    named = content_of(tagged)[0]
    assert named != content_of(here)[0]
    assert content_of(tagged, verify=True) == content_of(here)
    weak = replace(tagged, files=(replace(tags[0], tag="W/x"), *tags[1:]))
    assert content_of(weak) == content_of(here)
    memory.rm("/case", recursive=True)
    assert content_of(tagged)[0] == named, "nothing is read"
    with pytest.raises(OSError, match="vanished"):
        content_of(there)
    memory.pipe("/one/a.zip", b"x")
    assert content_of(only("memory://one/a.zip"))[0] == content_of(only("memory://one"))[0]


def test_a_url_with_a_user_shows_none() -> None:
    run = FoundRun(
        "hdfs://host/top/job", "job", "hdfs://host/top", "directory", "", ("hdfs://me@host/top/job",),
        (FileStat("a/gc.log", 1),),
    )  # fmt: skip
    assert content._path_of(run, run.files[0]) == "hdfs://me@host/top/job/a/gc.log"
