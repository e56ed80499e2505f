"""Rows of `models`: the metric that decides, and what the same model trained again shares."""

from collections.abc import Iterable, Sequence

from h2o_forensics.catalog.stored import Row, StoredReport, items, part

_PREFERRED = ("auc", "aucpr", "pr_auc", "rmse", "logloss", "mae", "mse", "error")
"""Where the report does not say which metric counts: the first of these, then others by name."""
_SETS = ("training", "validation", "cross_validation", "test")


def model_rows(report: StoredReport, predictors: Sequence[Row]) -> Iterable[Row]:
    """One for each saved model, in the report's order."""
    known: dict[object, list[Row]] = {}
    for one in predictors:
        known.setdefault(one.get("model"), []).append(one)
    for one in items(report.models):
        metric, values = _values(one)
        decides = next((item for item in items(one.get("comparisons")) if item.get("decides")), {})
        yield {
            "model": one.get("model"),
            "algorithm": one.get("algo"),
            "category": one.get("category"),
            "response": one.get("response"),
            "frame": one.get("training_frame"),
            "built": one.get("started"),
            "state": one.get("state"),
            "metric": metric,
            **values,
            "gap": decides.get("gap"),
            "detectable": decides.get("detectable"),
            "differs": decides.get("differs"),
            "rows": one.get("train_rows"),
            "columns": one.get("columns"),
            "folds": one.get("nfolds"),
            "family": _family(one, known.get(one.get("model"), ())),
        }


def _values(model: Row) -> tuple[str | None, dict[str, object]]:
    """The metric, and its value on each set of rows."""
    scores = {one.get("of"): part(one, "values") for one in items(model.get("scores"))}
    metric = model.get("metric")
    if not isinstance(metric, str):
        metric = _first({name for values in scores.values() for name in values})
    told = {
        "training": part(model, "training").get("value"),
        "cross_validation": part(model, "cv").get("value"),
        "test": part(model, "test").get("value"),
    }
    values: dict[str, object] = {}
    for name in _SETS:
        value = told.get(name)
        if value is None and metric is not None:
            value = scores.get(name, {}).get(metric)
        values[name] = value
    return metric, values


def _first(names: set[str]) -> str | None:
    preferred = [name for name in _PREFERRED if name in names]
    return (*preferred, *sorted(names), None)[0]


def _family(model: Row, predictors: Sequence[Row]) -> str | None:
    """Algorithm, response and columns: as far as they are known, in words.

    `gbm of y on 12 columns (3f2a9c1e)`: the letters are of the columns' names.
    """
    algorithm, response = model.get("algo"), model.get("response")
    if not algorithm:
        return None
    words = [str(algorithm), *(["of", str(response)] if response else [])]
    columns, letters = model.get("columns"), _letters(model, predictors)
    if columns:
        words += ["on", str(columns), "columns"]
    if letters:
        words.append(f"({letters})")
    return " ".join(words) if response or columns else None


def _letters(model: Row, predictors: Sequence[Row]) -> object:
    """The hash of its predictors: its own where several models have its name."""
    hashes = {one.get("hash") for one in predictors}
    if len(hashes) == 1:
        return hashes.pop()
    place = part(model, "place")
    own = [
        one
        for one in predictors
        if (one.get("path"), one.get("pointer")) == (place.get("path"), place.get("pointer"))
    ]
    return own[0].get("hash") if own else None
