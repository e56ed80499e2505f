"""Public GC logs: all are read without an exception, and counts are those their owners assert.

Needs checkouts of microsoft/gctoolkit-testdata and chewiebug/GCViewer below one folder, named by
the environment variable H2O_FORENSICS_GC_DATA; skipped without.  None of the data is committed.
"""

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from h2o_forensics.model.jvm import Jvm
from tests import gc_runs
from tests.cases.gc_public_counts import DIFFERENCES, TOOLKIT, VIEWER, Counts

FOLDER = os.environ.get("H2O_FORENSICS_GC_DATA")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="H2O_FORENSICS_GC_DATA names no folder with public GC logs"
)
MOST = 200_000_000
EXPECTED = TOOLKIT | VIEWER


def files() -> list[Path]:
    found = (path for path in Path(FOLDER or "").rglob("*") if path.is_file())
    return sorted(path for path in found if ".git" not in path.parts)


def streams(path: Path) -> dict[str, bytes]:
    data = path.read_bytes()
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [entry.filename for entry in archive.infolist() if entry.file_size < MOST]
            return {name: archive.read(name) for name in names if not name.endswith("/")}
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    return {path.name: data}


def counted(jvms: list[Jvm]) -> Counts:
    pauses = [pause for jvm in jvms for pause in jvm.pauses]

    def of(*kinds: str) -> int:
        return sum(pause.count for pause in pauses if pause.kind in kinds)

    return Counts(
        young=of("young"),
        full=of("full"),
        initial_mark=of("initial_mark"),
        remark=of("remark"),
        cleanup=of("cleanup"),
        pauses=sum(pause.count for pause in pauses),
        other=sum(pause.count for pause in pauses if pause.kind != "full"),
        safepoints=sum(jvm.safepoints.count for jvm in jvms if jvm.safepoints),
    )


def test_every_file_is_read() -> None:
    chosen = files()
    assert len(chosen) > 100
    for path in chosen:
        gc_runs.jvms(streams(path))


@pytest.mark.parametrize("end", sorted(EXPECTED))
def test_counts_are_those_their_owners_assert_or_the_reason_is_known(end: str) -> None:
    found = [path for path in files() if path.as_posix().endswith("/" + end)]
    if not found:
        pytest.skip(f"no {end} below the folder")
    want, reason = DIFFERENCES.get(end, (EXPECTED[end], "as asserted there"))
    got = counted(gc_runs.jvms(streams(found[0])))
    given = {name: value for name, value in want._asdict().items() if value is not None}
    assert {name: got._asdict()[name] for name in given} == given, reason
