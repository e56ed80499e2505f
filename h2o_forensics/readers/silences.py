"""Silences of nodes: stretches in which none of a node's logs wrote.

They are judged against how the node speaks otherwise and against its peers: an idle node at INFO is
silent too, so a silence is evidence only where the log always speaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned

_THRESHOLD_MS = 10_000
"""As the scan's: shorter pauses are speech."""
_EDGE = 0.1
"""A peer speaks inside a silence when it writes between this share of it from either end."""
MAX_ROWS_PER_NODE = 200


class _Voice(Struct):
    """One log of a node on the UTC axis."""

    artifact: str
    level: str
    first: int
    last: int
    quiet_ms: int
    holes: list[tuple[int, int, int, str]]  # from, to, line after, text before
    last_line: int
    last_text: str
    whole: bool
    """Its last line has its end."""

    @property
    def spoken_ms(self) -> int:
        """How much of the time axis it speaks for."""
        return self.last - self.first - self.quiet_ms

    def speaks_in(self, begin: int, end: int) -> bool:
        """Whether it surely has a record in (begin, end)."""
        if self.first > end or self.last < begin:
            return False
        if begin < self.first < end or begin < self.last < end:
            return True
        return not any(hole[0] <= begin and hole[1] >= end for hole in self.holes)


class _Hole(NamedTuple):
    """A silence, and the last record before it."""

    begin: int
    end: int
    voice: _Voice
    line: int
    text: str


def silence_rows(
    artifacts: Sequence[Scanned],
    clocks: Mapping[str, SettledClock],
    case_last: int | None,
    peers: Mapping[str, set[str]],
) -> list[dict[str, Any]]:
    """Rows of `gaps`; `peers`: for each node, the others of its cloud."""
    voices = _voices(artifacts, clocks)
    others = _later_signs(artifacts, clocks)
    rows: list[dict[str, Any]] = []
    for node in sorted(voices):
        mine = voices[node]
        found = _holes(mine)
        quiet = sum(hole.end - hole.begin for hole in found)
        span = max(voice.last for voice in mine) - min(voice.first for voice in mine)
        last = max(mine, key=lambda voice: (voice.last, voice.spoken_ms, voice.artifact))
        if case_last is not None and case_last > last.last:
            found.append(_Hole(last.last, case_last, last, last.last_line, last.last_text))
        found.sort(key=lambda hole: (hole.begin - hole.end, hole.begin))
        for hole in sorted(found[:MAX_ROWS_PER_NODE], key=lambda hole: hole.begin):
            returned = hole.begin < last.last
            besides = hole.end - hole.begin if returned else 0
            rest = span - besides
            share = max(0.0, (quiet - besides) / rest) if rest > 0 else 1.0
            heard = {name: voices[name] for name in voices if name in peers.get(node, ())}
            row = _row(node, hole, heard)
            rows.append(row | {
                "returned": returned, "quiet_share": share,
                "spoken_ms": max(0, rest - quiet + besides),
                "cut": not returned and _is_cut(mine, last, others.get(node)),
            })  # fmt: skip
    return rows


def _holes(mine: Sequence[_Voice]) -> list[_Hole]:
    """What is silent in all of a node's logs, level files and rotated ones alike, in time order."""
    speech: list[tuple[int, int, _Voice, int, str]] = []  # from, to, whose, its last line, text
    for voice in mine:
        begin = voice.first
        for hole_begin, hole_end, line, text in voice.holes:
            speech.append((begin, hole_begin, voice, max(1, line - 1), text))
            begin = hole_end
        speech.append((begin, voice.last, voice, voice.last_line, voice.last_text))
    speech.sort(key=lambda part: (part[0], -part[1], -part[2].spoken_ms, part[2].artifact))
    found: list[_Hole] = []
    _, heard, voice, line, text = speech[0]
    for part in speech[1:]:
        if part[0] - heard > _THRESHOLD_MS:
            found.append(_Hole(heard, part[0], voice, line, text))
        if part[1] > heard:
            _, heard, voice, line, text = part
    return found


def _voices(
    artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]
) -> dict[str, list[_Voice]]:
    voices: dict[str, list[_Voice]] = {}
    for artifact in artifacts:
        scan, clock = artifact.scan, clocks.get(artifact.node or "")
        named = [node for node in scan.nodes if node]
        if (
            clock is None
            or artifact.node is None
            or artifact.kind not in {"h2o_log", "console"}
            or len(named) != 1
        ):
            continue
        first, last = clock.epoch(scan.first_stamp), clock.epoch(scan.last_stamp)
        if first is None or last is None:
            continue
        holes = []
        for hole in scan.silences:
            begin, end = clock.epoch(hole.from_ms), clock.epoch(hole.to_ms)
            if begin is not None and end is not None and end > begin:
                holes.append((begin, end, hole.line, hole.text))
        level = next(
            (name for name in ("TRACE", "DEBUG", "INFO", "WARN") if name in scan.levels), ""
        )
        voices.setdefault(artifact.node, []).append(
            _Voice(
                artifact.id,
                level,
                first,
                last,
                scan.quiet_ms,
                holes,
                scan.last_record_line,
                scan.last_record_text,
                artifact.ends_line,
            )
        )
    return voices


def _is_cut(mine: Sequence[_Voice], last: _Voice, sign: int | None) -> bool:
    """Whether not the node but the copy of its logs ends: in mid-line, or others go on."""
    if sign is not None and sign - last.last > _THRESHOLD_MS:
        return True
    return not any(voice.whole for voice in mine if voice.last == last.last)


def _later_signs(
    artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]
) -> dict[str, int]:
    """The last sign of each node in files that are no voices: access log, garbage collection."""
    signs: dict[str, int] = {}
    for one in artifacts:
        clock = clocks.get(one.node or "")
        if one.node is None or clock is None:
            continue
        sign = None
        if one.kind == "http_log" and one.local_year_last is not None:
            sign = clock.epoch_of_local(one.local_year_last)
        elif one.kind == "gc_log":
            sign = one.scan.last_stamp
            sign = None if sign is None else sign - clock.skew_ms
        if sign is not None:
            signs[one.node] = max(sign, signs.get(one.node, sign))
    return signs


def _row(node: str, hole: _Hole, peers: Mapping[str, list[_Voice]]) -> dict[str, Any]:
    begin, end = hole.begin, hole.end
    margin = int((end - begin) * _EDGE)
    speaking = sum(
        any(voice.speaks_in(begin + margin, end - margin) for voice in voices)
        for voices in peers.values()
    )
    return {
        "node": node, "ts": begin, "to_ts": end, "silent_ms": end - begin,
        "peers": len(peers), "peers_speaking": speaking,
        "artifact": hole.voice.artifact, "line": hole.line, "text": hole.text,
        "level": hole.voice.level,
    }  # fmt: skip
