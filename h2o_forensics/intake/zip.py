"""Zip archives: entries as streams, each with its own file handle, sound or damaged."""

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from h2o_forensics.intake.caps import CUT, Box, Chunks, StreamError
from h2o_forensics.intake.codecs import BZIP2, XZ, ZSTD, unpack
from h2o_forensics.intake.inflate import RAW, crc32, inflated
from h2o_forensics.intake.names import decode_entry_name, display, tame
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import BLOCK, FIRST, guarded, unreadable
from h2o_forensics.intake.zip_directory import (
    LOCAL,
    LOCAL_MARK,
    Entry,
    central_entries,
    find_end,
    local_entry,
)
from h2o_forensics.intake.zip_salvage import DEFLATED, salvage
from h2o_forensics.model.bundle import Limits

_STORED = 0
_CODECS = {12: BZIP2, 93: ZSTD, 95: XZ}
_ENCRYPTED = 1
_JAR_MARK = b"META-INF/MANIFEST.MF"
_COUNT_BITS = 0xFFFF
_FOLDED = 2
"""Entries that claim more than this times the archive are a bomb; one damaged size is not."""


class _Content(NamedTuple):
    entries: list[Entry]
    sound: bool
    """The central directory led to all of them."""
    overlap: bool
    folded: bool
    """The entries claim the archive's bytes several times over."""


def probe(head: bytes) -> bool:
    """Tell a zip by its first mark: an entry, the end of an empty one, a part of a split one."""
    return head.startswith((LOCAL_MARK, b"PK\x05\x06", b"PK\x07\x08"))


def walk(blob: Blob, session: Session) -> Iterator[Blob]:
    """Give the entries of a zip; what is odd about the archive or a name becomes a problem."""
    session.listed.append((blob.path, "zip archive"))
    opener = blob.file or _in_memory(blob, session)
    try:
        with opener() as file:
            size = file.seek(0, os.SEEK_END)
            content = _content(file, size, session.limits)
    except StreamError as fault:
        session.log.note(blob.path, fault.code, f"{blob.path}: {fault.message}")
        return
    except OSError as fault:
        session.log.note(blob.path, "unreadable", unreadable(blob.path, fault))
        return
    _judge(blob.path, content, session)
    if content.folded:
        session.listed[-1] = (blob.path, "zip archive, not read: its entries share bytes")
        return
    if any(entry.name == _JAR_MARK for entry in content.entries):
        # Programs: ten thousands of class files that would use up the caps meant for evidence.
        session.listed[-1] = (blob.path, "Java archive, not walked into")
        return
    box = Box(blob.path, size, blob.box)
    for entry in content.entries:
        if entry.name.endswith(b"/") and not entry.size:
            continue
        if not session.admit(blob.path):
            return
        inner = _entry_blob(
            blob, entry, partial(_open_entry, opener, entry, session.limits), box, session
        )
        if inner is not None:
            yield inner


def _in_memory(blob: Blob, session: Session) -> Callable[[], BinaryIO]:
    """Hold a nested archive in memory: zip needs to seek, a stream inside an archive cannot."""

    def load() -> bytes:
        most = session.limits.max_buffered_archive_bytes
        data = bytearray()
        with closing(guarded(blob.chunks(), blob.path, session.log)) as chunks:
            for chunk in chunks:
                data += chunk
                if len(data) > most:
                    raise StreamError(
                        "too_big",
                        f"an archive inside an archive, longer than {most} bytes; it was not read. "
                        "Take it out of the outer archive and give it directly.",
                    )
        return bytes(data)

    return lambda: io.BytesIO(session.buffers.get((blob.path, blob.depth), load))


def _content(file: BinaryIO, size: int, limits: Limits) -> _Content:
    """Read the directory, and look for further entries unless it covers the whole file."""
    most = limits.max_entries + 1  # So that the caller sees when there are too many.
    end = find_end(file, size)
    entries = [] if end is None else list(central_entries(file, end, most))
    # Old writers let the count of a large archive wrap around.
    sound = end is not None and (
        len(entries) == most or len(entries) & _COUNT_BITS == end.entries & _COUNT_BITS
    )
    first = min((entry.offset for entry in entries), default=0 if end is None else end.at)
    if not sound or first > 0 or (end is not None and end.past < size):
        # Bytes that the directory does not speak of: the end record may be that of an inner zip.
        known = {entry.offset: entry for entry in entries}
        further = list(salvage(file, size, known, most - len(entries), limits))
        entries += further
        sound = sound and not further
    spans = sorted(
        (entry.offset, entry.offset + LOCAL.size + len(entry.name) + (entry.packed or 0))
        for entry in entries
    )
    overlap = any(span[1] > later[0] for span, later in pairwise(spans))
    claimed = sum(min(end, size) - begin for begin, end in spans)
    return _Content(entries, sound, overlap, claimed > _FOLDED * size)


def _judge(path: str, content: _Content, session: Session) -> None:
    if not content.sound and not session.log.has(path, CUT):
        session.log.note(
            path,
            "bad_zip",
            f"{path}: the list of contents of this zip is damaged or missing, as after a download "
            f"that broke off; {len(content.entries)} entries could be found. Fetch it again.",
        )
    if content.overlap:
        what = (
            "as in archive bombs; it was not read. If you trust it, unpack it yourself and give "
            "the files."
            if content.folded
            else "as after damage; each was read for what it is. Fetch it again."
        )
        session.log.note(path, "overlap", f"{path}: entries of this zip share bytes, {what}")


def _entry_blob(
    blob: Blob, entry: Entry, opener: Callable[[], Chunks], box: Box, session: Session
) -> Blob | None:
    """Name an entry and judge whether it can be read; None when it is listed only."""
    given = decode_entry_name(entry.name)
    shown, safe = tame(given)
    wanted = f"{blob.path}!{shown}"
    path = session.names.claim(wanted)
    if not safe:
        session.log.tally(
            blob.path,
            "unsafe_name",
            f"{blob.path}: holds names such as {display(given)}, which could be written outside a "
            f"directory when unpacked; read in place, and shown as {shown}.",
        )
    if path != wanted:
        session.log.tally(
            blob.path,
            "duplicate_name",
            f"{blob.path}: holds more than one {shown}; all are read, with ~2, ~3 ... behind them.",
        )
    refused = _refused(entry)
    if refused is not None:
        session.listed.append((path, refused.what))
        session.log.tally(blob.path, refused.code, f"{path}: {refused.message}")
        return None
    depth = blob.depth + 1
    return Blob(
        path,
        lambda: session.meter.limit((path, depth), opener(), box),
        entry.size,
        entry.mtime,
        path,
        depth,
        box=box,
    )


class _Refused(NamedTuple):
    what: str
    code: str
    message: str


def _refused(entry: Entry) -> _Refused | None:
    """Say why an entry is not read at all."""
    if entry.flags & _ENCRYPTED:
        return _Refused(
            "encrypted",
            "encrypted",
            "encrypted, not read. Unpack the archive with its password and give the files.",
        )
    if entry.mode and stat.S_IFMT(entry.mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return _Refused(
            "link or device, not read",
            "not_a_file",
            "the archive says that this is a link or a device; it was not read. "
            "If it stands for evidence, give that file itself.",
        )
    return None


def _open_entry(opener: Callable[[], BinaryIO], entry: Entry, limits: Limits) -> Chunks:
    """Read an entry and compare it with what its header says.

    Raises:
        StreamError: `unsupported`, `truncated`, `bad_zip`, `bad_data`, `bad_crc`, `wrong_size` or
            `ratio`, after the bytes that could be read.
    """
    packed = partial(_packed, opener, entry)
    if entry.method == DEFLATED:
        body = inflated(packed, RAW, limits)
    elif entry.method == _STORED:
        body = packed()
    elif entry.method in _CODECS:
        body = unpack(_CODECS[entry.method], packed, limits)
    else:
        raise StreamError(
            "unsupported",
            f"zip compression method {entry.method} is not supported. "
            "Unpack it yourself and give the file.",
        )
    crc = size = 0
    for chunk in body:
        crc = crc32(chunk, crc)
        size += len(chunk)
        yield chunk
    if entry.crc not in {None, crc}:
        raise StreamError("bad_crc", "damaged: its checksum is wrong. Fetch the archive again.")
    if entry.size not in {None, size}:
        raise StreamError(
            "wrong_size",
            f"the archive states {entry.size} bytes, {size} were there; all were read.",
        )


def _packed(opener: Callable[[], BinaryIO], entry: Entry) -> Chunks:
    """Read the bytes of an entry as they stand in the archive."""
    with opener() as file:
        local = local_entry(file, entry.offset)
        if local is None:
            raise StreamError("bad_zip", "its header in the archive is damaged. Fetch it again.")
        file.seek(local[1])
        left, step = entry.packed, FIRST
        while left is None or left > 0:
            chunk = file.read(step if left is None else min(step, left))
            if not chunk:
                break
            left = None if left is None else left - len(chunk)
            step = BLOCK
            yield chunk
        if left:
            raise StreamError("truncated", "the archive ends inside this entry. Fetch it again.")
