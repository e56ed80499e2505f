"""`at_least`: so many hits, whenever, or within a sliding window."""

from collections.abc import Sequence

from msgspec.structs import replace

from h2o_forensics.engine.clauses.ground import Ground, Match, Outcome, groups, match_of, weight_of
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import AtLeast


def at_least(clause: AtLeast, ground: Ground) -> Outcome:
    """Nodes (or the case) with enough hits; with `within_ms`, the hits of windows with enough."""
    matches: list[Match] = []
    found = ground.found(clause.signal, clause.per)
    if clause.per == "subject":
        for subject, about in _by_subject(found):
            for node, hits in groups(about, "node"):
                matches += [replace(one, subject=subject) for one in _enough(clause, node, hits)]
        return Outcome(tuple(matches))
    for node, hits in groups(found, clause.per):
        matches += _enough(clause, node, hits)
    return Outcome(tuple(matches))


def _enough(clause: AtLeast, node: str | None, hits: Sequence[Hit]) -> list[Match]:
    kept = hits if clause.within_ms is None else dense(hits, clause.count, clause.within_ms)
    if not kept or weight_of(kept) < clause.count:
        return []
    return [match_of(node, kept, whole_case=clause.per == "case")]


def _by_subject(hits: Sequence[Hit]) -> list[tuple[str, list[Hit]]]:
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.subject or "", []).append(hit)
    return sorted(found.items())


def dense(hits: Sequence[Hit], count: int, within_ms: int) -> list[Hit]:
    """Timed hits (sorted by time) that lie in some window of `within_ms` with `count` events."""
    timed = [(hit.ts, hit) for hit in hits if hit.ts is not None]
    kept: list[Hit] = []
    left = total = taken = 0
    for right, (stamp, hit) in enumerate(timed):
        total += hit.weight
        while stamp - timed[left][0] > within_ms:
            total -= timed[left][1].weight
            left += 1
        if total >= count:
            kept.extend(entry for _stamp, entry in timed[max(left, taken) : right + 1])
            taken = right + 1
    return kept
