r"""Stack traces of H2O up to 3.30.0.7, whose every line has the record's header before it.

05-06 17:12:15.610 172.16.2.179:54321    26336  FJ-1-3    ERRR: java.lang.OutOfMemoryError: Java ...
05-06 17:12:15.610 172.16.2.179:54321    26336  FJ-1-3    ERRR: \tat water.MRTask.map(MRTask.java:1)

Later versions print the frames without; so they are read here, too.
Source: h2o-core/src/main/java/water/util/Log.java before commit 5bf8ca838c
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.readers.layouts.shares import opening
from h2o_forensics.readers.layouts.streams import Generated, Peekable, line_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part
    from h2o_forensics.readers.layouts.streams import Readable

_HEADER = (
    rb"^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (?:\(exiting\)|#?\S{3,64} {0,22}#?\d{1,10}) +[^\n:]{1,16}?"
    rb"(?:FATAL|ERRR|WARN|INFO|DEBUG|TRACE): "
)
_ANY = re.compile(_HEADER, re.MULTILINE)
_OF_A_TRACE = re.compile(_HEADER + rb"(?=\tat |\t\.\.\. |Caused by: )", re.MULTILINE)
_LEVELS = (b"FATAL: ", b"ERRR: ", b"WARN: ", b"INFO: ", b"DEBUG: ", b"TRACE: ")
_MARKS = (b": \tat ", b": Caused by: ", b": \t... ")


def probe(head: bytes) -> bool:
    """Whether such a header is among the first lines, or before a frame anywhere in the head."""
    text = opening(head, 100)
    if any(level in text for level in _LEVELS) and _ANY.search(text):
        return True
    return any(mark in head for mark in _MARKS) and _OF_A_TRACE.search(head) is not None


def unwrap(part: Part) -> Iterator[Part]:
    """The text with bare frames."""
    yield msgspec.structs.replace(
        part,
        stream=Peekable(Generated(_bare(part.stream))),
        rewritten=True,
        reopen=None,
    )


def _bare(stream: Readable) -> Iterator[bytes]:
    for block in line_blocks(stream):
        if any(mark in block for mark in _MARKS):
            yield _OF_A_TRACE.sub(b"", block)
        else:
            yield block
