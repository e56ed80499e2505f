"""What clauses work on (the ground) and give back (matches, and gaps where nothing can be said)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from h2o_forensics.engine.lives import MOST_RUNS, Company, Lives, run_of
from h2o_forensics.engine.rows import hit_order
from h2o_forensics.model.artifact import Coverage, Gap
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import Signal


class Ground(Struct, frozen=True):
    """The hits of one rule's signals, and what the case can testify to."""

    hits: Mapping[str, Sequence[Hit]]
    """By the signal's name and by its id, sorted by `hit_order`."""
    signals: Mapping[str, Signal]
    """By name and by id."""
    nodes: tuple[str, ...]
    coverage: tuple[Coverage, ...]
    cut: bool = False
    """Reading was ended early: that there is no hit says nothing."""
    lives: Lives = {}
    run: int | None = None
    """Only hits of this run count of nodes that have several; None: hits of all runs."""
    company: Company | None = None
    """Of the whole case only hits of these runs count; None: all."""

    def found(self, signal: str, per: Literal["node", "case", "subject"]) -> Sequence[Hit]:
        """A signal's hits: of the whole case all of them, or those of the company."""
        hits = self.hits.get(signal, ())
        if per == "case" and self.company is not None:
            return list(filter(self.company.has_hit, hits))
        if self.run is None or per != "node":
            return hits
        return [hit for hit in hits if self._is_of_run(hit)]

    def _is_of_run(self, hit: Hit) -> bool:
        run = run_of(hit, self.lives) if len(self.lives.get(hit.node or "", ())) > 1 else None
        return run is None or min(run, MOST_RUNS) == self.run


class Match(Struct, frozen=True):
    """Hits that together satisfy a clause."""

    node: str | None
    hits: tuple[Hit, ...]
    first: int | None
    """When it was satisfied: of several parts that must all hold, the last one's first hit."""
    last: int | None
    count: int
    """Events: sum of the hits' weights (for sequences: of runs through them)."""
    whole_case: bool = False
    """Holds for the case, not for one node: `node` is then None."""
    subject: str | None = None
    """The model, grid or frame it is about."""


class Outcome(Struct, frozen=True):
    """What a clause found: a match per node and subject, or one for the case, in order of node."""

    matches: tuple[Match, ...]
    gaps: tuple[Gap, ...] = ()


def match_of(node: str | None, hits: Iterable[Hit], *, whole_case: bool = False) -> Match:
    """A match that consists of these hits, each event counted."""
    ordered = tuple(sorted(hits, key=hit_order))
    times = [hit.ts for hit in ordered if hit.ts is not None]
    return Match(
        node=node,
        hits=ordered,
        first=min(times, default=None),
        last=max(times, default=None),
        count=weight_of(ordered),
        whole_case=whole_case,
    )


def weight_of(hits: Iterable[Hit]) -> int:
    """Number of events the hits stand for."""
    return sum(hit.weight for hit in hits)


def groups(
    hits: Sequence[Hit], per: Literal["node", "case"]
) -> list[tuple[str | None, Sequence[Hit]]]:
    """The hits of each node they are about (of no known node: last), or all as one group."""
    if per == "case":
        return [(None, hits)] if hits else []
    by_node: dict[str | None, list[Hit]] = {}
    for hit in hits:
        by_node.setdefault(hit.node, []).append(hit)
    return sorted(by_node.items(), key=lambda item: (item[0] is None, item[0] or ""))


def merge_hits(parts: Iterable[Match]) -> tuple[Hit, ...]:
    """All hits of the matches, each once."""
    return tuple(
        sorted({id(hit): hit for part in parts for hit in part.hits}.values(), key=hit_order)
    )
