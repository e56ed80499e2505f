"""Worlds to learn from, learners, and the nouns a saved model would hold: no H2O, no numpy.

Nothing here knows what the tests assume.  Labels come from a nonlinear score of skewed and discrete
columns plus noise; a linear discriminant, a memorizing table of cells or least squares is fitted to
k - 1 folds at a time and to all rows at the end; scores, losses and tables come from its
predictions, as H2O's do.
"""

import math
import random
from collections.abc import Callable, Sequence
from statistics import fmean, stdev
from typing import NamedTuple

from h2o_forensics.model.training import FoldMetric, Metrics, Model, Scores

Vector = list[float]
BINS = 400


class Row(NamedTuple):
    """Predictors and label (a class number, or a number)."""

    x: Vector
    y: float


class Pair(NamedTuple):
    """A model with its cross-validation, and its test."""

    model: Model
    test: Metrics


Predict = Callable[[Vector], Vector]
"""Predictors to class probabilities, or to one number."""


class Sums(NamedTuple):
    """What least squares and the discriminant need of rows; adds up over folds."""

    counts: Vector
    sums: list[Vector]
    squares: list[Vector]
    cells: dict[tuple[int, ...], Vector]


def solve(matrix: list[Vector], right: Vector) -> Vector:
    """Gauss-Jordan elimination with pivots."""
    size = len(right)
    a = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(a[r][i]))
        a[i], a[pivot] = a[pivot], a[i]
        for r in range(size):
            if r != i and a[i][i]:
                factor = a[r][i] / a[i][i]
                a[r] = [v - factor * w for v, w in zip(a[r], a[i], strict=True)]
    return [a[i][size] / a[i][i] if a[i][i] else 0.0 for i in range(size)]


def sums(rows: Sequence[Row], classes: int, grain: float) -> Sums:
    """Class counts, sums, cross products; with a grain also the cells of a memorizing table."""
    d = len(rows[0].x)
    found = Sums(
        [0.0] * classes,
        [[0.0] * d for _ in range(classes)],
        [[0.0] * d for _ in range(d)],
        {},
    )
    for x, y in rows:
        c = int(y)
        found.counts[c] += 1
        mine = found.sums[c]
        for i, v in enumerate(x):
            mine[i] += v
            line = found.squares[i]
            for j in range(i + 1):
                line[j] += v * x[j]
        if grain:
            cell = found.cells.setdefault(_cell(x, grain), [0.0] * classes)
            cell[c] += 1
    return found


def _cell(x: Vector, grain: float) -> tuple[int, ...]:
    return tuple(round(v / grain) for v in x)


def add(parts: Sequence[Sums]) -> Sums:
    """The sums of several folds."""
    cells: dict[tuple[int, ...], Vector] = {}
    for part in parts:
        for cell, counts in part.cells.items():
            cells[cell] = _plus([cells.get(cell, [0.0] * len(counts)), counts])
    return Sums(
        _plus([p.counts for p in parts]),
        [_plus(rows) for rows in zip(*(p.sums for p in parts), strict=True)],
        [_plus(rows) for rows in zip(*(p.squares for p in parts), strict=True)],
        cells,
    )


def _plus(vectors: Sequence[Vector]) -> Vector:
    return [math.fsum(values) for values in zip(*vectors, strict=True)]


def discriminant(found: Sums, grain: float) -> Predict:
    """Linear discriminant; with a grain, cells seen in training count as two rows of prior do."""
    n, d = sum(found.counts), len(found.squares)
    means = [
        [s / max(c, 1.0) for s in line] for line, c in zip(found.sums, found.counts, strict=True)
    ]
    weights = list(zip(found.counts, means, strict=True))
    spread = [
        [
            (found.squares[max(i, j)][min(i, j)] - sum(c * m[i] * m[j] for c, m in weights)) / n
            + (1e-3 if i == j else 0)
            for j in range(d)
        ]
        for i in range(d)
    ]
    slopes = [solve(spread, mean) for mean in means]
    starts = [
        math.log((c + 0.5) / n) - sum(v * w for v, w in zip(m, slope, strict=True)) / 2
        for (c, m), slope in zip(weights, slopes, strict=True)
    ]
    lines = list(zip(starts, slopes, strict=True))

    def predict(x: Vector) -> Vector:
        logits = [s + sum(v * w for v, w in zip(x, slope, strict=True)) for s, slope in lines]
        top = max(logits)
        shares = [math.exp(v - top) for v in logits]
        total = sum(shares)
        prior = [v / total for v in shares]
        seen = found.cells.get(_cell(x, grain)) if grain else None
        if seen is None:
            return prior
        return [(s + 2 * p) / (sum(seen) + 2) for s, p in zip(seen, prior, strict=True)]

    return predict


def least_squares(rows: Sequence[Row]) -> Predict:
    """A line through numbers, its intercept first."""
    d = len(rows[0].x) + 1
    squares, right = [[0.0] * d for _ in range(d)], [0.0] * d
    for x, y in rows:
        line = [1.0, *x]
        for i, v in enumerate(line):
            right[i] += v * y
            for j, w in enumerate(line):
                squares[i][j] += v * w
    slopes = solve(squares, right)
    return lambda x: [slopes[0] + sum(v * w for v, w in zip(x, slopes[1:], strict=True))]


class Fitted(NamedTuple):
    """Holdout predictions by fold, and the main model."""

    holdout: list[list[Vector]]
    predict: Predict


def fit(folds: Sequence[Sequence[Row]], classes: int, grain: float = 0.0) -> Fitted:
    """Cross-validate over folds and fit the main model (0 classes: numbers)."""
    everything = [row for fold in folds for row in fold]
    if not classes:
        holdout = []
        for at, fold in enumerate(folds):
            rest = [row for i, other in enumerate(folds) if i != at for row in other]
            line = least_squares(rest)
            holdout.append([line(row.x) for row in fold])
        return Fitted(holdout, least_squares(everything))
    parts = [sums(fold, classes, grain) for fold in folds]
    holdout = []
    for at, fold in enumerate(folds):
        model = discriminant(add([p for i, p in enumerate(parts) if i != at]), grain)
        holdout.append([model(row.x) for row in fold])
    return Fitted(holdout, discriminant(add(parts), grain))


def binomial_values(labels: Sequence[float], scores: Sequence[float]) -> dict[str, float]:
    """AUC, PR-AUC, logloss, and the errors at the threshold of the best F1, as H2O takes it."""
    order = sorted(zip(scores, labels, strict=True), reverse=True)
    p = sum(labels)
    n = len(labels) - p
    if not p or not n:
        return {"logloss": _logloss(labels, scores)}
    wins = precision = tp = fp = 0.0
    best = (-1.0, 0.0, 0.0)
    at = 0
    while at < len(order):
        end, hits = at, 0.0
        while end < len(order) and order[end][0] == order[at][0]:
            hits += order[end][1]
            end += 1
        misses = end - at - hits
        wins += hits * (n - fp - misses / 2)
        tp, fp, at = tp + hits, fp + misses, end
        precision += hits * tp / (tp + fp)
        best = max(best, (2 * tp / (p + tp + fp), tp, fp))
    _, tp, fp = best
    return {
        "auc": wins / (p * n),
        "pr_auc": precision / p,
        "logloss": _logloss(labels, scores),
        "error": (p - tp + fp) / (p + n),
        "mean_per_class_error": ((p - tp) / p + fp / n) / 2,
    }


def _logloss(labels: Sequence[float], scores: Sequence[float]) -> float:
    pairs = zip(labels, scores, strict=True)
    return fmean(-math.log(max(s if y else 1 - s, 1e-15)) for y, s in pairs)


def multinomial_values(labels: Sequence[float], shares: Sequence[Vector]) -> dict[str, float]:
    """Logloss, error, mean of the class errors."""
    wrong: dict[int, Vector] = {}
    losses = []
    for y, share in zip(labels, shares, strict=True):
        c = int(y)
        losses.append(-math.log(max(share[c], 1e-15)))
        wrong.setdefault(c, []).append(float(share[c] < max(share)))
    return {
        "logloss": fmean(losses),
        "error": fmean([v for values in wrong.values() for v in values]),
        "mean_per_class_error": fmean([fmean(values) for values in wrong.values()]),
    }


def regression_values(labels: Sequence[float], guesses: Sequence[float]) -> dict[str, float]:
    """MSE, RMSE, MAE, R2."""
    misses = [y - g for y, g in zip(labels, guesses, strict=True)]
    mse, middle = fmean(m * m for m in misses), fmean(labels)
    total = fmean((y - middle) ** 2 for y in labels)
    return {
        "mse": mse,
        "rmse": math.sqrt(mse),
        "mae": fmean(abs(m) for m in misses),
        "r2": 1 - mse / total,
    }


def table(labels: Sequence[float], scores: Sequence[float]) -> Scores:
    """The table of thresholds, as bins: at most 400, each at its mean score."""
    order = sorted(zip(scores, labels, strict=True), reverse=True)
    step = max(1, math.ceil(len(order) / BINS))
    bins = [order[i : i + step] for i in range(0, len(order), step)]
    positives = tuple(sum(y for _, y in part) for part in bins)
    return Scores(
        tuple(fmean(s for s, _ in part) for part in bins),
        positives,
        tuple(len(part) - p for part, p in zip(bins, positives, strict=True)),
    )


def metrics(of: str, rows: Sequence[Row], guesses: Sequence[Vector], classes: int) -> Metrics:
    """The metrics object of predictions."""
    labels = [row.y for row in rows]
    scores = None
    if classes == 2:
        shares = [g[1] for g in guesses]
        category, values, scores = (
            "Binomial",
            binomial_values(labels, shares),
            table(labels, shares),
        )
    elif classes:
        category, values = "Multinomial", multinomial_values(labels, guesses)
    else:
        category, values = "Regression", regression_values(labels, [g[0] for g in guesses])
    counts = {str(c): float(sum(y == c for y in labels)) for c in range(classes)}
    return Metrics(of, "m", 1, of, None, category, float(len(rows)), values, counts, scores)


def saved(
    folds: Sequence[Sequence[Row]],
    test: Sequence[Row],
    classes: int,
    grain: float = 0.0,
    fold_column: str | None = None,
) -> Pair:
    """What H2O would have saved of this training, and of this test."""
    fitted = fit(folds, classes, grain)
    everything = [row for fold in folds for row in fold]
    pooled = metrics(
        "cross_validation", everything, [g for part in fitted.holdout for g in part], classes
    )
    per_fold = [
        metrics("fold", rows, part, classes).values
        for rows, part in zip(folds, fitted.holdout, strict=True)
    ]
    names = {"error": "err"}
    summary = tuple(
        _fold_metric(names.get(name, name), [values.get(name) for values in per_fold])
        for name in sorted(pooled.values)
    )
    model = Model(
        id="m",
        algo="lda",
        algo_name=None,
        category=pooled.category,
        h2o_version=None,
        response="y",
        columns=(),
        column_types={},
        cardinality={},
        params={"nfolds": len(folds), "fold_column": fold_column},
        given={},
        checksum=1,
        metrics=(pooled,),
        folds=summary,
    )
    return Pair(model, metrics("test", test, [fitted.predict(row.x) for row in test], classes))


def _fold_metric(name: str, values: list[float | None]) -> FoldMetric:
    known = [v for v in values if v is not None]
    return FoldMetric(name, fmean(known), stdev(known) if len(known) > 1 else None, tuple(values))


def features(draw: random.Random) -> Vector:
    """Four columns of unlike shapes, each of mean 0 and variance 1."""
    return [
        draw.gauss(0, 1),
        draw.uniform(-1.732, 1.732),
        draw.expovariate(1) - 1,
        1.0 if draw.random() < 0.5 else -1.0,
    ]


def logistic(draw: random.Random) -> float:
    """Noise of a logit."""
    u = min(max(draw.random(), 1e-12), 1 - 1e-12)
    return math.log(u / (1 - u))


def shuffled_folds(rows: list[Row], k: int, draw: random.Random) -> list[list[Row]]:
    """Random folds, of unequal sizes as H2O's are; none is empty of a class that can be."""
    folds: list[list[Row]] = [[] for _ in range(k)]
    for row in rows:
        folds[draw.randrange(k)].append(row)
    return folds
