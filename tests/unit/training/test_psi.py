import math

import pytest

from h2o_forensics.model.training import Scores
from h2o_forensics.training.psi import null_99, psi, score_drift
from tests.training_parts import metrics

TENTHS = tuple(round(1 - i / 10, 1) for i in range(10))


def table(counts: tuple[float, ...], thresholds: tuple[float, ...] = TENTHS) -> Scores:
    half = tuple(c / 2 for c in counts)
    return Scores(thresholds, half, half)


EVEN = table((100.0,) * 10)


def test_alike_is_zero() -> None:
    assert psi(EVEN, EVEN) == 0


def test_by_hand() -> None:
    # Two bins in effect: 50/50 against 80/20.
    one = table((50.0, 50.0), (0.9, 0.1))
    other = table((80.0, 20.0), (0.9, 0.1))
    expected = 0.3 * math.log(0.8 / 0.5) - 0.3 * math.log(0.2 / 0.5)
    assert psi(one, other) == pytest.approx(expected)


def test_an_empty_bin_is_half_a_row_and_no_error() -> None:
    found = psi(EVEN, table((1000.0, *(0.0,) * 9)))
    assert found is not None
    assert 5 < found < 10


def test_no_rows() -> None:
    assert psi(EVEN, Scores((), (), ())) is None
    assert score_drift(metrics(), metrics(scores=EVEN)) is None


def test_the_null_lies_between_what_was_measured() -> None:
    assert null_99(100) == 0.35
    assert null_99(1000) == pytest.approx(0.19)
    assert 0.22 < null_99(300) < 0.27
    assert null_99(1e6) == 0.18
    assert null_99(50) == pytest.approx(0.7)


def test_drift_asks_for_more_than_the_usual_cut_where_rows_are_few() -> None:
    moved = table(tuple(c / 10 for c in (220.0, 180, 150, 120, 100, 80, 60, 40, 30, 20)))
    small = score_drift(metrics(scores=EVEN), metrics(scores=moved))
    large = tuple(c * 100 for c in (220.0, 180, 150, 120, 100, 80, 60, 40, 30, 20))
    big = score_drift(metrics(scores=table((9999.0,) * 10)), metrics(scores=table(large)))
    assert small is not None
    assert big is not None
    assert small.psi == pytest.approx(big.psi, rel=0.02)
    assert (small.drifted, big.drifted) == (False, True)
    assert small.null > big.null


def test_few_of_a_class_raise_the_null() -> None:
    few = Scores(TENTHS, (1.0,) * 10, (99.0,) * 10)
    one, other = score_drift(metrics(scores=few), metrics(scores=EVEN)), null_99(500)
    assert one is not None
    assert one.null == pytest.approx(other * math.sqrt(10))
