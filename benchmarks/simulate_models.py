"""How often the tests of `h2o_forensics/training/` are wrong, and how often they see a fault.

    python benchmarks/simulate_models.py [--pairs 2000] [--seed 1] [--runs 60]

Simulates models with their cross-validation and test (model_worlds.py), runs our own `compare` and
the signs on them, and prints Markdown: false alarms on clean pairs, power on induced faults.  The
tables of docs/model-checks.md are this output.  `--pairs 0` leaves out the clean
pairs, `--runs 0` the faults.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks.model_worlds import Pair, Row, Vector, features, logistic, saved, shuffled_folds
from h2o_forensics.training.compare import compare
from h2o_forensics.training.folds import fold_spread
from h2o_forensics.training.labels import label_shift
from h2o_forensics.training.psi import score_drift

PREVALENCES = (0.05, 0.2, 0.5)
SIZES = (200, 500, 1000, 2000)
TESTS = (100, 250, 500, 1000)
FOLDS = (3, 5, 10)
MULTI = ((1.0, 1.0, 1.0), (1.0, 0.6, 0.25), (1.0, 1.0, 0.5, 0.15))
"""Relative sizes of the classes."""
GRAIN = 0.7
"""Cells this wide: a table that memorizes most of what it saw."""
FINE = 0.05


class World(NamedTuple):
    """How labels come from predictors."""

    starts: Vector
    slopes: list[Vector]
    bend: float

    def label(self, x: Vector, draw: random.Random) -> float:
        """The class of the greatest utility with Gumbel noise; two classes: a logistic model."""
        best, at = -1e9, 0
        for c, (start, line) in enumerate(zip(self.starts, self.slopes, strict=True)):
            value = start + sum(v * w for v, w in zip(x, line, strict=False))
            value += self.bend * c * x[0] * x[1] + logistic(draw)
            if value > best:
                best, at = value, c
        return float(at)


def world(draw: random.Random, sizes: Vector, strength: float) -> World:
    """Classes of about these relative sizes; strength 0.3 gives an AUC near 0.6, 2.5 near 0.95."""
    lines = [[draw.gauss(0, 0.6) * strength for _ in range(4)] for _ in sizes]
    widen = (2 + strength * strength) ** 0.5
    base = [2 * (size / max(sizes)) ** 0.5 * widen for size in sizes]
    return World(base, lines, draw.gauss(0, 0.2) * strength)


def rows(of: World, n: int, draw: random.Random) -> list[Row]:
    """Independent rows of a world."""
    return [Row(x, of.label(x, draw)) for x in (features(draw) for _ in range(n))]


def binomial_rows(of: World, n: int, prevalence: float, draw: random.Random) -> list[Row]:
    """Rows of two classes with this share of positives (each row's own coin, as in a population).

    Rows are drawn until one of the wanted class comes: P(x | y) is the world's, P(y) is given.
    """
    found: list[Row] = []
    while len(found) < n:
        want = float(draw.random() < prevalence)
        for _ in range(200):
            x = features(draw)
            if of.label(x, draw) == want:
                found.append(Row(x, want))
                break
    return found


def clean_binomial(draw: random.Random, grain: float = 0.0) -> Pair:
    """Two classes, random folds."""
    of = world(draw, [1.0, 1.0], draw.uniform(0.3, 2.5))
    share = draw.choice(PREVALENCES)
    train = binomial_rows(of, draw.choice(SIZES[:3] if grain else SIZES), share, draw)
    test = binomial_rows(of, draw.choice(TESTS), share, draw)
    return saved(shuffled_folds(train, draw.choice(FOLDS), draw), test, 2, grain)


def clean_memory(draw: random.Random) -> Pair:
    """Two classes, a learner that memorizes: scores heap, training tells nothing."""
    return clean_binomial(draw, GRAIN)


def grouped_rows(
    of: World, groups: int, size: int, spread: float, draw: random.Random
) -> list[list[Row]]:
    """Groups of rows that share part of their predictors and of what moves their label."""
    found = []
    for _ in range(groups):
        own = features(draw)
        lift = draw.gauss(0, spread)
        group = []
        for _ in range(size):
            x = [0.7 * a + 0.7 * b for a, b in zip(own, features(draw), strict=True)]
            tilted = of._replace(starts=[of.starts[0], of.starts[1] + lift])
            group.append(Row(x, tilted.label(x, draw)))
        found.append(group)
    return found


def clean_groups(draw: random.Random) -> Pair:
    """Dependent rows, folds by group (fold_column), a test of other groups."""
    of = world(draw, [1.0, 1.0], draw.uniform(0.5, 2))
    groups = grouped_rows(of, draw.choice((40, 100, 200)), 10, 1.0, draw)
    test = grouped_rows(of, draw.choice((20, 50, 100)), 10, 1.0, draw)
    k = draw.choice(FOLDS)
    folds = [[row for group in groups[i::k] for row in group] for i in range(k)]
    return saved(folds, [row for group in test for row in group], 2, fold_column="group")


def clean_multinomial(draw: random.Random) -> Pair:
    """Three or four classes of unlike sizes."""
    sizes = list(draw.choice(MULTI))
    of = world(draw, sizes, draw.uniform(0.5, 2.5))
    train = rows(of, draw.choice(SIZES), draw)
    test = rows(of, draw.choice(TESTS), draw)
    return saved(shuffled_folds(train, draw.choice(FOLDS), draw), test, len(sizes))


def numbers(
    slopes: Vector, noise: str, n: int, draw: random.Random, factor: float = 1.0
) -> list[Row]:
    """Rows with a number for a label: a bent surface and noise of the kind that is named."""
    found = []
    for _ in range(n):
        x = features(draw)
        level = sum(v * w for v, w in zip(x, slopes, strict=True)) + 0.4 * x[0] * x[2]
        if noise == "t3":
            wobble = draw.gauss(0, 1) / (draw.gammavariate(1.5, 2 / 3)) ** 0.5
        elif noise == "uneven":
            wobble = draw.gauss(0, 1) * (0.3 + abs(x[1]))
        else:
            wobble = draw.gauss(0, 1)
        found.append(Row(x, level + factor * wobble))
    return found


def clean_regression(draw: random.Random) -> Pair:
    """Numbers with normal, t3 or uneven noise."""
    slopes = [draw.gauss(0, 0.8) for _ in range(4)]
    noise = draw.choice(("normal", "t3", "uneven"))
    train = numbers(slopes, noise, draw.choice(SIZES), draw)
    test = numbers(slopes, noise, draw.choice(TESTS), draw)
    return saved(shuffled_folds(train, draw.choice(FOLDS), draw), test, 0)


CLEAN: dict[str, Callable[[random.Random], Pair]] = {
    "binomial, discriminant": clean_binomial,
    "binomial, memorizing table": clean_memory,
    "binomial, groups in fold_column": clean_groups,
    "multinomial, discriminant": clean_multinomial,
    "regression, least squares": clean_regression,
}


def _negated(of: World) -> World:
    return of._replace(slopes=[[-line[0], -line[1], *line[2:]] for line in of.slopes])


def _ordinary(draw: random.Random) -> World:
    return World([0.0, 0.0], [[0.0] * 4, [1.1, 0.8, 0.3, 0.2]], 0.1 * draw.gauss(0, 1))


def reversed_concept(draw: random.Random, n: int) -> Pair:
    """What the two main columns mean is turned round in the test."""
    of = _ordinary(draw)
    train = rows(of, n, draw)
    return saved(shuffled_folds(train, 5, draw), rows(_negated(of), n // 2, draw), 2)


def _with_copy(found: list[Row], share: float, draw: random.Random) -> list[Row]:
    """A column that is the label in a share of the rows, else a coin."""
    return [
        Row([*x, y if draw.random() < share else float(draw.random() < 0.5)], y) for x, y in found
    ]


def leak(draw: random.Random, n: int, share: float = 0.9) -> Pair:
    """A copy of the label in training that the test does not have."""
    of = _ordinary(draw)
    train = _with_copy(rows(of, n, draw), 2 * share - 1, draw)
    test = _with_copy(rows(of, n // 2, draw), 0.0, draw)
    return saved(shuffled_folds(train, 5, draw), test, 2)


def weak_leak(draw: random.Random, n: int) -> Pair:
    """The same, right in 70 % of the rows."""
    return leak(draw, n, 0.7)


def duplicates(draw: random.Random, n: int) -> Pair:
    """Every row three times, a learner that memorizes."""
    of = _ordinary(draw)
    train = [row for row in rows(of, n // 3, draw) for _ in range(3)]
    return saved(shuffled_folds(train, 5, draw), rows(of, n // 2, draw), 2, FINE)


def groups_cross(draw: random.Random, n: int) -> Pair:
    """Rows of one entity in several folds: constant columns tell who it is."""
    of = _ordinary(draw)

    def entities(count: int) -> list[Row]:
        found = []
        for _ in range(count):
            own, lift = features(draw), draw.gauss(0, 2)
            tilted = of._replace(starts=[0.0, lift])
            found += [Row(own, tilted.label(own, draw)) for _ in range(20)]
        return found

    train = entities(n // 20)
    return saved(shuffled_folds(train, 5, draw), entities(n // 40), 2, FINE)


def covariate_shift(draw: random.Random, n: int) -> Pair:
    """Columns move, what they mean does not."""
    of = _ordinary(draw)
    moved = (features(draw) for _ in range(n // 2))
    test = [Row(x, of.label(x, draw)) for x in ([v + 0.7 for v in x] for x in moved)]
    return saved(shuffled_folds(rows(of, n, draw), 5, draw), test, 2)


def fewer_positives(draw: random.Random, n: int) -> Pair:
    """Half of the training rows are positive, 15 % of the test."""
    of = _ordinary(draw)
    train = binomial_rows(of, n, 0.5, draw)
    return saved(shuffled_folds(train, 5, draw), binomial_rows(of, n // 2, 0.15, draw), 2)


_MANY = World([0.0, 0.0, 0.0], [[1.2, 0, 0, 0.0], [0, 1.2, 0, 0.3], [0, 0, 1.2, -0.3]], 0.0)


def many_classes_reversed(draw: random.Random, n: int) -> Pair:
    """Three classes; a column of the first two is turned round."""
    turned = _MANY._replace(slopes=[[-v for v in _MANY.slopes[0]], *_MANY.slopes[1:]])
    train = shuffled_folds(rows(_MANY, n, draw), 5, draw)
    return saved(train, rows(turned, n // 2, draw), 3)


def many_classes_weakened(draw: random.Random, n: int) -> Pair:
    """Three classes; a column of the first keeps a third of what it meant."""
    weak = _MANY._replace(slopes=[[v / 3 for v in _MANY.slopes[0]], *_MANY.slopes[1:]])
    train = shuffled_folds(rows(_MANY, n, draw), 5, draw)
    return saved(train, rows(weak, n // 2, draw), 3)


def many_classes_shifted(draw: random.Random, n: int) -> Pair:
    """Three classes, in the test 80 % of the one that is hard to tell: what tells them stays."""
    of = _MANY._replace(slopes=[[0.0, 0, 0, 0], [0, 2.5, 0, 0], [0, 0, 2.5, 0]])
    pool: dict[float, list[Row]] = {}
    for row in rows(of, 4 * n, draw):
        pool.setdefault(row.y, []).append(row)
    wanted = (float(draw.choices((0, 1, 2), (0.8, 0.1, 0.1))[0]) for _ in range(n // 2))
    test = [pool[c].pop() for c in wanted if pool.get(c)]
    return saved(shuffled_folds(rows(of, n, draw), 5, draw), test, 3)


_SLOPES = [1.2, 0.8, 0.3, 0.2]


def numbers_reversed(draw: random.Random, n: int) -> Pair:
    """Regression: what the main column means is turned round."""
    train = numbers(_SLOPES, "t3", n, draw)
    test = numbers([-_SLOPES[0], *_SLOPES[1:]], "t3", n // 2, draw)
    return saved(shuffled_folds(train, 5, draw), test, 0)


def numbers_noisier(draw: random.Random, n: int) -> Pair:
    """Regression, normal noise: a third more of it in the test."""
    train = numbers(_SLOPES, "normal", n, draw)
    test = numbers(_SLOPES, "normal", n // 2, draw, 1.33)
    return saved(shuffled_folds(train, 5, draw), test, 0)


FAULTS: dict[str, Callable[[random.Random, int], Pair]] = {
    "concept reversed": reversed_concept,
    "target leak, 90 % copy": leak,
    "weak target leak, 70 % copy": weak_leak,
    "duplicated rows x3": duplicates,
    "groups across folds": groups_cross,
    "multinomial: concept reversed": many_classes_reversed,
    "multinomial: concept weakened": many_classes_weakened,
    "regression: concept reversed": numbers_reversed,
    "regression: noise x1.33": numbers_noisier,
    "no fault of the model: covariate shift": covariate_shift,
    "no fault of the model: label shift 50 to 15 %": fewer_positives,
    "no fault of the model: multinomial label shift": many_classes_shifted,
}


class Flag(NamedTuple):
    """A test that was made, and whether it fired."""

    what: str
    judged: bool
    fired: bool


def flags(pair: Pair) -> Iterator[Flag]:
    """Everything that is tested on a pair; `decides` is the comparison that decides."""
    for one in compare(pair.model, pair.test):
        judged = one.score is not None
        yield Flag(one.metric, judged, one.differs)
        if one.decides:
            yield Flag("decides", judged, one.differs)
    spread = fold_spread(pair.model)
    if spread is not None:
        yield Flag("folds unstable", not spread.too_few, spread.unstable)
    cv = pair.model.metrics[0]
    shift, drift = label_shift(cv, pair.test), score_drift(cv, pair.test)
    if shift is not None:
        yield Flag("label shift", judged=True, fired=shift.shifted)
    if drift is not None:
        yield Flag("score drift (PSI)", judged=True, fired=drift.drifted)


class Share(NamedTuple):
    """How often a test fired."""

    judged: int
    fired: int

    @property
    def share(self) -> float:
        """Of the pairs that could be judged."""
        return self.fired / self.judged if self.judged else 0.0


def counted(found: list[Flag]) -> dict[str, Share]:
    """Shares by test."""
    order = sorted(found, key=lambda flag: flag.what)
    grouped = {what: list(group) for what, group in groupby(order, key=lambda flag: flag.what)}
    return {
        what: Share(sum(f.judged for f in group), sum(f.judged and f.fired for f in group))
        for what, group in grouped.items()
    }


def false_alarms(family: str, pairs: int, seed: int) -> dict[str, Share]:
    """On clean pairs of a family."""
    draw = random.Random(f"{seed} {family}")  # noqa: S311 - simulation
    return counted([flag for _ in range(pairs) for flag in flags(CLEAN[family](draw))])


def power(fault: str, rows_: int, runs: int, seed: int) -> dict[str, Share]:
    """On runs with an induced fault."""
    draw = random.Random(f"{seed} {fault} {rows_}")  # noqa: S311 - simulation
    return counted([flag for _ in range(runs) for flag in flags(FAULTS[fault](draw, rows_))])


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.pairs:
        print("| clean family | test | judged | fired | share % |\n|---|---|---:|---:|---:|")
    for family in CLEAN if options.pairs else ():
        for what, share in false_alarms(family, options.pairs, options.seed).items():
            cells = (family, what, share.judged, share.fired, f"{100 * share.share:.2f}")
            print("|", " | ".join(map(str, cells)), "|", flush=True)
    sizes = (500, 1000, 3000)
    if options.runs:
        print("\n| fault | test |", " | ".join(map(str, sizes)), "|\n|---|---|---:|---:|---:|")
    for fault in FAULTS if options.runs else ():
        found = [power(fault, n, options.runs, options.seed) for n in sizes]
        for what in found[0]:
            shares = [f"{one[what].share:.2f}" if what in one else "-" for one in found]
            print("|", " | ".join((fault, what, *shares)), "|", flush=True)


if __name__ == "__main__":
    main()
