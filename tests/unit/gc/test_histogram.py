import pytest

from h2o_forensics.gc.histogram import (
    bin_of,
    chart_bins,
    chart_edges_ms,
    middle,
    percentile,
)


@pytest.mark.parametrize("value", (1, 2, 9, 10, 999, 1_000, 12_345_678, 10**9, 3_600 * 10**9))
def test_middle_is_within_one_percent(value: int) -> None:
    assert middle(bin_of(value)) == pytest.approx(value, rel=0.0097)


def test_nothing_and_less_is_nothing() -> None:
    assert bin_of(0) == bin_of(-5) == -1
    assert middle(-1) == 0.0


def test_percentile_is_at_the_nearest_rank_and_never_above_the_maximum() -> None:
    values = [10**6, 2 * 10**6, 50 * 10**6]
    bins: dict[int, int] = {}
    for value in values:
        bins[bin_of(value)] = bins.get(bin_of(value), 0) + 1
    assert percentile(bins, 0.5, 50 * 10**6) == pytest.approx(2 * 10**6, rel=0.01)
    assert percentile(bins, 0.99, 50 * 10**6) <= 50 * 10**6
    assert percentile(bins, 0.33, 50 * 10**6) == pytest.approx(10**6, rel=0.01)


def test_bins_of_charts_are_the_ten_of_a_decade() -> None:
    wide = chart_bins({bin_of(10**6): 2, bin_of(12 * 10**5): 1, bin_of(13 * 10**5): 4, -1: 3})
    edges = {chart_edges_ms(index): count for index, count in wide.items()}
    assert edges == {(1.0, 1.259): 3, (1.259, 1.585): 4, (0.0, 1e-6): 3}
