import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from h2o_forensics.intake import bundle_of_texts, open_bundle
from h2o_forensics.intake.codecs import BZIP2, XZ, ZSTD, Codec
from h2o_forensics.intake.zst import zstd
from h2o_forensics.model.bundle import Bundle

Zip = Callable[[Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]], bytes]


def contents(bundle: Bundle) -> dict[str, bytes]:
    return {member.path: member.open().read() for member in bundle.members}


def codes(bundle: Bundle) -> list[tuple[str, str]]:
    return [(problem.artifact, problem.code) for problem in bundle.problems()]


@pytest.fixture
def download(make_zip: Zip, log_text: str) -> bytes:
    """H2O's log download: a lost node, one that failed while asked, a sound one."""
    node = make_zip(
        [("h2ologs_node0_a_1/h2o_a_1-3-info.log", log_text), ("h2ologs_node0_a_1/e.log", "")]
    )
    return make_zip(
        [
            ("h2ologs_1/", ""),
            ("h2ologs_1/node0_a_1.zip", node),
            ("h2ologs_1/node1_b_1.zip", "Node not healthy"),
            ("h2ologs_1/node2_c_1.zip", "java.lang.RuntimeException: x\n\tat water.RPC\n"),
        ]
    )


def test_log_download(download: bytes, log_text: str) -> None:
    bundle = bundle_of_texts({"logs.zip": download})
    inner = "logs.zip!h2ologs_1/node0_a_1.zip"
    assert contents(bundle) == {
        f"{inner}!h2ologs_node0_a_1/h2o_a_1-3-info.log": log_text.encode(),
        "logs.zip!h2ologs_1/node1_b_1.zip": b"Node not healthy",
        "logs.zip!h2ologs_1/node2_c_1.zip": b"java.lang.RuntimeException: x\n\tat water.RPC\n",
    }
    assert codes(bundle) == [("logs.zip!h2ologs_1/node1_b_1.zip", "node_not_healthy")]
    assert bundle.listed == (
        ("logs.zip", "zip archive"),
        (inner, "zip archive"),
        (f"{inner}!h2ologs_node0_a_1/e.log", "empty file"),
    )


def test_mtime_is_the_entrys(make_zip: Zip) -> None:
    entry = zipfile.ZipInfo("a.log", (2026, 11, 22, 5, 56, 20))
    bundle = bundle_of_texts({"x.zip": make_zip([(entry, "a")])})
    assert bundle.members[0].mtime == 1795326980.0


def test_impossible_mtime_is_unknown(make_zip: Zip) -> None:
    data = make_zip([(zipfile.ZipInfo("a.log", (1980, 1, 1, 0, 0, 0)), "a")])
    data = data.replace(struct.pack("<2H", 0, 33), struct.pack("<2H", 0, 0))
    assert bundle_of_texts({"x.zip": data}).members[0].mtime is None


def test_chunked_reading_equals_whole_reading(download: bytes, log_text: str) -> None:
    member = bundle_of_texts({"logs.zip": download}).members[0]
    for size in (1, 7, 4096, 100_000, 10_000_000):
        with member.open() as stream:
            chunks = list(iter(lambda: stream.read(size), b""))  # noqa: B023 - used up in the loop
        assert b"".join(chunks) == log_text.encode()
    with member.open() as stream:
        assert b"".join(stream) == log_text.encode()


def test_reading_into_a_buffer_and_the_rest(download: bytes, log_text: str) -> None:
    buffer = bytearray(1000)
    with bundle_of_texts({"logs.zip": download}).members[0].open() as stream:
        size = stream.readinto(buffer)  # type: ignore[attr-defined] # BinaryIO does not name it
        assert bytes(buffer[:size]) + stream.read() == log_text.encode()
        assert stream.read() == b""


def test_opens_are_independent_in_threads(tmp_path: Path, download: bytes, log_text: str) -> None:
    (tmp_path / "logs.zip").write_bytes(download)
    (tmp_path / "logs2.zip").write_bytes(download + b"\0")  # Another archive, the same content.
    bundle = open_bundle([tmp_path])
    expected = contents(bundle)
    assert log_text.encode() in expected.values()

    def read(number: int) -> bool:
        member = bundle.members[number % len(bundle.members)]
        with member.open() as stream:
            data = b"".join(iter(lambda: stream.read(1 + number * 37), b""))
        return data == expected[member.path]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(64)))


def test_two_opens_may_be_read_in_turns(download: bytes, log_text: str) -> None:
    member = bundle_of_texts({"logs.zip": download}).members[0]
    with member.open() as one, member.open() as two:
        got = [(one.read(50), two.read(50)) for _ in range(len(log_text) // 50 + 1)]
    assert b"".join(pair[0] for pair in got) == b"".join(pair[1] for pair in got)


def test_cut_download_gives_what_it_holds(make_zip: Zip, log_text: str) -> None:
    half = len(log_text) // 2
    whole = make_zip([("a.log", log_text[:half]), ("b.log", log_text[half:])])
    bundle = bundle_of_texts({"x.zip": whole[: len(whole) * 3 // 4]})
    found = contents(bundle)
    assert found["x.zip!a.log"] == log_text[:half].encode()
    assert log_text[half:].encode().startswith(found["x.zip!b.log"])
    assert len(found["x.zip!b.log"]) > half // 3
    assert codes(bundle) == [("x.zip", "bad_zip"), ("x.zip!b.log", "truncated")]


def test_cut_outer_archive_still_gives_the_inner_logs(download: bytes, log_text: str) -> None:
    cut = download[: download.index(b"h2ologs_1/node1")]
    bundle = bundle_of_texts({"logs.zip": cut})
    path = "logs.zip!h2ologs_1/node0_a_1.zip!h2ologs_node0_a_1/h2o_a_1-3-info.log"
    assert contents(bundle)[path] == log_text.encode()
    assert ("logs.zip", "bad_zip") in codes(bundle)


def test_streamed_entries_without_a_directory_are_found(log_text: str, tmp_path: Path) -> None:
    # As Java writes: sizes and CRC behind the data.
    class Pipe:
        def __init__(self) -> None:
            self.data = bytearray()

        def write(self, data: bytes) -> int:
            self.data += data
            return len(data)

        def flush(self) -> None: ...

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.writestr("a.log", log_text)
        archive.writestr("b.log", "b")
    data = bytes(pipe.data)
    (tmp_path / "x.zip").write_bytes(data[: data.index(b"PK\x01\x02")])
    bundle = open_bundle([tmp_path])
    assert contents(bundle) == {"x.zip!a.log": log_text.encode(), "x.zip!b.log": b"b"}
    assert codes(bundle) == [("x.zip", "bad_zip")]


def test_bytes_in_front_of_an_entry_list_do_not_matter(make_zip: Zip) -> None:
    # Offsets are then all wrong by the same number; the entries are sound.
    bundle = bundle_of_texts({"x.zip": b"PK\x07\x08" + make_zip([("b.log", "bbb")])})
    assert contents(bundle) == {"x.zip!b.log": b"bbb"}
    assert codes(bundle) == []


def test_two_archives_in_one_file_are_both_read(make_zip: Zip) -> None:
    both = make_zip([("a.log", "aaa")]) + make_zip([("b.log", "bbb")])
    bundle = bundle_of_texts({"x.zip": both})
    assert contents(bundle) == {"x.zip!a.log": b"aaa", "x.zip!b.log": b"bbb"}
    assert codes(bundle) == [("x.zip", "bad_zip")]


def test_names_of_one_kind_are_one_problem_with_a_count(make_zip: Zip) -> None:
    bundle = bundle_of_texts({"x.zip": make_zip([(f"logs\\{i}.log", f"{i}") for i in range(9)])})
    assert [(p.artifact, p.code, p.count) for p in bundle.problems()] == [
        ("x.zip", "unsafe_name", 9)
    ]


def test_bad_crc_is_named_and_the_bytes_are_given(make_zip: Zip, log_text: str) -> None:
    data = make_zip([("a.log", log_text), ("b.log", "b")])
    crc = struct.pack("<L", zipfile.crc32(log_text.encode()))  # type: ignore[attr-defined] # re-export
    bundle = bundle_of_texts({"x.zip": data.replace(crc, b"\1\2\3\4")})
    assert contents(bundle)["x.zip!a.log"] == log_text.encode()
    assert codes(bundle) == [("x.zip!a.log", "bad_crc")]


def test_damaged_entry_gives_its_beginning_and_the_others(make_zip: Zip, log_text: str) -> None:
    data = bytearray(make_zip([("a.log", log_text), ("b.log", "b")]))
    middle = data.index(b"b.log") // 2
    data[middle : middle + 40] = b"\xff" * 40
    bundle = bundle_of_texts({"x.zip": bytes(data)})
    found = contents(bundle)
    assert log_text.encode()[:10_000] == found["x.zip!a.log"][:10_000]
    assert found["x.zip!b.log"] == b"b"
    assert [code for _, code in codes(bundle)] in (["bad_data"], ["bad_crc"])


def test_size_that_lies_does_not_cut(make_zip: Zip, log_text: str) -> None:
    data = make_zip([("a.log", log_text)])
    lie = data.replace(struct.pack("<L", len(log_text)), struct.pack("<L", 5))
    bundle = bundle_of_texts({"x.zip": lie})
    assert contents(bundle)["x.zip!a.log"] == log_text.encode()
    assert codes(bundle) == [("x.zip!a.log", "wrong_size")]


def test_encrypted_entry_is_refused_the_rest_read(make_zip: Zip) -> None:
    data = bytearray(make_zip([("a.log", "a"), ("b.log", "b")]))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    bundle = bundle_of_texts({"x.zip": bytes(data)})
    assert contents(bundle) == {"x.zip!b.log": b"b"}
    assert codes(bundle) == [("x.zip", "encrypted")]
    assert "x.zip!a.log" in bundle.problems()[0].message
    assert ("x.zip!a.log", "encrypted") in bundle.listed


def test_unsupported_method_is_named(make_zip: Zip) -> None:
    data = bytearray(make_zip([("a.log", "a"), ("b.log", "b")]))
    data[data.index(b"PK\x01\x02") + 10] = 9
    bundle = bundle_of_texts({"x.zip": bytes(data)})
    assert contents(bundle) == {"x.zip!b.log": b"b"}
    assert codes(bundle) == [("x.zip!a.log", "unsupported")]
    assert ("x.zip!a.log", "nothing of it could be read") in bundle.listed


@pytest.mark.parametrize(
    ("given", "shown"),
    (
        ("/etc/passwd", "etc/passwd"),
        ("../../x.log", "__/__/x.log"),
        ("logs\\h2o.log", "logs/h2o.log"),
        ("C:\\logs\\h2o.log", "logs/h2o.log"),
        ("a/../../b.log", "a/__/__/b.log"),
        ("..", "__"),
        ("/", "unnamed"),
    ),
)
def test_unsafe_names_are_shown_tamed_and_read(make_zip: Zip, given: str, shown: str) -> None:
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = given
    bundle = bundle_of_texts({"x.zip": make_zip([(entry, "text"), ("ok.log", "other")])})
    assert contents(bundle) == {f"x.zip!{shown}": b"text", "x.zip!ok.log": b"other"}
    assert codes(bundle) == [("x.zip", "unsafe_name")]
    assert shown in bundle.problems()[0].message


def test_escapes_in_entry_names(make_zip: Zip) -> None:
    bundle = bundle_of_texts({"x.zip": make_zip([("a\x1b[2J\u202e.log", "a")])})
    assert [member.path for member in bundle.members] == ["x.zip!a\\x1b[2J\\u202e.log"]


def test_very_long_names_are_cut_and_stay_unique(make_zip: Zip) -> None:
    bundle = bundle_of_texts({"x.zip": make_zip([("n" * 5000, "a"), ("n" * 5001, "b")])})
    first, second = (member.path for member in bundle.members)
    assert first == "x.zip!" + "n" * 1000 + "..."
    assert second == first + "~2"


def test_double_names_are_both_read(make_zip: Zip) -> None:
    bundle = bundle_of_texts({"x.zip": make_zip([("a.log", "one"), ("a.log", "two")])})
    assert contents(bundle) == {"x.zip!a.log": b"one", "x.zip!a.log~2": b"two"}
    assert codes(bundle) == [("x.zip", "duplicate_name")]


def test_link_in_a_zip_is_not_read(make_zip: Zip) -> None:
    entry = zipfile.ZipInfo("link")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    bundle = bundle_of_texts({"x.zip": make_zip([(entry, "/etc/passwd"), ("a.log", "a")])})
    assert contents(bundle) == {"x.zip!a.log": b"a"}
    assert codes(bundle) == [("x.zip", "not_a_file")]


def test_java_archive_is_listed(make_zip: Zip) -> None:
    jar = make_zip([("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"), ("A.class", b"\xca\xfe")])
    bundle = bundle_of_texts({"h2o.jar": jar, "a.log": "a"})
    assert contents(bundle) == {"a.log": b"a"}
    assert bundle.listed == (("h2o.jar", "Java archive, not walked into"),)


def test_archive_whose_first_bytes_are_damaged_is_still_walked(make_zip: Zip) -> None:
    data = make_zip([("a.log", "a"), ("b.log", "b")])
    bundle = bundle_of_texts({"x.zip": b"XX" + data[2:]})
    assert contents(bundle) == {"x.zip!b.log": b"b"}
    assert ("x.zip", "bad_zip") in codes(bundle)


def test_empty_zip_is_no_problem(make_zip: Zip) -> None:
    bundle = bundle_of_texts({"x.zip": make_zip([]), "a.log": "a"})
    assert contents(bundle) == {"a.log": b"a"}
    assert codes(bundle) == []


def test_zip64_is_read(tmp_path: Path, log_text: str) -> None:
    with (
        zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.log", "w", force_zip64=True) as entry,
    ):
        entry.write(log_text.encode())
    bundle = open_bundle([tmp_path])
    assert contents(bundle) == {"x.zip!a.log": log_text.encode()}
    assert codes(bundle) == []


@pytest.mark.parametrize(("method", "codec"), ((12, BZIP2), (93, ZSTD), (95, XZ)))
def test_other_methods(log_text: str, method: int, codec: Codec) -> None:
    pack: dict[int, Callable[[bytes], bytes]]
    pack = {12: bz2.compress, 93: zstd.compress, 95: lzma.compress}
    data = pack[method](log_text.encode())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.log", data)
    packed = bytearray(out.getvalue())
    central = packed.index(b"PK\x01\x02")
    for at in (8, central + 10):
        packed[at : at + 2] = method.to_bytes(2, "little")
    crc, size = zlib.crc32(log_text.encode()), len(log_text)
    for at in (14, central + 16):
        packed[at : at + 4] = crc.to_bytes(4, "little")
        packed[at + 8 : at + 12] = size.to_bytes(4, "little")
    bundle = bundle_of_texts({"x.zip": bytes(packed)})
    assert bundle.members[0].open().read() == log_text.encode(), codec.name
    assert bundle.problems() == ()
