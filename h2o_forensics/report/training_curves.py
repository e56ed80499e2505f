"""Learning curves, from scoring histories; importances by column, from one-hot names."""

from collections.abc import Iterable, Mapping, Sequence

from h2o_forensics.model.training import History, Model, Scalar
from h2o_forensics.report.training_shape import ImportanceItem, LearningCurve
from h2o_forensics.report.training_words import higher_is_better

_UNITS = {"number_of_trees": "trees", "epochs": "epochs", "iterations": "iterations"}
_CHOICES = ("logloss", "deviance", "rmse", "mae", "classification_error", "auc")
_ALIASES = {"deviance": "mean_residual_deviance", "classification_error": "error"}
_MOST_STEPS = 60
_MOST_COLUMNS = 12

_Curve = dict[float, float]


def learning_curve(model: Model) -> LearningCurve | None:
    """Training against held-out rows; None where the histories hold no such metric."""
    main = next((one for one in model.history if one.fold is None), None)
    folds = [one for one in model.history if one.fold is not None]
    histories = [*([main] if main else []), *folds]
    unit = _unit(histories)
    metric = _metric(model, histories)
    if unit is None or metric is None:
        return None
    held_by, held = _held(main, folds, unit, metric)
    source = folds if held_by == "folds" else histories[:1]
    training = _mean([_column(one, unit, f"training_{metric}") for one in source])
    sign = -1 if higher_is_better(metric) else 1
    best = min(held, key=lambda step: (sign * held[step], step), default=None)
    steps = _thinned(sorted(set(training) | set(held)), best)
    if len(steps) < 2:  # noqa: PLR2004 - a curve needs two points
        return None
    return LearningCurve(
        metric=_ALIASES.get(metric, metric),
        unit=_UNITS[unit],
        steps=tuple(steps),
        training=tuple(training.get(step) for step in steps),
        held_out=held_by,
        held=tuple(held.get(step) for step in steps),
        best=None if best is None else steps.index(best),
    )


def _held(
    main: History | None, folds: Sequence[History], unit: str, metric: str
) -> tuple[str | None, _Curve]:
    """Of the folds where those were scored, else of the validation frame."""
    curves = [_column(one, unit, f"validation_{metric}") for one in folds]
    if any(curves):
        return "folds", _mean(curves)
    own = _column(main, unit, f"validation_{metric}") if main else {}
    return ("validation", own) if own else (None, {})


def _unit(histories: Iterable[History]) -> str | None:
    held = {name for one in histories for name in one.columns}
    return next((unit for unit in _UNITS if unit in held), None)


def _metric(model: Model, histories: Sequence[History]) -> str | None:
    """The one that stops the training, else the loss; one with held-out values goes first."""
    wanted = str(model.params.get("stopping_metric") or "").lower()
    choices = ([wanted] if wanted in _CHOICES else []) + [c for c in _CHOICES if c != wanted]
    for part in ("validation", "training"):
        for name in choices:
            if any(_numbers(one, f"{part}_{name}") for one in histories):
                return name
    return None


def _numbers(history: History, column: str) -> bool:
    return any(_number(one) is not None for one in history.columns.get(column, ()))


def _number(value: Scalar) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _column(history: History, unit: str, column: str) -> _Curve:
    """Step -> value, where both are numbers; the last one of a step."""
    pairs = zip(history.columns.get(unit, ()), history.columns.get(column, ()), strict=False)
    return {
        step: value
        for at, one in pairs
        if (step := _number(at)) is not None and (value := _number(one)) is not None
    }


def _mean(curves: Iterable[_Curve]) -> _Curve:
    """The mean over the curves, at steps that at least half of them have: folds stop apart."""
    held = [curve for curve in curves if curve]
    values: dict[float, list[float]] = {}
    for curve in held:
        for step, value in curve.items():
            values.setdefault(step, []).append(value)
    return {step: sum(own) / len(own) for step, own in values.items() if 2 * len(own) >= len(held)}


def _thinned(steps: Sequence[float], kept: float | None) -> list[float]:
    """At most so many steps, the first, the last and `kept` among them."""
    last = len(steps) - 1
    if last < _MOST_STEPS:
        return list(steps)
    places = {round(at * last / (_MOST_STEPS - 1)) for at in range(_MOST_STEPS)}
    if kept is not None:
        places.add(steps.index(kept))
    return [steps[at] for at in sorted(places)]


def importances(
    model: Model, rows: Sequence[Mapping[str, object]] = ()
) -> tuple[ImportanceItem, ...]:
    """Shares by column, the largest first, one-hot levels added up.

    `rows`: those of the table `variable_importance` about this model, which know the columns.
    """
    named = {str(row["variable"]): str(row["column"]) for row in rows if row.get("column")}
    columns = set(model.columns) | set(model.column_types)
    shares: dict[str, list[float]] = {}
    for one in model.importances:
        if one.share is not None:
            column = named.get(one.variable) or _base(one.variable, columns)
            shares.setdefault(column, []).append(one.share)
    ordered = sorted(shares.items(), key=lambda item: (-sum(item[1]), item[0]))
    return tuple(
        ImportanceItem(column=name, share=round(sum(own), 6), levels=len(own))
        for name, own in ordered[:_MOST_COLUMNS]
    )


def _base(variable: str, columns: set[str]) -> str:
    """The column of a one-hot variable: `color.red` is of `color`, where there is such a column."""
    if variable in columns:
        return variable
    parts = variable.split(".")
    bases = (".".join(parts[:many]) for many in range(len(parts) - 1, 0, -1))
    return next((base for base in bases if base in columns), variable)
