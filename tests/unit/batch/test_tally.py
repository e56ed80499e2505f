import time

from h2o_forensics.batch.tally import Tally
from h2o_forensics.cli.scan_progress import in_words, line_of


def test_no_end_is_foreseen_at_the_start() -> None:
    tally = Tally()
    tally.begin(100, 1000)
    tally.finish("analyzed", 10, 50)
    assert tally.seconds_left() is None
    assert tally.read_bytes == 50


def test_the_rest_takes_as_long_as_what_is_done() -> None:
    tally = Tally()
    tally.begin(10, 1000)
    tally.began = time.monotonic() - 60
    for _ in range(5):
        tally.finish("analyzed", 100)
    left = tally.seconds_left()
    assert left is not None
    assert 59 < left < 62


def test_the_line_says_runs_bytes_and_what_failed() -> None:
    tally = Tally(found=7)
    assert line_of("finding runs", tally) == "finding runs: 7 found"
    tally.begin(4, 8 * 2**20)
    tally.finish("failed", 2**20)
    assert line_of("analyzing", tally) == "analyzing: 1 of 4 runs, 1 of 8 MiB, 1 failed"


def test_two_tallies_share_no_counts() -> None:
    one, other = Tally(), Tally()
    one.finish("analyzed", 1)
    assert not other.counts


def test_durations_in_words() -> None:
    assert [in_words(value) for value in (40, 720, 12_000)] == ["40 s", "12 min", "3 h 20 min"]
