"""Stretches of time that may lie inside each other, put together so that none is counted twice.

Lines are written at an event's end, so spans come by their end; an outer one (a young collection
of CMS that became a full one) comes after those inside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.events import Place
from h2o_forensics.gc.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUNDING_MS = 2.0
"""Stamps have whole milliseconds: neighbours may seem to overlap by this much."""
PENDING = 16
"""How many spans a later one may still swallow."""
HEAD = 64


Span = tuple[float, float, Place, Origin]
"""Begin, end (ms on the run's axis), the line that ended it; plain, as each pause has one."""


class Union:
    """The union of spans; the newest ones wait, as a later span may contain them."""

    def __init__(self) -> None:
        self.total = 0.0
        """Of everything added, in ms; nothing twice."""
        self.head: list[tuple[float, float]] = []
        """The first spans, to find what an earlier part of the log shares with them."""
        self.pending: list[Span] = []
        self.final_end = float("-inf")
        self.tail: list[Span] = []
        """Of one put together from parts, in which nothing waits: the last spans."""

    def add(self, span: Span) -> Span | None:
        """Put a span in.

        Returns:
            A span that is final now, after all given before and apart from them.
        """
        return self.add_all((span,))[0]

    def add_all(self, spans: Iterable[Span | None]) -> list[Span | None]:
        """Put spans in; for each of them, what `add` returns (for None: None)."""
        finals: list[Span | None] = []
        pending, head = self.pending, self.head
        for span in spans:
            if span is None:
                finals.append(None)
                continue
            begin, end, place, origin = span
            kept = span
            if len(head) < HEAD:
                head.append((begin, end))
            if pending and begin < pending[-1][1]:
                last_begin, last_end = pending[-1][:2]
                if last_end - begin > ROUNDING_MS or (
                    begin <= last_begin and end - begin > ROUNDING_MS
                ):
                    finals.append(self._nest(span))
                    pending = self.pending
                    continue
                kept = (last_end, last_end + end - begin, place, origin)
            self.total += end - begin
            pending.append(kept)
            finals.append(None if len(pending) <= PENDING else self._oldest())
        return finals

    def _oldest(self) -> Span:
        final = self.pending.pop(0)
        self.final_end = final[1]
        return final

    def _nest(self, span: Span) -> Span | None:
        """Put in a span that shares time with some that wait; what is final stays as it is."""
        floor = self.final_end
        begin, end, place, origin = span
        span = (max(begin, floor), max(end, floor), place, origin)
        apart: list[Span] = []
        for one in sorted((*self.pending, span), key=_begin):
            if not apart or one[0] >= apart[-1][1]:
                apart.append(one)
            elif one[1] >= apart[-1][1]:
                apart[-1] = (apart[-1][0], *one[1:])
        self.total += _length(apart) - _length(self.pending)
        self.pending = apart
        return None if len(apart) <= PENDING else self._oldest()

    def include(self, other: Union, shift: float) -> float:
        """Add the total of another one, which comes later and whose spans are dealt with elsewhere.

        Returns:
            What both have, in ms.
        """
        theirs = _merged([(begin + shift, end + shift) for begin, end in other.head])
        both = sum(
            max(0.0, min(end, mine[1]) - max(begin, mine[0]))
            for mine in self.tail
            for begin, end in theirs
        )
        both = both if both > ROUNDING_MS else 0.0
        self.total += other.total - both
        self.head = [*self.head, *((a + shift, b + shift) for a, b in other.head)][:HEAD]
        newest = other.pending or other.tail
        if newest:
            self.tail = [moved(span, shift) for span in newest]
        return both


def moved(span: Span, shift: float) -> Span:
    """The same on another axis."""
    return (span[0] + shift, span[1] + shift, *span[2:]) if shift else span


def _begin(span: Span) -> float:
    return span[0]


def _length(spans: list[Span]) -> float:
    return sum(span[1] - span[0] for span in spans)


def _merged(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out
