"""What was understood of the bundle: artifacts, nodes, their clocks, what nobody covers."""

from msgspec import Struct

from h2o_forensics.model.bundle import Problem

KINDS = (
    "h2o_log",  # lines with H2O's header: level files and captures of stdout or stderr
    "http_log",  # H2O's access log
    "gc_log",
    "hs_err",  # the JVM's fatal error log
    "kernel_log",  # dmesg, journal lines of the kernel
    "cgroup",  # cpu.stat, memory.* dumps
    "console",  # text of a process without H2O's header: stderr, a client's session
    "rest_cloud",
    "rest_jobs",
    "rest_error",
    "rest_other",
    "rest_timeline",
    "model",
    "mojo",  # the inventory of a scoring archive; its trees and domains are no artifacts of their own
    "pojo",
    "model_metrics",
    "grid",
    "automl",
    "leaderboard",
    "frame",
    "frame_chunks",
    "data",  # rows given with --data: audited, never quoted
    "archive",
    "text",
    "binary",
    "empty",
)


class Artifact(Struct, frozen=True):
    """One file of the case."""

    id: str
    path: str
    kind: str
    node: str | None
    bytes: int
    sha256: str | None
    lines: int | None
    state: str = "read"
    """`read`, `opened` (an archive walked into), `duplicate` (same bytes as `same_as`), `listed` (kind not analyzed),
    `refused` (see problems)."""
    same_as: str | None = None
    part: str = ""
    """Which part of the file it is (a container's log, a pod's), where several share one; empty: all of it."""
    rewritten: bool = False
    """Its lines do not stand in the file as they were read: something stood before or between them."""


BY_FILE_TIME = "the file time of"
BY_ARCHIVE_NAME = "the name of the log archive"
"""In a clock's `because`: what is no content dated it."""


class Clock(Struct, frozen=True):
    """How local stamps of one node became UTC."""

    zone: str
    """Offset such as `+00:00`, `-05:00`."""
    year: int | None
    how: str
    """`stated` (an anchor in the log says so), `inferred` (from neighbours), `assumed`."""
    because: str
    """The anchor, in words."""
    skew_ms: int | None = None


class Node(Struct, frozen=True):
    """One life of one H2O process: a restart makes another one with a higher `run`."""

    node: str
    run: int
    h2o_version: str | None = None
    build_hash: str | None = None
    java_version: str | None = None
    pid: int | None = None
    host: str | None = None
    xmx_bytes: int | None = None
    physical_bytes: int | None = None
    cores: int | None = None
    cloud_name: str | None = None
    cluster_id: int | None = None
    started: int | None = None
    """Epoch ms, UTC."""
    last_seen: int | None = None
    end: str = "unknown"
    """running | exit | terminated | killed | crash | unknown"""
    facts: dict[str, str | int | float | None] = {}
    """The rest of the start-up banner: `jvm_args`, `h2o_args`, `log_dir`, `flatfile`, `log_level`, ..."""
    cloud: tuple[str, ...] = ()
    """All members of the clouds it saw formed, sorted; empty where no log of it says."""
    peers: tuple[tuple[str, int], ...] = ()
    """Node and run of those in its cloud, or meant to be, at its time."""


class Cloud(Struct, frozen=True):
    """How large the cloud was meant to be, how large it got, and what locked it."""

    expected: int | None = None
    largest: int | None = None
    locked_by: str | None = None


class Gap(Struct, frozen=True):
    """A stretch, or a source, that no artifact covers, and what to fetch."""

    node: str | None
    source: str
    from_ms: int | None
    to_ms: int | None
    why: str
    fetch: str


class Coverage(Struct, frozen=True):
    """What an artifact can testify to: absence counts only inside it."""

    node: str | None
    artifact: str
    kind: str
    level: str
    """Most verbose level seen in it, empty where there are none."""
    from_ms: int
    to_ms: int


class Case(Struct, frozen=True):
    """One investigation of one bundle."""

    sources: tuple[str, ...]
    artifacts: tuple[Artifact, ...]
    nodes: tuple[Node, ...]
    clocks: dict[str, Clock]
    cloud: Cloud
    coverage: tuple[Coverage, ...]
    first_ms: int | None
    last_ms: int | None
    gaps: tuple[Gap, ...] = ()
    problems: tuple[Problem, ...] = ()
