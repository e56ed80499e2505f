import gzip
import random
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from h2o_forensics.intake import open_bundle
from h2o_forensics.intake.problems import MOST_ALIKE, ProblemLog
from h2o_forensics.model.bundle import Bundle, Limits

Zip = Callable[[Iterable[tuple[str, str | bytes]]], bytes]


def given(tmp_path: Path, files: dict[str, bytes], limits: Limits) -> Bundle:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return open_bundle([tmp_path], limits)


def sizes(bundle: Bundle) -> dict[str, int]:
    return {member.path: len(member.open().read()) for member in bundle.members}


def codes(bundle: Bundle) -> list[tuple[str, str]]:
    return [(problem.artifact, problem.code) for problem in bundle.problems()]


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)  # noqa: S311 - incompressible, not secret


@pytest.mark.parametrize("name", ("a.log", "a.log.gz", "a.zip"))
def test_member_cap(tmp_path: Path, make_zip: Zip, log_text: str, name: str) -> None:
    data = log_text.encode()
    packed = {"a.log": data, "a.log.gz": gzip.compress(data), "a.zip": make_zip([("x", data)])}
    bundle = given(tmp_path, {name: packed[name]}, Limits(max_member_bytes=1000))
    path = "a.zip!x" if name == "a.zip" else name
    assert sizes(bundle) == {path: 1000}
    assert sizes(bundle) == {path: 1000}
    assert codes(bundle) == [(path, "too_big")]
    assert bundle.problems()[0].count == 1


def test_total_cap_is_not_charged_for_reading_again(tmp_path: Path) -> None:
    files = {"a.log": b"a" * 600, "b.log": b"b" * 601}
    bundle = given(tmp_path, files, Limits(max_total_bytes=1000))
    assert sizes(bundle) == {"a.log": 600, "b.log": 400}
    assert sizes(bundle) == {"a.log": 600, "b.log": 400}
    assert codes(bundle) == [("b.log", "too_big")]


def test_files_past_the_total_cap_are_not_called_copies(tmp_path: Path) -> None:
    files = {name: bytes([65 + i]) * 500 for i, name in enumerate(("a", "b", "c", "d"))}
    bundle = given(tmp_path, files, Limits(max_total_bytes=700))
    assert bundle.duplicates == ()
    assert len(bundle.members) == 4


@pytest.mark.parametrize("kind", ("gz", "zip", "members"))
def test_bomb_ends_at_the_ratio(tmp_path: Path, make_zip: Zip, kind: str) -> None:
    zeros = bytes(8 * 2**20)
    bomb = {
        "gz": gzip.compress(zeros),
        "zip": make_zip([("x", zeros)]),
        "members": gzip.compress(zeros[: 2**20]) * 8,  # Each of them is below what is free.
    }[kind]
    limits = Limits(max_ratio=100, ratio_free_bytes=2 * 2**20)
    bundle = given(tmp_path, {"bomb": bomb}, limits)
    (path, size), *_ = sizes(bundle).items()
    assert 2**20 <= size <= 3 * 2**20
    assert codes(bundle) == [(path, "ratio")]


def test_many_entries_of_one_archive_share_the_ratio(tmp_path: Path, make_zip: Zip) -> None:
    bomb = make_zip([(f"{i}", bytes(2**20 + i)) for i in range(10)])
    limits = Limits(max_ratio=100, ratio_free_bytes=2 * 2**20)
    bundle = given(tmp_path, {"bomb.zip": bomb}, limits)
    assert sum(sizes(bundle).values()) <= 2 * 2**20
    assert {code for _, code in codes(bundle)} == {"ratio"}


def test_entries_that_share_bytes_are_named(tmp_path: Path, make_zip: Zip) -> None:
    # Two directory entries that lead to the same data.
    data = make_zip([("a.log", noise(1000)), ("b.log", noise(1000))])
    second = data.index(b"PK\x03\x04", 4)
    overlapping = data.replace(second.to_bytes(4, "little"), bytes(4))
    bundle = given(tmp_path, {"x.zip": overlapping}, Limits())
    assert ("x.zip", "overlap") in codes(bundle)


def test_dense_log_is_no_bomb(tmp_path: Path) -> None:
    text = b"11-22 05:54:00.000 127.0.0.1:54341 4242 FJ-1-1 WARN water.default: again\n" * 30_000
    bundle = given(tmp_path, {"a.log.gz": gzip.compress(text)}, Limits())
    assert sizes(bundle) == {"a.log.gz": len(text)}
    assert codes(bundle) == []


def test_nesting_ends_at_the_depth(tmp_path: Path, make_zip: Zip) -> None:
    data = make_zip([("deepest.log", "x")])
    for level in range(5):
        data = make_zip([(f"{level}.zip", data), (f"{level}.log", f"at {level}")])
    bundle = given(tmp_path, {"x.zip": data}, Limits(max_depth=4))
    assert [member.path for member in bundle.members] == [
        "x.zip!4.log",
        "x.zip!4.zip!3.log",
        "x.zip!4.zip!3.zip!2.log",
        "x.zip!4.zip!3.zip!2.zip!1.log",
    ]
    assert codes(bundle) == [("x.zip!4.zip!3.zip!2.zip!1.zip", "too_deep")]


def test_gzip_counts_as_a_level(tmp_path: Path) -> None:
    data = b"text"
    for _ in range(4):
        data = gzip.compress(data)
    assert sizes(given(tmp_path, {"a.gz": data}, Limits(max_depth=4))) == {"a.gz": 4}
    (tmp_path / "b.log").write_text("b")
    bundle = open_bundle([tmp_path], Limits(max_depth=3))
    assert codes(bundle) == [("a.gz", "too_deep")]


def test_entries_end_at_their_number(tmp_path: Path, make_zip: Zip) -> None:
    data = make_zip([(f"{i:03}.log", f"entry {i}") for i in range(100)])
    bundle = given(tmp_path, {"x.zip": data}, Limits(max_entries=20))
    assert len(bundle.members) == 19  # The archive itself is one.
    assert codes(bundle) == [("x.zip", "too_many")]


def test_a_large_archive_does_not_crowd_out_the_files_beside_it(
    tmp_path: Path, make_zip: Zip
) -> None:
    inner = make_zip([(f"{i}.log", f"entry {i}") for i in range(100)])
    outer = make_zip([("many.zip", inner), ("z.log", "in")])
    bundle = given(tmp_path, {"a.zip": outer, "z.log": b"beside"}, Limits(max_entries=10))
    assert {"z.log", "a.zip!z.log"} < {member.path for member in bundle.members}


def test_files_end_at_their_number(tmp_path: Path) -> None:
    bundle = given(
        tmp_path, {f"{i}": f"file {i}".encode() for i in range(9)}, Limits(max_entries=5)
    )
    assert [member.path for member in bundle.members] == ["0", "1", "2", "3", "4"]
    assert [(p.artifact, p.code, p.count) for p in bundle.problems()] == [(".", "too_many", 4)]


def test_large_nested_archive_is_refused_the_rest_read(tmp_path: Path, make_zip: Zip) -> None:
    inner = make_zip([("x.log", noise(5000))])
    outer = make_zip([("big.zip", inner), ("a.log", "a")])
    bundle = given(tmp_path, {"o.zip": outer}, Limits(max_buffered_archive_bytes=4000))
    assert sizes(bundle) == {"o.zip!a.log": 1}
    assert codes(bundle) == [("o.zip!big.zip", "too_big")]
    assert open_bundle([tmp_path], Limits(max_buffered_archive_bytes=9000)).problems() == ()


def test_archives_dropped_from_memory_are_read_again(tmp_path: Path, make_zip: Zip) -> None:
    inner = [(f"{i}.zip", make_zip([("x.log", noise(3000 + i))])) for i in range(4)]
    bundle = given(tmp_path, {"o.zip": make_zip(inner)}, Limits(max_buffered_archive_bytes=4000))
    expected = {f"o.zip!{i}.zip!x.log": 3000 + i for i in range(4)}
    assert sizes(bundle) == sizes(bundle) == expected
    assert codes(bundle) == []


def test_truncated_gzip_gives_all_that_can_be_inflated(tmp_path: Path, log_text: str) -> None:
    whole = gzip.compress(log_text.encode())
    for cut in (len(whole) - 1, len(whole) - 8, len(whole) // 2, len(whole) // 3, 999):
        bundle = given(tmp_path, {"a.gz": whole[:cut]}, Limits())
        expected = zlib.decompressobj(31).decompress(whole[:cut])
        assert bundle.members[0].open().read() == expected
        assert codes(bundle) == [("a.gz", "truncated")]


def test_damaged_gzip_gives_all_before_the_damage(tmp_path: Path, log_text: str) -> None:
    whole = gzip.compress(log_text.encode())
    at = len(whole) // 2
    bundle = given(tmp_path, {"a.gz": whole[:at] + b"\xff" * 50 + whole[at:]}, Limits())
    got = bundle.members[0].open().read()
    sure = zlib.decompressobj(31).decompress(whole[:at])
    assert got.startswith(sure[:-300])  # The last symbols may have been changed by what follows.
    assert codes(bundle)[0][1] in {"bad_data", "bad_crc"}


def test_headers_without_end_do_not_hang(tmp_path: Path) -> None:
    marks = b"PK\x03\x04" * 100_000
    header = b"PK\x03\x04\x14\x00\x08\x00\x08\x00" + bytes(16) + b"\x01\x00\x00\x00a" + b"\x03"
    start = time.monotonic()
    files = {"a.zip": marks, "b.zip": header * 20_000, "c.log": b"c"}
    bundle = given(tmp_path, files, Limits(max_entries=2000))
    assert time.monotonic() - start < 20
    assert ("a.zip", "bad_zip") in codes(bundle)
    assert "c.log" in [member.path for member in bundle.members]


def test_archives_in_archives_end_at_the_number_of_entries(tmp_path: Path, make_zip: Zip) -> None:
    data = b"x"
    for level in range(5):
        name = "{}.zip" if level else "{}.log"
        data = make_zip([(name.format(i), data) for i in range(20)])
    start = time.monotonic()
    limits = Limits(ratio_free_bytes=2**30)
    bundle = given(tmp_path, {"x.zip": data, "z.log": b"beside"}, limits)
    assert time.monotonic() - start < 5  # 0.5 s here
    assert [member.path for member in bundle.members] == ["z.log"]
    found = {(p.artifact, p.code): p.count for p in bundle.problems()}
    assert [code for _, code in sorted(found)] == ["too_deep", "too_many"]
    assert found["x.zip", "too_deep"] > 5000
    assert len(bundle.listed) <= Limits().max_entries


def test_problems_that_are_alike_become_one_with_their_number() -> None:
    log = ProblemLog()
    for number in range(MOST_ALIKE):
        log.note(f"x.zip!{number:02}.log", "bad_crc", f"x.zip!{number:02}.log: damaged.")
    log.note("y.zip!a.log", "bad_crc", "y.zip!a.log: damaged.")
    assert len(log.all()) == MOST_ALIKE + 1
    log.note("x.zip!n.zip!z.log", "bad_crc", "z")
    assert [(p.artifact, p.count) for p in log.all()] == [("x.zip", 21), ("y.zip!a.log", 1)]
    assert log.all()[0].message == "x.zip!00.log: damaged. The same of 20 more in x.zip."
    for number in range(30):
        log.note(f"x.zip!{number}.zip", "node_not_healthy", "n")
    assert sum(p.code == "node_not_healthy" for p in log.all()) == 30


def test_stop_ends_streams_where_they_are(tmp_path: Path, make_zip: Zip) -> None:
    data = noise(3 * 2**20)
    reasons: list[str | None] = [None]
    limits = Limits(stop=lambda: reasons[-1])
    files = {"a.log": data, "b.zip": make_zip([("b.log", data[1:])])}
    bundle = given(tmp_path, files, limits)
    streams = {member.path: member.open() for member in bundle.members}
    for stream in streams.values():
        assert stream.read(10)
    reasons.append("time limit reached")
    for stream in streams.values():
        assert len(stream.read()) < len(data)
    assert codes(bundle) == [("a.log", "stopped"), ("b.zip!b.log", "stopped")]
    assert bundle.problems()[0].message == "a.log: time limit reached; the rest was not read."


def test_stop_opens_no_further_archive(tmp_path: Path, make_zip: Zip) -> None:
    asked = iter(range(100))
    limits = Limits(stop=lambda: "time limit reached" if next(asked, 100) > 2 else None)
    files = {"a.log": b"a", "b.zip": make_zip([("b.log", "b")])}
    bundle = given(tmp_path, files, limits)
    assert [member.path for member in bundle.members] == ["a.log"]
    assert ("b.zip", "zip archive, not read: time limit reached") in bundle.listed
