"""Causes that began, or grew, with a version or a day."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.fleet.blocks import Block, blocks, design_effect
from h2o_forensics.fleet.causes import found_in, runs_by_condition
from h2o_forensics.fleet.chance import best_of_splits, few_before, q_values, spread
from h2o_forensics.fleet.confounds import Rival, Sides, came_with
from h2o_forensics.fleet.levels import Levels, levels
from h2o_forensics.fleet.seen import Seen
from h2o_forensics.model.fleet import Regression

LEVEL = 0.05
FEWEST = 3
"""Hits since, and blocks (clusters and days) with one; fewer are no pattern, however rare."""

_WORDS = {"h2o_version": "with", "java_version": "with Java", "day": "on"}


class _Split(Struct, frozen=True):
    levels: Levels
    condition: str
    at: int
    """Number of the level it begins with."""
    sides: Sides
    splits: tuple[int, ...]
    """How many runs are before each split that was tried."""
    p: float
    """Not yet corrected for the choice among them."""

    @property
    def total(self) -> int:
        """Runs."""
        return len(self.sides.before) + len(self.sides.after)

    @property
    def name(self) -> str:
        """Of that level."""
        return self.levels.names[self.at]

    @property
    def since(self) -> tuple[int, ...]:
        """The hits since."""
        return tuple(i for i in self.sides.after if i in self.sides.hits)


def regressions(seen: Seen) -> tuple[Regression, ...]:
    """The best split of each condition by each dimension, where chance does not explain it.

    Runs that failed, or whose evidence is insufficient, tell neither way and are left out.
    """
    found, block_of = found_in(seen), blocks(seen)
    tested = [
        split
        for ordered in levels(seen)
        for condition, runs in runs_by_condition(seen).items()
        if (split := _best_split(ordered, condition, frozenset(runs), block_of)) is not None
    ]
    chances = _corrected(tested)
    telling = [
        (replace(split, p=p), q)
        for split, p, q in zip(tested, chances, q_values(chances), strict=True)
        if q is not None and q < LEVEL and len({block_of[i] for i in split.since}) >= FEWEST
    ]
    rivals = [one for one, _ in telling]
    said = [_regression(seen, one, q, found, rivals) for one, q in telling]
    by = {(one.condition, one.dimension): rival for rival, one in said}
    # Two that explain each other leave it open which it is: neither is told after the other.
    weighed = [
        replace(one, rival=rival is not None and by[one.condition, rival] != one.dimension)
        for rival, one in said
    ]
    return tuple(sorted(weighed, key=_telling))


def _telling(one: Regression) -> tuple[bool, float, float, str, int]:
    """What nothing else explains comes first."""
    return one.rival, one.q, one.p, one.condition, list(_WORDS).index(one.dimension)


def _corrected(tested: Sequence[_Split]) -> list[float]:
    """For the choice of the split; by a bound where even without it nothing would be told."""
    return [
        best_of_splits(one.total, len(one.sides.hits), one.splits, one.p)
        if hope is not None and hope < LEVEL
        else min(1.0, one.p * len(one.splits))
        for one, hope in zip(tested, q_values([one.p for one in tested]), strict=True)
    ]


def _best_split(
    ordered: Levels, condition: str, runs: frozenset[int], block_of: Sequence[Block]
) -> _Split | None:
    """None: there are too few hits, or nothing to compare."""
    counts = [len(one) for one in ordered.runs]
    hits = [sum(i in runs for i in one) for one in ordered.runs]
    total, all_hits = sum(counts), sum(hits)
    if all_hits < FEWEST or len(counts) < 2:  # noqa: PLR2004 - before and since
        return None
    before, before_hits = list(accumulate(counts))[:-1], list(accumulate(hits))[:-1]
    p, at = min(
        (few_before(total, all_hits, n, b) if b * total < all_hits * n else 1.0, k)
        for k, (n, b) in enumerate(zip(before, before_hits, strict=True), 1)
    )
    effect = design_effect(block_of, everyone := _flat(ordered.runs), runs.intersection(everyone))
    return _Split(
        levels=ordered,
        condition=condition,
        at=at,
        sides=Sides(
            _flat(ordered.runs[:at]), _flat(ordered.runs[at:]), runs.intersection(everyone)
        ),
        splits=tuple(before),
        p=spread(p, effect),
    )


def _flat(groups: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(sorted(i for group in groups for i in group))


def _regression(
    seen: Seen, split: _Split, q: float, found: Mapping[str, list[int]], told: Sequence[_Split]
) -> tuple[str | None, Regression]:
    """The dimension of the split that explains it, and it."""
    sides, dimension = split.sides, split.levels.dimension
    one = Regression(
        condition=split.condition,
        dimension=dimension,
        value=split.name,
        before_runs=len(sides.before),
        before_hits=len(sides.hits.intersection(sides.before)),
        after_runs=len(sides.after),
        after_hits=len(split.since),
        p=split.p,
        q=q,
        runs=split.since,
        says="",
        before=sides.before,
        before_hit_runs=tuple(i for i in sides.before if i in sides.hits),
        after=sides.after,
    )
    rivals = [
        Rival(other.levels.dimension, other.name, frozenset(other.sides.after))
        for other in told
        if other.condition == split.condition
    ]
    notes, explained = came_with(seen, dimension, sides, rivals)
    beside = len(set(found.get(split.condition, ())).intersection(sides.before))
    return explained, replace(one, says=" ".join([_says(one, beside), *notes]))


def _says(one: Regression, found_before: int) -> str:
    # What was a consequence of something else before did not begin: it came to the fore.
    verb = "began" if one.before_hits == 0 and not found_before else "grew"
    also = ""
    if one.before_hits == 0 and found_before:
        also = f" (seen beside another cause in {found_before:,} of them)"
    return (
        f"{one.condition} {verb} {_WORDS[one.dimension]} {one.value}: {one.before_hits:,} of "
        f"{one.before_runs:,} runs before{also}, {one.after_hits:,} of {one.after_runs:,} since."
    )
