"""The strongest of what a fleet report says, a line each, for its first screen."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from h2o_forensics.model.fleet import Fleet, Regression
from h2o_forensics.report import fleet_words as words
from h2o_forensics.report import view

_WORSE = re.compile(r"[0-9,]+ values? gets? worse over time")
_MOST = 4
"""Of a kind; what more there is, is a number."""


class Finding(Struct, frozen=True):
    """A line: its kind, what it says, and the section that has more of it."""

    kind: str
    says: str
    section: str


def findings(fleet: Fleet) -> tuple[Finding, ...]:
    """News first, then what began or grew, gets worse, and sits on one user or machine."""
    return (
        *_kind("New cause", _new(fleet), "new"),
        *_kind("Regression", _regressions(fleet), "regressions"),
        *_kind("Gets worse", _worse(fleet), "series"),
        *_kind("Concentrated", _concentrations(fleet), "concentrations"),
        *_kind("Machine", _machines(fleet), "nodes"),
    )


def opening(fleet: Fleet) -> str:
    """The summary up to where it says what the findings below it say again, with links."""
    told = [one.says.partition(". ")[0].rstrip(".") for one in fleet.regressions]
    told += [one.says.rstrip(".") for one in fleet.concentrations]
    told += [f"{one.name} is where it began" for one in fleet.worst_nodes]
    places = [fleet.summary.find(part) for part in told if part]
    if worse := _WORSE.search(fleet.summary):
        places.append(worse.start())
    ends = [place for place in places if place >= 0]
    return fleet.summary[: min(ends)].rstrip() if ends else fleet.summary


def q_is_first_in(fleet: Fleet) -> str:
    """The part of the page that shows a q first, and so says what that is."""
    if any(one.kind != "New cause" for one in findings(fleet)):
        return "summary"
    parts = (
        ("regressions", fleet.regressions),
        ("nodes", fleet.worst_nodes),
        ("concentrations", fleet.concentrations),
    )
    return next((name for name, rows in parts if rows), "series")


def _kind(kind: str, said: Iterator[str], section: str) -> Iterator[Finding]:
    lines = list(said)
    shown = lines if len(lines) <= _MOST + 1 else lines[:_MOST]
    yield from (Finding(kind, line, section) for line in shown)
    if len(shown) < len(lines):
        yield Finding(kind, f"and {len(lines) - len(shown):,} more.", section)


def _new(fleet: Fleet) -> Iterator[str]:
    if words.first_scan(fleet):
        return
    for cause in fleet.causes:
        if cause.new:
            runs = words.plural(len(cause.runs), "run")
            yield f"{cause.condition} in {runs}, never seen before: {cause.title}."


def _regressions(fleet: Fleet) -> Iterator[str]:
    """One of a condition, none that something else explains; its first sentence."""
    told: set[str] = set()
    for one in plain_regressions(fleet.regressions):
        if one.condition not in told:
            told.add(one.condition)
            sentence = one.says.split(". ", 1)[0].rstrip(".")
            yield f"{sentence} ({words.likely(one.q, 'q')})."


def plain_regressions(found: Sequence[Regression]) -> list[Regression]:
    """Those that nothing else explains, the surest first."""
    plain = [one for one in found if not one.rival]
    return sorted(plain, key=lambda one: (one.q, one.p, one.condition, one.dimension))


def _worse(fleet: Fleet) -> Iterator[str]:
    for series in fleet.series:
        if series.worse:
            told = series.says.split(" (", 1)[0].removeprefix("It ").rstrip(".")
            runs = words.plural(len({point.run for point in series.points}), "run")
            yield f"{words.series_name(series)}: {told} ({runs}, {words.likely(series.q, 'q')})."


def _concentrations(fleet: Fleet) -> Iterator[str]:
    for one in fleet.concentrations:
        yield f"{one.says.rstrip('.')} ({words.likely(one.q, 'q')})."


def _machines(fleet: Fleet) -> Iterator[str]:
    for node in fleet.worst_nodes:
        if words.stands_out(node):
            yield (
                f"{node.name}: the cause is on it in {len(node.cause_runs):,} of its "
                f"{words.plural(len(node.runs), 'run')}, usual are "
                f"{view.share(node.expected_share)} ({words.likely(node.q, 'q')})."
            )
