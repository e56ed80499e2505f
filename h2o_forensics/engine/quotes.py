"""Chooses the lines a finding quotes: few, but from every signal and every artifact that speaks."""

from collections.abc import Iterator, Sequence

from h2o_forensics.engine.rows import hit_order
from h2o_forensics.model.finding import Evidence, Hit

MAX_QUOTES = 8
_MINUTE_MS = 60_000


def quote(
    hits: Sequence[Hit], first_seen: int | None = None, signals: Sequence[str] = ()
) -> tuple[Evidence, ...]:
    """At most `MAX_QUOTES` places, each once: the most telling signal first, then in order of time.

    One hit of each signal comes first, then the first and the last hit, one of each artifact, one
    of the fullest minute, and samples evenly spread over the rest.

    Args:
        hits: what satisfied the rule, sorted by `hit_order`.
        first_seen: when it was satisfied; a hit of that instant is always quoted.
        signals: ids in the order the rule's author gave them, the most telling first.
    """
    chosen: dict[tuple[str, int | None, str | None], Hit] = {}
    for hit in _by_worth(hits, first_seen):
        if len(chosen) == MAX_QUOTES:
            break
        chosen.setdefault((hit.path, hit.line, hit.pointer), hit)
    rank = {signal: at for at, signal in enumerate(signals)}
    ordered = sorted(chosen.values(), key=lambda hit: (rank.get(hit.signal, 0), *hit_order(hit)))
    return tuple(_evidence(hit) for hit in ordered)


def _by_worth(hits: Sequence[Hit], first_seen: int | None) -> Iterator[Hit]:
    if not hits:
        return
    yield from [hit for hit in hits if hit.ts == first_seen is not None][:1]
    signals: dict[str, Hit] = {}
    artifacts: dict[str, Hit] = {}
    for hit in hits:
        signals.setdefault(hit.signal, hit)
        artifacts.setdefault(hit.artifact, hit)
    yield from signals.values()
    yield hits[0]
    timed = [hit for hit in hits if hit.ts is not None]
    yield timed[-1] if timed else hits[-1]
    yield from artifacts.values()
    yield from _peak(timed)
    step = max(1, len(hits) // MAX_QUOTES)
    yield from hits[::step]
    yield from hits


def _peak(timed: Sequence[Hit]) -> Iterator[Hit]:
    minutes: dict[int, list[Hit]] = {}
    for hit in timed:
        minutes.setdefault((hit.ts or 0) // _MINUTE_MS, []).append(hit)
    if minutes:
        fullest = max(minutes, key=lambda at: (sum(hit.weight for hit in minutes[at]), -at))
        yield minutes[fullest][0]


def _evidence(hit: Hit) -> Evidence:
    return Evidence(
        artifact=hit.artifact,
        path=hit.path,
        kind=_kind(hit),
        line=hit.line,
        line_end=hit.line_end,
        pointer=hit.pointer,
        time=hit.ts,
        node=hit.logged_by or hit.node,
        text=hit.text,
    )


def _kind(hit: Hit) -> str:
    if hit.line is None:
        return "gap" if hit.pointer is None else "pointer"
    return "range" if hit.line_end is not None and hit.line_end > hit.line else "line"
