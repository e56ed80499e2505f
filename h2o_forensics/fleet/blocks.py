"""Runs that hang together: the same job, tried again, is no further witness."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from h2o_forensics.fleet.clusters import place_of
from h2o_forensics.fleet.seen import Seen, days

Block = tuple[Any, ...]


def blocks(seen: Seen) -> list[Block]:
    """By run: its cluster (else host), user and day; an undated run is by itself."""
    return [
        (place_of(run), run.user, day) if day else (i,)
        for i, (run, day) in enumerate(zip(seen.runs, days(seen), strict=True))
    ]


def design_effect(block_of: Sequence[Block], runs: Collection[int], hits: Collection[int]) -> float:
    """How much more the hits vary between blocks than those of independent runs, at least 1.

    1 where every run is its own block; as many as a block has runs where these are all alike.
    """
    share = len(hits) / len(runs)
    size, struck = Counter(block_of[i] for i in runs), Counter(block_of[i] for i in hits)
    if not 0 < share < 1:  # nothing varies: as if all of a block were alike, to be safe
        return sum(n * n for n in size.values()) / len(runs)
    squares = (
        sum(h * h - 2 * share * h * size[block] for block, h in struck.items())
        + share * share * sum(n * n for n in size.values())
    )  # fmt: skip
    return max(1.0, squares / (len(runs) * share * (1 - share)))
