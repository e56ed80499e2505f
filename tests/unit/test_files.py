"""Files of the user's: plain ones are read, new ones are written whole."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from h2o_forensics.files import read_plain, write_files

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links")


def test_files_are_written_with_the_users_mode(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"before")
    write_files({old: b"after", tmp_path / "new": b""})
    assert (old.read_bytes(), (tmp_path / "new").read_bytes()) == (b"after", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]
    if os.name == "posix":
        mask = os.umask(0o027)
        write_files({old: b"again"})
        os.umask(mask)
        assert stat.S_IMODE(old.stat().st_mode) == 0o640


@posix
def test_links_of_a_foreseen_name_are_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / ".r.html.partial").symlink_to(victim)
    write_files({tmp_path / "r.html": b"report"})
    (tmp_path / "link").symlink_to(victim)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("link", "dangling"):
        with pytest.raises(OSError, match="is a symbolic link") as refused:
            write_files({tmp_path / "first": b"x", tmp_path / name: b"x"})
        assert refused.value.filename == str(tmp_path / name)
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "first").exists()
    assert not (tmp_path / "nowhere").exists()


@pytest.fixture
def device(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a memory device of this number: the machine's own would be at risk."""

    def make(number: int) -> Path:
        path = tmp_path / f"device{number}"
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, number))
            path.open("rb").close()
        except OSError as error:
            pytest.skip(f"no devices can be made here: {error}")
        return path

    return make


@pytest.mark.skipif(sys.platform != "linux", reason="numbers of Linux")
def test_devices_stay_what_they_are(device: Callable[[int], Path]) -> None:
    null, full = device(3), device(7)
    write_files({null: b"x" * 100_000})
    assert null.is_char_device()
    with pytest.raises(OSError, match="No space left") as refused:
        write_files({full: b"x"})
    assert refused.value.filename == str(full)
    assert full.is_char_device()


@posix
def test_a_pipe_is_written_to_and_never_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="nobody reads"):
        write_files({pipe: b"x"})
    with pytest.raises(OSError, match="no regular file"):
        read_plain(pipe, 10)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_files({pipe: b"y" * 4000})
    assert os.read(reader, 5000) == b"y" * 4000
    os.close(reader)


def test_what_is_read_is_plain_and_small(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 2048)
    assert read_plain(file, 2048) == b"x" * 2048
    with pytest.raises(OSError, match="is larger than 1 KB"):
        read_plain(file, 2047)
    with pytest.raises(OSError, match=r"directory|[Pp]ermission"):
        read_plain(tmp_path, 10)
