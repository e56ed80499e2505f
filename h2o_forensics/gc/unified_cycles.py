"""Concurrent cycles of unified logging: of one line, of two, or the sum of their phases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.gc.events import Cycle, Place, When

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest

UNITS = {b"B": 1, b"K": 1 << 10, b"M": 1 << 20, b"G": 1 << 30, b"T": 1 << 40}
SEVERAL = 4  # More cycles are never under way at once.
_OPEN = 64  # Collections begun and not over that are remembered; more are never open at once.
_CYCLE = re.compile(
    rb"GC\((\d{1,10})\) Concurrent (?:(Undo) |Mark )?Cycle (\d{1,12}[.,]\d{1,9})ms$"
)
_Z_START = re.compile(rb"GC\((\d{1,10})\) (Garbage|Minor|Major) Collection")
_Z_CYCLE = re.compile(
    rb"GC\((\d{1,10})\) (Garbage|Minor|Major) Collection \((.{1,200}?)\) "
    rb"(?:Aborted$|(\d{1,9})([BKMGT])\(\d{1,5}%\)->(\d{1,9})([BKMGT])\(\d{1,5}%\)"
    rb"(?: (\d{1,9}[.,]\d{1,9})s)?)"
)
_PHASE = re.compile(
    rb"GC\((\d{1,10})\) Concurrent (\w{1,20})(.{0,200}?)"
    rb"(?: (\d{1,9})([BKMGT])->(\d{1,9})([BKMGT])\((\d{1,9})([BKMGT])\))?"
    rb" (\d{1,12}[.,]\d{1,9})ms$"
)
_YOUNG_OR_OLD = {b"Young": "young", b"Old": "old", b"Global": "global"}


class _Open(NamedTuple):
    """The concurrent phases of a cycle so far."""

    total_ms: float
    when: When
    place: Place
    is_over: bool
    kind: str
    sizes: tuple[int, int, int] | None
    """Of the heap: the most before a phase, after the last one, its capacity; where stated."""


class Cycles:
    """The cycles of one run; each method takes a message, False: it is not what it seemed to be."""

    def __init__(self, digest: RunDigest) -> None:
        self.digest = digest
        self.has_begun = False
        """Something other than the header was seen."""
        self.max_id = -1
        self.cause: str | None = None
        """Why the last G1 cycle began."""
        self.minor = set[int]()
        """Minor collections under way."""
        self._begun = dict[int, When]()
        self._phases = dict[int, _Open]()

    def cycle(self, message: bytes, when: When, place: Place) -> bool:
        """`GC(1) Concurrent Mark Cycle 24.021ms`."""
        found = _CYCLE.match(message)
        if found is None:
            return False
        gc_id = int(found.group(1))
        took = float(found.group(3).replace(b",", b"."))
        kind = "undo" if found.group(2) else "concurrent"
        self.digest.cycle(Cycle(kind, self.cause, took, None, None, None, when, gc_id, place))
        self.has_begun = True
        self.max_id = max(self.max_id, gc_id)
        return True

    def z_start(self, message: bytes, when: When, place: Place) -> bool:  # noqa: ARG002
        """`GC(1) Garbage Collection (Warmup)`: before JDK 21 the end has no time."""
        found = _Z_START.match(message)
        if found is None:
            return False
        if len(self._begun) >= _OPEN:
            del self._begun[next(iter(self._begun))]
        self._begun[int(found.group(1))] = when
        if found.group(2) == b"Minor":
            self.minor.add(int(found.group(1)))
        return True

    def z_cycle(self, message: bytes, when: When, place: Place) -> bool:
        """`GC(1) Minor Collection (Warmup) 26M(10%)->14M(5%) 0.123s`, or `Aborted`."""
        found = _Z_CYCLE.match(message)
        if found is None:
            return False
        number, name, cause, a, a_unit, b, b_unit, took = found.groups()
        gc_id = int(number)
        begun = self._begun.pop(gc_id, None)
        self.minor.discard(gc_id)
        if a is None:
            return True
        took_ms = float(took.replace(b",", b".")) * 1000 if took else _between(begun, when)
        kind = {b"Garbage": "concurrent", b"Minor": "minor", b"Major": "major"}[name]
        if self.digest.collector in {None, "Z"}:
            self.digest.collector = "Z" if kind == "concurrent" else "ZGenerational"
        before, after = int(a) * UNITS[a_unit], int(b) * UNITS[b_unit]
        self.digest.cycle(
            Cycle(
                kind,
                cause.decode("utf-8", "replace"),
                took_ms,
                before,
                after,
                None,
                when,
                gc_id,
                place,
            )
        )
        self.has_begun = True
        self.max_id = max(self.max_id, gc_id)
        return True

    def phase(self, message: bytes, when: When, place: Place) -> bool:
        """`GC(1) Concurrent Sweep 1.234ms`: of CMS and Shenandoah the phases make up the cycle."""
        found = _PHASE.match(message)
        if found is None:
            return False
        name, rest = found.group(2), found.group(3)
        if self.digest.collector not in {"CMS", "Shenandoah", "GenerationalShenandoah"}:
            return True
        gc_id = int(found.group(1))
        is_over = name == (b"Reset" if self.digest.collector == "CMS" else b"cleanup")
        kind = next(
            (kind for word, kind in _YOUNG_OR_OLD.items() if b"(" + word in rest), "concurrent"
        )
        before = self._phases.get(gc_id)
        total = float(found.group(10).replace(b",", b"."))
        sizes = _sizes(found)
        if before is None:
            self._forget(gc_id)
        else:
            total += before.total_ms
            is_over = is_over or before.is_over
            sizes = _later_sizes(before.sizes, sizes)
        self._phases[gc_id] = _Open(total, when, place, is_over, kind, sizes)
        self.has_begun = True
        if is_over and self.digest.collector == "CMS":
            self._flush(gc_id)
        return True

    def _forget(self, gc_id: int) -> None:
        """Another cycle begins: those long before it are over."""
        for done in [
            other for other in self._phases if other < gc_id - SEVERAL or len(self._phases) >= _OPEN
        ]:
            self._flush(done)

    def _flush(self, gc_id: int) -> None:
        done = self._phases.pop(gc_id)
        if done.is_over:
            before, after, capacity = done.sizes or (None, None, None)
            self.digest.cycle(Cycle(
                done.kind, None, done.total_ms, before, after, capacity, done.when, gc_id,
                done.place,
            ))  # fmt: skip

    def close_cycles(self) -> None:
        """There are no more lines."""
        for gc_id in sorted(self._phases):
            self._flush(gc_id)


def _between(begun: When | None, ended: When) -> float | None:
    if begun is None:
        return None
    for before, after in zip(begun, ended, strict=True):
        if before is not None and after is not None:
            return float(max(0, after - before))
    return None


def _sizes(found: re.Match[bytes]) -> tuple[int, int, int] | None:
    before, before_unit, after, after_unit, capacity, capacity_unit = found.group(4, 5, 6, 7, 8, 9)
    if before is None:
        return None
    return (
        int(before) * UNITS[before_unit],
        int(after) * UNITS[after_unit],
        int(capacity) * UNITS[capacity_unit],
    )


def _later_sizes(
    had: tuple[int, int, int] | None, now: tuple[int, int, int] | None
) -> tuple[int, int, int] | None:
    if had is None or now is None:
        return had or now
    return max(had[0], now[0]), now[1], now[2]
