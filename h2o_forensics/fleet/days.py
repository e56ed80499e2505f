"""The calendar: what each day had."""

from collections import Counter, defaultdict

from h2o_forensics.fleet.seen import Seen, days
from h2o_forensics.model.fleet import DayCount


def calendar(seen: Seen) -> tuple[DayCount, ...]:
    """Days that have runs, in order."""
    runs_of: dict[str, list[int]] = defaultdict(list)
    for i, day in enumerate(days(seen)):
        if day:
            runs_of[day].append(i)
    return tuple(_day(seen, day, runs) for day, runs in sorted(runs_of.items()))


def undated(seen: Seen) -> tuple[int, ...]:
    """Runs that nothing dates."""
    return tuple(i for i, run in enumerate(seen.runs) if run.at is None)


def _day(seen: Seen, day: str, runs: list[int]) -> DayCount:
    verdicts = Counter(seen.runs[i].verdict for i in runs)
    return DayCount(
        day=day,
        incident=verdicts["incident"],
        at_risk=verdicts["at_risk"],
        healthy=verdicts["healthy"],
        insufficient_evidence=verdicts["insufficient_evidence"],
        failed=verdicts["failed"],
        runs=tuple(runs),
    )
