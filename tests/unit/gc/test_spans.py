import pytest

from h2o_forensics.gc.events import Place
from h2o_forensics.gc.origin import Origin
from h2o_forensics.gc.spans import PENDING, Span, Union


def span(begin: float, end: float, line: int = 1) -> Span:
    return (begin, end, Place(line, b""), Origin())


def union(*spans: Span) -> Union:
    made = Union()
    for one in spans:
        made.add(one)
    return made


def test_spans_apart_are_added() -> None:
    assert union(span(0, 10), span(20, 25)).total == 15


def test_outer_span_takes_in_the_ones_inside_it() -> None:
    made = union(span(10, 20), span(30, 40), span(5, 50, line=7))
    assert made.total == 45
    assert [(a, b, place.line) for a, b, place, _ in made.pending] == [(5, 50, 7)]


def test_partly_overlapping_spans_of_several_threads() -> None:
    assert union(span(0, 100), span(50, 110), span(20, 120)).total == 120


def test_neighbours_whose_stamps_are_rounded_are_not_cut() -> None:
    made = union(span(0.4, 10), span(9.2, 15), span(14.3, 20))
    assert made.total == pytest.approx(9.6 + 5.8 + 5.7)


def test_span_out_of_order_is_put_in_its_place() -> None:
    made = union(span(100, 110), span(50, 60))
    assert made.total == 20
    assert [one[:2] for one in made.pending] == [(50, 60), (100, 110)]


def test_what_waits_is_bounded_and_given_back_in_order() -> None:
    made = Union()
    final = [made.add(span(i * 10, i * 10 + 5)) for i in range(100)]
    given = [one[0] for one in final if one is not None]
    assert given == sorted(given)
    assert len(given) + len(made.pending) == 100
    assert len(made.pending) <= 16


def test_span_across_two_parts_is_found_twice_only_once() -> None:
    whole = Union()
    whole.include(union(span(0, 100)), 0.0)
    both = whole.include(union(span(60, 150)), 0.0)
    assert (both, whole.total) == (40, 150)


def test_one_span_far_ahead_does_not_make_all_others_wait() -> None:
    made = Union()
    final = [made.add(span(1e12, 1e12 + 1))]
    final += [made.add(span(i * 10, i * 10 + 1)) for i in range(1000)]
    assert len(made.pending) <= PENDING
    done = [one[0] for one in final if one is not None]
    assert done == [i * 10 for i in range(1000 - PENDING + 1)]
    assert made.total == pytest.approx(1001)
