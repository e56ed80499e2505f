"""Causes that sit on one user, machine or cluster."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from h2o_forensics.fleet.blocks import Block, blocks, design_effect
from h2o_forensics.fleet.causes import runs_by_condition
from h2o_forensics.fleet.chance import few_before, q_values, spread
from h2o_forensics.fleet.clusters import cluster_of
from h2o_forensics.fleet.nodes import caused_on, machines
from h2o_forensics.fleet.seen import Seen
from h2o_forensics.model.fleet import Concentration

LEVEL = 0.05
FEWEST = 3
"""Hits, and blocks (clusters and days) with one; fewer are no pattern, however rare."""


class _Dimension(Struct, frozen=True):
    name: str
    runs_of: Mapping[str, tuple[int, ...]]
    """Judged runs by value; a run has as many values as it has machines."""
    value_of: Mapping[int, str]
    """By run with a cause: the value that the cause is on."""

    @property
    def pairs(self) -> tuple[int, ...]:
        """Runs, as often as they have a value."""
        return tuple(i for runs in self.runs_of.values() for i in runs)


class _Test(Struct, frozen=True):
    dimension: _Dimension
    condition: str
    value: str
    hits: frozenset[int]
    """All runs with the cause, where it is known on what it is."""
    p: float

    @property
    def runs(self) -> tuple[int, ...]:
        """Of the value."""
        return self.dimension.runs_of[self.value]

    @property
    def own(self) -> tuple[int, ...]:
        """Hits on the value."""
        return tuple(i for i in self.runs if self._is_here(i))

    @property
    def others(self) -> tuple[int, ...]:
        """Runs with another value."""
        runs_of = self.dimension.runs_of
        return tuple(sorted({i for v, runs in runs_of.items() if v != self.value for i in runs}))

    @property
    def elsewhere(self) -> tuple[int, ...]:
        """Hits on another value."""
        return tuple(sorted(i for i in self.hits if not self._is_here(i)))

    def _is_here(self, i: int) -> bool:
        return i in self.hits and self.dimension.value_of[i] == self.value


def concentrations(seen: Seen) -> tuple[Concentration, ...]:
    """Causes that one value has more often than all others together, beyond chance.

    Tested is each cause with each value where the most telling outcome that their sums allow
    would tell something (Tarone 1990): the sums alone decide what is tested.
    """
    block_of = blocks(seen)
    tested = [
        test
        for dimension in _dimensions(seen)
        for condition, runs in runs_by_condition(seen).items()
        for test in _tests(dimension, condition, frozenset(runs), block_of)
    ]
    told = [
        (test, q)
        for test, q in zip(tested, q_values([test.p for test in tested]), strict=True)
        if q is not None and q < LEVEL and len({block_of[i] for i in test.own}) >= FEWEST
    ]
    clusters = [test for test, _ in told if test.dimension.name == "cloud_name"]
    found = [_concentration(test, q) for test, q in told if not _is_the_clusters(test, clusters)]
    return tuple(
        sorted(found, key=lambda one: (one.q, one.p, one.condition, one.dimension, one.value))
    )


def _is_the_clusters(test: _Test, clusters: Sequence[_Test]) -> bool:
    """Whether it has no more of the cause than others of a cluster that is told itself."""
    if test.dimension.name == "cloud_name":
        return False
    for cluster in clusters:
        if cluster.condition == test.condition and set(test.own) <= set(cluster.own):
            runs_of = {
                v: set(runs) & set(cluster.runs) for v, runs in test.dimension.runs_of.items()
            }
            if not any(runs for value, runs in runs_of.items() if value != test.value):
                continue  # nobody else is there: which of the two it is cannot be told
            total, here = sum(map(len, runs_of.values())), len(runs_of[test.value])
            hits = test.hits & set(cluster.runs)
            if few_before(total, len(hits), total - here, len(hits) - len(test.own)) >= LEVEL:
                return True
    return False


def _dimensions(seen: Seen) -> Iterator[_Dimension]:
    judged = seen.judged()
    users = {i: seen.runs[i].user for i in judged}
    clusters = {i: cluster_of(seen.runs[i].cloud_name) for i in judged}
    yield _whole("user", users)
    yield _Dimension("host", machines(seen), caused_on(seen))
    yield _whole("cloud_name", clusters)


def _whole(name: str, values: Mapping[int, str | None]) -> _Dimension:
    """Of a property that a run has once."""
    value_of = {i: value for i, value in values.items() if value}
    runs_of: dict[str, list[int]] = defaultdict(list)
    for i, value in value_of.items():
        runs_of[value].append(i)
    return _Dimension(name, {value: tuple(runs_of[value]) for value in sorted(runs_of)}, value_of)


def _tests(
    dimension: _Dimension, condition: str, runs: frozenset[int], block_of: Sequence[Block]
) -> Iterator[_Test]:
    pairs = dimension.pairs
    hits = runs & dimension.value_of.keys()
    if len(hits) < FEWEST or len(dimension.runs_of) < 2:  # noqa: PLR2004 - one and others
        return
    known = set(pairs)
    effect = design_effect(block_of, tuple(known), hits)
    for value, own in dimension.runs_of.items():
        here = sum(i in hits and dimension.value_of[i] == value for i in own)
        others, elsewhere = len(pairs) - len(own), len(hits) - here
        best = few_before(len(pairs), len(hits), others, max(0, len(hits) - len(own)))
        if spread(best, effect) < LEVEL:
            p = few_before(len(pairs), len(hits), others, elsewhere)
            yield _Test(dimension, condition, value, hits, spread(p, effect))


def _concentration(test: _Test, q: float) -> Concentration:
    return Concentration(
        condition=test.condition,
        dimension=test.dimension.name,
        value=test.value,
        runs=test.runs,
        hits=test.own,
        other_runs=test.others,
        other_hits=test.elsewhere,
        p=test.p,
        q=q,
        says=_says(test),
    )


def _says(test: _Test) -> str:
    own, runs = len(test.own), len(test.runs)
    there, others = len(test.elsewhere), len(test.others)
    if test.dimension.name == "host":
        return (
            f"{test.condition} is on {test.value} in {own:,} of its {runs:,} runs, "
            f"on other machines in {there:,} of {others:,}."
        )
    of = "of" if test.dimension.name == "user" else "on"
    return (
        f"{test.condition}: {own:,} of {runs:,} runs {of} {test.value}, "
        f"{there:,} of {others:,} {of} others."
    )
