import gc

import pytest

from h2o_forensics.cycles import sought_seldom


def work_that_fails(usual: tuple[int, int, int]) -> None:
    with sought_seldom():
        assert gc.isenabled()
        assert gc.get_threshold()[0] > usual[0]
        raise ValueError("fault")


def test_the_usual_thresholds_come_back_whatever_happens() -> None:
    usual = gc.get_threshold()
    with pytest.raises(ValueError, match="fault"):
        work_that_fails(usual)
    assert gc.get_threshold() == usual
