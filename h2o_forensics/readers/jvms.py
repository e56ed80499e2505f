"""Whose each run of a JVM is: a life of one of H2O's nodes, or nobody's that is known.

Asked in this order: the process id (in the lines, or in the file's name), what the log lies with or
is called, the start, the heap.  A file in which several nodes' lines stand together says nothing of
whose its collector's lines are; and where there are members without logs, which may have had the
same heap and start, neither the folder nor the heap tells.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from h2o_forensics.gc.figures import figures
from h2o_forensics.readers.jvm_drafts import Draft, drafts_of
from h2o_forensics.readers.jvm_fit import Fit, at_once, begin_ms, heap_asked_for
from h2o_forensics.readers.jvm_layout import lies_as_written
from h2o_forensics.readers.jvm_names import node_named, pids_named
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

_OWN_LOGS = frozenset({"h2o_log", "http_log"})
_START_MS = 3_000
"""A start that alone says whose a run is, is known as exactly as this."""
_EXACT_MS = 100
"""As near as Jetty's line and the log's own stamps say it."""


def read_jvms(
    artifacts: Sequence[Scanned],
    lives: Sequence[Life],
    signals: Sequence[Signal],
    clocks: Mapping[str, SettledClock],
    members: Iterable[str] = (),
) -> tuple[Jvm, ...]:
    """All runs, in order of node and start, with wall-clock times where anything tells them.

    Their lines are those of the artifacts' texts: see `relocate_jvms`.  GC logs become artifacts
    of the nodes that they are found to be of.

    Args:
        artifacts: all, with their nodes.
        lives: of all nodes.
        signals: what hits are indices of.
        clocks: of the nodes.
        members: nodes that are known, if only by name.
    """
    drafts = drafts_of(artifacts)
    if not drafts:
        return ()
    fit = Fit(clocks, find_starts(lives, artifacts, signals, clocks))
    _by_pid(drafts, lives, fit)
    nodes = _nodes_of(artifacts, {life.node for life in lives} | set(members))
    _by_place(drafts, lives, fit, signals, nodes)
    _by_start(drafts, lives, fit, nodes)
    if not nodes.absent:  # nobody knows the heaps of members without logs
        _by_heap(drafts, lives, fit)
    jvms = sorted((_finished(draft, fit, clocks) for draft in drafts), key=_order)
    _attribute_gc_logs(artifacts, jvms)
    return tuple(jvms)


class _Nodes(NamedTuple):
    logged: frozenset[str]
    """Those of which logs of H2O were given."""
    absent: frozenset[str]
    """Members of which none were: nothing that is known of them contradicts any run."""


def _nodes_of(artifacts: Sequence[Scanned], known: set[str]) -> _Nodes:
    logs = [one for one in artifacts if one.kind in _OWN_LOGS or any(one.scan.nodes)]
    logged = frozenset(one.node for one in logs if one.node is not None)
    return _Nodes(logged, frozenset(known) - logged)


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


def _free(draft: Draft, lives: Sequence[Life], drafts: Sequence[Draft], fit: Fit) -> list[Life]:
    """Lives that a run may be, and no other run at its time is."""
    taken = [(one.life, one.jvm) for one in drafts if one.life is not None and one is not draft]
    return [
        life
        for life in lives
        if fit.may_be(draft.jvm, life)
        and not any(other is life and at_once(jvm, draft.jvm) for other, jvm in taken)
    ]


def _tie(draft: Draft, life: Life, how: str) -> None:
    draft.node, draft.life, draft.tied_by = life.node, life, how


def _by_pid(drafts: Sequence[Draft], lives: Sequence[Life], fit: Fit) -> None:
    """Lives with the process id; of several (containers count from 1), the ones it lies with."""
    for draft in drafts:
        pids = _pids(draft, lives)
        named = [life for life in lives if life.facts.get("pid") in pids]
        fitting = _free(draft, named, drafts, fit)
        beside = _node_of_place(draft)
        near = [life for life in fitting if beside is not None and life.node == beside]
        life = _only(fitting) or _only(near) or _nearest_start(draft, near or fitting, fit)
        if life is not None:
            _tie(draft, life, "pid")


def _pids(draft: Draft, lives: Sequence[Life]) -> set[int]:
    """The process id that its lines state, else the one in its files' names that a life had."""
    if draft.jvm.pid is not None:
        return {draft.jvm.pid}
    known = {life.facts.get("pid") for life in lives}
    named = {pid for path in draft.jvm.sources for pid in pids_named(path) if pid in known}
    return named if len(named) == 1 else set()


def _only(lives: Sequence[Life]) -> Life | None:
    return lives[0] if len(lives) == 1 else None


def _node_of_place(draft: Draft) -> str | None:
    """The one node with whose logs it lies, or a copy of it does."""
    found = {None if one.mixed else one.node for one in draft.places} - {None}
    return found.pop() if len(found) == 1 else None


def _starts_with(draft: Draft, life: Life, fit: Fit) -> bool:
    """Whether the life's JVM started when the log says that it did."""
    lag = fit.lag_ms(draft.jvm, life) if fit.knows_time(life) else None
    start = fit.starts.get((life.node, life.run))
    return (
        lag is not None
        and start is not None
        and -_START_MS <= lag <= start.late_ms + _START_MS
    )  # fmt: skip


def _starts_at(draft: Draft, life: Life, fit: Fit) -> bool:
    """The same, to a moment in which no two are started."""
    lag = fit.lag_ms(draft.jvm, life) if fit.knows_time(life) else None
    start = fit.starts.get((life.node, life.run))
    return (
        lag is not None
        and start is not None
        and start.late_ms <= _EXACT_MS
        and abs(lag) <= _EXACT_MS
    )


def _nearest_start(draft: Draft, lives: Sequence[Life], fit: Fit) -> Life | None:
    """The only life whose JVM started when the log says that it did."""
    return _only([life for life in lives if _starts_with(draft, life, fit)])


def _by_place(
    drafts: Sequence[Draft],
    lives: Sequence[Life],
    fit: Fit,
    signals: Sequence[Signal],
    nodes: _Nodes,
) -> None:
    """By what it lies with and is called; then which of the node's lives it is."""
    groups: dict[str, list[Draft]] = {}
    ways: dict[int, str] = {}
    for draft in drafts:
        if draft.life is None and (found := _place_of(draft, lives, nodes)) is not None:
            node, ways[id(draft)] = found
            groups.setdefault(node, []).append(draft)
    for node, mine in groups.items():
        own = [life for life in lives if life.node == node]
        claims: dict[int, list[Draft]] = {}
        for draft in mine:
            fitting = _free(draft, own, drafts, fit)
            if not fitting:
                continue
            life = _only(fitting) if len(own) == 1 else _of_several(draft, fitting, own, fit)
            life = life or _by_banner(draft, fitting, signals)
            draft.node, draft.tied_by = node, ways[id(draft)]
            if life is not None:
                claims.setdefault(life.run, []).append(draft)
        for life in own:
            _settle(claims.get(life.run, []), life, own, fit)
        _in_order(mine, own, fit)
    for draft in drafts:
        if draft.node is not None and draft.life is None and _contested(draft, drafts):
            draft.node = draft.tied_by = None


def _place_of(draft: Draft, lives: Sequence[Life], nodes: _Nodes) -> tuple[str, str] | None:
    """The node by the output in which it stands, its folder, or its name; None: unknown.

    Where one node's logs are all that was given, though other members had such logs, too, a folder
    says something only if it is the node's own: people put files of all nodes together.
    """
    beside = _node_of_place(draft)
    if beside is not None and any(one.kind == "h2o_log" for one in draft.places):
        return beside, "stdout"
    named = _node_of_name(draft, lives, folders=False)
    sure = len(nodes.logged) > 1 or not nodes.absent
    if beside is not None and (sure or _lies_as_written(draft, beside, lives)):
        return (beside, "folder") if named in {None, beside} else None
    named = named or _node_of_name(draft, lives, folders=True)
    return (named, "port") if named is not None else None


def _node_of_name(draft: Draft, lives: Sequence[Life], *, folders: bool) -> str | None:
    """The one node that its files' names tell."""
    found = {node_named(one.path, lives, folders=folders) for one in draft.places} - {None}
    return found.pop() if len(found) == 1 else None


def _lies_as_written(draft: Draft, node: str, lives: Sequence[Life]) -> bool:
    """Each of its files, or a copy, lies to the node's logs as a life of the node wrote it."""
    own = [life for life in lives if life.node == node]
    mine = [one for one in draft.places if one.node == node]
    return all(any(lies_as_written(one, life) for life in own) for one in mine)


def _settle(
    claims: Sequence[Draft],
    life: Life,
    lives: Sequence[Life],
    fit: Fit,
) -> None:
    """Give a life to those that claim it; of runs at one time to the one that stands out."""
    chosen = list(claims)
    if any(at_once(one.jvm, other.jvm) for one, other in combinations(claims, 2)):
        deepest = min((_depth(one, lives) for one in claims), default=0)
        tests = (
            [one for one in claims if _starts_with(one, life, fit)],
            [one for one in claims if one.jvm.heap_max_bytes == (heap_asked_for(life) or 0)],
            [one for one in claims if _depth(one, lives) == deepest],
        )
        chosen = next((found for found in tests if len(found) == 1), [])
    for draft in claims:
        if draft in chosen:
            draft.life = life
        else:
            draft.node = draft.tied_by = None


def _contested(draft: Draft, drafts: Sequence[Draft]) -> bool:
    """Another run has the node's place at its time: one of the two is another's."""
    return any(
        one is not draft and one.node == draft.node and at_once(one.jvm, draft.jvm)
        and begin_ms(one.jvm) is not None and begin_ms(draft.jvm) is not None
        for one in drafts
    )  # fmt: skip


def _depth(draft: Draft, lives: Sequence[Life]) -> int:
    """Minus the number of folders that it shares with the node's logs."""
    others = [other for life in lives for other in life.folders]
    shared = [shared_folders(one.folder, other) for one in draft.places for other in others]
    return -max(shared, default=0)


def _of_several(
    draft: Draft, fitting: Sequence[Life], own: Sequence[Life], fit: Fit
) -> Life | None:
    """Which of a node's lives it is: by its start, its heap, where times leave one, by the folder.

    Args:
        draft: a run of the node's.
        fitting: lives that it may be.
        own: all of the node.
        fit: what lives state.
    """
    if draft.jvm.last_epoch_ms is not None:
        return _nearest_start(draft, fitting, fit) or _only(fitting)
    others = [life for life in own if life not in fitting]
    if len(fitting) == 1 and not any(fit.same_flags(draft.jvm, life) for life in others):
        return fitting[0]
    if len(fitting) == 1:
        return None
    return life_beside(fitting, fitting[0].node, draft.places[0].folder)


def _by_banner(draft: Draft, lives: Sequence[Life], signals: Sequence[Signal]) -> Life | None:
    """The life whose banner stands among the run's own lines."""
    if len(draft.run.parts) != 1:
        return None
    part = draft.run.parts[0]
    stream = next(one for one in draft.places if one.id == part.artifact)
    found = [
        life
        for life in lives
        for hit in stream.scan.hits
        if signals[hit.signal].rule_id == "H2O" and signals[hit.signal].name == "banner"
        and hit.header is not None and hit.header.stamp_ms == life.first_stamp
        and hit.header.pid == life.pid_column
        and part.digest.first_line <= hit.line <= part.digest.last_line
    ]  # fmt: skip
    return _only(found)


def _in_order(drafts: Sequence[Draft], lives: Sequence[Life], fit: Fit) -> None:
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


def _by_start(drafts: Sequence[Draft], lives: Sequence[Life], fit: Fit, nodes: _Nodes) -> None:
    """A run and a life that started together, when no other life or run did.

    Nodes of one cluster are started together: where members have no logs, only the start that
    H2O's web server states says whose a run is.
    """
    wanted: dict[LifeKey, list[Draft]] = {}
    found: dict[LifeKey, Life] = {}
    for draft in drafts:
        if draft.node is None:
            life = _nearest_start(draft, _free(draft, lives, drafts, fit), fit)
            if life is not None and nodes.absent and not _starts_at(draft, life, fit):
                continue
            if life is not None:
                wanted.setdefault((life.node, life.run), []).append(draft)
                found[life.node, life.run] = life
    for key, same in wanted.items():
        if len(same) == 1:
            _tie(same[0], found[key], "start")


def _by_heap(drafts: Sequence[Draft], lives: Sequence[Life], fit: Fit) -> None:
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


def _finished(draft: Draft, fit: Fit, clocks: Mapping[str, SettledClock]) -> Jvm:
    """With its node, and with wall-clock times."""
    jvm, life = draft.jvm, draft.life
    clock = clocks.get(draft.node or "")
    start = fit.starts.get((life.node, life.run)) if life is not None else None
    if jvm.started is None and jvm.last_epoch_ms is None and start is not None:
        jvm = replace(figures(draft.run, start.at_ms), started_how=start.how)
    elif clock is not None and clock.skew_ms:
        jvm = moved(jvm, -clock.skew_ms)
    run = life.run if life is not None else None
    pid = life.facts.get("pid") if life is not None and draft.tied_by == "pid" else jvm.pid
    return replace(jvm, node=draft.node, run=run, tied_by=draft.tied_by, pid=pid)
