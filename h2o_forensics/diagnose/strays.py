"""Exceptions no rule knows: what is a refusal of a bad request, and what may be a fault."""

import re
from collections.abc import Iterator, Sequence

from h2o_forensics.model.artifact import Gap, Node
from h2o_forensics.model.diagnosis import UnknownException

_REFUSAL = re.compile(
    r"(?:^|[.$])(?:H2O(?:\w*Illegal|\w*NotFound)\w*|JobCancelledException|Job\$JobCancelled\w*)$"
)
"""H2O says with these that a request asks for what is not there or not allowed, or was stopped.

Source: h2o-core/src/main/java/water/exceptions/
"""
_CANCELLED = re.compile(r"Job(?:\$Job)?Cancelled")
_ARGUMENT = re.compile(r"(?:^|\.)\w*IllegalArgumentException$")
_VALIDATION = re.compile(r"^_\w+: |ERRR on field: ")
_BROKEN = re.compile(r"^java\.(?:io|net|nio)\.")
_LEFT = frozenset({"exit", "terminated"})
_LEAVING_MS = 10_000
"""Connections break from the order to shut down until the peers are gone too."""
_LONGEST = 160
_AROUND_MS = 60_000


def stray_exceptions(unknown: Sequence[UnknownException], nodes: Sequence[Node]) -> Iterator[Gap]:
    """A gap for each that is no plain refusal and no broken connection of an orderly shutdown."""
    for one in unknown:
        if is_refusal(one) or _is_farewell(one, nodes):
            continue
        said = f"{one.name}: {one.message}" if one.message else one.name
        at = None if one.ts is None else one.ts - _AROUND_MS
        yield Gap(
            node=one.node,
            source="h2o_log",
            from_ms=at,
            to_ms=None if one.ts is None else one.ts + _AROUND_MS,
            why=f"An exception no rule knows: {said[:_LONGEST]}, {one.path}:{one.line}",
            fetch="The logs of all nodes around that moment, and what the user saw fail.",
        )


def is_refusal(one: UnknownException) -> bool:
    """Whether the exception only tells a caller that the request was wrong.

    What a running job throws is told to nobody: its parameters had been checked before.
    """
    if one.in_job and not one.answered and not _CANCELLED.search(one.name):
        return False
    if _REFUSAL.search(one.name) or _VALIDATION.search(one.message):
        return True
    return one.answered and bool(_ARGUMENT.search(one.name))


def _is_farewell(one: UnknownException, nodes: Sequence[Node]) -> bool:
    return bool(_BROKEN.search(one.name)) and any(
        node.end in _LEFT
        and node.last_seen is not None
        and one.ts is not None
        and abs(one.ts - node.last_seen) <= _LEAVING_MS
        for node in nodes
    )
