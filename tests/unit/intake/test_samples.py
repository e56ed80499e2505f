"""Each sample of fixtures/samples/containers gives the bytes that were packed."""

from pathlib import Path

import pytest

from h2o_forensics.intake import open_bundle
from h2o_forensics.model.bundle import Bundle

ROOT = Path(__file__).resolve().parents[3] / "fixtures"
SAMPLES = ROOT / "samples" / "containers"
LOGS = {
    path.name: path.read_bytes()
    for path in (ROOT / "cases" / "node_killed" / "bundle").glob("node_*/logs/*")
}
INFO = "h2o_127.0.0.1_54343-3-info.log"
WARN = "h2o_127.0.0.1_54341-4-warn.log"
BOTH = [LOGS[WARN], LOGS[INFO]]


def contents(bundle: Bundle) -> list[bytes]:
    found = []
    for member in bundle.members:
        with member.open() as stream, member.open() as again:
            found.append(stream.read())
            assert again.read() == found[-1]
    return found


def codes(bundle: Bundle) -> list[tuple[str, str, int]]:
    return [(problem.artifact, problem.code, problem.count) for problem in bundle.problems()]


@pytest.mark.parametrize(
    "name",
    (
        "ustar.tar",
        "v7.tar",
        "logs.tar.gz",
        "logs.tgz",
        "logs.tar.zst",
        "logs.tar.bz2",
        "logs.tar.xz",
    ),
)
def test_tars(name: str) -> None:
    bundle = open_bundle([SAMPLES / name])
    paths = [member.path for member in bundle.members]
    assert paths == [f"{name}!logs/{WARN}", f"{name}!logs/{INFO}"]
    assert contents(bundle) == BOTH
    assert [member.size for member in bundle.members] == [len(log) for log in BOTH]
    assert {member.mtime for member in bundle.members} == {1767323045.0}
    assert codes(bundle) == []


@pytest.mark.parametrize("name", ("gnu_long_names.tar", "pax.tar"))
def test_long_names(name: str) -> None:
    bundle = open_bundle([SAMPLES / name])
    folder = 3 * "container_e01_1700000000000_0001_01_000002-"
    assert [member.path for member in bundle.members] == [f"{name}!long/{folder}/{WARN}"]
    assert contents(bundle) == BOTH[:1]
    assert codes(bundle) == []


@pytest.mark.parametrize(
    "name",
    (
        "h2o_warn.log.zst",
        "h2o_warn.log.bz2",
        "h2o_warn.log.xz",
        "two_streams.log.bz2",
        "two_streams.log.xz",
        "two_frames.log.zst",
    ),
)
def test_compressed(name: str) -> None:
    bundle = open_bundle([SAMPLES / name])
    assert [member.path for member in bundle.members] == [name]
    assert contents(bundle) == BOTH[:1]
    assert codes(bundle) == []


def test_links_and_devices() -> None:
    bundle = open_bundle([SAMPLES / "links_and_devices.tar"])
    assert [member.path for member in bundle.members] == ["links_and_devices.tar!logs/a.log"]
    assert contents(bundle) == BOTH[:1]
    assert codes(bundle) == [
        ("links_and_devices.tar", "not_a_file", 5),
        ("links_and_devices.tar", "unsupported", 1),
    ]
    assert dict(bundle.listed) == {
        "links_and_devices.tar": "tar archive",
        "links_and_devices.tar!logs/current": "symbolic link, not read",
        "links_and_devices.tar!logs/hard.log": "hard link, not read",
        "links_and_devices.tar!logs/null": "character device, not read",
        "links_and_devices.tar!logs/out": "symbolic link, not read",
        "links_and_devices.tar!logs/pipe": "pipe, not read",
        "links_and_devices.tar!logs/sparse.log": "sparse file, not read",
    }


def test_sparse_of_pax() -> None:
    bundle = open_bundle([SAMPLES / "pax_sparse.tar"])
    assert [member.path for member in bundle.members] == ["pax_sparse.tar!logs/a.log"]
    assert contents(bundle) == BOTH[:1]
    assert codes(bundle) == [("pax_sparse.tar", "unsupported", 1)]
    assert ("pax_sparse.tar!logs/sparse.log", "sparse file, not read") in bundle.listed


def test_tar_in_zip() -> None:
    bundle = open_bundle([SAMPLES / "tar_in_zip.zip"])
    assert bundle.members[0].path == f"tar_in_zip.zip!ustar.tar!logs/{WARN}"
    assert contents(bundle) == BOTH
    assert codes(bundle) == []


def test_archives_in_a_tar_in_zstd() -> None:
    bundle = open_bundle([SAMPLES / "nested.tar.zst"])
    inner = "nested.tar.zst!z/logs.tar.xz!logs/"
    assert [member.path for member in bundle.members] == [f"{inner}{WARN}", f"{inner}{INFO}"]
    assert contents(bundle) == BOTH
    assert len(bundle.duplicates) == 2
    assert codes(bundle) == []


def test_encrypted_zip() -> None:
    bundle = open_bundle([SAMPLES / "encrypted.zip"])
    assert len(bundle.members) == 1
    assert contents(bundle) == BOTH[:1]
    assert codes(bundle) == [("encrypted.zip", "encrypted", 1)]


def test_all_of_them_are_the_same_two_logs() -> None:
    bundle = open_bundle([SAMPLES])
    found = [data for data in contents(bundle) if b"water" in data]
    assert sorted(found) == sorted(BOTH)
    assert len(bundle.duplicates) > 20
