import pytest

from h2o_forensics.readers.skew import Events, find_skews

A, B, C = "a:1", "b:1", "c:1"
LOCK = ("locked", "")


def events(*formed: int, locked: int | None = None) -> Events:
    """Clouds of growing size at these epoch ms, then the lock."""
    found: Events = {("cloud", str(size)): [moment] for size, moment in enumerate(formed)}
    return found | ({LOCK: [locked]} if locked is not None else {})


def test_two_kinds_of_events_that_agree() -> None:
    skews, doubts = find_skews({
        A: events(0, 4_000, locked=60_000), B: events(37_100, 41_000, locked=97_900),
    })  # fmt: skip
    assert {node: skew.ahead_ms for node, skew in skews.items()} == {B: 37_100}
    assert skews[B].reference == A
    assert not doubts


def test_the_majority_is_the_reference() -> None:
    skews, _ = find_skews({
        A: events(0, locked=60_000),
        B: events(37_000, locked=97_000),
        C: events(37_300, locked=97_400),
    })  # fmt: skip
    assert {node: (skew.ahead_ms, skew.reference) for node, skew in skews.items()} == {
        A: (-37_000, B)
    }


@pytest.mark.parametrize(
    ("formed", "locked"),
    (
        ((20_000,), None),  # one event: that node may just have been slow
        ((20_000, 24_100), None),  # of one kind: one stall explains them all
        ((20_000,), 60_500),  # only the first was late
        ((800,), 61_000),  # within heartbeats
        ((9_000,), 69_000),  # too little for two events
        ((86_400_000,), 86_460_000),  # another day
    ),
)
def test_no_skew_where_it_is_not_clear(formed: tuple[int, ...], locked: int | None) -> None:
    skews, _ = find_skews({A: events(0, 4_000, locked=60_000), B: events(*formed, locked=locked)})
    assert not skews


def test_a_suspicion_is_told() -> None:
    skews, doubts = find_skews({
        A: events(0, locked=60_000), B: events(20_000, locked=120_000),
    })  # fmt: skip
    assert not skews
    assert "not corrected" in doubts[B]


def test_events_that_one_logged_more_often_are_left_out() -> None:
    once, twice = events(0, locked=60_000), events(37_000, locked=97_000)
    twice[LOCK] = [1_000, 97_000]
    assert find_skews({A: once, B: twice}) == ({}, {})


def test_nobody_and_one_alone() -> None:
    assert find_skews({}) == ({}, {})
    assert find_skews({A: events(0)}) == ({}, {})
