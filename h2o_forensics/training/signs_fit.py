"""Signs: labels, scores, folds, learning curve, skill."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from h2o_forensics.training.auc import class_counts, hanley_mcneil
from h2o_forensics.training.columns import rows_per_entity
from h2o_forensics.training.distributions import chi2_sf
from h2o_forensics.training.fold_values import fold_values
from h2o_forensics.training.folds import ODD_P, fold_spread, outlying_fold
from h2o_forensics.training.labels import label_shift
from h2o_forensics.training.psi import score_drift
from h2o_forensics.training.signs_quote import shown
from h2o_forensics.training.skill import history_rise, skill
from h2o_forensics.training.variance import fold_variance, own_variance, spread_of

if TYPE_CHECKING:
    from h2o_forensics.model.training import Metrics
    from h2o_forensics.training.folds import FoldSpread
    from h2o_forensics.training.signs_quote import Looked, Signs

_NO_SIGNAL_AUC = 0.5


def label_signs(looked: Looked, signs: Signs) -> None:
    """Share of the classes and the scores, test against training."""
    base, test = looked.cv or looked.training, looked.test
    if base is None or test is None:
        return
    moved = label_shift(base, test)
    if moved is not None:
        what = "positives" if moved.label is None else f"class {moved.label}"
        place = signs.place(
            test.source,
            f"{what}: {moved.test_share:.1%} of {_rows(test)} in the test,"
            f" {moved.train_share:.1%} of {_rows(base)} in training",
            "thresholds_and_metric_scores" if moved.label is None else "cm/table",
        )
        signs.put("label_z", moved.z, place)
        signs.put("label_ratio", moved.ratio, place)
        signs.put("train_label_share", moved.train_share, place)
        signs.put("test_label_share", moved.test_share, place)
    scores = score_drift(base, test) if base is looked.cv else None
    if scores is not None:
        text = f"scores: PSI {scores.psi:.3g} (chance: up to {scores.null:.2g})"
        place = signs.place(test.source, text, "thresholds_and_metric_scores")
        signs.put("psi", scores.psi, place)
        signs.put("psi_null", scores.null, place)


def fold_signs(looked: Looked, signs: Signs) -> None:
    """How far the folds spread."""
    found = fold_spread(looked.model)
    if found is None:
        return
    text = (
        f"cross_validation_metrics_summary.{found.metric}: {found.folds} folds, {shown(found.low)}"
        f" to {shown(found.high)}, mean {shown(found.mean)}, sd {shown(found.sd)}"
    )
    place = signs.in_model(text, "output/cross_validation_metrics_summary")
    p, outlier_z = _of_entities(looked, found) or (found.p, found.outlier_z)
    signs.put("fold_p", p, place)
    signs.put("fold_spread", found.spread, place)
    signs.put("fold_low", found.low, place)
    signs.put("fold_high", found.high, place)
    signs.put("fold_outlier_z", outlier_z, place)
    signs.put("folds_unstable", found.unstable and p is not None and p < ODD_P, place)
    signs.put("positives_per_fold", found.positives_per_fold, place)


def _of_entities(looked: Looked, found: FoldSpread) -> tuple[float, float | None] | None:
    """The chance of the spread where folds are groups whose rows belong together.

    Rows of one entity count as one; None: folds are not groups, or nothing tells their entities.
    Random folds need none of this: each holds rows of nearly all entities.
    """
    grouped = looked.model.params.get("fold_column") and found.metric == "auc"
    counts = class_counts(looked.cv) if looked.cv is not None and grouped else None
    folds = fold_values(looked.model.folds, found.metric)
    per_entity = rows_per_entity(looked.train_frame)
    if counts is None or folds is None or per_entity <= 1:
        return None
    positives, negatives = (count / found.folds / per_entity for count in counts)
    variance = hanley_mcneil(found.mean, positives, negatives)
    if variance <= 0:
        return None
    p = chi2_sf((found.folds - 1) * found.sd * found.sd / variance, found.folds - 1)
    return p, outlying_fold(folds, variance)[0]


def fit_signs(looked: Looked, signs: Signs) -> None:
    """Learned too much, too long, or nothing."""
    cv = looked.cv
    if cv is not None:
        name = "r2" if cv.category == "Regression" else "logloss"
        value = cv.values.get(name)
        place = None if value is None else signs.metric_place(cv, name, value)
        signs.put("skill", skill(cv), place)
        signs.put("chance_se", _chance_se(looked, cv), signs.places.get("cv_auc"))
        signs.put("train_cv_gap", _train_cv_gap(looked.training, cv), signs.places.get("train_auc"))
    rise = history_rise(looked.model)
    if rise is not None:
        of = f"{rise.folds} folds" if rise.folds else "the validation frame"
        text = (
            f"{rise.metric} over {of}: {rise.rise:.0%} above its least at the end"
            f" (least at step {shown(rise.best_step)}, last {shown(rise.last_step)})"
        )
        below = "output/cv_scoring_history" if rise.folds else "output/scoring_history"
        place = signs.in_model(text, below)
        signs.put("history_rise", rise.rise, place)
        signs.put("best_step", rise.best_step, place)
        signs.put("last_step", rise.last_step, place)


def _chance_se(looked: Looked, cv: Metrics) -> float | None:
    """How many standard errors the AUC, or the mean error per class, is from that of guessing."""
    name, guessed = "auc", _NO_SIGNAL_AUC
    if cv.category == "Multinomial":
        classes = sum(1 for rows in cv.class_rows.values() if rows > 0)
        name, guessed = "mean_per_class_error", 1 - 1 / max(classes, 1)
    value, own = cv.values.get(name), own_variance(cv, name)
    if value is None or own is None:
        return None
    variance = max(own, fold_variance(spread_of(looked.model.folds, name)) or 0.0)
    return abs(value - guessed) / math.sqrt(variance) if variance > 0 else None


def _train_cv_gap(training: Metrics | None, cv: Metrics) -> float | None:
    """How much better training is: AUC, else R2, else the share of wrong rows."""
    if training is None:
        return None
    for name, sign in (("auc", 1), ("r2", 1), ("error", -1)):
        mine, others = training.values.get(name), cv.values.get(name)
        if mine is not None and others is not None:
            return sign * (mine - others)
    return None


def _rows(metrics: Metrics) -> str:
    return "its rows" if metrics.nobs is None else f"{metrics.nobs:.0f} rows"
