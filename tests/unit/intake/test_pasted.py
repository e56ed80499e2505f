import gzip
import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake import open_bundle, pasted
from h2o_forensics.model.bundle import Bundle, Limits

Zip = Callable[[Iterable[tuple[str, str | bytes]]], bytes]


def contents(bundle: Bundle) -> dict[str, bytes]:
    return {member.path: member.open().read() for member in bundle.members}


@pytest.mark.parametrize("dash", ("-", Path("-")))
def test_pasted_text(dash: str | Path) -> None:
    bundle = open_bundle([dash], stdin=io.BytesIO(b"11-22 WARN\n"))
    assert contents(bundle) == contents(bundle) == {"pasted.txt": b"11-22 WARN\n"}
    assert bundle.sources == ("-",)
    assert bundle.problems() == ()


def test_utf16_text_is_no_archive() -> None:
    data = "11-22 WARN\r\n".encode("utf-16")
    assert contents(open_bundle(["-"], stdin=io.BytesIO(data))) == {"pasted.txt": data}


def test_piped_archive(make_zip: Zip) -> None:
    data = gzip.compress(make_zip([("logs/a.log", "a")]))
    bundle = open_bundle(["-"], stdin=io.BytesIO(data))
    assert contents(bundle) == {"pasted!logs/a.log": b"a"}


def test_beside_a_directory(tmp_path: Path) -> None:
    (tmp_path / "pasted.txt").write_text("file")
    sources: list[Path | str] = ["-", tmp_path / "pasted.txt", "-"]
    bundle = open_bundle(sources, stdin=io.BytesIO(b"typed"))
    assert sorted(contents(bundle).values()) == [b"file", b"typed"]


def test_standard_input_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"text")))
    assert contents(open_bundle(["-"])) == {"pasted.txt": b"text"}


def test_more_than_is_held_is_named() -> None:
    limits = Limits(max_buffered_archive_bytes=1000)
    bundle = open_bundle(["-"], limits, io.BytesIO(b"a" * 1001))
    assert contents(bundle) == {"pasted.txt": b"a" * 1000}
    assert [(p.artifact, p.code) for p in bundle.problems()] == [("pasted.txt", "too_big")]
    exact = open_bundle(["-"], limits, io.BytesIO(b"a" * 1000))
    assert exact.problems() == ()


def test_nothing_pasted() -> None:
    with pytest.raises(IntakeError, match=r"pasted\.txt: empty file"):
        open_bundle(["-"], stdin=io.BytesIO(b""))


@pytest.fixture(params=("select", "thread"))
def pipe(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[BinaryIO, int]]:
    """What reads and what writes, with both ways to wait."""
    if request.param == "thread":
        monkeypatch.setattr(pasted, "_waiting", pasted._by_thread)
    elif os.name == "nt":
        pytest.skip("pipes cannot be waited for there")
    monkeypatch.setattr(pasted, "_WAIT_S", 0.01)
    source, sink = os.pipe()
    with os.fdopen(source, "rb") as reads, os.fdopen(sink, "wb", 0) as writes:
        yield reads, writes.fileno()
        writes.close()


def test_who_writes_nothing_is_not_waited_for_any_longer(pipe: tuple[BinaryIO, int]) -> None:
    reads, writes = pipe
    os.write(writes, b"typed\n")
    answers = iter([*[None] * 20, *["time limit reached"] * 20])
    bundle = open_bundle(["-"], Limits(stop=lambda: next(answers)), reads)
    assert [(p.artifact, p.code) for p in bundle.problems()] == [("-", "stopped")]
    assert [member.path for member in bundle.members] == ["pasted.txt"]


def test_all_that_is_piped_is_read(pipe: tuple[BinaryIO, int]) -> None:
    reads, writes = pipe
    os.write(writes, b"first\n")
    os.write(writes, b"second\n")
    limits = Limits(max_buffered_archive_bytes=10)
    bundle = open_bundle(["-"], limits, reads)
    assert contents(bundle) == {"pasted.txt": b"first\nseco"}
    assert [p.code for p in bundle.problems()] == ["too_big"]


def test_a_file_as_standard_input(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"text\n" * 100_000)
    with (tmp_path / "a.log").open("rb") as file:
        assert contents(open_bundle(["-"], stdin=file)) == {"pasted.txt": b"text\n" * 100_000}
