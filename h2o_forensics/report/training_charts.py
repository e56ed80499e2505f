"""Charts of models and frames as data: lines of one axis beside each other, bars, learning curves.

The template draws them.  Paths hold whole numbers only; names of columns and nodes are labels,
which the template escapes.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from h2o_forensics.report import training_words as words
from h2o_forensics.report import view
from h2o_forensics.report.chart_axes import axis_between
from h2o_forensics.report.charts import HEIGHT, WIDTH, Chart, Key, Path
from h2o_forensics.report.training_shape import (
    FrameItem,
    IntervalItem,
    LearningCurve,
    ModelItem,
)

LINE = 20
"""Height of the box of one line."""
_MIDDLE = LINE // 2
_FENCE = 6
_MOST = dict.fromkeys(("auc", "pr_auc", "r2", "error", "mean_per_class_error"), 1.0)
_FEW = 15
"""Scorings up to which each is drawn as a point: between them nothing was measured."""
_FULL = 1.3
"""Times the mean from which a node stands out."""
_HELD = {"folds": "rows held out of the folds", "validation": "validation frame"}


class Line(Struct, frozen=True):
    """A line of a chart: a label, what is drawn in a box of 1000 by 20, and its number in words."""

    label: str
    words: str
    paths: tuple[Path, ...]


class LineChart(Struct, frozen=True):
    """Lines above one axis; `x`: labels at even distances, empty for bars that need none."""

    name: str
    title: str
    tells: str
    lines: tuple[Line, ...]
    x: tuple[str, ...]


def spread(model: ModelItem) -> LineChart | None:
    """Training, cross-validation, its folds and test with their intervals on one axis."""
    sets = (
        (words.training_name(model), "train", model.training),
        ("Cross-validation", "cv", model.cv),
    )
    told = [(label, kind, one) for label, kind, one in sets if one is not None]
    folds = _folds_of(model)
    ends = [value for *_, one in told for value in _ends(one)] + folds
    ends += _ends(model.test) if model.test else []
    if len(told) + bool(model.test) + bool(folds) < 2:  # noqa: PLR2004 - nothing beside it
        return None
    low, high, labels = axis_between(min(ends), max(ends), _MOST.get(model.metric or ""))

    def across(value: float) -> int:
        return round((value - low) / (high - low) * WIDTH)

    lines = [
        Line(label, words.interval(one), _whisker(kind, one, across)) for label, kind, one in told
    ]
    if folds:
        lines.append(
            Line(
                f"Its {len(folds)} folds",
                f"{words.value(min(folds))} to {words.value(max(folds))}",
                (Path("fold dots", "".join(f"M{across(at)} {_MIDDLE}h0" for at in folds)),),
            )
        )
    if model.test:
        lines.append(Line("Test", words.interval(model.test), _whisker("test", model.test, across)))
    name = words.metric_name(model.metric)
    better = "higher" if words.higher_is_better(model.metric) else "lower"
    drawn = any("whisker" in path.kind for line in lines for path in line.paths)
    tells = f"{'Bars are 95 % intervals; ' if drawn else ''}{better} is better."
    tells = tells[:1].upper() + tells[1:]
    return LineChart("spread", f"{name}, side by side", tells, tuple(lines), labels)


def _folds_of(model: ModelItem) -> list[float]:
    row = next((one for one in model.folds if one.metric == model.metric), None)
    return [value for value in row.values if value is not None] if row else []


def _ends(one: IntervalItem) -> list[float]:
    return [value for value in (one.low, one.value, one.high) if value is not None]


def _whisker(kind: str, one: IntervalItem, place: Callable[[float], int]) -> tuple[Path, ...]:
    paths = []
    if one.low is not None and one.high is not None:
        left, right = place(one.low), place(one.high)
        ends = f"M{left} {_FENCE}V{LINE - _FENCE}M{right} {_FENCE}V{LINE - _FENCE}"
        paths.append(Path(f"{kind} whisker", f"M{left} {_MIDDLE}H{right}{ends}"))
    paths.append(Path(f"{kind} point", f"M{place(one.value)} {_MIDDLE}h0"))
    return tuple(paths)


def importance(model: ModelItem) -> LineChart | None:
    """A bar per column."""
    used = [one for one in model.importances if one.share > 0]
    if not used:
        return None
    most = max(one.share for one in used)
    lines = tuple(
        Line(
            f"{one.column} ({one.levels} levels)" if one.levels > 1 else one.column,
            view.share(one.share),
            (Path("train bar", _bar(one.share / most)),),
        )
        for one in used
    )
    first = used[0]
    tells = f"{view.share(first.share)} of it is {first.column}."
    return LineChart("importance", "What the model goes by", tells, lines, ())


def rows_of(frame: FrameItem) -> LineChart | None:
    """A bar per node: its rows, or its bytes where rows are not told."""
    by_rows = all(one.rows is not None for one in frame.nodes)
    sizes = [float((one.rows if by_rows else one.size_bytes) or 0) for one in frame.nodes]
    if len(sizes) < 2 or not any(sizes):  # noqa: PLR2004 - one node holds it all
        return None
    most, mean = max(sizes), sum(sizes) / len(sizes)
    at = round(mean / most * WIDTH)
    lines = tuple(
        Line(
            one.node,
            " · ".join(_holds(one.rows, one.size_bytes)),
            (
                Path("train bar" if size <= _FULL * mean else "test bar", _bar(size / most)),
                Path("mean line", f"M{at} 0V{LINE}"),
            ),
        )
        for one, size in zip(frame.nodes, sizes, strict=True)
    )
    what = "Rows" if by_rows else "Bytes"
    return LineChart("rows", f"{what} on each node", "The line is the mean.", lines, ())


def _holds(rows: int | None, size: int | None) -> list[str]:
    told = [f"{rows:,} rows"] if rows is not None else []
    return told + ([view.size(size)] if size is not None else [])


def _bar(part: float) -> str:
    wide = max(round(part * WIDTH), 2 if part > 0 else 0)
    return f"M0 3V{LINE - 3}H{wide}V3z"


def curve(model: ModelItem) -> Chart | None:
    """Training against held-out rows, the best step marked."""
    told = model.curve
    if told is None:
        return None
    values = [one for one in (*told.training, *told.held) if one is not None]
    first, last = told.steps[0], told.steps[-1]
    if not values or first == last:
        return None
    low, high, labels = axis_between(min(values), max(values))
    xs = [round((at - first) / (last - first) * WIDTH) for at in told.steps]

    def places(column: Sequence[float | None]) -> list[str]:
        return [
            f"{x} {HEIGHT - round((one - low) / (high - low) * HEIGHT)}"
            for x, one in zip(xs, column, strict=True)
            if one is not None
        ]

    train, held = places(told.training), places(told.held)
    paths = [Path("train line", _line(train)), Path("test line", _line(held))]
    paths += [Path("train dots", _dots(train)), Path("test dots", _dots(held))]
    legend = [Key("train", "training")]
    if told.held_out:
        legend.append(Key("test", _HELD[told.held_out]))
    if told.best is not None:
        paths.append(Path("limit line", f"M{xs[told.best]} 0V{HEIGHT}"))
        legend.append(Key("limit", f"best: {told.steps[told.best]:g} {told.unit}"))
    return Chart(
        "curve",
        "Learning curve",
        _curve_tells(told),
        _ticks(first, last),
        tuple(reversed(labels)),
        tuple(path for path in paths if path.d),
        tuple(legend),
    )


def _line(places: Sequence[str]) -> str:
    return f"M{'L'.join(places)}" if len(places) > 1 else ""


def _dots(places: Sequence[str]) -> str:
    return "".join(f"M{place}h0" for place in places) if len(places) <= _FEW else ""


def _ticks(first: float, last: float) -> tuple[str, ...]:
    """At even distances, and whole numbers where the steps are."""
    whole = first == round(first) and last == round(last)
    parts = next((n for n in (4, 5, 3, 2) if (last - first) % n == 0), 1) if whole else 4
    return tuple(f"{first + (last - first) * part / parts:.6g}" for part in range(parts + 1))


def _curve_tells(told: LearningCurve) -> str:
    name = words.metric_name(told.metric)
    if told.best is None:
        return f"{name} over {told.unit}; no rows were held out."
    known = [pair for pair in zip(told.steps, told.held, strict=True) if pair[1] is not None]
    step, best = told.steps[told.best], told.held[told.best]
    end, last = known[-1]
    if step == end:
        few = f" of {len(known)}" if len(known) <= _FEW else ""
        return f"{name} over {told.unit}; best at the last scoring{few} ({step:g})."
    return (
        f"{name} over {told.unit}: best at {step:g} ({words.value(best)}), "
        f"{words.value(last)} at {end:g}."
    )
