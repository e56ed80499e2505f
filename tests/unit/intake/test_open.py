import gzip
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake import bundle_of_texts, open_bundle
from h2o_forensics.model.bundle import Bundle

Zip = Callable[[Iterable[tuple[str, str | bytes]]], bytes]


def paths(bundle: Bundle) -> list[str]:
    return [member.path for member in bundle.members]


def content(bundle: Bundle, path: str) -> bytes:
    member = next(member for member in bundle.members if member.path == path)
    with member.open() as stream:
        return stream.read()


def test_one_directory_gives_paths_below_it(tmp_path: Path) -> None:
    (tmp_path / "node1" / "logs").mkdir(parents=True)
    (tmp_path / "node1" / "logs" / "b.log").write_text("b")
    (tmp_path / "a.log").write_text("aa")
    bundle = open_bundle([tmp_path])
    assert paths(bundle) == ["a.log", "node1/logs/b.log"]
    assert bundle.sources == (tmp_path.name,)
    assert bundle.problems() == ()
    assert [member.size for member in bundle.members] == [2, 1]
    assert bundle.members[0].mtime == (tmp_path / "a.log").stat().st_mtime


def test_one_file_has_its_name(tmp_path: Path) -> None:
    (tmp_path / "h2o.log").write_text("x")
    assert paths(open_bundle([tmp_path / "h2o.log"])) == ["h2o.log"]


def test_one_archive_begins_the_paths(tmp_path: Path, make_zip: Zip) -> None:
    (tmp_path / "logs.zip").write_bytes(make_zip([("in/a.log", "a")]))
    assert paths(open_bundle([tmp_path / "logs.zip"])) == ["logs.zip!in/a.log"]


def test_relative_source_is_named_by_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_text("a")
    monkeypatch.chdir(tmp_path)
    assert open_bundle([Path()]).sources == (tmp_path.name,)


def test_several_sources_are_prefixed_in_any_order(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.log").write_text(name)
    (tmp_path / "gc.log").write_text("gc")
    sources = [tmp_path / "two", tmp_path / "gc.log", tmp_path / "one"]
    bundle = open_bundle(sources)
    assert paths(bundle) == ["gc.log", "one/a.log", "two/a.log"]
    assert paths(open_bundle(sources[::-1])) == paths(bundle)


def test_sources_of_one_name_are_told_apart_by_their_parents(tmp_path: Path) -> None:
    for node in ("node1", "node2"):
        (tmp_path / node / "logs").mkdir(parents=True)
        (tmp_path / node / "logs" / "a.log").write_text(node)
    bundle = open_bundle([tmp_path / "node2" / "logs", tmp_path / "node1" / "logs"])
    assert bundle.sources == ("node1/logs", "node2/logs")
    assert paths(bundle) == ["node1/logs/a.log", "node2/logs/a.log"]


def test_a_source_given_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a")
    bundle = open_bundle([tmp_path, tmp_path])
    assert paths(bundle) == ["a.log"]
    assert bundle.duplicates == ()


def test_missing_source_alone_raises_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=r"no-such: cannot be read: No such file"):
        open_bundle([tmp_path / "no-such"])


def test_missing_source_beside_another_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a")
    bundle = open_bundle([tmp_path / "a.log", tmp_path / "no-such"])
    assert paths(bundle) == ["a.log"]
    assert [(p.artifact, p.code, p.count) for p in bundle.problems()] == [("no-such", "missing", 1)]
    assert str(tmp_path) not in bundle.problems()[0].message


def test_no_source_at_all_raises() -> None:
    with pytest.raises(IntakeError, match="no sources"):
        open_bundle([])


def test_only_empty_files_raise_and_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.log").touch()
    with pytest.raises(IntakeError, match=r"a\.log: empty file"):
        open_bundle([tmp_path])


def test_empty_file_is_listed(tmp_path: Path) -> None:
    (tmp_path / "a.log").touch()
    (tmp_path / "b.log").write_text("b")
    (tmp_path / "c.log.gz").write_bytes(gzip.compress(b""))
    bundle = open_bundle([tmp_path])
    assert paths(bundle) == ["b.log"]
    assert bundle.listed == (("a.log", "empty file"), ("c.log.gz", "empty file"))


def test_link_inside_is_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a")
    (tmp_path / "current").symlink_to(tmp_path / "a.log")
    (tmp_path / "loop").symlink_to(tmp_path)
    bundle = open_bundle([tmp_path])
    assert paths(bundle) == ["a.log"]
    assert [path for path, _ in bundle.listed] == ["current", "loop"]
    assert bundle.problems() == ()


def test_link_out_of_the_root_is_a_problem(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    root = tmp_path / "given"
    root.mkdir()
    (root / "a.log").write_text("a")
    (root / "out").symlink_to(secret)
    bundle = open_bundle([root])
    assert paths(bundle) == ["a.log"]
    assert bundle.listed == (("out", "symbolic link, not followed"),)
    assert [(p.artifact, p.code) for p in bundle.problems()] == [("out", "not_a_file")]


def test_link_that_may_not_be_read_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_text("text\n")
    (tmp_path / "cwd").symlink_to("/proc/1/cwd")
    real = os.path.realpath

    def forbid(path: Path | str) -> str:
        if str(path).endswith("cwd"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os.path, "realpath", forbid)
    bundle = open_bundle([tmp_path])
    assert [(problem.artifact, problem.code) for problem in bundle.problems()] == [
        ("cwd", "not_a_file")
    ]
    with pytest.raises(IntakeError, match=r"cannot be read: Permission denied"):
        open_bundle([tmp_path / "cwd"])


def test_link_given_as_the_source_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.log").write_text("a")
    (tmp_path / "latest").symlink_to(tmp_path / "real")
    bundle = open_bundle([tmp_path / "latest"])
    assert (bundle.sources, paths(bundle)) == (("latest",), ["a.log"])


def test_pipe_is_listed_and_never_opened(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a")
    os.mkfifo(tmp_path / "pipe")
    bundle = open_bundle([tmp_path])
    assert bundle.listed == (("pipe", "pipe, not followed"),)
    assert [(p.artifact, p.code) for p in bundle.problems()] == [("pipe", "not_a_file")]
    with pytest.raises(IntakeError, match="pipe: a pipe, not read"):
        open_bundle([tmp_path / "pipe"])


def test_file_replaced_by_a_pipe_after_opening_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a")
    bundle = open_bundle([tmp_path])
    (tmp_path / "a.log").unlink()
    os.mkfifo(tmp_path / "a.log")
    assert content(bundle, "a.log") == b""
    assert [p.code for p in bundle.problems()] == ["not_a_file"]


def test_file_gone_after_opening_is_a_problem_counted_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a")
    bundle = open_bundle([tmp_path])
    (tmp_path / "a.log").unlink()
    assert content(bundle, "a.log") == b""
    assert content(bundle, "a.log") == b""
    assert [(p.artifact, p.code, p.count) for p in bundle.problems()] == [("a.log", "changed", 1)]


def test_gzip_is_transparent_and_keeps_its_path(tmp_path: Path, log_text: str) -> None:
    (tmp_path / "stdout.log.gz").write_bytes(gzip.compress(log_text.encode()))
    bundle = open_bundle([tmp_path])
    assert content(bundle, "stdout.log.gz") == log_text.encode()
    assert bundle.members[0].size is None


def test_all_members_of_a_gzip_are_read_and_padding_is_not_garbage() -> None:
    packed = gzip.compress(b"one\n") + gzip.compress(b"two\n") + bytes(512)
    bundle = bundle_of_texts({"a.gz": packed})
    assert content(bundle, "a.gz") == b"one\ntwo\n"
    assert bundle.problems() == ()


def test_garbage_after_a_gzip_is_a_problem() -> None:
    bundle = bundle_of_texts({"a.gz": gzip.compress(b"one\n") + b"and this"})
    assert content(bundle, "a.gz") == b"one\n"
    assert [p.code for p in bundle.problems()] == ["bad_gzip"]


def test_zip_in_gzip_and_gzip_in_zip(make_zip: Zip) -> None:
    inner = make_zip([("x.log.gz", gzip.compress(b"deep\n"))])
    bundle = bundle_of_texts({"a.zip.gz": gzip.compress(inner)})
    assert paths(bundle) == ["a.zip.gz!x.log.gz"]
    assert content(bundle, "a.zip.gz!x.log.gz") == b"deep\n"


def test_containers_are_told_by_content_not_by_name(make_zip: Zip) -> None:
    bundle = bundle_of_texts(
        {
            "download": make_zip([("a.log", "a")]),
            "plain.zip": "java.lang.NullPointerException\n\tat water.X\n",
            "plain.log.gz": "not packed at all\n",
        }
    )
    assert paths(bundle) == ["download!a.log", "plain.log.gz", "plain.zip"]
    assert bundle.problems() == ()


def test_binary_content_of_a_gzip_is_a_member() -> None:
    bundle = bundle_of_texts({"a.gz": gzip.compress(bytes(range(256)))})
    assert content(bundle, "a.gz") == bytes(range(256))
    assert bundle.problems() == ()


@pytest.mark.parametrize(
    ("head", "code"),
    (
        (b"a.log".ljust(257, b"\0") + b"ustar\x0000" + bytes(300), "bad_tar"),
        (b"\x28\xb5\x2f\xfd\x24\x05\xff\xff\xff and no block", "bad_data"),
        (b"BZh91AY&SY", "truncated"),
        (b"\xfd7zXZ\x00rest and more than that", "bad_data"),
    ),
)
def test_heads_with_nothing_behind_them_are_named(head: bytes, code: str) -> None:
    bundle = bundle_of_texts({"a.log": "a", "thing": head, "packed.gz": gzip.compress(head)})
    assert paths(bundle) == ["a.log"]
    assert [path for path, _ in bundle.listed] == ["packed.gz", "thing"]
    assert {p.artifact for p in bundle.problems() if p.code == code} == {"packed.gz", "thing"}


@pytest.mark.parametrize(
    ("head", "what"),
    (
        (b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip archive"),
        (b"Rar!\x1a\x07\x01\0", "RAR archive"),
        (b"\x04\x22\x4d\x18d@", "LZ4 data"),
        (b"\x1f\x9d\x90a", "compress data"),
    ),
)
def test_kinds_that_are_not_read_are_named(head: bytes, what: str) -> None:
    bundle = bundle_of_texts({"a.log": "a", "x.bin": head})
    assert (paths(bundle), bundle.listed) == (["a.log"], (("x.bin", f"{what}, not read"),))
    assert [(p.artifact, p.code) for p in bundle.problems()] == [("x.bin", "unsupported")]


def test_control_and_bidi_characters_in_names_are_shown_as_escapes(tmp_path: Path) -> None:
    for name in ("a\x1b[31m.log", "b\u202egol.log", "c\n.log"):
        (tmp_path / name).write_text(name)
    (tmp_path / os.fsdecode(b"d\xff.log")).write_text("d")
    assert paths(open_bundle([tmp_path])) == [
        "a\\x1b[31m.log",
        "b\\u202egol.log",
        "c\\n.log",
        "d\\xff.log",
    ]


def test_names_that_look_alike_when_escaped_stay_unique(tmp_path: Path) -> None:
    (tmp_path / "a\x1b.log").write_text("one")
    (tmp_path / "a\\x1b.log").write_text("two")
    bundle = open_bundle([tmp_path])
    assert paths(bundle) == ["a\\x1b.log", "a\\x1b.log~2"]


def test_bundle_of_texts_takes_texts_and_bytes() -> None:
    bundle = bundle_of_texts({"b.log": "bä", "a.log": b"a"})
    assert paths(bundle) == ["a.log", "b.log"]
    assert content(bundle, "b.log") == "bä".encode()
    assert bundle.sources == ("a.log", "b.log")
    assert bundle_of_texts({}).members == ()
