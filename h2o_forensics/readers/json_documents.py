"""JSON: decoded once, then read as a snapshot of REST or as what training saved.

One document, a list of them, or one a line.  Memory stays bounded: neither very large documents nor
those of very many values are decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from h2o_forensics.model.training import Saved
from h2o_forensics.readers.rest import Tables, read_rest
from h2o_forensics.readers.side_evidence import Side, side_of_json
from h2o_forensics.readers.training_places import as_cut, together, within
from h2o_forensics.training.cut_json import VALUES, decode, values_in
from h2o_forensics.training.documents import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_JSON_BYTES = 64 * 2**20
_MAX_DOCUMENTS = 10_000
_OTHER = "rest_other"


class Documents(Struct, frozen=True):
    """What a file of JSON holds."""

    kind: str
    tables: Tables = {}
    saved: Saved = Saved()
    side: Side | None = None
    state: str = "read"
    problem: tuple[str, str] | None = None
    """Its code, and what to say after the file's name."""


def read_documents(data: bytes) -> Documents:
    """Read the bytes of a JSON file, at most `MAX_JSON_BYTES` and one more of them."""
    if len(data) > MAX_JSON_BYTES or values_in(data) > VALUES:
        says = (
            f"is JSON of more than {MAX_JSON_BYTES >> 20} MB or {VALUES} values and was not "
            "read; save the models, grids or frames one by one."
        )
        return Documents(_OTHER, state="refused", problem=("big_json", says))
    try:
        document, whole = decode(data)
    except ValueError:
        lines = _of_lines(data)
        return lines or Documents(_OTHER, state="refused", problem=("bad_json", _BAD))
    if not whole:
        return _of_lines(data) or _cut(document)
    known = _whole(document)
    side = side_of_json(data)
    if side is not None:
        return msgspec.structs.replace(known, side=side, state="read")
    return known


_BAD = "begins like JSON but is not complete JSON; fetch the document again."
_CUT = "is cut; what stands before the cut was read. Fetch the document again."


def _whole(document: object) -> Documents:
    if isinstance(document, dict):
        kind, tables = read_rest(document)
        if kind != _OTHER or tables:
            return Documents(kind, tables, state="read" if any(tables.values()) else "listed")
        if _is_timeline(document):
            return Documents("rest_timeline")
    return _training(document) or Documents(_OTHER, state="listed")


def _is_timeline(document: dict[str, object]) -> bool:
    """`/3/Timeline`: packets between nodes; nothing is asked of it yet."""
    return isinstance(document.get("events"), list) and {"now", "self"} <= document.keys()


def _cut(document: object) -> Documents:
    found = _training(document)
    if found is None:
        return Documents(_OTHER, state="refused", problem=("bad_json", _BAD))
    return msgspec.structs.replace(found, saved=as_cut(found.saved), problem=("cut_json", _CUT))


def _training(document: object) -> Documents | None:
    if not isinstance(document, list):
        found = read_document(document)
        return Documents(found[0], saved=found[1]) if found else None
    kinds, parts = [], []
    for at, one in enumerate(document[:_MAX_DOCUMENTS]):
        found = read_document(one)
        if found is not None:
            kinds.append(found[0])
            parts.append(within(found[1], f"/{at}"))
    return Documents(kinds[0], saved=together(parts)) if kinds else None


def _of_lines(data: bytes) -> Documents | None:
    """A document a line; a last one that is cut counts as far as it goes."""
    kinds, parts, cut = [], [], False
    for number, line in _lines(data):
        try:
            document, whole = decode(line)
        except ValueError:
            return None
        cut = cut or not whole
        found = read_document(document)
        if found is not None:
            kinds.append(found[0])
            parts.append(within(found[1] if whole else as_cut(found[1]), "", number))
    if not kinds:
        return None
    return Documents(kinds[0], saved=together(parts), problem=("cut_json", _CUT) if cut else None)


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Those that hold something, where more than one does and each is an object."""
    lines = [
        (at, line) for at, line in enumerate(data.split(b"\n", _MAX_DOCUMENTS), 1) if line.strip()
    ]
    if len(lines) > 1 and all(
        line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{") for _, line in lines
    ):
        yield from lines
