"""When a node's clock was set forward or back: from a named zone, the calendar, or two anchors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.readers.clock import in_year, settle_from_anchor, zone_text
from h2o_forensics.readers.tracks import NEW_YEAR_MS, Track, change_at, offset_at
from h2o_forensics.readers.zones import Change, known_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.readers.clock import Anchor, SettledClock
    from h2o_forensics.readers.scanned import Scanned

_DELTAS_MS = (3_600_000, 1_800_000)
_HALF_HOUR_MS = 1_800_000
_WITHIN_BACK_MS, _WITHIN_FORWARD_MS = 3 * 3_600_000, 15 * 60_000
"""Time that may pass over a change: a log that goes back is a stronger sign than a silence."""
_LARGEST_MS = 14 * 3_600_000


class _Step(NamedTuple):
    """Two neighbouring records between which a clock may have been set; local ms since 1970."""

    before_ms: int
    after_ms: int
    place: str


def find_changes(
    clock: SettledClock, files: Sequence[tuple[Scanned, Track]], anchors: Sequence[Anchor]
) -> list[Change]:
    """Changes that the evidence bears out, in order of time.

    Args:
        clock: of the node.
        files: its files, with tracks that know of no change yet.
        anchors: of the node.
    """
    steps = _steps(files)
    steps.sort(key=lambda step: (abs(step.before_ms - clock.offset_ms - clock.anchor_ms), step))
    found: list[Change] = []
    for step in steps:
        change = _by_calendar(clock, found, step)
        if change is not None:
            found = sorted([*found, change], key=lambda one: one.at_ms)
    return sorted([*found, *_by_anchors(found, steps, anchors)], key=lambda one: one.at_ms)


def unexplained_jumps(files: Sequence[tuple[Scanned, Track]]) -> list[str]:
    """Where stamps go back and nothing tells why."""
    notes = []
    for artifact, track in files:
        for jump, segment in zip(artifact.scan.jumps, track.segments[:-1], strict=False):
            if track.mixed or jump.from_ms - jump.to_ms > NEW_YEAR_MS:
                continue
            old, new = (
                _local(track, segment.year, jump.from_ms),
                _local(track, segment.year, jump.to_ms),
            )
            if change_at(track.changes, old, new, track.offset_of(segment, old)) is None:
                minutes = (jump.from_ms - jump.to_ms) // 60_000
                notes.append(
                    f"stamps go back by {minutes} min at {artifact.path}:{jump.line} and nothing "
                    "tells why (a clock set back, or logs put together): taken as printed"
                )
    return notes[:3]


def _local(track: Track, year: int, stamp: int) -> int:
    return stamp if track.dated else in_year(stamp, year)


def _steps(files: Sequence[tuple[Scanned, Track]]) -> list[_Step]:
    steps = []
    for artifact, track in files:
        if track.mixed or artifact.scan.first_stamp is None:
            continue
        pairs = [(jump.from_ms, jump.to_ms, jump.line) for jump in artifact.scan.jumps]
        pairs += [
            (hole.from_ms, hole.to_ms, hole.line)
            for hole in artifact.scan.silences
            if hole.to_ms - hole.from_ms >= _HALF_HOUR_MS
        ]
        for before, after, line in pairs:
            if before - after > NEW_YEAR_MS:
                continue
            year = next(
                one.year for one in reversed(track.segments) if one.line < line or not one.line
            )
            place = f"{artifact.path}:{line}"
            steps.append(_Step(_local(track, year, before), _local(track, year, after), place))
    return steps


def _by_calendar(clock: SettledClock, known: Sequence[Change], step: _Step) -> Change | None:
    sign = -1 if step.after_ms < step.before_ms else 1
    if sign > 0 and clock.clock.how == "assumed":
        return None  # a silence of an hour, in a zone that nobody stated
    within = _WITHIN_BACK_MS if sign < 0 else _WITHIN_FORWARD_MS
    for size in _DELTAS_MS:
        delta = sign * size
        moment = step.before_ms - clock.offset_ms
        offset = offset_at(clock, known, moment)
        if moment < clock.anchor_ms:
            offset -= delta  # the anchor was taken after the change
        change = known_change(
            offset if clock.clock.how != "assumed" else None,
            step.before_ms, step.after_ms, delta, within,
        )  # fmt: skip
        if change is None:
            continue
        at_ms = change.at_ms
        if clock.clock.how == "assumed":
            at_ms = max(step.before_ms - clock.offset_ms, step.after_ms - clock.offset_ms - delta)
        if any(abs(one.at_ms - at_ms) < _WITHIN_BACK_MS for one in known):
            return None
        turned = "back" if delta < 0 else "forward"
        why = f"clocks go {turned} by {size // 60_000} min at {step.place}, {change.why}"
        return Change(at_ms, delta, why)
    return None


def _by_anchors(
    known: Sequence[Change], steps: Sequence[_Step], anchors: Sequence[Anchor]
) -> list[Change]:
    """Two anchors state different offsets, and the calendar does not tell since when."""
    found: list[Change] = []
    stated = []
    for anchor in sorted(anchors, key=lambda one: one.epoch_ms):
        clock = settle_from_anchor(anchor)
        if clock is not None:
            stated.append((anchor, clock.offset_ms))
    for (earlier, old), (later, new) in pairwise(stated):
        delta = (
            new
            - old
            - sum(one.delta_ms for one in known if earlier.epoch_ms < one.at_ms <= later.epoch_ms)
        )
        if delta == 0 or delta % _HALF_HOUR_MS or abs(delta) > _LARGEST_MS:
            continue
        fitting = [
            step
            for step in steps
            if earlier.epoch_ms <= step.before_ms - old
            and step.before_ms - old <= step.after_ms - new
            and step.after_ms - new <= later.epoch_ms + _WITHIN_FORWARD_MS
            and (step.after_ms < step.before_ms) == (delta < 0)
        ]
        texts = f"the zone goes from {zone_text(old)} to {zone_text(new)}: {later.what}"
        if len({step.before_ms for step in fitting}) == 1:
            step = fitting[0]
            at_ms = step.after_ms - new
            found.append(Change(at_ms, delta, f"{texts}; at {step.place}"))
        else:
            why = f"{texts}; the moment is not known, taken since that line"
            found.append(Change(later.epoch_ms - 1, delta, why))
    return found
