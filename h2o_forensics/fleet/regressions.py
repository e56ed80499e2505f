"""Causes that began, or grew, with a version or a day."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.fleet.causes import found_in, runs_by_condition
from h2o_forensics.fleet.chance import best_of_splits, few_before, q_values
from h2o_forensics.fleet.confounds import came_with
from h2o_forensics.fleet.levels import Levels, levels
from h2o_forensics.fleet.seen import Seen
from h2o_forensics.model.fleet import Regression

LEVEL = 0.05
FEWEST = 3
"""Hits since; fewer are no pattern, however rare."""

_WORDS = {"h2o_version": "with", "java_version": "with Java", "day": "on"}


class _Split(Struct, frozen=True):
    levels: Levels
    condition: str
    at: int
    """Number of the level it begins with."""
    before: tuple[int, ...]
    after: tuple[int, ...]
    before_hits: int
    hits: tuple[int, ...]
    p: float


def regressions(seen: Seen) -> tuple[Regression, ...]:
    """The best split of each condition by each dimension, where chance does not explain it.

    Runs that failed, or whose evidence is insufficient, tell neither way and are left out.
    """
    found = found_in(seen)
    tested = [
        split
        for ordered in levels(seen)
        for condition, runs in runs_by_condition(seen).items()
        if (split := _best_split(ordered, condition, frozenset(runs))) is not None
    ]
    chances = q_values([split.p for split in tested])
    telling = [
        _regression(seen, split, q, sorted(set(found.get(split.condition, ())) & set(split.before)))
        for split, q in zip(tested, chances, strict=True)
        if q is not None and q < LEVEL and len(split.hits) >= FEWEST
    ]
    order = list(_WORDS)
    return tuple(
        sorted(telling, key=lambda one: (one.q, one.p, one.condition, order.index(one.dimension)))
    )


def _best_split(ordered: Levels, condition: str, runs: frozenset[int]) -> _Split | None:
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
    since = tuple(_flat(ordered.runs[at:]))
    return _Split(
        levels=ordered,
        condition=condition,
        at=at,
        before=tuple(_flat(ordered.runs[:at])),
        after=since,
        before_hits=before_hits[at - 1],
        hits=tuple(i for i in since if i in runs),
        p=best_of_splits(total, all_hits, before, p),
    )


def _flat(groups: Sequence[Sequence[int]]) -> Iterator[int]:
    return iter(sorted(i for group in groups for i in group))


def _regression(seen: Seen, split: _Split, q: float, found_before: list[int]) -> Regression:
    one = Regression(
        condition=split.condition,
        dimension=split.levels.dimension,
        value=split.levels.names[split.at],
        before_runs=len(split.before),
        before_hits=split.before_hits,
        after_runs=len(split.after),
        after_hits=len(split.hits),
        p=split.p,
        q=q,
        runs=split.hits,
        says="",
    )
    notes = came_with(seen, one.dimension, split.before, split.after, split.hits)
    return replace(one, says=" ".join([_says(one, len(found_before)), *notes]))


def _says(one: Regression, found_before: int) -> str:
    # What was a consequence of something else before did not begin: it came to the fore.
    verb = "began" if one.before_hits == 0 and not found_before else "grew"
    also = ""
    if one.before_hits == 0 and found_before:
        also = f" (seen beside another cause in {found_before} of them)"
    return (
        f"{one.condition} {verb} {_WORDS[one.dimension]} {one.value}: {one.before_hits:,} of "
        f"{one.before_runs:,} runs before{also}, {one.after_hits:,} of {one.after_runs:,} since."
    )
