"""One run of a Java process as its GC log tells it: what `gc --format json` and `jvms` of a report are made of.

Times: `uptime_ms` since the JVM's start, `epoch_ms` UTC; each None where the log (and, for `epoch_ms`, nothing else)
states it.  Sizes in bytes, durations in ms.  None: the log cannot tell; 0 is a measured nothing.
"""

from msgspec import Struct


class PauseFigures(Struct, frozen=True):
    """All stop-the-world pauses of one phase and cause; percentiles within 1 %, everything else exact."""

    phase: str
    """As the JVM names it, without the cause: `Pause Young (Normal)`, `Pause Full`, `Pause Mark End`."""
    cause: str | None
    kind: str
    """young | full | degenerated | remark | cleanup | initial_mark | final_mark | mark_start | mark_end |
    relocate_start | other"""
    generation: str | None
    """minor | major for generational ZGC's, else None."""
    count: int
    total_ms: float
    max_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


class CycleFigures(Struct, frozen=True):
    """Concurrent cycles of one kind and cause: their time stops nobody."""

    kind: str
    """concurrent | undo | minor | major | ..."""
    cause: str | None
    count: int
    total_ms: float | None
    """None: how long they took is not logged."""


class Stalls(Struct, frozen=True):
    """Threads that had to wait for memory: ZGC's allocation and relocation stalls.

    Shenandoah's pacing is not among them: it is logged in sums only, if at all.
    """

    count: int
    total_ms: float
    max_ms: float


class Safepoints(Struct, frozen=True):
    """Every stop of the JVM, collections included."""

    count: int
    total_ms: float
    """Reaching the safepoint included."""
    sync_ms: float | None
    """Until all threads stood still."""
    max_ms: float
    max_sync_ms: float | None


class HeapFigures(Struct, frozen=True):
    """What the heap held."""

    max_before_bytes: int | None
    max_after_bytes: int | None
    after_full_bytes: int | None
    """After the last full collection."""
    max_after_full_bytes: int | None
    live_slope_bytes_per_s: float | None
    """Of the heap after full (else old) collections over time, by least squares; None: too few."""
    live_slope_ci95: tuple[float, float] | None


class Rates(Struct, frozen=True):
    """Over the time the log covers; None, as shares are, where it is too short or holds too little.

    At least 0.1 s and 2 pauses, cycles, stops or stalls are needed.
    """

    allocation_bytes_per_s: float | None
    promotion_bytes_per_s: float | None


class Window(Struct, frozen=True):
    """The longest stretch in which the JVM was stopped for at least 90 % of the time."""

    uptime_ms: float | None
    epoch_ms: int | None
    seconds: float
    stopped_share: float
    line: int | None = None
    """Of the pause that ended it."""
    source: int = 0
    text: str = ""


class Loss(Struct, frozen=True):
    """Time taken from the program, kept apart by how."""

    pause_share: float | None
    """Of wall time, in pauses; nested ones once."""
    stall_share: float | None
    """Of wall time, at least one thread stalled."""
    worst_window: Window | None


class FullStreak(Struct, frozen=True):
    """Full collections one after the other.

    The program stood still for half of the time and more, and never ran for long in between.
    """

    uptime_ms: float | None
    epoch_ms: int | None
    to_uptime_ms: float | None
    to_epoch_ms: int | None
    count: int
    paused_ms: float
    freed_share: float | None
    """Of what was there before, over all of them."""
    after_bytes: int | None
    """After the last one."""
    source: int = 0
    line: int | None = None
    """Of the first one."""
    text: str = ""
    in_vain: int = 0
    """How many left at least 97 % of what they found and the heap at least 80 % full."""
    cause: str | None = None
    """The most frequent one."""
    last_source: int = 0
    last_line: int | None = None
    """Of the last one."""
    last_text: str = ""


class Humongous(Struct, frozen=True):
    """G1's objects of half a region and more."""

    region_bytes: int | None
    peak_regions: int | None
    peak_share: float | None
    """Of the heap's maximum."""
    collections: int
    """Started by `G1 Humongous Allocation`."""


class Metaspace(Struct, frozen=True):
    """Room for classes."""

    used_bytes: int | None
    committed_bytes: int | None
    reserved_bytes: int | None
    full_count: int
    """Full collections (or cycles) for `Metadata GC Threshold` and the like."""


class Starved(Struct, frozen=True):
    """Pauses whose wall time the process did not get as CPU time: `Real` far above `User+Sys`.

    All 0 where there were none; `all_*` are of all collections that state their times: many short
    waits show in their sum only.
    """

    count: int
    """Real at least 1 s and 10 times User+Sys."""
    real_ms: float
    """Of these alone, as `cpu_ms`."""
    cpu_ms: float
    max_real_ms: float
    source: int = 0
    line: int | None = None
    """Of the `User= Sys= Real=` of the longest one."""
    text: str = ""
    all_count: int = 0
    all_real_ms: float = 0.0
    all_cpu_ms: float = 0.0


class PauseSample(Struct, frozen=True):
    """One pause, where it stands."""

    source: int
    """Index into `Jvm.sources`."""
    line: int
    text: str
    uptime_ms: float | None
    """Its end."""
    epoch_ms: int | None
    phase: str
    cause: str | None
    kind: str
    generation: str | None
    took_ms: float
    before_bytes: int | None
    after_bytes: int | None
    capacity_bytes: int | None
    user_ms: float | None = None
    sys_ms: float | None = None
    real_ms: float | None = None


class SafepointSample(Struct, frozen=True):
    """One stop, where it stands."""

    source: int
    line: int
    text: str
    uptime_ms: float | None
    epoch_ms: int | None
    operation: str | None
    total_ms: float
    sync_ms: float | None


class StallSample(Struct, frozen=True):
    """One wait for memory, where it stands."""

    source: int
    line: int
    text: str
    uptime_ms: float | None
    epoch_ms: int | None
    what: str
    thread: str | None
    took_ms: float


class Bucket(Struct, frozen=True):
    """A stretch of the run, all of the same width; widths double when there would be too many."""

    uptime_ms: float | None
    """Its begin."""
    epoch_ms: int | None
    width_ms: int
    pauses: int
    paused_ms: float
    """Of its width the program stood still; nested pauses once, long ones in every bucket they reach into."""
    max_pause_ms: float
    """Of the pauses that ended in it, as are all counts."""
    full: int
    full_ms: float
    stalls: int
    stall_ms: float
    """Of its width at least one thread waited."""
    max_before_bytes: int | None
    min_after_bytes: int | None
    max_after_bytes: int | None
    allocated_bytes: int | None
    source: int = 0
    line: int | None = None
    """Of its longest pause."""
    text: str = ""


class NotUnderstood(Struct, frozen=True):
    """Lines of one shape that look like the collector's but were not understood."""

    shape: str
    count: int
    example: str
    source: int
    line: int


class HistogramBin(Struct, frozen=True):
    """Pauses of a kind (`young`, `full`, ...) with a duration in [from_ms, to_ms)."""

    kind: str
    from_ms: float
    to_ms: float
    count: int


class JvmFacts(Struct, frozen=True):
    """What the header says; all from the log."""

    cpus: int | None = None
    memory_bytes: int | None = None
    region_bytes: int | None = None
    flags: str | None = None
    """The command line's, where logged."""
    ended_in_order: bool = False
    """The summary that Java writes when it leaves in order stands at the end (`gc,heap,exit`, or JDK 8's `Heap`)."""
    exit_line: int | None = None
    exit_source: int = 0
    exit_text: str = ""
    head_lost: bool = False
    """The log begins in the middle of the run."""


class Jvm(Struct, frozen=True):
    """One run of one JVM."""

    node: str | None
    run: int | None
    tied_by: str | None
    """How the node is known: `pid`, `port`, `folder`, `start`, `heap`, `stdout`; None: not tied."""
    artifacts: tuple[str, ...]
    """Ids, in order of time; `source` of samples is an index of it."""
    sources: tuple[str, ...]
    """Paths, alike."""
    pid: int | None
    collector: str | None
    """G1 | Parallel | Serial | CMS | Z | ZGenerational | Shenandoah | GenerationalShenandoah"""
    jdk: str | None
    started: int | None
    """Epoch ms of the JVM's start."""
    started_by: str | None
    """`log`: the log's own stamps; `banner`: H2O's start-up banner; None: not known."""
    first_uptime_ms: float | None
    uptime_ms: float | None
    """At the last line."""
    last_epoch_ms: int | None
    heap_max_bytes: int | None
    """As stated, else the largest capacity seen."""
    heap_max_stated: bool
    lines: int
    lines_not_understood: int
    pauses: tuple[PauseFigures, ...]
    cycles: tuple[CycleFigures, ...]
    stalls: Stalls | None
    safepoints: Safepoints | None
    heap: HeapFigures
    rates: Rates
    loss: Loss
    full_streaks: tuple[FullStreak, ...]
    humongous: Humongous | None
    metaspace: Metaspace | None
    starved: Starved | None
    to_space_exhausted: int
    """Evacuations that found no room (G1), promotion and concurrent mode failures (CMS), `GC--` (Parallel)."""
    facts: JvmFacts
    buckets: tuple[Bucket, ...]
    histogram: tuple[HistogramBin, ...]
    pause_samples: tuple[PauseSample, ...]
    """All where there are few; else the longest, all full ones up to a cap, and the first."""
    safepoint_samples: tuple[SafepointSample, ...]
    stall_samples: tuple[StallSample, ...]
    not_understood: tuple[NotUnderstood, ...]
    started_how: str | None = None
    """Which line says so, and how exactly, where `started_by` is `banner`."""
    in_vain: int = 0
    """Full collections nobody asked for that left at least 97 % of what they found and the heap at least 80 % full."""
    in_vain_ms: float = 0.0
    requests: int = 0
    """How often somebody asked for a collection (`System.gc()` and the like); what one request made,
    such as the young and then the full collection of Parallel, counts once."""
