"""Many small runs for tests of the batch scan, some of them bad, and workers that fail on those."""

import errno
import io
import os
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.bombs import nested
from h2o_forensics.batch.content import content_of
from h2o_forensics.batch.guard import NOTE
from h2o_forensics.batch.work import do
from h2o_forensics.model.catalog import RunOutcome, RunTask
from tests.batch_archive import CASES, make_old
from tests.batch_faults import FAULTS

ENTRY = "tests.batch_many:work"
LOG = "h2o_127.0.0.1_55381-3-info.log"
_TEXT = CASES / "port_conflict" / "bundle" / "node_127.0.0.1_55381" / "logs" / LOG
_LINE = "11-22 06:23:50.000 127.0.0.1:55381    1  main  INFO water.default: this is run {number}\n"
_LONG = 100 * 2**20
_EATEN_MB = "6000"
_DOES = {"hangs": ("hang", ""), "crashes": ("segfault", ""), "eats": ("bait", _EATEN_MB)}


def text(number: int) -> str:
    """The log of one node, which no other run has."""
    return _TEXT.read_text(encoding="utf-8") + _LINE.format(number=number)


def zipped(files: dict[str, bytes | str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def run_zip(number: int) -> bytes:
    return zipped({LOG: text(number)})


def add_runs(folder: Path, numbers: Iterable[int]) -> None:
    """Runs as zips, none of them new."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        (folder / f"run_{number:03}.zip").write_bytes(run_zip(number))
    make_old(folder)


def encrypted() -> bytes:
    """A zip whose entries say that they are encrypted."""
    data = bytearray(run_zip(-1))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def long_line() -> bytes:
    """A log of one line, packed small."""
    head = _LINE.format(number=-2).rstrip().encode()
    return zipped({LOG: head + b" x" * (_LONG // 2) + b"\n"})


BAD: dict[str, Callable[[], bytes]] = {
    "bomb": nested,
    "cut": lambda: run_zip(-3)[:-200],
    "encrypted": encrypted,
    "long": long_line,
    "hangs": lambda: run_zip(-4),
    "crashes": lambda: run_zip(-5),
    "eats": lambda: run_zip(-6),
}


def add_bad(folder: Path) -> None:
    """One run of each bad kind."""
    for name, make in BAD.items():
        (folder / f"{name}.zip").write_bytes(make())
    make_old(folder)


def work(task: RunTask) -> RunOutcome:
    """As `batch.work.do`, but for runs whose names say what they do to it."""
    name = task.run.name.rpartition("/")[2].removesuffix(".zip")
    if task.kind == "analyze" and name in _DOES:
        NOTE.get()(content_of(task.run)[0])
        fault, how = _DOES[name]
        FAULTS[fault](how)
    return do(task)


def slow(task: RunTask) -> RunOutcome:
    """As `batch.work.do`, each analysis taking a moment longer."""
    if task.kind == "analyze":
        time.sleep(0.2)
    return do(task)


def broken_disk(task: RunTask) -> RunOutcome:
    """As `batch.work.do`, where the disk cannot read some files."""
    real = os.open

    def refuse(path: str, *rest: int, **more: int) -> int:
        if str(path).endswith(("broken/stderr.log", "broken.zip")):
            raise OSError(errno.EIO, "Input/output error", str(path))
        return real(path, *rest, **more)

    os.open = refuse  # type: ignore[assignment]
    return do(task)
