"""Nouns of the case: its artifacts, what they cover and lack, and what went wrong with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.model.artifact import Artifact, Coverage, Gap
from h2o_forensics.model.bundle import Problem
from h2o_forensics.readers.anchors import NO_NODE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.bundle import Bundle
    from h2o_forensics.model.rule import Signal
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.scanned import Scanned

_NODE_IN_NAME = re.compile(r"node\d+_([^/!]+?)_(\d+)\.zip$")


def artifact_nouns(artifacts: Sequence[Scanned], bundle: Bundle) -> tuple[Artifact, ...]:
    """Artifacts in the order of their ids; then copies, then archives that were walked into."""
    nouns = [
        Artifact(
            id=one.id, path=one.path, kind=one.kind, node=one.node, bytes=one.size,
            sha256=one.scan.sha256 or None, lines=one.scan.lines or None, state=one.state,
            part=one.part, rewritten=one.rewritten,
        )
        for one in artifacts
    ]  # fmt: skip
    ids = {one.path: one for one in nouns}
    for path, original in bundle.duplicates:
        same = ids.get(original)
        nouns.append(
            Artifact(
                id=f"A{len(nouns) + 1}", path=path, kind=same.kind if same else "binary",
                node=same.node if same else None,
                bytes=same.bytes if same else 0, sha256=same.sha256 if same else None,
                lines=same.lines if same else None, state="duplicate",
                same_as=same.id if same else None,
            )
        )  # fmt: skip
    for path, what in bundle.listed:
        kind = "empty" if "empty" in what else "archive"
        state = "opened" if what == "zip archive" else "listed"
        nouns.append(
            Artifact(id=f"A{len(nouns) + 1}", path=path, kind=kind, node=None, bytes=0,
                     sha256=None, lines=None, state=state)
        )  # fmt: skip
    return tuple(nouns)


def window_of(
    artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]
) -> tuple[int | None, int | None]:
    """First and last instant any H2O log covers; without one, any log."""
    moments = []
    for artifact in artifacts:
        clock = clocks.get(artifact.node or "")
        foreign = not any(artifact.scan.nodes) and any(clocks.keys() - {NO_NODE})
        if clock is None or foreign or artifact.kind not in {"h2o_log", "console"}:
            continue
        moments += [
            clock.epoch(stamp) for stamp in (artifact.scan.first_stamp, artifact.scan.last_stamp)
        ]
    known = [moment for moment in moments if moment is not None]
    return min(known, default=None), max(known, default=None)


def coverage_of(
    artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]
) -> tuple[Coverage, ...]:
    """What each log of H2O can testify to, where its node and its stamps are known."""
    found = []
    for one in artifacts:
        clock = clocks.get(one.node or "")
        if clock is None or one.kind not in {"h2o_log", "console"} or not any(one.scan.nodes):
            continue
        first, last = clock.epoch(one.scan.first_stamp), clock.epoch(one.scan.last_stamp)
        if first is not None and last is not None:
            level = next(
                (
                    name
                    for name in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")
                    if name in one.scan.levels
                ),
                "",
            )
            found.append(Coverage(one.node, one.id, one.kind, level, first, last))
    return tuple(found)


def missing_logs(bundle: Bundle, lives: Sequence[Life]) -> tuple[Gap, ...]:
    """Members whose logs are not here, nodes that did not answer when the archive was made."""
    why = {
        life.node: f"{life.node} was a member of the cloud, but no log of it was given."
        for life in lives
        if life.first_stamp is None and life.last_stamp is None
    }
    logged = {life.node for life in lives} - why.keys()
    for problem in bundle.problems():
        match = _NODE_IN_NAME.search(problem.artifact)
        if (
            problem.code == "node_not_healthy"
            and match is not None
            and f"{match[1]}:{match[2]}" not in logged
        ):
            node = f"{match[1]}:{match[2]}"
            why[node] = (
                f"{node} did not answer when the log archive was made, so its logs are not in it."
            )
    return tuple(
        Gap(node=node, source="h2o_log", from_ms=None, to_ms=None, why=reason,
            fetch=f"Copy the log directory of {node} from its own disk "
                  "(its start-up line `Log dir:` names it).")
        for node, reason in sorted(why.items())
    )  # fmt: skip


def problems_of(
    bundle: Bundle,
    found: Sequence[Problem],
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
) -> tuple[Problem, ...]:
    """What intake and readers complain of, signals that were switched off, runs told twice."""
    slow = [
        Problem(
            one.path,
            "rule_timeout",
            f"signal {signals[index].id} took too long {count} times: its pattern did not see "
            "those records, and after a few of them it was switched off for the rest of this file.",
        )
        for one in artifacts
        for shared, count in sorted(one.scan.timeouts.items())
        for index in one.scan.alike.get(shared, (shared,))
    ]
    repeated = [
        Problem(
            one.path,
            "repeated",
            f"{one.repeated_runs} of the JVM's runs in this file begin with a pause that another "
            "one in it begins with, to the last digit: it was taken for a copy and is not counted.",
        )
        for one in artifacts
        if one.repeated_runs
    ]
    everything = [*bundle.problems(), *found, *slow, *repeated]
    return tuple(sorted(everything, key=msgspec.structs.astuple))
