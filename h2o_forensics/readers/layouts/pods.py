"""`kubectl logs --prefix` and `docker compose logs`: each line names the container that wrote it.

[pod/h2o-0/h2o] 11-22 05:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: text
h2o-1  | 11-22 05:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: text
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.readers.layouts.keyed import Prefix, Writer, unwrap_keyed
from h2o_forensics.readers.layouts.part import HEAD_BYTES
from h2o_forensics.readers.layouts.shares import opening, share_of_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part


def _name(key: bytes) -> Writer:
    return Writer(key.decode("utf-8", "replace").strip("[]").strip())


KUBECTL = Prefix(
    re.compile(
        rb"^(?P<key>\[(?:pod|job|deployment)/[^\]\s]+\]) ?[^\n]*(?:\n(?P=key) ?[^\n]*)*(?:\n|\Z)",
        re.MULTILINE,
    ),
    re.compile(rb"^\[(?:pod|job|deployment)/[^\]\s]+\] ?", re.MULTILINE),
    _name,
)
_COMPOSE = Prefix(
    re.compile(
        rb"^(?P<key>[\w.-]{1,80}) +\|[^\n]*(?:\n(?P=key) +\|[^\n]*)*(?:\n|\Z)", re.MULTILINE
    ),
    re.compile(rb"^[\w.-]{1,80} +\| ?", re.MULTILINE),
    _name,
)
_RECORD = re.compile(rb"^[\w.-]{1,80} +\| (?:\S+Z )?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ", re.MULTILINE)
"""A table has bars, too."""
_MOST, _NEARLY_ALL = 0.8, 0.9


def _prefix(head: bytes) -> Prefix | None:
    text = opening(head)
    if b"[pod/" in text or b"[job/" in text or b"[deployment/" in text:
        return KUBECTL if share_of_lines(head, KUBECTL.line)[0] >= _MOST else None
    if b" |" in text and _RECORD.search(text):
        return _COMPOSE if share_of_lines(head, _COMPOSE.line)[0] >= _NEARLY_ALL else None
    return None


def probe(head: bytes) -> bool:
    """Whether nearly every line names a container."""
    return _prefix(head) is not None


def unwrap(part: Part) -> Iterator[Part]:
    """One part for each container."""
    prefix = _prefix(part.stream.peek(HEAD_BYTES))
    if prefix is None:
        return iter((part,))
    return unwrap_keyed(part, prefix)
