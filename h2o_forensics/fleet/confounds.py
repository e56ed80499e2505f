"""What came together with a split, and so may be the reason instead."""

from collections.abc import Sequence

from h2o_forensics.fleet.clusters import place_of
from h2o_forensics.fleet.levels import order_of
from h2o_forensics.fleet.seen import Seen

_NAMES = {"h2o_version": "H2O {}", "java_version": "Java {}"}


def came_with(
    seen: Seen, dimension: str, before: Sequence[int], after: Sequence[int], hits: Sequence[int]
) -> list[str]:
    """Sentences: another version, the time or a cluster that divides the runs just as well."""
    said = [
        f"All of these runs since have {name}, all before an older one: which of the two it is "
        "cannot be told."
        for other in _NAMES
        if other != dimension and (name := _divides(seen, other, before, after))
    ]
    if dimension != "day" and _later(seen, before, after):
        said.append("All runs since are later than all before: it may be the time.")
    return said + _cluster(seen, before, after, hits)


def _divides(seen: Seen, other: str, before: Sequence[int], after: Sequence[int]) -> str | None:
    order = order_of(seen, other)
    if not all(i in order for i in (*before, *after)):
        return None
    if max(order[i][0] for i in before) >= min(order[i][0] for i in after):
        return None
    oldest = min(order[i] for i in after)[1]
    newer = " or newer" if len({order[i][0] for i in after}) > 1 else ""
    return _NAMES[other].format(oldest) + newer


def _later(seen: Seen, before: Sequence[int], after: Sequence[int]) -> bool:
    earlier = [at for i in before if (at := seen.runs[i].at)]
    later = [at for i in after if (at := seen.runs[i].at)]
    return bool(earlier and later) and max(earlier) < min(later)


def _cluster(
    seen: Seen, before: Sequence[int], after: Sequence[int], hits: Sequence[int]
) -> list[str]:
    since = {place_of(seen.runs[i]) for i in after}
    hit = {place_of(seen.runs[i]) for i in hits}
    earlier = {place_of(seen.runs[i]) for i in before}
    if None in since or len(hit) != 1 or len(since | earlier) == 1:
        return []
    [name] = hit
    if since == hit and name not in earlier:
        return [f"All {len(after):,} runs since are on {name}, none before: it may be the cluster."]
    return [f"All {len(hits):,} are on {name}."]
