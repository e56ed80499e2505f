"""Whether a run of a JVM may be a life of an H2O node: what both state must not contradict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.model.values import read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from h2o_forensics.model.jvm import Jvm
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.jvm_starts import LifeKey, Start
    from h2o_forensics.readers.lives import Life

_XMX = re.compile(r"-Xmx(\d{1,12}[kKmMgGtT]?)\b|-XX:MaxHeapSize=(\d{1,15}[kKmMgGtT]?)\b")
_COLLECTOR = re.compile(r"-XX:\+Use(G1|Parallel|Serial|ConcMarkSweep|Z|Shenandoah)GC\b")
_OF_FLAG = {"ConcMarkSweep": {"CMS"}, "Z": {"Z", "ZGenerational"},
            "Shenandoah": {"Shenandoah", "GenerationalShenandoah"}}  # fmt: skip
_HEAP_SLACK = 0.15
"""Collectors round the heap to their regions and leave a survivor space out."""
_EARLY_MS, _LATE_MS = 15_000, 5_000
"""How much earlier, and later, than a line of H2O's says a JVM starts at a starved start."""
_END_MS = 60_000


def heap_asked_for(life: Life) -> int | None:
    """The last -Xmx of its command line, in bytes."""
    found = _XMX.findall(str(life.facts.get("jvm_args") or ""))
    return read_bytes(found[-1][0] or found[-1][1]) if found else None


class Fit:
    """Compares runs with lives.

    Args:
        clocks: of the nodes.
        starts: of the lives' JVMs.
    """

    def __init__(self, clocks: Mapping[str, SettledClock], starts: Mapping[LifeKey, Start]) -> None:
        self._clocks = clocks
        self.starts = starts

    def may_be(self, jvm: Jvm, life: Life) -> bool:
        """Nothing that both state says otherwise."""
        pid = life.facts.get("pid")
        if jvm.pid is not None and isinstance(pid, int) and pid != jvm.pid:
            return False
        return self.same_flags(jvm, life) and self._same_time(jvm, life)

    def same_flags(self, jvm: Jvm, life: Life) -> bool:
        """Neither the collector nor the heap is another than was asked for."""
        arguments = str(life.facts.get("jvm_args") or "")
        flags = _COLLECTOR.findall(arguments)
        if flags and jvm.collector and jvm.collector not in _OF_FLAG.get(flags[-1], {flags[-1]}):
            return False
        asked = heap_asked_for(life)
        if asked is None or jvm.heap_max_bytes is None or not jvm.heap_max_stated:
            return True
        return abs(jvm.heap_max_bytes - asked) <= _HEAP_SLACK * asked

    def _same_time(self, jvm: Jvm, life: Life) -> bool:
        clock = self._clocks.get(life.node)
        if clock is None or clock.clock.year is None:
            return True
        began, ended = clock.epoch(life.first_stamp), clock.epoch(life.last_stamp)
        first, last = begin_ms(jvm), jvm.last_epoch_ms
        if life.has_banner and began is not None and last is not None:
            lag = self.lag_ms(jvm, life)
            if lag is not None:
                start = self.starts[life.node, life.run]
                return -_LATE_MS <= lag <= start.late_ms + _EARLY_MS
            if last < began - _END_MS:
                return False
        return first is None or ended is None or first <= ended + _END_MS

    def lag_ms(self, jvm: Jvm, life: Life) -> int | None:
        """How much later than the log H2O's lines say that the JVM started; None: one is silent."""
        start, clock = self.starts.get((life.node, life.run)), self._clocks.get(life.node)
        if start is None or clock is None or jvm.started is None or jvm.started_by != "log":
            return None
        return start.at_ms - (jvm.started - clock.skew_ms)

    def knows_time(self, life: Life) -> bool:
        """Its clock is known, to be held against another's."""
        clock = self._clocks.get(life.node)
        return clock is not None and clock.clock.how != "assumed"


def begin_ms(jvm: Jvm) -> int | None:
    """Epoch ms of the first moment of which the log tells."""
    if jvm.started is not None:
        return jvm.started + round(jvm.first_uptime_ms or 0)
    if jvm.last_epoch_ms is None or jvm.uptime_ms is None or jvm.first_uptime_ms is None:
        return None
    return jvm.last_epoch_ms - round(jvm.uptime_ms - jvm.first_uptime_ms)


def at_once(one: Jvm, other: Jvm) -> bool:
    """Both ran at a time, so they are two processes; where nothing says, they may have."""
    spans = [(begin_ms(jvm), jvm.last_epoch_ms) for jvm in (one, other)]
    (begin, end), (its_begin, its_end) = spans
    if None not in spans[0] and None not in spans[1]:
        return (begin or 0) < (its_end or 0) and (its_begin or 0) < (end or 0)
    uptimes = [(jvm.first_uptime_ms, jvm.uptime_ms) for jvm in (one, other)]
    (begin_up, end_up), (its_begin_up, its_end_up) = uptimes
    if None in uptimes[0] or None in uptimes[1]:
        return True
    return (begin_up or 0) < (its_end_up or 0) and (its_begin_up or 0) < (end_up or 0)
