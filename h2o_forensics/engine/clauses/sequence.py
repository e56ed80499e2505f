"""`sequence`: hits of several signals in this order of time."""

from bisect import bisect_left
from collections.abc import Sequence as Ordered

from msgspec.structs import replace

from h2o_forensics.engine.clauses.ground import Ground, Match, Outcome, groups, match_of
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import Sequence


def sequence(clause: Sequence, ground: Ground) -> Outcome:
    """Nodes (or the case) with a run through all signals; `count` is the number of runs."""
    columns = [dict(groups(ground.found(name, clause.per), clause.per)) for name in clause.signals]
    if not columns:
        return Outcome(())
    matches: list[Match] = []
    for node in columns[0]:
        runs = _runs([_timed(column.get(node, ())) for column in columns], clause.within_ms)
        if runs:
            hits = {id(hit): hit for run in runs for hit in run}.values()
            match = match_of(node, hits, whole_case=clause.per == "case")
            matches.append(replace(match, count=len(runs)))
    return Outcome(tuple(matches))


def _timed(hits: Ordered[Hit]) -> list[tuple[int, Hit]]:
    return [(hit.ts, hit) for hit in hits if hit.ts is not None]


def _runs(steps: list[list[tuple[int, Hit]]], within_ms: int | None) -> list[list[Hit]]:
    """Runs that do not overlap.  The earliest next hits end soonest, so no run is missed."""
    runs: list[list[Hit]] = []
    done: tuple[int, Hit] | None = None
    for start in steps[0]:
        if done is not None and not _after(start, done):
            continue
        run = [start]
        for step in steps[1:]:
            following = _next(step, run[-1])
            if following is None:
                return runs  # no later start can have one either
            run.append(following)
        if within_ms is None or run[-1][0] - start[0] <= within_ms:
            runs.append([hit for _stamp, hit in run])
            done = run[-1]
    return runs


def _next(step: list[tuple[int, Hit]], previous: tuple[int, Hit]) -> tuple[int, Hit] | None:
    begin = bisect_left(step, previous[0], key=lambda item: item[0])
    return next((item for item in step[begin:] if _after(item, previous)), None)


def _after(item: tuple[int, Hit], previous: tuple[int, Hit]) -> bool:
    """Later; in the same millisecond by line, or in another artifact."""
    if item[0] != previous[0]:
        return item[0] > previous[0]
    new, old = item[1], previous[1]
    return new.artifact != old.artifact or (new.line or 0) > (old.line or 0)
