"""All runs by version, cluster, host and user."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl

from h2o_forensics.fleet.clusters import cluster_of
from h2o_forensics.fleet.seen import Seen, first_last
from h2o_forensics.fleet.versions import version_key
from h2o_forensics.model.fleet import Breakdown, Group

_Pairs = Iterable[tuple[int, str]]


def breakdowns(seen: Seen) -> tuple[Breakdown, ...]:
    """Five, in the order a reader asks: versions newest first, the others by number of runs."""
    runs = seen.runs
    return (
        _breakdown(seen, "h2o_version", _known(run.h2o_version for run in runs), _newest()),
        _breakdown(seen, "java_version", _known(r.java_version for r in runs), _newest(java=True)),
        _breakdown(seen, "cloud_name", _known(cluster_of(run.cloud_name) for run in runs), _most),
        _breakdown(seen, "host", _hosts(seen), _most),
        _breakdown(seen, "user", _known(run.user for run in runs), _most),
    )


def _known(values: Iterable[str | None]) -> _Pairs:
    return [(i, value) for i, value in enumerate(values) if value]


def _hosts(seen: Seen) -> _Pairs:
    """Every machine a run had nodes on, not the first alone."""
    rows = seen.rows("nodes", "host").drop_nulls().unique()
    own = seen.frame.select("i", "host").drop_nulls()
    both = pl.concat([rows, own]).unique().filter(pl.col("host") != "").sort("i", "host")
    return list(both.iter_rows())


def _breakdown(
    seen: Seen, dimension: str, pairs: _Pairs, order: Callable[[Group], Any]
) -> Breakdown:
    runs_of: dict[str, list[int]] = defaultdict(list)
    told = set()
    for i, value in pairs:
        runs_of[value].append(i)
        told.add(i)
    groups = sorted((_group(seen, value, tuple(runs_of[value])) for value in runs_of), key=order)
    unknown = tuple(i for i in range(len(seen.runs)) if i not in told)
    return Breakdown(dimension, tuple(groups), unknown)


def _group(seen: Seen, value: str, runs: tuple[int, ...]) -> Group:
    first, last = first_last(seen, runs)
    return Group(
        value=value,
        runs=runs,
        incidents=sum(seen.runs[i].verdict == "incident" for i in runs),
        at_risk=sum(seen.runs[i].verdict == "at_risk" for i in runs),
        causes=tally(seen, runs),
        first_seen=first,
        last_seen=last,
    )


def tally(seen: Seen, runs: Iterable[int]) -> tuple[tuple[str, int], ...]:
    """Conditions and how many of these runs have them first, most first."""
    counts = Counter(name for i in runs if (name := seen.runs[i].condition))
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _most(group: Group) -> tuple[int, str]:
    return -len(group.runs), group.value


def _newest(*, java: bool = False) -> Callable[[Group], Any]:
    def order(group: Group) -> tuple[list[float], str]:
        # Newest first, also where one is the beginning of the other: 3.46.1 before 3.46.
        key = [-float(number) for number in version_key(group.value, java=java) or ()]
        return [*key, 1.0], group.value

    return order
