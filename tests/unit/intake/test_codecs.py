import bz2
import lzma
import zlib
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from h2o_forensics.intake import bundle_of_texts, inflate
from h2o_forensics.intake.caps import Chunks, StreamError
from h2o_forensics.intake.codecs import BZIP2, XZ, ZSTD, Codec, Machine, unpack
from h2o_forensics.intake.zst import zstd
from h2o_forensics.model.bundle import Limits

PACK: dict[str, Callable[[bytes], bytes]] = {
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lzma.compress,
    "zstd": zstd.compress,
}
LIMITS = Limits()
CODECS = pytest.mark.parametrize("codec", (BZIP2, XZ, ZSTD), ids=lambda codec: codec.name)


def pieces(data: bytes, size: int) -> Chunks:
    yield from (data[at : at + size] for at in range(0, len(data), size))


def run(codec: Codec, data: bytes, size: int = 1000, limits: Limits = LIMITS) -> tuple[bytes, str]:
    got = bytearray()
    try:
        for chunk in unpack(codec, lambda: pieces(data, size), limits):
            got += chunk
    except StreamError as fault:
        return bytes(got), fault.code
    return bytes(got), ""


@CODECS
@pytest.mark.parametrize("size", (1, 13, 100_000))
def test_sound_data(log_text: str, codec: Codec, size: int) -> None:
    data = log_text.encode()
    packed = PACK[codec.name](data)
    assert run(codec, packed, size) == (data, "")
    assert run(codec, packed + bytes(64) + packed, size) == (data * 2, "")


@CODECS
def test_cut_data_give_all_that_can_be_unpacked(log_text: str, codec: Codec) -> None:
    packed = PACK[codec.name](log_text.encode() * 3)
    for cut in (len(packed) - 1, len(packed) * 2 // 3, 20, 1):
        machine = codec.make()
        assert run(codec, packed[:cut]) == (machine.decompress(packed[:cut]), "truncated")


@CODECS
def test_damaged_data_give_all_before_the_damage(log_text: str, codec: Codec) -> None:
    data = log_text.encode() * 3
    packed = PACK[codec.name](data)
    at = len(packed) * 3 // 4
    got, code = run(codec, packed[:at] + b"\xff" * 100 + packed[at + 100 :], 10_000)
    sure = codec.make().decompress(packed[:at])
    assert len(sure) > 100_000
    assert (
        len(got) >= len(sure) - 1
    )  # bzip2 gives the last byte of a block and its checksum at once.
    assert got[: len(sure) - 1] == sure[: len(got)][:-1]
    assert code == "bad_data"


@CODECS
def test_bytes_behind_the_end_are_named(codec: Codec) -> None:
    assert run(codec, PACK[codec.name](b"one\n") + b"and this") == (b"one\n", "bad_data")


@CODECS
def test_bomb_ends_at_the_ratio(codec: Codec) -> None:
    bomb = PACK[codec.name](bytes(64 * 2**20))
    limits = Limits(ratio_free_bytes=2**20)
    got, code = run(codec, bomb, 256 * 2**10, limits)
    assert (len(got) <= 8 * 2**20, code) == (True, "ratio")


def test_large_windows_are_refused() -> None:
    window: dict[int, int] = {zstd.CompressionParameter.window_log: 28}
    packer = zstd.ZstdCompressor(options=window)  # A frame that does not state its size.
    wide = packer.compress(b"text" * 1000) + packer.flush()
    assert run(ZSTD, wide) == (b"", "window")
    # An xz whose header asks for a dictionary of 1.5 GiB.
    head = bytearray(lzma.compress(b"text" * 1000))
    head[head.index(b"\x21\x01") + 2] = 37
    end = 12 + 4 * head[12]
    head[end : end + 4] = zlib.crc32(head[12:end]).to_bytes(4, "little")
    assert run(XZ, bytes(head)) == (b"", "window")


@CODECS
def test_damaged_head_is_told_by_the_name(codec: Codec) -> None:
    packed = b"\0\1\2" + PACK[codec.name](b"text" * 100)[3:]
    bundle = bundle_of_texts({f"a.log{codec.suffix}": packed, "b.log": "b"})
    assert [problem.artifact for problem in bundle.problems()] == [f"a.log{codec.suffix}"]


@CODECS
def test_copy_is_told_although_the_size_is_not_stated(log_text: str, codec: Codec) -> None:
    packed = PACK[codec.name](log_text.encode())
    bundle = bundle_of_texts({"a.log": log_text, f"a.log{codec.suffix}": packed})
    assert bundle.duplicates == ((f"a.log{codec.suffix}", "a.log"),)


@CODECS
def test_streams_of_next_to_nothing_end_the_file(codec: Codec) -> None:
    made = 0

    def counted() -> Machine:
        nonlocal made
        made += 1
        return codec.make()

    most = inflate.MOST_POOR
    text = b"a line that is longer than next to nothing\n"
    data = PACK[codec.name](text) + PACK[codec.name](b"") * (3 * most)
    got, code = run(replace(codec, make=counted), data, 100_000)
    assert (got, code) == (text, "bad_data")
    assert made <= most + 2


@CODECS
def test_the_stop_is_asked_between_streams_without_content(codec: Codec) -> None:
    data = PACK[codec.name](b"") * 500
    asked = iter([None] * 100 + ["time limit reached"] * 9)
    assert run(codec, data, 100_000, Limits(stop=lambda: next(asked))) == (b"", "stopped")


def test_skippable_frames_need_no_machine() -> None:
    def none() -> Machine:
        raise AssertionError

    frame = b"\x5f\x2a\x4d\x18" + (20_000).to_bytes(4, "little") + bytes(20_000)
    for size in (1, 7, 100_000):
        assert run(replace(ZSTD, make=none), frame * 3, size) == (b"", "")
    assert run(replace(ZSTD, make=none), frame[:-1]) == (b"", "truncated")
    assert run(replace(ZSTD, make=none), frame[:6]) == (b"", "truncated")
    packed = zstd.compress(b"text\n")
    assert run(ZSTD, frame + packed + frame + packed, 13) == (b"text\ntext\n", "")
    empty = b"\x50\x2a\x4d\x18" + bytes(4)
    many = empty * (inflate.MOST_POOR * 2)
    assert run(replace(ZSTD, make=none), many, 100_000) == (b"", "bad_data")
