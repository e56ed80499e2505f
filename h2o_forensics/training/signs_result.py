"""Signs: what the comparison found, on which rows, and how the model was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.training.auc import class_counts
from h2o_forensics.training.compare import METRICS
from h2o_forensics.training.intervals import interval
from h2o_forensics.training.join import has_folds, training_frame
from h2o_forensics.training.signs_quote import shown

if TYPE_CHECKING:
    from h2o_forensics.model.training import Comparison, Interval, Model, Scalar
    from h2o_forensics.training.signs_quote import Looked, Place, Signs

TEST_BETTER_Z = -4.0
_OUT_OF_BAG = frozenset({"drf", "isolationforest", "extendedisolationforest"})
_MOST = 2**31 - 1
_RELATIVE = frozenset({"mse", "rmse", "mae", "logloss"})


def result_signs(looked: Looked, signs: Signs) -> None:
    """Which model, which rows, and the deciding comparison."""
    model = looked.model
    signs.put("model", model.id)
    signs.put("algo", model.algo)
    signs.put("category", model.category)
    signs.put("response", model.response)
    signs.put("training_frame", training_frame(model)[0])
    base = looked.cv or looked.training
    signs.put("train_rows", base.nobs if base is not None else None)
    counts = class_counts(base) if base is not None else None
    if base is not None and counts is not None:
        text = f"{base.of}_metrics: {shown(counts[0])} positives, {shown(counts[1])} negatives"
        place = signs.place(base.source, text, "thresholds_and_metric_scores")
        signs.put("positives", counts[0], place)
        signs.put("negatives", counts[1], place)
    _test(looked, signs)
    _values(looked, signs)
    for part, metrics in (("train", looked.training), ("cv", looked.cv), ("test", looked.test)):
        signs.metric(f"{part}_auc", metrics, "auc")
        signs.metric(f"{part}_r2", metrics, "r2")


def _test(looked: Looked, signs: Signs) -> None:
    of_training = looked.joined.of_training
    signs.put("test_is_training", of_training is not None)
    if of_training is not None:
        text = f"test metrics are of frame {of_training.frame}, the training frame"
        if of_training.frame_checksum is not None:
            text += f" (frame_checksum {of_training.frame_checksum})"
        signs.put(
            "test_is_training", value=True,
            place=signs.place(of_training.source, text, "frame_checksum"),
        )  # fmt: skip
    test = looked.test or of_training
    if test is not None:
        signs.put("test_frame", test.frame)
        signs.put("test_rows", test.nobs)
    signs.put("test_from", looked.test_from)


def _values(looked: Looked, signs: Signs) -> None:
    """The numbers of the metric that decides; without a test those that there are."""
    found = looked.deciding
    metric = found.metric if found is not None else _first_metric(looked)
    signs.put("judged", found is not None and found.score is not None)
    if metric is None:
        return
    signs.put("metric", metric)
    signs.metric("train_value", looked.training, metric)
    signs.metric("cv_value", looked.cv, metric)
    signs.metric("test_value", looked.test, metric)
    if found is not None:
        _interval("cv", found.cv, signs)
        _interval("test", found.test, signs)
        _comparison(found, signs)
    elif looked.cv is not None and metric in looked.cv.values:
        _interval("cv", interval(looked.cv, metric, looked.model.folds), signs)


def _interval(part: str, found: Interval, signs: Signs) -> None:
    place = signs.places.get(f"{part}_value")
    signs.put(f"{part}_value", found.value, place)
    signs.put(f"{part}_low", found.low, place)
    signs.put(f"{part}_high", found.high, place)


def _comparison(found: Comparison, signs: Signs) -> None:
    place = _both(signs.places.get("test_value"), signs.places.get("cv_value"))
    signs.put("statistic", found.statistic)
    signs.put("gap", in_parts(found, found.gap), place)
    signs.put("score", found.score, place)
    signs.put("p", found.p, place)
    signs.put("detectable_gap", in_parts(found, found.detectable), place)
    signs.put("differs", found.differs, place)
    signs.put("test_better", found.score is not None and found.score <= TEST_BETTER_Z, place)


def _both(test: Place | None, cv: Place | None) -> Place | None:
    """The test's place, with both numbers in its words: a gap is of two."""
    if test is None or cv is None:
        return test
    return test[0], test[1], f"{test[2]}; {cv[2]}", test[3]


def in_parts(found: Comparison, size: float | None) -> float | None:
    """A gap in the metric's own unit; of losses and errors as a part of the cross-validated."""
    if size is None or found.metric not in _RELATIVE:
        return size
    return size / abs(found.cv.value) if found.cv.value else None


def _first_metric(looked: Looked) -> str | None:
    metrics = METRICS.get(looked.model.category or "", ())
    base = looked.cv or looked.training
    values = base.values if base is not None else {}
    return next((name for name in metrics if name in values), None)


def training_signs(looked: Looked, signs: Signs) -> None:
    """How the model was validated and stopped."""
    model = looked.model
    _folds(model, signs)
    signs.parameter("fold_column", "fold_column", _text(model.params.get("fold_column")))
    signs.parameter(
        "fold_assignment", "fold_assignment", _text(model.params.get("fold_assignment"))
    )
    signs.parameter("stopping_rounds", "stopping_rounds", stopping_rounds(model))
    balanced = model.params.get("balance_classes")
    signs.parameter("balance_classes", "balance_classes", _flag(balanced))
    signs.put("stacked", model.algo == "stackedensemble")
    if looked.training is not None and model.algo is not None and model.algo != "generic":
        signs.put("in_sample", model.algo not in _OUT_OF_BAG)


def stopping_rounds(model: Model) -> int | None:
    """As the user asked: after folds H2O writes 0 as the main model's value (see `join`)."""
    stated = [params.get("stopping_rounds") for params in (model.given, model.params)]
    rounds = [n for one in stated if (n := whole_parameter(one)) is not None]
    return max(rounds, default=None)


def _folds(model: Model, signs: Signs) -> None:
    """How many; with a fold column H2O states 0, and the summary has them."""
    stated = whole_parameter(model.params.get("nfolds"))
    if not has_folds(model) or (stated is not None and stated > 1):
        signs.parameter("nfolds", "nfolds", stated)
        return
    folds = max((len(row.values) for row in model.folds), default=0)
    if folds:
        text = f"cross_validation_metrics_summary: {folds} folds"
        place = signs.in_model(text, "output/cross_validation_metrics_summary")
        signs.put("nfolds", folds, place)


def whole_parameter(value: Scalar) -> int | None:
    """A parameter that is a whole number; None: it is none that H2O would take."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) <= _MOST else None


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: Scalar) -> bool | None:
    return value if isinstance(value, bool) else None
