"""What a batch scan passes around: runs as they are found, worked on and kept in a catalog.

A *run* is what one archive, one directory or one set of loose files holds; its identity is its
content: the same bytes in another place are the same run.  All of this crosses processes and
machines as MessagePack, so it is plain data.
"""

import hashlib
from typing import Any, Literal

from msgspec import Raw, Struct

from h2o_forensics.model.settings import Settings

RUN_SCHEMA = "h2o-forensics/run/1"
CATALOG_SCHEMA = "h2o-forensics/catalog/1"

RunKind = Literal["archive", "directory", "files"]
State = Literal["present", "gone", "growing", "unreadable", "replaced"]
Rows = dict[str, list[dict[str, Any]]]
"""Rows by table of the catalog; times are epoch ms."""


class FileStat(Struct, frozen=True, order=True):
    """One file of a run, as its directory lists it."""

    path: str
    """Relative to the run, `/` as separator; its name where the run is this one file."""
    bytes: int
    mtime_ns: int | None = None
    tag: str | None = None
    """What an object store says of the content (ETag); None on disks."""


class FoundRun(Struct, frozen=True):
    """A run as it was found, before a byte of it was read."""

    location: str
    """Absolute path or URL, in the form that stays the same from scan to scan; unique.  Of loose files: their directory and `/*`."""
    name: str
    """For display: relative to the archive it was found in."""
    archive: str
    """What was given to `scan`, absolute."""
    kind: RunKind
    because: str
    """Why it was cut here, in words, for `--dry-run`."""
    sources: tuple[str, ...]
    """What `analyze` gets: absolute paths or URLs."""
    files: tuple[FileStat, ...]
    """All files below, sorted by path."""
    problem: str | None = None
    """Why it could not be listed to its end, in words."""

    @property
    def bytes(self) -> int:
        """As stored, packed where it is packed."""
        return sum(file.bytes for file in self.files)

    @property
    def stat(self) -> str:
        """Changes with any path, size, modification time or tag."""
        digest = hashlib.sha256()
        for file in self.files:
            digest.update(
                f"{file.path}\0{file.bytes}\0{file.mtime_ns}\0{file.tag}\n".encode(
                    "utf-8", "surrogatepass"
                )
            )
        return digest.hexdigest()[:32]

    @property
    def newest_ns(self) -> int | None:
        """Of the modification times, epoch ns."""
        return max(
            (file.mtime_ns for file in self.files if file.mtime_ns is not None), default=None
        )


class RunOptions(Struct, frozen=True):
    """What is the same for all runs of a scan."""

    packs: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    plugins: bool = True
    settings: Settings = Settings(threads=1)
    timeout_s: float | None = None
    """Of one run: reading and judging end by then; the process is killed some time later."""
    memory_mb: int | None = None
    """Of one run's process."""
    reports: bool = False
    """Render the HTML report, too."""
    rulebook_sha256: str = ""
    """Of the rules the scan was started with; a worker that loads others refuses to work."""
    key: str = ""
    """Of the analysis: rules, version, settings and limits (not the content)."""


class RunTask(Struct, frozen=True):
    """One run, to be hashed, looked at or analyzed in a process of its own."""

    kind: Literal["analyze", "hash", "look", "read", "judge"]
    run: FoundRun
    options: RunOptions
    look_for: tuple[str, ...] = ()
    """`look`: literals of changed rules; is any of them in the run's bytes?"""
    part: int = 0
    """`read`: which share of a large run's members is read, from 0 on."""
    of: int = 1
    """`read`: how many shares there are."""
    verify: bool = False
    """Read objects whose store says what they are, too."""
    readings: tuple[bytes, ...] = ()
    """`judge`: what `read` tasks gave; empty ones failed, and are read by who judges."""


class Touched(Struct, frozen=True):
    """What an analysis hangs on: it holds as long as nothing of this changes."""

    rules: tuple[str, ...] = ()
    """Ids of rules with a hit, a candidate row or a finding, sorted."""
    tables: dict[str, int] = {}
    """Evidence tables that have rows, and how many."""
    by_files: bool = False
    """A clock was set by a file's time or the archive's name, which are no content."""
    plain: bool = False
    """Every line was scanned as it stands in its file: no wrapper was taken off, no encoding changed."""


class RunProblem(Struct, frozen=True):
    """Why a run as a whole could not be analyzed."""

    code: str
    """`timeout`, `crashed`, `memory`, `unreadable`, `nothing`, `lost` (the worker's machine), `fault` (of this program)."""
    message: str
    """What, where, and what to do next."""


class RunResult(Struct, frozen=True):
    """The content of a result file: one run's analysis, with what the tables are made of."""

    schema: str
    run: str
    """Hash of the content, 20 hex digits."""
    analysis: str
    """`RunOptions.key`: 16 hex digits."""
    status: Literal["analyzed", "failed"]
    problem: RunProblem | None
    name: str
    location: str
    archive: str
    kind: RunKind
    files: int
    bytes: int
    newest_ms: int | None
    """Newest modification time of its files, epoch ms."""
    tool_version: str
    rulebook_sha256: str
    touched: Touched
    stat: str = ""
    """`FoundRun.stat` when it was analyzed."""
    report: Raw = Raw(b"null")
    """The JSON report of the contract (`analyze --format json`); `null` where the run failed."""
    beside: dict[str, list[dict[str, Any]]] = {}
    """What the catalog keeps beside the report, masked as it is: `hosts` (node, run, host, user), `exceptions`."""


class RunOutcome(Struct, frozen=True):
    """What a task gave."""

    kind: str
    location: str
    run: str = ""
    """Hash of the content; empty where it could not be read."""
    status: Literal["analyzed", "failed", "done"] = "done"
    problem: RunProblem | None = None
    changed: bool = False
    """Files were written while they were read: analyze it again next time."""
    found: bool | None = None
    """`look`: whether any literal is there."""
    result: bytes = b""
    """The result file: zstd of a `RunResult` as JSON."""
    rows: Rows = {}
    html: bytes | None = None
    reading: bytes = b""
    """`read`: what a `judge` task needs."""
    read_bytes: int = 0
    """Unpacked."""
    seconds: float = 0.0
    peak_mb: float = 0.0


class IndexRow(Struct, frozen=True):
    """What stood at a location when it was last looked at; the newest row of a location counts."""

    location: str
    name: str
    archive: str
    kind: str
    stat: str
    run: str
    """Empty where its content is not known: unreadable, or being written."""
    analysis: str
    """Of the result file."""
    holds_for: str
    """The analysis it is known to hold for, too: rules changed since, none that touches it."""
    state: State
    """`gone`: the archive holds it no more; what it was stays in the tables.  `replaced`: it is still there, but
    cut into other runs now; it counts no more."""
    bytes: int
    first_seen_ms: int
    seen_ms: int
    """Epoch ms: when it was last found so."""
    message: str = ""
    before: str = ""
    """The run that stood here before this one; empty: none did, or it is not known."""


class ScanRecord(Struct, frozen=True):
    """One scan, as `scans/<id>.json` keeps it: the summary for cron and CI."""

    schema: str
    scan: str
    started: str
    """ISO 8601, UTC."""
    ended: str | None
    """None: it was killed, or goes on."""
    archives: tuple[str, ...]
    tool_version: str
    rulebook_sha256: str
    analysis: str
    found: int = 0
    """Runs that were found."""
    unchanged: int = 0
    """Nothing was read: path, size and time are as before."""
    same_content: int = 0
    """Read and hashed only: the same bytes were analyzed before."""
    still_holds: int = 0
    """Rules changed, none that touches the run."""
    analyzed: int = 0
    failed: int = 0
    growing: int = 0
    unreadable: int = 0
    gone: int = 0
    bytes_read: int = 0
    """Unpacked bytes of the runs that were analyzed."""
    seconds: float = 0.0
    since: str | None = None
    """Start of the last complete scan of the same archives; None: this is the first."""
    empty: tuple[str, ...] = ()
    """Archives that held runs before and none now; what was known of them is left as it was."""
    copies: int = 0
    """Places of these archives that hold the bytes of another one."""
    verdicts: dict[str, int] = {}
    """Of the runs that are new or changed in this scan."""
    causes: tuple[str, ...] = ()
    """Conditions that ever were a root cause, as far as scans of these archives know."""
    new_causes: tuple[str, ...] = ()
    """Conditions that are a root cause for the first time in this catalog."""
    fresh: tuple[str, ...] = ()
    """Runs that are new or changed in this scan."""
    problems: tuple[str, ...] = ()
