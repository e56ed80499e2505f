"""From raw hits to hits: UTC, the node they are about, typed captures, and each event counted once.

The same event is stored up to five times (level files repeat their subset, stdout repeats all,
stderr repeats errors).  Per signal, node and minute one artifact is believed for the count; others
add only what it has not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from h2o_forensics.model.finding import Hit, Value
from h2o_forensics.model.values import read_value, resolve_tail
from h2o_forensics.readers.lives import life_beside, life_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import RawHit
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.pids import Pids
    from h2o_forensics.readers.scanned import Scanned

_PIDS = frozenset({"kernel_log", "hs_err", "console", "text"})
_ON_STDERR = frozenset({"ERROR", "FATAL"})
Entry = tuple["Scanned", "RawHit"]


def build_hits(
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
    lives: Sequence[Life],
    clocks: Mapping[str, SettledClock],
    nodes: frozenset[str],
    *,
    pids: Pids,
) -> tuple[Hit, ...]:
    """All hits of the rules' own signals, deduplicated, in order of signal, time and place.

    What tells of a process that is none of the case's is left out.
    A signal's `where` is not applied here: the engine does.
    """
    by_signal: dict[int, list[Entry]] = {}
    for artifact in artifacts:
        for raw in artifact.scan.hits:
            if signals[raw.signal].rule_id != "H2O":
                for index in artifact.scan.alike.get(raw.signal, (raw.signal,)):
                    by_signal.setdefault(index, []).append((artifact, raw))
    hits: list[Hit] = []
    for index in sorted(by_signal):
        signal = signals[index]
        found = (
            _hit(signal, *entry, lives=lives, clocks=clocks, nodes=nodes, pids=pids)
            for entry in _once(by_signal[index])
        )
        hits.extend(hit for hit in found if hit is not None)
    return tuple(
        sorted(
            hits, key=lambda hit: (hit.signal, hit.ts is None, hit.ts or 0, hit.path, hit.line or 0)
        )
    )


def hit_row(hit: Hit) -> dict[str, Any]:
    """A hit as a row of the `hits` table."""
    return {
        "node": hit.node, "run": hit.run, "ts": hit.ts, "artifact": hit.artifact,
        "line": hit.line, "text": hit.text,
        "signal": hit.signal, "logged_by": hit.logged_by, "level": hit.level, "thread": hit.thread,
        "captures": msgspec.json.encode(hit.captures, order="sorted").decode(),
        "weight": hit.weight,
    }  # fmt: skip


def _once(entries: list[Entry]) -> list[tuple[Scanned, RawHit, int]]:
    """Keep the fullest artifact per node and minute, and what only others have."""
    groups: dict[tuple[str, int | None], dict[str, list[Entry]]] = {}
    for artifact, raw in entries:
        node = (raw.header.node if raw.header else None) or artifact.node or artifact.id
        groups.setdefault((node, raw.minute), {}).setdefault(artifact.id, []).append(
            (artifact, raw)
        )
    kept: list[tuple[Scanned, RawHit, int]] = []
    for by_artifact in groups.values():
        ranked = sorted(by_artifact.values(), key=_preference)
        stormy = any(raw.weight > 1 for _, raw in ranked[0])
        base = ranked[0] if stormy else _undoubled(ranked[0])
        kept.extend((artifact, raw, raw.weight) for artifact, raw in base)
        if stormy or len(ranked) == 1:
            continue
        known = {_key(raw) for _, raw in base}
        for others in ranked[1:]:
            fresh = [entry for entry in _undoubled(others) if _key(entry[1]) not in known]
            known.update(_key(raw) for _, raw in fresh)
            kept.extend((artifact, raw, raw.weight) for artifact, raw in fresh)
    return kept


def _undoubled(entries: list[Entry]) -> list[Entry]:
    """Without second copies: stdout and stderr captured together hold every ERROR twice."""
    seen: dict[tuple[Any, ...], int] = {}
    kept = []
    for artifact, raw in entries:
        doubles = raw.header is not None and raw.header.level in _ON_STDERR
        if not doubles or seen.setdefault(_key(raw), raw.record_at) == raw.record_at:
            kept.append((artifact, raw))
    return kept


def _preference(entries: list[Entry]) -> tuple[int, int, int, str]:
    artifact = entries[0][0]
    return (
        -sum(raw.weight for _, raw in entries),
        artifact.path.count("!"),
        0 if artifact.kind == "h2o_log" and artifact.scan.bytes else 1,
        artifact.path,
    )


def _key(raw: RawHit) -> tuple[Any, ...]:
    header = raw.header
    if header is None or header.stamp_ms is None:
        return (raw.text, raw.line, raw.offset)
    return (header.stamp_ms, header.thread, header.level, raw.text)


def _hit(
    signal: Signal,
    artifact: Scanned,
    raw: RawHit,
    weight: int,
    *,
    lives: Sequence[Life],
    clocks: Mapping[str, SettledClock],
    nodes: frozenset[str],
    pids: Pids,
) -> Hit | None:
    header = raw.header
    logged_by = (header.node if header and header.node else None) or artifact.node
    captures = _convert(signal, raw.captures, nodes)
    named, pid = None, captures.get("pid")
    if isinstance(pid, int) and (raw.raw or artifact.kind in _PIDS):
        # A merged file may hold it among the lines of another node.
        named = pids.life(pid)
        elsewhere = named is None and artifact.kind in _PIDS
        if elsewhere and pids.is_anothers(pid, logged_by, raw.text):
            if not pids.unknown:
                return None
            logged_by = None  # perhaps of a node that left no log here
    logged_by = named.node if named else logged_by
    about = captures.get(signal.about) if signal.about else logged_by
    stamp = header.stamp_ms if header else None
    life = named
    if life is None and logged_by is not None:
        if stamp is None or artifact.kind == "gc_log":  # no stamp that could be compared
            life = life_beside(lives, logged_by, artifact.folder)
        else:
            life = life_of(lives, logged_by, header.pid if header else "", stamp)
    return Hit(
        signal=signal.id, artifact=artifact.id, path=artifact.path, line=raw.line, line_end=None,
        pointer=None,
        ts=_epoch(artifact, stamp, logged_by, clocks),
        node=about if isinstance(about, str) else None,
        logged_by=logged_by, run=life.run if life else None, level=header.level if header else "",
        thread=header.thread if header else "", text=raw.text, captures=captures, weight=weight,
    )  # fmt: skip


def _epoch(
    artifact: Scanned, stamp: int | None, node: str | None, clocks: Mapping[str, SettledClock]
) -> int | None:
    if stamp is None:
        return None
    clock = clocks.get(node or "")
    if artifact.kind == "gc_log":  # states its year and its offset
        return stamp - clock.skew_ms if clock else stamp
    if clock is None:
        return None
    return clock.epoch_of_local(stamp) if artifact.kind == "http_log" else clock.epoch(stamp)


def _convert(
    signal: Signal, captures: Mapping[str, str | None], nodes: frozenset[str]
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, text in captures.items():
        kind = signal.type_of(name)
        if text is not None and kind == "node_tail":
            values[name] = resolve_tail(text, nodes)
        else:
            values[name] = read_value(kind, text)
    return values
