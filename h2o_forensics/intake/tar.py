"""Tar archives: files as streams, sound or damaged, in a file or in a compressed stream."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import BinaryIO

from msgspec.structs import replace

from h2o_forensics.intake.caps import Chunks, StreamError
from h2o_forensics.intake.names import display, tame
from h2o_forensics.intake.session import Blob, Session, outermost
from h2o_forensics.intake.spool import Rewinder, unspool
from h2o_forensics.intake.stream import BLOCK, FIRST, guarded, unreadable
from h2o_forensics.intake.tape import FileTape, StreamTape, Tape, Window
from h2o_forensics.intake.tar_headers import FOLDER, KINDS, Entry, entries, parse

_CUT = "the archive ends inside this file. Fetch it again."
_HEADERS = 4
"""Headers per file at most: its own, long name, pax; and those of directories."""
_MAGIC = slice(257, 262)


def probe(head: bytes) -> bool:
    """Tell a tar by its magic, or one older than the magic by its checksum."""
    return head[_MAGIC] == b"ustar" or (head[:1] > b"\0" and parse(head) is not None)


def walk(blob: Blob, session: Session) -> Iterator[Blob]:
    """Give the files of a tar; what is odd about the archive or a name becomes a problem."""
    session.listed.append((blob.path, "tar archive"))
    if blob.file is None:
        yield from _walk_stream(blob, session)
        return
    try:
        with blob.file() as file:
            tape = FileTape(file)
            for entry, shown in _readable(tape, blob, session):
                chunks = partial(_slice, blob.file, entry.offset, entry.size)
                inner = _blob(blob, entry, shown, chunks, session)
                there = min(entry.size, tape.size - entry.offset)  # The header may lie.
                part = partial(_part, blob.file, entry.offset, there)
                yield replace(inner, file=part)
    except StreamError as fault:
        session.log.note(blob.path, fault.code, f"{blob.path}: {fault.message}")
    except OSError as fault:
        session.log.note(blob.path, "unreadable", unreadable(blob.path, fault))


def _walk_stream(blob: Blob, session: Session) -> Iterator[Blob]:
    session.streams.append(blob.path)
    rewinder = Rewinder(blob.chunks)
    with closing(guarded(blob.chunks(), blob.path, session.log)) as chunks:
        tape = StreamTape(chunks)
        for entry, shown in _readable(tape, blob, session):
            kept = session.spool.keep(tape.pieces(entry.size))
            content = partial(unspool, kept, entry.offset, rewinder)
            yield _blob(blob, entry, shown, partial(_whole, content, entry.size), session)


def _readable(tape: Tape, blob: Blob, session: Session) -> Iterator[tuple[Entry, str]]:
    """Give what can be read, with the path it is shown under."""

    def note(code: str, message: str) -> None:
        session.log.note(blob.path, code, f"{blob.path}: {message}.")

    for entry in entries(tape, note, _HEADERS * session.limits.max_entries):
        if entry.kind == FOLDER:
            continue
        if not session.admit(blob.path):
            return
        path = _name(blob.path, entry.name, session)
        if entry.what is None:
            yield entry, path
            continue
        session.listed.append((path, f"{entry.what}, not read"))
        session.log.tally(
            blob.path,
            "not_a_file" if entry.kind in KINDS else "unsupported",
            f"{path}: a {entry.what} in a tar; it was not read. "
            "If it stands for evidence, give that file itself.",
        )


def _name(archive: str, given: str, session: Session) -> str:
    shown, safe = tame(given)
    if not safe:
        session.log.tally(
            archive,
            "unsafe_name",
            f"{archive}: holds names such as {display(given)}, which could be written outside a "
            f"directory when unpacked; read in place, and shown as {shown}.",
        )
    path = session.names.claim(f"{archive}!{shown}")
    if path != f"{archive}!{shown}":
        session.log.tally(
            archive,
            "duplicate_name",
            f"{archive}: holds more than one {shown}; all are read, with ~2, ~3 ... behind them.",
        )
    return path


def _blob(
    blob: Blob, entry: Entry, path: str, chunks: Callable[[], Chunks], session: Session
) -> Blob:
    # `logs.tar.gz` is one level, as the zip of the same files is.
    depth = blob.depth + (blob.packed is None)
    # Its bytes were counted as those of the tar; what is unpacked from them counts anew.
    box = blob.box or outermost(blob)

    def content() -> Chunks:
        return session.meter.limit((path, depth), chunks())

    return Blob(path, content, entry.size, entry.mtime, path, depth, box=box)


def _part(opener: Callable[[], BinaryIO], at: int, size: int) -> BinaryIO:
    return io.BufferedReader(Window(opener(), at, size), BLOCK)


def _slice(opener: Callable[[], BinaryIO], at: int, size: int) -> Chunks:
    """Read a part of a file."""
    with opener() as file:
        file.seek(at)
        step = FIRST
        while size > 0:
            chunk = file.read(min(step, size))
            if not chunk:
                raise StreamError("truncated", _CUT)
            size -= len(chunk)
            step = BLOCK
            yield chunk


def _whole(content: Callable[[], Chunks], size: int) -> Chunks:
    """Pass a file of a stream on, and say when it is shorter than its header states."""
    for chunk in content():
        size -= len(chunk)
        yield chunk
    if size > 0:
        raise StreamError("truncated", _CUT)
