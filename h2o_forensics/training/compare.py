"""Cross-validation against test: every metric both have, tested (docs/model-checks.md).

Two routes.  Where the variance of a metric follows from class counts or the table of scores: z of
the gap, V = max(own, Nadeau-Bengio) for cross-validation and own for the test.  Else Student's t
over the folds' spread.  A metric differs when it is significant and the gap is at least its floor.
"""

import math
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.model.training import Comparison, FoldMetric, Interval, Metrics, Model
from h2o_forensics.training.auc import LEAST_OF_A_CLASS, class_counts
from h2o_forensics.training.distributions import normal_sf, t_quantile, t_sf
from h2o_forensics.training.fold_values import FoldValues
from h2o_forensics.training.intervals import interval
from h2o_forensics.training.variance import (
    count_scale,
    fold_variance,
    own_variance,
    rows_of,
    spread_of,
)

__all__ = ["base_of", "compare", "interval"]

CRITICAL_Z = 2.576
"""Two-sided 1 %, used one-sided: cross-validation is slightly pessimistic, its variance guessed."""
TWO_SIDED, ONE_SIDED = 0.995, 0.99
HIGHER_IS_BETTER = {"auc", "pr_auc", "r2"}
SUPPORT, ALONE = 0.01, 0.001
"""What p of absolute errors supports squared ones; what p of squares stands without them."""
FEW_FOLDS = 4
LEAST_ROWS = 30
LEAST_AT_A_THRESHOLD = 10
OUT_OF_BAG = {"drf"}


class Floor(Struct, frozen=True):
    """The least gap that counts: absolute, or a part of the cross-validated value."""

    size: float
    relative: bool = False


FLOORS = {
    "auc": Floor(0.02),
    "pr_auc": Floor(0.05),
    "logloss": Floor(0.05, relative=True),
    "error": Floor(0.02),
    "mean_per_class_error": Floor(0.02),
    "mse": Floor(0.21, relative=True),  # RMSE ratio 1.10
    "mae": Floor(0.10, relative=True),
    "r2": Floor(0.05),
}
METRICS = {
    "Binomial": ("auc", "pr_auc", "logloss", "error", "mean_per_class_error"),
    "Multinomial": ("mean_per_class_error", "error", "logloss"),
    "Ordinal": ("mean_per_class_error", "error", "logloss"),
    "Regression": ("mse", "mae", "r2"),
}
"""Category -> metrics compared; the first that could be judged decides (binomial: AUC or none)."""


class Pair(Struct, frozen=True):
    """What is compared with what."""

    model: Model
    base: Metrics
    test: Metrics
    folds: tuple[FoldMetric, ...]
    """Empty unless the base is cross-validation."""

    @property
    def clustered(self) -> bool:
        """Folds are groups of rows: fold spread is all that tells the groups' own variance."""
        return self.base.of == "cross_validation" and bool(self.model.params.get("fold_column"))


class Gap(Struct, frozen=True):
    """The test of one gap."""

    how: str
    se: float
    df: float | None
    critical: float


def base_of(model: Model, test: Metrics) -> Metrics | None:
    """What the test is held against: cross-validation, else validation, else training metrics.

    Validation metrics are no base for themselves, nor for a test of the same rows.
    """
    for part in ("cross_validation", "validation", "training"):
        for metrics in model.metrics:
            if metrics.of == part and metrics.values and not _same_rows(metrics, test):
                return metrics
    return None


def _same_rows(metrics: Metrics, test: Metrics) -> bool:
    if metrics.of != "validation":
        return False
    checksums = metrics.frame_checksum, test.frame_checksum
    same = checksums[0] is not None and checksums[0] == checksums[1]
    return same or test.of == "validation"


def compare(model: Model, test: Metrics) -> tuple[Comparison, ...]:
    """Each metric the model's cross-validation shares with `test`, tested; exactly one decides.

    Without cross-validation the validation metrics take its place, then out-of-bag training
    metrics (DRF).  In-sample training metrics are shown with the test and not judged: `score` is
    None and the note says why.  Empty: nothing in common, or no kind of model that is compared.
    """
    base = base_of(model, test)
    if base is None:
        return ()
    category = test.category or base.category or model.category
    metrics = METRICS.get(category or "", ())
    folds = model.folds if base.of == "cross_validation" else ()
    pair = Pair(model, _filled(base), replace(_filled(test), category=category), folds)
    shared = [m for m in metrics if m in pair.base.values and m in pair.test.values]
    compared = _heavy_tails([_compared(pair, metric) for metric in shared])
    at = _deciding(compared)
    return tuple(replace(c, decides=i == at) for i, c in enumerate(compared))


def _filled(metrics: Metrics) -> Metrics:
    """With mse where only rmse is stated; NaN and infinite values are none."""
    values = {name: v for name, v in metrics.values.items() if math.isfinite(v)}
    if "rmse" in values:
        values.setdefault("mse", values["rmse"] ** 2)
    return replace(metrics, values=values)


def _heavy_tails(compared: list[Comparison]) -> list[Comparison]:
    """Squared errors differ only where absolute ones do, too: a few wild rows make a mean square.

    Measured with Student's t noise of 3 degrees of freedom: 1.8 % false alarms at 1 % without.
    """
    absolute = next((c.p for c in compared if c.metric == "mae" and c.p is not None), None)
    found = []
    for one in compared:
        if one.metric not in {"mse", "r2"} or not one.differs or one.p is None:
            found.append(one)
        elif absolute is None and one.p > ALONE:
            note = f"Not counted: without absolute errors, squares need p < {ALONE:g}."
            found.append(replace(one, differs=False, note=f"{note} {one.note}".strip()))
        elif absolute is not None and absolute > SUPPORT:
            note = f"Not counted: absolute errors are not worse (p = {absolute:.2g}); a few rows"
            note += " with large errors make this gap."
            found.append(replace(one, differs=False, note=f"{note} {one.note}".strip()))
        else:
            found.append(one)
    return found


def _deciding(compared: list[Comparison]) -> int:
    if compared and compared[0].metric == "auc":
        return 0
    return next((i for i, c in enumerate(compared) if c.score is not None), 0)


def _compared(pair: Pair, metric: str) -> Comparison:
    base, test = pair.base.values[metric], pair.test.values[metric]
    gap = base - test if metric in HIGHER_IS_BETTER else test - base
    rule = FLOORS[metric]
    floor = rule.size * abs(base) if rule.relative else rule.size
    tested = _tested(pair, metric)
    why_not = _why_not(pair, metric, tested)
    judged = tested if why_not is None else None
    score = None if judged is None else gap / judged.se
    return Comparison(
        model=pair.model.id,
        metric=metric,
        cv=_interval(pair, "base", metric),
        test=_interval(pair, "test", metric),
        gap=gap,
        statistic="none" if tested is None else tested.how,
        score=score,
        df=None if judged is None else judged.df,
        p=None if judged is None or score is None else _tail(score, judged.df),
        floor=floor,
        detectable=None if tested is None else max(floor, tested.critical * tested.se),
        differs=judged is not None
        and score is not None
        and score >= judged.critical
        and gap >= floor,
        note=" ".join(filter(None, (why_not, *_notes(pair, metric, judged)))),
    )


def _tail(score: float, df: float | None) -> float:
    return normal_sf(score) if df is None else t_sf(score, df)


def _tested(pair: Pair, metric: str) -> Gap | None:
    """The route that the evidence allows; None: none."""
    if pair.base.of == "training" and pair.model.algo not in OUT_OF_BAG:
        return None
    folds = spread_of(pair.folds, metric)
    base, test = own_variance(pair.base, metric), own_variance(pair.test, metric)
    if base is None or test is None:
        return _fold_t(pair, folds)
    if _at_a_threshold(pair, metric):
        return _threshold_t(pair, folds, base, test)
    fold = fold_variance(folds)
    base = base if fold is None else max(base, fold)
    se = math.sqrt(base + test)
    if not se:
        return None
    how = f"z of two {_HOW[metric]}" + (", Nadeau-Bengio over folds)" if fold is not None else ")")
    if folds is None or not pair.clustered:
        return Gap(how, se, None, CRITICAL_Z)
    df = (base + test) ** 2 / (base * base) * (folds.count - 1)
    return Gap("Welch t" + how.removeprefix("z"), se, df, t_quantile(TWO_SIDED, df))


def _at_a_threshold(pair: Pair, metric: str) -> bool:
    """Whether the errors are of two classes, cut where F1 is best.

    H2O takes that threshold from the very rows it counts, so it moves from part to part, and the
    binomial variance knows nothing of it (measured: 4 % false alarms at 1 %).
    """
    return pair.test.category == "Binomial" and metric in {"error", "mean_per_class_error"}


def _threshold_t(pair: Pair, folds: FoldValues | None, base: float, test: float) -> Gap | None:
    """Student's t: of the binomial variance and what folds show of it, the larger."""
    fold, n, m = fold_variance(folds), rows_of(pair.base), rows_of(pair.test)
    if folds is None or fold is None or not n or not m:
        return None
    base, test = max(base, fold), max(test, folds.sd**2 * n / folds.count / m)
    how = "t of two error rates, the larger variance of (binomial, folds), each at its best F1"
    df = folds.count - 1
    return Gap(how, math.sqrt(base + test), df, t_quantile(TWO_SIDED, df))


_HOW = {
    "auc": "AUCs, the larger variance of (Hanley-McNeil, DeLong",
    "pr_auc": "PR-AUCs, the larger variance of (proportion of the positives",
    "logloss": "mean losses, the larger variance of (table of scores",
    "error": "proportions, the larger variance of (binomial",
    "mean_per_class_error": "means of class errors, the larger variance of (worst binomial",
}


def _fold_t(pair: Pair, folds: FoldValues | None) -> Gap | None:
    """Student's t with the variance of a fold (Nadeau & Bengio 2003) and one test of m rows."""
    n, m = rows_of(pair.base), rows_of(pair.test)
    if folds is None or not n or not m or not folds.sd:
        return None
    k = folds.count
    se = folds.sd * math.sqrt(1 / k + 1 / (k - 1) + n / k / m)
    how = "t over folds (Nadeau-Bengio)"
    return Gap(how, se, k - 1, t_quantile(ONE_SIDED, k - 1))


def _why_not(pair: Pair, metric: str, tested: Gap | None) -> str | None:
    """Why the gap is shown and not judged; None: it is."""
    if pair.base.of == "training" and pair.model.algo not in OUT_OF_BAG:
        return "Not judged: training metrics are in-sample, there is no cross-validation."
    if tested is None:
        return "Not judged: no fold values to tell how far this metric spreads by chance."
    if metric == "mean_per_class_error" or pair.test.category == "Binomial":
        least, what = min(_rarest(pair.base), _rarest(pair.test)), "rows of the rarest class"
    else:
        least = min(rows_of(pair.base) or 0.0, rows_of(pair.test) or 0.0)
        what = "rows"
    of_class = LEAST_AT_A_THRESHOLD if _at_a_threshold(pair, metric) else LEAST_OF_A_CLASS
    needed = LEAST_ROWS if what == "rows" else of_class
    if least >= needed:
        return None
    width = tested.critical * tested.se
    return (
        f"Too small to judge: {least:g} {what}, {needed} needed; gaps below {width:.3g} are chance."
    )


def _rarest(metrics: Metrics) -> float:
    counts = class_counts(metrics) or tuple(metrics.class_rows.values())
    return min(counts, default=math.inf) * count_scale(metrics)


def _notes(pair: Pair, metric: str, judged: Gap | None) -> list[str]:
    """Assumptions that fail, and what the number does not tell."""
    notes = []
    if pair.base.of != "cross_validation" and judged is not None:
        part = "out-of-bag" if pair.base.of == "training" else pair.base.of
        notes.append(f"There is no cross-validation: {part} metrics are held against the test.")
    if judged is not None and judged.how.startswith("t o") and judged.df is not None:
        if judged.df < FEW_FOLDS:
            folds = int(judged.df) + 1
            notes.append(f"{folds} folds ask for t >= {judged.critical:.2f}; 5 or more see more.")
    elif judged is not None and pair.base.of == "cross_validation" and "Nadeau" not in judged.how:
        notes.append("No fold values: the variance between folds is unknown.")
    if min(count_scale(pair.base), count_scale(pair.test)) < 1:
        notes.append("Rows are weighted: counts are scaled to rows, which unequal weights flatter.")
    if metric in {"pr_auc", "error", "logloss"} and judged is not None:
        notes.append("It also moves with the share of the classes.")
    if metric == "mse":
        base, test = (math.sqrt(max(p.values["mse"], 0.0)) for p in (pair.base, pair.test))
        notes.append(f"RMSE {base:.4g} and {test:.4g}.")
    return notes


def _interval(pair: Pair, side: Literal["base", "test"], metric: str) -> Interval:
    metrics = pair.base if side == "base" else pair.test
    if metrics.of == "training" and pair.model.algo not in OUT_OF_BAG:
        return Interval(metrics.values[metric])
    return interval(metrics, metric, pair.folds)
