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
        return self._chance(len(self.hits.intersection(self.before))) >= _LEVEL

    @property
    def too_few(self) -> bool:
        """Even with as few hits before as these numbers allow, they would tell nothing."""
        return self._chance(max(0, len(self.hits) - len(self.after))) >= _LEVEL

    def _chance(self, early: int) -> float:
        runs, struck = len(self.before) + len(self.after), len(self.hits)
        return few_before(runs, struck, len(self.before), early)

    def says(self) -> str:
        """`0 of 41 before, 7 of 12 since`."""
        early, late = (len(self.hits.intersection(side)) for side in (self.before, self.after))
        return f"{early:,} of {len(self.before):,} before, {late:,} of {len(self.after):,} since"


class Rival(Struct, frozen=True):
    """Another split of the same condition that is beyond chance, too."""

    dimension: str
    name: str
    runs: frozenset[int]
    """Since."""


def came_with(
    seen: Seen, dimension: str, sides: Sides, rivals: Sequence[Rival]
) -> tuple[list[str], str | None]:
    """Sentences: another version, the time or a cluster that may be the reason just as well.

    Returns:
        The sentences, and the dimension of the rival that explains the split, if one does.
    """
    said = [
        f"All of the runs since have {name}, all before an older one: which of the two it is "
        "cannot be told."
        for other in _NAMES
        if other != dimension and (name := _divides(seen, other, sides))
    ]
    explained = None
    if dimension != "day" and _later(seen, sides):
        said.append("All runs since are later than all before: it may be the time.")
    elif rival := _rival(dimension, rivals):
        told, weaker = _against(sides, rival)
        said.append(told)
        explained = rival.dimension if weaker else None
    return said + _cluster(seen, sides), explained


def _rival(dimension: str, rivals: Sequence[Rival]) -> Rival | None:
    """Time against version, version against time: those can come together by chance of history."""
    others = [one for one in rivals if (one.dimension == "day") != (dimension == "day")]
    return min(others, key=lambda one: one.dimension, default=None)


def _against(sides: Sides, rival: Rival) -> tuple[str, bool]:
    time = rival.dimension == "day"
    java = "Java " if rival.dimension == "java_version" else ""
    where = f"from {rival.name} on" if time else f"with {java}{rival.name} or newer"
    kept = sides.within(rival.runs)
    if not kept.before:
        return f"No run before is one {where}: it may be the {_word(time=time)}.", False
    if kept.too_few:
        word = _word(time=time)
        return (
            f"Among the runs {where} it is {kept.says()}: too few to tell it from the {word}.",
            False,
        )
    if kept.by_chance:
        return (
            f"Among the runs {where} it is {kept.says()}: it may be the {_word(time=time)}.",
            True,
        )
    return f"So it is among the runs {where} alone: {kept.says()}.", False


def _word(*, time: bool) -> str:
    return "time" if time else "version"


def _divides(seen: Seen, other: str, sides: Sides) -> str | None:
    order = order_of(seen, other)
    if not all(i in order for i in (*sides.before, *sides.after)):
        return None
    if max(order[i][0] for i in sides.before) >= min(order[i][0] for i in sides.after):
        return None
    oldest = min(order[i] for i in sides.after)[1]
    newer = " or newer" if len({order[i][0] for i in sides.after}) > 1 else ""
    return _NAMES[other].format(oldest) + newer


def _later(seen: Seen, sides: Sides) -> bool:
    earlier = [at for i in sides.before if (at := seen.runs[i].at)]
    later = [at for i in sides.after if (at := seen.runs[i].at)]
    return bool(earlier and later) and max(earlier) < min(later)


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
