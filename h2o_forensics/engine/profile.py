"""What each signal and each rule cost and met: counted on demand, not in an ordinary run."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from h2o_forensics.engine.scan import BlockScan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.engine.patience import Patience
    from h2o_forensics.engine.probes import Matcher, Probe
    from h2o_forensics.model.finding import Hit
    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.model.rule import Rule, Signal
    from h2o_forensics.model.scan import Block

MOST_NEAR = 3
"""Lines kept of a signal that hold its anchor and are no match."""


class Near(NamedTuple):
    """A line that holds a signal's anchor and is no match."""

    path: str
    line: int
    why: str
    text: str


class Count(Struct):
    """What the search for one signal met; signals that look for the same share one."""

    anchors: int = 0
    """Times its anchor was found."""
    matches: int = 0
    """Records (or lines) that matched."""
    timeouts: int = 0
    seconds: float = 0.0
    near: list[Near] = []


class Tally:
    """Counts of one run.  Scanning asks it where it is, evaluating when a rule begins."""

    def __init__(self) -> None:
        self.counts: dict[int, Count] = {}
        """By index of the signal: of several that look for the same, of the first."""
        self.first: dict[int, int] = {}
        """Signal to the first one that looks for the same."""
        self.rule_seconds: dict[str, float] = {}
        self._path = ""
        self._line = 0
        self._rule: tuple[str, float] | None = None

    def open(self, path: str) -> None:
        """Note that what is scanned from now on is this file."""
        self._path, self._line = path, 0

    def know(self, matcher: Matcher) -> None:
        """Learn which signals share what is searched."""
        for first, alike in matcher.alike.items():
            self.first.update(dict.fromkeys(alike, first))

    def advance(self, lines: int) -> None:
        """Note that a block of so many lines was scanned."""
        self._line += lines

    def count_of(self, signal: int) -> Count:
        """The count a signal shares; a new one where it was not met."""
        return self.counts.setdefault(self.first.get(signal, signal), Count())

    def near(self, signal: int, line: int, why: str, text: str) -> None:
        """Keep a line that is no match, if there is room and it is a new one."""
        kept = self.count_of(signal).near
        one = Near(self._path, self._line + line, why, text)
        if len(kept) < MOST_NEAR and one not in kept:
            kept.append(one)

    def begin(self, rule: Rule) -> bool:
        """Note that a rule's evaluation begins, and so that of the one before has ended."""
        self.end()
        self._rule = (rule.id, perf_counter())
        return True

    def end(self) -> None:
        """Note that the last rule was evaluated."""
        if self._rule is not None:
            name, began = self._rule
            self.rule_seconds[name] = perf_counter() - began
        self._rule = None


class CountedScan(BlockScan):
    """A scan that counts."""

    def __init__(
        self,
        block: Block,
        matcher: Matcher,
        form: RecordFormat,
        patience: Patience,
        *,
        tally: Tally,
    ) -> None:
        super().__init__(block, matcher, form, patience)
        self._tally = tally
        tally.know(matcher)

    def _verify(self, probe: Probe) -> None:
        index = probe.index
        seen, late = self.seen.get(index), self.out.timeouts.get(index, 0)
        known = {seen, self.missed.get(index)} & {self.record.start, self.line_start}
        began = perf_counter()
        super()._verify(probe)
        count = self._tally.count_of(index)
        count.seconds += perf_counter() - began
        count.anchors += 1
        timeouts = self.out.timeouts.get(index, 0) - late
        count.timeouts += timeouts
        if self.seen.get(index) != seen:
            count.matches += 1
        elif not known:
            line = self.number(self.line_start)
            self._tally.near(index, line, self._why(probe, timeouts), self._own_text())

    def _why(self, probe: Probe, timeouts: int) -> str:
        """Why a line with the anchor in it is no match."""
        if timeouts or probe.index in self.patience.off:
            return "the search took too long"
        raw = self.own_header is None
        if self.matcher.has_records and probe.raw and not raw:
            return "it has a header of H2O's, the signal wants a line without one"
        header = self.record.header
        if self.matcher.has_records and not probe.raw and header is None:
            return "it has no header of H2O's"
        if not probe.admits(header):
            return "its level, logger or thread does not fit"
        if probe.pattern is None:
            return "it does not begin with the anchor"
        return "the pattern does not match"


_HEAD = ("rule", "ms", "scan", "evaluate", "anchors", "matches", "hits", "timeouts")


def profile_table(
    rules: Sequence[Rule], signals: Sequence[Signal], tally: Tally, hits: Sequence[Hit]
) -> str:
    """What each rule cost, the dearest first; no line break at the end.

    What several rules look for is searched once: its time is the first one's, its counts all ones'.
    """
    kept: dict[str, int] = {}
    for hit in hits:
        rule = hit.signal.partition(".")[0]
        kept[rule] = kept.get(rule, 0) + hit.weight
    own: dict[str, list[int]] = {}
    for index, signal in enumerate(signals):
        own.setdefault(signal.rule_id, []).append(index)
    rows: list[tuple[float, tuple[str, ...]]] = []
    for name in sorted({"H2O", *(rule.id for rule in rules)} & own.keys()):
        counts = [tally.count_of(index) for index in own[name]]
        scanned = sum(
            tally.count_of(index).seconds
            for index in own[name]
            if tally.first.get(index, index) == index
        )
        judged = tally.rule_seconds.get(name, 0.0)
        numbers = (
            sum(one.anchors for one in counts),
            sum(one.matches for one in counts),
            kept.get(name, 0),
            sum(one.timeouts for one in counts),
        )
        times = (scanned + judged, scanned, judged)
        cells = (name, *(f"{time * 1000:.1f}" for time in times), *map(str, numbers))
        rows.append((-times[0], cells))
    return _table([_HEAD, *(cells for _time, cells in sorted(rows))])


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )
