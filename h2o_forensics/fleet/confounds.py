"""What came together with a split, and so may be the reason instead."""

from collections.abc import Sequence

from msgspec import Struct

from h2o_forensics.fleet.chance import few_before
from h2o_forensics.fleet.clusters import place_of
from h2o_forensics.fleet.levels import order_of
from h2o_forensics.fleet.seen import Seen

_NAMES = {"h2o_version": "H2O {}", "java_version": "Java {}"}
_LEVEL = 0.05


class Sides(Struct, frozen=True):
    """Runs before a split and since, and those of either that have the condition."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    hits: frozenset[int]

    def within(self, kept: frozenset[int]) -> "Sides":
        """Of these runs only."""
        return Sides(_of(self.before, kept), _of(self.after, kept), self.hits & kept)

    @property
    def by_chance(self) -> bool:
        """Alone, these numbers tell nothing."""
        runs, struck = len(self.before) + len(self.after), len(self.hits)
        early = len(self.hits.intersection(self.before))
        return few_before(runs, struck, len(self.before), early) >= _LEVEL

    def says(self) -> str:
        """`0 of 41 before, 7 of 12 since`."""
        early, late = (len(self.hits.intersection(side)) for side in (self.before, self.after))
        return f"{early:,} of {len(self.before):,} before, {late:,} of {len(self.after):,} since"


def came_with(seen: Seen, dimension: str, sides: Sides, since: str | None) -> list[str]:
    """Sentences: another version, the time or a cluster that may be the reason just as well.

    Args:
        seen: the runs.
        dimension: what they were split by.
        sides: how.
        since: the day that the condition began or grew with, if it did.
    """
    said = [
        f"All of the runs since have {name}, all before an older one: which of the two it is "
        "cannot be told."
        for other in _NAMES
        if other != dimension and (name := _divides(seen, other, sides))
    ]
    if dimension != "day":
        said += _time(seen, sides, since)
    return said + _cluster(seen, sides)


def _divides(seen: Seen, other: str, sides: Sides) -> str | None:
    order = order_of(seen, other)
    if not all(i in order for i in (*sides.before, *sides.after)):
        return None
    if max(order[i][0] for i in sides.before) >= min(order[i][0] for i in sides.after):
        return None
    oldest = min(order[i] for i in sides.after)[1]
    newer = " or newer" if len({order[i][0] for i in sides.after}) > 1 else ""
    return _NAMES[other].format(oldest) + newer


def _time(seen: Seen, sides: Sides, since: str | None) -> list[str]:
    earlier = [at for i in sides.before if (at := seen.runs[i].at)]
    later = [at for i in sides.after if (at := seen.runs[i].at)]
    if earlier and later and max(earlier) < min(later):
        return ["All runs since are later than all before: it may be the time."]
    if since is None:
        return []
    kept = frozenset(i for i, run in enumerate(seen.runs) if run.at and run.at[:10] >= since)
    young = sides.within(kept)
    if not young.by_chance:
        return [f"So it is among the runs from {since} on alone: {young.says()}."]
    return [f"Among the runs from {since} on it is {young.says()}: it may be the time."]


def _cluster(seen: Seen, sides: Sides) -> list[str]:
    place = {i: place_of(seen.runs[i]) for i in (*sides.before, *sides.after)}
    places = set(place.values())
    if None in places or len(places) == 1 or 2 * len(places) > len(place):
        return []  # not known, nothing to compare, or a name for every run
    both = {place[i] for i in sides.before} & {place[i] for i in sides.after}
    if not both:
        return ["No cluster has runs both before and since: it may be the cluster."]
    struck = {place[i] for i in sides.hits.intersection(sides.after)}
    if len(struck) == 1:
        [name] = struck
        of_it = frozenset(i for i in place if place[i] == name)
        return [f"All of these are on {name}: there, {sides.within(of_it).says()}."]
    shared = sides.within(frozenset(i for i in place if place[i] in both))
    if not shared.by_chance:
        return []
    return [f"On clusters with runs of both it is {shared.says()}: it may be the cluster."]


def _of(runs: Sequence[int], kept: frozenset[int]) -> tuple[int, ...]:
    return tuple(i for i in runs if i in kept)
