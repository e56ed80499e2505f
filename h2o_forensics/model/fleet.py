"""The fleet report as data: many runs, seen together.  `fleet.json` is this, field by field.

Runs are named by their index in `Fleet.runs` (`runs: [0, 7]`), so every number leads to its runs.
Times are ISO 8601, UTC; days `2026-11-22`.  A number the evidence cannot give is null.
"""

from msgspec import Struct

FLEET_SCHEMA = "h2o-forensics/fleet/1"


class FleetRun(Struct, frozen=True):
    """One run, one line of the table of runs."""

    run: str
    name: str
    location: str
    verdict: str
    """Of the report; `failed` where the run could not be analyzed."""
    condition: str | None
    """Of the first root cause."""
    title: str | None
    severity: str | None
    summary: str
    at: str | None
    """When it happened: the cause, else the last record, else the newest file."""
    cloud_name: str | None
    h2o_version: str | None
    java_version: str | None
    host: str | None
    user: str | None
    nodes: int
    fresh: bool
    """New or changed in the last scan."""
    report: str | None
    """Where its HTML report lies, relative to the catalog; None: there is none."""
    command: str
    """What shows its report: `h2o-forensics catalog show ...`."""
    copies: int
    """Locations that hold the same bytes."""
    changed: bool = False
    """Fresh, and a place of it held other bytes before: not a new run, but what became of one."""
    gone: bool = False
    """None of its places is there any more; what it was still counts."""


class DayCount(Struct, frozen=True):
    """A day that has runs."""

    day: str
    incident: int
    at_risk: int
    healthy: int
    insufficient_evidence: int
    failed: int
    runs: tuple[int, ...]


class FleetCause(Struct, frozen=True):
    """A condition that is the first root cause of runs."""

    condition: str
    title: str
    severity: str
    rules: tuple[str, ...]
    runs: tuple[int, ...]
    first_seen: str | None
    last_seen: str | None
    by_day: tuple[tuple[str, int], ...]
    fresh: int
    """Of its runs, those of the last scan."""
    new: bool
    """All of its runs are of the last scan."""
    also: tuple[int, ...]
    """Runs where it is a finding, but not the first cause."""
    remedy: str | None


class Group(Struct, frozen=True):
    """Runs that share a version, cluster, host or user."""

    value: str
    runs: tuple[int, ...]
    incidents: int
    at_risk: int
    causes: tuple[tuple[str, int], ...]
    """Conditions and how many runs have them first, most first."""
    first_seen: str | None
    last_seen: str | None


class Breakdown(Struct, frozen=True):
    """All runs, by one property."""

    dimension: str
    """`h2o_version`, `java_version`, `cloud_name`, `host`, `user`."""
    groups: tuple[Group, ...]
    unknown: tuple[int, ...]
    """Runs that do not say."""


class Regression(Struct, frozen=True):
    """A cause that began, or grew, with a version or a day."""

    condition: str
    dimension: str
    """`h2o_version`, `java_version` or `day`."""
    value: str
    """What it began with."""
    before_runs: int
    before_hits: int
    after_runs: int
    after_hits: int
    p: float
    """Fisher's exact test, one-sided; of a day, corrected for having chosen it."""
    q: float
    """Benjamini-Hochberg over all that were tested."""
    runs: tuple[int, ...]
    """The hits after."""
    says: str
    """`oom.train began with 3.46.0.7: 0 of 41 runs before, 7 of 12 since.`"""
    before: tuple[int, ...] = ()
    """Runs before, `before_runs` of them."""
    before_hit_runs: tuple[int, ...] = ()
    """The hits before."""
    after: tuple[int, ...] = ()
    """Runs since, `after_runs` of them."""
    rival: bool = False
    """Another split of this condition explains it; told after those nothing else explains."""


class Concentration(Struct, frozen=True):
    """A cause that sits on one user, machine or cluster."""

    condition: str
    dimension: str
    """`user`, `host`, `cloud_name`."""
    value: str
    runs: tuple[int, ...]
    """Judged runs of that value."""
    hits: tuple[int, ...]
    """Of them, those with the cause; by `host`, with the cause on that machine."""
    other_runs: tuple[int, ...]
    """Judged runs of other values; by `host`, runs with other machines, which may be the same runs."""
    other_hits: tuple[int, ...]
    p: float
    """Fisher's exact test, one-sided, widened for runs that hang together."""
    q: float
    """Benjamini-Hochberg over all that were tested; those told have less than 0.05."""
    says: str
    """`grid.partial_failures: 9 of 25 runs of analyst05, 13 of 277 of others.`"""


class FleetException(Struct, frozen=True):
    """The same exception in several runs."""

    fingerprint: str
    root_class: str
    message: str
    operation: str | None
    runs: tuple[int, ...]
    count: int
    first_seen: str | None
    last_seen: str | None
    versions: tuple[str, ...]
    explained: bool
    """In all of its runs."""
    explained_runs: tuple[int, ...] = ()
    """Runs where a rule knows its records."""


class NodeTally(Struct, frozen=True):
    """A machine or node and what went wrong on it."""

    name: str
    host: bool
    """It is a machine's name; else a node's address."""
    runs: tuple[int, ...]
    cause_runs: tuple[int, ...]
    """Runs whose first cause is on it."""
    share: float
    """Of its runs, those."""
    expected_share: float
    """Of all runs in which nodes of as many are, those."""
    q: float | None
    """That so many are chance; None: too few to say."""
    causes: tuple[tuple[str, int], ...]


class Point(Struct, frozen=True):
    """One run's value."""

    at: str
    value: float
    run: int


class Series(Struct, frozen=True):
    """A value over time, of what belongs together, for a small multiple."""

    name: str
    """A cluster, a family of models."""
    what: str
    """`gc_loss` (share of time), `live_heap` (share of the heap after full collections), `model_metric`, `heap`."""
    unit: str
    """`share`, `bytes`, or the metric's name."""
    points: tuple[Point, ...]
    trend_per_day: float | None
    """Theil-Sen; None: too few points."""
    p: float | None
    """Mann-Kendall, two-sided."""
    q: float | None
    worse: bool
    """It changes for the worse, and not by chance (q below 0.05)."""
    says: str


class MissingEvidence(Struct, frozen=True):
    """What runs lack, and what to fetch."""

    why: str
    fetch: str
    runs: tuple[int, ...]


class UnknownShape(Struct, frozen=True):
    """A template of warnings that no rule knows."""

    shape: str
    example: str
    count: int
    runs: tuple[int, ...]
    rarity: float
    """Of the runs of its kind, the share that does not have it: the higher, the stranger."""
    in_incidents: int
    in_healthy: int


class FleetProblem(Struct, frozen=True):
    """Runs that could not be analyzed, or not wholly."""

    code: str
    message: str
    runs: tuple[int, ...]


class Fleet(Struct, frozen=True):
    """The whole report."""

    schema: str
    tool_version: str
    rulebook_sha256: str
    catalog: str
    """Name of the catalog's directory."""
    archives: tuple[str, ...]
    scanned: str | None
    """End of the last scan."""
    window: tuple[str | None, str | None]
    summary: str
    """Two or three sentences a manager can read."""
    totals: dict[str, int]
    """`runs`, `incident`, `at_risk`, `healthy`, `insufficient_evidence`, `failed`, `fresh`
    (`new` and `changed`), `gone`, `copies`, `nodes`, `bytes`."""
    causes: tuple[FleetCause, ...]
    calendar: tuple[DayCount, ...]
    undated: tuple[int, ...]
    breakdowns: tuple[Breakdown, ...]
    regressions: tuple[Regression, ...]
    exceptions: tuple[FleetException, ...]
    worst_nodes: tuple[NodeTally, ...]
    series: tuple[Series, ...]
    missing: tuple[MissingEvidence, ...]
    unexplained: tuple[UnknownShape, ...]
    problems: tuple[FleetProblem, ...]
    runs: tuple[FleetRun, ...]
    """Sorted by time, newest first; undated ones last."""
    concentrations: tuple[Concentration, ...] = ()
    """The least chance-like first."""
