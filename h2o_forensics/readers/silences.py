"""Silences of nodes: stretches in which none of a node's logs wrote, judged against how it speaks otherwise and
against its peers.  An idle node at INFO is silent too, so a silence is evidence only where the log always speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned

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

    @property
    def spoken_ms(self) -> int:
        """How much of the time axis it speaks for."""
        return self.last - self.first - self.quiet_ms

    def quiet_share(self, besides_ms: int) -> float:
        """Share of its span spent in silences, one of them left out."""
        rest = self.last - self.first - besides_ms
        return max(0.0, self.quiet_ms - besides_ms) / rest if rest > 0 else 1.0

    def speaks_in(self, begin: int, end: int) -> bool:
        """Whether it surely has a record in (begin, end)."""
        if self.first > end or self.last < begin:
            return False
        if begin < self.first < end or begin < self.last < end:
            return True
        return not any(hole[0] <= begin and hole[1] >= end for hole in self.holes)


def silence_rows(
    artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock], case_last: int | None
) -> list[dict[str, Any]]:
    """Rows of `gaps`."""
    voices = _voices(artifacts, clocks)
    rows: list[dict[str, Any]] = []
    for node in sorted(voices):
        mine = sorted(voices[node], key=lambda voice: (-voice.spoken_ms, voice.artifact))
        base = mine[0]
        found = []
        for begin, end, line, text in base.holes:
            hole = _common(mine[1:], begin, end)
            if hole is not None:
                found.append((*hole, line, text, True))
        last = max(voice.last for voice in mine)
        if case_last is not None and case_last - last > 0:
            ender = max(mine, key=lambda voice: (voice.last, voice.spoken_ms))
            found.append((last, case_last, ender.last_line, ender.last_text, False))
        found.sort(key=lambda hole: hole[0] - hole[1])
        for begin, end, line, text, returned in sorted(found[:MAX_ROWS_PER_NODE]):
            rows.append(_row(node, base, voices, begin, end, line, text, returned=returned))
    return rows


def _voices(artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]) -> dict[str, list[_Voice]]:
    voices: dict[str, list[_Voice]] = {}
    for artifact in artifacts:
        scan, clock = artifact.scan, clocks.get(artifact.node or "")
        named = [node for node in scan.nodes if node]
        if clock is None or artifact.node is None or artifact.kind not in {"h2o_log", "console"} or len(named) != 1:
            continue
        first, last = clock.epoch(scan.first_stamp), clock.epoch(scan.last_stamp)
        if first is None or last is None:
            continue
        holes = []
        for hole in scan.silences:
            begin, end = clock.epoch(hole.from_ms), clock.epoch(hole.to_ms)
            if begin is not None and end is not None and end > begin:
                holes.append((begin, end, hole.line, hole.text))
        level = next((name for name in ("TRACE", "DEBUG", "INFO", "WARN") if name in scan.levels), "")
        voices.setdefault(artifact.node, []).append(
            _Voice(artifact.id, level, first, last, scan.quiet_ms, holes, scan.last_record_line, scan.last_record_text)
        )
    return voices


def _common(others: Sequence[_Voice], begin: int, end: int) -> tuple[int, int] | None:
    """What is left of a silence when the node's other logs are heard too; None: one of them spoke."""
    for voice in others:
        if voice.last <= begin or voice.first >= end:
            continue
        if voice.first > begin or voice.last < end:
            return None
        overlaps = [(max(begin, hole[0]), min(end, hole[1])) for hole in voice.holes]
        longest = max(overlaps, key=lambda hole: hole[1] - hole[0], default=(0, 0))
        if longest[1] <= longest[0]:
            return None
        begin, end = longest
    return begin, end


def _row(
    node: str, base: _Voice, voices: Mapping[str, list[_Voice]], begin: int, end: int, line: int, text: str, *,
    returned: bool,
) -> dict[str, Any]:  # fmt: skip
    margin = int((end - begin) * _EDGE)
    peers = [name for name in voices if name != node]
    speaking = sum(
        any(voice.speaks_in(begin + margin, end - margin) for voice in voices[peer]) for peer in peers
    )
    return {
        "node": node, "ts": begin, "to_ts": end, "silent_ms": end - begin, "returned": returned,
        "quiet_share": base.quiet_share(end - begin if returned else 0), "peers": len(peers),
        "peers_speaking": speaking, "artifact": base.artifact, "line": max(1, line - 1) if returned else line,
        "text": text, "level": base.level,
    }  # fmt: skip
