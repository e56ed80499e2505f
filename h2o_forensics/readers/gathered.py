"""All that was read, put to nodes and on one axis of time; before tables are made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from h2o_forensics.model.bundle import Problem
from h2o_forensics.readers.attribute import attribute
from h2o_forensics.readers.jvms import read_jvms
from h2o_forensics.readers.lives import MAX_NODES, Life, find_lives
from h2o_forensics.readers.pids import Pids, attribute_crash_reports, known_pids
from h2o_forensics.readers.read_artifacts import ScanBlocks, read_artifacts, read_each
from h2o_forensics.readers.reading import MemberReading, Readings
from h2o_forensics.readers.rest import job_exception
from h2o_forensics.readers.settle import check_settings, settle_clocks, settle_others
from h2o_forensics.readers.training_archives import add_mojos, take_mojos
from h2o_forensics.readers.twin_files import choose_twins

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from h2o_forensics.model.bundle import Bundle
    from h2o_forensics.model.jvm import Jvm
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.settings import Settings
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned


_NONE = Readings()


class Gathered(Struct, frozen=True):
    """What the readers learned of the artifacts."""

    bundle: Bundle
    artifacts: Sequence[Scanned]
    problems: Sequence[Problem]
    clocks: Mapping[str, SettledClock]
    lives: Sequence[Life]
    rest: dict[str, list[dict[str, Any]]]
    """Rows of REST snapshots, by table."""
    names: frozenset[str]
    """Of all nodes that anything names."""
    pids: Pids
    jvms: tuple[Jvm, ...]


def gather(
    bundle: Bundle,
    signals: Sequence[Signal],
    scanner: ScanBlocks,
    settings: Settings,
    progress: Callable[[str, int, int | None], None] | None,
    *,
    readings: Readings = _NONE,
) -> Gathered:
    """Read everything once.  `signals` is the scanner's own list: raw hits hold indices of it."""
    check_settings(settings)
    artifacts, problems, bundle = _artifacts(bundle, scanner, progress, settings, readings)
    clocks = settle_clocks(artifacts, signals, settings)
    lives, dropped = find_lives(artifacts, signals)
    if dropped:
        problems.append(_too_many_nodes(artifacts[0].path, dropped))
    settle_others((life.node for life in lives), clocks, artifacts)
    rest = _rest_rows(artifacts)
    names = frozenset(life.node for life in lives) | {
        row["node"] for row in rest["cluster_nodes"] if row["node"]
    }
    pids = known_pids(lives, artifacts, rest["cluster_nodes"])
    attribute_crash_reports(artifacts, pids)
    jvms = read_jvms(artifacts, lives, signals, clocks, names)
    return Gathered(bundle, artifacts, problems, clocks, lives, rest, names, pids, jvms)


def _artifacts(
    bundle: Bundle,
    scanner: ScanBlocks,
    progress: Callable[[str, int, int | None], None] | None,
    settings: Settings,
    readings: Readings,
) -> tuple[list[Scanned], list[Problem], Bundle]:
    """All that was read, in order and put to nodes; the bundle as the case sees it."""
    mojos, bundle = take_mojos(bundle)
    ahead = settings.threads > 1
    artifacts, problems = read_artifacts(bundle, scanner, progress, ahead=ahead, readings=readings)
    add_mojos(mojos, artifacts)
    return artifacts, problems, _placed(bundle, artifacts)


def read_members(
    bundle: Bundle,
    wanted: Collection[str],
    scanner: ScanBlocks,
    settings: Settings,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> dict[str, MemberReading]:
    """Read some members only, for another process that puts the case together.

    Args:
        bundle: all that was given: what is one thing of several members is told from all of them.
        wanted: paths of members; what belongs to a MOJO is left to whoever reads the MOJO.
        scanner: looks for the signals.
        settings: whether to read ahead; they change nothing of what is read.
        progress: called with stage, done and total bytes.
    """
    _, bundle = take_mojos(bundle)
    mine = tuple(one for one in bundle.members if one.path in wanted)
    some = msgspec.structs.replace(bundle, members=mine)
    return dict(read_each(some, scanner, progress, ahead=settings.threads > 1))


def _placed(bundle: Bundle, artifacts: list[Scanned]) -> Bundle:
    """Put artifacts in order and to nodes; the bundle with other duplicates, if it has to be."""
    duplicates = choose_twins(artifacts, bundle.duplicates)
    # What stands in a plain file is quoted from there, not from a copy deep inside an archive.
    artifacts.sort(key=lambda one: (one.path.count("!"), one.path))
    attribute(artifacts)
    return msgspec.structs.replace(bundle, duplicates=duplicates)


def _too_many_nodes(path: str, dropped: int) -> Problem:
    message = (
        f"The evidence names {dropped} nodes more than the {MAX_NODES} that are looked at; those "
        "that wrote most were kept. Give the logs of one cluster at a time."
    )
    return Problem(path, "too_many_nodes", message)


def _rest_rows(artifacts: Sequence[Scanned]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {
        "cluster_nodes": [], "jobs": [], "exceptions": [], "imports": [],
    }  # fmt: skip
    for artifact in artifacts:
        for table, found in artifact.rest.items():
            for row in found:
                placed = row | {"artifact": artifact.id, "ts": row.get("at_ms"), "line": None}
                rows[table].append(placed)
                failure = job_exception(placed) if table == "jobs" else None
                if failure:
                    rows["exceptions"].append(
                        failure | {"artifact": artifact.id, "ts": failure["at_ms"], "line": None}
                    )
    by_job: dict[str, list[dict[str, Any]]] = {}
    for row in rows["jobs"]:
        by_job.setdefault(str(row["job"]), []).append(row)
    for same in by_job.values():
        progressed = len({(row["progress"], row["status"]) for row in same}) > 1
        for row in same:
            row |= {"snapshots": len(same), "progressed": progressed}
    return rows
