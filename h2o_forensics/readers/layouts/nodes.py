"""Lines of several nodes in one text, one after the other or mixed: each record names its node."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.readers.layouts.keyed import Prefix, Writer, unwrap_keyed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part

_STAMP = rb"\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} "
_NODE = rb"#?[^\s#/]{2,40}:\d{1,5}(?=[ #])"
_RECORD = re.compile(rb"^" + _STAMP + rb"(" + _NODE + rb") *#?\d+ +\S", re.MULTILINE)
_NODES = Prefix(
    re.compile(
        rb"^" + _STAMP + rb"(?P<key>" + _NODE + rb")[^\n]*"
        rb"(?:\n(?!" + _STAMP + _NODE + rb")[^\n]*"
        rb"|\n" + _STAMP + rb"(?P=key)(?=[ #])[^\n]*)*+(?:\n|\Z)",
        re.MULTILINE,
    ),
    re.compile(rb"(?!)"),  # nothing is taken away
    lambda key: Writer(key.decode("utf-8", "replace")),
    rewrites=False,
)


def probe(head: bytes) -> bool:
    """Whether records of more than one node are there."""
    first = _RECORD.search(head)
    if first is None:
        return False
    return any(match[1] != first[1] for match in _RECORD.finditer(head, first.end()))


def unwrap(part: Part) -> Iterator[Part]:
    """One part for each node."""
    for one in unwrap_keyed(part, _NODES):
        yield one if one is part else replace(one, mixed=part)
