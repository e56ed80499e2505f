"""Do two digests tell of the same run of a JVM?  What they say decides, not their files' names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.gc.events import Pause

SAME_START_MS = 5000.0
"""Between two readings of when one JVM started: the wall clock may be set meanwhile."""
DRIFT = 2e-4
"""And it may go wrong by so much of the time."""
DISORDER_MS = 50.0
"""Lines of different threads may come out of order by this."""
NEAR_IDS = 3
"""Concurrent collections end after later ones began."""
TELLING_ID = 5
"""Every run begins with small ids: that one goes on where another stops is chance."""
NEAR_MS = 60_000.0
"""With nothing else to go by, the next part begins within this time."""
YOUNG_MS = 60_000.0
"""A header at a later uptime is one that JDK 8 writes again into each file of a rotated set."""
END_MS = 5.0
"""A collection's line may be written by this much before its stop begins or after it ends."""
LONGEST_COMPARED = 50
FEW_ALIKE = 3
"""Collections alike to the microsecond that make two logs one."""
_FACTS = ("pid", "collector", "heap_max_bytes", "jdk", "region_bytes")


def compatible(one: RunDigest, other: RunDigest) -> bool:
    """Nothing that both state differs."""
    for fact in _FACTS:
        mine, theirs = getattr(one, fact), getattr(other, fact)
        if mine is not None and theirs is not None and mine != theirs:
            return False
    apart = start_difference(one, other)
    if apart is None:
        return True
    long = max(one.clock.last_uptime or 0.0, other.clock.last_uptime or 0.0)
    return apart <= max(SAME_START_MS, DRIFT * long)


def start_difference(one: RunDigest, other: RunDigest) -> float | None:
    """How many ms lie between the starts that both state."""
    mine, theirs = one.clock.started(), other.clock.started()
    return None if mine is None or theirs is None else abs(mine - theirs)


def gap(one: RunDigest, other: RunDigest) -> float | None:
    """Time in ms from the one's last stamp to the other's first, or None without a common clock."""
    mine, theirs = one.clock, other.clock
    if mine.last_uptime is not None and theirs.first_uptime is not None:
        return theirs.first_uptime - mine.last_uptime
    if mine.last_epoch is not None and theirs.first_epoch is not None:
        return float(theirs.first_epoch - mine.last_epoch)
    return None


def overlap(one: RunDigest, other: RunDigest) -> float | None:
    """Time in ms that both cover, or None without a common clock."""
    forth, back = gap(one, other), gap(other, one)
    if forth is None or back is None:
        return None
    return min(-forth, -back)


class Bond(NamedTuple):
    """How well a part follows another one; the smaller, the better."""

    start_unknown: bool
    ids_apart: int
    start_apart: float
    apart_ms: float


def follows(one: RunDigest, other: RunDigest, *, alike: bool) -> Bond | None:
    """How well `other` continues the run that `one` tells the beginning of; None: it does not.

    `alike`: their files are called alike, which counts only where ids or times go on as well.
    """
    between = gap(one, other)  # first: it rules out half of all pairs at once
    if between is not None and between < -DISORDER_MS:
        return None
    if begins_run(other, one) or not compatible(one, other):
        return None
    apart = start_difference(one, other)
    ids = _ids_apart(one, other)
    if ids is not None and ids < -NEAR_IDS:
        return None
    known = apart is not None or (one.pid is not None and one.pid == other.pid)
    if not (known and between is not None) and not _likely(one, ids, between, alike=alike):
        return None
    return Bond(apart is None, abs(ids or 0), apart or 0.0, between or 0.0)


def _likely(one: RunDigest, ids: int | None, between: float | None, *, alike: bool) -> bool:
    """Whether ids or times that go on say enough where neither the start nor the pid is known."""
    near_time = between is None or between <= NEAR_MS
    if ids is None:
        return alike and between is not None and near_time
    if abs(ids) > NEAR_IDS:
        return False
    return alike or (near_time and (one.last_id or 0) >= TELLING_ID)


def _ids_apart(one: RunDigest, other: RunDigest) -> int | None:
    """0: the one's last collection is followed at once by the other's first."""
    if one.last_id is None or other.first_id is None:
        return None
    return other.first_id - one.last_id - 1


def begins_run(digest: RunDigest, before: RunDigest) -> bool:
    """Whether a digest's header is that of a JVM's start, not one written again into a file."""
    if not digest.has_header:
        return False
    uptime, last = digest.clock.first_uptime, before.clock.last_uptime
    return uptime is None or last is None or uptime < YOUNG_MS


def only_safepoints(digest: RunDigest) -> bool:
    """A log of stops alone."""
    return bool(digest.safepoints.count) and not digest.pauses.of and not digest.cycles.of


def safepoint_matches(pauses: RunDigest, stops: RunDigest) -> int:
    """How many of the longest collections end within one of the longest stops."""
    axis = 0 if pauses.clock.first_uptime is not None else 1
    spans = [
        (end - kept.event.total_ms - END_MS, end + END_MS)
        for kept in stops.safepoint_samples.heap
        if (end := kept.event.when[axis]) is not None
    ]
    longest = sorted(pauses.samples.in_order(), key=lambda entry: -entry.event.took_ms)
    moments = [entry.event.when[axis] for entry in longest[:LONGEST_COMPARED]]
    return sum(
        any(begin <= moment <= end for begin, end in spans)
        for moment in moments
        if moment is not None
    )


def same_process(one: RunDigest, other: RunDigest) -> bool:
    """Both state one start or one pid (nothing else may differ: see compatible)."""
    return start_difference(one, other) is not None or (
        one.pid is not None and one.pid == other.pid
    )


def repeats(known: Named, pauses: Named) -> bool:
    """Whether both log the very same collections: a copy, or a second log of one JVM."""
    whole, part = known.digest, pauses.digest
    if not part.pauses.of or not whole.pauses.of or not compatible(whole, part):
        return False
    shared = overlap(whole, part)
    if shared is not None and shared < -DISORDER_MS:
        return False
    telling = 0
    for took_ms, name in pauses.of:
        if took_ms > known.least:
            if name not in known.names:
                return False
            telling += 1
    return telling >= min(FEW_ALIKE, part.samples.count)


class Named:
    """The kept pauses of a digest by what is the same in every log of them."""

    def __init__(self, digest: RunDigest) -> None:
        self.digest = digest
        entries = digest.samples.in_order()
        self.of = [(entry.event.took_ms, _name(entry.event)) for entry in entries]
        self.names = {name for _, name in self.of}
        self.least = digest.samples.least()
        """Every longer one is kept."""


def _name(pause: Pause) -> tuple[object, ...]:
    moment = pause.when.epoch_ms if pause.when.uptime_ms is None else pause.when.uptime_ms
    return pause.gc_id, moment, round(pause.took_ms * 1000), pause.kind
