"""The strip of a node: where life, gaps and events lie, in thousandths of the window."""

from msgspec import Struct

from h2o_forensics.report.shape import Report
from h2o_forensics.report.view import between

WIDTH = 1000
_TICK = 5
_MAX_LANES = 40
_MAX_TICKS = 400


class Mark(Struct, frozen=True):
    """A bar or tick: `kind` is life, gap, finding, cause or event."""

    x: int
    width: int
    kind: str


class Lane(Struct, frozen=True):
    """One node."""

    node: str
    marks: tuple[Mark, ...]


def lanes(report: Report) -> tuple[Lane, ...]:
    """A lane per node; none where the case has no window."""
    first, last = report.case.window.first, report.case.window.last
    if first is None or last is None or between(first, last) <= 0:
        return ()
    names = list(dict.fromkeys(item.node for item in report.case.nodes))[:_MAX_LANES]
    return tuple(Lane(name, _marks(report, name, first, between(first, last))) for name in names)


def _marks(report: Report, name: str, first: str, span: int) -> tuple[Mark, ...]:
    def x(time: str) -> int:
        return min(max(between(first, time) * WIDTH // span, 0), WIDTH)

    def bar(since: str | None, until: str | None, kind: str) -> Mark:
        left = x(since) if since else 0
        return Mark(left, max((x(until) if until else WIDTH) - left, _TICK), kind)

    life = [
        bar(item.started, item.last_seen, "life") for item in report.case.nodes if item.node == name
    ]
    gaps = [
        bar(item.from_, item.to, "gap") for item in report.gaps if item.node == name and item.from_
    ]
    roots = {item.id for item in report.root_causes}
    ticks = [
        Mark(
            min(x(item.time), WIDTH - _TICK),
            _TICK,
            "cause" if item.finding in roots else "finding" if item.finding else "event",
        )
        for item in report.timeline
        if item.node == name
    ]
    order = {"event": 0, "finding": 1, "cause": 2}
    ticks.sort(key=lambda mark: (order[mark.kind], mark.x))
    return (*life, *gaps, *dict.fromkeys(ticks[-_MAX_TICKS:]))
