"""Lines of H2O's log about training, found by the scan: each once, in order, dated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2o_forensics.model.rule import Signal
from h2o_forensics.model.training import Saved, Source
from h2o_forensics.training.log_lines import LINES, LogLine, read_log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.scan import RawHit
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned

_PREFIX = "training_"
_QUOTED = 2_000

TRAINING_SIGNALS: tuple[Signal, ...] = tuple(
    Signal(
        rule_id="H2O",
        name=_PREFIX + name,
        anchor=wanted.anchor,
        pattern=wanted.pattern,
        lines_after=wanted.lines_after,
    )
    for name, wanted in LINES.items()
)
"""Found once, for the tables; the names of all begin with `training_`."""


def read_logs(
    artifacts: Sequence[Scanned], signals: Sequence[Signal], clocks: Mapping[str, SettledClock]
) -> Saved:
    """What the logs of all nodes tell of training."""
    names = {
        index: signal.name.removeprefix(_PREFIX)
        for index, signal in enumerate(signals)
        if signal.rule_id == "H2O" and signal.name.startswith(_PREFIX)
    }
    found: dict[tuple[Any, ...], LogLine] = {}
    for artifact in artifacts:
        for hit in artifact.scan.hits:
            name = names.get(hit.signal)
            if name is None or hit.header is None:
                continue
            line = _line(name, artifact, hit, clocks)
            key = (name, hit.header.node, hit.header.stamp_ms, hit.header.thread, hit.text)
            known = found.get(key)
            if known is None or _tells_more(line, known):
                found[key] = line
    return read_log(sorted(found.values(), key=_order))


def _tells_more(line: LogLine, known: LogLine) -> bool:
    """A level file that lacks the lines between shows what follows sooner."""
    return sum(value is not None for value in line.captures.values()) > sum(
        value is not None for value in known.captures.values()
    )


def _line(name: str, artifact: Scanned, hit: RawHit, clocks: Mapping[str, SettledClock]) -> LogLine:
    header = hit.header
    node = header.node if header else ""
    clock = clocks.get(node)
    at = clock.epoch(header.stamp_ms) if clock and header else None
    return LogLine(
        name=name,
        captures=hit.captures,
        thread=header.thread if header else "",
        node=node or None,
        at=at,
        source=Source(artifact.id, artifact.path, "", hit.line, hit.text[:_QUOTED], at),
        weight=hit.weight,
    )


def _order(line: LogLine) -> tuple[Any, ...]:
    return (line.node or "", line.at is None, line.at or 0, line.source.path, line.source.line or 0)
