"""One axis of time per node: local stamps get their year, and run on where clocks are changed.

A log prints `12-31 23:59:59.900` and then `01-01 00:00:00.100`, or one hour twice when summer time
ends.  Which of them is meant is told by the order of the records, so stamps are rewritten once,
where it is known: from then on they carry their year and stand in the node's first offset to UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.model.scan import Silence
from h2o_forensics.readers.clock import YEAR_MS, in_year, year_of
from h2o_forensics.readers.zones import Change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.record import Header
    from h2o_forensics.model.scan import Jump, Scan
    from h2o_forensics.readers.clock import Anchor, SettledClock
    from h2o_forensics.readers.scanned import Scanned

NEW_YEAR_MS = 183 * 86_400_000
"""Stamps that go back further than half a year have passed New Year."""
_SLACK_MS = 5_000
_SILENCE_MS = 10_000
"""As the scan's."""
_MINUTE_MS = 60_000
DATED = frozenset({"http_log"})
"""Kinds whose stamps are local ms since 1970."""
PLACED = frozenset({"h2o_log", "console", "http_log"})
"""Kinds whose stamps are local time."""


class Segment(Struct):
    """Records of one file between two places where stamps go back."""

    line: int
    """Of its first record."""
    year: int
    offset_ms: int
    """Local time minus UTC at its first record."""
    start_ms: int
    """Epoch ms of its first record: changes before it are in `offset_ms`."""
    first_stamp: int
    last_stamp: int


class Track(Struct):
    """Stamps of one node in one file."""

    clock: SettledClock
    changes: Sequence[Change]
    segments: list[Segment]
    dated: bool
    mixed: bool
    """Several nodes write into the file: its order says nothing about one node's clock."""

    def straight(self, line: int, stamp: int) -> int:
        """The stamp of the record at this line, on the node's axis."""
        at = bisect_right(self.segments, line, key=lambda segment: segment.line) - 1
        return self._in(self.segments[max(at, 0)], stamp)

    def straight_by_stamp(self, stamp: int) -> int:
        """As `straight`, where only the stamp is known: the first stretch that holds it."""
        for segment in self.segments:
            begin, end = segment.first_stamp - _MINUTE_MS, segment.last_stamp + _MINUTE_MS
            if begin <= stamp <= end:
                return self._in(segment, stamp)
        return self._in(self.segments[-1], stamp)

    def _in(self, segment: Segment, stamp: int) -> int:
        year = self.year_of(stamp) if self.mixed else segment.year
        local = stamp if self.dated else in_year(stamp, year)
        shift = self.clock.offset_ms - self.offset_of(segment, local)
        return stamp + shift if self.dated else year * YEAR_MS + stamp + shift

    def year_of(self, stamp: int) -> int:
        """The year that the node's clock gives a yearless stamp."""
        epoch = self.clock.epoch(stamp) or 0
        return year_of(epoch + self.clock.offset_ms)

    def offset_of(self, segment: Segment, local: int) -> int:
        """Local time minus UTC at a local time (ms since 1970) inside a segment."""
        offset = segment.offset_ms
        for change in self.changes:
            if change.at_ms > segment.start_ms and local >= change.at_ms + offset:
                offset += change.delta_ms
        return offset


def offset_at(clock: SettledClock, changes: Sequence[Change], moment: int) -> int:
    """Local time minus UTC of a node at an instant."""
    anchor = clock.anchor_ms
    return (
        clock.offset_ms
        + sum(one.delta_ms for one in changes if anchor < one.at_ms <= moment)
        - sum(one.delta_ms for one in changes if moment < one.at_ms <= anchor)
    )


def _first_moment(clock: SettledClock, changes: Sequence[Change], local: int) -> int:
    """The instant of a local time; the first one where it comes twice."""
    offsets = {
        offset_at(clock, changes, change.at_ms + side) for change in changes for side in (-1, 0)
    }
    for offset in sorted(offsets, reverse=True):
        if offset_at(clock, changes, local - offset) == offset:
            return local - offset
    return local - offset_at(clock, changes, local - clock.offset_ms)


def make_track(
    artifact: Scanned,
    node: str,
    clock: SettledClock,
    changes: Sequence[Change],
    anchors: Sequence[Anchor],
) -> Track:
    """Cut a file where its stamps go back and give each part its year and its offset."""
    scan = artifact.scan
    dated = artifact.kind in DATED
    track = Track(clock, changes, [], dated, len([name for name in scan.nodes if name]) > 1)
    jumps = [] if track.mixed else [one for one in scan.jumps if one.node in {node, ""}]
    years = _years(track, scan, jumps, anchors)
    first = scan.first_stamp or 0
    local = first if dated else in_year(first, years[0])
    moment = _first_moment(clock, changes, local)
    offset = offset_at(clock, changes, moment)
    end = jumps[0].from_ms if jumps else scan.last_stamp or first
    track.segments.append(Segment(0, years[0], offset, moment, first, end))
    for at, jump in enumerate(jumps):
        end = jumps[at + 1].from_ms if at + 1 < len(jumps) else scan.last_stamp or jump.to_ms
        track.segments.append(_next_segment(track, jump, years[at + 1], end))
    return track


def _years(track: Track, scan: Scan, jumps: Sequence[Jump], anchors: Sequence[Anchor]) -> list[int]:
    """The year of each segment: from an anchor in it, else counted from its neighbours."""
    known: dict[int, int] = {}
    for anchor in anchors:
        at = sum(jump.line <= anchor.line for jump in jumps)
        if at not in known:
            best = min(
                range(-1, 2),
                key=lambda more: abs(
                    in_year(anchor.stamp_ms, year_of(anchor.epoch_ms) + more) - anchor.epoch_ms
                ),
            )
            known[at] = year_of(anchor.epoch_ms) + best
    passed = [0]
    for jump in jumps:
        passed.append(passed[-1] + (jump.from_ms - jump.to_ms > NEW_YEAR_MS and not track.dated))
    if known:
        base = min(known)
        start = known[base] - passed[base]
    else:
        start = track.year_of(scan.first_stamp or 0) if not track.dated else 0
    years = []
    for at, count in enumerate(passed):
        if at in known:
            start = known[at] - count
        years.append(start + count)
    return years


def _next_segment(track: Track, jump: Jump, year: int, end: int) -> Segment:
    before = track.segments[-1]
    old = jump.from_ms if track.dated else in_year(jump.from_ms, before.year)
    new = jump.to_ms if track.dated else in_year(jump.to_ms, year)
    offset = track.offset_of(before, old)
    moment = new - offset
    change = change_at(track.changes, old, new, offset)
    if change is not None:
        offset += change.delta_ms
        moment = max(change.at_ms, new - offset)
    elif moment < old - offset:
        # An older log follows, or the clock was set: what holds then is asked of the calendar.
        offset = offset_at(track.clock, track.changes, moment)
    return Segment(jump.line, year, offset, moment, jump.to_ms, end)


def change_at(changes: Sequence[Change], old: int, new: int, offset: int) -> Change | None:
    """The change that explains that local time goes from `old` back to `new`."""
    for change in changes:
        begin, end = old - offset, new - offset - change.delta_ms
        if change.delta_ms < 0 and begin - _SLACK_MS <= change.at_ms <= end + _SLACK_MS:
            return change
    return None


def straighten(artifact: Scanned, tracks: Mapping[str, Track]) -> None:
    """Rewrite every stamp of a file; stamps of nodes without a track stay as they are."""
    scan, owner = artifact.scan, artifact.node or ""
    for hit in scan.hits:
        if hit.header is not None and hit.header.stamp_ms is not None:
            hit.header = _moved(hit.header, hit.line, owner, tracks)
            hit.minute = (hit.header.stamp_ms or 0) // _MINUTE_MS
    for shape in scan.shapes.values():
        for sample in shape.samples:
            sample.header = _moved(sample.header, sample.line, owner, tracks)
    for request in artifact.requests:
        track = tracks.get(request["node"])
        if track is not None:
            request["stamp_ms"] = track.straight(request["line"], request["stamp_ms"])
    if artifact.requests:
        stamps = [request["stamp_ms"] for request in artifact.requests]
        artifact.local_year_first, artifact.local_year_last = min(stamps), max(stamps)
    if owner in tracks:
        _straighten_scan(scan, tracks[owner])


def _moved(header: Header, line: int, owner: str, tracks: Mapping[str, Track]) -> Header:
    track = tracks.get(header.node or owner)
    if header.stamp_ms is None or track is None:
        return header
    return header._replace(stamp_ms=track.straight(line, header.stamp_ms))


def _straighten_scan(scan: Scan, track: Track) -> None:
    minutes: dict[tuple[int | None, str], int] = {}
    for (minute, level), count in scan.level_minutes.items():
        if minute is not None:
            minute = track.straight_by_stamp(minute * _MINUTE_MS) // _MINUTE_MS  # noqa: PLW2901
        minutes[minute, level] = minutes.get((minute, level), 0) + count
    scan.level_minutes = minutes
    holes = []
    for hole in (*scan.silences, *(Silence(*jump[:4]) for jump in scan.jumps)):
        begin = track.straight(hole.line - 1, hole.from_ms)
        end = track.straight(hole.line, hole.to_ms)
        lasted = _between(track, begin, end)
        scan.quiet_ms -= max(0, hole.to_ms - hole.from_ms)
        if lasted > _SILENCE_MS:
            scan.quiet_ms += lasted
            holes.append(hole._replace(from_ms=begin, to_ms=end))
    scan.silences = sorted(holes, key=lambda hole: hole.line)
    if scan.first_stamp is not None:
        scan.first_stamp = track.straight(scan.first_record_line, scan.first_stamp)
    if scan.last_stamp is not None:
        scan.last_stamp = track.straight(scan.last_record_line, scan.last_stamp)


def _between(track: Track, begin: int, end: int) -> int:
    if track.dated:
        return end - begin
    return (track.clock.epoch(end) or 0) - (track.clock.epoch(begin) or 0)
