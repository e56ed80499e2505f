"""From what was given to a `Bundle`."""

import io
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake.containers import place
from h2o_forensics.intake.dedupe import settle
from h2o_forensics.intake.directory import kind_of, walk_directory
from h2o_forensics.intake.files import file_blob
from h2o_forensics.intake.names import display
from h2o_forensics.intake.pasted import pasted_blob
from h2o_forensics.intake.remote import remote_blobs
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.sources import Kind, Source, name_sources
from h2o_forensics.intake.stream import file_chunks, unreadable
from h2o_forensics.model.bundle import Bundle, Limits

_LIMITS = Limits()
_SHOWN = 5
"""So many reasons are named when nothing could be read."""


def open_bundle(
    sources: Sequence[Path | str], limits: Limits = _LIMITS, stdin: BinaryIO | None = None
) -> Bundle:
    """Open directories, files, archives, pasted text and URLs as one bundle.

    Args:
        sources: what to read; their order does not matter.  `-` is standard input, a text or an
            archive; a URL (`s3://bucket/prefix/`) has to be a string.
        limits: caps on what is read.
        stdin: what `-` reads instead of standard input.

    Returns:
        The bundle; damage and refusals are its problems.

    Raises:
        IntakeError: nothing readable was given, or a URL needs what is not installed.
    """
    session = Session(limits)
    named = name_sources(sources)
    alone = len(named) == 1
    # All files before what is in them: one large archive must not crowd out its neighbours.
    blobs = [blob for one in named for blob in _blobs(one, session, stdin, alone=alone)]
    for blob in blobs:
        place(blob, session)
    bundle = _bundle(tuple(one.name for one in named), session)
    if not bundle.members:
        raise IntakeError(_nothing(bundle))
    return bundle


def bundle_of_texts(files: Mapping[str, str | bytes]) -> Bundle:
    """Make a bundle of texts in memory, for rule examples and tests; bytes may be archives.

    Args:
        files: content by path, `/` as separator.
    """
    session = Session(_LIMITS)
    for name in sorted(files):
        text = files[name]
        data = text.encode() if isinstance(text, str) else text
        opener = partial(io.BytesIO, data)
        path = session.names.claim(display(name))
        chunks = partial(file_chunks, opener)
        place(Blob(path, chunks, len(data), None, path, file=opener), session)
    return _bundle(tuple(sorted(files)), session)


def _bundle(sources: tuple[str, ...], session: Session) -> Bundle:
    members, duplicates = settle(session)
    return Bundle(
        sources,
        members,
        duplicates,
        tuple(sorted(session.listed)),
        session.log.all,
        session.met,
        session.take,
    )


def _blobs(
    source: Source, session: Session, stdin: BinaryIO | None, *, alone: bool
) -> Iterator[Blob]:
    """Give the files of one source.  A link that was given on purpose is followed."""
    name = source.name
    if source.kind is Kind.PASTED:
        yield from pasted_blob(name, stdin, session)
        return
    if source.kind is Kind.URL:
        yield from remote_blobs(name, source.target, session, alone=alone)
        return
    try:
        path = Path(os.path.realpath(source.target))
        status = path.stat()
    except OSError as fault:
        code = "missing" if isinstance(fault, FileNotFoundError) else "unreadable"
        session.log.note(name, code, unreadable(name, fault))
        return
    if stat.S_ISDIR(status.st_mode):
        yield from walk_directory(path, "" if alone else f"{name}/", session)
    elif stat.S_ISREG(status.st_mode):
        yield file_blob(str(path), session.names.claim(name), status, session)
    else:
        kind = kind_of(status.st_mode)
        session.listed.append((name, kind))
        session.log.note(
            name,
            "not_a_file",
            f"{name}: a {kind}, not read. Save what it gives to a file and give that.",
        )


def _nothing(bundle: Bundle) -> str:
    """Say what was given, why nothing of it could be read, and what to do."""
    reasons = [problem.message for problem in bundle.problems()]
    reasons += [f"{path}: {what}." for path, what in bundle.listed]
    more = [f"... and {len(reasons) - _SHOWN} more"] if len(reasons) > _SHOWN else []
    return "\n  ".join(
        (
            f"nothing readable in {', '.join(bundle.sources) or 'no sources'}",
            *reasons[:_SHOWN],
            *more,
            "Give a directory of logs, a log file, or H2O's log download (zip).",
        )
    )
