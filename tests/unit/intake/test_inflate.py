import importlib
import sys
import zlib
from types import ModuleType

import pytest

from h2o_forensics.intake import inflate
from h2o_forensics.intake.caps import Chunks, StreamError
from h2o_forensics.model.bundle import Limits


def pieces(data: bytes, size: int) -> Chunks:
    yield from (data[at : at + size] for at in range(0, len(data), size))


def run(data: bytes, bits: int, size: int = 1000) -> tuple[bytes, str]:
    """Inflate, and give what came out and the code of what ended it."""
    got = bytearray()
    try:
        for chunk in inflate.inflated(lambda: pieces(data, size), bits, Limits()):
            got += chunk
    except StreamError as fault:
        return bytes(got), fault.code
    return bytes(got), ""


@pytest.fixture(params=("isal", "zlib"), autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold both engines to the same answers; isal is optional."""
    module = zlib if request.param == "zlib" else pytest.importorskip("isal.isal_zlib")
    monkeypatch.setattr(inflate, "_FAST", module)


def pack(data: bytes, bits: int) -> bytes:
    machine = zlib.compressobj(6, zlib.DEFLATED, bits)
    return machine.compress(data) + machine.flush()


@pytest.mark.parametrize("bits", (inflate.RAW, inflate.GZIP))
@pytest.mark.parametrize("size", (1, 13, 100_000))
def test_sound_data(log_text: str, bits: int, size: int) -> None:
    data = log_text.encode()
    assert run(pack(data, bits), bits, size) == (data, "")


@pytest.mark.parametrize("bits", (inflate.RAW, inflate.GZIP))
def test_truncated_data_give_what_zlib_can_see(log_text: str, bits: int) -> None:
    packed = pack(log_text.encode(), bits)
    for cut in range(0, len(packed), 997):
        expected = zlib.decompressobj(bits).decompress(packed[:cut])
        assert run(packed[:cut], bits) == (expected, "truncated")


def test_wrong_checksum_gives_all_bytes(log_text: str) -> None:
    packed = pack(log_text.encode(), inflate.GZIP)
    assert run(packed[:-8] + b"\0\0\0\0" + packed[-4:], inflate.GZIP) == (
        log_text.encode(),
        "bad_crc",
    )


def test_impossible_block_gives_all_bytes_before_it(log_text: str) -> None:
    data = log_text.encode()
    machine = zlib.compressobj(6, zlib.DEFLATED, inflate.RAW)
    sound = machine.compress(data) + machine.flush(zlib.Z_FULL_FLUSH)
    assert run(sound + b"\xff" * 100, inflate.RAW) == (data, "bad_data")


def test_no_data_at_all_are_truncated() -> None:
    assert run(b"", inflate.GZIP) == (b"", "truncated")


def test_zlib_stands_in_where_isal_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)
    found: ModuleType = inflate._fast()
    assert found is zlib
    monkeypatch.undo()
    assert importlib.import_module("h2o_forensics.intake.inflate") is inflate


@pytest.mark.parametrize("content", (b"", b"x"))
def test_members_of_next_to_nothing_end_the_file(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0

    class Counted:
        error = inflate._FAST.error

        @staticmethod
        def decompressobj(bits: int) -> object:
            nonlocal made
            made += 1
            return zlib.decompressobj(bits)

    most = inflate.MOST_POOR
    text = b"a line that is longer than next to nothing\n"
    data = pack(text, inflate.GZIP) + pack(content, inflate.GZIP) * (2 * most)
    monkeypatch.setattr(inflate, "_FAST", Counted)
    got, code = run(data, inflate.GZIP, 256 * 1024)
    assert got.startswith(text)
    assert len(got) <= len(text) + most + 1
    assert code == "bad_data"
    assert made <= most + 2  # and no second pass


def test_the_stop_is_asked_between_members_without_content() -> None:
    asked = iter([None] * 100 + ["time limit reached"] * 9)
    limits = Limits(stop=lambda: next(asked))
    data = pack(b"", inflate.GZIP) * 500
    with pytest.raises(StreamError) as fault:
        list(inflate.inflated(lambda: pieces(data, 100_000), inflate.GZIP, limits))
    assert fault.value.code == "stopped"


def test_a_machine_is_fed_little_at_once() -> None:
    fed = [len(piece) for piece in inflate.small(pieces(bytes(100_000), 70_000))]
    assert max(fed) <= 16 * 1024
    assert sum(fed) == 100_000
