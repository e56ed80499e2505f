"""On which machines things go wrong more often than chance has it."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from h2o_forensics.fleet.blocks import Block, blocks, design_effect
from h2o_forensics.fleet.breakdowns import tally
from h2o_forensics.fleet.chance import q_values, so_many
from h2o_forensics.fleet.seen import CAUSED, JUDGED, Seen
from h2o_forensics.model.fleet import NodeTally

FEWEST = 3
"""Runs with the machine, and blocks (clusters and days) with a cause on it; else no accusation."""
MOST = 100
"""Machines that are listed."""
_MORE = 1 + 1e-9
"""Than chance gives; what is as much is no bad machine, and often the only one."""

_Unit = tuple[str, bool]
"""Name; whether it is a machine's, else an address."""


class _Place(Struct, frozen=True):
    units: dict[_Unit, int]
    """How many of the run's nodes are on it."""
    cause: _Unit | None

    @property
    def nodes(self) -> int:
        return sum(self.units.values())


class _Count(Struct, frozen=True):
    unit: _Unit
    runs: tuple[int, ...]
    hits: tuple[int, ...]
    expected: float
    p: float
    enough: bool
    """There are enough runs, and blocks with a cause."""


def worst_nodes(seen: Seen) -> tuple[NodeTally, ...]:
    """Machines that the first cause of a run is on, the least chance-like first.

    What chance gives: of runs with as many nodes, the share that has a cause on some node,
    divided by that number.  A sum of unequal chances is no more spread than the binomial of their
    mean (Hoeffding 1956), so the test errs to the safe side.
    """
    places, block_of = _places(seen), blocks(seen)
    rates = _rates(places)
    runs_of: dict[_Unit, list[int]] = defaultdict(list)
    for i, place in places.items():
        for unit in place.units:
            runs_of[unit].append(i)
    counts = [_count(places, rates, block_of, unit, runs) for unit, runs in sorted(runs_of.items())]
    chances = q_values([one.p for one in counts])
    told = [
        _tally(seen, one, q if one.enough else None)
        for one, q in zip(counts, chances, strict=True)
        if len(one.hits) > one.expected * len(one.runs) * _MORE
    ]
    return tuple(sorted(told, key=_telling)[:MOST])


def machines(seen: Seen) -> dict[str, tuple[int, ...]]:
    """By machine: the judged runs that had nodes on it."""
    runs_of: dict[str, list[int]] = defaultdict(list)
    for i, place in _places(seen).items():
        for name in {name for name, _ in place.units}:
            runs_of[name].append(i)
    return {name: tuple(runs_of[name]) for name in sorted(runs_of)}


def caused_on(seen: Seen) -> dict[int, str]:
    """By judged run: the machine that its first cause is on, where it is known."""
    return {i: place.cause[0] for i, place in _places(seen).items() if place.cause}


def _places(seen: Seen) -> dict[int, _Place]:
    """Of judged runs whose nodes are known."""
    rows = seen.rows("nodes", "node", "host").unique().sort("i", "node", "host", nulls_last=True)
    by_run: dict[int, dict[str, _Unit]] = defaultdict(dict)
    for i, node, host in rows.iter_rows():
        if seen.runs[i].verdict in JUDGED and node and (unit := _unit(node, host)):
            by_run[i].setdefault(node, unit)
    blamed = seen.frame["cause_node"].to_list()
    return {
        i: _Place(
            dict(Counter(units.values())),
            units.get(blamed[i]) if seen.runs[i].verdict in CAUSED else None,
        )
        for i, units in sorted(by_run.items())
    }


def _unit(node: str, host: str | None) -> _Unit | None:
    """The machine; None: an address that is every machine's own."""
    if host and host != "localhost":
        return host, True
    address = node.rpartition(":")[0] or node
    own = address.startswith(("127.", "/127.")) or address in {"localhost", "::1", "[::1]"}
    return None if own else (address, False)


def _rates(places: Mapping[int, _Place]) -> dict[int, float]:
    """By number of nodes: the share of runs with a cause on one of them."""
    runs = Counter(place.nodes for place in places.values())
    hits = Counter(place.nodes for place in places.values() if place.cause)
    return {nodes: hits[nodes] / count for nodes, count in runs.items()}


def _count(
    places: Mapping[int, _Place],
    rates: Mapping[int, float],
    block_of: Sequence[Block],
    unit: _Unit,
    runs: Sequence[int],
) -> _Count:
    hits = tuple(i for i in runs if places[i].cause == unit)
    chances = {i: rates[places[i].nodes] * places[i].units[unit] / places[i].nodes for i in runs}
    mean = sum(chances.values()) / len(runs)
    if len({block_of[i] for i in hits}) < FEWEST:
        return _Count(unit, tuple(runs), hits, mean, 1.0, enough=False)
    # As many witnesses as there would be, had every block so many alike: few that hang together
    # have a longer tail than a normal with their variance.
    effect = design_effect(block_of, runs, hits)
    p = so_many(math.ceil(len(runs) / effect), int(len(hits) / effect), mean)
    return _Count(unit, tuple(runs), hits, mean, p, enough=True)


def _tally(seen: Seen, one: _Count, q: float | None) -> NodeTally:
    name, host = one.unit
    return NodeTally(
        name=name,
        host=host,
        runs=one.runs,
        cause_runs=one.hits,
        share=len(one.hits) / len(one.runs),
        expected_share=one.expected,
        q=q,
        causes=tally(seen, one.hits),
    )


def _telling(one: NodeTally) -> tuple[bool, float, float, int, str]:
    return one.q is None, one.q or 0.0, -one.share, -len(one.runs), one.name
