"""What a zip says it holds: its central directory, and the headers in front of its entries.

Layout: APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central header), 4.3.14 (zip64)
and 4.3.16 (end).
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

LOCAL = struct.Struct("<4s5H3L2H")
"""signature, version, flags, method, time, date, crc, packed, size, name length, extra length"""
_CENTRAL = struct.Struct("<4s6H3L5H2L")
"""signature, made by, version, flags, method, time, date, crc, packed, size,
name, extra and comment lengths, disk, internal attributes, external attributes, offset"""
_END = struct.Struct("<4s4H2LH")
"""signature, disk, directory's disk, entries here, entries, directory size, its offset,
comment length"""
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")

LOCAL_MARK = b"PK\x03\x04"
_CENTRAL_MARK = b"PK\x01\x02"
_END_MARK = b"PK\x05\x06"
_FULL32 = 0xFFFFFFFF
_LONGEST_COMMENT = 0xFFFF


class Entry(NamedTuple):
    """One entry as its header states it."""

    name: bytes
    flags: int
    method: int
    crc: int | None
    packed: int | None
    """Bytes in the archive; None: unknown, the data have to say where they end."""
    size: int | None
    """Bytes of the content."""
    offset: int
    """Of its local header, from the first byte of the file."""
    mtime: float | None
    mode: int
    """Unix mode bits, 0 when not stated."""


class End(NamedTuple):
    """Where the central directory should be, and the archive's end."""

    at: int
    """Offset of the end record: the directory ends there."""
    entries: int
    size: int
    start: int
    """Offset of the directory as stated: wrong when something was put in front of the archive."""
    past: int
    """Offset behind the archive and its comment."""


def find_end(file: BinaryIO, size: int) -> End | None:
    """Find the end record of a zip of `size` bytes; None when it has none."""
    base = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(base)
    tail = file.read(size - base)
    at = tail.rfind(_END_MARK, 0, max(0, len(tail) - _END.size + len(_END_MARK)))
    if at < 0:
        return None
    _, _, _, _, count, length, start, comment = _END.unpack_from(tail, at)
    plain = End(base + at, count, length, start, base + at + _END.size + comment)
    return _find_end64(file, plain) or plain


def _find_end64(file: BinaryIO, plain: End) -> End | None:
    locator_at = plain.at - _LOCATOR64.size
    if locator_at < _END64.size:
        return None
    file.seek(locator_at)
    mark, _, stated, _ = _LOCATOR64.unpack(file.read(_LOCATOR64.size))
    if mark != b"PK\x06\x07":
        return None
    for at in (
        stated,
        locator_at - _END64.size,
    ):  # The stated offset is off when data were put in front.
        if at + _END64.size <= locator_at:
            file.seek(at)
            record = _END64.unpack(file.read(_END64.size))
            if record[0] == b"PK\x06\x06":
                return End(at, record[7], record[8], record[9], plain.past)
    return None


def central_entries(file: BinaryIO, end: End, most: int) -> Iterator[Entry]:
    """Read the central directory until it ends, breaks, or `most` entries were read.

    An entry is given only when there is a local header where the directory says.
    """
    start = next(
        (at for at in (end.at - end.size, end.start) if _mark(file, at) == _CENTRAL_MARK), None
    )
    if start is None:
        return
    at = start
    for _ in range(most):
        if at + _CENTRAL.size > end.at:
            return
        file.seek(at)
        fields = _CENTRAL.unpack(file.read(_CENTRAL.size))
        if fields[0] != _CENTRAL_MARK:
            return
        entry = _central(fields, file.read(fields[10] + fields[11]))
        at += _CENTRAL.size + sum(fields[10:13])
        for shift in (start - end.start, 0):
            if _mark(file, entry.offset + shift) == LOCAL_MARK:
                yield entry._replace(offset=entry.offset + shift)
                break


def _mark(file: BinaryIO, at: int) -> bytes:
    if at < 0:
        return b""
    file.seek(at)
    return file.read(len(LOCAL_MARK))


def _central(fields: tuple[bytes | int, ...], tail: bytes) -> Entry:
    _, maker, _, flags, method, time, date, crc, packed, size, names, _, _, _, _, outer, offset = (
        field if isinstance(field, int) else 0 for field in fields
    )
    extra = dict(_extras(tail[names:]))
    sizes = iter(struct.unpack_from(f"<{len(extra.get(1, b'')) // 8}Q", extra.get(1, b"")))
    # Zip64: the extra field holds, in this order, only those that do not fit.
    size = next(sizes, size) if size == _FULL32 else size
    packed = next(sizes, packed) if packed == _FULL32 else packed
    offset = next(sizes, offset) if offset == _FULL32 else offset
    mode = outer >> 16 if maker >> 8 == 3 else 0  # noqa: PLR2004 - 3: made on Unix
    mtime = _mtime(date, time, extra.get(0x5455, b""))
    return Entry(tail[:names], flags, method, crc, packed, size, offset, mtime, mode)


def _extras(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<2H", data, at)
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length


def _mtime(date: int, time: int, extended: bytes) -> float | None:
    """Give epoch seconds: from the extended stamp, else the zoneless DOS stamp, taken as UTC."""
    if len(extended) >= 5 and extended[0] & 1:  # noqa: PLR2004 - flags and a 4-byte stamp
        return float(struct.unpack_from("<l", extended, 1)[0])
    try:
        stamp = datetime(
            1980 + (date >> 9),
            date >> 5 & 15,
            date & 31,
            time >> 11,
            time >> 5 & 63,
            time % 32 * 2,
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return stamp.timestamp()


def local_entry(file: BinaryIO, at: int) -> tuple[Entry, int] | None:
    """Read the local header at an offset.

    Returns:
        The entry and the offset of its data, None when there is no plausible header.
    """
    file.seek(at)
    data = file.read(LOCAL.size)
    if len(data) < LOCAL.size or not data.startswith(LOCAL_MARK):
        return None
    _, _, flags, method, time, date, crc, packed, size, names, extras = LOCAL.unpack(data)
    tail = file.read(names + extras)
    if not names or len(tail) < names:
        return None
    extra = dict(_extras(tail[names:]))
    if packed == _FULL32 and len(extra.get(1, b"")) >= 16:  # noqa: PLR2004 - two 8-byte sizes
        size, packed = struct.unpack_from("<2Q", extra[1])
    mtime = _mtime(date, time, extra.get(0x5455, b""))
    known = not flags & 8  # Bit 3: crc and sizes come after the data.
    entry = Entry(
        tail[:names],
        flags,
        method,
        crc if known else None,
        packed if known else None,
        size if known else None,
        at,
        mtime,
        0,
    )
    return entry, at + LOCAL.size + names + extras
