"""Values over time, of what belongs together, and whether they go one way."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl
from msgspec import Struct

from h2o_forensics.fleet.chance import q_values
from h2o_forensics.fleet.seen import Seen
from h2o_forensics.fleet.trend import ENOUGH, Trend, trend
from h2o_forensics.model.fleet import Point, Series

FEWEST = 3
"""Points; fewer show nothing."""
LEVEL = 0.05
_DAY_S = 86_400


class Line(Struct, frozen=True):
    """A series before it is judged."""

    name: str
    what: str
    unit: str
    worse_up: bool | None
    """None: neither way is known to be worse."""
    points: tuple[Point, ...]


def lines(
    seen: Seen, rows: pl.DataFrame, what: str, unit: str, *, worse_up: bool | None
) -> Iterable[Line]:
    """Of rows `name`, `i`, `value`: one per name and run; undated runs are left out."""
    kept = rows.drop_nulls().filter(pl.col("value").is_finite()).sort("name", "i")
    for (name,), part in kept.group_by("name", maintain_order=True):
        points = [
            Point(at, value, i)
            for i, value in part.select("i", "value").iter_rows()
            if (at := seen.runs[i].at)
        ]
        if len(points) >= FEWEST:
            points.sort(key=lambda point: (point.at, point.run))
            yield Line(str(name), what, unit, worse_up, tuple(points))


def judge(found: Sequence[Line]) -> tuple[Series, ...]:
    """With trends, corrected for as many series; those that get worse first."""
    trends = [trend(_timed(line.points)) for line in found]
    chances = q_values([one.p for one in trends])
    told = [_series(*item) for item in zip(found, trends, chances, strict=True)]
    return tuple(sorted(told, key=_telling))


def _timed(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(datetime.fromisoformat(p.at).timestamp() / _DAY_S, p.value) for p in points]


def _series(line: Line, one: Trend, q: float | None) -> Series:
    moves = q is not None and q < LEVEL and bool(one.per_day)
    rises = (one.per_day or 0.0) > 0
    return Series(
        name=line.name,
        what=line.what,
        unit=line.unit,
        points=line.points,
        trend_per_day=None if one.p is None else one.per_day,
        p=one.p,
        q=q,
        worse=moves and line.worse_up is not None and rises == line.worse_up,
        says=_says(line, one, q, moves=moves),
    )


def _says(line: Line, one: Trend, q: float | None, *, moves: bool) -> str:
    runs = f"{len(line.points):,} runs, {line.points[0].at[:10]} to {line.points[-1].at[:10]}"
    if one.p is None or q is None or one.start is None or one.end is None:
        return f"{runs}: too few to tell whether it changes (it takes {ENOUGH})."
    if not moves:
        return f"{runs}: no trend beyond chance (q = {q:.2g})."
    turn = "rises" if one.end > one.start else "falls"
    ends = f"{_value(one.start, line.unit)} to {_value(one.end, line.unit)}"
    neither = "" if line.worse_up is not None else " By itself that is neither good nor bad."
    return f"It {turn} from about {ends} ({runs}; q = {q:.2g}).{neither}"


def _value(value: float, unit: str) -> str:
    if unit == "share":
        return f"{max(0.0, value):.1%}"
    return f"{value / 2**20:,.0f} MB" if unit == "bytes" else f"{value:.4g}"


def _telling(one: Series) -> tuple[bool, bool, float, int, str, str, str]:
    unknown = one.q is None
    return not one.worse, unknown, one.q or 0.0, -len(one.points), one.what, one.name, one.unit
