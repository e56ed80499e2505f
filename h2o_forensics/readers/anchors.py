"""What states the absolute time of a local stamp: lines of H2O's, wrappers, peers, file times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.model.artifact import BY_ARCHIVE_NAME, BY_FILE_TIME, Clock
from h2o_forensics.readers.clock import (
    Anchor,
    SettledClock,
    archive_instant,
    assumed_clock,
    settle_from_anchor,
    settle_from_neighbours,
    year_of,
    zone_text,
)
from h2o_forensics.readers.skew import SHARED
from h2o_forensics.readers.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import RawHit
    from h2o_forensics.readers.scanned import Scanned

_ASSUMED_YEAR = 2000
_NO_TIME = 315_619_200
"""1980-01-02, epoch seconds: archives that state no time state the first day they can."""
_DAY_MS = 86_400_000
_LONG_LOOK_BACK_MS = 183 * _DAY_MS
"""Records may be this much older than an anchor that is not the start of the process."""
_USER_ZONE = re.compile(r"-Duser\.timezone=([\w/+-]{1,40})")
_START = "start-up line"
NO_NODE = ""
"""Whose clock is that of lines that no node wrote: Spark's driver, Hadoop's, a client."""
_AGREEING_EVENTS = 2
_FIRST_MS, _LAST_MS = 1_000_000_000_000, 4_102_444_800_000
"""September 2001, before there was an H2O, to 2100: damage where a wrapper states another time."""
Anchors = dict[str, dict[str, list[Anchor]]]
"""By node, then by id of the artifact they stand in."""
Stamps = dict[str, dict[tuple[str, str], list[int]]]
"""By node, then by event that all members log: its stamps, in order."""


def find_anchors(artifacts: Sequence[Scanned], signals: Sequence[Signal]) -> Anchors:
    """Every anchor of every node."""
    found: Anchors = {}
    for artifact in artifacts:
        for name, hit in builtin_hits(artifact, signals):
            anchor = _anchor(name, hit)
            if anchor is not None and hit.header is not None:
                found.setdefault(hit.header.node, {}).setdefault(artifact.id, []).append(anchor)
        if artifact.node is None or len([name for name in artifact.scan.nodes if name]) != 1:
            continue
        outer = [
            Anchor(
                stamp, epoch, f"the time that wraps the lines of {artifact.path}", -1, outer=True
            )
            for stamp, epoch, zone_stated in artifact.outer_stamps
            if zone_stated and _FIRST_MS <= epoch < _LAST_MS
        ]
        if outer:
            found.setdefault(artifact.node, {}).setdefault(artifact.id, []).extend(outer)
    return found


def builtin_hits(artifact: Scanned, signals: Sequence[Signal]) -> Iterator[tuple[str, RawHit]]:
    """Hits of the lines that every node prints, by name."""
    for hit in artifact.scan.hits:
        signal = signals[hit.signal]
        if signal.rule_id == "H2O" and hit.header is not None and hit.header.stamp_ms is not None:
            yield signal.name, hit


def _anchor(name: str, hit: RawHit) -> Anchor | None:
    """The absolute time a line of H2O's states."""
    if hit.header is None or hit.header.stamp_ms is None:
        return None
    if name == "cluster":
        epoch = int(hit.captures["cluster_id"] or 0)
        what = f"{_START} X-h2o-cluster-id {epoch} against its own stamp"
        return Anchor(hit.header.stamp_ms, epoch, what, hit.line)
    if name == "epoch":
        epoch = int(hit.captures["epoch"] or 0)
        what = "epoch milliseconds printed by a GC CALLBACK line"
        return Anchor(hit.header.stamp_ms, epoch, what, hit.line)
    return None


def all_of(anchors: Mapping[str, Sequence[Anchor]]) -> list[Anchor]:
    """The anchors of a node, each once, in order of time."""
    every = {(one.epoch_ms, one.stamp_ms): one for mine in anchors.values() for one in mine}
    return [every[key] for key in sorted(every)]


def from_anchors(anchors: Anchors) -> dict[str, SettledClock]:
    """Clocks of the nodes whose logs state the time."""
    clocks: dict[str, SettledClock] = {}
    for node in sorted(anchors):
        # The earliest one: records run on from it, for months perhaps, but not back.
        # A wrapper's clock is another machine's, perhaps: asked where the log itself is silent.
        for anchor in sorted(all_of(anchors[node]), key=lambda one: one.outer):
            settled = settle_from_anchor(anchor)
            if settled is not None:
                if not anchor.what.startswith(_START):
                    settled = replace(settled, look_back_ms=_LONG_LOOK_BACK_MS)
                clocks[node] = settled
                break
    return clocks


def user_zones(
    artifacts: Sequence[Scanned], signals: Sequence[Signal]
) -> dict[str, tuple[tzinfo, str]]:
    """Zones that command lines name with `-Duser.timezone`, by node."""
    zones: dict[str, tuple[tzinfo, str]] = {}
    for artifact in artifacts:
        for name, hit in builtin_hits(artifact, signals):
            arguments = hit.captures.get("jvm_args") if name == "jvm_args" else None
            found = _USER_ZONE.findall(arguments or "")
            zone = find_zone(found[-1]) if found else None
            if zone is not None and hit.header is not None:
                zones[hit.header.node] = (zone, f"-Duser.timezone={found[-1]} on its command line")
        for row in artifact.rest.get("cluster_nodes", []):
            zone = find_zone(str(row.get("timezone") or ""))
            if zone is not None and row["is_self"] and row["node"]:
                source = f"cloud_internal_timezone {row['timezone']} in {artifact.path}"
                zones.setdefault(row["node"], (zone, source))
    return zones


def shared_events(artifacts: Sequence[Scanned], signals: Sequence[Signal]) -> Stamps:
    """When each node logged what all members of its cloud log at the same time."""
    found: dict[str, dict[tuple[str, str], set[int]]] = {}
    for artifact in artifacts:
        for name, hit in builtin_hits(artifact, signals):
            header, key = hit.header, SHARED.get(name)
            if header is not None and header.stamp_ms is not None and key is not None:
                event = (name, (hit.captures.get(key) or "") if key else "")
                found.setdefault(header.node, {}).setdefault(event, set()).add(header.stamp_ms)
    return {
        node: {event: sorted(stamps) for event, stamps in mine.items()}
        for node, mine in found.items()
    }


def without_anchor(
    node: str,
    artifacts: Sequence[Scanned],
    clocks: Mapping[str, SettledClock],
    events: Mapping[str, Mapping[tuple[str, str], list[int]]],
) -> SettledClock:
    """A clock from what peers logged of the same events, from dated files, or an assumption."""
    anchored = {name: clocks[name] for name in sorted(clocks) if clocks[name].clock.how == "stated"}
    settled = _from_events(node, anchored, events) or _from_collector(node, artifacts)
    if settled is None:
        local = [
            (one.local_year_first or 0, f"the dated lines of {one.path}")
            for one in artifacts
            if (one.node or NO_NODE) == node and one.local_year_last is not None
        ]
        others = [clock for name, clock in sorted(clocks.items()) if name != NO_NODE]
        settled = settle_from_neighbours(others, _instants(artifacts), local)
    return settled or assumed_clock(_ASSUMED_YEAR)


def _from_events(
    node: str,
    clocks: Mapping[str, SettledClock],
    events: Mapping[str, Mapping[tuple[str, str], list[int]]],
) -> SettledClock | None:
    """The zone in which what members log at once is of one time, where events agree on it."""
    mine = events.get(node, {})
    for name, clock in clocks.items():
        others = events.get(name, {})
        found = []
        for event in sorted(mine.keys() & others.keys()):
            if len(mine[event]) == len(others[event]):
                found += [
                    settle_from_anchor(Anchor(stamp, clock.epoch(other) or 0, "", outer=True))
                    for stamp, other in zip(mine[event], others[event], strict=True)
                ]
        known = [one for one in found if one is not None]
        if len(known) < _AGREEING_EVENTS or len({one.offset_ms for one in known}) != 1:
            continue
        because = f"zone and year from {len(known)} cloud events that {name} logged, too"
        noun = replace(known[0].clock, how="inferred", because=because)
        return replace(known[0], clock=noun, look_back_ms=_LONG_LOOK_BACK_MS)
    return None


def _from_collector(node: str, artifacts: Sequence[Scanned]) -> SettledClock | None:
    """The zone and the year of what the collector of the node's JVM wrote."""
    stamps = [
        (one.zoned_stamp, one.path)
        for one in artifacts
        if node and one.node == node and one.jvms and one.zoned_stamp is not None
    ]
    if not stamps or len({stamp.offset_ms for stamp, _ in stamps}) != 1:
        return None
    (epoch, offset), path = min(stamps)
    because = f"zone and year from the dated lines of {path}"
    noun = Clock(zone_text(offset), year_of(epoch + offset), "inferred", because)
    return SettledClock(offset, epoch, noun, _LONG_LOOK_BACK_MS)


def _instants(artifacts: Sequence[Scanned]) -> list[tuple[int, str]]:
    """Absolute times that other evidence states, the most telling first."""
    found: list[tuple[int, str]] = []
    for artifact in artifacts:
        for rows in artifact.rest.values():
            found.extend(
                (row["at_ms"], f"the snapshot {artifact.path}") for row in rows if row.get("at_ms")
            )
    for artifact in artifacts:
        instant = archive_instant(artifact.path)
        if instant is not None:
            found.append((instant, BY_ARCHIVE_NAME))
    found.extend(
        (int((artifact.mtime or 0) * 1000), f"{BY_FILE_TIME} {artifact.path}")
        for artifact in artifacts
        if (artifact.mtime or 0) > _NO_TIME and artifact.kind == "h2o_log"
    )
    return found[:1]
