"""What a tar says it holds: ustar, GNU and pax headers, found again behind damage.

Layout: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic
Tar Format".
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from h2o_forensics.intake.stream import BLOCK
from h2o_forensics.intake.tape import Tape, read

SIZE = 512
"""Everything in a tar comes in blocks of this size."""
REGULAR = b"0"
FOLDER = b"5"
KINDS = {
    b"1": "hard link",
    b"2": "symbolic link",
    b"3": "character device",
    b"4": "block device",
    b"6": "pipe",
}
"""Types without content."""
_FOLDERS = b"5D"
_GNU_NAME, _GNU_LINK, _LABEL, _CONTINUED, _SPARSE = b"L", b"K", b"V", b"M", b"S"
_PAX, _PAX_SHARED = (b"x", b"X"), b"g"
_MAGIC = b"ustar"
_MAGIC_AT = 257
_MOST_META = 2**20
"""Longer names and pax headers than this are damage or malice."""
_SEVEN, _NEGATIVE = 0x80, 0xFF
_TRIES = 10_000
"""So many places are looked at for a header behind damage."""
_SPARSE_KEYS = frozenset(
    b"GNU.sparse." + key for key in (b"major", b"map", b"name", b"numblocks", b"realsize", b"size")
)
_KEYS = _SPARSE_KEYS | {b"path", b"size", b"mtime"}
"""All others are passed over: a hostile tar has as many as it likes."""
_RECORD = re.compile(rb"(\d{1,8}) ([^=\n]+)=")
_DECIMAL = re.compile(rb"\d{1,18}(\.\d{1,9})?")

Note = Callable[[str, str], None]
"""Takes the code and the message of a problem of the archive."""


class Header(NamedTuple):
    """One block of 512 bytes in front of content."""

    name: bytes
    kind: bytes
    size: int
    mtime: float | None
    extended: bool
    """A GNU sparse file whose map goes on in the next block."""


class Entry(NamedTuple):
    """One file of a tar."""

    name: str
    kind: bytes
    offset: int
    """Of its content in the tar."""
    size: int
    mtime: float | None
    """None when unknown or zero, which packers write to hide it."""
    what: str | None
    """Why it cannot be read: a kind of link or device, or what is not supported."""


def parse(block: bytes) -> Header | None:
    """Read a header; None when its checksum is wrong or it makes no sense."""
    if len(block) < SIZE:
        return None
    stated, size, mtime = _number(block[148:156]), _number(block[124:136]), _number(block[136:148])
    if stated is None or size is None:
        return None
    plain = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    if stated not in {plain, plain - 256 * _high(block)}:  # Old writers summed up signed bytes.
        return None
    name = block[:100].split(b"\0")[0]
    posix = block[_MAGIC_AT : _MAGIC_AT + 8] == b"ustar\x0000"
    prefix = block[345:500].split(b"\0")[0] if posix else b""
    kind = block[156:157].replace(b"\0", REGULAR)
    if kind == REGULAR and name.endswith(b"/"):
        kind = FOLDER
    full = prefix + b"/" + name if prefix else name
    return Header(full, kind, size, float(mtime) if mtime else None, block[482] != 0)


def _high(block: bytes) -> int:
    """Count the bytes that are negative when they are signed."""
    rest = block[:148] + block[156:]
    return 0 if rest.isascii() else sum(byte >= _SEVEN for byte in rest)


def _number(field: bytes) -> int | None:
    """Read octal digits, or a large number as GNU writes it."""
    if field[0] == _SEVEN:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0").split(b"\0")[0]
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        return None


class _Headers:
    """The headers of a tar; bytes that are none are skipped."""

    def __init__(self, tape: Tape, note: Note, most: int) -> None:
        self._tape, self._note, self._left, self._tries = tape, note, most, _TRIES

    def next(self) -> Header | None:
        """Give the next header, None at the end of the tar."""
        ended = False
        while len(block := read(self._tape, SIZE)) == SIZE:
            if not block.strip(b"\0"):
                ended = True
                self._skip_zeros()  # Further tars may have been appended.
                continue
            header = parse(block)
            if header is not None:
                return self._count(header)
            where = "after its end" if ended else "between its files"
            self._note("bad_tar", f"bytes {where} are no tar header, as after damage; skipped")
            if not self._find(block):
                return None
        if not ended or block.strip(b"\0"):
            self._note("truncated", "the tar has no end mark, as after a transfer that broke off")
        return None

    def _count(self, header: Header) -> Header | None:
        self._left -= 1
        if self._left >= 0:
            return header
        self._note("too_many", "the tar has more headers than any evidence needs; the rest skipped")
        return None

    def _skip_zeros(self) -> None:
        while piece := read(self._tape, BLOCK):
            if rest := piece.lstrip(b"\0"):
                zeros = (len(piece) - len(rest)) // SIZE * SIZE
                self._tape.unread(piece[zeros:])
                return

    def _find(self, window: bytes) -> bool:
        """Go on to the next header, wherever it begins."""
        while more := read(self._tape, BLOCK):
            window += more
            hit = window.find(_MAGIC, _MAGIC_AT)
            while hit >= 0 and self._tries > 0:
                start = hit - _MAGIC_AT
                if parse(window[start : start + SIZE]) is not None:
                    self._tape.unread(window[start:])
                    return True
                self._tries -= 1
                hit = window.find(_MAGIC, hit + 1)
            window = window[-2 * SIZE :]
        return False


def entries(tape: Tape, note: Note, most: int) -> Iterator[Entry]:
    """Give the entries; what the caller leaves of their content is skipped.

    Args:
        tape: the tar.
        note: is told what is wrong with it.
        most: headers read at most; a file can have several.
    """
    headers = _Headers(tape, note, most)
    shared: dict[bytes, bytes] = {}
    own: dict[bytes, bytes] = {}
    while (header := headers.next()) is not None:
        start, size = tape.at, header.size
        if header.kind in _PAX:
            own |= _records(_meta(tape, header, note))
        elif header.kind == _PAX_SHARED:
            shared |= _records(_meta(tape, header, note))
        elif header.kind == _GNU_NAME:
            own[b"path"] = _meta(tape, header, note).split(b"\0")[0]
        elif header.kind not in {_GNU_LINK, _LABEL}:
            if header.kind == _SPARSE and header.extended:
                _skip_map(tape)
            entry = _entry(header, shared | own, tape.at)
            own, start, size = {}, entry.offset, entry.size
            yield entry
        tape.skip(start + -(-size // SIZE) * SIZE - tape.at)
        if tape.at < start + size:
            note("truncated", "the tar ends inside a file. What was there was read; fetch it again")
            return


def _meta(tape: Tape, header: Header, note: Note) -> bytes:
    if header.size <= _MOST_META:
        return read(tape, header.size)
    note("bad_tar", f"a name or pax header of {header.size} bytes was skipped")
    return b""


def _skip_map(tape: Tape) -> None:
    while len(block := read(tape, SIZE)) == SIZE and block[504]:
        pass


def _records(data: bytes) -> dict[bytes, bytes]:
    """Read a pax header: records of `length key=value`."""
    found, at = {}, 0
    while (match := _RECORD.match(data, at)) is not None:
        length = int(match[1])
        if length < match.end() - at + 1:
            break
        if match[2] in _KEYS:
            found[match[2]] = data[match.end() : at + length - 1]
        at += length
    return found


def _entry(header: Header, pax: dict[bytes, bytes], at: int) -> Entry:
    size, mtime = header.size, header.mtime
    if (stated := pax.get(b"size", b"")).isdigit() and len(stated) <= 18:  # noqa: PLR2004 - below 2**63
        size = int(stated)
    if _DECIMAL.fullmatch(stamp := pax.get(b"mtime", b"")):
        mtime = float(stamp) or None
    sparse = header.kind == _SPARSE or not _SPARSE_KEYS.isdisjoint(pax)
    name = pax.get(b"GNU.sparse.name") or pax.get(b"path") or header.name
    what = KINDS.get(header.kind)
    if what is not None:
        size = 0  # Some writers state the size of a hard link's target; no content follows.
    elif sparse:
        what = "sparse file"
    elif header.kind == _CONTINUED:
        what = "rest of a file from another volume"
    kind = FOLDER if header.kind in _FOLDERS else header.kind
    return Entry(name.decode("utf-8", "surrogateescape"), kind, at, size, mtime, what)
