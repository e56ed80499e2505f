"""When the JVM of each life started, from what H2O and its web server print on the way up.

The lines and how far they were off in starts whose GC log states the time (57 starts, on machines
that were overloaded): Jetty's own `@Nms` 0 to 6 ms; `H2O started in Nms` 0.3 to 3 s late;
`X-h2o-cluster-id` 1.2 to 3 s late; the first line of the banner 1.3 to 40 s late.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.readers.anchors import builtin_hits
from h2o_forensics.readers.lives import life_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.gc_lines import JvmStart
    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.scanned import Scanned

_DAY_MS = 86_400_000
_BEFORE_BANNER_MS = 600_000
"""A JVM starts at most this long before its first line."""
_JETTY_LATE_MS, _MAIN_LATE_MS, _BANNER_LATE_MS = 100, 4_000, 60_000
_BANNER_MS = 1_000
"""The least time from the JVM's start to the first line of the banner."""
LifeKey = tuple[str, int]


class Start(NamedTuple):
    """The start of a life's JVM."""

    at_ms: int
    """Epoch."""
    late_ms: int
    """The JVM may have started this much earlier than `at_ms`."""
    how: str


def find_starts(
    lives: Sequence[Life],
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
    clocks: Mapping[str, SettledClock],
) -> dict[LifeKey, Start]:
    """The start of each life of which something tells, by node and run."""
    found: dict[LifeKey, list[Start]] = {}
    for life, start in _stated(lives, artifacts, signals, clocks):
        found.setdefault((life.node, life.run), []).append(start)
    for life in lives:
        clock = clocks.get(life.node)
        first = clock.epoch(life.first_stamp) if clock and life.has_banner else None
        if first is not None:
            start = Start(first - _BANNER_MS, _BANNER_LATE_MS, "the first line of its banner")
            found.setdefault((life.node, life.run), []).append(start)
    # A line that comes later in the start is further off: of two alike the earlier one is right.
    return {key: min(starts, key=lambda one: (one.late_ms, one)) for key, starts in found.items()}


def _stated(
    lives: Sequence[Life],
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
    clocks: Mapping[str, SettledClock],
) -> Iterator[tuple[Life, Start]]:
    for life in lives:
        clock, cluster = clocks.get(life.node), life.facts.get("cluster_id")
        if clock is not None and isinstance(cluster, int):
            how = "X-h2o-cluster-id, which is taken up to some seconds later"
            yield life, Start(cluster - clock.skew_ms, _MAIN_LATE_MS, how)
    for artifact in artifacts:
        for name, hit in builtin_hits(artifact, signals) if lives else ():
            header, ready = hit.header, hit.captures.get("ready_ms")
            if name != "ready" or header is None or ready is None:
                continue
            writer = life_of(lives, header.node, header.pid, header.stamp_ms)
            clock = clocks.get(header.node)
            at = clock.epoch(header.stamp_ms) if clock else None
            if writer is not None and at is not None:
                how = f"`H2O started in {ready}ms`, which is counted from up to some seconds later"
                yield writer, Start(at - int(ready), _MAIN_LATE_MS, how)
        clock = clocks.get(artifact.node or "")
        if artifact.node is not None and clock is not None:
            mine = [life for life in lives if life.node == artifact.node]
            for line in artifact.jvm_starts:
                yield from _by_jetty(line, mine, clock)


def _by_jetty(
    line: JvmStart, lives: Sequence[Life], clock: SettledClock
) -> Iterator[tuple[Life, Start]]:
    """The life whose first line follows Jetty's most closely."""
    near: list[tuple[int, int, Life]] = []
    for life in lives:
        first = clock.epoch(life.first_stamp)
        if first is None or not life.has_banner:
            continue
        at = _epoch(line, first, clock)
        if at is not None and -line.uptime_ms <= first - at <= _BEFORE_BANNER_MS:
            near.append((first - at, at, life))
    if near:
        _, at, life = min(near, key=lambda one: one[0])
        how = f"Jetty's `Logging initialized @{line.uptime_ms}ms`"
        yield life, Start(at - line.uptime_ms, _JETTY_LATE_MS, how)


def _epoch(line: JvmStart, first: int, clock: SettledClock) -> int | None:
    """When the line was written; one without a date at most a day before the life's first line."""
    local_first = first + clock.offset_ms
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=local_first)
    text = f"{line.day or day.date().isoformat()}T{line.clock}+00:00"
    try:
        local = round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return None
    if line.day is None and local > local_first + line.uptime_ms:
        local -= _DAY_MS
    return clock.epoch_of_local(local)
