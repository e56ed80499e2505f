"""Streams of one JVM become one run: rotated sets, and safepoints in a file of their own."""

from __future__ import annotations

from typing import NamedTuple

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.kinship import (
    Bond,
    Named,
    compatible,
    follows,
    only_safepoints,
    overlap,
    repeats,
    safepoint_matches,
    same_process,
)
from h2o_forensics.gc.merge import safepoints_alone

MOST = 1000
"""Streams of one folder that are looked at; what is above stays apart."""


class Sourced(NamedTuple):
    """A run in one stream."""

    artifact: str
    path: str
    folder: tuple[str, ...]
    """Where the stream lies; only streams of one folder join."""
    node: str | None
    """Whose the stream is, where known."""
    digest: RunDigest


class Run(NamedTuple):
    """All that belongs to one run of a JVM, in order of time."""

    parts: tuple[Sourced, ...]


def join_digests(digests: list[Sourced]) -> list[Run]:
    """Decide what belongs together: by times, pid, heap, GC ids, never by names alone."""
    for one in digests:
        one.digest.settle()
    folders: dict[tuple[str, ...], list[Sourced]] = {}
    for one in sorted(digests, key=_by_time):
        folders.setdefault(one.folder, []).append(one)
    return [run for folder in sorted(folders) for run in _join(folders[folder])]


def _by_time(one: Sourced) -> tuple[bool, float, float, str, str, int]:
    clock = one.digest.clock
    epoch, uptime = clock.first_epoch, clock.first_uptime
    # Where only some logs have dates, the others come last: they have no place among them.
    return epoch is None, epoch or 0, uptime or 0.0, one.path, one.artifact, one.digest.first_line


def _join(parts: list[Sourced]) -> list[Run]:
    stops = [one for one in parts if only_safepoints(one.digest)]
    logs = [one for one in parts if not only_safepoints(one.digest)]
    logs, twins = _without_twins(logs)
    chains = _chains(logs) + _chains(stops)
    runs = [list(chain) for chain in chains if not only_safepoints(chain[0].digest)]
    for chain in chains:
        if only_safepoints(chain[0].digest):
            home = _home(runs, chain)
            (runs.append(list(chain)) if home is None else home.extend(chain))
    for twin, original in twins:
        home = next(run for run in runs if original in run)
        spare = not any(one.digest.safepoints.count for one in home)
        home.append(twin._replace(digest=safepoints_alone(twin.digest, counted=spare)))
    return [Run(tuple(run)) for run in sorted(runs, key=lambda run: _by_time(run[0]))]


def _without_twins(logs: list[Sourced]) -> tuple[list[Sourced], list[tuple[Sourced, Sourced]]]:
    """Take out those that tell again what a fuller one tells."""
    originals: list[tuple[Sourced, Named]] = []
    twins: list[tuple[Sourced, Sourced]] = []
    if _is_one_text(logs):
        return logs, twins
    # the fuller first; of alike ones the first by time and path
    ranked = sorted(range(len(logs)), key=lambda i: (-logs[i].digest.events, i))
    for index in ranked[:MOST]:
        one, named = logs[index], Named(logs[index].digest)
        alike = (o for o, its in originals if _may_join(o, one) and repeats(its, named))
        original = next(alike, None)
        if original is None:
            originals.append((one, named))
        else:
            twins.append((one, original))
    gone = {id(twin) for twin, _ in twins}
    return [one for one in logs if id(one) not in gone], twins


def _is_one_text(logs: list[Sourced]) -> bool:
    """Its runs are apart: there may be very many, and none need be compared."""
    return len({one.artifact for one in logs}) <= 1


def _may_join(one: Sourced, other: Sourced) -> bool:
    if one.artifact == other.artifact:
        return False
    return one.node is None or other.node is None or one.node == other.node


def _chains(logs: list[Sourced]) -> list[list[Sourced]]:
    """Parts that follow each other, the surest bonds first."""
    following: dict[int, int] = {}
    preceding: dict[int, int] = {}
    for i, j in _bonds(logs):
        if i in following or j in preceding or _first(preceding, i) == j:
            continue
        following[i], preceding[j] = j, i
    chains = []
    for begin in range(len(logs)):
        if begin not in preceding:
            chain = [begin]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            chains.append([logs[i] for i in chain])
    return chains


def _bonds(logs: list[Sourced]) -> list[tuple[int, int]]:
    """Which may be followed by which, the surest ones first."""
    bonds: list[tuple[bool, Bond, int, int]] = []
    if _is_one_text(logs):
        return []
    named = [(one, _stem(one.path), _series(one.path)) for one in logs[:MOST]]
    for j, (other, its_stem, its_series) in enumerate(named):
        for i, (one, stem, series) in enumerate(named):
            if i != j and _may_join(one, other):
                bond = follows(one.digest, other.digest, alike=series == its_series)
                if bond is not None:
                    bonds.append((stem != its_stem, bond, i, j))
    return [(i, j) for _, _, i, j in sorted(bonds)]


def _first(preceding: dict[int, int], index: int) -> int:
    while index in preceding:
        index = preceding[index]
    return index


def _stem(path: str) -> str:
    """`gc.log` of `gc.log.3.current`: among bonds alike, files of one name go together."""
    name = path.removesuffix(".gz").removesuffix(".current")
    head, dot, tail = name.rpartition(".")
    return head if dot and tail.isdigit() else name


def _series(path: str) -> str:
    """The same for `gc-1.log` and `gc-2.log`."""
    return "".join(char for char in _stem(path) if not char.isdigit())


def _home(runs: list[list[Sourced]], chain: list[Sourced]) -> list[Sourced] | None:
    """The run whose stops these are."""
    best: tuple[int, bool, float] = (0, False, 0.0)
    home = None
    for run in runs:
        pairs = [(one.digest, stop.digest) for one in run for stop in chain if _kin(one, stop)]
        shared = sum(max(0.0, overlap(one, stop) or 0.0) for one, stop in pairs)
        matches = sum(safepoint_matches(one, stop) for one, stop in pairs)
        sure = any(same_process(one, stop) for one, stop in pairs)
        # times since a start overlap in any two runs: that alone proves nothing
        if (matches or sure) and shared and (matches, sure, shared) > best:
            best, home = (matches, sure, shared), run
    return home


def _kin(one: Sourced, stop: Sourced) -> bool:
    same_node = one.node is None or stop.node is None or one.node == stop.node
    return same_node and one.artifact != stop.artifact and compatible(one.digest, stop.digest)
