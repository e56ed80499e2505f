"""Whoever reads which members: the report is that of one process, byte for byte."""

import gzip
import io
import os
import random
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from h2o_forensics.batch.split import examine_parts, read_part
from h2o_forensics.budget import Budget
from h2o_forensics.model.bundle import Limits
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.opened import open_within
from h2o_forensics.pipeline import examine, scanner_of
from h2o_forensics.report import build_report, to_json
from h2o_forensics.rulebook import load_rulebook

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
SOURCES = sorted(
    (
        *(FIXTURES / "cases").glob("*/bundle"),
        *(one for one in (FIXTURES / "gc").iterdir() if one.is_dir()),
        *(one for one in (FIXTURES / "models").iterdir() if one.is_dir()),
    )
)
MOST_MEMBERS = 40
"""Members of samples that are taken: each split reads all of them."""


@cache
def rules() -> RuleBook:
    return load_rulebook(plugins=False)


def ident(source: Path) -> str:
    return source.relative_to(FIXTURES).as_posix()


def report_of(analysis: Analysis) -> bytes:
    return to_json(build_report(analysis))


def members_of(source: Path, limits: Limits | None = None) -> list[str]:
    return [member.path for member in open_within(source, Budget(), limits).members]


def whole(source: Path, limits: Limits | None = None) -> bytes:
    return report_of(examine(open_within(source, Budget(), limits), rules()))


def in_parts(source: Path, seed: int, limits: Limits | None = None) -> bytes:
    """By two to five processes; some members go to none of them, the parts come in any order."""
    rng = random.Random(f"{source.name}{seed}")  # noqa: S311 - the same splits every time
    groups: list[list[str]] = [[] for _ in range(rng.choice((2, 3, 5)) + seed % 2)]
    for path in members_of(source, limits):
        rng.choice(groups).append(path)
    read = groups[seed % 2 :]  # with an odd seed the first one failed
    parts = [read_part(source, group, rules(), limits=limits) for group in read]
    rng.shuffle(parts)
    return report_of(examine_parts(source, parts, rules(), limits=limits))


def files_of(source: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            yield path.relative_to(source).as_posix(), path.read_bytes()


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def zip_of_zips(files: list[tuple[str, bytes]]) -> bytes:
    inner = [(f"part{at}.zip", zipped(files[at::3])) for at in range(3)]
    return zipped([*inner, *files[:2]])


def tar_gz(files: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize("source", SOURCES, ids=ident)
def test_directories(source: Path) -> None:
    expected = whole(source)
    assert in_parts(source, 1) == expected
    assert in_parts(source, 2) == expected


@pytest.mark.parametrize("source", SOURCES, ids=ident)
@pytest.mark.parametrize("packed", (zip_of_zips, tar_gz))
def test_archives(source: Path, packed: object, tmp_path: Path) -> None:
    assert callable(packed)
    archive = tmp_path / "logs.bin"
    archive.write_bytes(packed(list(files_of(source))))
    assert in_parts(archive, len(ident(source))) == whole(archive)


@pytest.mark.parametrize("seed", range(6))
def test_damaged_members(seed: int, tmp_path: Path) -> None:
    """Cut and flipped bytes, in gzips, zips and both."""
    rng = random.Random(seed)  # noqa: S311 - the same damage every time
    files = [one for source in SOURCES[:4] for one in files_of(source)]
    damaged: list[tuple[str, bytes]] = []
    for number, (name, data) in enumerate(rng.sample(files, 12)):
        packed = gzip.compress(data, mtime=0)
        at = rng.randrange(len(packed) // 2, len(packed))
        bad = packed[:at] if number % 2 else packed[:at] + b"\xff\xff" + packed[at + 2 :]
        damaged.append((f"{number}/{Path(name).name.removesuffix('.gz')}.gz", bad))
    archive = zip_of_zips(damaged)
    at = rng.randrange(len(archive) // 2, len(archive))
    (tmp_path / "cut.zip").write_bytes(archive[:at])
    (tmp_path / "flipped.zip").write_bytes(archive[: at // 2] + b"\0\0\0" + archive[at // 2 + 3 :])
    for name, data in damaged:
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(data)
    expected = whole(tmp_path)
    assert b'"truncated"' in expected
    assert in_parts(tmp_path, seed) == expected


def test_many_damaged_members_are_one_problem(tmp_path: Path) -> None:
    """No part has as many as are put together; all of them have."""
    for number in range(30):
        lines = range(4000 + 301 * number)  # of equal ones all is read before they are members
        text = b"".join(b"line %d of %d\n" % (line, number) for line in lines)
        (tmp_path / f"{number:02}.log.gz").write_bytes(gzip.compress(text, mtime=0)[:-20])
    expected = whole(tmp_path)
    assert b"The same of 29 more" in expected
    assert in_parts(tmp_path, 2) == expected
    assert in_parts(tmp_path, 3) == expected


def test_rotated_files_and_copies(tmp_path: Path) -> None:
    """What goes together is put together after reading, whoever read it."""
    log = next((FIXTURES / "gc" / "g1").glob("*.log")).read_bytes().splitlines(keepends=True)
    third = len(log) // 3
    for number in range(3):
        end = None if number == 2 else (number + 1) * third
        (tmp_path / f"gc.log.{number}").write_bytes(b"".join(log[number * third : end]))
    (tmp_path / "node").mkdir()
    (tmp_path / "node" / "gc.log").write_bytes(b"".join(log))
    case = FIXTURES / "cases" / "node_killed" / "bundle"
    for name, data in files_of(case):
        for root in ("a", "b"):
            path = tmp_path / root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    expected = whole(tmp_path)
    for seed in range(2, 6):
        assert in_parts(tmp_path, seed) == expected


def test_samples_of_every_kind(tmp_path: Path) -> None:
    """Every reader's findings survive the way from process to process."""
    samples = sorted((FIXTURES / "samples").iterdir())
    for kind in (one for one in samples if one.is_dir()):
        for path in sorted(kind.rglob("*"))[:MOST_MEMBERS]:
            if path.is_file() and path.stat().st_size < 2**20:
                target = tmp_path / path.relative_to(FIXTURES / "samples")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    assert in_parts(tmp_path, 2) == whole(tmp_path)


@pytest.mark.parametrize("room", (100_000, 250_000, 450_000, 10**7))
def test_caps_on_all_bytes_together(room: int, tmp_path: Path) -> None:
    """Where they end a stream hangs on the order of reading: then one process reads all."""
    for number in range(1, 9):
        (tmp_path / f"{number}.log").write_bytes(b"the same line again\n" * (number * 700))
    limits = Limits(max_total_bytes=room)
    expected = whole(tmp_path, limits)
    assert (b'"too_big"' in expected) == (room < 10**6)
    for seed in range(2, 5):
        assert in_parts(tmp_path, seed, limits) == expected


@pytest.mark.parametrize("ratio", (2, 20, 400, 10**4))
def test_caps_on_archives(ratio: int, tmp_path: Path) -> None:
    files = [(f"{one}.log", b"the same line again\n" * (one * 3000)) for one in range(1, 9)]
    (tmp_path / "logs.zip").write_bytes(zip_of_zips(files))
    limits = Limits(max_ratio=ratio, ratio_free_bytes=200_000)
    expected = whole(tmp_path, limits)
    assert (b'"ratio"' in expected) == (ratio < 10**4)
    for seed in range(2, 5):
        assert in_parts(tmp_path, seed, limits) == expected


def test_what_was_met_is_known() -> None:
    source = FIXTURES / "cases" / "oom_import" / "bundle"
    alone, scanner = scanner_of(rules()), scanner_of(rules())
    analysis = examine(open_within(source, Budget()), rules(), scanner=alone)
    paths = members_of(source)
    parts = [read_part(source, paths[at::2], rules()) for at in range(2)]
    split = examine_parts(source, parts, rules(), scanner=scanner)
    assert not scanner.met
    met = {alone.signals[index].rule_id for index in alone.met}
    assert met
    assert {*split.touched} == met | {*analysis.touched}


PART = """
import sys
from pathlib import Path
from h2o_forensics.batch.split import Share, read_part
from h2o_forensics.rulebook import load_rulebook
share = Share(int(sys.argv[2]), 2)
rules = load_rulebook(plugins=False)
sys.stdout.buffer.write(read_part(Path(sys.argv[1]), share, rules, least_bytes=1))
"""


def test_processes_that_hash_differently() -> None:
    source = FIXTURES / "cases" / "distributed_exception" / "bundle"
    parts = [
        subprocess.run(
            [sys.executable, "-c", PART, str(source), str(part)],
            env={**os.environ, "PYTHONHASHSEED": str(part + 1), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for part in range(2)
    ]
    assert report_of(examine_parts(source, parts, rules())) == whole(source)
