"""A sentence of the verdict on a JVM's run, and what all that say one ask of it."""

import math
from collections.abc import Callable, Iterator

from msgspec import Struct

from h2o_forensics.model.gc_causes import asked, for_metadata
from h2o_forensics.model.jvm import Jvm, PauseFigures
from h2o_forensics.report.moments import iso
from h2o_forensics.report.view import duration, moment, number

LEAST_MS = 30_000
"""Shares of a run that is younger are those of its start."""
SECOND, HOUR = 1000, 3600


class Remark(Struct, frozen=True):
    """One sentence of the verdict.

    `severity`: high, medium (act on it), low (good to know), ok (nothing found), short (too little
    was seen to judge) or unknown (the log cannot tell; `change` says what would).
    """

    severity: str
    topic: str
    message: str
    change: str | None = None
    source: int = 0
    line: int | None = None
    text: str = ""


Judge = Callable[[Jvm], Iterator[Remark]]


def count_of(count: int, one: str, many: str | None = None) -> str:
    """`1 pause`, `2,400 pauses`."""
    return f"{number(count)} {one if count == 1 else many or f'{one}s'}"


def covered_ms(jvm: Jvm) -> float:
    """The time the log covers, which may be much less than the JVM ran; 0 where it is not known."""
    if jvm.uptime_ms is not None and jvm.first_uptime_ms is not None:
        first = jvm.first_uptime_ms if jvm.facts.head_lost else min(jvm.first_uptime_ms, 0.0)
        span = jvm.uptime_ms - first
        return span if math.isfinite(span) else 0.0
    stamps = [one.epoch_ms for one in jvm.buckets if one.epoch_ms is not None]
    return float(max(stamps) - min(stamps)) if stamps else 0.0


def is_long_enough(jvm: Jvm) -> bool:
    """Whether shares of time say how the program fares, not how it starts."""
    return covered_ms(jvm) >= LEAST_MS


def when(epoch_ms: int | None, uptime_ms: float | None) -> str:
    """` at 2026-11-22 09:12:04 UTC`, ` 12 min after the start`, or nothing."""
    if epoch_ms is not None and (time := iso(epoch_ms)) is not None:
        return f" at {moment(time, ms=False)}"
    return f" {duration(uptime_ms)} after the start" if uptime_ms is not None else ""


ASKED, CLASSES, HEAP = "asked", "classes", "heap"
SECOND_ATTEMPTS = ("Last ditch collection", "Metadata GC Clear Soft References")
"""Made for classes when the collection before found no room: an OutOfMemoryError comes next."""


def wanted(cause: str | None) -> str:
    """What a collection was for, by its cause: ASKED, CLASSES or HEAP (also where none is told)."""
    if for_metadata(cause):
        return CLASSES
    return ASKED if asked(cause) else HEAP


def pauses_for(jvm: Jvm, what: str) -> list[PauseFigures]:
    """The pauses made for it."""
    return [one for one in jvm.pauses if wanted(one.cause) == what]


def dearest_want(jvm: Jvm) -> str:
    """What most of the time in pauses went to."""
    spent = {
        what: sum(one.total_ms for one in pauses_for(jvm, what)) for what in (HEAP, CLASSES, ASKED)
    }
    return max(spent, key=lambda what: spent[what])
