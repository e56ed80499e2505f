"""Lives: one run of one H2O process.

A restart inside a file, or a second start beside it, is another life.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from h2o_forensics.model.artifact import Node
from h2o_forensics.model.values import read_bytes, read_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import RawHit
    from h2o_forensics.readers.scanned import Scanned

BANNER_MS = 600_000
"""The banner's lines follow each other within this time, however starved the host."""
MAX_NODES = 1000
"""Nodes kept per case: far more than any H2O cloud has, so more are damage or malice."""
_PID_DIGITS = 10
_EVENTS = frozenset({"parsed", "distribution", "epoch", "shutdown", "flatfile_entry"})
"""Lines that tell of an event, not of the process."""
_SIZES = frozenset({"xmx_bytes", "xms_bytes", "physical_bytes"})
_WHOLE = frozenset({
    "cores", "pid", "cluster_id", "ready_ms", "size", "internal_port", "ping_timeout_ms",
})  # fmt: skip
_COLUMNS = (
    "h2o_version", "build_hash", "java_version", "pid", "host", "xmx_bytes", "physical_bytes",
    "cores", "cloud_name",
    "cluster_id",
)  # fmt: skip


class Place(Struct, frozen=True):
    """Where a fact stands."""

    artifact: str
    line: int
    text: str


class Life(Struct):
    """A life while it is put together; stamps are local and yearless."""

    node: str
    pid_column: str
    first_stamp: int | None
    last_stamp: int | None
    has_banner: bool
    facts: dict[str, Any]
    places: dict[str, Place]
    run: int = 1
    shutdown: bool = False
    exiting: bool = False
    clouds: list[tuple[int, str]] = []
    last_place: Place | None = None
    flatfile_nodes: set[str] = set()
    """Nodes that its flatfile is known to name."""
    folders: set[tuple[str, ...]] = set()
    """Where files with its banner lie."""

    def owns_pid(self, pid_column: str) -> bool:
        """Whether a pid column (perhaps cut to `#` and its tail) is this life's."""
        if pid_column == self.pid_column:
            return True
        full = str(self.facts.get("pid") or "")
        return bool(full) and pid_column.startswith("#") and full.endswith(pid_column[1:])


def find_lives(artifacts: Sequence[Scanned], signals: Sequence[Signal]) -> tuple[list[Life], int]:
    """All lives, in order of node and start, and the number of nodes that were left out."""
    lives = _from_banners(artifacts, signals)
    _from_columns(artifacts, lives)
    lives, dropped = _most_frequent(artifacts, lives)
    _collect_facts(artifacts, signals, lives)
    for life in lives:
        _pid_of_column(life)
    _extend(artifacts, lives)
    dropped += _absent_members(lives)
    by_node: dict[str, int] = {}
    lives.sort(key=lambda life: (life.node, life.first_stamp or 0, life.pid_column))
    for life in lives:
        by_node[life.node] = life.run = by_node.get(life.node, 0) + 1
    return lives, dropped


def _most_frequent(artifacts: Sequence[Scanned], lives: list[Life]) -> tuple[list[Life], int]:
    """The lives of the nodes that wrote most, and how many nodes were left out."""
    names = {life.node for life in lives}
    if len(names) <= MAX_NODES:
        return lives, 0
    written = dict.fromkeys(names, 0)
    for artifact in artifacts:
        for node, count in artifact.scan.nodes.items():
            if node in written:
                written[node] += count
    kept = set(sorted(names, key=lambda node: (-written[node], node))[:MAX_NODES])
    return [life for life in lives if life.node in kept], len(names) - MAX_NODES


def _absent_members(lives: list[Life]) -> int:
    """Members without logs: others name them, so they lived, and their silence proves nothing.

    Returns how many were left out.
    """
    known = {life.node for life in lives}
    dropped: set[str] = set()
    seen: set[str] = set()
    for life in list(lives):
        if not life.clouds:
            continue
        latest = max(life.clouds)
        if latest[1] in seen:
            continue
        seen.add(latest[1])
        for member in (read_node(name) for name in latest[1].split(", ")):
            if member is None or member in known:
                continue
            if len(known) >= MAX_NODES:
                dropped.add(member)
            else:
                known.add(member)
                absent = Life(
                    member, "", None, None, has_banner=False, facts={}, places={}, clouds=[latest]
                )
                if "members" in life.places:
                    absent.places["members"] = absent.places["started"] = life.places["members"]
                lives.append(absent)
    return len(dropped)


def _builtin(artifact: Scanned, signals: Sequence[Signal]) -> Iterable[tuple[str, RawHit]]:
    for hit in artifact.scan.hits:
        signal = signals[hit.signal]
        spark = signal.name.startswith("spark_")  # of its host, not of the node
        if signal.rule_id == "H2O" and hit.header is not None and not spark:
            yield signal.name, hit


def _from_banners(artifacts: Sequence[Scanned], signals: Sequence[Signal]) -> list[Life]:
    lives: dict[tuple[str, str, int | None], Life] = {}
    for artifact in artifacts:
        for name, hit in _builtin(artifact, signals):
            if name != "banner" or hit.header is None:
                continue
            key = (hit.header.node, hit.header.pid, hit.header.stamp_ms)
            if key not in lives:
                lives[key] = Life(
                    key[0], key[1], key[2], key[2], has_banner=True, facts={}, places={}, clouds=[]
                )
                lives[key].places["started"] = Place(artifact.id, hit.line, hit.text)
            lives[key].folders.add(artifact.folder)
    return list(lives.values())


def _from_columns(artifacts: Sequence[Scanned], lives: list[Life]) -> None:
    """A node whose banner is not in the evidence (rotated away) still lived."""
    for artifact in artifacts:
        node = artifact.node
        if artifact.kind not in {"h2o_log", "http_log"} or node is None:
            continue
        if not any(life.node == node for life in lives):
            first = artifact.scan.first_stamp if artifact.kind == "h2o_log" else None
            lives.append(
                Life(node, "", first, first, has_banner=False, facts={}, places={}, clouds=[])
            )


def life_of(lives: Sequence[Life], node: str, pid_column: str, stamp: int | None) -> Life | None:
    """The life that wrote a record."""
    mine = [life for life in lives if life.node == node]
    fitting = [life for life in mine if life.owns_pid(pid_column)] or mine
    if len(fitting) <= 1 or stamp is None:
        return fitting[0] if fitting else None
    begun = [life for life in fitting if life.first_stamp is not None and life.first_stamp <= stamp]
    return max(begun, key=lambda life: life.first_stamp or 0) if begun else fitting[0]


def life_beside(lives: Sequence[Life], node: str, folder: tuple[str, ...]) -> Life | None:
    """The life that a file without stamps is of: the only one whose banner lies closest to it."""
    mine = [life for life in lives if life.node == node]
    if len(mine) <= 1:
        return mine[0] if mine else None
    shared = [
        max((shared_folders(folder, other) for other in life.folders), default=-1) for life in mine
    ]
    return mine[shared.index(max(shared))] if shared.count(max(shared)) == 1 else None


def shared_folders(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many folders two paths begin with both."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (mine, its) in pairs if mine != its), min(len(one), len(other)))


def _collect_facts(
    artifacts: Sequence[Scanned], signals: Sequence[Signal], lives: Sequence[Life]
) -> None:
    for artifact in artifacts:
        for name, hit in _builtin(artifact, signals):
            header = hit.header
            if header is None:
                continue
            life = life_of(lives, header.node, header.pid, header.stamp_ms)
            if life is None:
                continue
            place = Place(artifact.id, hit.line, hit.text)
            if name == "cloud":
                cloud = (header.stamp_ms or 0, hit.captures.get("members") or "")
                if not life.clouds or cloud >= max(life.clouds):
                    life.places["members"] = place  # the last cloud counts, so its line is quoted
                life.clouds.append(cloud)
            if name == "flatfile_entry":
                life.flatfile_nodes.add(read_node(hit.captures.get("absentee") or "") or "")
            life.shutdown = life.shutdown or name == "shutdown"
            life.exiting = life.exiting or (name == "exiting" and header.level == "FATAL")
            for column, text in () if name in _EVENTS else hit.captures.items():
                if text is not None and column not in life.facts:
                    life.facts[column] = _convert(column, text)
                    life.places[column] = place


def _pid_of_column(life: Life) -> None:
    """Old versions print no `JVM process id`."""
    whole = life.pid_column.isdecimal() and len(life.pid_column) <= _PID_DIGITS
    if whole and "pid" not in life.facts:
        life.facts["pid"] = int(life.pid_column)
        if "started" in life.places:
            life.places["pid"] = life.places["started"]


def _convert(column: str, text: str) -> str | int | None:
    if column in _SIZES:
        return read_bytes(text)
    if column in _WHOLE:
        return int(text)
    return text


def _extend(artifacts: Sequence[Scanned], lives: Sequence[Life]) -> None:
    """First and last stamp of each life, from the logs of its node."""
    for artifact in artifacts:
        scan = artifact.scan
        if (
            artifact.node is None
            or scan.last_stamp is None
            or artifact.kind not in {"h2o_log", "console"}
            or not any(scan.nodes)  # lines of another program, put to the node by their folder
        ):
            continue
        mine = sorted(
            (life for life in lives if life.node == artifact.node),
            key=lambda life: life.first_stamp or 0,
        )
        writers = _writers(artifact, mine)
        for life in writers:
            if not life.has_banner and scan.first_stamp is not None:
                life.first_stamp = min(scan.first_stamp, life.first_stamp or scan.first_stamp)
        if writers:
            last = writers[-1]
            if last.last_stamp is None or scan.last_stamp >= last.last_stamp:
                last.last_stamp = scan.last_stamp
                last.last_place = Place(artifact.id, scan.last_record_line, scan.last_record_text)
        for life, following in pairwise(writers):
            _end_before(life, following, artifact)


def _end_before(life: Life, following: Life, artifact: Scanned) -> None:
    """A life ends where the log falls silent before the next banner, at the latest with it."""
    if following.first_stamp is None:
        return
    silences = artifact.scan.silences
    last = next((hole for hole in reversed(silences) if hole.to_ms == following.first_stamp), None)
    ended = last.from_ms if last else following.first_stamp
    if ended > (life.last_stamp or 0):
        life.last_stamp = ended
        if last is not None:
            life.last_place = Place(artifact.id, max(1, last.line - 1), last.text)


def _writers(artifact: Scanned, mine: list[Life]) -> list[Life]:
    """The lives that wrote into an artifact: by the pids of the records found in it, and when."""
    if len(mine) <= 1:
        return mine
    pids = {hit.header.pid for hit in artifact.scan.hits if hit.header is not None}
    found = [life for life in mine if any(life.owns_pid(pid) for pid in pids)]
    found = [life for life in found if _may_reach(life, found, artifact)] or found
    return found or mine[:1]


def _may_reach(life: Life, others: Sequence[Life], artifact: Scanned) -> bool:
    """Not begun after the artifact's end, nor followed before its start: containers reuse pids."""
    first, last, begun = artifact.scan.first_stamp, artifact.scan.last_stamp, life.first_stamp
    if first is None or last is None or begun is None:
        return True
    later = (other.first_stamp for other in others if other.pid_column == life.pid_column)
    follows = min((stamp for stamp in later if stamp is not None and stamp > begun), default=None)
    return begun <= last and (follows is None or follows > first)


def _members(listed: str) -> list[str]:
    """The nodes in `localhost/127.0.0.1:54321, localhost/127.0.0.1:54323`."""
    return [name for name in map(read_node, listed.split(", ")) if name is not None]


def node_of(life: Life, started: int | None, last_seen: int | None, end: str) -> Node:
    """The frozen noun of a life."""
    known: dict[str, Any] = {column: life.facts.get(column) for column in _COLUMNS}
    rest = {key: value for key, value in sorted(life.facts.items()) if key not in _COLUMNS}
    return Node(
        node=life.node,
        run=life.run,
        started=started,
        last_seen=last_seen,
        end=end,
        facts=rest,
        cloud=tuple(sorted({name for _at, names in life.clouds for name in _members(names)})),
        **known,
    )
