"""Files that hold one hour of the two that a clock shows when it goes back, with nothing between.

A warn log may hold records of 02:10 only: which 02:10 is told by the info log, which repeats them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.readers.clock import in_year
from h2o_forensics.readers.tracks import Segment, Track

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.scan import Scan
    from h2o_forensics.readers.scanned import Scanned
    from h2o_forensics.readers.zones import Change


def follow_twins(laid: Sequence[tuple[Scanned, Track]]) -> list[str]:
    """Files that hold one hour of two: which one is told by another log with the same records.

    Changes their tracks; returns the paths of those that no other log tells about.
    """
    known: dict[tuple[int, str], int] = {}
    for one, track in laid:
        if len(track.segments) > 1 and not track.dated:
            for stamp, line, text in _samples(one.scan):
                known.setdefault((stamp, text), track.straight(line, stamp))
    untold = []
    for one, track in laid:
        if len(track.segments) > 1 or track.dated or track.mixed:
            continue
        change, told = _repeated(one, track), False
        for stamp, line, text in _samples(one.scan) if change is not None else []:
            twin = known.get((stamp, text))
            told = told or twin is not None
            if change is None or twin is None or twin == track.straight(line, stamp):
                continue
            first = track.segments[0]
            begin = change.at_ms + first.offset_ms + change.delta_ms
            whole = in_year(one.scan.first_stamp or 0, first.year) >= begin
            track.segments.append(
                Segment(
                    0 if whole else line,
                    first.year,
                    first.offset_ms + change.delta_ms,
                    change.at_ms,
                    stamp,
                    first.last_stamp,
                )
            )
            break
        if change is not None and not told:
            untold.append(one.path)
    return untold


def _samples(scan: Scan) -> list[tuple[int, int, str]]:
    """Records known one by one: stamp, line, text; in order of lines."""
    found = [
        (sample.line, sample.header, sample.line_text)
        for shape in scan.shapes.values()
        for sample in shape.samples
    ]
    found += [(hit.line, hit.header, hit.text) for hit in scan.hits if hit.header is not None]
    ordered = sorted((line, header.stamp_ms or 0, text) for line, header, text in found)
    return [(stamp, line, text) for line, stamp, text in ordered]


def _repeated(artifact: Scanned, track: Track) -> Change | None:
    """The change whose doubled stretch of local time the file has records in."""
    scan, only = artifact.scan, track.segments[0]
    if scan.first_stamp is None or scan.last_stamp is None:
        return None
    first, last = in_year(scan.first_stamp, only.year), in_year(scan.last_stamp, only.year)
    for change in track.changes:
        end = change.at_ms + only.offset_ms
        if change.delta_ms < 0 and change.at_ms > only.start_ms:
            begin = end + change.delta_ms
            if first < end and last >= begin:
                return change
    return None
