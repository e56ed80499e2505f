"""Unwrap: from a member to its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.readers.layouts import (
    cri,
    docker_json,
    journal,
    journal_json,
    kubectl,
    log_container,
    paste,
    pods,
    yarn,
)
from h2o_forensics.readers.layouts.part import HEAD_BYTES, Part

if TYPE_CHECKING:
    from collections.abc import Iterator
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
)
"""In the order in which they are tried.  Each has `probe(head)` and `unwrap(part)`."""
_MAX_DEPTH = 4


def is_wrapped(head: bytes) -> bool:
    """Whether a text that begins so comes in one of the layouts."""
    return any(layout.probe(head) for layout in LAYOUTS)


def unwrapped(part: Part, depth: int = 0) -> Iterator[Part]:
    """The parts of a part; itself, when it is wrapped in nothing known."""
    head = part.stream.peek(HEAD_BYTES)
    layout = next((one for one in LAYOUTS if one.probe(head)), None)
    if layout is None or depth == _MAX_DEPTH:
        yield part
        return
    for inner in layout.unwrap(part):
        yield from unwrapped(inner, depth + 1)
