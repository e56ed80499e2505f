"""A few sentences a manager can read, every one with its numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence

from h2o_forensics.fleet.seen import Seen, first_last
from h2o_forensics.model.fleet import (
    Concentration,
    Fleet,
    FleetCause,
    NodeTally,
    Regression,
    Series,
)

FEW = 8
"""Judged runs below which nothing is compared."""
_MOST = 3
"""Of a kind that are named; of more, how many there are."""
_LEVEL = 0.05
_KINDS = (
    ("incident", "{} incident", "{} incidents"),
    ("at_risk", "{} at risk", "{} at risk"),
    ("healthy", "{} healthy", "{} healthy"),
    ("insufficient_evidence", "{} with too little evidence", "{} with too little evidence"),
    ("failed", "{} could not be analyzed", "{} could not be analyzed"),
)
_VALUES = {"gc_loss": "time lost to garbage collection", "live_heap": "live heap"}


def summary(seen: Seen, made: Fleet) -> str:
    """What is there, what it is most often, what began or grew, where it sits, what gets worse."""
    if not seen.runs:
        return "The catalog holds no runs."
    said = [_counts(seen)]
    if made.causes:
        said.append(_most_often(seen, made.causes))
    telling = [*_began(made.regressions), *_sits(made.concentrations), *_worst(made.worst_nodes)]
    telling += _worse(made.series)
    if not telling and (judged := len(seen.judged())) < FEW:
        runs = "1 run tells" if judged == 1 else f"{judged} runs tell"
        said.append(f"Too few to compare versions or days: {runs} whether something was wrong.")
    return " ".join([*said, *telling])


def _counts(seen: Seen) -> str:
    verdicts = Counter(run.verdict for run in seen.runs)
    parts = [
        (one if verdicts[kind] == 1 else many).format(f"{verdicts[kind]:,}")
        for kind, one, many in _KINDS
        if verdicts[kind]
    ]
    first, last = first_last(seen, range(len(seen.runs)))
    when = ""
    if first and last:
        when = (
            f" of {first[:10]}" if first[:10] == last[:10] else f" from {first[:10]} to {last[:10]}"
        )
    gone = sum(run.gone for run in seen.runs)
    lost = f" ({gone:,} of them no longer there)" if gone else ""
    return f"{_runs(len(seen.runs))}{when}{lost}: {', '.join(parts)}."


def _most_often(seen: Seen, causes: Sequence[FleetCause]) -> str:
    first = causes[0]
    if len(causes) > 1 and len(first.runs) == 1:
        return f"No cause is in two runs; there are {len(causes)} of them."
    news = _news(seen, first) if any(not run.fresh for run in seen.runs) else ""
    text = f"{first.title} ({first.condition}, {_runs(len(first.runs))}{news})"
    if len(causes) == 1:
        return f"The only cause: {text}."
    rest = ", ".join(f"{one.condition} ({len(one.runs):,})" for one in causes[1:3])
    return f"Most often: {text}; then {rest}."


def _news(seen: Seen, cause: FleetCause) -> str:
    """`, 6 new and 1 changed in the last scan`."""
    changed = sum(seen.runs[i].changed for i in cause.runs)
    told = ((cause.fresh - changed, "new"), (changed, "changed"))
    said = " and ".join(f"{count:,} {word}" for count, word in told if count)
    return f", {said} in the last scan" if said else ""


def _began(regressions: Iterable[Regression]) -> Iterable[str]:
    """Each condition once, by what is least chance-like and nothing else explains."""
    first: dict[str, Regression] = {}
    for one in regressions:
        first.setdefault(one.condition, one)
    said = [one.says.partition(". ")[0].rstrip(".") for one in first.values()]
    yield from _listed(said, "; ", "other conditions began or grew")


def _sits(concentrations: Iterable[Concentration]) -> Iterable[str]:
    said = [one.says.rstrip(".") for one in concentrations]
    yield from _listed(said, "; ", "other causes sit on one user, machine or cluster")


def _worst(nodes: Iterable[NodeTally]) -> Iterable[str]:
    said = [
        f"{one.name} is where it began in {len(one.cause_runs):,} of its {_runs(len(one.runs))}, "
        f"usual is {one.expected_share:.0%}"
        for one in nodes
        if one.q is not None and one.q < _LEVEL
    ]
    yield from _listed(said, "; ", "other machines stand out")


def _worse(series: Iterable[Series]) -> Iterable[str]:
    worse = [one for one in series if one.worse]
    if worse:
        values = "value gets" if len(worse) == 1 else "values get"
        named = [f"{_VALUES.get(one.what, one.unit)} of {one.name}" for one in worse]
        [told] = _listed(named, ", ", "others")
        yield f"{len(worse):,} {values} worse over time: {told}"


def _listed(said: Sequence[str], between: str, others: str) -> Iterable[str]:
    """One sentence; of many, the first, and how many more there are."""
    if said:
        more = len(said) - _MOST
        yield between.join(said[:_MOST]) + (f"{between}{more:,} {others}." if more > 0 else ".")


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"
