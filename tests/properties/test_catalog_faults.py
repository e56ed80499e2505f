"""Killed at any moment, on a full disk, by many at once: nothing is lost, nothing twice."""

import errno
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from h2o_forensics.catalog import Catalog, local_store, open_catalog
from h2o_forensics.catalog.compact import Plan, planned
from h2o_forensics.catalog.local_store import LocalStore
from h2o_forensics.catalog.verify import NOTE
from h2o_forensics.errors import CatalogError
from tests.catalog_samples import ANALYSIS, expected, fill, run_id, told

ROOT = Path(__file__).resolve().parents[2]
TOTAL = 60
KILLS = 20


class Killed(BaseException):
    """Nothing may catch this."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written by a process that died is not lost: no need to wait for the disk."""
    monkeypatch.setattr("os.fsync", lambda _handle: None)


class Fuse:
    """Lets so many changes of the directory happen, and then none: the process is dead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.used = 10**9, 0
        real_write, real_delete = LocalStore.write, LocalStore.delete

        def write(store: LocalStore, name: str, data: bytes) -> None:
            if self._burnt():
                half = Path(store.url, name).parent / f".tmp-{self.used}"
                if half.parent.is_dir():
                    half.write_bytes(data[: len(data) // 2])
                raise Killed
            real_write(store, name, data)

        def delete(store: LocalStore, name: str) -> None:
            if self._burnt():
                raise Killed
            real_delete(store, name)

        monkeypatch.setattr(LocalStore, "write", write)
        monkeypatch.setattr(LocalStore, "delete", delete)

    def _burnt(self) -> bool:
        self.left -= 1
        self.used += 1
        return self.left < 0

    def survives(self, changes: int, work: Callable[[], None]) -> bool:
        self.left, self.used = changes, 0
        try:
            work()
        except Killed:
            return False
        finally:
            self.left = 10**9
        return True


def sound(catalog: Catalog) -> set[str]:
    """Give the runs that are seen; everything about them is there, once."""
    runs, locations = told(catalog)
    assert len(set(runs)) == len(runs)
    assert [f"/archive/{one}" for one in runs] == locations
    assert [line for line in catalog.verify() if not line.startswith(NOTE)] == []
    return set(runs)


def work(root: Path) -> None:
    """Two scans: one brings runs in piece by piece, the other one something new and changed."""
    catalog = open_catalog(str(root), create=True)
    for one in range(4):
        fill(catalog, [one, one + 1], seen_ms=one)
    catalog.compact()


@pytest.mark.usefixtures("quick")
def test_killed_between_any_two_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fuse, changes, seen = Fuse(monkeypatch), 0, 0
    root = tmp_path / "0"
    while not fuse.survives(changes, partial(work, root)):
        if (root / "catalog.json").exists():
            now = len(sound(open_catalog(str(root))))
            assert now >= seen  # what was seen once does not vanish with a later death
            seen = now
        work(root)
        assert sound(open_catalog(str(root))) == set(expected(range(5))[0])
        changes += 1
        root = tmp_path / str(changes)
    assert changes > 30


@pytest.mark.usefixtures("quick")
def test_killed_again_and_again_in_one_catalog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuse, seen = Fuse(monkeypatch), set[str]()
    order = random.Random(5)  # noqa: S311 - the same each time
    for _ in range(20):
        fuse.survives(order.randint(5, 60), partial(work, tmp_path))
        if (tmp_path / "catalog.json").exists():
            now = sound(open_catalog(str(tmp_path)))
            assert now >= seen
            seen = now
    work(tmp_path)
    assert sound(open_catalog(str(tmp_path))) == set(expected(range(5))[0])


@pytest.mark.usefixtures("quick")
def test_the_disk_is_full_at_any_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, state = local_store._write, {"left": 0}

    def write(path: Path, data: bytes) -> None:
        state["left"] -= 1
        if state["left"] < 0:
            path.write_bytes(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, data)

    monkeypatch.setattr(local_store, "_write", write)
    changes, done = 0, False
    while not done:
        root, state["left"] = tmp_path / str(changes), changes
        try:
            work(root)
            done = True
        except CatalogError as fault:
            assert "No space left on device. Free some space there" in str(fault)  # noqa: PT017
            assert not list(root.rglob(".tmp-*"))
        state["left"] = 10**9
        if (root / "catalog.json").exists():
            sound(open_catalog(str(root)))
        work(root)
        assert sound(open_catalog(str(root))) == set(expected(range(5))[0])
        changes += 1
    assert changes > 20


def start(root: Path, *what: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.catalog_writer", str(root), *map(str, what)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_files_may_not_grow(tmp_path: Path) -> None:
    with start(tmp_path, "limited", 4000) as process:
        said, _ = process.communicate(timeout=60)
    assert "cannot be written: File too large. Raise the limit" in said
    assert sound(open_catalog(str(tmp_path))) == set()
    fill(open_catalog(str(tmp_path)), range(50))
    assert sound(open_catalog(str(tmp_path))) == set(expected(range(50))[0])


@pytest.mark.slow
def test_sigkill_at_random_moments(tmp_path: Path) -> None:
    order = random.Random(20)  # noqa: S311 - the same each time
    seen = set[str]()
    for number in range(KILLS):
        with start(tmp_path, "fill", 0, TOTAL, number) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(order.random() * 0.15)
            process.kill()
        now = sound(open_catalog(str(tmp_path)))
        assert now >= seen
        seen = now
    assert seen
    with start(tmp_path, "fill", 0, TOTAL, KILLS) as process:
        process.communicate(timeout=120)
    assert process.returncode == 0
    catalog = open_catalog(str(tmp_path))
    assert sound(catalog) == set(expected(range(TOTAL))[0])
    assert catalog.verify() == []
    assert catalog.results() == {(run_id(one), ANALYSIS) for one in range(TOTAL)}


@pytest.mark.slow
def test_two_writers_and_one_who_merges(tmp_path: Path) -> None:
    open_catalog(str(tmp_path), create=True)
    overlapping = (("fill", 0, 40, 1), ("fill", 20, TOTAL, 2), ("compact", 60))
    processes = [start(tmp_path, *what) for what in overlapping]
    reader, seen, looks = open_catalog(str(tmp_path)), set[str](), 0
    end = time.monotonic() + 120
    while any(one.poll() is None for one in processes) and time.monotonic() < end:
        runs = reader.table("runs").collect()["name"].to_list()
        assert len(set(runs)) == len(runs)
        assert seen <= set(runs)
        seen, looks = set(runs), looks + 1
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert looks > 5
    assert sound(reader) == set(expected(range(TOTAL))[0])
    reader.compact()
    assert sound(open_catalog(str(tmp_path))) == set(expected(range(TOTAL))[0])
    assert planned(reader._segments.snapshot()) == Plan([], [])  # as few as it is meant to leave


@pytest.mark.usefixtures("quick")
def test_damaged_bytes_are_named_and_never_crash(tmp_path: Path) -> None:
    order = random.Random(3)  # noqa: S311 - the same each time
    catalog = open_catalog(str(tmp_path), create=True)
    fill(catalog, range(5))
    files = [one for one in sorted(tmp_path.glob("*/**/*")) if one.is_file()]
    for _ in range(150):
        file = order.choice(files)
        data = file.read_bytes()
        at, length = order.randrange(len(data)), order.choice((1, 1, 4, 40))
        file.write_bytes(data[:at] + order.randbytes(length) + data[at + length :])
        fresh = open_catalog(str(tmp_path))
        try:
            fresh.index()
            fresh.table("runs").collect()
            fresh.table("findings").collect()
        except CatalogError as fault:
            assert str(tmp_path) in str(fault)  # noqa: PT017
        if file.read_bytes() != data and file.parent.name != "segments":
            assert any(str(file) in line for line in fresh.verify()), file
        file.write_bytes(data)
    assert sound(open_catalog(str(tmp_path))) == set(expected(range(5))[0])
