"""Whether any of some literals stands in a run's bytes: far cheaper than to analyze it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.bundle import Bundle

_BLOCK = 1 << 20


def look(bundle: Bundle, literals: Sequence[str]) -> bool:
    """Read all members, up to the first literal.

    A member that cannot be read to its end was not read further by the analysis either: the same
    bytes end at the same place.
    """
    sought = [text.encode() for text in literals if text]
    if not sought:
        return False
    pattern = re.compile(b"|".join(map(re.escape, sorted(sought, key=len, reverse=True))))
    overlap = max(map(len, sought)) - 1
    for member in bundle.members:
        with member.open() as stream:
            tail = b""
            while data := stream.read(_BLOCK):
                if pattern.search(tail + data):
                    return True
                tail = (tail + data)[-overlap:] if overlap else b""
    return False
