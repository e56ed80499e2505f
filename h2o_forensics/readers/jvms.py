"""Whose each run of a JVM is: a life of one of H2O's nodes, or nobody's that is known.

Asked in this order: the process id, what the log lies with, the start, the heap.  A file in which
several nodes' lines stand together says nothing of whose its collector's lines are.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.gc.figures import figures
from h2o_forensics.gc.join import Run, Sourced, join_digests
from h2o_forensics.readers.jvm_fit import Fit, at_once, begin_ms, heap_asked_for
from h2o_forensics.readers.jvm_places import moved
from h2o_forensics.readers.jvm_starts import find_starts
from h2o_forensics.readers.lives import life_beside, shared_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from h2o_forensics.model.jvm import Jvm
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.jvm_starts import LifeKey
    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.scanned import Scanned

_START_MS = 3_000
"""A start that alone says whose a run is, is known as exactly as this."""


class _Draft(Struct, eq=False):
    """A run while it is tied."""

    run: Run
    jvm: Jvm
    node: str | None = None
    life: Life | None = None
    tied_by: str | None = None


def read_jvms(
    artifacts: Sequence[Scanned],
    lives: Sequence[Life],
    signals: Sequence[Signal],
    clocks: Mapping[str, SettledClock],
) -> tuple[Jvm, ...]:
    """All runs, in order of node and start, with wall-clock times where anything tells them.

    Their lines are those of the artifacts' texts: see `relocate_jvms`.  GC logs become artifacts
    of the nodes that they are found to be of.
    """
    by_id = {one.id: one for one in artifacts}
    drafts = _drafts(artifacts)
    if not drafts:
        return ()
    fit = Fit(clocks, find_starts(lives, artifacts, signals, clocks))
    _by_pid(drafts, lives, fit, by_id)
    _by_place(drafts, lives, fit, artifacts, signals)
    _by_start(drafts, lives, fit)
    _by_heap(drafts, lives, fit)
    jvms = sorted((_finished(draft, fit, clocks) for draft in drafts), key=_order)
    _attribute_gc_logs(artifacts, jvms)
    return tuple(jvms)


def _attribute_gc_logs(artifacts: Iterable[Scanned], jvms: Iterable[Jvm]) -> None:
    """A GC log is of the node whose runs it tells of, wherever it lies."""
    owners: dict[str, set[str | None]] = {}
    for jvm in jvms:
        for artifact in jvm.artifacts:
            owners.setdefault(artifact, set()).add(jvm.node)
    for one in artifacts:
        if one.kind == "gc_log" and one.id in owners:
            nodes = owners[one.id]
            one.node = next(iter(nodes)) if len(nodes) == 1 else None


def _order(jvm: Jvm) -> tuple[object, ...]:
    first = min((sample.line for sample in jvm.pause_samples), default=0)
    begin = begin_ms(jvm)
    return (jvm.node is None, jvm.node or "", jvm.run or 0, begin is None, begin or 0,
            jvm.sources, first)  # fmt: skip


def _drafts(artifacts: Sequence[Scanned]) -> list[_Draft]:
    sourced = [
        Sourced(one.id, one.path, one.folder, None if one.mixed else one.node, digest)
        for one in artifacts
        for digest in one.jvms
    ]
    drafts = [_Draft(run, figures(run)) for run in join_digests(sourced)]
    return _without_copies(drafts)


def _without_copies(drafts: list[_Draft]) -> list[_Draft]:
    """Each run once: a log archive holds a copy of a log that was still being written."""
    fullest: dict[object, _Draft] = {}
    kept: list[object] = []
    for number, draft in enumerate(drafts):
        first = min(draft.jvm.pause_samples, key=lambda one: one.line, default=None)
        key: object = number
        if first is not None and (first.uptime_ms is not None or first.epoch_ms is not None):
            key = (draft.jvm.collector, first.uptime_ms, first.epoch_ms, first.phase,
                   first.took_ms, first.before_bytes, first.after_bytes)  # fmt: skip
        if key not in fullest:
            kept.append(key)
            fullest[key] = draft
        elif draft.jvm.lines > fullest[key].jvm.lines:
            fullest[key] = draft
    return [fullest[key] for key in kept]


def _free(draft: _Draft, lives: Sequence[Life], drafts: Sequence[_Draft], fit: Fit) -> list[Life]:
    """Lives that a run may be, and no other run at its time is."""
    taken = [(one.life, one.jvm) for one in drafts if one.life is not None and one is not draft]
    return [
        life
        for life in lives
        if fit.may_be(draft.jvm, life)
        and not any(other is life and at_once(jvm, draft.jvm) for other, jvm in taken)
    ]


def _tie(draft: _Draft, life: Life, how: str) -> None:
    draft.node, draft.life, draft.tied_by = life.node, life, how


def _by_pid(
    drafts: Sequence[_Draft],
    lives: Sequence[Life],
    fit: Fit,
    by_id: Mapping[str, Scanned],
) -> None:
    """Lives with the process id; of several (containers count from 1), the ones it lies with."""
    for draft in drafts:
        if draft.jvm.pid is None:
            continue
        named = [life for life in lives if life.facts.get("pid") == draft.jvm.pid]
        fitting = _free(draft, named, drafts, fit)
        beside = _node_of_place(draft, by_id)
        near = [life for life in fitting if beside is not None and life.node == beside]
        life = _only(fitting) or _only(near) or _nearest_start(draft, near or fitting, fit)
        if life is not None:
            _tie(draft, life, "pid")


def _only(lives: Sequence[Life]) -> Life | None:
    return lives[0] if len(lives) == 1 else None


def _node_of_place(draft: _Draft, by_id: Mapping[str, Scanned]) -> str | None:
    """The one node with whose logs all its streams lie."""
    found = {None if one.mixed else one.node
             for one in (by_id[part.artifact] for part in draft.run.parts)}  # fmt: skip
    return found.pop() if len(found) == 1 else None


def _starts_with(draft: _Draft, life: Life, fit: Fit) -> bool:
    """Whether the life's JVM started when the log says that it did."""
    lag = fit.lag_ms(draft.jvm, life) if fit.knows_time(life) else None
    start = fit.starts.get((life.node, life.run))
    return (
        lag is not None
        and start is not None
        and -_START_MS <= lag <= start.late_ms + _START_MS
    )  # fmt: skip


def _nearest_start(draft: _Draft, lives: Sequence[Life], fit: Fit) -> Life | None:
    """The only life whose JVM started when the log says that it did."""
    return _only([life for life in lives if _starts_with(draft, life, fit)])


def _by_place(
    drafts: Sequence[_Draft],
    lives: Sequence[Life],
    fit: Fit,
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
) -> None:
    """By the folder, or by the output in which it stands; then which of the node's lives it is."""
    by_id = {one.id: one for one in artifacts}
    groups: dict[str, list[_Draft]] = {}
    for draft in drafts:
        node = _node_of_place(draft, by_id)
        if draft.life is None and node is not None:
            groups.setdefault(node, []).append(draft)
    for node, mine in groups.items():
        own = [life for life in lives if life.node == node]
        claims: dict[int, list[_Draft]] = {}
        for draft in mine:
            fitting = _free(draft, own, drafts, fit)
            if not fitting:
                continue
            streams = [by_id[part.artifact] for part in draft.run.parts]
            how = "stdout" if any(one.kind == "h2o_log" for one in streams) else "folder"
            life = _only(fitting) if len(own) == 1 else _of_several(draft, fitting, fit, streams)
            life = life or _by_banner(draft, fitting, streams, signals)
            draft.node, draft.tied_by = node, how
            if life is not None:
                claims.setdefault(life.run, []).append(draft)
        for life in own:
            _settle(claims.get(life.run, []), life, own, fit, by_id)
        _in_order(mine, own, fit)
    for draft in drafts:
        if draft.node is not None and draft.life is None and _contested(draft, drafts):
            draft.node = draft.tied_by = None


def _settle(
    claims: Sequence[_Draft],
    life: Life,
    lives: Sequence[Life],
    fit: Fit,
    by_id: Mapping[str, Scanned],
) -> None:
    """Give a life to those that claim it; of runs at one time to the one that stands out."""
    chosen = list(claims)
    if any(at_once(one.jvm, other.jvm) for one, other in combinations(claims, 2)):
        deepest = min((_depth(one, lives, by_id) for one in claims), default=0)
        tests = (
            [one for one in claims if _starts_with(one, life, fit)],
            [one for one in claims if one.jvm.heap_max_bytes == (heap_asked_for(life) or 0)],
            [one for one in claims if _depth(one, lives, by_id) == deepest],
        )
        chosen = next((found for found in tests if len(found) == 1), [])
    for draft in claims:
        if draft in chosen:
            draft.life = life
        else:
            draft.node = draft.tied_by = None


def _contested(draft: _Draft, drafts: Sequence[_Draft]) -> bool:
    """Another run has the node's place at its time: one of the two is another's."""
    return any(
        one is not draft and one.node == draft.node and at_once(one.jvm, draft.jvm)
        and begin_ms(one.jvm) is not None and begin_ms(draft.jvm) is not None
        for one in drafts
    )  # fmt: skip


def _depth(draft: _Draft, lives: Sequence[Life], by_id: Mapping[str, Scanned]) -> int:
    """Minus the number of folders that it shares with the node's logs."""
    folder = by_id[draft.run.parts[0].artifact].folder
    others = (other for life in lives for other in life.folders)
    return -max((shared_folders(folder, other) for other in others), default=0)


def _of_several(
    draft: _Draft, lives: Sequence[Life], fit: Fit, streams: Sequence[Scanned]
) -> Life | None:
    """Which life of a node it is: by its start, else where times leave one, else by the folder."""
    if draft.jvm.last_epoch_ms is not None:
        return _nearest_start(draft, lives, fit) or _only(lives)
    return life_beside(lives, lives[0].node, streams[0].folder) if len(lives) > 1 else None


def _by_banner(
    draft: _Draft, lives: Sequence[Life], streams: Sequence[Scanned], signals: Sequence[Signal]
) -> Life | None:
    """The life whose banner stands among the run's own lines."""
    digest = draft.run.parts[0].digest
    if len(streams) != 1:
        return None
    found = [
        life
        for life in lives
        for hit in streams[0].scan.hits
        if signals[hit.signal].rule_id == "H2O" and signals[hit.signal].name == "banner"
        and hit.header is not None and hit.header.stamp_ms == life.first_stamp
        and hit.header.pid == life.pid_column
        and digest.first_line <= hit.line <= digest.last_line
    ]  # fmt: skip
    return _only(found)


def _in_order(drafts: Sequence[_Draft], lives: Sequence[Life], fit: Fit) -> None:
    """One file of as many runs as the node has lives, none told apart: they come in order."""
    left = [draft for draft in drafts if draft.node is not None]
    if any(draft.life is not None for draft in left) or len(left) != len(lives):
        return
    if len({part.artifact for draft in left for part in draft.run.parts}) != 1:
        return
    left.sort(key=lambda draft: draft.run.parts[0].digest.first_line)
    pairs = list(zip(left, sorted(lives, key=lambda life: life.run), strict=True))
    if all(fit.may_be(draft.jvm, life) for draft, life in pairs):
        for draft, life in pairs:
            draft.life = life


def _by_start(drafts: Sequence[_Draft], lives: Sequence[Life], fit: Fit) -> None:
    """A run and a life that started together, when no other life or run did."""
    wanted: dict[LifeKey, list[_Draft]] = {}
    found: dict[LifeKey, Life] = {}
    for draft in drafts:
        if draft.node is None:
            life = _nearest_start(draft, _free(draft, lives, drafts, fit), fit)
            if life is not None:
                wanted.setdefault((life.node, life.run), []).append(draft)
                found[life.node, life.run] = life
    for key, same in wanted.items():
        if len(same) == 1:
            _tie(same[0], found[key], "start")


def _by_heap(drafts: Sequence[_Draft], lives: Sequence[Life], fit: Fit) -> None:
    """A run and a life with the same heap to the byte, when no other life or run has it."""
    left = [draft for draft in drafts if draft.node is None and draft.jvm.heap_max_stated]
    free = {id(draft): _free(draft, lives, drafts, fit) for draft in left}
    for draft in left:
        heap = draft.jvm.heap_max_bytes
        fitting = [life for life in free[id(draft)] if heap_asked_for(life) == heap]
        alike = [other for other in left if other.jvm.heap_max_bytes == heap]
        asked = [life for life in lives if heap_asked_for(life) == heap]
        life = _only(fitting)
        if life is not None and heap is not None and len(alike) == len(asked) == 1:
            _tie(draft, life, "heap")


def _finished(draft: _Draft, fit: Fit, clocks: Mapping[str, SettledClock]) -> Jvm:
    """With its node, and with wall-clock times."""
    jvm, life = draft.jvm, draft.life
    clock = clocks.get(draft.node or "")
    start = fit.starts.get((life.node, life.run)) if life is not None else None
    if jvm.started is None and jvm.last_epoch_ms is None and start is not None:
        jvm = replace(figures(draft.run, start.at_ms), started_how=start.how)
    elif clock is not None and clock.skew_ms:
        jvm = moved(jvm, -clock.skew_ms)
    run = life.run if life is not None else None
    return replace(jvm, node=draft.node, run=run, tied_by=draft.tied_by)
