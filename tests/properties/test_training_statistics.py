"""A short run of benchmarks/simulate_models.py: false alarms stay below 1 %, faults are seen."""

import math

import pytest

from benchmarks.simulate_models import false_alarms, power

FAMILIES = {
    "binomial, discriminant": 100,
    "binomial, memorizing table": 40,
    "multinomial, discriminant": 60,
    "regression, least squares": 80,
}
TESTS = {"auc", "logloss", "error", "mean_per_class_error", "mse", "mae", "r2", "decides"}
NOMINAL = 0.01
BEYOND = 1e-4
"""A run this unlikely at the nominal rate is a fault, not bad luck."""


def most(pairs: int) -> int:
    """The most alarms of so many pairs that a true rate of 1 % explains."""
    tail, fired = 1.0, -1
    while tail > BEYOND:
        fired += 1
        tail -= math.comb(pairs, fired) * NOMINAL**fired * (1 - NOMINAL) ** (pairs - fired)
    return fired


@pytest.mark.parametrize("family", FAMILIES)
def test_clean_pairs_raise_no_alarm(family: str) -> None:
    found = false_alarms(family, FAMILIES[family], seed=7)
    for name in TESTS & set(found):
        share = found[name]
        assert share.fired <= most(share.judged), (name, share)
    assert found["decides"].judged > 0.8 * FAMILIES[family]
    for sign in ("folds unstable", "label shift", "score drift (PSI)"):
        if sign in found:
            assert found[sign].fired <= most(found[sign].judged), sign


@pytest.mark.parametrize(
    ("fault", "least"),
    (
        ("concept reversed", 0.9),
        ("target leak, 90 % copy", 0.9),
        ("weak target leak, 70 % copy", 0.4),
        ("duplicated rows x3", 0.9),
        ("multinomial: concept reversed", 0.4),
        ("regression: concept reversed", 0.8),
    ),
)
def test_faults_are_seen(fault: str, least: float) -> None:
    assert power(fault, 500, 10, seed=7)["decides"].share >= least


@pytest.mark.parametrize(
    "shift", ("label shift 50 to 15 %", "multinomial label shift", "covariate shift")
)
def test_what_is_no_fault_of_the_model_is_not_one(shift: str) -> None:
    assert power(f"no fault of the model: {shift}", 1000, 8, seed=7)["decides"].fired == 0
