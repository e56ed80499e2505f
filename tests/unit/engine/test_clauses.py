"""Every kind of clause, on hits made by hand."""

from collections.abc import Sequence as Many

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from h2o_forensics.engine.clauses import Ground, find
from h2o_forensics.engine.clauses.at_least import dense
from h2o_forensics.engine.rows import hit_order
from h2o_forensics.model.artifact import Coverage
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import Absent, AllOf, AnyOf, AtLeast, Sequence, Signal, Unanswered

ONE, TWO = "10.0.0.1:54321", "10.0.0.2:54321"


def hit(
    signal: str,
    ts: int | None,
    node: str | None = ONE,
    *,
    line: int = 1,
    weight: int = 1,
    logged_by: str | None = None,
) -> Hit:
    return Hit(
        signal=signal,
        artifact="A1",
        path="node.log",
        line=line,
        line_end=None,
        pointer=None,
        ts=ts,
        node=node,
        logged_by=logged_by or node,
        run=1,
        level="WARN",
        thread="main",
        text=f"{signal} {line}",
        captures={},
        weight=weight,
    )


def ground(
    *hits: Hit, coverage: Many[Coverage] = (), signals: dict[str, Signal] | None = None
) -> Ground:
    by_name: dict[str, list[Hit]] = {}
    for one in sorted(hits, key=hit_order):
        by_name.setdefault(one.signal, []).append(one)
    return Ground(hits=by_name, signals=signals or {}, nodes=(ONE, TWO), coverage=tuple(coverage))


def coverage(node: str, until: int, kind: str = "h2o_log", level: str = "INFO") -> Coverage:
    return Coverage(node=node, artifact="A9", kind=kind, level=level, from_ms=0, to_ms=until)


def test_at_least_counts_weights_per_node() -> None:
    outcome = find(
        AtLeast("a", count=3),
        ground(hit("a", 1, weight=2), hit("a", 5, line=2), hit("a", 3, TWO, weight=2)),
    )
    (match,) = outcome.matches
    assert (match.node, match.count, match.first, match.last) == (ONE, 3, 1, 5)


def test_at_least_per_case_joins_nodes() -> None:
    clause = AtLeast("a", count=2, per="case")
    (match,) = find(clause, ground(hit("a", 1), hit("a", 2, TWO))).matches
    assert match.whole_case
    assert match.node is None
    assert {one.node for one in match.hits} == {ONE, TWO}


def test_at_least_takes_hits_without_time_unless_there_is_a_window() -> None:
    hits = ground(hit("a", None), hit("a", None, line=2))
    assert find(AtLeast("a", count=2), hits).matches[0].first is None
    assert not find(AtLeast("a", count=2, within_ms=1000), hits).matches


def test_window_starts_at_the_first_dense_stretch_and_leaves_out_lone_hits() -> None:
    times = [0, 1000, 1010, 1020, 5000, 9000, 9005, 9010]
    hits = [hit("a", ts, line=n) for n, ts in enumerate(times)]
    (match,) = find(AtLeast("a", count=3, within_ms=50), ground(*hits)).matches
    assert [one.ts for one in match.hits] == [1000, 1010, 1020, 9000, 9005, 9010]
    assert (match.first, match.last, match.count) == (1000, 9010, 6)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 3)), max_size=25),
    st.integers(1, 6),
    st.integers(0, 20),
)
def test_window_is_what_the_definition_says(
    points: list[tuple[int, int]], count: int, within: int
) -> None:
    hits = [hit("a", ts, line=n, weight=w) for n, (ts, w) in enumerate(sorted(points))]
    expected = set()
    for start in hits:
        window = [h for h in hits if 0 <= (h.ts or 0) - (start.ts or 0) <= within]
        if sum(h.weight for h in window) >= count:
            expected |= {h.line for h in window}
    kept = [h.line for h in dense(hits, count, within)]
    assert len(kept) == len(set(kept))
    assert set(kept) == expected


def test_sequence_wants_order_and_time() -> None:
    clause = Sequence(("a", "b"), within_ms=100)
    assert not find(clause, ground(hit("b", 1), hit("a", 5, line=2))).matches
    assert not find(clause, ground(hit("a", 1), hit("b", 200, line=2))).matches
    late = ground(hit("a", 1), hit("a", 150, line=2), hit("b", 200, line=3), hit("b", 300, line=4))
    (match,) = find(clause, late).matches
    assert (match.first, match.last, match.count) == (150, 200, 1)
    assert not find(clause, ground(hit("a", 1), hit("b", 5, TWO))).matches
    assert not find(clause, ground(hit("a", 1), hit("b", None, line=9))).matches


def test_sequence_of_one_signal_uses_each_hit_once() -> None:
    clause = Sequence(("a", "a"))
    assert not find(clause, ground(hit("a", 1))).matches
    (match,) = find(clause, ground(hit("a", 1), hit("a", 1, line=2))).matches
    assert match.count == 1


def test_sequence_counts_runs_that_do_not_overlap() -> None:
    hits = [hit("a", 1), hit("b", 2, line=2), hit("a", 3, line=3), hit("b", 4, line=4)]
    assert find(Sequence(("a", "b")), ground(*hits)).matches[0].count == 2


BY = {"by": Signal(rule_id="R", name="by")}


def test_unanswered_counts_only_inside_the_coverage() -> None:
    clause = Unanswered("a", "by", within_ms=100)
    seen = find(clause, ground(hit("a", 10), coverage=[coverage(ONE, 110)], signals=BY))
    assert seen.matches[0].first == 10
    assert not seen.gaps
    unseen = find(clause, ground(hit("a", 10), coverage=[coverage(ONE, 109)], signals=BY))
    assert not unseen.matches
    assert (unseen.gaps[0].from_ms, unseen.gaps[0].to_ms, unseen.gaps[0].node) == (10, 110, ONE)


def test_unanswered_is_silent_where_something_answers() -> None:
    clause = Unanswered("a", "by", within_ms=100)
    spans = [coverage(ONE, 1000)]
    answered = ground(hit("a", 10), hit("by", 110, line=2), coverage=spans, signals=BY)
    assert not find(clause, answered).matches
    late = ground(hit("a", 10), hit("by", 111, line=2), coverage=spans, signals=BY)
    assert find(clause, late).matches
    folded = ground(hit("a", 10), hit("by", 5, weight=3), coverage=spans, signals=BY)
    assert not find(clause, folded).matches  # one of the three may have come at 11
    earlier = ground(hit("a", 10, line=5), hit("by", 10, line=4), coverage=spans, signals=BY)
    assert find(clause, earlier).matches
    other_node = ground(hit("a", 10), hit("by", 20, TWO), coverage=spans, signals=BY)
    assert find(clause, other_node).matches
    assert not find(
        Unanswered("a", "by", within_ms=100, per="case"),
        ground(hit("a", 10), hit("by", 20, TWO), coverage=spans, signals=BY),
    ).matches


def test_unanswered_wants_the_kind_and_level_that_would_show_the_answer() -> None:
    clause = Unanswered("a", "by", within_ms=100)
    other_kind = [coverage(ONE, 1000, kind="gc_log")]
    assert find(clause, ground(hit("a", 10), coverage=other_kind, signals=BY)).gaps
    debug = {"by": Signal(rule_id="R", name="by", levels=("DEBUG",))}
    at_info = ground(hit("a", 10), coverage=[coverage(ONE, 1000)], signals=debug)
    assert find(clause, at_info).gaps
    at_debug = [coverage(ONE, 1000, level="DEBUG")]
    assert find(clause, ground(hit("a", 10), coverage=at_debug, signals=debug)).matches


def test_an_answer_about_a_node_stands_in_the_log_of_whoever_speaks_of_it() -> None:
    about = {"by": Signal(rule_id="R", name="by", about="peer")}
    told = hit("a", 10, TWO, logged_by=ONE)
    clause = Unanswered("a", "by", within_ms=100)
    assert find(clause, ground(told, coverage=[coverage(ONE, 1000)], signals=about)).matches
    assert find(clause, ground(told, coverage=[coverage(TWO, 1000)], signals=about)).gaps


def test_absent_holds_on_the_nodes_without_a_hit() -> None:
    outcome = find(Absent("a"), ground(hit("a", 1)))
    assert [match.node for match in outcome.matches] == [TWO]
    assert not find(Absent("a", per="case"), ground(hit("a", 1))).matches
    assert find(Absent("a", per="case"), ground()).matches[0].whole_case
    assert not find(Absent("a"), ground(hit("a", 1, None))).matches


def test_all_joins_node_by_node() -> None:
    clause = AllOf((AtLeast("a"), AtLeast("b"), Absent("c")))
    hits = (
        hit("a", 10), hit("b", 50, line=2),
        hit("a", 10, TWO), hit("b", 20, TWO), hit("c", 30, TWO),
    )  # fmt: skip
    (match,) = find(clause, ground(*hits)).matches
    assert (match.node, match.first, match.last, match.count) == (ONE, 50, 50, 1)
    assert [one.signal for one in match.hits] == ["a", "b"]


def test_what_was_merely_there_dates_an_all_only_when_nothing_else_does() -> None:
    place = ground(hit("a", 5), hit("b", 7), hit("R.row", 90))
    row = Signal("R", "row", table="cluster_nodes")
    place = replace(place, signals={**place.signals, "row": row})
    parts = tuple(AtLeast(name) for name in ("a", "R.row", "b"))
    (match,) = find(AllOf(parts), place).matches
    assert (match.first, match.last) == (7, 90)
    (match,) = find(AllOf((AtLeast("R.row"),)), place).matches
    assert match.first == 90


def test_a_part_about_the_case_holds_for_every_node() -> None:
    clause = AllOf((AtLeast("a"), AtLeast("b", per="case")))
    matches = find(clause, ground(hit("a", 1), hit("a", 2, TWO), hit("b", 3, TWO))).matches
    assert [match.node for match in matches] == [ONE, TWO]
    assert all({one.signal for one in match.hits} == {"a", "b"} for match in matches)
    assert not find(clause, ground(hit("a", 1))).matches


def test_all_parts_about_the_case_make_one_match() -> None:
    clause = AllOf((AtLeast("a", per="case"), AtLeast("b", per="case")))
    (match,) = find(clause, ground(hit("a", 1), hit("b", 3, TWO))).matches
    assert match.whole_case
    assert match.first == 3


def test_any_is_the_union() -> None:
    clause = AnyOf((AtLeast("a"), AtLeast("b")))
    matches = find(clause, ground(hit("a", 5), hit("b", 1, line=2), hit("b", 7, TWO))).matches
    assert [(m.node, m.first, m.count) for m in matches] == [(ONE, 1, 2), (TWO, 7, 1)]


def test_any_counts_hits_of_two_parts_once() -> None:
    clause = AnyOf((AtLeast("a"), AllOf((AtLeast("a"), AtLeast("b")))))
    (match,) = find(clause, ground(hit("a", 5), hit("b", 9, line=2))).matches
    assert (match.count, match.first, len(match.hits)) == (1, 5, 2)


def test_gaps_survive_only_where_they_decide() -> None:
    open_question = Unanswered("a", "by", within_ms=100)
    hits = (hit("a", 10), hit("x", 1, line=7))
    alone = find(AllOf((open_question, AtLeast("x"))), ground(*hits, signals=BY))
    assert alone.gaps
    assert not find(AllOf((open_question, AtLeast("y"))), ground(*hits, signals=BY)).gaps
    assert not find(AnyOf((open_question, AtLeast("x"))), ground(*hits, signals=BY)).gaps
