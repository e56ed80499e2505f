import gzip
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from h2o_forensics.intake import bundle_of_texts, open_bundle

Zip = Callable[[Iterable[tuple[str, str | bytes]]], bytes]


def test_directory_and_zip_of_it_count_once(tmp_path: Path, log_text: str) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_text(log_text)
    (logs / "b.log.gz").write_bytes(gzip.compress(log_text[::-1].encode()))
    (logs / "c.log").write_text("c")
    with zipfile.ZipFile(tmp_path / "logs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(logs.iterdir()):
            archive.write(path, path.name)
    bundle = open_bundle([tmp_path])
    assert [member.path for member in bundle.members] == [
        "logs/a.log",
        "logs/b.log.gz",
        "logs/c.log",
    ]
    assert bundle.duplicates == (
        ("logs.zip!a.log", "logs/a.log"),
        ("logs.zip!b.log.gz", "logs/b.log.gz"),
        ("logs.zip!c.log", "logs/c.log"),
    )
    assert bundle.problems() == ()


def test_packed_and_plain_copy_count_once(make_zip: Zip, log_text: str) -> None:
    packed = gzip.compress(log_text.encode())
    bundle = bundle_of_texts(
        {"a.log": log_text, "a.log.gz": packed, "x.zip": make_zip([("q.gz", packed)])}
    )
    assert [member.path for member in bundle.members] == ["a.log"]
    assert bundle.duplicates == (("a.log.gz", "a.log"), ("x.zip!q.gz", "a.log"))


def test_same_size_is_not_same_content() -> None:
    bundle = bundle_of_texts({"a.log": "abc", "b.log": "abd"})
    assert bundle.duplicates == ()
    assert len(bundle.members) == 2


def test_the_shallower_copy_is_the_first(make_zip: Zip) -> None:
    bundle = bundle_of_texts({"a.zip": make_zip([("x.log", "text")]), "z.log": "text"})
    assert bundle.duplicates == (("a.zip!x.log", "z.log"),)


def test_three_copies_name_the_same_first() -> None:
    bundle = bundle_of_texts(dict.fromkeys(("c", "a", "b"), "same"))
    assert bundle.duplicates == (("b", "a"), ("c", "a"))


def test_files_of_unique_size_are_not_read_to_their_end(make_zip: Zip, log_text: str) -> None:
    data = bytearray(make_zip([("a.log", log_text), ("b.log", "short")]))
    data[-22 - 2 * 51 - 60] ^= 0xFF  # In the packed bytes: only a full reading notices.
    bundle = bundle_of_texts({"x.zip": bytes(data)})
    before = bundle.problems()
    for member in bundle.members:
        member.open().read()
    assert (len(before), len(bundle.problems())) == (0, 1)


def test_lost_nodes_are_told_apart_by_name(make_zip: Zip) -> None:
    text = "Node not healthy"
    download = make_zip([("d/node0_a_1.zip", text), ("d/node1_b_1.zip", text)])
    bundle = bundle_of_texts({"x.zip": download, "copy.zip": download})
    assert [member.path for member in bundle.members] == [
        "copy.zip!d/node0_a_1.zip",
        "copy.zip!d/node1_b_1.zip",
    ]
    assert bundle.duplicates == (
        ("x.zip!d/node0_a_1.zip", "copy.zip!d/node0_a_1.zip"),
        ("x.zip!d/node1_b_1.zip", "copy.zip!d/node1_b_1.zip"),
    )
