"""Bytes of any encoding and any line end become lines that an editor would number the same."""

import io

import pytest

from h2o_forensics.readers.layouts import TextStream
from h2o_forensics.readers.layouts.streams import MAX_LINE_BYTES

RECORD = b"11-22 07:37:12.886 127.0.0.1:54321       12528        main  INFO water.default: text"
SPARK = b"26/11/22 07:22:19 ERROR TaskSchedulerImpl: Lost executor 0 on 127.0.0.1: code 137"


def read(data: bytes, size: int = 7, codec: str | None = None) -> tuple[bytes, TextStream]:
    stream = TextStream(io.BytesIO(data), codec)
    pieces = []
    while piece := stream.read(size):
        pieces.append(piece)
    return b"".join(pieces), stream


@pytest.mark.parametrize("size", (1, 2, 3, 1000))
def test_every_line_end_becomes_one(size: int) -> None:
    text, stream = read(b"a\r\nb\rc\nd\r\r\ne\r", size)
    assert text == b"a\nb\nc\nd\n\ne\n"
    assert stream.raw_bytes == 13
    assert not stream.altered


@pytest.mark.parametrize("codec", ("utf-16-le", "utf-16-be"))
@pytest.mark.parametrize("size", (1, 3, 64))
def test_utf_16(codec: str, size: int) -> None:
    assert read("\ufeffGrüße\r\n日本".encode(codec), size, codec)[0] == "Grüße\n日本".encode()


def test_a_mark_is_dropped() -> None:
    assert read(b"\xef\xbb\xbftext\n", 64)[0] == b"text\n"


@pytest.mark.parametrize("size", (1, 2, 5, 64))
def test_utf_8_stays(size: int) -> None:
    text = "Grüße, 日本語, █\n".encode()
    assert read(text, size)[0] == text


def test_windows_code_pages() -> None:
    lines = ["Größe „x“", "Pfad C:\\Users\\Zoë\\été", "ファイルが見つかりません"]
    data = b"\n".join([lines[0].encode("cp1252"), lines[1].encode("cp1252"),
                       lines[2].encode("cp932")])  # fmt: skip
    assert read(data, 4096)[0].decode().split("\n") == lines


def test_colours_are_dropped() -> None:
    text, stream = read(b"\x1b[31mred\x1b[0m\n", 64)
    assert (text, stream.altered) == (b"red\n", True)


@pytest.mark.parametrize("record", (RECORD, SPARK))
@pytest.mark.parametrize("bar", ("gbm Model Build progress: |██", "[Stage 0:==>  (1 + 2) / 41]"))
def test_a_record_behind_a_bar_begins_a_line(bar: str, record: bytes) -> None:
    data = b"\r" + bar.encode() + record + b"\nlast\n"
    text, stream = read(data, 4096)
    assert text.split(b"\n") == [b"", bar.encode(), record, b"last", b""]
    assert stream.map is not None
    assert stream.map.find([1, 2, 3, 4]) == {1: 1, 2: 2, 3: 2, 4: 3}
    assert stream.altered


def test_a_record_that_quotes_another_stays_whole() -> None:
    data = "█\n".encode() + RECORD + b" progress [Stage 0] " + b"\n" + RECORD + RECORD + b"\n"
    assert read(data, 4096)[0] == data


def test_a_hole_is_closed() -> None:
    text, stream = read(b"one\n" + b"\0" * 5000 + RECORD + b"\n", 1000)
    assert text == b"one\n" + RECORD + b"\n"
    assert stream.holes


def test_a_long_line_is_bounded() -> None:
    data = b"a\n" + b"x" * (3 * MAX_LINE_BYTES) + b"\nb\n" + b"y" * (2 * MAX_LINE_BYTES)
    text, stream = read(data, 2**20)
    assert [len(line) for line in text.split(b"\n")] == [1, MAX_LINE_BYTES, 1, MAX_LINE_BYTES]
    assert stream.long_lines == 2
