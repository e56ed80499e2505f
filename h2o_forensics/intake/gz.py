"""Gzip: transparent, the content keeps the path of the file."""

import os
from collections import deque
from collections.abc import Iterator
from functools import partial

from h2o_forensics.intake.caps import Chunks, StreamError
from h2o_forensics.intake.inflate import GZIP, inflated
from h2o_forensics.intake.names import content_name
from h2o_forensics.intake.session import Blob, Session, outermost

SUFFIX = ".gz"

_TRAILER = 4
"""The last bytes of a gzip: size of the content modulo 2**32, little endian (RFC 1952, ISIZE)."""


def probe(head: bytes) -> bool:
    """Tell a gzip by its magic and its only method, deflate."""
    return head.startswith(b"\x1f\x8b\x08")


def walk(blob: Blob, session: Session) -> Iterator[Blob]:
    """Give the one stream that a gzip holds."""
    depth, box = blob.depth + 1, blob.box or outermost(blob)

    def content() -> Chunks:
        unpacked = inflated(blob.chunks, GZIP, session.limits)
        return session.meter.limit((blob.path, depth), unpacked, box)

    yield Blob(
        blob.path,
        content,
        None,
        blob.mtime,
        content_name(blob.name, SUFFIX, (".tgz",)),
        depth,
        box=box,
        packed=blob.size,
        hint=partial(_stated_size, blob),
    )


def _stated_size(blob: Blob) -> int | None:
    """Read the size of the content from the end of the gzip; None when that cannot be had."""
    try:
        if blob.file is not None:
            with blob.file() as file:
                file.seek(-_TRAILER, os.SEEK_END)
                tail = file.read(_TRAILER)
        else:
            ends = deque((chunk[-_TRAILER:] for chunk in blob.chunks()), maxlen=_TRAILER)
            tail = b"".join(ends)[-_TRAILER:]
    except (OSError, StreamError):
        return None  # Reading the content will meet the same fault and record it.
    return int.from_bytes(tail, "little") if len(tail) == _TRAILER else None
