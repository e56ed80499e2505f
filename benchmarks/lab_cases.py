"""The cases of the hold-out: each scenario in two settings, neighbours in the list.

The even and the odd numbers are two halves with the same scenarios.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from benchmarks import lab_data as data
from benchmarks.lab_data import World

HEALTHY = "healthy"
CV_CAUSES = (
    "cv.leak_duplicates", "cv.leak_grouped", "cv.leak_target", "cv.leak_temporal", "cv.overfit",
    "cv.test_drift", "cv.unstable_folds", "model.bad_stopping", "model.no_signal",
)  # fmt: skip
SEARCH_CAUSES = (
    "automl.timeout", "automl.unbounded", "data.skew", "grid.explosion", "grid.partial_failures",
)  # fmt: skip
SMALL = {"ntrees": 40, "max_depth": 3, "learn_rate": 0.1}
MIDDLE = {"ntrees": 50, "max_depth": 5, "learn_rate": 0.1}
DEEP = {"ntrees": 60, "max_depth": 12, "min_rows": 1, "learn_rate": 0.2}
FOREST = {"ntrees": 50, "max_depth": 20}
NET = {"hidden": [16], "epochs": 15, "l2": 1e-4}
BIG_NET = {
    "hidden": [80, 80], "epochs": 60, "stopping_rounds": 0, "train_samples_per_iteration": 0,
    "score_interval": 0, "score_duty_cycle": 0.3,
}  # fmt: skip
STOP = {"stopping_rounds": 3, "score_tree_interval": 5, "stopping_tolerance": 0.001}


class Case(NamedTuple):
    """One model, or search, and what is true of it."""

    name: str
    cause: str
    world: World
    algo: str
    params: Mapping[str, object] = MappingProxyType({})
    folds: int = 5
    test: str = "new"
    """new | none | training (it is the training frame) | validation (it also steers stopping)"""
    ignored: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    types: Mapping[str, str] = MappingProxyType({})

    @property
    def absent(self) -> list[str]:
        """Conditions that would be false alarms."""
        wrong = SEARCH_CAUSES if self.cause != HEALTHY else SEARCH_CAUSES + CV_CAUSES
        return sorted(set(wrong) - {self.cause, *self.accept, *self.also})


def _a_date(_: random.Random, i: int, test: int) -> str:
    return f"2024-{1 + 10 * test + i // (300 if test else 160):02d}-{1 + i % 27:02d}"


def _clean() -> Iterator[Case]:  # noqa: PLR0915 - a list
    lin = data.linear
    yield Case("glm", HEALTHY, lin(n=300, m=150), "glm")
    yield Case("glm", HEALTHY, lin(n=5000, m=2000), "glm", folds=10)
    yield Case("gbm", HEALTHY, lin(n=1000), "gbm", MIDDLE)
    yield Case("gbm", HEALTHY, lin(n=3000, m=1500), "gbm", MIDDLE)
    yield Case("drf", HEALTHY, lin(n=700, m=300), "drf", FOREST)
    yield Case("drf", HEALTHY, lin(n=2500, m=1000), "drf", FOREST, folds=4)
    yield Case("xgboost", HEALTHY, lin(n=1200), "xgboost", MIDDLE)
    yield Case("xgboost", HEALTHY, lin("regression", 2500, 1000), "xgboost", MIDDLE)
    yield Case("net", HEALTHY, lin(n=900, m=400), "deeplearning", NET)
    yield Case("net", HEALTHY, lin("regression", 2000, 800), "deeplearning", NET)
    yield Case("bayes", HEALTHY, lin(n=600, m=300), "naivebayes")
    yield Case("bayes", HEALTHY, lin("multinomial", 1800, 700), "naivebayes")
    yield Case("stack", HEALTHY, lin(n=1500, m=700), "stack", SMALL)
    yield Case("stack", HEALTHY, lin("regression", 1200, 600), "stack", SMALL)
    yield Case("regression_glm", HEALTHY, lin("regression", 400, 200), "glm")
    yield Case("regression_gbm", HEALTHY, lin("regression", 2000, 800), "gbm", MIDDLE)
    yield Case("regression_drf", HEALTHY, lin("regression", 800, 400), "drf", FOREST, folds=3)
    yield Case("regression_counts", HEALTHY, data.counted(1500, 700), "gbm",
               {**SMALL, "distribution": "poisson"})  # fmt: skip
    yield Case("classes_gbm", HEALTHY, lin("multinomial", 900, 400), "gbm", SMALL)
    yield Case("classes_glm", HEALTHY, lin("multinomial", 2500, 900), "glm",
               {"family": "multinomial"})  # fmt: skip
    yield Case("classes_drf", HEALTHY, lin("multinomial", 1500, 600), "drf", FOREST)
    yield Case("classes_xgboost", HEALTHY, lin("multinomial", 1500, 600), "xgboost", SMALL)
    rare = partial(lin, shift=-3.6, weights=(1.0, 0.7))
    yield Case("rare", HEALTHY, rare(n=5000, m=2000), "gbm", SMALL)
    yield Case("rare", HEALTHY, rare(n=3000, m=1500), "glm")
    yield Case("dominated", HEALTHY, lin(n=2000, m=1000, weights=(3.2, 0.2)), "gbm", SMALL)
    yield Case("dominated", HEALTHY,
               lin("regression", 1500, 700, (3.0, 0.1), noise=0.8), "gbm", SMALL)  # fmt: skip
    order = data.added(lin(n=1500), "order_id", lambda _, i, t: 50_001.0 + i + 1500 * t)
    yield Case("row_number", HEALTHY, order, "gbm", MIDDLE)
    shop = data.added(
        lin(n=2000, m=800), "shop_id", lambda r, _i, t: 100.0 + r.randrange(90) + 90 * t
    )
    yield Case("row_number", HEALTHY, shop, "drf", FOREST)
    day = data.added(lin(n=1500), "signup_day", lambda _, i, t: float((i + 1500 * t) // 10))
    yield Case("time", HEALTHY, day, "gbm", MIDDLE)
    dates = data.added(lin("regression", 1600, 600), "created_at",
                       _a_date)  # fmt: skip
    yield Case("time", HEALTHY, dates, "drf", FOREST)
    fair = data.grouped("binomial", 240, 8, 1.0, 100, folds=6, known=1.2)
    yield Case("group_folds", HEALTHY, fair, "gbm", {**SMALL, "fold_column": "part"}, 0,
               ignored=("member_no",))  # fmt: skip
    fair = data.grouped("regression", 200, 10, 0.6, 90, folds=8, known=1.2, id_name="clinic_id")
    yield Case("group_folds", HEALTHY, fair, "drf", {**FOREST, "fold_column": "part"}, 0,
               ignored=("clinic_id",))  # fmt: skip
    yield Case("correlated", HEALTHY, data.correlated("binomial", 800, 400, 12), "glm")
    yield Case("correlated", HEALTHY, data.correlated("regression", 1500, 600, 15), "gbm", MIDDLE)
    yield Case("levels", HEALTHY, data.levels("binomial", 3000, 1200, 120), "gbm", SMALL)
    yield Case("levels", HEALTHY, data.levels("regression", 4000, 1500, 60), "glm")
    yield Case("shifted", HEALTHY, lin(n=2000, m=1000, moved=0.4), "glm")
    yield Case("shifted", HEALTHY, lin("regression", 2500, 900, moved=0.35), "glm")
    yield Case("missing", HEALTHY, lin(n=1500, m=700, missing=0.15), "gbm", SMALL)
    yield Case("missing", HEALTHY, lin("regression", 1800, 700, missing=0.2), "drf", FOREST)
    yield Case("automl", HEALTHY, lin(n=800, m=400), "automl")
    yield Case("automl", HEALTHY, lin("regression", 900, 400), "automl")
    yield Case("stopped", HEALTHY, lin(n=1500, m=700), "gbm", {**MIDDLE, **STOP, "ntrees": 200}, 0,
               "validation")  # fmt: skip
    yield Case("stopped", HEALTHY, lin(n=1500, m=700), "xgboost", {**MIDDLE, **STOP, "ntrees": 150})
    yield Case("deep", HEALTHY, lin(n=1500, m=700), "gbm", {**MIDDLE, "max_depth": 8, "ntrees": 25})
    yield Case("deep", HEALTHY, lin("regression", 1500, 700, (2.5, 1.5)), "gbm",
               {**DEEP, "ntrees": 40, "learn_rate": 0.1})  # fmt: skip
    yield Case("small_test", HEALTHY, lin(n=1000, m=60), "glm", folds=3)
    yield Case("small_test", HEALTHY, lin("regression", 1000, 50), "gbm", SMALL)
    yield Case("heavy_tails", HEALTHY, data.heavy(1500, 700), "gbm", SMALL)
    yield Case("heavy_tails", HEALTHY, data.heavy(500, 300), "glm")
    yield Case("other_folds", HEALTHY, lin(n=1200, m=600), "gbm",
               {**SMALL, "fold_assignment": "Modulo"}, 10)  # fmt: skip
    yield Case("other_folds", HEALTHY, lin(n=900, shift=-1.5), "drf",
               {**FOREST, "fold_assignment": "Stratified"}, 3)  # fmt: skip
    yield Case("balanced", HEALTHY, lin(n=2500, m=1000, shift=-2.4), "gbm",
               {**SMALL, "balance_classes": True})  # fmt: skip
    weight = data.added(lin(n=1500), "wt", lambda r, _i, _t: 1.0 + r.randrange(3))
    yield Case("balanced", HEALTHY, weight, "glm", {"weights_column": "wt"})
    yield Case("untested", HEALTHY, lin(n=1500, m=0), "gbm", SMALL, test="none")
    yield Case("untested", HEALTHY, lin("regression", 800, 0), "glm", test="none")
    yield Case("no_folds", HEALTHY, lin(n=1500, m=700), "gbm", SMALL, 0)
    yield Case("no_folds", HEALTHY, lin("regression", 1500, 700), "drf", FOREST, 0)
    quiet = data.grouped("binomial", 150, 10, 0.0, 60, known=1.2, id_name="device")
    yield Case("idle_groups", HEALTHY, quiet, "gbm", SMALL, ignored=("device",))
    quiet = data.grouped("regression", 150, 12, 0.0, 60, known=1.2, id_name="truck_id")
    yield Case("idle_groups", HEALTHY, quiet, "drf", FOREST, ignored=("truck_id",))
    spent = data.added(lin(n=1500), "call_time_s", lambda r, _i, _t: round(r.expovariate(0.01), 1))
    yield Case("time_spent", HEALTHY, spent, "gbm", SMALL)
    month = data.added(lin(n=1500), "birth_month", lambda r, _i, _t: 1.0 + r.randrange(12))
    yield Case("time_spent", HEALTHY, month, "drf", FOREST)
    yield Case("search", HEALTHY, lin(n=900, m=400), "grid")
    yield Case("search", HEALTHY, lin("regression", 900, 400), "grid")
    yield Case("training_tested", HEALTHY, lin(n=1200), "gbm", SMALL, test="training",
               also=("cv.test_is_training",))  # fmt: skip
    yield Case("training_tested", HEALTHY, lin("regression", 900), "drf", FOREST, test="training",
               also=("cv.test_is_training",))  # fmt: skip


def _leaks() -> Iterator[Case]:
    grouped, lin = data.grouped, data.linear
    cause = "cv.leak_grouped"
    mine = ("member_no",)
    yield Case("grouped", cause, grouped("binomial", 120, 18, 2.2, 60), "gbm", DEEP, ignored=mine)
    yield Case("grouped", cause, grouped("binomial", 180, 14, 2.5, 80, id_name="machine_id"), "drf",
               FOREST, ignored=("machine_id",))  # fmt: skip
    yield Case("grouped_mild", cause, grouped("binomial", 250, 10, 1.1, 120), "gbm", DEEP,
               ignored=mine)  # fmt: skip
    yield Case("grouped_mild", cause, grouped("binomial", 200, 10, 1.3, 100, known=0.8), "drf",
               FOREST, ignored=mine)  # fmt: skip
    yield Case("grouped_numbers", cause, grouped("regression", 150, 14, 1.8, 80), "gbm", DEEP,
               ignored=mine)  # fmt: skip
    yield Case("grouped_classes", cause, grouped("multinomial", 150, 14, 2.0, 80), "drf", FOREST,
               ignored=mine)  # fmt: skip
    yield Case("grouped_xgboost", cause, grouped("binomial", 140, 16, 2.2, 70), "xgboost", DEEP,
               ignored=mine)  # fmt: skip
    yield Case("grouped_id_used", cause, grouped("binomial", 140, 16, 2.2, 70), "gbm", DEEP)
    unnamed = ("cv.leak_duplicates", "cv.test_drift")
    yield Case("grouped_unnamed", cause, grouped("binomial", 120, 18, 2.2, 60, id_name=None), "gbm",
               DEEP, accept=unnamed)  # fmt: skip
    yield Case("grouped_unnamed", cause, grouped("regression", 120, 18, 2.0, 60, id_name=None),
               "drf", FOREST, accept=unnamed)  # fmt: skip
    cause, time = "cv.leak_temporal", data.temporal
    yield Case("temporal", cause, time("binomial", 2500, 1000, "day_no"), "gbm", MIDDLE)
    yield Case(
        "temporal", cause, time("binomial", 3000, 1000, "week_index", step=0.06), "drf", FOREST
    )
    yield Case("temporal_numbers", cause, time("regression", 2000, 800, "timestamp"), "gbm", MIDDLE)
    yield Case(
        "temporal_classes", cause, time("multinomial", 2500, 900, "event_hour"), "xgboost", MIDDLE
    )
    yield Case("temporal_unnamed", cause, time("binomial", 2500, 900, "seq"), "gbm", MIDDLE)
    yield Case("temporal_typed", cause, time("binomial", 2500, 900, "seen_at"), "gbm", MIDDLE,
               types={"seen_at": "Time"})  # fmt: skip
    cause, told = "cv.leak_target", data.copied
    yield Case("target", cause, told(lin(n=2000, m=900), "binomial", "refund_code"), "gbm", SMALL)
    yield Case("target", cause, told(lin(n=1000, m=500), "binomial", "closing_fee",
               at_test="missing"), "drf", FOREST)  # fmt: skip
    yield Case("target_95", cause, told(lin(n=2500, m=900), "binomial", "exit_code", right=0.95),
               "gbm", SMALL)  # fmt: skip
    yield Case("target_95", cause, told(lin(n=2000, m=900), "binomial", "claim_paid", right=0.95,
               at_test="random"), "xgboost", SMALL)  # fmt: skip
    yield Case("target_90", cause, told(lin(n=2000, m=900), "binomial", "agent_code", right=0.9),
               "gbm", SMALL)  # fmt: skip
    yield Case("target_90", cause, told(lin(n=2000, m=900), "binomial", "case_state", right=0.9,
               at_test="random"), "glm")  # fmt: skip
    yield Case("target_part", cause, told(lin(n=2000, m=900, shift=-1), "binomial", "visit_code",
               share=0.6, at_test="missing"), "gbm", SMALL)  # fmt: skip
    yield Case("target_part", cause, told(lin(n=2000, m=900), "binomial", "visit_code", share=0.8,
               right=1.0, at_test="missing"), "drf", FOREST)  # fmt: skip
    yield Case("target_numbers", cause, told(lin("regression", 1500, 700), "regression",
               "final_bill", right=0.99), "gbm", SMALL)  # fmt: skip
    yield Case("target_classes", cause, told(lin("multinomial", 1800, 700), "multinomial",
               "ward_code"), "drf", FOREST)  # fmt: skip
    yield Case("target_untested", cause, told(lin(n=1500, m=0), "binomial", "refund_code",
               right=0.99), "gbm", SMALL, test="none")  # fmt: skip
    yield Case("target_agreed", cause, told(lin(n=1500, m=700), "binomial", "refund_code",
               right=0.98, at_test="same"), "glm")  # fmt: skip
    cause, weak = "cv.leak_duplicates", (0.7, 0.4)
    yield Case("copies_5", cause, data.repeated(lin(n=500, m=600, weights=weak), 5), "gbm", DEEP)
    yield Case("copies_5", cause, data.repeated(lin(n=500, m=600, weights=weak), 5), "drf", FOREST)
    yield Case("copies_3", cause, data.repeated(lin(n=700, m=600, weights=weak), 3), "gbm", DEEP)
    yield Case(
        "copies_3", cause, data.repeated(lin(n=900, m=600, weights=weak), 3), "xgboost", DEEP
    )
    yield Case("copies_2", cause, data.repeated(lin(n=1000, m=600, weights=weak), 2), "drf", FOREST)
    yield Case("copies_2", cause, data.repeated(lin(n=1000, m=600, weights=weak), 2), "gbm", DEEP)
    yield Case(
        "copies_numbers", cause, data.repeated(lin("regression", 500, 500, weak), 4), "gbm", DEEP
    )
    yield Case(
        "copies_classes", cause, data.repeated(lin("multinomial", 500, 500, weak), 4), "drf", FOREST
    )
    few = lin(n=1500, m=800, weights=(0.6,), shift=-2.2)
    yield Case(
        "oversampled", cause, data.repeated(few, 8, "yes"), "gbm", DEEP, accept=("cv.test_drift",)
    )
    yield Case(
        "oversampled", cause, data.repeated(few, 8, "yes"), "drf", FOREST, accept=("cv.test_drift",)
    )


def _drifts() -> Iterator[Case]:
    lin, changed = data.linear, data.changed
    cause, strong = "cv.test_drift", (1.8, 0.5)

    def case(name: str, world: World, algo: str = "gbm") -> Case:
        return Case(
            name, cause, world, algo, SMALL if algo == "gbm" else FOREST if algo == "drf" else {}
        )

    binary = lin(n=2000, m=1000, weights=strong)
    numeric = lin("regression", 2000, 1000, strong)
    classes = lin("multinomial", 2000, 1000, strong)
    for world, algo in ((binary, "gbm"), (numeric, "drf")):
        lost = changed(world, 0, lambda r, v: None if r.random() < 0.7 else v)
        yield case("lost_values", lost, algo)
    for world, algo in ((binary, "glm"), (numeric, "gbm")):
        yield case("other_unit", changed(world, 0, lambda _, v: 1000 * float(v or 0)), algo)
    for world, algo in ((classes, "gbm"), (numeric, "glm")):
        yield case("offset", changed(world, 0, lambda _, v: float(v or 0) + 1.5), algo)
    yield case("new_levels", data.levels("binomial", 3000, 1200, 30, sd=2.0, new=0.8))
    yield case("new_levels", data.levels("regression", 3000, 1200, 30, sd=2.0, new=0.7), "drf")
    yield case("reversed", lin(n=2000, m=1000, weights=(1.2, 0.8), test_weights=(-1.0, 0.8)))
    yield case("reversed", lin(n=1500, m=700, weights=(1.5, 0.4), test_weights=(0.2, 0.4)), "glm")
    yield case("reversed_numbers", lin("regression", 1500, 700, (1.5, 0.8), test_weights=(0, 0.8)))
    yield case(
        "reversed_classes", lin("multinomial", 1500, 700, (1.5, 0.8), test_weights=(-1, 0.8)), "drf"
    )
    yield case("other_share", lin(n=2500, m=1000, test_shift=-2.0), "glm")
    yield case("other_share", lin("multinomial", 2500, 1000, test_shift=-1.5))
    scrambled = changed(lin(n=2500, m=1000, weights=strong), 0, lambda r, _v: r.gauss(0, 1))
    yield case("scrambled", scrambled, "drf")
    yield case("scrambled", scrambled, "glm")


def _poor() -> Iterator[Case]:
    lin = data.linear
    few = partial(lin, weights=(0.35,), noise_columns=14)
    cause, both = "cv.overfit", ("model.bad_stopping",)
    yield Case("by_heart", cause, few(n=300, m=200), "gbm", DEEP, accept=both)
    yield Case("by_heart", cause, few(n=400, m=300), "xgboost", DEEP, accept=both)
    yield Case("by_heart_numbers", cause, few("regression", 300, 200, noise=2.0), "gbm", DEEP,
               accept=(*both, "model.no_signal"))  # fmt: skip
    yield Case("by_heart_net", cause, few(n=400, m=300), "deeplearning", BIG_NET, accept=both)
    cause, scored = (
        "model.bad_stopping",
        {"score_tree_interval": 5, "ntrees": 150, "learn_rate": 0.3},
    )
    law = partial(lin, weights=(1.1, 0.7), noise_columns=8)
    yield Case("too_long", cause, law(n=900, m=400), "gbm", {**DEEP, **scored, "max_depth": 6})
    yield Case("too_long", cause, law(n=900, m=400), "xgboost", {**DEEP, **scored, "max_depth": 6})
    yield Case("too_long_net", cause, law(n=900, m=400), "deeplearning",
               {**BIG_NET, "epochs": 50}, accept=("cv.overfit",))  # fmt: skip
    yield Case("too_long_untested", cause, law(n=1200, m=0), "gbm",
               {**DEEP, **scored, "max_depth": 6}, 3, "none")  # fmt: skip
    cause, nothing = "model.no_signal", (0.0,)
    yield Case("nothing", cause, lin(n=1500, m=600, weights=nothing, noise_columns=6), "gbm", SMALL)
    yield Case("nothing", cause, lin(n=2500, m=600, weights=nothing, noise_columns=6), "glm")
    yield Case("nothing_numbers", cause, lin("regression", 1500, 600, nothing), "gbm", SMALL)
    yield Case("nothing_classes", cause, lin("multinomial", 2000, 600, nothing), "gbm", SMALL)
    yield Case(
        "nothing_drf", cause, lin(n=2000, m=600, weights=nothing, noise_columns=6), "drf", FOREST
    )
    yield Case("nothing_net", cause, lin("regression", 2000, 600, nothing), "drf", FOREST)
    cause, by_site = "cv.unstable_folds", {"fold_column": "part"}
    yield Case("sites", cause, data.sites("binomial", 2400, 900, 6), "glm", by_site, 0)
    yield Case("sites", cause, data.sites("binomial", 3000, 900, 9), "gbm", {**SMALL, **by_site}, 0)
    yield Case("sites_numbers", cause, data.sites("regression", 2400, 900, 6), "glm", by_site, 0)
    yield Case(
        "sites_classes",
        cause,
        data.sites("multinomial", 2400, 900, 6),
        "gbm",
        {**SMALL, **by_site},
        0,
    )
    yield Case("few_positives", cause, lin(n=500, m=300, weights=(0.8,), shift=-4.6), "glm")
    yield Case("few_positives", cause, lin(n=800, m=400, weights=(0.8,), shift=-5.0), "gbm",
               {**SMALL, "fold_assignment": "Stratified"})  # fmt: skip


GROUPS: tuple[Callable[[], Iterator[Case]], ...] = (_clean, _leaks, _drifts, _poor)
