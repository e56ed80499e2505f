"""Against published tables (five or six figures)."""

import math

import pytest

from h2o_forensics.training.distributions import (
    chi2_sf,
    normal_quantile,
    normal_sf,
    t_quantile,
    t_sf,
    z_of_tail,
)


@pytest.mark.parametrize(
    ("z", "tail"),
    ((0.0, 0.5), (1.959964, 0.025), (2.575829, 0.005), (-1.0, 0.841345), (6.0, 9.865876e-10)),
)
def test_normal(z: float, tail: float) -> None:
    assert normal_sf(z) == pytest.approx(tail, rel=1e-5)
    assert z_of_tail(tail) == pytest.approx(z, abs=1e-5)
    if tail > 1e-6:
        assert normal_quantile(1 - tail) == pytest.approx(z, abs=1e-5)


def test_far_tail_comes_back() -> None:
    assert z_of_tail(normal_sf(20)) == pytest.approx(20, rel=1e-9)
    assert normal_quantile(0.025) == pytest.approx(-normal_quantile(0.975))


@pytest.mark.parametrize(
    ("p", "df", "t"),
    (
        (0.975, 1, 12.7062),
        (0.975, 2, 4.30265),
        (0.975, 4, 2.77645),
        (0.975, 10, 2.22814),
        (0.975, 30, 2.04227),
        (0.99, 1, 31.82052),
        (0.99, 2, 6.96456),
        (0.99, 9, 2.82144),
        (0.995, 2, 9.92484),
        (0.995, 4, 4.60409),
        (0.9995, 5, 6.86883),
    ),
)
def test_student(p: float, df: float, t: float) -> None:
    assert t_quantile(p, df) == pytest.approx(t, rel=1e-5)
    assert t_quantile(1 - p, df) == pytest.approx(-t, rel=1e-5)
    assert t_sf(t, df) == pytest.approx(1 - p, rel=1e-4)
    assert t_sf(-t, df) == pytest.approx(p, rel=1e-4)


def test_student_becomes_normal() -> None:
    assert t_quantile(0.995, 1e6) == pytest.approx(2.575829, rel=1e-4)
    assert (t_sf(math.inf, 3), t_sf(-math.inf, 3)) == (0, 1)


@pytest.mark.parametrize(
    ("x", "df", "tail"),
    (
        (3.84146, 1, 0.05),
        (9.48773, 4, 0.05),
        (18.30704, 10, 0.05),
        (10.8276, 1, 0.001),
        (18.4668, 4, 0.001),
        (27.8772, 9, 0.001),
        (0.297109, 4, 0.99),
        (124.342, 100, 0.05),
    ),
)
def test_chi_square(x: float, df: float, tail: float) -> None:
    assert chi2_sf(x, df) == pytest.approx(tail, rel=2e-4)


def test_chi_square_of_nothing() -> None:
    assert chi2_sf(0, 4) == chi2_sf(-1, 4) == 1
    assert 0 <= chi2_sf(2000, 4) < 1e-300
