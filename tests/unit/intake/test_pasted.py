import gzip
import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake import open_bundle
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
