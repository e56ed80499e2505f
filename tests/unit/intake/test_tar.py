import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from h2o_forensics.intake import bundle_of_texts, containers, dedupe, open_bundle
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import file_chunks
from h2o_forensics.intake.zst import zstd
from h2o_forensics.model.bundle import Bundle, Limits

CHECKED: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: zstd.compress(data, options=CHECKED),
}


def make_tar(files: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def contents(bundle: Bundle) -> dict[str, bytes]:
    found = {}
    for member in bundle.members:
        with member.open() as stream:
            found[member.path] = stream.read()
    return found


def codes(bundle: Bundle) -> list[tuple[str, str]]:
    return [(problem.artifact, problem.code) for problem in bundle.problems()]


@pytest.mark.parametrize("suffix", sorted(PACK))
def test_cut_tar_gives_what_was_before_the_cut(log_text: str, suffix: str) -> None:
    log = log_text.encode()
    whole = make_tar({"a.log": log, "b.log": log[::-1]})
    at = 512 + -(-len(log) // 512) * 512 + 512 + 10_000
    name = f"x.tar{suffix}"
    bundle = bundle_of_texts({name: PACK[suffix](whole[:at])})
    assert contents(bundle) == {f"{name}!a.log": log, f"{name}!b.log": log[::-1][:10_000]}
    assert codes(bundle) == [(name, "truncated"), (f"{name}!b.log", "truncated")]


@pytest.mark.parametrize("suffix", (".gz", ".bz2", ".xz", ".zst"))
def test_cut_compressed_tar(log_text: str, suffix: str) -> None:
    log = log_text.encode()
    packed = PACK[suffix](make_tar({"a.log": log * 8, "b.log": log[::-1] * 8}))
    name = f"x.tar{suffix}"
    bundle = bundle_of_texts({name: packed[: len(packed) * 3 // 4]})
    found = contents(bundle)
    assert found[f"{name}!a.log"] == log * 8 or suffix == ".bz2"  # One block of bzip2 is 900 kB.
    assert (name, "truncated") in codes(bundle)


def test_tar_that_ends_between_files_is_named() -> None:
    whole = make_tar({"a.log": b"a" * 600, "b.log": b"b"})
    bundle = bundle_of_texts({"x.tar": whole[: 3 * 512]})
    assert contents(bundle) == {"x.tar!a.log": b"a" * 600}
    assert codes(bundle) == [("x.tar", "truncated")]


@pytest.mark.parametrize("suffix", ("", ".gz"))
def test_damaged_header_loses_one_file_only(suffix: str) -> None:
    whole = bytearray(make_tar({f"{name}.log": name.encode() * 700 for name in "abc"}))
    second = 512 + 1024
    whole[second + 124 : second + 130] = b"\xff" * 6
    name = f"x.tar{suffix}"
    bundle = bundle_of_texts({name: PACK[suffix](bytes(whole))})
    assert list(contents(bundle)) == [f"{name}!a.log", f"{name}!c.log"]
    assert codes(bundle) == [(name, "bad_tar")]


def test_lost_bytes_do_not_lose_the_rest() -> None:
    whole = make_tar({f"{name}.log": name.encode() * 700 for name in "abcd"})
    bundle = bundle_of_texts({"x.tar": whole[:700] + whole[777:]})
    assert set(contents(bundle)) >= {"x.tar!a.log", "x.tar!c.log", "x.tar!d.log"}
    assert ("x.tar", "bad_tar") in codes(bundle)


def test_tars_one_after_the_other() -> None:
    bundle = bundle_of_texts({"x.tar": make_tar({"a": b"1"}) + make_tar({"b": b"2"})})
    assert contents(bundle) == {"x.tar!a": b"1", "x.tar!b": b"2"}
    assert codes(bundle) == []


@pytest.mark.parametrize(
    ("given", "shown"),
    (
        ("/etc/passwd", "etc/passwd"),
        ("../../a.log", "__/__/a.log"),
        ("C:\\logs\\a.log", "logs/a.log"),
        ("a\\..\\b.log", "a/__/b.log"),
    ),
)
def test_unsafe_names(given: str, shown: str) -> None:
    bundle = bundle_of_texts({"x.tar": make_tar({given: b"a"})})
    assert list(contents(bundle)) == [f"x.tar!{shown}"]
    assert codes(bundle) == [("x.tar", "unsafe_name")]


def test_leading_dot_is_usual() -> None:
    bundle = bundle_of_texts({"x.tar": make_tar({"./logs/a.log": b"a"})})
    assert (list(contents(bundle)), codes(bundle)) == (["x.tar!logs/a.log"], [])


def test_double_names_are_both_read() -> None:
    twice = make_tar({"a": b"1"})[:1024] + make_tar({"a": b"2"})
    bundle = bundle_of_texts({"x.tar": twice})
    assert contents(bundle) == {"x.tar!a": b"1", "x.tar!a~2": b"2"}
    assert codes(bundle) == [("x.tar", "duplicate_name")]


def test_names_in_other_encodings() -> None:
    archive = make_tar({"x.log": b"x"}).replace(b"x.log", b"\xe4.log")
    block = bytearray(archive[:512])
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    bundle = bundle_of_texts({"x.tar": bytes(block) + archive[512:]})
    assert list(contents(bundle)) == ["x.tar!\\xe4.log"]


def test_size_beyond_the_end_gives_what_is_there() -> None:
    info = tarfile.TarInfo("a.log")
    info.size = 2**62
    head = info.tobuf(tarfile.GNU_FORMAT)
    bundle = bundle_of_texts({"x.tar": head + b"here", "y.tar.gz": gzip.compress(head + b"there")})
    assert contents(bundle) == {"x.tar!a.log": b"here", "y.tar.gz!a.log": b"there"}
    assert {code for _, code in codes(bundle)} == {"truncated"}


def test_endless_name_is_not_held() -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 8 * 2**20
    long = info.tobuf(tarfile.GNU_FORMAT) + b"n" * info.size
    bundle = bundle_of_texts({"x.tar": long + make_tar({"a": b"1"})})
    assert contents(bundle) == {"x.tar!a": b"1"}
    assert codes(bundle) == [("x.tar", "bad_tar")]


def test_headers_without_end_stop(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type = tarfile.XHDTYPE
    tar = info.tobuf(tarfile.USTAR_FORMAT) * 1000 + make_tar({"a": b"1"})
    (tmp_path / "x.tar").write_bytes(tar)
    (tmp_path / "ok.log").write_bytes(b"ok")
    bundle = open_bundle([tmp_path], Limits(max_entries=100))
    assert (list(contents(bundle)), codes(bundle)) == (["ok.log"], [("x.tar", "too_many")])


def test_large_files_of_a_stream_are_read_again_small_ones_held(log_text: str) -> None:
    log = log_text.encode()
    files = {f"{i}.log": log[i:] + log for i in range(6)}
    packed = gzip.compress(make_tar(files))
    opened = []

    def source() -> io.BytesIO:
        opened.append(1)
        return io.BytesIO(packed)

    session = Session(Limits(max_buffered_archive_bytes=100_000))
    containers.place(
        Blob("x.tar.gz", lambda: file_chunks(source), len(packed), None, "x.tar.gz"), session
    )
    members, _ = dedupe.settle(session)
    walked = len(opened)
    for member in members:  # In the order of the tar: one pass, whatever is held.
        with member.open() as stream:
            assert stream.read() == files[member.path.removeprefix("x.tar.gz!")]
    assert len(opened) <= walked + 1
    for member in reversed(members):
        with member.open() as stream:
            assert stream.read() == files[member.path.removeprefix("x.tar.gz!")]
            stream.seekable()
    for member in members:
        with member.open() as stream:
            stream.read(500)
    assert session.log.all() == ()


def test_archives_in_a_tar_on_disk_are_read_where_they_lie(tmp_path: Path, log_text: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.log", log_text)
    inner = make_tar({"b.log": b"b", "l.zip": out.getvalue(), "c.log.gz": gzip.compress(b"c")})
    (tmp_path / "x.tar").write_bytes(make_tar({"n.tar": inner}))
    bundle = open_bundle([tmp_path / "x.tar"], Limits(max_buffered_archive_bytes=100))
    assert contents(bundle) == {
        "x.tar!n.tar!b.log": b"b",
        "x.tar!n.tar!c.log.gz": b"c",
        "x.tar!n.tar!l.zip!a.log": log_text.encode(),
    }
    assert codes(bundle) == []


def test_size_that_lies_does_not_loosen_the_ratio(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(8 * 2**20))
    info = tarfile.TarInfo("x.zip")
    info.size = 2**62
    (tmp_path / "x.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + out.getvalue())
    bundle = open_bundle([tmp_path / "x.tar"], Limits(ratio_free_bytes=2**20, max_ratio=100))
    assert [len(data) for data in contents(bundle).values()] < [2 * 2**20]
    assert "ratio" in {code for _, code in codes(bundle)}
