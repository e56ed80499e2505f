"""Scan the blocks of one artifact, several at a time, with results in file order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from h2o_forensics.engine.merge import merge
from h2o_forensics.engine.probes import Matcher
from h2o_forensics.engine.scan import scan_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import Block, Scan

IN_FLIGHT = 4
"""Blocks held at a time: memory is bounded by this many."""


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

        Hyperscan and inflate run without the interpreter's lock.
        """
        matcher = self.matcher(form.kind)
        caps = {probe.index: probe.cap for probe in matcher.probes}
        if self._threads < 2:  # noqa: PLR2004 - one thread is no pool
            return merge((scan_block(block, matcher, form) for block in blocks), caps)
        stream = iter(blocks)
        first = next(stream, None)
        second = next(stream, None) if first is not None else None
        if first is None or second is None:
            return merge([scan_block(first, matcher, form)] if first is not None else [], caps)
        parts: list[Scan] = []
        with ThreadPoolExecutor(self._threads) as pool:
            waiting: deque[Future[Scan]] = deque(
                pool.submit(scan_block, one, matcher, form) for one in (first, second)
            )
            for block in stream:
                waiting.append(pool.submit(scan_block, block, matcher, form))
                while len(waiting) >= IN_FLIGHT:
                    parts.append(waiting.popleft().result())
            parts.extend(future.result() for future in waiting)
        return merge(parts, caps)
