"""Worlds whose truth is known: training rows and test rows for the hold-out of real models.

All draw from the `random.Random` given.  A table is columns of values; None is a missing value.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Value = float | str | None
Table = Mapping[str, Sequence[Value]]
KINDS = ("binomial", "regression", "multinomial")
TARGET = "outcome"
NAMES = (
    "income", "visits", "pressure", "balance", "height_cm", "debt_ratio", "clicks", "humidity",
    "torque", "rating", "wage", "distance_km", "load_pct", "voltage", "tenure", "weight_kg",
)  # fmt: skip


class Pair(NamedTuple):
    """What a model is trained on and what it is tested on; None: there is no test."""

    train: Table
    test: Table | None


World = Callable[[random.Random], Pair]


def rows_of(table: Table) -> int:
    """Rows of a table."""
    return len(next(iter(table.values())))


def normals(rng: random.Random, n: int, mean: float = 0.0, sd: float = 1.0) -> list[float]:
    """Draw n numbers."""
    return [rng.gauss(mean, sd) for _ in range(n)]


def logistic(x: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, x))))


def answers(
    rng: random.Random, kind: str, latent: Sequence[float], shift: float = 0.0, noise: float = 1.0
) -> list[Value]:
    """Outcomes of a latent quantity.

    Args:
        rng: what draws.
        kind: one of KINDS.
        latent: what the columns say, about -3 to 3.
        shift: added to the log-odds.
        noise: sd of a regression's error; a class's is that of the logistic distribution.
    """
    if kind == "regression":
        return [40 + 5 * (x + shift + rng.gauss(0, noise)) for x in latent]
    if kind == "binomial":
        return ["yes" if rng.random() < logistic(x + shift) else "no" for x in latent]
    found: list[Value] = []
    for x in latent:
        u = rng.random()
        odds = math.log(u / (1 - u)) if 0 < u < 1 else 0.0
        z = x + shift + 0.6 * odds
        found.append("low" if z < -0.6 else "mid" if z < 0.6 else "high")
    return found


def columns(rng: random.Random, n: int, names: Sequence[str]) -> dict[str, list[float]]:
    """Independent normal columns."""
    return {name: normals(rng, n) for name in names}


def chosen(rng: random.Random, count: int) -> list[str]:
    """Some of the names."""
    return rng.sample(NAMES, count)


def weighted(table: dict[str, list[float]], weights: Sequence[float]) -> list[float]:
    """Sum of columns by weight; columns beyond the weights are noise."""
    used = list(table.values())[: len(weights)]
    return [
        sum(w * v for w, v in zip(weights, row, strict=True)) for row in zip(*used, strict=True)
    ]


def linear(
    kind: str = "binomial",
    n: int = 1000,
    m: int = 500,
    weights: Sequence[float] = (1.2, 0.8, 0.5),
    noise_columns: int = 3,
    *,
    shift: float = 0.0,
    noise: float = 1.0,
    missing: float = 0.0,
    test_weights: Sequence[float] | None = None,
    test_shift: float | None = None,
    moved: float = 0.0,
) -> World:
    """Columns that act linearly.

    Args:
        kind: one of KINDS.
        n: rows of training.
        m: of the test.
        weights: of the first columns.
        noise_columns: further ones without effect.
        shift: log-odds of the class, or added to the mean.
        noise: sd of a regression's error.
        missing: share of values missing, in both.
        test_weights: where the test obeys another law.
        test_shift: where the test's share of classes is another.
        moved: sd by which the first column lies elsewhere in the test, its law unchanged.
    """

    def world(rng: random.Random) -> Pair:
        names = chosen(rng, len(weights) + noise_columns)
        parts: list[Table] = []
        for size, law, move, base in (
            (n, weights, 0.0, shift),
            (m, test_weights or weights, moved, shift if test_shift is None else test_shift),
        ):
            x = columns(rng, size, names)
            x[names[0]] = [v + move for v in x[names[0]]]
            y = answers(rng, kind, weighted(x, law), base, noise)
            table: Table = {
                k: [None if rng.random() < missing else v for v in c] for k, c in x.items()
            }
            parts.append({**table, TARGET: y})
        return Pair(parts[0], parts[1] if m else None)

    return world


def grouped(
    kind: str,
    groups: int,
    per: int,
    sd: float,
    test_groups: int,
    *,
    id_name: str | None = "member_no",
    folds: int = 0,
    features: int = 4,
    row_effect: float = 0.5,
    known: float = 0.0,
) -> World:
    """Rows of the same entity share an effect and their features; the test has new entities.

    Args:
        kind: one of KINDS.
        groups: entities in training.
        per: rows of each.
        sd: of the entity's own effect, which no feature tells but by recognizing the entity.
        test_groups: entities in the test.
        id_name: column that names the entity; None: no column does.
        folds: entities are dealt to this many folds, in the column `part`; 0: no such column.
        features: columns that are constant for an entity.
        row_effect: weight of the column that belongs to the row.
        known: weight of the first feature, the honest effect.
    """

    def world(rng: random.Random) -> Pair:
        names = chosen(rng, features + 2)
        parts: list[Table] = []
        start = 1000
        for count in (groups, test_groups):
            table: dict[str, list[Value]] = {name: [] for name in names}
            latent: list[float] = []
            ids: list[Value] = []
            part: list[Value] = []
            for g in range(count):
                constant = normals(rng, features)
                effect = rng.gauss(0, sd) + known * constant[0]
                for _ in range(per):
                    own = normals(rng, 2)
                    for name, value in zip(names, [*constant, *own], strict=True):
                        table[name].append(value)
                    latent.append(effect + row_effect * own[0])
                    ids.append(start + g)
                    part.append(g % folds if folds else 0)
            start += count
            table[TARGET] = answers(rng, kind, latent)
            if id_name:
                table[id_name] = ids
            if folds:
                table["part"] = part
            parts.append(table)
        return Pair(parts[0], parts[1])

    return world


def temporal(
    kind: str, n: int, m: int, name: str, *, step: float = 0.08, effect: float = 0.5
) -> World:
    """A slow random walk that the running number `name` gives away; the test comes later."""

    def world(rng: random.Random) -> Pair:
        names = chosen(rng, 3)
        walk = [0.0]
        pull = step**2 / 8  # keeps it within about two
        for _ in range(n + m - 1):
            walk.append(walk[-1] * (1 - pull) + rng.gauss(0, step))
        x = columns(rng, n + m, names)
        latent = [w * 1.6 + effect * v for w, v in zip(walk, x[names[0]], strict=True)]
        table: dict[str, Sequence[Value]] = {name: [float(t) for t in range(n + m)], **x}
        table[TARGET] = answers(rng, kind, latent, 0.0, 0.6)
        return Pair({k: v[:n] for k, v in table.items()}, {k: v[n:] for k, v in table.items()})

    return world


def copied(
    base: World,
    kind: str,
    name: str,
    *,
    right: float = 0.98,
    at_test: str = "default",
    share: float = 1.0,
) -> World:
    """Add a column that tells the outcome, with values known only after it.

    Args:
        base: the world it is added to.
        kind: one of KINDS.
        name: of the column.
        right: share of rows in which it tells the truth; of a regression 1 - noise.
        at_test: what the test has of it: `default` one value, `missing` none, `random` any,
            `same` what training has.
        share: rows that have it at all; others are missing.
    """

    def told(rng: random.Random, y: Value) -> Value:
        if rng.random() >= share:
            return None
        if isinstance(y, float):
            return y * 2.5 + rng.gauss(0, 12 * (1 - right) ** 0.5)
        code = {"no": 0.0, "yes": 1.0, "low": 0.0, "mid": 1.0, "high": 2.0}[str(y)]
        if rng.random() >= right:
            code = float(rng.randrange(2 if kind == "binomial" else 3))
        return code * 7 + round(rng.random(), 3)

    def world(rng: random.Random) -> Pair:
        train, test = base(rng)
        leak = [told(rng, y) for y in train[TARGET]]
        left = {**train, name: leak}
        if test is None:
            return Pair(left, None)
        size = rows_of(test)
        if at_test == "same":
            late: list[Value] = [told(rng, y) for y in test[TARGET]]
        elif at_test == "random":
            late = [rng.choice(leak) for _ in range(size)]
        else:
            late = [None if at_test == "missing" else 0.0] * size
        return Pair(left, {**test, name: late})

    return world


def repeated(base: World, times: int, only: str | None = None) -> World:
    """Training rows several times, or only those of one class; shuffled."""

    def world(rng: random.Random) -> Pair:
        train, test = base(rng)
        order = [
            i
            for i, y in enumerate(train[TARGET])
            for _ in range(times if only is None or y == only else 1)
        ]
        rng.shuffle(order)
        return Pair({k: [v[i] for i in order] for k, v in train.items()}, test)

    return world


def changed(base: World, at: int, change: Callable[[random.Random, Value], Value]) -> World:
    """The test's values of the column at a place go through `change`; its outcomes stay."""

    def world(rng: random.Random) -> Pair:
        train, test = base(rng)
        if test is None:
            raise ValueError("no test")
        name = list(train)[at]
        return Pair(train, {**test, name: [change(rng, v) for v in test[name]]})

    return world


def added(base: World, name: str, value: Callable[[random.Random, int, int], Value]) -> World:
    """One more column, from the row's number and 1 if it is the test's; it has no effect."""

    def world(rng: random.Random) -> Pair:
        train, test = base(rng)
        left = {name: [value(rng, i, 0) for i in range(rows_of(train))], **train}
        if test is None:
            return Pair(left, None)
        return Pair(left, {name: [value(rng, i, 1) for i in range(rows_of(test))], **test})

    return world


def levels(kind: str, n: int, m: int, count: int, *, sd: float = 1.0, new: float = 0.0) -> World:
    """A category of many levels with effects; a share of the test's rows has levels unseen."""

    def world(rng: random.Random) -> Pair:
        names = chosen(rng, 3)
        effects = {f"v{i:03d}": rng.gauss(0, sd) for i in range(count)}
        unseen = {f"w{i:03d}": rng.gauss(0, sd) for i in range(count)}
        parts: list[Table] = []
        for size, fresh in ((n, 0.0), (m, new)):
            x = columns(rng, size, names)
            latent, code = [], []
            for i in range(size):
                table = unseen if rng.random() < fresh else effects
                level = rng.choice(list(table))
                code.append(level)
                latent.append(table[level] + 0.8 * x[names[0]][i])
            parts.append({"model_code": list(code), **x, TARGET: answers(rng, kind, latent)})
        return Pair(parts[0], parts[1])

    return world


def sites(kind: str, n: int, m: int, count: int) -> World:
    """Sites where the main column acts one way or the other; `part` names them."""

    def world(rng: random.Random) -> Pair:
        names = chosen(rng, 4)
        parts: list[Table] = []
        for size in (n, m):
            x = columns(rng, size, names)
            site = [i % count for i in range(size)]
            latent = [
                (1.8 if s % 3 else -1.8) * x[names[0]][i] + 0.4 * x[names[1]][i]
                for i, s in enumerate(site)
            ]
            y = answers(rng, kind, latent)
            parts.append({**x, "part": [float(s) for s in site], TARGET: y})
        return Pair(parts[0], parts[1])

    return world


def correlated(kind: str, n: int, m: int, count: int) -> World:
    """Many columns that are one, with noise; and two others."""

    def world(rng: random.Random) -> Pair:
        parts: list[Table] = []
        for size in (n, m):
            core = normals(rng, size)
            x = {f"sensor_{i}": [c + rng.gauss(0, 0.5) for c in core] for i in range(count)}
            x |= columns(rng, size, ("offset_a", "offset_b"))
            latent = [1.3 * c + 0.7 * o for c, o in zip(core, x["offset_a"], strict=True)]
            parts.append({**x, TARGET: answers(rng, kind, latent)})
        return Pair(parts[0], parts[1])

    return world


def heavy(n: int, m: int) -> World:
    """A regression whose errors have heavy tails (Student's t, 3 degrees of freedom)."""

    def world(rng: random.Random) -> Pair:
        names = chosen(rng, 4)
        parts: list[Table] = []
        for size in (n, m):
            x = columns(rng, size, names)
            latent = weighted(x, (1.2, 0.8))
            y: list[Value] = []
            for value in latent:
                chi = sum(rng.gauss(0, 1) ** 2 for _ in range(3))
                y.append(10 + 3 * (value + rng.gauss(0, 1) / math.sqrt(chi / 3)))
            parts.append({**x, TARGET: y})
        return Pair(parts[0], parts[1])

    return world


def counted(n: int, m: int) -> World:
    """Counts, as a Poisson regression has them."""

    def world(rng: random.Random) -> Pair:
        names = chosen(rng, 4)
        parts: list[Table] = []
        for size in (n, m):
            x = columns(rng, size, names)
            y: list[Value] = []
            for value in weighted(x, (0.5, 0.3)):
                left, count, rate = rng.random(), 0.0, math.exp(value)
                chance = math.exp(-rate)
                while left > chance and count < 60:
                    left -= chance
                    count += 1
                    chance *= rate / count
                y.append(count)
            parts.append({**x, TARGET: y})
        return Pair(parts[0], parts[1])

    return world
