"""Scan the blocks of one artifact, in file order."""

from __future__ import annotations

import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from h2o_forensics.engine.merge import merge
from h2o_forensics.engine.patience import Patience
from h2o_forensics.engine.probes import ROWS_PER_MINUTE, Matcher
from h2o_forensics.engine.profile import CountedScan
from h2o_forensics.engine.scan import scan_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from h2o_forensics.engine.profile import Tally
    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import Block, Scan

READ_AHEAD = 2
"""Blocks read before they are asked for: memory is bounded by this many."""
SWITCH_S = 0.0005
"""The reading thread needs the interpreter's lock for moments only; at the usual 5 ms it would wait
longer for it than it works."""


class Scanner:
    """All signals of a rulebook, compiled per kind of artifact when first needed."""

    def __init__(
        self, signals: Sequence[Signal], threads: int = 2, tally: Tally | None = None
    ) -> None:
        self.signals = tuple(signals)
        self._threads = threads
        self._tally = tally
        self._matchers: dict[str, Matcher] = {}

    def matcher(self, kind: str) -> Matcher:
        """The probes for one kind."""
        if kind not in self._matchers:
            self._matchers[kind] = Matcher(kind, self.signals)
        return self._matchers[kind]

    def scan(self, blocks: Iterable[Block], form: RecordFormat) -> Scan:
        """Scan one artifact's blocks in one pass.

        One thread reads, inflates and hashes, which needs no interpreter's lock, and this one
        scans.  A second scanning thread would only wait for the lock: verifying is Python.
        """
        matcher = self.matcher(form.kind)
        stream = blocks if self._threads < 2 else _ahead(iter(blocks))  # noqa: PLR2004
        patience = Patience()
        scans: Iterator[Scan] = (scan_block(block, matcher, form, patience) for block in stream)
        if self._tally is not None:
            scans = _counted(stream, matcher, form, patience, self._tally)
        whole = merge(scans, ROWS_PER_MINUTE)
        whole.alike = matcher.alike
        return whole


def _counted(
    blocks: Iterable[Block], matcher: Matcher, form: RecordFormat, patience: Patience, tally: Tally
) -> Iterator[Scan]:
    for block in blocks:
        scan = scan_block(block, matcher, form, patience, partial(CountedScan, tally=tally))
        tally.advance(scan.lines)
        yield scan


def _ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """Give the blocks while a thread reads the next ones; short artifacts need no thread."""
    first, second = next(blocks, None), next(blocks, None)
    if first is not None:
        yield first
    if second is None:
        return
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        with ThreadPoolExecutor(1) as reader:
            waiting = deque(reader.submit(next, blocks, None) for _ in range(READ_AHEAD))
            yield second
            while (block := waiting.popleft().result()) is not None:
                waiting.append(reader.submit(next, blocks, None))
                yield block
    finally:
        sys.setswitchinterval(usual)
