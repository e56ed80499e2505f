"""Charts of a JVM's run as data: paths in a box of 1000 by 200, labels that stand evenly beside it.

The template draws them.  Paths hold whole numbers only, labels are numbers and units of our own:
no text of a log gets here.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

from h2o_forensics.report import view
from h2o_forensics.report.chart_axes import axis_bytes, axis_log, axis_share, times
from h2o_forensics.report.jvms_series import BINS_A_DECADE
from h2o_forensics.report.jvms_shape import JvmItem, JvmSeries

WIDTH, HEIGHT = 1000, 200
_GROUPS = (
    ("young", "young collections", frozenset({"young"})),
    ("full", "full collections", frozenset({"full"})),
    ("degenerated", "degenerated", frozenset({"degenerated"})),
)
_REST = ("marking", "marking and others")
_SECOND = 1000
_MOST_DECADES = 7
_MANY_STEPS = 60
"""From so many steps on, a line through the steps shows more than single pauses do."""


class Path(Struct, frozen=True):
    """`kind` names its colour; `d` is SVG path data."""

    kind: str
    d: str


class Key(Struct, frozen=True):
    """One entry of the legend."""

    kind: str
    words: str


class Chart(Struct, frozen=True):
    """`x` and `y` are labels at even distances: left to right, top to bottom."""

    name: str
    title: str
    tells: str
    """What it shows, in a sentence, for those who cannot see it."""
    x: tuple[str, ...]
    y: tuple[str, ...]
    paths: tuple[Path, ...]
    legend: tuple[Key, ...]

    @property
    def grid(self) -> tuple[int, ...]:
        """Heights of the lines behind."""
        steps = max(len(self.y) - 1, 1)
        return tuple(round(at * HEIGHT / steps) for at in range(steps + 1))


def charts(jvm: JvmItem, *names: str) -> tuple[Chart, ...]:
    """The charts (of these names, else all) that the log gives numbers for."""
    makers = {
        "heap": _heap,
        "pauses": _pauses,
        "histogram": _histogram,
        "allocation": _allocation,
        "share": _share,
        "stalls": _stalls,
    }
    made = (makers[name](jvm) for name in names or makers)
    return tuple(chart for chart in made if chart is not None)


def group_of(kind: str) -> str:
    """The colour of a kind of pause."""
    return next((name for name, _, kinds in _GROUPS if kind in kinds), _REST[0])


def _span(series: JvmSeries) -> int:
    return max(series.offset_ms[-1] + series.width_ms, 1)


def _across(series: JvmSeries) -> list[int]:
    """Where the middle of each step lies."""
    span = _span(series)
    return [round((at + series.width_ms / 2) * WIDTH / span) for at in series.offset_ms]


def _up(value: float, top: float) -> int:
    return HEIGHT - round(min(max(value / top, 0.0), 1.0) * HEIGHT)


def _line(xs: Sequence[int], ys: Sequence[int | None]) -> str:
    """A line through what is known; a gap breaks it."""
    parts, drawing = [], False
    for x, y in zip(xs, ys, strict=True):
        if y is None:
            drawing = False
            continue
        parts.append(f"{'L' if drawing else 'M'}{x} {y}")
        drawing = True
    return "".join(parts)


def _bars(series: JvmSeries, tops: Sequence[int], floors: Sequence[int] | None = None) -> str:
    """A bar per step, from its floor (default: the bottom) to its top."""
    span = _span(series)
    parts = []
    for index, (at, top) in enumerate(zip(series.offset_ms, tops, strict=True)):
        floor = floors[index] if floors is not None else HEIGHT
        if top < floor:
            left = round(at * WIDTH / span)
            wide = max(round((at + series.width_ms) * WIDTH / span) - left, 1)
            parts.append(f"M{left} {floor}V{top}h{wide}V{floor}z")
    return "".join(parts)


def _heap(jvm: JvmItem) -> Chart | None:
    series = jvm.series
    if series is None:
        return None
    known = [value for value in (*series.max_before_bytes, *series.max_after_bytes) if value]
    if not known:
        return None
    limit = jvm.heap_max_bytes
    top, labels = axis_bytes(max(*known, limit or 0))
    paths = _sawtooth(jvm, top) or _band(series, top)
    paths = list(_drawn(paths))
    legend = [Key("after", "before and after each pause")]
    if any(path.kind == "before line" for path in paths):
        legend = [Key("before", "most before a collection"), Key("after", "least after one")]
    if limit:
        y = _up(limit, top)
        paths.append(Path("limit line", f"M0 {y}H{WIDTH}"))
        legend.append(Key("limit", "limit" if jvm.heap_max_stated else "largest seen"))
    if any(path.kind == "full dots" for path in paths):
        legend.append(Key("full", "full collection"))
    least = min((value for value in series.min_after_bytes if value is not None), default=None)
    tells = f"Heap in use around collections: up to {view.size(max(known))}"
    tells += f", down to {view.size(least)}." if least is not None else "."
    return Chart("heap", "Heap", tells, times(series), labels, _drawn(paths), tuple(legend))


def _band(series: JvmSeries, top: float) -> list[Path]:
    """From the most before collections down to the least after them, step by step."""
    xs = _across(series)
    before = [None if value is None else _up(value, top) for value in series.max_before_bytes]
    after = [None if value is None else _up(value, top) for value in series.min_after_bytes]
    both = [
        (x, high, low)
        for x, high, low in zip(xs, before, after, strict=True)
        if high is not None and low is not None
    ]
    band = ""
    if len(both) > 1:
        back = "".join(f"L{x} {low}" for x, _, low in reversed(both))
        band = _line([x for x, *_ in both], [high for _, high, _ in both]) + back + "z"
    full = [(x, low) for x, low, many in zip(xs, after, series.full, strict=True) if many]
    return [
        Path("band", band),
        Path("before line", _line(xs, before)),
        Path("after line", _line(xs, after)),
        Path("full dots", _dots(full)),
    ]


def _sawtooth(jvm: JvmItem, top: float) -> list[Path]:
    """Where few pauses are, and all are known: the heap before and after each; else nothing."""
    series, points = jvm.series, jvm.points
    if series is None or not points.all or len(series.offset_ms) >= _MANY_STEPS:
        return []
    span = _span(series)
    teeth = [
        (min(round(at * WIDTH / span), WIDTH), _up(before, top), _up(after, top), kind)
        for at, before, after, kind in zip(
            points.offset_ms, points.before_bytes, points.after_bytes, points.kind, strict=True
        )
        if before is not None and after is not None
    ]
    if len(teeth) <= 1:
        return []
    down = "".join(f"L{x} {before}V{after}" for x, before, after, _ in teeth)
    down = f"M{teeth[0][0]} {teeth[0][1]}{down}"
    full = [(x, after) for x, _, after, kind in teeth if kind == "full"]
    return [
        Path("band", f"{down}V{HEIGHT}H{teeth[0][0]}z"),
        Path("after line", down),
        Path("full dots", _dots(full)),
    ]


def _dots(places: Sequence[tuple[int, int | None]]) -> str:
    return "".join(f"M{x} {y}h0" for x, y in places if y is not None)


def _drawn(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(path for path in paths if path.d)


def _pauses(jvm: JvmItem) -> Chart | None:
    series = jvm.series
    if series is None or not any(series.max_pause_ms):
        return None
    longest = [value for value in (*series.max_pause_ms, *jvm.points.took_ms) if value > 0]
    low, decades, labels = axis_log(min(longest), max(longest), _MOST_DECADES)

    def height(value: float) -> int:
        above = math.log10(max(value, 10.0**low)) - low
        return HEIGHT - round(min(above / decades, 1.0) * HEIGHT)

    xs, span = _across(series), _span(series)
    stems = "".join(
        f"M{x} {HEIGHT}V{height(value)}"
        for x, value in zip(xs, series.max_pause_ms, strict=True)
        if value > 0
    )
    dots: dict[str, list[str]] = {}
    for at, took, kind in zip(
        jvm.points.offset_ms, jvm.points.took_ms, jvm.points.kind, strict=True
    ):
        x = min(round(at * WIDTH / span), WIDTH)
        dots.setdefault(group_of(kind), []).append(f"M{x} {height(took)}h0")
    paths = [Path("stems", stems)]
    paths += [Path(f"{name} dots", "".join(dots[name])) for name, _ in _named() if name in dots]
    legend = [Key(name, words) for name, words in _named() if name in dots]
    tells = f"The longest pause of each step of {view.duration(series.width_ms)}, up to "
    tells += f"{view.brief(max(longest))}; single pauses as dots."
    return Chart(
        "pauses",
        "Pauses",
        tells,
        times(series),
        labels,
        _drawn(paths),
        (*legend, Key("stem", "longest of a step")),
    )


def _named() -> tuple[tuple[str, str], ...]:
    return (*((name, words) for name, words, _ in _GROUPS), _REST)


def _histogram(jvm: JvmItem) -> Chart | None:
    if not jvm.histogram:
        return None
    counts: dict[str, dict[float, int]] = {}
    for one in jvm.histogram:
        own = counts.setdefault(group_of(one.kind), {})
        own[one.from_ms] = own.get(one.from_ms, 0) + one.count
    edges = [one.from_ms for one in jvm.histogram]
    low, decades, labels = axis_log(min(edges), max(one.to_ms for one in jvm.histogram), 9)
    most = max(count for own in counts.values() for count in own.values())
    tall = max(math.ceil(math.log10(max(most, 1))), 1) + 1
    groups = [(name, words) for name, words in _named() if name in counts]
    wide = WIDTH / (decades * BINS_A_DECADE)
    paths = []
    for place, (name, _) in enumerate(groups):
        bars = []
        for edge, count in sorted(counts[name].items()):
            step = round((math.log10(edge) - low) * BINS_A_DECADE)
            left = round((step + (place + 0.08) / len(groups)) * wide)
            top = HEIGHT - round((math.log10(count) + 1) / tall * HEIGHT)
            bars.append(f"M{left} {HEIGHT}V{top}h{max(round(wide * 0.84 / len(groups)), 2)}V200z")
        paths.append(Path(f"{name} fill", "".join(bars)))
    y = (*(f"{10**power:,}" for power in range(tall - 1, -1, -1)), "")
    total = sum(one.count for one in jvm.histogram)
    return Chart(
        "histogram",
        "How long pauses take",
        f"{total:,} pauses by duration, five steps to a factor of ten; heights are logarithmic.",
        tuple(reversed(labels)),
        y,
        tuple(paths),
        tuple(Key(name, words) for name, words in groups),
    )


def _allocation(jvm: JvmItem) -> Chart | None:
    series = jvm.series
    if series is None:
        return None
    seconds = series.width_ms / _SECOND
    rates = [value / seconds if value is not None else None for value in series.allocated_bytes]
    known = [rate for rate in rates if rate is not None]
    if not any(known):
        return None
    top, labels = axis_bytes(max(known))
    heights = [_up(rate or 0.0, top) for rate in rates]
    tells = f"Bytes allocated a second, up to {view.size(max(known))}/s in a step."
    return Chart(
        "allocation",
        "Allocation rate",
        tells,
        times(series),
        tuple(f"{label}/s" if label != "0" else label for label in labels),
        (Path("alloc fill", _bars(series, heights)),),
        (),
    )


def _share(jvm: JvmItem) -> Chart | None:
    series = jvm.series
    if series is None or not any(series.paused_ms):
        return None
    paused = [min(value / series.width_ms, 1.0) for value in series.paused_ms]
    full = [min(value / series.width_ms, 1.0) for value in series.full_ms]
    top, labels = axis_share(max(paused))
    tops, floors = [_up(one, top) for one in paused], [_up(one, top) for one in full]
    paths = [
        Path("young fill", _bars(series, tops, floors)),
        Path("full fill", _bars(series, floors)),
    ]
    legend = [Key("young", "all other pauses")]
    if any(full):
        legend.append(Key("full", "full collections"))
    tells = f"Share of each step of {view.duration(series.width_ms)} spent in pauses, "
    tells += f"up to {view.share(max(paused))}."
    return Chart(
        "share", "Time in pauses", tells, times(series), labels, _drawn(paths), tuple(legend)
    )


def _stalls(jvm: JvmItem) -> Chart | None:
    series = jvm.series
    if series is None or not any(series.stall_ms):
        return None
    waiting = [min(value / series.width_ms, 1.0) for value in series.stall_ms]
    top, labels = axis_share(max(waiting))
    heights = [_up(one, top) for one in waiting]
    tells = f"Share of each step of {view.duration(series.width_ms)} in which at least one thread "
    tells += f"waited for memory, up to {view.share(max(waiting))}."
    return Chart(
        "stalls",
        "Time with stalled threads",
        tells,
        times(series),
        labels,
        (Path("full fill", _bars(series, heights)),),
        (),
    )
