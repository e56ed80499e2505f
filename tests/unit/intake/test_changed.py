"""Files that change between being listed and being read, and what is no file at all."""

import os
import socket
from pathlib import Path

import pytest

from h2o_forensics.intake import open_bundle
from h2o_forensics.model.bundle import Bundle

DATA = b"one line of a log\n" * 50_000


def content(bundle: Bundle, path: str) -> bytes:
    member = next(member for member in bundle.members if member.path == path)
    with member.open() as stream:
        return stream.read()


def codes(bundle: Bundle) -> list[tuple[str, str]]:
    return [(problem.artifact, problem.code) for problem in bundle.problems()]


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(name.encode() + DATA)
    return open_bundle([tmp_path])


def test_growing_log_reads_the_same_each_time(tmp_path: Path, bundle: Bundle) -> None:
    with (tmp_path / "a.log").open("ab") as file:
        file.write(b"more\n" * 100_000)
    assert content(bundle, "a.log") == content(bundle, "a.log") == b"a.log" + DATA
    assert content(bundle, "b.log") == b"b.log" + DATA
    assert codes(bundle) == [("a.log", "changed")]
    assert "grew from 900005 to 1400005 bytes" in bundle.problems()[0].message


def test_growth_while_it_is_read(tmp_path: Path, bundle: Bundle) -> None:
    with next(m for m in bundle.members if m.path == "a.log").open() as stream:
        head = stream.read(10)
        assert codes(bundle) == []
        with (tmp_path / "a.log").open("ab") as file:
            file.write(b"more\n")
        assert head + stream.read() == b"a.log" + DATA
    assert codes(bundle) == [("a.log", "changed")]


def test_shrunk_log_gives_what_is_left(tmp_path: Path, bundle: Bundle) -> None:
    os.truncate(tmp_path / "a.log", 1000)
    assert content(bundle, "a.log") == (b"a.log" + DATA)[:1000]
    assert codes(bundle) == [("a.log", "changed")]


def test_written_in_place(tmp_path: Path, bundle: Bundle) -> None:
    with (tmp_path / "a.log").open("r+b") as file:
        file.write(b"X")
    os.utime(tmp_path / "a.log", (1, 1))
    assert content(bundle, "a.log").startswith(b"X.log")
    assert codes(bundle) == [("a.log", "changed")]


def test_rotated_log_is_not_taken_for_the_old_one(tmp_path: Path, bundle: Bundle) -> None:
    (tmp_path / "a.log").rename(tmp_path / "a.log.1")
    (tmp_path / "a.log").write_bytes(b"new\n")
    assert content(bundle, "a.log") == b""
    assert content(bundle, "b.log") == b"b.log" + DATA
    assert codes(bundle) == [("a.log", "changed")]


def test_replaced_by_a_link(tmp_path: Path, bundle: Bundle) -> None:
    (tmp_path / "a.log").unlink()
    (tmp_path / "a.log").symlink_to(tmp_path / "b.log")
    assert content(bundle, "a.log") == b""
    assert codes(bundle) == [("a.log", "unreadable")]


def test_archive_that_is_replaced(tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.log", DATA)
    bundle = open_bundle([tmp_path])
    (tmp_path / "x.zip").rename(tmp_path / "y.zip")
    (tmp_path / "x.zip").write_bytes(b"other")
    assert content(bundle, "x.zip!a.log") == b""
    assert codes(bundle) == [("x.zip!a.log", "changed")]


def test_link_to_a_directory_outside_is_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.log").write_text("secret")
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "a.log").write_text("a")
    (tmp_path / "given" / "out").symlink_to(tmp_path / "outside")
    bundle = open_bundle([tmp_path / "given"])
    assert [member.path for member in bundle.members] == ["a.log"]
    assert bundle.listed == (("out", "symbolic link, not followed"),)
    assert codes(bundle) == [("out", "not_a_file")]


def test_links_that_lead_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    (tmp_path / "here").symlink_to(".")
    bundle = open_bundle([tmp_path])
    assert [member.path for member in bundle.members] == ["a.log"]
    assert codes(bundle) == [("one", "not_a_file"), ("two", "not_a_file")]


def test_sockets_and_pipes_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # Names of sockets are short.
    (tmp_path / "a.log").write_text("a")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        bundle = open_bundle([tmp_path])
    assert bundle.listed == (("pipe", "pipe, not followed"), ("socket", "socket, not followed"))
    assert codes(bundle) == [("pipe", "not_a_file"), ("socket", "not_a_file")]


def test_devices_are_named(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "null", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root can make devices")
    (tmp_path / "a.log").write_text("a")
    bundle = open_bundle([tmp_path])
    assert bundle.listed == (("null", "character device, not followed"),)
    assert codes(bundle) == [("null", "not_a_file")]
