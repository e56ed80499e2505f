"""Charts of the fleet report as data: a calendar, time lines, stacked bars, dots.

Paths hold whole numbers only and words are numbers of our own: no text of a log gets here.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from h2o_forensics.model.fleet import DayCount, Fleet, Group, Series
from h2o_forensics.report import fleet_words as words
from h2o_forensics.report.fleet_sets import Link, Links, key

CELL = 24
MOST_MONTHS = 24
WIDTH, LINE_HEIGHT, PLOT_HEIGHT = 1000, 40, 100
COLOURS = 6
"""Causes with a colour of their own."""
LEVELS = 4
"""Depths of colour of a day."""
_USUAL = 0.95
"""Of the days with incidents, those the scale tells apart: a worst one would hide the rest."""
_DAYS_BY_DAY, _DAYS_BY_WEEK = 200, 1200
_WEEK, _MONTH = 7, 30
_MOST_POINTS = 400
_LEAST_TOP = 3
"""Runs at the top of a time line, at least: a single run is no peak."""


class Cell(Struct, frozen=True):
    """A day: its place, how deep its colour, the figure in it."""

    x: int
    y: int
    level: str
    text: str
    tells: str
    href: str | None


class Month(Struct, frozen=True):
    """One sheet of the calendar; weeks begin on Monday."""

    name: str
    height: int
    cells: tuple[Cell, ...]
    weeks: tuple[tuple[int, int], ...]
    """Of each line: its place, and the day of the month it begins with."""
    tells: str


class Bars(Struct, frozen=True):
    """A time line: path data in a box of 1000 by 40, the most in one step, and how long one is."""

    d: str
    most: int
    step: str
    best: Link


class Part(Struct, frozen=True):
    """A piece of a stacked bar; `kind` names its colour."""

    x: int
    width: int
    kind: str


class Plot(Struct, frozen=True):
    """A small multiple in a box of 1000 by 100: dots, and the trend as a line."""

    dots: str
    line: str
    top: str
    bottom: str
    last: str


def months(fleet: Fleet, links: Links) -> tuple[Month, ...]:
    """The newest months that have runs, oldest first; months between them too."""
    by_day = {row.day: row for row in fleet.calendar}
    named = sorted({day[:7] for day in by_day})[-MOST_MONTHS:]
    starts = scale(fleet)
    return tuple(_month(name, by_day, starts, links) for name in _all_between(named))


def scale(fleet: Fleet) -> tuple[int, ...]:
    """Incidents of a day from which each depth of colour begins: `1, 2, 3, 4`, `1, 6, 11, 16`."""
    many = sorted(day.incident for day in fleet.calendar if day.incident)
    if not many:
        return ()
    top = max(many[min(int(len(many) * _USUAL), len(many) - 1)], min(many[-1], LEVELS))
    return tuple(dict.fromkeys(1 + at * top // LEVELS for at in range(LEVELS)))


def steps(fleet: Fleet) -> tuple[tuple[int, str], ...]:
    """The legend: each depth and its numbers, `1 to 5`, `16 and more`."""
    starts = scale(fleet)
    most = max((day.incident for day in fleet.calendar), default=0)
    made = []
    for at, start in enumerate(starts, 1):
        end = starts[at] - 1 if at < len(starts) else most
        name = f"{start:,}"
        if end > start:
            name = f"{start:,} and more" if at == len(starts) else f"{start:,} to {end:,}"
        made.append((at, name))
    return tuple(made)


def _all_between(named: Sequence[str]) -> list[str]:
    if not named:
        return []
    at, last = named[0], named[-1]
    made: list[str] = []
    while at <= last and len(made) < MOST_MONTHS:
        made.append(at)
        year, month = int(at[:4]), int(at[5:7])
        at = f"{year + month // 12:04}-{month % 12 + 1:02}"
    return made if made[-1] == last else list(named)


def _month(name: str, by_day: dict[str, DayCount], starts: Sequence[int], links: Links) -> Month:
    first = date.fromisoformat(f"{name}-01")
    cells, incidents, runs, at, row = [], 0, 0, first, 0
    weeks: dict[int, int] = {}
    while at.month == first.month:
        row = (at.day - 1 + first.weekday()) // _WEEK
        found = by_day.get(at.isoformat())
        weeks.setdefault(row * CELL, at.day)
        cells.append(_cell(at, row, found, (starts, links)))
        if found is not None:
            incidents, runs = incidents + found.incident, runs + len(found.runs)
        if at == date.max:
            break
        at += timedelta(days=1)
    tells = f"{first:%B %Y}: {words.plural(incidents, 'incident')} in {words.plural(runs, 'run')}."
    return Month(f"{first:%b %Y}", (row + 1) * CELL, tuple(cells), tuple(weeks.items()), tells)


def _cell(at: date, row: int, found: DayCount | None, shown: tuple[Sequence[int], Links]) -> Cell:
    starts, links = shown
    x, y = at.weekday() * CELL, row * CELL
    if found is None:
        return Cell(x, y, "none", "", f"{at:%a} {at}: no runs", None)
    many = len(found.runs)
    tells = (
        f"{at:%a} {at}: {words.plural(found.incident, 'incident')} in {words.plural(many, 'run')}"
    )
    tells += f", {found.at_risk} at risk" if found.at_risk else ""
    link = links.to(many, key("day", found.day))
    text = f"{found.incident}" if found.incident else ""
    level = sum(found.incident >= start for start in starts)
    return Cell(x, y, str(level), text, tells, link.href)


def time_line(
    by_day: Sequence[tuple[str, int]],
    window: tuple[str | None, str | None],
    cause: str,
    links: Links,
) -> Bars | None:
    """Counts over the window of the fleet, by day, week or month, whichever can be seen."""
    if window[0] is None or window[1] is None or not by_day:
        return None
    first, last = date.fromisoformat(window[0][:10]), date.fromisoformat(window[1][:10])
    days = max((last - first).days + 1, 1)
    wide, name = (1, "day")
    if days > _DAYS_BY_DAY:
        wide, name = (_WEEK, "week") if days <= _DAYS_BY_WEEK else (_MONTH, "30 days")
    steps: dict[int, int] = {}
    for day, many in by_day:
        at = min(max((date.fromisoformat(day) - first).days, 0), days - 1) // wide
        steps[at] = steps.get(at, 0) + many
    most, total = max(steps.values()), -(-days // wide)
    parts = []
    for at, many in sorted(steps.items()):
        left, right = at * WIDTH // total, (at + 1) * WIDTH // total
        high = max(round(many * LINE_HEIGHT / max(most, _LEAST_TOP)), 2)
        parts.append(f"M{left} {LINE_HEIGHT}v-{high}h{max(right - left - 1, 2)}v{high}z")
    busiest = next(day for day, many in by_day if many == max(count for _, count in by_day))
    link = links.to(most, key("cause", cause), key("day", busiest))
    return Bars("".join(parts), most, name, link if wide == 1 else Link(f"{most:,}", None))


def stack(group: Group, widest: int, colours: dict[str, int]) -> tuple[Part, ...]:
    """A group's runs as a bar: causes in their colours, other causes, then those without one."""
    counts: dict[str, int] = {}
    for condition, many in group.causes:
        kind = f"s{colours[condition]}" if condition in colours else "other"
        counts[kind] = counts.get(kind, 0) + many
    order = sorted(counts, key=lambda kind: (kind == "other", kind))
    without = max(len(group.runs) - sum(counts.values()), 0)
    parts, at = [], 0
    for kind, many in (*((kind, counts[kind]) for kind in order), ("rest", without)):
        left, right = at * WIDTH // max(widest, 1), (at + many) * WIDTH // max(widest, 1)
        if many:
            parts.append(Part(left, max(right - left, 2), kind))
        at += many
    return tuple(parts)


def colours(fleet: Fleet) -> dict[str, int]:
    """The number of its colour for each of the commonest causes, from 1 on."""
    common = sorted(fleet.causes, key=lambda cause: (-len(cause.runs), cause.condition))
    return {cause.condition: at for at, cause in enumerate(common[:COLOURS], 1)}


def plot(series: Series, window: tuple[str | None, str | None]) -> Plot | None:
    """Dots of the points over the fleet's window; through their middle the trend, if any."""
    if not series.points or window[0] is None or window[1] is None:
        return None
    first = date.fromisoformat(window[0][:10])
    days = max((date.fromisoformat(window[1][:10]) - first).days + 1, 1)
    points = sorted((_days_since(first, point.at), point.value) for point in series.points)
    low, high = _scale(series, [number for _, number in points])

    def y(number: float) -> int:
        return PLOT_HEIGHT - round((min(max(number, low), high) - low) / (high - low) * PLOT_HEIGHT)

    def x(at: float) -> int:
        return round(min(max(at / days, 0.0), 1.0) * WIDTH)

    places = list(dict.fromkeys((x(at) // 4 * 4, y(number)) for at, number in points))
    thin = places[:: -(-len(places) // _MOST_POINTS)]
    dots = "".join(f"M{across} {up}h0" for across, up in thin)
    line = ""
    if words.moves(series) and len(points) > 1:
        rise = series.trend_per_day or 0.0
        base = sorted(number - rise * at for at, number in points)[len(points) // 2]
        ends = (points[0][0], points[-1][0])
        line = "L".join(f"{x(at)} {y(base + rise * at)}" for at in ends)
        line = f"M{line}"
    last = max(series.points, key=lambda point: point.at).value
    shown = (words.value(series, number) for number in (high, low, last))
    return Plot(dots, line, *shown)


def _days_since(first: date, at: str) -> float:
    hours = int(at[11:13] or 0) if at[11:13].isdigit() else 0
    return (date.fromisoformat(at[:10]) - first).days + hours / 24


def _scale(series: Series, numbers: Sequence[float]) -> tuple[float, float]:
    """Shares and bytes begin at nothing; a metric shows its own range."""
    low, high = min(numbers), max(numbers)
    if series.unit in {"share", "bytes"}:
        low = min(low, 0.0)
        return low, high if high > low else low + 1.0
    return (low, high) if high > low else (low - 1.0, high + 1.0)
