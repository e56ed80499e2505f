"""Clean tables of varied shape against the fold audit: how often does a rule raise a false alarm?

Seeded; `python -m benchmarks.simulate_audit 1600` prints each alarm and the count.  Tables of
numbers; of independent, correlated and sparse coarse columns (rows repeat by chance); of products
and patients whose labels follow their traits alone (groups without a leak); mixed; in order of time
with a season among the predictors.  Half of them come with a test.
"""

import collections
import math
import random
import sys
from collections.abc import Callable, Iterator

import polars as pl

from h2o_forensics.audit import audit_data
from h2o_forensics.engine.rows import select_rows
from h2o_forensics.model.rule import Rule
from h2o_forensics.model.tables import make_table
from h2o_forensics.model.training import Model, Saved, TrainingEvidence
from h2o_forensics.rulebook import load_rulebook

Columns = dict[str, list[object]]
ASSIGNMENTS = ("Random", "Stratified", "Modulo")
ASIDE = ("patient_id", "product_id", "order_date", "row_id")


def numbers(q: random.Random, n: int) -> Columns:
    """Independent normal columns of two or four digits."""
    return {
        f"x{j}": [round(q.gauss(0, 1), q.choice([2, 4])) for _ in range(n)]
        for j in range(q.choice([2, 4, 8, 15, 30]))
    }


def coarse(q: random.Random, n: int) -> Columns:
    """Independent columns of few levels."""
    cols: Columns = {}
    for j in range(q.choice([2, 4, 8])):
        levels = q.choice([2, 3, 5, 8])
        weights = [q.random() + 0.05 for _ in range(levels)]
        cols[f"c{j}"] = [f"v{v}" for v in q.choices(range(levels), weights, k=n)]
    return cols


def correlated(q: random.Random, n: int) -> Columns:
    """Coarse columns that follow one hidden number."""
    hidden = [q.gauss(0, 1) for _ in range(n)]
    cols: Columns = {}
    for j in range(q.choice([2, 4, 8])):
        levels = q.choice([2, 3, 5])
        cols[f"c{j}"] = [int((z * 0.8 + q.gauss(0, 0.6)) * levels / 3) % levels for z in hidden]
    return cols


def sparse(q: random.Random, n: int) -> Columns:
    """Rare flags: most rows are alike."""
    return {
        f"b{j}": [int(q.random() < 0.03) for _ in range(n)]
        for j in range(q.choice([2, 4, 8, 15, 30]))
    }


def products(q: random.Random, n: int) -> Columns:
    """Rows of few products, told by their attributes; some with the product's number."""
    kinds = q.choice([30, 80, 200])
    which = [q.randrange(kinds) for _ in range(n)]
    traits = [[round(q.gauss(0, 1), 2) for _ in range(4)] for _ in range(kinds)]
    cols: Columns = {f"a{j}": [traits[i][j] for i in which] for j in range(4)}
    if q.random() < 0.5:
        cols["product_id"] = list(which)
    return cols


def patients(q: random.Random, n: int) -> Columns:
    """Several rows of each patient, with traits that never change."""
    people = max(25, n // q.choice([3, 8, 20]))
    who = [q.randrange(people) for _ in range(n)]
    if q.random() < 0.5:
        who.sort()
    traits = [[round(q.gauss(0, 1), 3) for _ in range(3)] for _ in range(people)]
    cols: Columns = {"patient_id": list(who)}
    cols |= {f"t{j}": [traits[i][j] for i in who] for j in range(3)}
    return cols | {f"v{j}": [round(q.gauss(0, 1), 3) for _ in range(n)] for j in range(2)}


def mixed(q: random.Random, n: int) -> Columns:
    """Skewed numbers, long-tailed levels, a code of fifty values."""
    cols: Columns = {
        f"x{j}": [round(q.lognormvariate(0, 1), 1) for _ in range(n)] for j in range(3)
    }
    for j in range(3):
        levels = q.choice([2, 10, 60])
        cols[f"c{j}"] = [f"v{int(q.paretovariate(1)) % levels}" for _ in range(n)]
    return cols | {"zip": [q.randrange(50) for _ in range(n)]}


def days(q: random.Random, n: int) -> Columns:
    """In order of time; the label follows a season that is among the predictors."""
    cols: Columns = {
        "order_date": [
            f"2024-{1 + i * 12 // n:02d}-{1 + (i * 336 // n) % 28:02d}" for i in range(n)
        ],
        "row_id": list(range(n)),
        "season": [round(math.sin(i / n * 12) + q.gauss(0, 0.2), 2) for i in range(n)],
    }
    return cols | {f"x{j}": [round(q.gauss(0, 1), 2) for _ in range(n)] for j in range(3)}


KINDS: tuple[Callable[[random.Random, int], Columns], ...] = (
    numbers, coarse, correlated, sparse, products, patients, mixed, days,
)  # fmt: skip


def table(seed: int) -> tuple[pl.DataFrame, pl.DataFrame | None, Model]:
    """A clean table, perhaps a test, and the model it is for."""
    q = random.Random(seed)  # noqa: S311 - reproducible
    kind, n, regression = (
        KINDS[seed % len(KINDS)],
        q.choice([80, 300, 1000, 3000, 8000]),
        q.random() < 0.35,
    )
    cols = kind(q, n)
    cols["y"] = _label(q, cols, n, regression=regression)
    frame, test = pl.DataFrame(cols, strict=False), None
    if q.random() < 0.5:
        if kind is not days and q.random() < 0.5:
            frame = frame.sample(fraction=1, shuffle=True, seed=seed)
        frame, test = frame[: int(n * 0.7)], frame[int(n * 0.7) :]
    left_out = {"patient_id", "row_id"} if q.random() < 0.5 else set[str]()
    model = Model(
        id="m", algo="gbm", algo_name=None, category="Regression" if regression else "Binomial",
        h2o_version=None, response="y",
        columns=tuple(name for name in frame.columns if name not in left_out | {"y"}),
        column_types={}, cardinality={},
        params={"nfolds": q.choice([3, 5, 10]), "fold_assignment": q.choice(ASSIGNMENTS)},
        given={}, checksum=None, metrics=(),
    )  # fmt: skip
    return frame, test, model


def _label(q: random.Random, cols: Columns, n: int, *, regression: bool) -> list[object]:
    """Of up to three numbers (half of the time of how far they are from 0) and three texts."""
    texts = [c for c in cols if isinstance(cols[c][0], str) and c not in ASIDE][:3]
    numeric = [c for c in cols if c not in ASIDE and not isinstance(cols[c][0], str)][:3]
    strength, bent = q.choice([0, 0.5, 1, 2]), q.random() < 0.5
    effects = {c: {v: q.gauss(0, 1) for v in sorted(set(map(str, cols[c])))} for c in texts}
    digits = q.choice([1, 3])
    labels: list[object] = []
    for i in range(n):
        values = [float(str(cols[c][i])) for c in numeric]
        score = sum(abs(v) if bent else v for v in values)
        score += sum(effect[str(cols[c][i])] for c, effect in effects.items())
        score = max(-5.0, min(5.0, score)) * strength
        if regression:
            labels.append(round(score + q.gauss(0, 1), digits))
        else:
            labels.append("yes" if q.random() < 1 / (1 + math.exp(-score)) else "no")
    return labels


def audit_rules() -> list[Rule]:
    """Rules over the audit that tell of a leak; a fold without positives is a fact."""
    book = load_rulebook(plugins=False)
    return [
        rule
        for rule in book.rules
        if rule.condition.startswith(("cv.leak", "cv.test_in"))
        and any(signal.table == "fold_audit" for signal in rule.signals)
    ]


def alarms(seeds: range) -> Iterator[tuple[int, str]]:
    """Seed and rule of each false alarm."""
    rules = audit_rules()
    for seed in seeds:
        frame, test, model = table(seed)
        given = [("train.csv", frame.write_csv().encode())]
        given += [("test.csv", test.write_csv().encode())] if test is not None else []
        found = audit_data([*given], TrainingEvidence(saved=Saved(models=(model,))))
        rows = make_table("fold_audit", list(found.rows))
        for rule in rules:
            if any(select_rows(rows, signal.where, rule.id).height for signal in rule.signals):
                yield seed, rule.id


def main() -> None:
    """Print them."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    counts: collections.Counter[str] = collections.Counter()
    for seed, rule in alarms(range(many)):
        counts[rule] += 1
        print(f"{rule}: table {seed} ({KINDS[seed % len(KINDS)].__name__})")
    print(f"{sum(counts.values())} alarms on {many} clean tables: {dict(sorted(counts.items()))}")


if __name__ == "__main__":
    main()
