"""What runs are ordered by, to be split in before and since: versions, days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from h2o_forensics.fleet.seen import Seen, days
from h2o_forensics.fleet.versions import version_key


class Levels(Struct, frozen=True):
    """Judged runs by level, in order; those that do not say are left out."""

    dimension: str
    names: tuple[str, ...]
    runs: tuple[tuple[int, ...], ...]


def levels(seen: Seen) -> Iterator[Levels]:
    """By H2O version, Java version and day."""
    for dimension in ("h2o_version", "java_version", "day"):
        ordered = order_of(seen, dimension)
        yield _levels(dimension, [(*ordered[i], i) for i in seen.judged() if i in ordered])


def order_of(seen: Seen, dimension: str) -> dict[int, tuple[Any, str]]:
    """By run: what orders it, and how that is called."""
    if dimension == "day":
        return {i: (day, day) for i, day in enumerate(days(seen)) if day}
    java = dimension == "java_version"
    texts = [run.java_version if java else run.h2o_version for run in seen.runs]
    keys = [version_key(text, java=java) for text in texts]
    return {
        i: (key, text)
        for i, (key, text) in enumerate(zip(keys, texts, strict=True))
        if key is not None and text is not None
    }


def _levels(dimension: str, placed: Iterable[tuple[Any, str, int]]) -> Levels:
    runs_of: dict[Any, list[int]] = defaultdict(list)
    names: dict[Any, set[str]] = defaultdict(set)
    for key, name, i in placed:
        runs_of[key].append(i)
        names[key].add(name)
    keys = sorted(runs_of)
    return Levels(
        dimension,
        tuple(min(names[key]) for key in keys),
        tuple(tuple(sorted(runs_of[key])) for key in keys),
    )
