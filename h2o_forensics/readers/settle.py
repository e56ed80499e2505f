"""One clock per node, from the anchors its own logs hold, else from what lies beside them.

What the user states comes first.  Every decision is kept in words in `Clock.because`.
"""

from __future__ import annotations

from datetime import MAXYEAR, UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.errors import SettingsError
from h2o_forensics.readers.anchors import (
    NO_NODE,
    all_of,
    find_anchors,
    from_anchors,
    shared_events,
    user_zones,
    without_anchor,
)
from h2o_forensics.readers.bends import find_changes, unexplained_jumps
from h2o_forensics.readers.clock import YEAR_MS, SettledClock, in_year, zone_text
from h2o_forensics.readers.skew import find_skews
from h2o_forensics.readers.tracks import PLACED, Track, make_track, straighten
from h2o_forensics.readers.tracks import offset_at as offset_at_instant
from h2o_forensics.readers.twins import follow_twins
from h2o_forensics.readers.zones import changes_of, offset_at, read_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.settings import Settings
    from h2o_forensics.readers.clock import Anchor
    from h2o_forensics.readers.scanned import Scanned
    from h2o_forensics.readers.zones import Change

_FIRST_YEAR = 1970
_DAY_MS = 86_400_000
_YEARS_AROUND_MS = 2 * 366 * _DAY_MS
NamedZone = tuple["tzinfo", str]
"""A zone, and where it is named."""


def check_settings(settings: Settings) -> None:
    """Refuse a year or a zone that cannot be.

    Raises:
        SettingsError: with what to give instead.
    """
    if settings.timezone is not None:
        read_zone(settings.timezone)
    if settings.year is not None and not _FIRST_YEAR < settings.year < MAXYEAR:
        raise SettingsError(f"--year {settings.year}: give a year such as 2026")


def settle_clocks(
    artifacts: Sequence[Scanned], signals: Sequence[Signal], settings: Settings
) -> dict[str, SettledClock]:
    """A clock of each node that wrote; its stamps are rewritten to run on (see `tracks`)."""
    anchors = find_anchors(artifacts, signals)
    clocks = from_anchors(anchors)
    wrote = {one.node for one in artifacts if one.node is not None}
    settle_others(wrote, clocks, artifacts, shared_events(artifacts, signals))
    if any(one.node is None and one.local_year_last is not None for one in artifacts):
        settle_others([NO_NODE], clocks, artifacts)
    zones = _zones(clocks, user_zones(artifacts, signals), anchors, settings)
    if settings.year is not None and _state_year(settings.year, clocks, artifacts, anchors):
        anchors = {}
    for node, named in zones.items():
        clocks[node] = _in_zone(clocks[node], named)
    tracks: dict[str, dict[str, Track]] = {}
    for node in sorted(clocks):
        clocks[node] = _lay_tracks(
            node,
            clocks[node],
            artifacts,
            anchors.get(node, {}),
            named=zones.get(node),
            tracks=tracks,
        )
    for artifact in artifacts:
        if artifact.id in tracks:
            straighten(artifact, tracks[artifact.id])
    _correct_skew(artifacts, signals, clocks)
    return clocks


def settle_others(
    nodes: Iterable[str],
    clocks: dict[str, SettledClock],
    artifacts: Sequence[Scanned],
    events: Mapping[str, Mapping[tuple[str, str], list[int]]] | None = None,
) -> None:
    """Clocks of nodes without an anchor, as their peers'."""
    for node in sorted(set(nodes) - clocks.keys()):
        clocks[node] = without_anchor(node, artifacts, clocks, events or {})


def _zones(
    clocks: Mapping[str, SettledClock],
    users: Mapping[str, NamedZone],
    anchors: Mapping[str, Mapping[str, Sequence[Anchor]]],
    settings: Settings,
) -> dict[str, NamedZone]:
    """Zones that somebody named: the user for all nodes, else each JVM's own command line."""
    if settings.timezone is not None:
        named = (read_zone(settings.timezone), f"--timezone {settings.timezone}")
        return dict.fromkeys(clocks, named)
    return {
        node: named
        for node, named in users.items()
        if node in clocks
        and (
            node not in anchors
            or offset_at(named[0], clocks[node].anchor_ms) == clocks[node].offset_ms
        )
    }


def _in_zone(clock: SettledClock, named: NamedZone) -> SettledClock:
    """The clock in a zone that was named."""
    zone, source = named
    offset = offset_at(zone, clock.anchor_ms)
    noun = clock.clock
    if noun.how == "stated" and offset == clock.offset_ms:
        because = f"{noun.because}, and {source}"
    else:
        because = f"zone {zone_text(offset)} stated by {source}; {noun.because}"
        if noun.how == "stated":
            because += f", which would make it {noun.zone}"
    how = "assumed" if noun.year is None else "stated" if noun.how == "stated" else "inferred"
    moved = offset - clock.offset_ms if noun.year is None else 0  # from a local New Year
    return replace(
        clock,
        offset_ms=offset,
        anchor_ms=clock.anchor_ms - moved,
        clock=replace(noun, zone=zone_text(offset), how=how, because=because),
    )


def _state_year(
    year: int,
    clocks: dict[str, SettledClock],
    artifacts: Sequence[Scanned],
    anchors: Mapping[str, Mapping[str, Sequence[Anchor]]],
) -> bool:
    """Put the case's first yearless record into this year; whether that moved the records."""
    firsts: dict[str, int] = {}
    for node, clock in clocks.items():
        stamps = [
            track.straight(0, one.scan.first_stamp)
            for one, track in _tracks_of(node, clock, artifacts, anchors.get(node, {}), ())
            if one.scan.first_stamp is not None and not track.dated
        ]
        if stamps:
            firsts[node] = min(stamps)
    held = min(firsts.values(), default=year * YEAR_MS) // YEAR_MS
    for node, first in firsts.items():
        clock, (own, stamp) = clocks[node], divmod(first, YEAR_MS)
        moved, noun = own + year - held, clock.clock
        because = f"year stated by --year {year}; {noun.because}"
        if held != year:
            because += f", which would make it {own}"
            start = in_year(stamp, moved) - clock.offset_ms
            clock = replace(clock, anchor_ms=start, look_back_ms=_DAY_MS)
        how = "stated" if noun.how == "stated" else "inferred"
        noun = replace(noun, year=moved, how=how, because=because)
        clocks[node] = replace(clock, clock=noun)
    return held != year


def _tracks_of(
    node: str,
    clock: SettledClock,
    artifacts: Sequence[Scanned],
    anchors: Mapping[str, Sequence[Anchor]],
    changes: Sequence[Change],
) -> list[tuple[Scanned, Track]]:
    return [
        (one, make_track(one, node, clock, changes, anchors.get(one.id, ())))
        for one in artifacts
        if one.kind in PLACED
        and ((one.node or NO_NODE) == node or (node and node in one.scan.nodes))
    ]


def _lay_tracks(
    node: str,
    clock: SettledClock,
    artifacts: Sequence[Scanned],
    anchors: Mapping[str, Sequence[Anchor]],
    *,
    named: NamedZone | None,
    tracks: dict[str, dict[str, Track]],
) -> SettledClock:
    """Find when the clock was changed; `tracks` gets those of the node, by artifact and node."""
    if named is not None:
        begin, end = clock.anchor_ms - _YEARS_AROUND_MS, clock.anchor_ms + _YEARS_AROUND_MS
        changes = changes_of(named[0], begin, end, f"clocks change as {named[1]} says")
    else:
        plain = _tracks_of(node, clock, artifacts, anchors, ())
        changes = find_changes(clock, plain, all_of(anchors))
    laid = _tracks_of(node, clock, artifacts, anchors, changes)
    for one, track in laid:
        tracks.setdefault(one.id, {})[node] = track
    notes = [*_turns(clock, laid, changes), *unexplained_jumps(laid)]
    untold = follow_twins(laid)
    if untold:
        notes.append(
            f"{', '.join(untold[:3])}: stamps of the hour that came twice are taken as the first"
        )
    if not notes:
        return clock
    because = "; ".join((clock.clock.because, *notes))
    return replace(clock, clock=replace(clock.clock, because=because))


def _turns(
    clock: SettledClock, laid: Sequence[tuple[Scanned, Track]], changes: Sequence[Change]
) -> list[str]:
    """Changes of the clock while the node wrote, in words."""
    begins, ends = [], []
    for one, track in laid:
        if one.scan.first_stamp is not None and one.scan.last_stamp is not None:
            begins.append(_epoch(clock, track, 0, one.scan.first_stamp))
            last = max(1, one.scan.last_record_line)
            ends.append(_epoch(clock, track, last, one.scan.last_stamp))
    notes = []
    for change in changes:
        if begins and min(begins) <= change.at_ms <= max(ends):
            at = datetime.fromtimestamp(change.at_ms / 1000, UTC)
            offset = offset_at_instant(clock, changes, change.at_ms)
            notes.append(f"{zone_text(offset)} since {at:%Y-%m-%d %H:%M} UTC: {change.why}")
    return notes


def _epoch(clock: SettledClock, track: Track, line: int, stamp: int) -> int:
    straight = track.straight(line, stamp)
    return clock.epoch_of_local(straight) if track.dated else clock.epoch(straight) or 0


def _correct_skew(
    artifacts: Sequence[Scanned], signals: Sequence[Signal], clocks: dict[str, SettledClock]
) -> None:
    """Put the clocks that are clearly off right; say where it is suspected only."""
    logged = shared_events(artifacts, signals)
    events = {
        node: {
            key: sorted({clocks[node].epoch(stamp) or 0 for stamp in stamps})
            for key, stamps in mine.items()
        }
        for node, mine in logged.items()
        if node in clocks and clocks[node].clock.year is not None
    }
    skews, doubts = find_skews(events)
    for node, skew in skews.items():
        clock = clocks[node]
        because = f"{clock.clock.because}; corrected: {skew.because}"
        noun = replace(clock.clock, skew_ms=skew.ahead_ms, because=because)
        clocks[node] = replace(clock, offset_ms=clock.offset_ms + skew.ahead_ms, clock=noun)
    for node, doubt in doubts.items():
        clock = clocks[node]
        noun = replace(clock.clock, because=f"{clock.clock.because}; {doubt}")
        clocks[node] = replace(clock, clock=noun)
