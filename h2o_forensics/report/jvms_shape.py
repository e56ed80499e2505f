"""A JVM's run as the reports give it: the contract's `JVM`, and what a reader wants beside it.

Durations in ms (three decimals), sizes in bytes.  What the log cannot tell is null; 0 is measured.
No field has a default: every one is in every report.
"""

from typing import Annotated

from msgspec import Meta, Struct, field

from h2o_forensics.report.moments import Time

RemarkSeverity = Annotated[
    str, Meta(extra_json_schema={"enum": ["high", "medium", "low", "ok", "short", "unknown"]})
]


class JvmPlace(Struct, frozen=True):
    """The line that says so, as it stands there."""

    path: str
    line: int | None
    text: str


class JvmPauses(Struct, frozen=True):
    """All pauses of one phase and cause; percentiles within 1 %, everything else exact."""

    phase: str
    cause: str | None
    kind: str
    generation: str | None
    count: int
    total_ms: float
    max_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


class JvmCycles(Struct, frozen=True):
    """Concurrent cycles of one kind and cause: their time stops nobody."""

    kind: str
    cause: str | None
    count: int
    total_ms: float | None


class JvmStalls(Struct, frozen=True):
    """Threads that waited for memory."""

    count: int
    total_ms: float
    max_ms: float


class JvmSafepoints(Struct, frozen=True):
    """Every stop of the JVM, collections included; `sync_ms` is the time until all stood still."""

    count: int
    total_ms: float
    sync_ms: float | None
    max_ms: float
    max_sync_ms: float | None


class JvmHeap(Struct, frozen=True):
    """What the heap held."""

    max_before_bytes: int | None
    max_after_bytes: int | None
    after_full_bytes: int | None
    max_after_full_bytes: int | None
    live_slope_bytes_per_s: float | None
    live_slope_ci95: tuple[float, float] | None


class JvmRates(Struct, frozen=True):
    """Over the time the log covers."""

    allocation_bytes_per_s: float | None
    promotion_bytes_per_s: float | None


class JvmWindow(Struct, frozen=True):
    """The longest stretch that was stopped for at least 90 % of its time."""

    from_: Time | None = field(name="from")
    from_uptime_ms: float | None
    seconds: float
    stopped_share: float
    ended_by: JvmPlace | None


class JvmLoss(Struct, frozen=True):
    """Time taken from the program: in pauses (nested ones once), and with a thread stalled."""

    pause_share: float | None
    stall_share: float | None
    worst_window: JvmWindow | None


class JvmStreak(Struct, frozen=True):
    """Full collections one after the other; `in_vain` of them freed next to nothing."""

    from_: Time | None = field(name="from")
    from_uptime_ms: float | None
    to: Time | None
    to_uptime_ms: float | None
    count: int
    in_vain: int
    paused_ms: float
    freed_share: float | None
    after_bytes: int | None
    cause: str | None
    begun_by: JvmPlace | None
    ended_by: JvmPlace | None


class JvmHumongous(Struct, frozen=True):
    """G1's objects of half a region and more; `peak_share` is of the heap's maximum."""

    region_bytes: int | None
    peak_regions: int | None
    peak_share: float | None
    collections: int


class JvmMetaspace(Struct, frozen=True):
    """Room for classes; `full_count` collections were made for want of it."""

    used_bytes: int | None
    committed_bytes: int | None
    reserved_bytes: int | None
    full_count: int


class JvmStarved(Struct, frozen=True):
    """Pauses of 1 s and more that got less than a tenth of that as CPU time.

    `all_*` are of all collections that state both times.
    """

    count: int
    real_ms: float
    cpu_ms: float
    max_real_ms: float
    all_count: int
    all_real_ms: float
    all_cpu_ms: float
    longest: JvmPlace | None


class JvmStated(Struct, frozen=True):
    """What the log's header and end say."""

    cpus: int | None
    memory_bytes: int | None
    region_bytes: int | None
    flags: str | None
    ended_in_order: bool
    head_lost: bool


class JvmLongPause(Struct, frozen=True):
    """One of the longest pauses, with its line."""

    path: str
    line: int
    text: str
    time: Time | None
    uptime_ms: float | None
    phase: str
    cause: str | None
    kind: str
    took_ms: float
    before_bytes: int | None
    after_bytes: int | None
    capacity_bytes: int | None
    user_ms: float | None
    sys_ms: float | None
    real_ms: float | None


class JvmLongStop(Struct, frozen=True):
    """One of the longest safepoints, with its line."""

    path: str
    line: int
    text: str
    time: Time | None
    uptime_ms: float | None
    operation: str | None
    total_ms: float
    sync_ms: float | None


class JvmLongStall(Struct, frozen=True):
    """One of the longest stalls, with its line."""

    path: str
    line: int
    text: str
    time: Time | None
    uptime_ms: float | None
    what: str
    thread: str | None
    took_ms: float


class JvmUnknownLines(Struct, frozen=True):
    """Lines of one shape that look like the collector's and were not understood."""

    shape: str
    count: int
    example: str
    path: str
    line: int


class JvmBin(Struct, frozen=True):
    """Pauses of a kind with a duration in [from_ms, to_ms)."""

    kind: str
    from_ms: float
    to_ms: float
    count: int


class JvmSeries(Struct, frozen=True):
    """The run in steps of `width_ms`, column by column; steps in which nothing was are left out.

    `offset_ms` counts from `from`.  At most a few hundred steps: widths grow with the log.
    """

    from_: Time | None = field(name="from")
    from_uptime_ms: float | None
    width_ms: int
    offset_ms: tuple[int, ...]
    pauses: tuple[int, ...]
    paused_ms: tuple[float, ...]
    max_pause_ms: tuple[float, ...]
    full: tuple[int, ...]
    full_ms: tuple[float, ...]
    stalls: tuple[int, ...]
    stall_ms: tuple[float, ...]
    max_before_bytes: tuple[int | None, ...]
    min_after_bytes: tuple[int | None, ...]
    max_after_bytes: tuple[int | None, ...]
    allocated_bytes: tuple[int | None, ...]


class JvmPoints(Struct, frozen=True):
    """Single pauses over time, the longest ones where there are many; offsets as in the series."""

    all: bool
    """Every pause of the run is here."""
    offset_ms: tuple[int, ...]
    took_ms: tuple[float, ...]
    kind: tuple[str, ...]
    before_bytes: tuple[int | None, ...]
    after_bytes: tuple[int | None, ...]


class JvmRemark(Struct, frozen=True):
    """A sentence of the verdict.

    `ok`: nothing wrong was found; `short`: too little was seen to say so; `unknown`: what this log
    cannot tell, and what would.
    """

    severity: RemarkSeverity
    topic: str
    message: str
    change: str | None
    place: JvmPlace | None


class JvmItem(Struct, frozen=True):
    """One run of one JVM: a restart is another one, a rotated set is one.

    `tied_by` says how the node is known, `started_by` how the start is, `started_how` by which line
    where that is H2O's.
    """

    node: str | None
    run: int | None
    tied_by: str | None
    source: tuple[str, ...]
    pid: int | None
    collector: str | None
    jdk: str | None
    started: Time | None
    started_by: str | None
    started_how: str | None
    first_uptime_ms: float | None
    uptime_ms: float | None
    last: Time | None
    heap_max_bytes: int | None
    heap_max_stated: bool
    lines: int
    lines_not_understood: int
    pauses: tuple[JvmPauses, ...]
    cycles: tuple[JvmCycles, ...]
    stalls: JvmStalls | None
    safepoints: JvmSafepoints | None
    heap: JvmHeap
    rates: JvmRates
    loss: JvmLoss
    full_streaks: tuple[JvmStreak, ...]
    humongous: JvmHumongous | None
    metaspace: JvmMetaspace | None
    starved: JvmStarved | None
    to_space_exhausted: int
    stated: JvmStated
    remarks: tuple[JvmRemark, ...]
    longest_pauses: tuple[JvmLongPause, ...]
    longest_safepoints: tuple[JvmLongStop, ...]
    longest_stalls: tuple[JvmLongStall, ...]
    histogram: tuple[JvmBin, ...]
    series: JvmSeries | None
    points: JvmPoints
    not_understood: tuple[JvmUnknownLines, ...]
