"""Scan the blocks of one artifact, in file order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from h2o_forensics.engine.merge import merge
from h2o_forensics.engine.patience import Patience
from h2o_forensics.engine.probes import ROWS_PER_MINUTE, Matcher
from h2o_forensics.engine.profile import CountedScan
from h2o_forensics.engine.scan import scan_block
from h2o_forensics.read_ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from h2o_forensics.engine.profile import Tally
    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import Block, Scan


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

    @property
    def met(self) -> frozenset[int]:
        """Signals, by index, that matched since `forget`, or ran out of time."""
        return frozenset(
            one
            for matcher in self._matchers.values()
            for index in matcher.met
            for one in matcher.alike[index]
        )

    def forget(self) -> None:
        """Drop all that is of the input, and keep what was compiled."""
        for matcher in self._matchers.values():
            matcher.forget()

    def scan(self, blocks: Iterable[Block], form: RecordFormat) -> Scan:
        """Scan one artifact's blocks in one pass.

        With two threads, one reads, inflates and hashes (`read_ahead`), and this one scans.  A
        second scanning thread would only wait for the interpreter's lock: verifying is Python.
        """
        matcher = self.matcher(form.kind)
        stream = blocks if self._threads < 2 else read_ahead(blocks)  # noqa: PLR2004
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
