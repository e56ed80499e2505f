"""A signal made ready to verify: compiled once, applied to candidates only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from h2o_forensics.engine.sieve import Sieve, sieve_of
from h2o_forensics.literals import LiteralSet
from h2o_forensics.model.rule import RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.record import Header
    from h2o_forensics.model.rule import Signal

SEARCH_SECONDS = 0.25
"""A search that takes longer is given up: input is hostile."""
LEVEL_TOKENS = (b" WARN ", b"ERROR ", b"FATAL ", b"WARN: ", b"ERRR: ", b"FATAL: ")
ROWS_PER_MINUTE = 16
ROWS_BEFORE_SIEVE = 100_000
"""More than a block has lines."""
_CACHE_MAX = 10_000
_UNKNOWN: dict[str, str | None] = {}
"""Stands for: not matched yet."""
LOG_KINDS = frozenset({"h2o_log", "console"})
"""One family: a capture of stdout holds records and bare lines side by side."""


_CLASS_WITHOUT_NEWLINE = regex.compile(r"(?<!\\)\[\^(?=[^\]\\]*\\n)[^\]\\]*(?:\\[^\]][^\]\\]*)*\]")
_CROSSES_LINES = regex.compile(
    r"\\[nrsvHWDRXAZNpP0xuU]|\[\^"  # what may match a newline
    r"|\(\?[<=!]|\(\?[a-zA-Z0-9]*-?[a-zA-Z]*[:)]"  # looking around, inline flags
    r"|(?<!\\)\[[^\]]*[()|\[]"  # what would be taken for a group
)
_GROUP = regex.compile(r"(?<!\\)\((?:[^()\\]|\\.|(?R))*\)")


def _stays_in_line(signal: Signal, openings: tuple[str, ...]) -> bool:
    """Whether a match can only lie in the line that was found: then no other one need be read.

    Decided on the safe side: every match must hold the text that was found, outside of any group,
    and the pattern nothing that could match a newline.
    """
    pattern = signal.pattern
    if pattern is None or signal.lines_after or not signal.anchor:
        return False
    if signal.rule_id == "H2O":
        return True
    plain = _CLASS_WITHOUT_NEWLINE.sub(".", pattern)
    plain = plain.replace("(?P<", "(?P").replace("(?:", "(")
    if _CROSSES_LINES.search(plain):
        return False
    always = _GROUP.sub("()", plain)  # what stands in a group may be optional
    texts = {signal.anchor, regex.escape(signal.anchor, literal_spaces=True)}
    spelled = any(regex.search(rf"(?<!\\){regex.escape(text)}(?![?*{{])", always) for text in texts)
    return "|" not in always and (spelled or bool(openings))


_PLAIN = r"[^\\\[\](){}.*+?|^$\n]{8,}"
_OPENINGS = regex.compile(rf"\^\(\?:({_PLAIN}(?:\|{_PLAIN})+)\)(?![*+?{{])")
"""A pattern that begins with a choice of plain texts, each long enough to be rare."""


def _openings(signal: Signal) -> tuple[str, ...]:
    """Texts one of which begins every match: rarer in a log than what stands inside a message.

    Empty where the anchor is a word of the header, as then no message need hold it.
    """
    found = _OPENINGS.match(signal.pattern or "")
    words = (*signal.levels, signal.logger or "", signal.thread or "")
    if found is None or signal.raw or any((signal.anchor or "").strip() in word for word in words):
        return ()
    return tuple(found[1].split("|"))


class Probe:
    """One signal, compiled."""

    def __init__(self, index: int, signal: Signal, *, has_records: bool = True) -> None:
        self.index = index
        self.signal = signal
        self.anchor = signal.anchor or ""
        self.anchor_bytes = self.anchor.encode()
        self.pattern = regex.compile(signal.pattern, regex.MULTILINE) if signal.pattern else None
        self.thread = regex.compile(signal.thread) if signal.thread else None
        self._threads: dict[str, dict[str, str | None] | None] = {}
        self.openings = _openings(signal) if has_records else ()
        self.one_line = _stays_in_line(signal, self.openings)
        self.levels = frozenset(signal.levels)
        self.raw = signal.raw
        self.is_builtin = signal.rule_id == "H2O"
        self.sieve: Sieve | None = None

    @property
    def cap(self) -> int:
        """Rows kept per minute of one block: all that a sieve will look at."""
        return ROWS_PER_MINUTE if self.sieve is None else ROWS_BEFORE_SIEVE

    def admits(self, header: Header | None) -> bool:
        """Whether level, logger and thread fit."""
        if header is None:
            return not self.levels and self.signal.logger is None and self.thread is None
        if self.levels and header.level not in self.levels:
            return False
        if self.signal.logger is not None and header.logger != self.signal.logger:
            return False
        return self.thread is None or self._in_thread(header.thread) is not None

    def forget(self) -> None:
        """Drop what was kept of the input."""
        self._threads.clear()

    def _in_thread(self, name: str) -> dict[str, str | None] | None:
        """Named groups when the thread's name fits; names repeat, so each is matched once."""
        known = self._threads.get(name, _UNKNOWN)
        if known is _UNKNOWN and self.thread is not None:
            if len(self._threads) > _CACHE_MAX:
                self._threads.clear()
            match = self.thread.fullmatch(name, concurrent=False, timeout=SEARCH_SECONDS)
            known = self._threads[name] = None if match is None else match.groupdict()
        return known

    def captures(self, text: str, header: Header | None) -> dict[str, str | None] | None:
        """Named groups when the pattern matches `text` (None: no match).  Raises TimeoutError."""
        groups: dict[str, str | None] = {}
        if self.pattern is None:
            if not text.startswith(self.anchor):
                return None
        elif self.openings and self.anchor not in text:
            return None
        else:
            match = self.pattern.search(text, concurrent=False, timeout=SEARCH_SECONDS)
            if match is None:
                return None
            groups = match.groupdict()
        if self.thread is not None and header is not None:
            groups.update(self._in_thread(header.thread) or {})
        return groups


def _share(probes: Sequence[Probe]) -> dict[int, tuple[int, ...]]:
    """Probes that look for the same, by the first of them: rules share what they build on.

    They are searched for once and share their rows.
    """
    groups: dict[tuple[object, ...], list[Probe]] = {}
    for probe in probes:
        one = probe.signal
        same = (one.anchor, one.pattern, one.raw, one.levels, one.logger, one.thread)
        groups.setdefault((*same, one.lines_after, probe.is_builtin), []).append(probe)
    for alike in groups.values():
        alike[0].sieve = sieve_of([probe.signal for probe in alike])
    return {alike[0].index: tuple(one.index for one in alike) for alike in groups.values()}


class Matcher:
    """The probes for one kind of artifact behind one prefilter."""

    def __init__(self, kind: str, signals: Sequence[Signal]) -> None:
        wanted = LOG_KINDS if kind in LOG_KINDS else {kind}
        self.has_records = kind in LOG_KINDS
        self.met: set[int] = set()
        """Signals that matched, also where a sieve wanted none of it, or ran out of time."""
        self.probes = [
            Probe(index, signal, has_records=self.has_records)
            for index, signal in enumerate(signals)
            if signal.table == RECORDS and signal.anchor and wanted & set(signal.kinds)
        ]
        self.alike = _share(self.probes)
        literals: dict[bytes, list[Probe]] = {}
        for probe in self.probes:
            if probe.index not in self.alike:
                continue
            for literal in probe.openings or (probe.anchor,):
                literals.setdefault(literal.encode(), []).append(probe)
        self.by_literal: list[tuple[Probe, ...]] = [tuple(probes) for probes in literals.values()]
        self.sieves = {probe.index: probe.sieve for probe in self.probes if probe.sieve is not None}
        self.levels_from = len(self.by_literal)
        names = [*literals, *(LEVEL_TOKENS if self.has_records else ())]
        self.anchors = LiteralSet(names)

    def forget(self) -> None:
        """Drop what was kept of the input: the next one is another case."""
        self.met.clear()
        for probe in self.probes:
            probe.forget()
