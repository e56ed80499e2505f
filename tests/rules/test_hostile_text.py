"""No pattern of ours can be made slow by text that is written for it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from time import perf_counter

import pytest
import regex

from h2o_forensics.engine.cursor import RECORD_BYTES
from h2o_forensics.model.rule import Signal
from h2o_forensics.readers import BUILTIN_SIGNALS
from h2o_forensics.rulebook import load_rulebook

ALLOWED_S = 0.25
UNITS = (" ", "\n", " \n", "\t", "\tat a.b\n", "[", "]", "x:", "a", "1", "1,", ", ", "a.b: ", "'")
_LITERAL = re.compile(r"(?:[A-Za-z0-9 _:,='/-]|\\[.:/ -]){3,}")

SIGNALS = [one for one in (*BUILTIN_SIGNALS, *load_rulebook().signals) if one.pattern]


def baits(signal: Signal) -> Iterator[str]:
    """Repeats of what may stand in the text, alone, behind the anchor and in front of it."""
    anchor = signal.anchor or ""
    parts = [re.sub(r"\\(.)", r"\1", part) for part in _LITERAL.findall(signal.pattern or "")]
    for unit in dict.fromkeys((*UNITS, anchor, f"{anchor} ", f"{anchor}\n", *parts)):
        run = (unit * 20_000)[:RECORD_BYTES]
        yield run
        yield anchor + run
        yield run + anchor


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.id)
def test_no_search_is_slow(signal: Signal) -> None:
    pattern = regex.compile(signal.pattern or "", regex.MULTILINE)
    for bait in baits(signal):
        best = _seconds(pattern, bait)
        if best > ALLOWED_S:  # a busy machine is no fault of the pattern
            best = min(_seconds(pattern, bait) for _ in range(2))
        assert best <= ALLOWED_S, f"{signal.id}: {best:.2f} s on {bait[:60]!r}..."


def _seconds(pattern: "regex.Pattern[str]", text: str) -> float:
    began = perf_counter()
    with suppress(TimeoutError):
        pattern.search(text, concurrent=False, timeout=2 * ALLOWED_S)
    return perf_counter() - began
