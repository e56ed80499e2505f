"""Two or three sentences a manager can read, every one with its numbers."""

from collections import Counter
from collections.abc import Sequence

from h2o_forensics.fleet.seen import Seen, first_last
from h2o_forensics.model.fleet import FleetCause, NodeTally, Regression

FEW = 8
"""Judged runs below which nothing is compared."""
_LEVEL = 0.05
_KINDS = (
    ("incident", "{} incident", "{} incidents"),
    ("at_risk", "{} at risk", "{} at risk"),
    ("healthy", "{} healthy", "{} healthy"),
    ("insufficient_evidence", "{} with too little evidence", "{} with too little evidence"),
    ("failed", "{} could not be analyzed", "{} could not be analyzed"),
)


def summary(
    seen: Seen,
    causes: Sequence[FleetCause],
    regressions: Sequence[Regression],
    nodes: Sequence[NodeTally],
) -> str:
    """What is there, what it is most often, what began or stands out."""
    if not seen.runs:
        return "The catalog holds no runs."
    said = [_counts(seen)]
    if causes:
        said.append(_most_often(seen, causes))
    if regressions:
        said.append(regressions[0].says)
    elif nodes and nodes[0].q is not None and nodes[0].q < _LEVEL:
        said.append(_node(nodes[0]))
    elif (judged := len(seen.judged())) < FEW:
        runs = "1 run tells" if judged == 1 else f"{judged} runs tell"
        said.append(f"Too few to compare versions or days: {runs} whether something was wrong.")
    return " ".join(said)


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
    return f"{_runs(len(seen.runs))}{when}: {', '.join(parts)}."


def _most_often(seen: Seen, causes: Sequence[FleetCause]) -> str:
    first = causes[0]
    if len(causes) > 1 and len(first.runs) == 1:
        return f"No cause is in two runs; there are {len(causes)} of them."
    compare = any(not run.fresh for run in seen.runs)
    news = f", {first.fresh:,} new in the last scan" if compare and first.fresh else ""
    text = f"{first.title} ({first.condition}, {_runs(len(first.runs))}{news})"
    if len(causes) == 1:
        return f"The only cause: {text}."
    rest = ", ".join(f"{one.condition} ({len(one.runs):,})" for one in causes[1:3])
    return f"Most often: {text}; then {rest}."


def _node(one: NodeTally) -> str:
    return (
        f"{one.name} is where it began in {len(one.cause_runs):,} of its {_runs(len(one.runs))}; "
        f"chance gives {one.expected_share:.0%}."
    )


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"
