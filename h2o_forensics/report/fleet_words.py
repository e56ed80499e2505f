"""The fleet report in words: what all its faces call things."""

import re

from h2o_forensics.model.fleet import (
    Breakdown,
    Fleet,
    FleetCause,
    FleetRun,
    NodeTally,
    Regression,
    Series,
)
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
MANY = {
    "h2o_version": "H2O versions",
    "java_version": "Java versions",
    "cloud_name": "clusters",
    "host": "hosts",
    "user": "users",
}
SERIES = {
    "gc_loss": "Time lost to garbage collection, share of the time",
    "live_heap": "Live heap: in use after full collections, share of the maximum",
    "heap": "Heap in use after any collection, most of a run",
    "model_metric": "Quality of models",
}
_SERIES_SHORT = {
    "gc_loss": "Time lost to garbage collection",
    "live_heap": "Live heap",
    "heap": "Heap after collections",
    "model_metric": "Quality of models",
}
LEVEL = 0.05
"""What has a smaller q stands out."""
ABOUT_Q = "q: the share of such alarms that would be false; what is below 0.05 stands out."
_SMALL, _LARGE = 0.0001, 0.5
_OWN_VALUES = re.compile(r"(?<![A-Za-z])[0-9]|-Xm[sx][0-9]|[{}]|(?<!\w)/\w|(?:[a-z]\w*\.){2}[A-Z]")
"""Numbers (that of `h2o.jar` is none), sizes of heaps, lists, paths and classes."""
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


def likely(number: float | None, letter: str = "") -> str:
    """A q or a p: `q = 0.011`, `q < 0.0001`; without its letter `0.011`, `below 0.0001`."""
    if number is None:
        return "too few runs to say"
    if number < _SMALL:
        return f"{letter} < 0.0001" if letter else "below 0.0001"
    if number > _LARGE:
        return f"{letter} > 0.5" if letter else "above 0.5"
    return f"{letter} = {number:.2g}" if letter else f"{number:.2g}"


def first_scan(fleet: Fleet) -> bool:
    """Whether every run is of the last scan."""
    return bool(fleet.runs) and all(run.fresh for run in fleet.runs)


def fresh(fleet: Fleet) -> tuple[int, ...]:
    """Indices of the runs that the last scan brought."""
    return tuple(index for index, run in enumerate(fleet.runs) if run.fresh)


def marks(fleet: Fleet) -> tuple[str | None, ...]:
    """What the last scan made of each run: `new`, `changed`, `gone`; the first has no news."""
    first = first_scan(fleet)
    return tuple(_mark(run, first=first) for run in fleet.runs)


def _mark(run: FleetRun, *, first: bool) -> str | None:
    if run.gone:
        return "gone"
    if first or not run.fresh:
        return None
    return "changed" if run.changed else "new"


def count(fleet: Fleet, verdict: str, *, only: str = "") -> int:
    """Runs with this verdict; `only` those that are `fresh`, `new`, `changed` or `gone`."""
    return sum(run.verdict == verdict and _is(run, only) for run in fleet.runs)


def many(fleet: Fleet, only: str) -> int:
    """Runs that are `fresh`, `new`, `changed` or `gone`."""
    return sum(_is(run, only) for run in fleet.runs)


def _is(run: FleetRun, only: str) -> bool:
    if only == "gone":
        return run.gone
    if only in {"new", "changed"}:
        return run.fresh and run.changed == (only == "changed")
    return run.fresh or not only


def headline(fleet: Fleet) -> str:
    """What a platform lead wants to know first."""
    if not fleet.runs:
        return "No runs yet"
    if first_scan(fleet) or not fleet.scanned:
        incidents = plural(count(fleet, "incident"), "incident")
        return f"{incidents} in {plural(len(fleet.runs), 'run')}"
    new, changed = many(fleet, "new"), many(fleet, "changed")
    if not new:
        told = f"{plural(changed, 'changed run')}, none new" if changed else ""
        return told or "No new runs in the last scan"
    bad = count(fleet, "incident", only="new")
    told = plural(bad, "new incident") if bad else "No new incident"
    return f"{told} in {plural(new, 'new run')}{f', {changed:,} changed' if changed else ''}"


def tone(fleet: Fleet) -> str:
    """The verdict whose colour the page has: of what is new; a scan without news has none."""
    for verdict in ("incident", "at_risk", "insufficient_evidence", "healthy"):
        if count(fleet, verdict, only="fresh" if fleet.scanned else ""):
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


def moves(series: Series) -> bool:
    """Whether there is a trend to tell."""
    return bool(series.trend_per_day) and series.q is not None and series.q < LEVEL


def series_name(series: Series) -> str:
    """`Time lost to garbage collection, pricing`."""
    return f"{_SERIES_SHORT.get(series.what, series.what)}, {series.name}"


def advice(cause: FleetCause) -> tuple[str, str]:
    """What to do, and `e.g.` before it where it holds what not all runs need have."""
    text = cause.remedy or ""
    own = len(cause.runs) > 1 and _OWN_VALUES.search(text) is not None
    return ("e.g." if own else ""), text


def trend(series: Series) -> tuple[str, str]:
    """A mark and a word: `▲ worse`; never the colour alone."""
    if series.trend_per_day is None or series.q is None:
        return "·", "too few runs"
    if not moves(series):
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


def tells_q(fleet: Fleet) -> bool:
    """Whether a part of the report shows a q."""
    return bool(fleet.regressions or fleet.worst_nodes or fleet.concentrations or fleet.series)


def nearest(fleet: Fleet) -> str:
    """Where no machine stands out: which comes nearest, with its numbers."""
    judged = [node for node in fleet.worst_nodes if node.q is not None]
    if not judged:
        return "None is beyond chance: of each there are too few runs to say."
    one = min(judged, key=lambda node: (node.q or 0.0, -node.share, node.name))
    return (
        f"None is beyond chance; nearest: {one.name}, the cause on it in "
        f"{len(one.cause_runs):,} of {len(one.runs):,} (usual {view.share(one.expected_share)}), "
        f"{likely(one.q, 'q')}."
    )


def worth_showing(part: Breakdown) -> bool:
    """A property that one value, or none, has tells nothing apart."""
    return len(part.groups) > 1 or (bool(part.groups) and bool(part.unknown))
