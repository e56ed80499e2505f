"""What the fleet page shows, in which order, and how much of it: helpers its templates call."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby
from typing import Any

from msgspec import Struct

from h2o_forensics.model.fleet import Breakdown, Fleet, FleetCause, Group, NodeTally, Series
from h2o_forensics.report import fleet_charts, view
from h2o_forensics.report import fleet_words as words
from h2o_forensics.report.fleet_findings import findings, opening, q_is_first_in
from h2o_forensics.report.fleet_rows import cut
from h2o_forensics.report.fleet_sets import MOST_CAUSES, MOST_GROUPS, concentration_key, key

MOST_STATIC = 500
"""Rows of the table of runs that stand in the page without its script."""
MOST = 30
"""Rows of every other table."""
FIRST = 10
"""Rows of long lists that are open from the start."""
_WORST_FIRST = ("critical", "high", "medium", "low", "info")
_MOST_DAYS = 400
_MOST_SERIES, _SERIES_FIRST = 36, 12
_SECTIONS = (
    ("new", "New since the last scan", "New"),
    ("regressions", "Regressions", "Regressions"),
    ("causes", "Causes over time", "Causes"),
    ("breakdowns", "Where it happens", "Where"),
    ("nodes", "Worst nodes", "Nodes"),
    ("concentrations", "Concentrated on a user, machine or cluster", "Concentrated"),
    ("exceptions", "Same exception, several runs", "Exceptions"),
    ("series", "Drift", "Drift"),
    ("missing", "What to fetch", "To fetch"),
    ("unexplained", "Warnings no rule knows", "Warnings"),
    ("problems", "Problems", "Problems"),
    ("runs", "All runs", "All runs"),
)


class Section(Struct, frozen=True):
    """A part of the page."""

    id: str
    title: str
    short: str
    """In the navigation."""


def sections(fleet: Fleet) -> tuple[Section, ...]:
    """The parts that have something to say, in the order of a morning's questions."""
    has = {
        "new": not words.first_scan(fleet) and bool(fleet.runs),
        "regressions": fleet.regressions,
        "causes": fleet.causes or fleet.calendar,
        "breakdowns": any(words.worth_showing(part) for part in fleet.breakdowns),
        "nodes": fleet.worst_nodes,
        "concentrations": fleet.concentrations,
        "exceptions": fleet.exceptions,
        "series": fleet.series,
        "missing": fleet.missing,
        "unexplained": fleet.unexplained,
        "problems": fleet.problems,
        "runs": True,
    }
    return tuple(Section(*part) for part in _SECTIONS if has[part[0]])


def fresh_causes(fleet: Fleet) -> tuple[FleetCause, ...]:
    """Causes of new and changed runs: by severity, then by number."""
    chosen = [cause for cause in fleet.causes if cause.fresh]
    grave = {name: at for at, name in enumerate(_WORST_FIRST)}
    return tuple(
        sorted(
            chosen,
            key=lambda one: (grave.get(one.severity, len(grave)), -one.fresh, one.condition),
        )
    )


def told_apart(fleet: Fleet) -> tuple[list[NodeTally], list[NodeTally]]:
    """Nodes that stand out, and those that do not."""
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


class FileName(Struct, frozen=True):
    """A run's name that wraps between folders; its file stays whole as long as it fits."""

    name: str

    def __html__(self) -> str:
        """What Jinja writes."""
        folders, slash, file = self.name.rpartition("/")
        way = "".join(f"{escape(part)}/<wbr>" for part in folders.split("/")) if slash else ""
        return f'{way}<span class="file">{escape(file).replace("_", "_<wbr>")}</span>'


class HostName(Struct, frozen=True):
    """A machine's name that wraps behind its dots."""

    name: str

    def __html__(self) -> str:
        """What Jinja writes."""
        return escape(self.name).replace(".", ".<wbr>")


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
    "likely": words.likely,
    "file_name": FileName,
    "host_name": HostName,
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
    "fleet_findings": findings,
    "fleet_opening": opening,
    "q_is_first_in": q_is_first_in,
    "concentration_key": concentration_key,
    "set_key": key,
    "most_static": MOST_STATIC,
    "most_causes": MOST_CAUSES,
    "most_groups": MOST_GROUPS,
    "first_groups": FIRST,
    "first_rows": FIRST,
    "most_listed": MOST,
}
