"""Runs of JVMs on their way to a node, each once: copies of a log tell of no second run.

A log archive holds a copy of a log that was still being written; people copy files aside, cut
their heads off, or put everything into one file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from h2o_forensics.gc.figures import figures
from h2o_forensics.gc.join import Run, Sourced, join_digests
from h2o_forensics.gc.kinship import (
    DISORDER_MS,
    FEW_ALIKE,
    Named,
    compatible,
    gap,
    overlap,
    repeats,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.model.jvm import Jvm
    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.scanned import Scanned

_MOST_COMPARED = 64
"""Streams with a pause in common that are looked at for each run."""
_MOST_HOLDING = 4
"""Streams with the same pause that are remembered: more are copies of these."""


class Draft(Struct, eq=False):
    """A run while it is tied."""

    run: Run
    jvm: Jvm
    places: tuple[Scanned, ...]
    """All that tells of it: its streams, and copies of them."""
    node: str | None = None
    life: Life | None = None
    tied_by: str | None = None


class _Told(NamedTuple):
    part: Sourced
    named: Named | None
    """None: it is not compared, for all stands in one text."""


class _Known(NamedTuple):
    parts: list[_Told]
    copies: list[str]
    """Artifacts that tell the same again."""


def drafts_of(artifacts: Sequence[Scanned]) -> list[Draft]:
    """All runs, by the folders they lie in."""
    sourced = [
        Sourced(one.id, one.path, one.folder, None if one.mixed else one.node, digest)
        for one in artifacts
        for digest in one.jvms
    ]
    by_id = {one.id: one for one in artifacts}
    compared = len({one.artifact for one in sourced}) > 1
    drafts = []
    for known in _without_copies(join_digests(sourced), compared=compared):
        run = Run(tuple(one.part for one in known.parts))
        for part in {one.artifact for one in run.parts}:
            by_id[part].repeated_runs += known.copies.count(part)
        told = dict.fromkeys([*(part.artifact for part in run.parts), *known.copies])
        drafts.append(Draft(run, figures(run), tuple(by_id[one] for one in told)))
    return drafts


def _without_copies(runs: Sequence[Run], *, compared: bool) -> list[_Known]:
    """Each run once, from where most is told of it, else from where its node's logs are."""
    found = _Found()
    kept: dict[int, _Known] = {}
    rank = [(-_events(run), _lies_apart(run), number) for number, run in enumerate(runs)]
    for *_, number in sorted(rank):
        run = runs[number]
        told = [_Told(part, Named(part.digest) if compared else None) for part in run.parts]
        known = found.find(told)
        if known is None:
            known = kept[number] = _Known(told, [])
        else:
            for one in told:
                _take(known, one)
        found.note(known, told)
    return [known for _, known in sorted(kept.items())]


def _events(run: Run) -> int:
    return sum(part.digest.events for part in run.parts)


def _lies_apart(run: Run) -> bool:
    return any(part.node is None for part in run.parts)


class _Found:
    """What was met, by pauses that tell one run from another."""

    def __init__(self) -> None:
        self._first: dict[object, _Known] = {}
        self._holding: dict[object, list[tuple[_Known, _Told]]] = {}

    def find(self, told: Sequence[_Told]) -> _Known | None:
        """The run that these tell of again."""
        key = _first_pause(told[0].part.digest)
        if key is not None and key in self._first:
            return self._first[key]
        tried: set[tuple[int, int]] = set()
        for mine, name in _names(told):
            for known, its in self._holding.get(name, ()):
                pair = (id(mine), id(its))
                if pair in tried or len(tried) >= _MOST_COMPARED:
                    continue
                tried.add(pair)
                if _same(mine, its):
                    return known
        return None

    def note(self, known: _Known, told: Sequence[_Told]) -> None:
        """These tell of the run."""
        key = _first_pause(told[0].part.digest)
        if key is not None:
            self._first.setdefault(key, known)
        for one, name in _names(told):
            holding = self._holding.setdefault(name, [])
            if len(holding) < _MOST_HOLDING:
                holding.append((known, one))


def _names(told: Iterable[_Told]) -> Iterator[tuple[_Told, tuple[object, ...]]]:
    for one in told:
        if one.named is not None:
            for _, name in one.named.of:
                yield one, name


def _first_pause(digest: RunDigest) -> object | None:
    """What no two runs have alike: when the first pause was, its length and its sizes."""
    entries = digest.samples.in_order()
    if not entries:
        return None
    first = entries[0].event
    if first.when == (None, None):
        return None
    return (digest.collector, first.when, first.phase, first.took_ms, first.before, first.after)


def _same(mine: _Told, its: _Told) -> bool:
    one, other = mine.named, its.named
    if one is None or other is None or mine.part.artifact == its.part.artifact:
        return False
    return repeats(other, one) or repeats(one, other) or _share_a_stretch(one, other)


def _share_a_stretch(one: Named, other: Named) -> bool:
    """Where both tell of the same time, they tell the same: copies with other heads and ends."""
    shared = overlap(one.digest, other.digest)
    if not compatible(one.digest, other.digest) or shared is None or shared <= 0:
        return False
    least = max(one.least, other.least)
    begin = max(_moments(one)[0], _moments(other)[0])
    end = min(_moments(one)[1], _moments(other)[1])
    mine, its = (
        {
            name
            for took_ms, name in named.of
            if took_ms > least and begin <= _moment(name) <= end
        }
        for named in (one, other)
    )  # fmt: skip
    return mine == its and len(mine) >= FEW_ALIKE


def _moments(named: Named) -> tuple[float, float]:
    found = [_moment(name) for _, name in named.of]
    return min(found, default=0.0), max(found, default=0.0)


def _moment(name: tuple[object, ...]) -> float:
    moment = name[1]
    return float(moment) if isinstance(moment, int | float) else 0.0


def _take(known: _Known, told: _Told) -> None:
    """A part of a time that is not told yet is the run's; others say again what is known."""
    digest = told.part.digest
    spans = [overlap(digest, its.part.digest) for its in known.parts]
    if not all(shared is not None and shared <= DISORDER_MS for shared in spans):
        known.copies.append(told.part.artifact)
        return
    before = gap(digest, known.parts[0].part.digest)
    known.parts.insert(0 if before is not None and before > 0 else len(known.parts), told)
