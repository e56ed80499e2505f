"""Which conditions are the first cause of runs, and since when."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from h2o_forensics.fleet.alike import common, masked
from h2o_forensics.fleet.seen import Seen, days, first_last
from h2o_forensics.model.fleet import FleetCause

_WORST_FIRST = ("critical", "high", "medium", "low", "info")
_HIDDEN = "suppressed"


def causes(seen: Seen) -> tuple[FleetCause, ...]:
    """Conditions, those of most runs first."""
    runs_of = runs_by_condition(seen)
    found, remedies = found_in(seen), _remedies(seen)
    rules = seen.frame["rule"].to_list()
    day_of = days(seen)
    return tuple(
        FleetCause(
            condition=condition,
            title=_most_frequent(seen.runs[i].title for i in runs) or condition,
            severity=_worst(seen.runs[i].severity for i in runs),
            rules=tuple(sorted({rules[i] for i in runs if rules[i]})),
            runs=runs,
            first_seen=first_last(seen, runs)[0],
            last_seen=first_last(seen, runs)[1],
            by_day=tuple(sorted(Counter(day for i in runs if (day := day_of[i])).items())),
            fresh=sum(seen.runs[i].fresh for i in runs),
            new=all(seen.runs[i].fresh for i in runs),
            also=tuple(sorted(set(found.get(condition, ())) - set(runs))),
            remedy=remedies.get(condition),
        )
        for condition, runs in runs_of.items()
    )


def runs_by_condition(seen: Seen) -> dict[str, tuple[int, ...]]:
    """Runs by their first cause; the condition of most runs first."""
    runs_of: dict[str, list[int]] = defaultdict(list)
    for i, run in enumerate(seen.runs):
        if run.condition:
            runs_of[run.condition].append(i)
    ranked = sorted(runs_of.items(), key=lambda item: (-len(item[1]), item[0]))
    return {condition: tuple(runs) for condition, runs in ranked}


def found_in(seen: Seen) -> Mapping[str, list[int]]:
    """Runs by every condition they have as a finding, in whatever role but hidden by choice."""
    rows = seen.rows("findings", "condition", "role").filter(pl.col("role") != _HIDDEN)
    grouped = rows.group_by("condition").agg(pl.col("i").unique().sort())
    return dict(zip(grouped["condition"].to_list(), grouped["i"].to_list(), strict=True))


def _remedies(seen: Seen) -> dict[str, str]:
    """By condition: what most of its runs are advised; what is one run's own is left out."""
    first = seen.frame.select("i", pl.col("condition").alias("first"))
    rows = (
        seen.rows("findings", "condition", "remedy", "rank")
        .join(first, on="i")
        .filter((pl.col("condition") == pl.col("first")) & pl.col("remedy").is_not_null())
        .select("condition", "remedy", "i")
        .sort("condition", "i", "remedy")
    )
    kinds: dict[str, dict[str, list[tuple[int, str]]]] = defaultdict(lambda: defaultdict(list))
    for condition, remedy, i in rows.iter_rows():
        kinds[condition][masked(remedy)].append((i, remedy))
    return {
        condition: common(text for _, text in max(of.values(), key=_runs_and_newest))
        for condition, of in kinds.items()
    }


def _runs_and_newest(told: Sequence[tuple[int, str]]) -> tuple[int, int]:
    runs = {i for i, _ in told}
    return len(runs), -min(runs)


def _most_frequent(values: Iterable[str | None]) -> str | None:
    counts = Counter(value for value in values if value)
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


def _worst(severities: Iterable[str | None]) -> str:
    present = set(severities)
    return next((one for one in _WORST_FIRST if one in present), "info")
