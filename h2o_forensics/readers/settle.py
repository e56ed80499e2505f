"""One clock per node, from the anchors its own logs hold, else from what lies beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.readers.clock import (
    Anchor,
    SettledClock,
    archive_instant,
    assumed_clock,
    settle_from_anchor,
    settle_from_neighbours,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import RawHit
    from h2o_forensics.model.settings import Settings
    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.scanned import Scanned

_ASSUMED_YEAR = 2000
NO_NODE = ""
"""Whose clock is that of lines that no node wrote: Spark's driver, Hadoop's, a client."""


def settle_clocks(
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
    lives: Sequence[Life],
    settings: Settings,
) -> dict[str, SettledClock]:
    """A clock of each node: as stated by the user, else from its lines or its neighbours."""
    del settings  # --year and --timezone are not acted upon yet
    clocks: dict[str, SettledClock] = {}
    for artifact in artifacts:
        for hit in artifact.scan.hits:
            header = hit.header
            anchor = _anchor(hit, signals[hit.signal])
            settled = settle_from_anchor(anchor) if anchor else None
            if settled is None or header is None:
                continue
            held = clocks.get(header.node)
            # The earliest one: records run on from it, for months perhaps, but not back.
            if held is None or settled.anchor_ms < held.anchor_ms:
                clocks[header.node] = settled
    for node in sorted({life.node for life in lives} - clocks.keys()):
        mine = [one for one in artifacts if one.node == node and one.local_year_last is not None]
        local = [(one.local_year_first or 0, f"the dated lines of {one.path}") for one in mine]
        settled = settle_from_neighbours(list(clocks.values()), _instants(artifacts), local)
        clocks[node] = settled or assumed_clock(_ASSUMED_YEAR)
    dated = [one for one in artifacts if one.node is None and one.local_year_last is not None]
    if dated:
        local = [(one.local_year_first or 0, f"the dated lines of {one.path}") for one in dated]
        others = list(clocks.values())
        clocks[NO_NODE] = settle_from_neighbours(others, [], local) or assumed_clock(_ASSUMED_YEAR)
    return clocks


def _anchor(hit: RawHit, signal: Signal) -> Anchor | None:
    """The absolute time a line of H2O's states."""
    if signal.rule_id != "H2O" or hit.header is None or hit.header.stamp_ms is None:
        return None
    if signal.name == "cluster":
        epoch = int(hit.captures["cluster_id"] or 0)
        what = f"start-up line X-h2o-cluster-id {epoch} against its own stamp"
        return Anchor(hit.header.stamp_ms, epoch, what)
    if signal.name == "epoch":
        epoch = int(hit.captures["epoch"] or 0)
        return Anchor(
            hit.header.stamp_ms, epoch, "epoch milliseconds printed by a GC CALLBACK line"
        )
    return None


def _instants(artifacts: Sequence[Scanned]) -> list[tuple[int, str]]:
    """Absolute times that other evidence states, the most telling first."""
    found: list[tuple[int, str]] = []
    for artifact in artifacts:
        for rows in artifact.rest.values():
            found.extend(
                (row["at_ms"], f"the snapshot {artifact.path}") for row in rows if row.get("at_ms")
            )
    for artifact in artifacts:
        instant = archive_instant(artifact.path)
        if instant is not None:
            found.append((instant, "the name of the log archive"))
    found.extend(
        (int(artifact.mtime * 1000), f"the file time of {artifact.path}")
        for artifact in artifacts
        if artifact.mtime and artifact.kind == "h2o_log"
    )
    return found[:1]
