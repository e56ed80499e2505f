"""Scan the blocks of one artifact, in file order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from h2o_forensics.engine.merge import merge
from h2o_forensics.engine.probes import Matcher
from h2o_forensics.engine.scan import scan_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import Block, Scan

T = TypeVar("T")
READ_AHEAD = 2
"""Blocks read before they are asked for: memory is bounded by this many."""


class Scanner:
    """All signals of a rulebook, compiled per kind of artifact when first needed."""

    def __init__(self, signals: Sequence[Signal], threads: int = 2) -> None:
        self.signals = tuple(signals)
        self._threads = threads
        self._matchers: dict[str, Matcher] = {}

    def matcher(self, kind: str) -> Matcher:
        """The probes for one kind."""
        if kind not in self._matchers:
            self._matchers[kind] = Matcher(kind, self.signals)
        return self._matchers[kind]

    def scan(self, blocks: Iterable[Block], form: RecordFormat) -> Scan:
        """Scan one artifact's blocks in one pass.

        One thread reads, inflates, hashes and looks for anchors, which needs no interpreter's lock,
        and this one verifies.  A second verifying thread would only wait for the lock.
        """
        matcher = self.matcher(form.kind)
        caps = {probe.index: probe.cap for probe in matcher.probes}
        searched = ((block, matcher.anchors.find(block.data)) for block in blocks)
        stream = searched if self._threads < 2 else _ahead(searched)  # noqa: PLR2004
        return merge((scan_block(block, matcher, form, found) for block, found in stream), caps)


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """Give the items while a thread makes the next ones; short artifacts need no thread."""
    first, second = next(items, None), next(items, None)
    if first is not None:
        yield first
    if second is None:
        return
    with ThreadPoolExecutor(1) as reader:
        waiting = deque(reader.submit(next, items, None) for _ in range(READ_AHEAD))
        yield second
        while (item := waiting.popleft().result()) is not None:
            waiting.append(reader.submit(next, items, None))
            yield item
