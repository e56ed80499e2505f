"""The same content counts once: a directory and the zip of it, a log that is given twice."""

import hashlib
import io
import re
from collections import Counter
from functools import partial
from typing import BinaryIO

from h2o_forensics.intake.caps import CUT, Chunks, box_cap
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import guarded, open_stream
from h2o_forensics.model.bundle import Member

_Key = tuple[str, int]


def settle(session: Session) -> tuple[tuple[Member, ...], tuple[tuple[str, str], ...]]:
    """Make members of the leaves.

    Returns:
        The members, sorted by path, and (path, path of the member with the same bytes), sorted.
    """
    leaves = sorted(session.leaves, key=_preference)
    # A copy of what does not state its size can only be told by how it begins.
    by_head = any(leaf.size is None and leaf.hint is None for leaf in leaves)
    keys = {leaf.path: _keys(leaf, by_head=by_head) for leaf in leaves if len(leaves) > 1}
    seen = Counter(key for found in keys.values() for key in found)
    first: dict[tuple[bytes, str], str] = {}
    members, duplicates = [], []
    for leaf in leaves:
        twin = None
        if any(seen[key] > 1 for key in keys.get(leaf.path, ())):
            twin = _twin(leaf, first, session)
        if twin is None:
            members.append(_member(leaf, session))
        else:
            duplicates.append((leaf.path, twin))
    members.sort(key=lambda member: member.path)
    return tuple(members), tuple(sorted(duplicates))


def _preference(leaf: Blob) -> tuple[int, str]:
    """Order copies: the one in fewer archives is the first."""
    return leaf.path.count("!"), leaf.path


def _keys(leaf: Blob, *, by_head: bool) -> set[_Key]:
    """Give what equal contents share without reading them: size, or that of their gzip, or head."""
    size = leaf.size if leaf.hint is None else leaf.hint()
    keys = set() if size is None else {("size", size % 2**32)}
    keys |= {("head", leaf.mark)} if by_head else set()
    return keys if leaf.packed is None else keys | {("packed", leaf.packed)}


def _twin(leaf: Blob, first: dict[tuple[bytes, str], str], session: Session) -> str | None:
    """Find the earlier leaf with the same bytes, by their hash; sizes may lie."""
    if session.meter.spent(leaf.box) is not None:
        return None  # Of what is in a bomb nothing further can be read.
    digest = hashlib.sha256()
    for chunk in _content(leaf, session):
        digest.update(chunk)
    if session.log.has(leaf.path, CUT):
        return None  # What was not read may differ.
    # Two lost nodes leave the same text: there the name is the evidence.
    name = re.split("[/!]", leaf.path)[-1] if leaf.path in session.lost_nodes else ""
    known = first.setdefault((digest.digest(), name), leaf.path)
    return None if known == leaf.path else known


def _content(leaf: Blob, session: Session) -> Chunks:
    return guarded(leaf.chunks(), leaf.path, session.log)


def _member(leaf: Blob, session: Session) -> Member:
    stream = next((one for one in session.streams if leaf.path.startswith(f"{one}!")), None)
    return Member(
        leaf.path, leaf.size, leaf.mtime, partial(_open, leaf, session), leaf.packed, stream
    )


def _open(leaf: Blob, session: Session) -> BinaryIO:
    bomb = session.meter.spent(leaf.box)
    if bomb is None or not session.meter.glimpsed((leaf.path, leaf.depth), leaf.size):
        return open_stream(_content(leaf, session))
    # No more than the head could be had, thousands of times.
    fault = box_cap(session.limits, bomb)
    session.log.note(leaf.path, fault.code, f"{leaf.path}: {fault.message}")
    return io.BytesIO()
