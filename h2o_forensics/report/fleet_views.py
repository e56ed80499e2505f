"""What the fleet page shows, in which order, and how much of it: helpers its templates call."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct

from h2o_forensics.model.fleet import Breakdown, Fleet, FleetCause, Group, NodeTally, Series
from h2o_forensics.report import fleet_charts, view
from h2o_forensics.report import fleet_words as words
from h2o_forensics.report.fleet_rows import cut
from h2o_forensics.report.fleet_sets import MOST_CAUSES, MOST_GROUPS, key

MOST_STATIC = 500
"""Rows of the table of runs that stand in the page without its script."""
MOST = 30
"""Rows of every other table."""
FIRST = 10
"""Groups of a breakdown that are open from the start."""
_MOST_DAYS = 400
_MOST_SERIES, _SERIES_FIRST = 36, 12
_SECTIONS = (
    ("new", "New since the last scan"),
    ("regressions", "Regressions"),
    ("causes", "Causes over time"),
    ("breakdowns", "Where it happens"),
    ("nodes", "Worst nodes"),
    ("exceptions", "Same exception, several runs"),
    ("series", "Drift"),
    ("missing", "What to fetch"),
    ("unexplained", "Warnings no rule knows"),
    ("problems", "Problems"),
    ("runs", "All runs"),
)


class Section(Struct, frozen=True):
    """A part of the page."""

    id: str
    title: str


def sections(fleet: Fleet) -> tuple[Section, ...]:
    """The parts that have something to say, in the order of a morning's questions."""
    has = {
        "new": not words.first_scan(fleet) and bool(fleet.runs),
        "regressions": fleet.regressions,
        "causes": fleet.causes or fleet.calendar,
        "breakdowns": any(words.worth_showing(part) for part in fleet.breakdowns),
        "nodes": fleet.worst_nodes,
        "exceptions": fleet.exceptions,
        "series": fleet.series,
        "missing": fleet.missing,
        "unexplained": fleet.unexplained,
        "problems": fleet.problems,
        "runs": True,
    }
    return tuple(Section(name, title) for name, title in _SECTIONS if has[name])


def fresh_causes(fleet: Fleet) -> tuple[FleetCause, ...]:
    """Causes of new runs: those nobody saw before first, then by number."""
    chosen = [cause for cause in fleet.causes if cause.fresh]
    return tuple(sorted(chosen, key=lambda one: (not one.new, -one.fresh, one.condition)))


def told_apart(fleet: Fleet) -> tuple[list[NodeTally], list[NodeTally]]:
    """Nodes that stand out, and those that chance explains."""
    out = [node for node in fleet.worst_nodes if words.stands_out(node)]
    return out, [node for node in fleet.worst_nodes if not words.stands_out(node)]


def newest_days(fleet: Fleet) -> tuple[Any, ...]:
    """Days for the table beside the calendar, newest first."""
    return tuple(sorted(fleet.calendar, key=lambda row: row.day, reverse=True)[:_MOST_DAYS])


def older(fleet: Fleet) -> int:
    """Days that the table beside the calendar leaves out."""
    return max(len(fleet.calendar) - _MOST_DAYS, 0)


def widest(groups: Sequence[Group]) -> int:
    """Runs of the largest group: the full width of a bar."""
    return max((len(group.runs) for group in groups), default=1)


def series_parts(fleet: Fleet) -> list[tuple[str, list[Series], list[Series]]]:
    """Series by what they measure: title, those shown at once (the worse first), and some more."""
    order = {name: at for at, name in enumerate(words.SERIES)}
    ranked = sorted(
        fleet.series,
        key=lambda one: (
            order.get(one.what, len(order)),
            one.what,
            not one.worse,
            one.q if one.q is not None else 2.0,
            one.name,
        ),
    )
    parts = []
    for what, found in groupby(ranked, key=lambda one: one.what):
        own = list(found)
        title = words.SERIES.get(what, what)
        parts.append((title, own[:_SERIES_FIRST], own[_SERIES_FIRST:_MOST_SERIES]))
    return parts


def series_key(series: Series) -> str:
    """Its set of runs."""
    return key("series", f"{series.what} {series.name} {series.unit}")


def left_out(many: int, shown: int = MOST) -> int:
    """Rows a table does not show."""
    return max(many - shown, 0)


def breakdowns(fleet: Fleet) -> tuple[Breakdown, ...]:
    """Properties that tell runs apart."""
    return tuple(part for part in fleet.breakdowns if words.worth_showing(part))


FILTERS: dict[str, Callable[..., Any]] = {
    "t": lambda text, limit=300: cut(text, limit),
    "day": words.day,
    "minute": words.minute,
    "chance": words.chance,
    "verdict_name": words.verdict_name,
    "dimension_name": words.dimension_name,
    "plural": words.plural,
    "share": view.share,
}
GLOBALS: dict[str, Any] = {
    "fleet_charts": fleet_charts,
    "fleet_words": words,
    "fleet_sections": sections,
    "fresh_causes": fresh_causes,
    "newest_days": newest_days,
    "older_days": older,
    "told_apart": told_apart,
    "widest": widest,
    "series_parts": series_parts,
    "series_key": series_key,
    "left_out": left_out,
    "fleet_breakdowns": breakdowns,
    "set_key": key,
    "most_static": MOST_STATIC,
    "most_causes": MOST_CAUSES,
    "most_groups": MOST_GROUPS,
    "first_groups": FIRST,
    "most_listed": MOST,
}
