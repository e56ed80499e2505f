import pytest

from h2o_forensics.batch.moments import compact, iso, now_ms, since


def test_times_are_written_so_that_they_sort() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(1_794_000_000_123) == "2026-11-06T21:20:00.123Z"
    assert compact(1_794_000_000_123) == "20261106T212000123Z"


def test_a_stretch_counts_from_now_and_a_time_is_utc() -> None:
    assert now_ms() - since("2d") == pytest.approx(2 * 86_400_000, abs=10_000)
    assert now_ms() - since("90m") == pytest.approx(90 * 60_000, abs=10_000)
    assert since("1970-01-02") == 86_400_000
    assert since("1970-01-01T01:00:00+01:00") == 0


@pytest.mark.parametrize("text", ("", "7", "d", "-1d", "7 weeks", "yesterday", "9999999d"))
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        since(text)
