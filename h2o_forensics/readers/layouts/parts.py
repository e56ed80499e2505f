"""Unwrap: from a member to its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.readers.layouts import (
    cri,
    docker_json,
    format_a,
    journal,
    journal_json,
    kubectl,
    log_container,
    nodes,
    paste,
    pods,
    yarn,
)
from h2o_forensics.readers.layouts.part import HEAD_BYTES, Part
from h2o_forensics.readers.layouts.sections import MAX_PARTS
from h2o_forensics.readers.layouts.streams import Peekable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import ModuleType

LAYOUTS: tuple[ModuleType, ...] = (
    docker_json,
    journal_json,
    yarn,
    log_container,
    pods,
    cri,
    journal,
    kubectl,
    paste,
    nodes,
    format_a,
)
"""In the order in which they are tried.  Each has `probe(head)` and `unwrap(part)`."""
_MAX_DEPTH = 4
_SEVERAL = 2


def is_wrapped(head: bytes) -> bool:
    """Whether a text that begins so comes in one of the layouts."""
    return any(layout.probe(head) for layout in LAYOUTS)


class _Room:
    """How many parts of a member are still kept apart."""

    def __init__(self) -> None:
        self.left = MAX_PARTS


def unwrapped(part: Part) -> Iterator[Part]:
    """The parts of a part; itself, when it is wrapped in nothing known.

    After `MAX_PARTS` of them nothing is taken apart any further.
    """
    return _unwrapped(part, 0, _Room())


def _unwrapped(part: Part, depth: int, room: _Room) -> Iterator[Part]:
    head = part.stream.peek(HEAD_BYTES)
    layout = next((one for one in LAYOUTS if one.probe(head)), None)
    if layout is None or depth == _MAX_DEPTH or room.left <= 0:
        part.together = part.together or (layout is not None and room.left <= 0)
        room.left -= 1
        yield part
        return
    for inner in layout.unwrap(part):
        if layout is format_a or inner is part:  # it still looks as it did
            room.left -= 1
            yield inner
        else:
            yield from _unwrapped(inner, depth + 1, room)


def by_node(part: Part, seen: Collection[str]) -> Iterator[Part]:
    """A part that was read and turned out to hold records of several nodes, taken apart by node.

    Args:
        part: what was read.
        seen: the nodes that were met in it.
    """
    if part.reopen is None or len([node for node in seen if node]) < _SEVERAL:
        return
    yield from nodes.unwrap(msgspec.structs.replace(part, stream=Peekable(part.reopen())))
