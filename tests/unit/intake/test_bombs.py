"""Bombs of every kind are refused, by name, after little work."""

import bz2
import importlib.util
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake import open_bundle
from h2o_forensics.intake.caps import Box, Chunks, Meter
from h2o_forensics.model.bundle import Limits

ROOT = Path(__file__).resolve().parents[3]
_SPEC = importlib.util.spec_from_file_location("bombs", ROOT / "benchmarks" / "bombs.py")
assert _SPEC is not None
assert _SPEC.loader is not None
bombs = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bombs)

MB = 2**20
MOST = 120 * MB
"""Twice what an archive of any size may give (16 MiB), or 400 times its packed bytes."""

BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "nested.zip": (bombs.nested, {"ratio", "too_deep"}),
    "wide.zip": (bombs.wide, {"ratio"}),
    "overlapping.zip": (bombs.overlapping, {"overlap"}),
    "quoted.zip": (bombs.quoted, {"overlap"}),
    "single.zip": (lambda: bombs.single(64 * MB), {"ratio"}),
    "many.zip": (lambda: bombs.many(20_000), {"too_many"}),
    "quine.gz": (bombs.quine, {"too_deep"}),
    "zeros.gz": (lambda: bombs._zeros(zlib.compressobj(9, 8, 31), 64 * MB), {"ratio"}),
    "chain.gz": (bombs.chain, {"ratio"}),
    "zeros.tar.zst": (bombs.tar_zst, {"ratio", "truncated"}),
    "zeros.bz2": (lambda: bombs._zeros(bz2.BZ2Compressor(), 64 * MB), {"ratio"}),
    "zeros.xz": (lambda: bombs._zeros(lzma.LZMACompressor(preset=0), 64 * MB), {"ratio"}),
}


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes that came out of any machine, the refused ones included."""
    total = [0]
    limit = Meter.limit

    def counted(
        meter: Meter, key: tuple[str, int], chunks: Chunks, box: Box | None = None
    ) -> Chunks:
        def count() -> Chunks:
            for chunk in chunks:
                total[0] += len(chunk)
                yield chunk

        return limit(meter, key, count(), box)

    monkeypatch.setattr(Meter, "limit", counted)
    return total


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_bombs_are_refused(name: str, tmp_path: Path, unpacked: list[int]) -> None:
    make, expected = BOMBS[name]
    (tmp_path / name).write_bytes(make())
    (tmp_path / "beside.log").write_text("read all the same\n")
    bundle = open_bundle([tmp_path])
    for member in bundle.members:
        with member.open() as stream:
            while stream.read(MB):
                pass
    problems = bundle.problems()
    assert {problem.code for problem in problems} >= expected
    assert {problem.artifact.split("!")[0] for problem in problems} == {name}
    assert unpacked[0] < MOST
    assert "beside.log" in [member.path for member in bundle.members]


@pytest.mark.parametrize("make", (bombs.overlapping, bombs.quoted))
def test_of_entries_folded_into_each_other_none_is_unpacked(
    make: Callable[[], bytes], tmp_path: Path, unpacked: list[int]
) -> None:
    (tmp_path / "a.zip").write_bytes(make())
    with pytest.raises(IntakeError, match="entries of this zip share bytes, as in archive bombs"):
        open_bundle([tmp_path / "a.zip"])
    assert unpacked == [0]


def test_what_follows_in_a_spent_archive_is_not_opened(tmp_path: Path, unpacked: list[int]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(500):
            archive.writestr(f"{number:03}.log", bytes(MB + number))
        archive.writestr("small.txt", "read all the same\n")
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    bundle = open_bundle([tmp_path], Limits(max_ratio=10, ratio_free_bytes=20 * MB))
    before = unpacked[0]
    sizes = {member.path: len(member.open().read()) for member in bundle.members}
    assert unpacked[0] - before < 25 * MB
    assert sum(size == 0 for size in sizes.values()) > 400
    assert sizes["a.zip!small.txt"] == 18
    assert {problem.code for problem in bundle.problems()} == {"ratio"}


def test_bomb_alone_is_nothing_readable(tmp_path: Path) -> None:
    (tmp_path / "quine.gz").write_bytes(bombs.quine())
    with pytest.raises(IntakeError, match="gzip inside 4 others"):
        open_bundle([tmp_path / "quine.gz"])


def test_quine_is_one() -> None:
    assert zlib.decompress(bombs.quine(), 31) == bombs.quine()
