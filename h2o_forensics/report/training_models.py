"""Models as the report has them: what each is, how it was validated, what its metrics say."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import asdict, replace

from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.training import (
    Comparison,
    Interval,
    Judged,
    Metrics,
    Model,
)
from h2o_forensics.report import training_compared as compared
from h2o_forensics.report import training_notes as notes
from h2o_forensics.report import training_words as words
from h2o_forensics.report.moments import iso
from h2o_forensics.report.training_curves import importances, learning_curve
from h2o_forensics.report.training_defaults import differing
from h2o_forensics.report.training_found import findings_about, place_of, rows_by
from h2o_forensics.report.training_shape import (
    ComparisonItem,
    FoldRow,
    IntervalItem,
    ModelFacts,
    ModelItem,
    ModelScores,
    Scalar,
)

MOST_FULL = 30
"""Models with folds, curves and importances; a large directory's others have what decides."""
_LONGEST_PARAM = 300
_MOST_LISTED = 20
_SAID = ("This evidence could have shown", "RMSE ")
"""Notes that say what `says` ends with, or what the card shows."""
_MAIN = {
    "Binomial": ("auc", "logloss"),
    "Multinomial": ("logloss", "error"),
    "Ordinal": ("logloss", "error"),
    "Regression": ("rmse", "mae"),
}
_ANY = ("auc", "logloss", "rmse", "mse", "mae", "error")
_UNTOLD = frozenset(
    """model_id training_frame validation_frame response_column ignored_columns nfolds
    fold_assignment fold_column base_models metalearner""".split()  # noqa: SIM905 - names
)
"""Parameters that a card says in words, or that name what the card is about."""


def model_items(analysis: Analysis) -> tuple[ModelItem, ...]:
    """All models: those that findings name first, then leaders, then the others as given."""
    saved = analysis.training.saved
    judged = {one.model: one for one in reversed(analysis.training.judged)}
    checks, metrics = (rows_by(analysis, name, "model") for name in ("models", "model_metrics"))
    listed = notes.listed(saved.leaderboards)
    shares = rows_by(analysis, "variable_importance", "model")
    alike: dict[str, list[Model]] = {}
    for model in saved.models:
        alike.setdefault(model.id, []).append(model)
    items = []
    for model in saved.models:
        same = alike[model.id]
        fullest = max(same, key=lambda one: len(one.metrics)) is model
        own = judged.get(model.id) if fullest else None
        own = own or Judged(model.id)
        item = _outline(model, own, checks.get(model.id, ()), metrics.get(model.id, ()))
        item = replace(item, notes=(*item.notes, *notes.unlike(model, listed.get(model.id, ()))))
        others = {one.source.path for one in same if one is not model}
        findings = findings_about(analysis, "model", model.id, model.source, others)
        items.append((replace(item, findings=findings), model, own))
    items.sort(key=lambda one: _place_in_report(one[0]))
    return tuple(
        _filled(item, model, own, shares.get(model.id, ())) if at < MOST_FULL else item
        for at, (item, model, own) in enumerate(items)
    )


def _place_in_report(item: ModelItem) -> tuple[object, ...]:
    """Those that findings name, leaders, the tested; then as leaderboards rank them."""
    told = item.cv or item.test
    sign = -1.0 if words.higher_is_better(item.metric) else 1.0
    return (
        not item.findings,
        not item.leader,
        item.state == "untested",
        item.response or "",
        item.training_frame or "",
        item.metric or "",
        sign * told.value if told is not None else math.inf,
    )


def _outline(
    model: Model,
    judged: Judged,
    rows: Sequence[Mapping[str, Any]],
    metrics: Sequence[Mapping[str, Any]],
) -> ModelItem:
    """What every model has, without its findings."""
    comparisons = tuple(map(_comparison, judged.comparisons))
    decides = next((one for one in comparisons if one.decides), None)
    found = next((compared.rooted(one) for one in judged.comparisons if one.decides), None)
    tested = (judged.test,) if judged.test is not None and judged.test not in model.metrics else ()
    by_set = {one.of: one for one in (*tested, *model.metrics)}
    metric = found.metric if found else _main_metric(model, by_set)
    cv = _interval(found.cv) if found else _of_set("cross_validation", metric, by_set, metrics)
    facts = _facts(model, judged.test, rows)
    item = ModelItem(
        **asdict(facts),
        state=_state(judged, decides, facts.damage),
        says="",
        validated="",
        metric=metric,
        training=_of_set("training", metric, by_set, metrics),
        cv=_with_ends(cv, metric, judged.signs),
        test=_interval(found.test) if found else _of_set("test", metric, by_set, metrics),
        leader=judged.leader,
        full=False,
        scores=tuple(
            ModelScores(of=one.of, frame=one.frame, rows=one.nobs, values=one.values)
            for one in (*model.metrics, *tested)
        ),
        comparisons=(decides,) if decides else (),
        folds=(),
        curve=None,
        importances=(),
        notes=(
            *(one for one in judged.notes[:_MOST_LISTED] if not one.startswith(_SAID)),
            *notes.outside(model, metric, cv),
        ),
        signs={},
        findings=(),
    )
    says = _says(item, decides)
    if item.state == "same":
        says += compared.beside(judged.comparisons)
    return replace(item, says=says, validated=words.validated(item))


def _with_ends(
    one: IntervalItem | None, metric: str | None, signs: Mapping[str, Scalar]
) -> IntervalItem | None:
    """The interval that was computed where there is no test to compare with."""
    if one is None or one.low is not None:
        return one
    low, high = signs.get("cv_low"), signs.get("cv_high")
    if not isinstance(low, float) or not isinstance(high, float):
        return one
    if (signs.get("metric"), metric) == ("mse", "rmse"):
        return IntervalItem(one.value, math.sqrt(max(low, 0.0)), math.sqrt(max(high, 0.0)))
    return IntervalItem(one.value, low, high) if signs.get("metric") == metric else one


def _facts(model: Model, test: Metrics | None, rows: Sequence[Mapping[str, Any]]) -> ModelFacts:
    frames = {one.role: one.name for one in model.frames}
    nfolds = _int(model.params.get("nfolds"))
    return ModelFacts(
        model=model.id,
        algo=model.algo,
        algo_name=model.algo_name,
        category=model.category,
        h2o_version=model.h2o_version,
        kind=model.kind,
        whole=model.whole,
        damage=_damage(model),
        place=place_of(model.source),
        response=model.response,
        columns=len(model.columns) or None,
        train_rows=_rows(model, rows),
        training_frame=_text(model.params.get("training_frame")) or frames.get("training_frame"),
        validation_frame=_text(model.params.get("validation_frame"))
        or frames.get("validation_frame"),
        test_frame=test.frame if test else None,
        nfolds=nfolds,
        fold_assignment=_text(model.params.get("fold_assignment")) if nfolds else None,
        fold_column=_text(model.params.get("fold_column")),
        base_models=len(model.base_models),
        trees=model.trees,
        started=iso(model.started),
        run_ms=model.run_ms,
        size_bytes=model.size_bytes,
        params=_params(model),
        warnings=tuple(_short(one) for one in model.warnings[:_MOST_LISTED]),
    )


def _filled(
    item: ModelItem, model: Model, judged: Judged, shares: Sequence[Mapping[str, Any]]
) -> ModelItem:
    """With folds, curve, importances, all comparisons and signs."""
    filled = replace(
        item,
        full=True,
        comparisons=tuple(map(_comparison, judged.comparisons)),
        folds=tuple(FoldRow(one.metric, one.mean, one.sd, one.values) for one in model.folds),
        curve=learning_curve(model),
        importances=importances(model, shares),
        signs={name: value for name, value in judged.signs.items() if value is not None},
    )
    return replace(filled, validated=words.validated(filled))


def _comparison(one: Comparison) -> ComparisonItem:
    return ComparisonItem(
        metric=one.metric,
        decides=one.decides,
        cv=_interval(one.cv),
        test=_interval(one.test),
        gap=one.gap,
        statistic=one.statistic,
        score=one.score,
        df=one.df,
        p=one.p,
        floor=one.floor,
        detectable=one.detectable,
        differs=one.differs,
        note=one.note,
        says=compared.compared(one),
    )


def _interval(one: Interval) -> IntervalItem:
    return IntervalItem(one.value, one.low, one.high)


def _state(judged: Judged, decides: ComparisonItem | None, damage: tuple[str, ...]) -> str:
    if decides is not None and decides.differs:
        return "worse"
    if judged.signs.get("test_is_training"):
        return "test_is_training"
    if damage:
        return "damaged"
    if decides is None:
        return "untested"
    if decides.score is None:
        return "too_small"
    return "better" if decides.score <= -compared.SURE else "same"


def _damage(model: Model) -> tuple[str, ...]:
    cut = () if model.whole else ("The document is cut; this is what stood before the cut.",)
    return (*cut, *(model.mojo.damage if model.mojo else ()))


def _says(item: ModelItem, decides: ComparisonItem | None) -> str:
    """The sentence of the card."""
    if item.state == "damaged":
        return " ".join(item.damage)
    if item.state == "test_is_training":
        return "The test was the training frame: it tells nothing about new data."
    if decides is not None:
        return decides.says
    if item.cv is not None:
        told = f"{words.metric_name(item.metric)} {words.value(item.cv.value)}"
        return f"{told} in cross-validation. No test metrics were found to compare it with."
    if item.training is not None:
        told = f"{words.metric_name(item.metric)} {words.value(item.training.value)}"
        return f"{told} in training. It was not cross-validated and not tested."
    return "No metrics were found."


def _main_metric(model: Model, by_set: Mapping[str, Metrics]) -> str | None:
    """The metric a model of this category is read by, of those it has."""
    held = {name for one in by_set.values() for name in one.values}
    return next((one for one in (*_MAIN.get(model.category or "", ()), *_ANY) if one in held), None)


def _of_set(
    of: str,
    metric: str | None,
    by_set: Mapping[str, Metrics],
    rows: Sequence[Mapping[str, Any]],
) -> IntervalItem | None:
    """A metric on one set of rows, with the interval the evidence table has."""
    value = by_set[of].values.get(metric or "") if of in by_set else None
    if value is None:
        return None
    row = next((one for one in rows if one["of"] == of and one["metric"] == metric), {})
    return IntervalItem(value, row.get("low"), row.get("high"))


def _rows(model: Model, rows: Sequence[Mapping[str, Any]]) -> float | None:
    """By the chunks of its training frame, else by the table, else by the metrics."""
    espc = next((one.espc for one in model.frames if one.role == "training_frame" and one.espc), ())
    if espc:
        return float(espc[-1])
    told = next((one["train_rows"] for one in rows if one.get("train_rows") is not None), None)
    if told is not None:
        return float(told)
    return next((one.nobs for one in model.metrics if one.of == "training"), None)


def _params(model: Model) -> dict[str, Scalar]:
    """Those that differ from H2O's default, of what was given where that is told."""
    listed = differing(model.given or model.params)
    return {name: _short(value) for name, value in listed.items() if name not in _UNTOLD}


def _short(value: Any) -> Any:  # noqa: ANN401 - texts are cut, all else stays
    if isinstance(value, str) and len(value) > _LONGEST_PARAM:
        return f"{value[:_LONGEST_PARAM]}…"
    return value


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) and value else None


def _int(value: Scalar) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
