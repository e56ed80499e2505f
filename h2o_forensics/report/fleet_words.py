"""The fleet report in words: what all its faces call things."""

from h2o_forensics.model.fleet import Breakdown, Fleet, FleetRun, NodeTally, Regression, Series
from h2o_forensics.report import view

VERDICTS = {**view.VERDICTS, "failed": "Not analyzed"}
ORDER = ("incident", "at_risk", "healthy", "insufficient_evidence", "failed")
DIMENSIONS = {
    "h2o_version": "H2O version",
    "java_version": "Java version",
    "cloud_name": "Cluster",
    "host": "Host",
    "user": "User",
    "day": "Day",
}
_SHORT = {
    "h2o_version": "H2O",
    "java_version": "Java",
    "cloud_name": "cluster",
    "host": "host",
    "user": "user",
}
SERIES = {
    "gc_loss": "Time lost to garbage collection",
    "live_heap": "Live heap after full collections",
    "heap": "Heap",
    "model_metric": "Quality of models",
}
LEVEL = 0.05
"""What is less likely by chance stands out."""
_SMALL = 0.001
_DAY_DIGITS, _MINUTE_DIGITS = 10, 16


def verdict_name(verdict: str) -> str:
    """`Not enough evidence`."""
    return VERDICTS.get(verdict, verdict)


def counted(verdict: str, many: int) -> str:
    """What stands behind a number of runs: `incidents`, `at risk`."""
    if verdict == "incident":
        return "incident" if many == 1 else "incidents"
    return verdict_name(verdict).lower()


def dimension_name(dimension: str) -> str:
    """`H2O version`."""
    return DIMENSIONS.get(dimension, dimension)


def dimension_value(dimension: str, value: str | None) -> str:
    """`H2O 3.46.0.7`; of None: `H2O version not known`."""
    if value is None:
        return f"{dimension_name(dimension)} not known"
    return f"{_SHORT[dimension]} {value}" if dimension in _SHORT else value


def plural(count: int, noun: str, many: str | None = None) -> str:
    """`1 run`, `12 runs`."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


def day(time: str | None) -> str:
    """`2026-11-22`."""
    return time[:_DAY_DIGITS] if time else "not known"


def minute(time: str | None) -> str:
    """`2026-11-22 09:12`."""
    return time[:_MINUTE_DIGITS].replace("T", " ") if time else "not known"


def chance(p: float | None) -> str:
    """How easily chance alone does it: `3 in 1,000`, `under 1 in 1,000`."""
    if p is None:
        return "too few runs to say"
    if p < _SMALL:
        return "under 1 in 1,000"
    return f"{max(round(p * 1000), 1):,} in 1,000"


def first_scan(fleet: Fleet) -> bool:
    """Whether every run is of the last scan."""
    return bool(fleet.runs) and all(run.fresh for run in fleet.runs)


def fresh(fleet: Fleet) -> tuple[int, ...]:
    """Indices of the runs that the last scan brought."""
    return tuple(index for index, run in enumerate(fleet.runs) if run.fresh)


def count(fleet: Fleet, verdict: str, *, only_fresh: bool = False) -> int:
    """Runs with this verdict."""
    return sum(run.verdict == verdict and (run.fresh or not only_fresh) for run in fleet.runs)


def headline(fleet: Fleet) -> str:
    """What a platform lead wants to know first."""
    if not fleet.runs:
        return "No runs yet"
    new = len(fresh(fleet))
    if first_scan(fleet) or not fleet.scanned:
        incidents = plural(count(fleet, "incident"), "incident")
        return f"{incidents} in {plural(len(fleet.runs), 'run')}"
    if not new:
        return "No new runs in the last scan"
    bad = count(fleet, "incident", only_fresh=True)
    told = plural(bad, "new incident") if bad else "No new incident"
    return f"{told} in {plural(new, 'new run')}"


def tone(fleet: Fleet) -> str:
    """The verdict whose colour the page has: of what is new, else of all."""
    only_fresh = any(run.fresh for run in fleet.runs)
    for verdict in ("incident", "at_risk", "insufficient_evidence", "healthy"):
        if count(fleet, verdict, only_fresh=only_fresh):
            return verdict
    return "none"


def span(fleet: Fleet) -> str:
    """`2026-07-26 to 2026-11-22`; empty where no run has a date."""
    first, last = fleet.window
    return f"{day(first)} to {day(last)}" if first and last else ""


def run_title(run: FleetRun) -> str:
    """What the line of a run says of its outcome."""
    return run.title or run.condition or ""


def bytes_of(fleet: Fleet) -> str:
    """`3.1 GB`."""
    return view.size(fleet.totals.get("bytes"))


def trend(series: Series) -> tuple[str, str]:
    """A mark and a word: `▲ worse`; never the colour alone."""
    if series.trend_per_day is None:
        return "·", "too few points"
    if series.q is None or series.q >= LEVEL:
        return "→", "no trend"
    rises = series.trend_per_day > 0
    return "▲" if rises else "▼", "worse" if series.worse else "rises" if rises else "falls"


def value(series: Series, number: float) -> str:
    """A value of the series, in its unit."""
    if series.unit == "share":
        return view.share(number)
    return view.size(number) if series.unit == "bytes" else f"{number:.3g}"


def before_after(one: Regression) -> tuple[float, float]:
    """Shares of the runs that have it."""
    return (
        one.before_hits / one.before_runs if one.before_runs else 0.0,
        one.after_hits / one.after_runs if one.after_runs else 0.0,
    )


def stands_out(node: NodeTally) -> bool:
    """Whether what happens on a node is more than chance."""
    return node.q is not None and node.q < LEVEL


def worth_showing(part: Breakdown) -> bool:
    """A property that one value, or none, has tells nothing apart."""
    return len(part.groups) > 1 or (bool(part.groups) and bool(part.unknown))
